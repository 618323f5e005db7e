//! The `Date` header of one web server: seconds only, so the moment is known to half a second at best.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use gerai_core::address::WebAddress;
use gerai_core::drift::{Drift, Exchange};
use gerai_core::port::Clock;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, DATE, HOST, USER_AGENT};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Failure;
use crate::clock::SystemClock;

/// `Date` is cut off to whole seconds: the middle of its second is taken, with half a second of error.
const HALF_SECOND_MS: i64 = 500;
/// Largest answer head that is read.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Asks once. The caller sets the deadline.
pub async fn ask(server: &WebAddress) -> Result<Drift, Failure> {
    let stream = TcpStream::connect((server.at.host.as_str(), server.at.port)).await;
    let stream = stream.map_err(|error| Failure::new(format!("it cannot be reached: {error}")))?;
    if !server.tls {
        return exchange(stream, server).await;
    }
    let name = ServerName::try_from(server.at.host.clone())
        .map_err(|_| Failure::new("its name is none that a certificate could carry"))?;
    let shaken = TlsConnector::from(trusting()?).connect(name, stream).await;
    // A clock that is far off makes every certificate look ended, or not begun.
    let stream = shaken.map_err(|error| {
        Failure::new(format!(
            "TLS failed: {error} (a clock that is far off makes good certificates look wrong)"
        ))
    })?;
    exchange(stream, server).await
}

fn trusting() -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn exchange<S>(stream: S, server: &WebAddress) -> Result<Drift, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| Failure::new(format!("it does not speak HTTP: {error}"));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    let request = Request::builder()
        .method(Method::HEAD)
        .uri(&server.path)
        .header(HOST, server.at.to_string())
        .header(USER_AGENT, "gerai-clock")
        .header(CONNECTION, "close")
        .body(String::new())
        .map_err(|error| Failure::new(error.to_string()))?;
    let (t0, started) = (SystemClock.now().0, std::time::Instant::now());
    let answered = async {
        let mut connection = std::pin::pin!(connection);
        let mut answer = std::pin::pin!(sender.send_request(request));
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            ended = &mut connection => {
                ended?;
                answer.await
            }
        }
    };
    let answer = answered.await.map_err(broken)?;
    let took = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let date = answer.headers().get(DATE).ok_or_else(|| Failure::new("its answer has no Date"))?;
    let date = date
        .to_str()
        .ok()
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|date| date.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .ok_or_else(|| Failure::new("the Date of its answer is none"))?;
    let middle = date.saturating_add(HALF_SECOND_MS);
    let (t1, t2, t3) = (middle, middle, t0.saturating_add(took));
    let drift = Exchange { t0, t1, t2, t3, peer_error_ms: HALF_SECOND_MS }.drift();
    drift.map_err(|error| Failure::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers with these bytes, whatever it is asked; keeps what it was asked.
    async fn server(answer: String) -> (WebAddress, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = WebAddress::parse(&format!("http://{}/now", listener.local_addr().unwrap())).unwrap();
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 4_096];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (address, asked)
    }

    fn date(offset_s: i64) -> String {
        let ms = u64::try_from(SystemClock.now().0 + offset_s * 1_000).unwrap();
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms))
    }

    #[tokio::test]
    async fn the_offset_is_found_to_half_a_second() {
        for offset in [0, 120, -7_200] {
            let answer = format!("HTTP/1.1 204 No Content\r\nDate: {}\r\n\r\n", date(offset));
            let (address, asked) = server(answer).await;
            let found = ask(&address).await.unwrap();
            assert!((found.offset_ms - offset * 1_000).abs() <= found.bound_ms, "{offset}: {found:?}");
            assert!(found.bound_ms > HALF_SECOND_MS);
            let asked = asked.await.unwrap();
            assert!(asked.starts_with("HEAD /now HTTP/1.1\r\n") && !asked.contains("ookie"), "{asked}");
        }
    }

    #[tokio::test]
    async fn wrong_answers_are_said() {
        for (answer, word) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "no Date"),
            ("HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\n", "Date of its answer is none"),
            ("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1969 00:00:00 GMT\r\n\r\n", "Date of its answer is none"),
            ("hello there\r\n\r\n", "does not speak HTTP"),
            ("", "does not speak HTTP"),
        ] {
            let (address, _) = server(answer.to_owned()).await;
            let failure = ask(&address).await.unwrap_err();
            assert!(failure.why.contains(word), "{answer:?}: {failure:?}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(100_000));
        let (address, _) = server(endless).await;
        assert!(ask(&address).await.is_err());
        let (address, _) = server("HTTP/1.1 200 OK\r\n\r\n".to_owned()).await;
        let over_tls = WebAddress { tls: true, ..address };
        assert!(ask(&over_tls).await.unwrap_err().why.contains("TLS failed"));
    }

    #[tokio::test]
    async fn nobody_there_is_said() {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let address = WebAddress::parse(&format!("http://{gone}/")).unwrap();
        assert!(ask(&address).await.unwrap_err().why.contains("cannot be reached"));
    }
}
