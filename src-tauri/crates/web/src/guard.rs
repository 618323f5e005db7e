//! What every request must pass before anything looks at it, and the headers every answer carries.
//!
//! The console answers on the loopback address, so any web page in the operator's browser can send requests to it.
//! Three things keep such pages out: the `Host` header must be one of ours (a rebound DNS name is not), a given `Origin`
//! must be our own, and commands need a header that a foreign page cannot set without asking first.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Ends;
use crate::rpc::refusal;
use crate::server::Shared;

/// Scripts, styles and connections only from the station itself; nothing may frame it.
const CSP: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
                   form-action 'none'; frame-src 'none'; frame-ancestors 'none'";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// The middleware around every route.
pub async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match refused(&shared, &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn refused(shared: &Shared, request: &Request) -> Option<Response> {
    let ends = request.extensions().get::<Ends>().copied();
    if !host_is_ours(request, ends, &shared.extra_hosts) {
        return Some(
            refusal(
                StatusCode::FORBIDDEN,
                "this station does not answer under that name",
                "Open it as http://127.0.0.1 with its port, or add the name to the station's settings.",
            )
            .into_response(),
        );
    }
    if from_elsewhere(request.headers()) {
        return Some(
            refusal(
                StatusCode::FORBIDDEN,
                "this request comes from another site",
                "Use the station's own pages.",
            )
            .into_response(),
        );
    }
    None
}

/// Both the `Host` header and an absolute request target must name this station.
fn host_is_ours(request: &Request, ends: Option<Ends>, extra: &[String]) -> bool {
    let Some(host) = single(request.headers(), header::HOST) else { return false };
    let target =
        request.uri().authority().is_none_or(|authority| name_is_ours(authority.as_str(), ends, extra));
    target && name_is_ours(host, ends, extra)
}

fn name_is_ours(host_and_port: &str, ends: Option<Ends>, extra: &[String]) -> bool {
    let Some(host) = without_port(host_and_port) else { return false };
    if is_local_name(host) || extra.iter().any(|name| name.eq_ignore_ascii_case(host)) {
        return true;
    }
    // A page can rebind a name it owns, never an address: the very address this connection came in on is ours.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    matches!((literal, ends), (Ok(ip), Some(ends)) if ip == ends.local.ip().to_canonical())
}

fn is_local_name(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "127.0.0.1" || host == "[::1]"
}

/// `name`, `name:port`, `[v6]`, `[v6]:port`; anything else is `None`.
fn without_port(text: &str) -> Option<&str> {
    let end = if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
    let (host, rest) = text.split_at(end);
    let port_is_fine =
        rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (!host.is_empty() && port_is_fine).then_some(host)
}

/// Browsers name where a request comes from; programs that are no browser send neither header.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let foreign_origin = headers.contains_key(header::ORIGIN) && !origin_is_host(headers);
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    foreign_origin
        || matches!(site, Some("cross-site" | "same-site"))
            && headers.get("sec-fetch-mode").and_then(|value| value.to_str().ok()) != Some("navigate")
}

fn origin_is_host(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (single(headers, header::ORIGIN), single(headers, header::HOST)) else {
        return false;
    };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The caller sits at this very machine: a loopback connection under a local name, not handed on by a proxy.
pub fn is_loopback(peer: SocketAddr, headers: &HeaderMap) -> bool {
    const PROXY_MARKS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    let local_name = single(headers, header::HOST).and_then(without_port).is_some_and(is_local_name);
    peer.ip().to_canonical().is_loopback()
        && local_name
        && !PROXY_MARKS.iter().any(|mark| headers.contains_key(*mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Option<Ends> {
        Some(Ends { peer: "192.168.1.9:5000".parse().unwrap(), local: "192.168.1.5:8888".parse().unwrap() })
    }

    #[test]
    fn only_own_names_pass() {
        let extra = ["kasir.example".to_owned()];
        for name in [
            "localhost",
            "LOCALHOST:8888",
            "127.0.0.1:1",
            "[::1]:8888",
            "kasir.example:8888",
            "192.168.1.5:8888",
        ] {
            assert!(name_is_ours(name, ends(), &extra), "{name}");
        }
        for name in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "192.168.1.6",
            "",
            ":80",
            "localhost:x",
        ] {
            assert!(!name_is_ours(name, ends(), &extra), "{name}");
        }
    }

    #[test]
    fn a_foreign_origin_is_refused_and_none_is_fine() {
        let check = |origin: Option<&'static str>, elsewhere: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8888"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(from_elsewhere(&headers), elsewhere, "{origin:?}");
        };
        check(None, false);
        check(Some("http://127.0.0.1:8888"), false);
        check(Some("http://127.0.0.1:9999"), true);
        check(Some("http://evil.example"), true);
        check(Some("null"), true);
    }

    #[test]
    fn a_proxied_caller_is_not_at_this_machine() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:8888"));
        let peer = "127.0.0.1:4000".parse().unwrap();
        assert!(is_loopback(peer, &headers));
        assert!(!is_loopback("192.168.1.9:4000".parse().unwrap(), &headers));
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
        assert!(!is_loopback(peer, &headers));
    }
}
