//! HTTPS and the local network: one port for both, what plain HTTP from the network gets, and certificates and
//! listeners that change while the server runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod station;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use gerai_web::{Face, Server, WebConfig};
use station::app;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wire::*;

async fn server() -> (Server, watch::Sender<Option<Arc<Face>>>) {
    let (face, receiver) = watch::channel(None);
    let config = WebConfig { face: receiver, ..WebConfig::plain("127.0.0.1:0".parse().unwrap()) };
    (Server::start(config, app(), CancellationToken::new()).await.unwrap(), face)
}

fn refused(server: &Server, reason: &str) -> u64 {
    server.refused().into_iter().find(|(name, _)| *name == reason).unwrap().1
}

#[tokio::test]
async fn one_port_speaks_both() {
    let (server, face) = server().await;
    let authority = TestAuthority::new();
    assert!(authority.connect(server.addr(), "localhost").await.is_err(), "there is no certificate yet");
    assert_eq!(status(&plain(server.addr(), &get("/healthz", "localhost")).await), 200);
    face.send_replace(Some(authority.face(&["localhost", "kasir.local"])));
    let stream = authority.connect(server.addr(), "kasir.local").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let answer = say(stream, get("/healthz", "kasir.local:8888").as_bytes()).await;
    assert_eq!(status(&answer), 200, "a name of the certificate is ours");
    assert_eq!(header(&answer, "strict-transport-security"), Some("max-age=31536000"));
    let local = authority.ask(server.addr(), "localhost", &get("/healthz", "localhost")).await;
    assert_eq!((status(&local), header(&local, "strict-transport-security")), (200, None), "HTTP stays here");
    let foreign = authority.ask(server.addr(), "localhost", &get("/healthz", "evil.example")).await;
    assert_eq!(status(&foreign), 403);
    let open = plain(server.addr(), &get("/healthz", "localhost")).await;
    assert_eq!((status(&open), header(&open, "strict-transport-security")), (200, None));
    let stranger = TestAuthority::new();
    assert!(stranger.connect(server.addr(), "localhost").await.is_err(), "an unknown authority");
    assert!(refused(&server, "handshake") >= 1);
    server.stop().await;
}

#[tokio::test]
async fn a_session_over_tls_is_another_one() {
    let (server, face) = server().await;
    let authority = TestAuthority::new();
    face.send_replace(Some(authority.face(&["localhost"])));
    let made = authority.ask(server.addr(), "localhost", &rpc("owner.create", "localhost", "", OWNER)).await;
    assert_eq!(status(&made), 200, "{made}");
    let cookie = header(&made, "set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-gerai_session=") && cookie.contains("; Secure;"), "{cookie}");
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    let with = |name: &str, extra: &str| {
        rpc("accounts.list", "localhost", &format!("Cookie: {name}={token}\r\n{extra}"), "{}")
    };
    let over_tls = async |request: String| authority.ask(server.addr(), "localhost", &request).await;
    assert_eq!(status(&over_tls(with("__Host-gerai_session", "")).await), 200);
    assert_eq!(status(&over_tls(with("gerai_session", "")).await), 401, "a name that anybody could have set");
    let origin = |scheme: &str| with("__Host-gerai_session", &format!("Origin: {scheme}://localhost\r\n"));
    assert_eq!(status(&over_tls(origin("https")).await), 200);
    assert_eq!(status(&over_tls(origin("http")).await), 403, "a page that came in the clear");
    server.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_used_from_the_next_connection_on() {
    let (server, face) = server().await;
    let (old, new) = (TestAuthority::new(), TestAuthority::new());
    face.send_replace(Some(old.face(&["localhost"])));
    let mut open = old.connect(server.addr(), "localhost").await.unwrap();
    face.send_replace(Some(new.face(&["localhost"])));
    assert!(old.connect(server.addr(), "localhost").await.is_err());
    assert_eq!(status(&new.ask(server.addr(), "localhost", &get("/healthz", "localhost")).await), 200);
    open.write_all(get("/healthz", "localhost").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    open.read_to_end(&mut answer).await.unwrap();
    assert_eq!(status(&String::from_utf8_lossy(&answer)), 200, "what was open goes on");
    server.stop().await;
}

#[tokio::test]
async fn the_network_gets_https_and_the_way_to_it() {
    let Some(ip) = own_address() else { return };
    let (server, face) = server().await;
    let lan = SocketAddr::new(ip, server.addr().port());
    assert!(TcpStream::connect(lan).await.is_err(), "not before somebody says so");
    let authority = TestAuthority::new();
    face.send_replace(Some(authority.face(&["localhost", &ip.to_string()])));
    assert!(server.listen_on_lan(&[ip]).await.is_empty());
    assert_eq!(server.lan_addrs(), [lan]);

    let host = lan.to_string();
    let page = plain(lan, &get("/counter?x=1", &host)).await;
    assert_eq!(status(&page), 308);
    assert_eq!(header(&page, "location"), Some(format!("https://{host}/counter?x=1").as_str()));
    assert!(header(&page, "set-cookie").is_none());
    let tempted = plain(lan, &get("/%0d%0aSet-Cookie:%20a=b", &host)).await;
    assert!(header(&tempted, "location").unwrap().ends_with("/%0d%0aSet-Cookie:%20a=b"), "{tempted}");
    let elsewhere = plain(lan, &get("/", "evil.example")).await;
    assert_eq!(status(&elsewhere), 403, "no open redirect: {elsewhere}");
    for request in [
        rpc("session.sign_in", &host, "", r#"{"name":"a","password":"b"}"#),
        rpc("station.status", &host, "", "{}"),
    ] {
        let answer = plain(lan, &request).await;
        assert_eq!(status(&answer), 403, "{answer}");
        assert!(answer.contains("HTTPS"), "{answer}");
    }
    assert_eq!(refused(&server, "in_the_clear"), 2);
    assert_eq!(status(&plain(lan, &get("/events", &host)).await), 308);

    let certificate = plain(lan, &get("/ca.crt", &host)).await;
    assert_eq!(header(&certificate, "content-type"), Some("application/x-x509-ca-cert"));
    assert!(certificate.ends_with(&authority.pem));
    let help = plain(lan, &get("/ca", &host)).await;
    assert!(help.contains("AB:AB:AB") && help.contains(&format!("https://{host}/")), "{help}");

    let over_tls = authority.ask(lan, &ip.to_string(), &get("/healthz", &host)).await;
    assert_eq!(status(&over_tls), 200);
    let first_owner = authority.ask(lan, &ip.to_string(), &rpc("owner.create", &host, "", OWNER)).await;
    assert_eq!(status(&first_owner), 403, "not from the network: {first_owner}");

    let idle = authority.connect(lan, &ip.to_string()).await.unwrap();
    assert!(server.listen_on_lan(&[]).await.is_empty());
    assert!(say(idle, b"").await.is_empty(), "closed together with its listener");
    assert!(TcpStream::connect(lan).await.is_err());
    assert_eq!(status(&plain(server.addr(), &get("/healthz", "localhost")).await), 200, "untouched");
    server.stop().await;
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_named_and_the_rest_goes_on() {
    let (server, _face) = server().await;
    let failed = server.listen_on_lan(&["198.51.100.7".parse().unwrap()]).await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0.ip().to_string(), "198.51.100.7");
    assert!(server.lan_addrs().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn without_an_authority_there_is_nothing_to_install() {
    let (server, _face) = server().await;
    for target in ["/ca", "/ca.crt"] {
        assert_eq!(status(&plain(server.addr(), &get(target, "localhost")).await), 404);
    }
    server.stop().await;
}

#[tokio::test]
async fn old_tls_and_rubbish_after_the_first_byte_end_quietly() {
    let (server, face) = server().await;
    let authority = TestAuthority::new();
    face.send_replace(Some(authority.face(&["localhost"])));
    // A ClientHello of TLS 1.0 without extensions, and a record that is none.
    let hello = [&[22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1][..], &[7; 32], &[0, 0, 2, 0, 47, 1, 0]].concat();
    for bytes in [hello, vec![22; 300], vec![22, 255, 255, 255, 255, 0]] {
        let before = refused(&server, "handshake");
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("it hangs up");
        // Nothing, or an alert (record type 21); never a ServerHello.
        assert!(answer.is_empty() || answer[0] == 21, "{answer:?}");
        assert_eq!(refused(&server, "handshake"), before + 1);
    }
    assert_eq!(status(&plain(server.addr(), &get("/healthz", "localhost")).await), 200);
    server.stop().await;
}
