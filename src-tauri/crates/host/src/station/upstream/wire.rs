//! One `POST` and its answer: connections, TLS, deadlines and the longest answer that is read. What an answer means is
//! judged next door in `answer`.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
    USER_AGENT,
};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout_at};

/// Longest answer that is read.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Largest head of an answer.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most header lines in an answer.
const HEADERS_MAX: usize = 100;
/// A connection that nothing uses is closed before most servers close it.
const IDLE: Duration = Duration::from_secs(20);
/// Connections kept for the next reading: as many stoves as are sent at once.
const IDLE_CONNECTIONS_MAX: usize = 32;
/// The longest wait a server may ask for: a day.
const RETRY_AFTER_S_MAX: u64 = 86_400;

type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// An answer as far as it was read.
pub struct Reply {
    pub status: u16,
    /// Seconds it asks to wait, 1 to [`RETRY_AFTER_S_MAX`].
    pub retry_after: Option<u64>,
    /// Where it points to.
    pub location: Option<String>,
    pub body: Body,
}

/// The body of an answer.
pub enum Body {
    /// All of it; what is no UTF-8 is replaced.
    Whole(String),
    /// More than [`ANSWER_BYTES_MAX`].
    TooLong,
    /// It broke off, and why.
    Cut(String),
}

/// Connections to the server.
pub struct Wire {
    /// `None`: the operating system's.
    roots: Option<RootCertStore>,
    connect_deadline: Duration,
    connections: Mutex<Option<Connections>>,
}

impl Wire {
    pub fn new(roots: Option<RootCertStore>, connect_deadline: Duration) -> Self {
        Self { roots, connect_deadline, connections: Mutex::default() }
    }

    /// Sends a form. The error is a sentence's part on why there is no answer.
    pub async fn post(
        &self,
        target: &Uri,
        authorization: Option<HeaderValue>,
        form: String,
        deadline: Duration,
        now: UnixMs,
    ) -> Result<Reply, String> {
        let mut request = Request::post(target.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("gerai/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(form)))
            .map_err(|error| error.to_string())?;
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let until = Instant::now() + deadline;
        let asked = async {
            self.connections().await?.request(request).await.map_err(|error| {
                if !error.is_connect() {
                    return format!("the answer was lost ({})", cause(&error));
                }
                // What the system trusts may have changed meanwhile: it is read again for the next call.
                *self.connections.lock().unwrap_or_else(PoisonError::into_inner) = None;
                format!("no connection ({})", cause(&error))
            })
        };
        let response = timeout_at(until, asked).await.unwrap_or_else(|_| Err(late(deadline)))?;
        // From here on the status is known, however the body goes.
        let (head, body) = response.into_parts();
        let body = match timeout_at(until, Limited::new(body, ANSWER_BYTES_MAX).collect()).await {
            Ok(Ok(whole)) => Body::Whole(String::from_utf8_lossy(&whole.to_bytes()).into_owned()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Body::TooLong,
            Ok(Err(error)) => Body::Cut(cause(error.as_ref())),
            Err(_) => Body::Cut(late(deadline)),
        };
        Ok(Reply {
            status: head.status.as_u16(),
            retry_after: retry_after(&head.headers, now),
            location: text(&head.headers, LOCATION).map(str::to_owned),
            body,
        })
    }

    async fn connections(&self) -> Result<Connections, String> {
        if let Some(open) = self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(open);
        }
        let roots = match &self.roots {
            Some(roots) => roots.clone(),
            // A folder full of files: off the async threads.
            None => tokio::task::spawn_blocking(system_roots).await.map_err(|error| error.to_string())?,
        };
        let new = connect(roots, self.connect_deadline)?;
        let mut kept = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have been faster: one set of connections is kept.
        Ok(kept.get_or_insert(new).clone())
    }
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn connect(roots: RootCertStore, connect_deadline: Duration) -> Result<Connections, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect_deadline));
    let tls = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .http1_max_buf_size(HEAD_BYTES_MAX)
        .http1_max_headers(HEADERS_MAX)
        .build(tls))
}

fn late(deadline: Duration) -> String {
    format!("no whole answer within {} s", deadline.as_secs_f32())
}

/// The innermost cause: the outer ones only say that something failed.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3). A date counts from the server's own clock if it says
/// what it shows.
fn retry_after(headers: &HeaderMap, now: UnixMs) -> Option<u64> {
    let value = text(headers, RETRY_AFTER)?;
    let seconds = match value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        true => value.parse().unwrap_or(RETRY_AFTER_S_MAX),
        false => {
            let unix_s = |text: &str| {
                let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
                Some(at.as_secs())
            };
            let from = text(headers, DATE).and_then(unix_s);
            let from = from.unwrap_or_else(|| u64::try_from(now.0.div_euclid(1_000)).unwrap_or_default());
            unix_s(value)?.saturating_sub(from)
        }
    };
    Some(seconds.clamp(1, RETRY_AFTER_S_MAX))
}

/// The header that carries a token; `None`: no header can.
pub fn bearer(token: &Secret<String>) -> Option<HeaderValue> {
    let visible = |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let token = Some(token.expose()).filter(|token| visible(token))?;
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
