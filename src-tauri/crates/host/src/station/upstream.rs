//! The way to the server that readings go on to: the two calls of `gerai_core::port::upstream` over HTTP/1.1, plain or TLS.
//! It keeps connections and nothing else: no token, no queue, no second try. Redirects are not followed: neither a password
//! nor a reading goes to another place than the one that was set. `app` decides when something is sent.

mod answer;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use gerai_core::address::WebAddress;
use gerai_core::port::upstream::{
    Answer, DEADLINE, Grant, Outgoing, PAYLOAD_PATH, SIGN_IN_PATH, SignInFault, Upstream,
};
use gerai_core::port::{BoxFuture, Clock};
use gerai_core::secret::Secret;
use hyper::Uri;

use answer::Hidden;
use wire::Wire;

/// A name is found and a connection made within this time, or another address of the server is tried.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// The server over HTTP. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct HttpUpstream {
    wire: Arc<Wire>,
    clock: Arc<dyn Clock>,
    /// A whole call.
    deadline: Duration,
}

impl HttpUpstream {
    /// Trusts what the operating system trusts. The clock is for `Retry-After` as a date.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { wire: Arc::new(Wire::new(None, CONNECT_DEADLINE)), clock, deadline: DEADLINE }
    }

    /// Trusts these authorities only, and waits for less than [`DEADLINE`].
    #[cfg(test)]
    fn with(clock: Arc<dyn Clock>, roots: rustls::RootCertStore, deadline: Duration) -> Self {
        Self { wire: Arc::new(Wire::new(Some(roots), deadline)), clock, deadline }
    }
}

impl Upstream for HttpUpstream {
    fn sign_in(
        &self,
        base: &str,
        user: &str,
        password: Secret<String>,
    ) -> BoxFuture<'static, Result<Grant, SignInFault>> {
        let (this, target) = (self.clone(), target(base, SIGN_IN_PATH));
        let form = form(&[("username", user), ("password", password.expose())]);
        Box::pin(async move {
            let target = target.map_err(SignInFault::Unreachable)?;
            let hidden = Hidden(vec![password]);
            match this.wire.post(&target, None, form, this.deadline, this.clock.now()).await {
                Ok(reply) => answer::grant(&reply, &hidden),
                Err(why) => Err(SignInFault::Unreachable(why)),
            }
        })
    }

    fn send(&self, base: &str, bearer: Secret<String>, reading: Outgoing) -> BoxFuture<'static, Answer> {
        let (this, target) = (self.clone(), target(base, PAYLOAD_PATH));
        let form = form(&[
            ("payload", &reading.payload),
            ("username", &reading.username),
            ("method", &reading.method),
        ]);
        Box::pin(async move {
            let target = match target {
                Ok(target) => target,
                Err(why) => return Answer::Unreachable(why),
            };
            // What no header can carry is no token: a new one is asked for.
            let Some(authorization) = wire::bearer(&bearer) else { return Answer::Unauthorized };
            let hidden = Hidden(vec![bearer, Secret::new(reading.payload)]);
            match this.wire.post(&target, Some(authorization), form, this.deadline, this.clock.now()).await {
                Ok(reply) => answer::answer(&reply, &hidden),
                Err(why) => Answer::Unreachable(why),
            }
        })
    }
}

/// Where a call goes: the base's own path stays in front.
fn target(base: &str, path: &str) -> Result<Uri, String> {
    let wrong = || format!("`{base}` is no base address; set one that begins with http:// or https://");
    let at = WebAddress::parse(base).filter(|at| !at.path.contains('?')).ok_or_else(wrong)?;
    Uri::builder()
        .scheme(if at.tls { "https" } else { "http" })
        .authority(at.at.to_string())
        .path_and_query(format!("{}{path}", at.path.trim_end_matches('/')))
        .build()
        .map_err(|_| wrong())
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
