//! The HTTP door from outside, over raw sockets: what gets in, what is kept out, and what every answer carries.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod station;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::port::pictures::{Still, StillKind};
use gerai_web::{Server, WebConfig};
use station::app;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

async fn server() -> Server {
    let config = WebConfig {
        extra_hosts: vec!["kasir.example".to_owned()],
        ..WebConfig::plain("127.0.0.1:0".parse().unwrap())
    };
    Server::start(config, app(), CancellationToken::new()).await.unwrap()
}

/// Sends bytes, gives back everything that comes until the server closes (the requests say `Connection: close`).
async fn talk(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    let _ = read.await.expect("the server answers");
    String::from_utf8_lossy(&answer).into_owned()
}

/// As `talk`, where the server may hang up before it has read everything.
async fn talk_on(server: &Server, request: &str) -> String {
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut answer = Vec::new();
    let both = async {
        tokio::join!(writing.write_all(request.as_bytes()), async {
            let mut some = [0; 4_096];
            while let Ok(count @ 1..) = reading.read(&mut some).await {
                answer.extend(&some[..count]);
            }
        })
    };
    let _ = tokio::time::timeout(Duration::from_secs(20), both).await.expect("the server answers");
    String::from_utf8_lossy(&answer).into_owned()
}

fn rpc(command: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /rpc/{command} HTTP/1.1\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

const OURS: &str = "Host: 127.0.0.1\r\nX-Gerai-Request: 1\r\nContent-Type: application/json\r\n";

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or_else(|| panic!("no status in {answer:?}"))
}

fn assert_guarded(answer: &str) {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
    for line in [
        "content-security-policy: default-src 'self';",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: camera=(self), microphone=(), geolocation=(self)",
        "cache-control: ",
    ] {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
    for word in ["unsafe-inline", "unsafe-eval", "access-control-allow-origin"] {
        assert!(!head.contains(word), "{word} is in {head}");
    }
}

#[tokio::test]
async fn the_station_says_it_lives_and_nothing_more() {
    let server = server().await;
    let answer = talk(&server, &get("/healthz", "localhost")).await;
    assert_eq!(status(&answer), 200);
    assert!(answer.ends_with("\r\n\r\nok"));
    assert_guarded(&answer);
    server.stop().await;
}

#[tokio::test]
async fn commands_need_the_header_the_type_and_the_method() {
    let server = server().await;
    let known = talk(&server, &rpc("no.such_command", OURS, "{}")).await;
    assert_eq!(status(&known), 404, "{known}");
    assert!(known.contains("unknown_command"));
    assert_guarded(&known);
    let without_header = rpc("station.status", "Host: 127.0.0.1\r\nContent-Type: application/json\r\n", "{}");
    assert_eq!(status(&talk(&server, &without_header).await), 403);
    let as_form =
        rpc("station.status", "Host: 127.0.0.1\r\nX-Gerai-Request: 1\r\nContent-Type: text/plain\r\n", "{}");
    assert_eq!(status(&talk(&server, &as_form).await), 415);
    assert_eq!(status(&talk(&server, &rpc("station.status", OURS, "{not json")).await), 400);
    assert_eq!(status(&talk(&server, &get("/rpc/station.status", "127.0.0.1")).await), 405);
    server.stop().await;
}

#[tokio::test]
async fn other_sites_and_other_names_are_kept_out() {
    let server = server().await;
    let with = |line: &str| rpc("no.such_command", &format!("{OURS}{line}"), "{}");
    assert_eq!(status(&talk(&server, &with("Origin: http://127.0.0.1\r\n")).await), 404);
    for line in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://127.0.0.1:9\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        let answer = talk(&server, &with(line)).await;
        assert_eq!(status(&answer), 403, "{line}");
        assert_guarded(&answer);
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "192.168.7.7"] {
        assert_eq!(status(&talk(&server, &get("/healthz", host)).await), 403, "{host}");
    }
    assert_eq!(status(&talk(&server, &get("/healthz", "kasir.example:8888")).await), 200);
    let two_hosts =
        "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_ne!(status(&talk(&server, two_hosts).await), 200);
    assert_ne!(status(&talk(&server, &get("http://evil.example/healthz", "127.0.0.1")).await), 200);
    let no_host = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_ne!(status(&talk(&server, no_host).await), 200);
    server.stop().await;
}

#[tokio::test]
async fn bodies_and_heads_have_a_limit() {
    let server = server().await;
    let large = format!("\"{}\"", "a".repeat(512 * 1024));
    assert_eq!(status(&talk(&server, &rpc("station.status", OURS, &large)).await), 413);
    let endless = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(80 * 1024));
    let answer = talk(&server, &endless).await;
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn a_picture_may_be_large_from_somebody_who_is_signed_in() {
    let server = server().await;
    let made = talk(&server, &rpc("owner.create", OURS, OWNER)).await;
    let cookie = header(&made, "set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let picture = |bytes: usize| format!("{{\"image\":\"{}\"}}", "A".repeat(bytes));
    let signed_in = format!("{OURS}Cookie: {cookie}\r\n");
    let taken = talk(&server, &rpc("readings.take_image", &signed_in, &picture(4 * 1024 * 1024))).await;
    assert_ne!(status(&taken), 413, "{taken}");
    let kept = talk(&server, &rpc("counter_images.add", &signed_in, &picture(2 * 1024 * 1024))).await;
    assert_ne!(status(&kept), 413, "{kept}");
    for (command, headers, bytes) in [
        ("readings.take_image", OURS, 600 * 1024),
        ("readings.take_image", &signed_in, 13 * 1024 * 1024),
        ("accounts.list", &signed_in, 600 * 1024),
        ("counter_images.add", OURS, 600 * 1024),
        ("counter_images.add", &signed_in, 13 * 1024 * 1024),
    ] {
        let refused = talk_on(&server, &rpc(command, headers, &picture(bytes))).await;
        assert_eq!(status(&refused), 413, "{command} {bytes}: {refused}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_counters_picture_is_for_those_who_may_see_the_counter() {
    let (app, config) = (app(), WebConfig::plain("127.0.0.1:0".parse().unwrap()));
    let server = Server::start(config, Arc::clone(&app), CancellationToken::new()).await.unwrap();
    let made = talk(&server, &rpc("owner.create", OURS, OWNER)).await;
    let cookie = header(&made, "set-cookie").unwrap().split(';').next().unwrap().to_owned();
    app.set_pictures(Some(Arc::new(Anything)));
    let asked = r#"{"name":"Menu","till_id":null,"image":"iVBORw=="}"#;
    let signed_in = format!("{OURS}Cookie: {cookie}\r\n");
    let added = talk(&server, &rpc("counter_images.add", &signed_in, asked)).await;
    assert_eq!(status(&added), 200, "{added}");
    let ask = |target: &str, cookie: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}Connection: close\r\n\r\n")
    };
    assert_eq!(status(&talk(&server, &ask("/counter/images/1", "")).await), 401);
    let with = format!("Cookie: {cookie}\r\n");
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(ask("/counter/images/1?v=5", &with).as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.ends_with(b"\r\n\r\n\x89PNG"), "the file, byte for byte");
    let shown = String::from_utf8_lossy(&bytes).into_owned();
    assert_eq!((status(&shown), header(&shown, "content-type")), (200, Some("image/png")));
    assert_eq!(header(&shown, "x-content-type-options"), Some("nosniff"));
    for target in ["/counter/images/2", "/counter/images/-1", "/counter/images/x", "/counter/images/1/2"] {
        assert_eq!(status(&talk(&server, &ask(target, &with)).await), 404, "{target}");
    }
    server.stop().await;
}

/// Takes everything for a PNG of one pixel.
struct Anything;

impl gerai_core::port::pictures::Pictures for Anything {
    fn codes(&self, _: &[u8]) -> Result<Vec<gerai_core::port::scan::CodeFound>, String> {
        Ok(Vec::new())
    }

    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String> {
        Ok(jpeg.to_vec())
    }

    fn still(&self, _: &[u8]) -> Result<Still, String> {
        Ok(Still { kind: StillKind::Png, width: 1, height: 1 })
    }
}

#[tokio::test]
async fn a_slow_head_and_an_idle_connection_are_cut_off() {
    let server = server().await;
    let began = Instant::now();
    let (slow, idle) = tokio::join!(
        talk(&server, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
        talk(&server, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    );
    assert!(slow.is_empty() || status(&slow) == 408, "{slow}");
    assert_eq!(status(&idle), 200);
    assert!(began.elapsed() >= Duration::from_secs(9));
    server.stop().await;
}

#[tokio::test]
async fn nothing_outside_the_screens_can_be_read() {
    let server = server().await;
    for target in [
        "/../Cargo.toml",
        "/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/../../../Cargo.toml",
        "/%2e%2e/%2e%2e/package.json",
        "/..\\..\\package.json",
        "//etc/passwd",
        "/assets%00.js",
    ] {
        let answer = talk(&server, &get(target, "localhost")).await;
        assert!(matches!(status(&answer), 400 | 404), "{target}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_listens_without_a_session() {
    let server = server().await;
    let before = talk(&server, &get("/events", "localhost")).await;
    assert_eq!(status(&before), 409, "nobody owns the station yet: {before}");
    assert_eq!(status(&talk(&server, &rpc("owner.create", OURS, OWNER)).await), 200);
    let answer = talk(&server, &get("/events", "localhost")).await;
    assert_eq!(status(&answer), 401, "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn stopping_frees_the_port_and_a_taken_port_says_so() {
    let server = server().await;
    let addr = server.addr();
    let config = WebConfig::plain(addr);
    let taken = Server::start(config.clone(), app(), CancellationToken::new()).await.map(|_| ()).unwrap_err();
    assert!(taken.to_string().contains("network.http_port"), "{taken}");
    server.stop().await;
    let again = Server::start(config, app(), CancellationToken::new()).await.unwrap();
    again.stop().await;
}

/// The value of a header of an answer.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next()?;
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

const OWNER: &str = r#"{"station_name":"Kantin","language":"id","owner_name":"ibu ani","password":"rahasia panjang",
    "till_name":"Meja 1","price":5000,"readers_on_lan":false}"#;

#[tokio::test]
async fn a_session_lives_in_a_cookie_and_ends_with_it() {
    let server = server().await;
    let first_run = talk(&server, &rpc("accounts.list", OURS, "{}")).await;
    assert_eq!(status(&first_run), 409, "{first_run}");
    let proxied =
        talk(&server, &rpc("owner.create", &format!("{OURS}X-Forwarded-For: 203.0.113.9\r\n"), OWNER)).await;
    assert_eq!(status(&proxied), 403, "the first owner is made at the station itself: {proxied}");

    let made = talk(&server, &rpc("owner.create", OURS, OWNER)).await;
    assert_eq!(status(&made), 200, "{made}");
    let cookie = header(&made, "set-cookie").unwrap().to_owned();
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let session = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(status(&talk(&server, &rpc("accounts.list", OURS, "{}")).await), 401);
    let signed_in = format!("{OURS}{session}");
    assert_eq!(status(&talk(&server, &rpc("accounts.list", &signed_in, "{}")).await), 200);

    let out = talk(&server, &rpc("session.sign_out", &signed_in, "{}")).await;
    assert!(header(&out, "set-cookie").unwrap().contains("Max-Age=0"), "{out}");
    assert_eq!(status(&talk(&server, &rpc("accounts.list", &signed_in, "{}")).await), 401);
    server.stop().await;
}

#[tokio::test]
async fn events_beat_while_the_session_lives_and_end_with_it() {
    let server = server().await;
    let made = talk(&server, &rpc("owner.create", OURS, OWNER)).await;
    let cookie = header(&made, "set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let request = format!("GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut heard = String::new();
    let mut buffer = [0_u8; 4096];
    while heard.matches("\"kind\":\"heartbeat\"").count() < 2 {
        let read =
            tokio::time::timeout(Duration::from_secs(5), stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(read > 0, "the stream ended early: {heard}");
        heard.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    assert!(heard.contains("content-type: text/event-stream") && heard.contains("data: {"), "{heard}");
    let headers = format!("{OURS}Cookie: {cookie}\r\n");
    assert_eq!(status(&talk(&server, &rpc("session.sign_out", &headers, "{}")).await), 200);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    // A chunked stream ends with its last chunk while the connection may stay; an idle one is closed later.
    assert!(ended.is_ok() || rest.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    server.stop().await;
}
