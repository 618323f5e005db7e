//! What every request must pass before anything looks at it, and the headers every answer carries.
//!
//! The console answers on the loopback address, so any web page in the operator's browser can send requests to it.
//! Three things keep such pages out: the `Host` header must be one of ours (a rebound DNS name is not), a given `Origin`
//! must be our own, and commands need a header that a foreign page cannot set without asking first.
//!
//! From the network, plain HTTP gets no more than the way to HTTPS. What a proxy says of its client is never believed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Ends;
use crate::refusals::Reason;
use crate::rpc::refusal;
use crate::server::Shared;

/// Scripts, styles and connections only from the station itself; nothing may frame it.
const CSP: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
                   form-action 'none'; frame-src 'none'; frame-ancestors 'none'";

/// The scan page looks through the camera of the phone it is opened on, and the list of what is to be read next is sorted by
/// where the phone is; both only when a person asks, and the browser asks that person.
const PERMISSIONS: &str = "camera=(self), microphone=(), geolocation=(self)";

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
];

/// One year: a browser that has met the station over TLS does not go back (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The middleware around every route.
pub async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let ends = request.extensions().get::<Ends>().copied();
    let strict = ends.is_some_and(|ends| ends.tls) && !named_locally(request.headers());
    let mut response = match refused(&shared, &request, ends) {
        Some((reason, refusal)) => {
            shared.refusals.count(reason);
            refusal
        }
        None if ends.is_none_or(|ends| ends.in_the_clear()) => match doorstep(&request) {
            Doorstep::Open => next.run(request).await,
            Doorstep::Redirect(response) => response,
            Doorstep::Refuse(response) => {
                shared.refusals.count(Reason::InTheClear);
                response
            }
        },
        None => next.run(request).await,
    };
    if strict {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn refused(shared: &Shared, request: &Request, ends: Option<Ends>) -> Option<(Reason, Response)> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        // A body whose length is told in two ways, or in a way that no client of ours uses, is how one request is
        // smuggled inside another (RFC 9112, section 11.2). The connection ends with it.
        let mut response = refusal(
            StatusCode::LENGTH_REQUIRED,
            "this station takes no bodies in chunks",
            "Send the body with a Content-Length.",
        )
        .into_response();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return Some((Reason::Framing, response));
    }
    let face = shared.face.borrow().clone();
    let ours = |host: &str| {
        shared.extra_hosts.iter().any(|name| name.eq_ignore_ascii_case(host))
            || face.as_ref().is_some_and(|face| face.is_named(host))
    };
    if !host_is_ours(request, ends, ours) {
        let response = refusal(
            StatusCode::FORBIDDEN,
            "this station does not answer under that name",
            "Open it as http://127.0.0.1 with its port, or under a name of its certificate.",
        );
        return Some((Reason::WrongHost, response.into_response()));
    }
    if from_elsewhere(request.headers(), ends.is_some_and(|ends| ends.tls)) {
        let response = refusal(
            StatusCode::FORBIDDEN,
            "this request comes from another site",
            "Use the station's own pages.",
        );
        return Some((Reason::OtherSite, response.into_response()));
    }
    None
}

/// What plain HTTP from the network gets.
enum Doorstep {
    /// The way to trust the station: everybody may see it.
    Open,
    /// The same page over HTTPS.
    Redirect(Response),
    /// Nothing: whatever it carried has been readable on the way.
    Refuse(Response),
}

fn doorstep(request: &Request) -> Doorstep {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if reading && matches!(request.uri().path(), "/ca" | "/ca.crt") {
        return Doorstep::Open;
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let host = single(request.headers(), header::HOST).unwrap_or_default();
    match HeaderValue::from_str(&format!("https://{host}{path}")) {
        Ok(location) if reading => Doorstep::Redirect(
            (
                StatusCode::PERMANENT_REDIRECT,
                [
                    (header::LOCATION, location),
                    (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                ],
                DOORSTEP_PAGE,
            )
                .into_response(),
        ),
        _ => Doorstep::Refuse(
            refusal(
                StatusCode::FORBIDDEN,
                "from the network this station takes commands over HTTPS only",
                "Open it with https://, and change the password if you just typed it here.",
            )
            .into_response(),
        ),
    }
}

const DOORSTEP_PAGE: &str = "<!doctype html><meta charset=\"utf-8\"><title>Gerai</title>\
    <p>Stasiun ini memakai HTTPS. <a href=\"/ca\">Pasang sertifikatnya</a> lebih dulu. \
    This station uses HTTPS. <a href=\"/ca\">Install its certificate</a> first.</p>";

/// Both the `Host` header and an absolute request target must name this station.
fn host_is_ours(request: &Request, ends: Option<Ends>, ours: impl Fn(&str) -> bool) -> bool {
    let Some(host) = single(request.headers(), header::HOST) else { return false };
    let target =
        request.uri().authority().is_none_or(|authority| name_is_ours(authority.as_str(), ends, &ours));
    target && name_is_ours(host, ends, &ours)
}

fn name_is_ours(host_and_port: &str, ends: Option<Ends>, ours: impl Fn(&str) -> bool) -> bool {
    let Some(host) = without_port(host_and_port) else { return false };
    if is_local_name(host) || ours(host) {
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
fn from_elsewhere(headers: &HeaderMap, tls: bool) -> bool {
    let foreign_origin = headers.contains_key(header::ORIGIN) && !origin_is_host(headers, tls);
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    foreign_origin
        || matches!(site, Some("cross-site" | "same-site"))
            && headers.get("sec-fetch-mode").and_then(|value| value.to_str().ok()) != Some("navigate")
}

fn origin_is_host(headers: &HeaderMap, tls: bool) -> bool {
    let (Some(origin), Some(host)) = (single(headers, header::ORIGIN), single(headers, header::HOST)) else {
        return false;
    };
    // The scheme is part of an origin: a page that somebody put onto plain HTTP on the way is not ours.
    let authority = origin.strip_prefix(if tls { "https://" } else { "http://" });
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn named_locally(headers: &HeaderMap) -> bool {
    single(headers, header::HOST).and_then(without_port).is_some_and(is_local_name)
}

/// The caller sits at this very machine: a loopback connection under a local name, not handed on by a proxy.
pub fn is_loopback(peer: SocketAddr, headers: &HeaderMap) -> bool {
    const PROXY_MARKS: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];
    peer.ip().to_canonical().is_loopback()
        && named_locally(headers)
        && !PROXY_MARKS.iter().any(|mark| headers.contains_key(*mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Option<Ends> {
        Some(Ends {
            peer: "192.168.1.9:5000".parse().unwrap(),
            local: "192.168.1.5:8888".parse().unwrap(),
            tls: false,
        })
    }

    #[test]
    fn only_own_names_pass() {
        let extra = |host: &str| host == "kasir.example";
        for name in [
            "localhost",
            "LOCALHOST:8888",
            "127.0.0.1:1",
            "[::1]:8888",
            "kasir.example:8888",
            "192.168.1.5:8888",
        ] {
            assert!(name_is_ours(name, ends(), extra), "{name}");
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
            assert!(!name_is_ours(name, ends(), extra), "{name}");
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
            assert_eq!(from_elsewhere(&headers, false), elsewhere, "{origin:?}");
        };
        check(None, false);
        check(Some("http://127.0.0.1:8888"), false);
        check(Some("https://127.0.0.1:8888"), true);
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
