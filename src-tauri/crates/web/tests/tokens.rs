//! API tokens at the HTTP door: `Authorization: Bearer` stands alone, and a wrong one opens nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod station;

use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::access::{Caller, SessionChange, Surface};
use gerai_app::contract::dispatch;
use gerai_web::{Server, WebConfig};
use serde_json::{Value, json};
use station::app;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "kata sandi panjang";

async fn give(app: &Arc<App>, command: &str, arguments: Value) -> Value {
    dispatch(app, &Caller::local(), command, arguments)
        .await
        .unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// A server, its owner's session and an auditor's token.
async fn owned() -> (Server, Arc<App>, String, Value) {
    let app = app();
    give(&app, "operators.add", json!({ "name": "rina", "password": PASSWORD, "role": "owner" })).await;
    let browser = app.caller(Surface::Browser, None, "127.0.0.1", true).await;
    dispatch(&app, &browser, "session.sign_in", json!({ "name": "rina", "password": PASSWORD }))
        .await
        .unwrap();
    let Some(SessionChange::Opened { token, .. }) = browser.take_session_change() else { panic!() };
    let issued = give(&app, "tokens.issue", json!({ "name": "kas", "role": "auditor", "hours": 1 })).await;
    let config = WebConfig::plain("127.0.0.1:0".parse().unwrap());
    let server = Server::start(config, Arc::clone(&app), CancellationToken::new()).await.unwrap();
    (server, app, token.expose().clone(), issued)
}

async fn talk(server: &Server, request: String) -> String {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer));
    let _ = read.await.expect("the server answers");
    String::from_utf8_lossy(&answer).into_owned()
}

fn rpc(command: &str, headers: &str) -> String {
    format!(
        "POST /rpc/{command} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}Content-Length: 2\r\n\
         Connection: close\r\n\r\n{{}}"
    )
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap()
}

#[tokio::test]
async fn a_token_needs_no_other_header_and_the_cookie_beside_it_counts_for_nothing() {
    let (server, app, session, issued) = owned().await;
    let token = issued["token"].as_str().unwrap();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer =
            talk(&server, rpc("accounts.list", &format!("Authorization: {scheme} {token}\r\n"))).await;
        assert_eq!(status(&answer), "200", "{answer}");
    }
    let cookie = format!("Cookie: gerai_session={session}\r\n");
    let with_both = |command: &str, token: &str| {
        rpc(command, &format!("Authorization: Bearer {token}\r\n{cookie}X-Gerai-Request: 1\r\n"))
    };
    // The owner's cookie may list people; the auditor's token may not.
    let owner = rpc("operators.list", &format!("{cookie}X-Gerai-Request: 1\r\n"));
    assert_eq!(status(&talk(&server, owner).await), "200");
    assert_eq!(status(&talk(&server, with_both("operators.list", token)).await), "403");
    assert_eq!(
        status(&talk(&server, rpc("operators.list", &cookie)).await),
        "403",
        "a cookie alone needs the header"
    );
    let own = talk(&server, with_both("session.current", token)).await;
    assert_eq!(status(&own), "403", "a token is no person");
    // Other schemes are none of ours.
    let basic =
        rpc("operators.list", &format!("Authorization: Basic eDp5\r\n{cookie}X-Gerai-Request: 1\r\n"));
    assert_eq!(status(&talk(&server, basic).await), "200");
    give(&app, "tokens.revoke", json!({ "jti": issued["row"]["jti"] })).await;
    assert_eq!(status(&talk(&server, with_both("accounts.list", token)).await), "401");
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_token_opens_not_even_what_anybody_may() {
    let (server, _, session, issued) = owned().await;
    let token = issued["token"].as_str().unwrap();
    let twice = format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n");
    for headers in [
        "Authorization: Bearer guess\r\n".to_owned(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Bearer {}\r\n", "A".repeat(20_000)),
        twice,
    ] {
        let beside = format!("{headers}Cookie: gerai_session={session}\r\nX-Gerai-Request: 1\r\n");
        let answer = talk(&server, rpc("station.status", &beside)).await;
        assert_eq!(status(&answer), "401", "{headers}");
        assert!(answer.to_ascii_lowercase().contains("\r\nwww-authenticate: bearer"), "{answer}");
        assert!(!answer.contains(token), "a token is never said back");
    }
    server.stop().await;
}

#[tokio::test]
async fn live_events_by_token_end_when_it_is_revoked() {
    let (server, app, _, issued) = owned().await;
    let listen = |token: &str| {
        format!("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n")
    };
    let refused = talk(&server, listen("guess").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).await;
    assert_eq!(status(&refused), "401");
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(listen(issued["token"].as_str().unwrap()).as_bytes()).await.unwrap();
    let mut heard = String::new();
    let mut buffer = [0; 4_096];
    while !heard.contains("heartbeat") {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    give(&app, "tokens.revoke", json!({ "jti": issued["row"]["jti"] })).await;
    // The chunked body ends: the last chunk is empty.
    while !heard.ends_with("0\r\n\r\n") {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer));
        match read.await.expect("the stream ends") {
            Ok(0) | Err(_) => break,
            Ok(count) => heard.push_str(&String::from_utf8_lossy(&buffer[..count])),
        }
    }
    server.stop().await;
}
