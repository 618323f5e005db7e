//! Phones at the HTTP door: they sign in and send what they read as they would to the device maker's server, and whatever
//! is wrong is said with its place. Requests are written out as such apps send them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod station;
mod wire;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gerai_app::App;
use gerai_app::access::Caller;
use gerai_app::contract::dispatch;
use gerai_core::port::scan::{CameraState, Frame, ScanDoor};
use gerai_web::{Server, WebConfig};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use station::app;
use tokio_util::sync::CancellationToken;
use wire::*;

const SECRET: &str = "spat9uv8choh4pl2lhewA3otrabldrUqasep";
const STOVE: &str = "00000000001";
const PASSWORD: &str = "kata sandi ponsel";

/// A token as a stove makes it: header fixed, payload and MAC.
fn token(payload: &str, secret: &str) -> String {
    let body = URL_SAFE_NO_PAD.encode(payload);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{body}").as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn reading(t: i64, total: &str) -> String {
    token(&format!("V01;{STOVE};{t};{total};0002.000;APIKEY01;"), SECRET)
}

async fn give(app: &Arc<App>, command: &str, arguments: Value) -> Value {
    dispatch(app, &Caller::local(), command, arguments)
        .await
        .unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// A server with the endpoint on, one account and one stove with its key.
async fn station() -> (Server, Arc<App>) {
    let app = app();
    give(&app, "operators.add", json!({ "name": "rina", "password": "kata sandi panjang", "role": "owner" }))
        .await;
    switch(&app, true).await;
    give(&app, "stove_accounts.save", json!({ "name": "klien-1", "active": true, "password": PASSWORD }))
        .await;
    give(&app, "stove_keys.register", json!({ "stove": STOVE, "secret": SECRET })).await;
    let config = WebConfig::plain("127.0.0.1:0".parse().unwrap());
    let server = Server::start(config, Arc::clone(&app), CancellationToken::new()).await.unwrap();
    (server, app)
}

async fn switch(app: &Arc<App>, on: bool) {
    let mut view = give(app, "settings.get", json!({})).await;
    view["settings"]["stove"]["endpoint"] = json!(on);
    give(app, "settings.set", json!({ "version": view["version"], "settings": view["settings"] })).await;
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "Content-Type: application/json\r\n";

fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Sends and reads the JSON that comes back.
async fn ask(server: &Server, request: &str) -> (u16, Value, String) {
    let answer = plain(server.addr(), request).await;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    (status(&answer), value, answer)
}

async fn sign_in(server: &Server) -> Value {
    let body = format!("username=klien-1&password={}", PASSWORD.replace(' ', "+"));
    let (status, grant, answer) = ask(server, &post("/api/v1/auth/token", FORM, &body)).await;
    assert_eq!(status, 200, "{answer}");
    grant
}

async fn send(server: &Server, bearer: &str, payload: &str) -> (u16, Value, String) {
    let headers = format!("{FORM}Authorization: Bearer {bearer}\r\n");
    let body = format!("username=klien-1&payload={payload}&method=qrcode");
    ask(server, &post("/api/v1/stove-payload", &headers, &body)).await
}

#[tokio::test]
async fn a_phone_signs_in_and_sends_and_a_repeat_is_said() {
    let (server, app) = station().await;
    let grant = sign_in(&server).await;
    assert_eq!((&grant["status"], &grant["max_age"]), (&json!("success"), &json!("3h")));
    let bearer = grant["token"].as_str().unwrap();
    let payload = reading(1_795_320_000, "00010.000");
    let (status, first, _) = send(&server, bearer, &payload).await;
    assert_eq!(
        (status, &first["status"], &first["duplicate"]),
        (200, &json!("success"), &json!(false)),
        "{first}"
    );
    assert_eq!((&first["data"]["stove"], &first["data"]["signature"]), (&json!(STOVE), &json!("valid")));
    let headers = format!("{JSON}Authorization: bearer {bearer}\r\n");
    let as_json = json!({ "payload": payload, "username": "klien-1", "method": "qrcode" }).to_string();
    let (status, again, _) = ask(&server, &post("/api/v1/stove-payload", &headers, &as_json)).await;
    assert_eq!(
        (status, &again["status"], &again["duplicate"]),
        (200, &json!("success"), &json!(true)),
        "{again}"
    );
    assert_eq!(again["data"]["id"], first["data"]["id"]);
    let rows = give(&app, "readings.list", json!({})).await;
    assert_eq!((&rows["total"], &rows["rows"][0]["officer"]), (&json!(1), &json!("klien-1")));
    assert_eq!((&rows["rows"][0]["source"], &rows["rows"][0]["method"]), (&json!("http"), &json!("qrcode")));
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_reading_is_said() {
    let (server, app) = station().await;
    let grant = sign_in(&server).await;
    let bearer = grant["token"].as_str().unwrap();
    let good = reading(1_795_320_000, "00010.000");
    assert_eq!(send(&server, bearer, &good).await.0, 200);

    let (status, conflict, _) = send(&server, bearer, &reading(1_795_320_000, "00011.000")).await;
    assert_eq!((status, &conflict["code"]), (409, &json!("conflict")), "{conflict}");
    let demo = token(&format!("V01;{STOVE};1795320300;00010.100;0002.000;APIKEY01;"), "your-256-bit-secret");
    let (status, refused, _) = send(&server, bearer, &demo).await;
    assert_eq!((status, &refused["code"]), (422, &json!("signature_demo_key")), "{refused}");
    let forged = token(&format!("V01;{STOVE};1795320300;00010.100;0002.000;APIKEY01;"), "guess");
    let (status, refused, _) = send(&server, bearer, &forged).await;
    assert_eq!((status, &refused["code"]), (422, &json!("signature_invalid")), "{refused}");
    let field = token(&format!("V01;{STOVE};1795320300;10;0002.000;APIKEY01;"), SECRET);
    let (status, malformed, _) = send(&server, bearer, &field).await;
    assert_eq!((status, &malformed["code"]), (400, &json!("token_field")), "{malformed}");
    let words = malformed["message"].as_str().unwrap();
    assert!(words.contains("field 4 (E), at byte 27"), "{words}");
    let unknown = token("V01;00000000077;1795320300;00010.100;0002.000;APIKEY01;", "whatever it has");
    let (status, unverified, _) = send(&server, bearer, &unknown).await;
    assert_eq!((status, &unverified["data"]["signature"]), (200, &json!("unknown_stove")), "{unverified}");

    let authorized = |kind: &str| format!("{kind}Authorization: Bearer {bearer}\r\n");
    let huge = format!("payload={}", "a".repeat(9_000));
    for (kind, body, want, code) in [
        (FORM, "username=klien-1", 400, "payload_missing"),
        (FORM, "payload=a.b&method=nfc", 400, "method_unknown"),
        (FORM, "payload=%4", 400, "body_not_form"),
        (JSON, "{\"payload\":", 400, "body_not_json"),
        (JSON, "{\"payload\":5}", 400, "field_not_text"),
        (FORM, "payload=a.b.c.d", 400, "token_parts"),
        (FORM, huge.as_str(), 413, "body_too_large"),
        ("Content-Type: text/plain\r\n", "payload=a.b", 415, "content_type"),
        ("", "payload=a.b", 415, "content_type"),
    ] {
        let (status, told, answer) =
            ask(&server, &post("/api/v1/stove-payload", &authorized(kind), body)).await;
        assert_eq!(
            (status, told["code"].as_str(), told["status"].as_str()),
            (want, Some(code), Some("error")),
            "{answer}"
        );
        assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()), "{answer}");
        assert!(header(&answer, "access-control-allow-origin").is_none(), "{answer}");
        assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    }
    let kept = give(&app, "readings.list", json!({})).await;
    assert_eq!(kept["total"], json!(3), "the first, its conflict, and the unverified one");
    server.stop().await;
}

#[tokio::test]
async fn nobody_sends_without_a_sign_in_that_holds() {
    let (server, app) = station().await;
    let payload = reading(1_795_320_000, "00010.000");
    let body = format!("payload={payload}&method=qrcode");
    for headers in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Bearer guess\r\n".to_owned(),
        "Authorization: Basic a2xpZW46eA==\r\n".to_owned(),
        format!("Authorization: Bearer {}\r\n", "a".repeat(9_000)),
    ] {
        let request = post("/api/v1/stove-payload", &format!("{FORM}{headers}"), &body);
        let (status, told, answer) = ask(&server, &request).await;
        assert_eq!((status, &told["code"]), (401, &json!("unauthorized")), "{headers}");
        assert!(header(&answer, "www-authenticate").is_some(), "{answer}");
    }
    let grant = sign_in(&server).await;
    let (bearer, refresh) = (grant["token"].as_str().unwrap(), grant["refresh_token"].as_str().unwrap());
    assert_eq!(send(&server, refresh, &payload).await.0, 401, "what renews does not send");
    let renewed = ask(&server, &post("/api/v1/auth/token", FORM, &format!("refresh_token={refresh}"))).await;
    assert_eq!(renewed.0, 200, "{}", renewed.2);
    let used = ask(&server, &post("/api/v1/auth/token", FORM, &format!("refresh_token={refresh}"))).await;
    assert_eq!(used.0, 401, "it renews once");
    assert_eq!(send(&server, renewed.1["token"].as_str().unwrap(), &payload).await.0, 200);

    switch(&app, false).await;
    assert_eq!(send(&server, bearer, &payload).await.0, 503);
    let body = format!("username=klien-1&password={}", PASSWORD.replace(' ', "+"));
    assert_eq!(ask(&server, &post("/api/v1/auth/token", FORM, &body)).await.0, 503);
    switch(&app, true).await;
    give(&app, "stove_accounts.save", json!({ "name": "klien-1", "active": false })).await;
    assert_eq!(send(&server, bearer, &payload).await.0, 401);
    assert_eq!(ask(&server, &post("/api/v1/auth/token", FORM, &body)).await.0, 401);
    server.stop().await;
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_for_how_long() {
    let (server, _) = station().await;
    let wrong = post("/api/v1/auth/token", FORM, "username=klien-1&password=nicht+das+Wort");
    for _ in 0..5 {
        let (status, told, answer) = ask(&server, &wrong).await;
        assert_eq!((status, &told["code"]), (401, &json!("sign_in_refused")), "{answer}");
        assert!(!answer.contains("Wort"), "{answer}");
    }
    let (status, told, answer) = ask(&server, &wrong).await;
    assert_eq!((status, &told["code"]), (429, &json!("too_many_tries")), "{answer}");
    let seconds: u64 = header(&answer, "retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn other_sites_and_other_methods_find_nothing() {
    let (server, _) = station().await;
    let grant = sign_in(&server).await;
    let bearer = grant["token"].as_str().unwrap();
    let payload = reading(1_795_320_000, "00010.000");
    let body = format!("payload={payload}");
    for line in ["Origin: https://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        let headers = format!("{FORM}{line}Authorization: Bearer {bearer}\r\n");
        for path in ["/api/v1/stove-payload", "/api/v1/auth/token"] {
            let answer = plain(server.addr(), &post(path, &headers, &body)).await;
            assert_eq!(status(&answer), 403, "{line}{path}");
        }
    }
    let preflight = "OPTIONS /api/v1/stove-payload HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n\
                     Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n";
    let answer = plain(server.addr(), preflight).await;
    assert_eq!(status(&answer), 403);
    assert!(header(&answer, "access-control-allow-origin").is_none(), "{answer}");
    assert_eq!(status(&plain(server.addr(), &get("/api/v1/stove-payload", "localhost")).await), 405);
    // An API token of the station's programs is no sign-in of a phone, and the other way round.
    let rpc = format!(
        "POST /rpc/station.status HTTP/1.1\r\nHost: 127.0.0.1\r\n{JSON}Authorization: Bearer {bearer}\r\nContent-Length: 2\r\n\
         Connection: close\r\n\r\n{{}}"
    );
    assert_eq!(status(&plain(server.addr(), &rpc).await), 401);
    server.stop().await;
}

#[tokio::test]
async fn the_newest_picture_is_for_those_who_may_scan() {
    let (server, app) = station().await;
    let picture = |cookie: &str| {
        format!("GET /scan/frame.jpg?n=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}Connection: close\r\n\r\n")
    };
    let nobody = plain(server.addr(), &picture("")).await;
    assert_eq!(status(&nobody), 401, "{nobody}");
    for (name, role) in [("budi", "operator"), ("tono", "auditor")] {
        give(&app, "operators.add", json!({ "name": name, "password": "kata sandi panjang", "role": role }))
            .await;
    }
    let cookie = |name: &str| {
        let body = json!({ "name": name, "password": "kata sandi panjang" }).to_string();
        let request = rpc("session.sign_in", "127.0.0.1", "", &body);
        let addr = server.addr();
        async move {
            let answer = plain(addr, &request).await;
            format!("Cookie: {}\r\n", header(&answer, "set-cookie").unwrap().split(';').next().unwrap())
        }
    };
    let auditor = cookie("tono").await;
    assert_eq!(status(&plain(server.addr(), &picture(&auditor)).await), 403);
    let mut operator = cookie("budi").await;
    if status(&plain(server.addr(), &picture(&operator)).await) == 403 {
        // A password that somebody else set is changed first.
        let change = json!({ "current": "kata sandi panjang", "new": "kata sandi sendiri" }).to_string();
        let answer =
            plain(server.addr(), &rpc("session.change_password", "127.0.0.1", &operator, &change)).await;
        assert_eq!(status(&answer), 200, "{answer}");
        let line = header(&answer, "set-cookie").unwrap();
        operator = format!("Cookie: {}\r\n", line.split(';').next().unwrap());
    }
    let none = plain(server.addr(), &picture(&operator)).await;
    assert_eq!(status(&none), 204, "{none}");
    let door = gerai_app::StoveDoor::new(Arc::clone(&app));
    door.state(CameraState::Opening);
    door.frame(Frame { sequence: 7, width: 2, height: 2, jpeg: Arc::from(&b"\xff\xd8 picture"[..]) });
    let shown = plain(server.addr(), &picture(&operator)).await;
    assert_eq!(status(&shown), 200, "{shown}");
    assert_eq!(header(&shown, "content-type"), Some("image/jpeg"));
    assert_eq!(
        (header(&shown, "cache-control"), header(&shown, "x-gerai-frame")),
        (Some("no-store"), Some("7"))
    );
    assert!(shown.ends_with(" picture"), "{shown}");
    assert_eq!(status(&plain(server.addr(), &picture(&auditor)).await), 403);
    door.state(CameraState::Off);
    assert_eq!(status(&plain(server.addr(), &picture(&operator)).await), 204);
    server.stop().await;
}
