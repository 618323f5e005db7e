//! Requests that nobody means well with: smuggled, split, forged, endless, or too many. Each is turned away, counted
//! where that tells something, and harms nobody else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod station;
mod wire;

use gerai_web::{Server, WebConfig};
use station::app;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use wire::*;

async fn server() -> Server {
    let config = WebConfig::plain("127.0.0.1:0".parse().unwrap());
    Server::start(config, app(), CancellationToken::new()).await.unwrap()
}

fn refused(server: &Server, reason: &str) -> u64 {
    server.refused().into_iter().find(|(name, _)| *name == reason).unwrap().1
}

/// A second request hides in the body of the first: whatever the framing says, it is never answered.
#[tokio::test]
async fn no_request_hides_in_another() {
    let server = server().await;
    let hidden = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let head = "POST /rpc/station.status HTTP/1.1\r\nHost: localhost\r\nX-Gerai-Request: 1\r\n\
                Content-Type: application/json\r\n";
    let chunked = "0\r\n\r\n";
    for framing in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 50\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
    ] {
        let answer = plain(server.addr(), &format!("{head}{framing}\r\n{chunked}{hidden}")).await;
        assert!(matches!(status(&answer), 400 | 411 | 413), "{framing:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing:?}: {answer}");
    }
    assert!(refused(&server, "framing") >= 3 && refused(&server, "malformed") >= 3, "{:?}", server.refused());
    server.stop().await;
}

#[tokio::test]
async fn lines_cannot_be_split_and_nothing_is_echoed_into_a_head() {
    let server = server().await;
    for request in [
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rSet-Cookie: b=c\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n X: folded\r\nConnection: close\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n: empty\r\nConnection: close\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "\u{16}\u{3}\r\n\r\n",
        "hello\r\n\r\n",
    ] {
        let answer = plain(server.addr(), request).await;
        assert!(answer.is_empty() || status(&answer) == 400, "{request:?}: {answer}");
    }
    for target in ["/%0d%0aSet-Cookie:%20a=b", "/rpc/a%0d%0aSet-Cookie:%20a=b", "/?x=%0aLocation:%20/evil"] {
        let answer = plain(server.addr(), &get(target, "localhost")).await;
        assert!(header(&answer, "set-cookie").is_none() && header(&answer, "location").is_none(), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn other_methods_and_targets_find_nothing() {
    let server = server().await;
    for request in [
        "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "PUT /index.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "DELETE /rpc/station.status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET http://localhost:1@evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = plain(server.addr(), request).await;
        assert!(answer.is_empty() || status(&answer) >= 400, "{request:?}: {answer}");
        assert!(header(&answer, "access-control-allow-origin").is_none(), "{answer}");
    }
    let preflight = "OPTIONS /rpc/station.status HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\
                     Access-Control-Request-Headers: x-gerai-request\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&plain(server.addr(), preflight).await), 403);
    let own = plain(server.addr(), &get("http://localhost/healthz", "localhost")).await;
    assert_eq!(status(&own), 200, "an absolute target that names us is fine");
    server.stop().await;
}

#[tokio::test]
async fn what_a_proxy_claims_opens_nothing() {
    let server = server().await;
    let made = plain(server.addr(), &rpc("owner.create", "localhost", "", OWNER)).await;
    assert_eq!(status(&made), 200, "{made}");
    for claim in [
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-For: 127.0.0.1",
        "X-Real-IP: 127.0.0.1",
        "Forwarded: for=127.0.0.1;host=localhost;proto=https",
        "X-Original-URL: /rpc/accounts.list",
        "X-HTTP-Method-Override: POST",
    ] {
        let wrong = r#"{"name":"ibu ani","password":"salah sekali"}"#;
        let answer =
            plain(server.addr(), &rpc("session.sign_in", "localhost", &format!("{claim}\r\n"), wrong)).await;
        assert_eq!(status(&answer), 401, "{claim}: {answer}");
        assert!(!answer.contains("evil.example") && header(&answer, "set-cookie").is_none(), "{answer}");
        let hidden = get("/", "evil.example").replace("Connection", &format!("{claim}\r\nConnection"));
        assert_eq!(status(&plain(server.addr(), &hidden).await), 403, "{claim}");
    }
    // Seven claims of seven addresses were one address: the back-off holds them together.
    let wrong = r#"{"name":"siapa saja","password":"salah sekali"}"#;
    let claimed = rpc("session.sign_in", "localhost", "X-Forwarded-For: 203.0.113.77\r\n", wrong);
    let answer = plain(server.addr(), &claimed).await;
    assert!(answer.contains("wait") || answer.contains("again in"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn one_address_holds_so_many_connections_and_no_more() {
    let server = server().await;
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(TcpStream::connect(server.addr()).await.unwrap());
    }
    let mut over = TcpStream::connect(server.addr()).await.unwrap();
    let mut nothing = Vec::new();
    // Closed, or reset when our request met a closed socket.
    let _ = over.write_all(get("/healthz", "localhost").as_bytes()).await;
    let _ = tokio::time::timeout(PATIENCE, over.read_to_end(&mut nothing)).await.expect("it is closed");
    assert!(nothing.is_empty(), "{}", String::from_utf8_lossy(&nothing));
    assert!(refused(&server, "too_many_connections") >= 1);
    let first = held.swap_remove(0);
    assert_eq!(status(&say(first, get("/healthz", "localhost").as_bytes()).await), 200, "those inside go on");
    server.stop().await;
}

/// Silence, one byte at a time, a body that never comes, a TLS greeting that stops: all of them are ended.
#[tokio::test]
async fn the_slow_are_cut_off_and_counted() {
    let server = server().await;
    let addr = server.addr();
    let silent = say(TcpStream::connect(addr).await.unwrap(), b"");
    let dripping = async {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = get("/", "localhost").replace("Connection", "X-Long").into_bytes();
        for byte in head.iter().cycle().take(600) {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            let mut answer = [0; 512];
            let read = tokio::time::timeout(std::time::Duration::from_millis(50), stream.read(&mut answer));
            if let Ok(Ok(count)) = read.await {
                return String::from_utf8_lossy(&answer[..count]).into_owned();
            }
        }
        String::new()
    };
    let body =
        rpc("station.status", "localhost", "", "{}").replace("Content-Length: 2", "Content-Length: 200");
    let half = plain(addr, &body);
    let (silent, _dripping, half) = tokio::join!(silent, dripping, half);
    assert!(silent.is_empty(), "{silent}");
    assert_eq!(status(&half), 408, "{half}");
    assert!(refused(&server, "too_slow") >= 2, "{:?}", server.refused());
    server.stop().await;
}

#[tokio::test]
async fn heads_and_bodies_beyond_the_limits_are_counted() {
    let server = server().await;
    let many: String = (0..100).map(|n| format!("X-{n}: y\r\n")).collect();
    let answer =
        plain(server.addr(), &get("/", "localhost").replace("Connection", &format!("{many}Connection")))
            .await;
    assert_eq!(status(&answer), 431, "{answer}");
    let long = plain(server.addr(), &get(&format!("/{}", "a".repeat(70_000)), "localhost")).await;
    assert!(long.is_empty() || matches!(status(&long), 414 | 431), "{long}");
    let large = format!("\"{}\"", "a".repeat(512 * 1024));
    assert_eq!(status(&plain(server.addr(), &rpc("station.status", "localhost", "", &large)).await), 413);
    assert!(refused(&server, "too_large") >= 2, "{:?}", server.refused());
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(status(&plain(server.addr(), &rpc("station.status", "localhost", "", &deep)).await), 400);
    assert_eq!(status(&plain(server.addr(), &get("/healthz", "localhost")).await), 200);
    server.stop().await;
}
