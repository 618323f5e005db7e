//! The way to the server against real sockets: every status, and every way in which an answer can fail to come.

use std::net::SocketAddr;

use gerai_core::time::UnixMs;
use rcgen::{CertificateParams, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

/// The clock of these tests stands at 2026-11-27 07:40:00 UTC.
const NOW: UnixMs = UnixMs(1_795_765_200_000);
const PAYLOAD: &str = "VjAx+Ow/=.sig_-";

struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> UnixMs {
        NOW
    }

    fn monotonic_ms(&self) -> u64 {
        0
    }
}

fn patient(seconds: u64) -> HttpUpstream {
    HttpUpstream::with(Arc::new(StandingClock), RootCertStore::empty(), Duration::from_secs(seconds))
}

/// What a server does once it has read a request.
#[derive(Clone)]
enum Act {
    /// Says this and keeps the connection.
    Say(String),
    /// Says this and hangs up.
    SayAndHangUp(String),
    /// Says this, then nothing, and keeps the connection open.
    SayAndStall(String),
}

/// Reads one request whole. `None`: the client went away.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, act: Act, asked: mpsc::Sender<String>) {
    while let Some(text) = request(&mut stream).await {
        let _ = asked.send(text).await;
        let (Act::Say(answer) | Act::SayAndHangUp(answer) | Act::SayAndStall(answer)) = &act;
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.flush().await;
        match act {
            Act::Say(_) => {}
            Act::SayAndHangUp(_) => return,
            Act::SayAndStall(_) => std::future::pending().await,
        }
    }
}

/// A server that always does the same, what it was asked, and how many connections it saw.
async fn server(act: Act) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (asked, heard) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let _ = asked.send(format!("connection from {peer}")).await;
            tokio::spawn(serve(stream, act.clone(), asked.clone()));
        }
    });
    (addr, heard)
}

fn http(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn reading() -> Outgoing {
    Outgoing { payload: PAYLOAD.to_owned(), username: "klien 1&x".to_owned(), method: "qrcode".to_owned() }
}

async fn sent(act: Act) -> Answer {
    let (addr, _heard) = server(act).await;
    patient(2).send(&format!("http://{addr}"), secret("bearer-1"), reading()).await
}

async fn signed_in(act: Act) -> Result<Grant, SignInFault> {
    let (addr, _heard) = server(act).await;
    patient(2).sign_in(&format!("http://{addr}"), "ani", secret("rahasia")).await
}

#[tokio::test]
async fn what_goes_out_is_what_the_document_says() {
    let (addr, mut heard) = server(Act::Say(http(201, "", r#"{"status":"success"}"#))).await;
    let upstream = patient(5);
    let base = format!("http://{addr}/kompor/");
    for _ in 0..3 {
        let answer = upstream.send(&base, secret("bearer-1"), reading()).await;
        assert_eq!(answer, Answer::Accepted { status: 201 });
    }
    assert!(heard.recv().await.unwrap().starts_with("connection"));
    let first = heard.recv().await.unwrap();
    let (head, body) = first.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /kompor/api/v1/stove-payload HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    for line in [
        "authorization: bearer bearer-1",
        "content-type: application/x-www-form-urlencoded",
        &format!("host: {addr}"),
    ] {
        assert!(head.contains(line), "{line}: {head}");
    }
    assert_eq!(body, "payload=VjAx%2BOw%2F%3D.sig_-&username=klien+1%26x&method=qrcode");
    for _ in 0..2 {
        assert!(heard.recv().await.unwrap().starts_with("POST "), "one connection serves all three");
    }
    let (addr, mut heard) = server(Act::Say(http(200, "", r#"{"token":"abc.def"}"#))).await;
    upstream.sign_in(&format!("http://{addr}"), "bu ani", secret("p&=é")).await.unwrap();
    heard.recv().await.unwrap();
    let asked = heard.recv().await.unwrap();
    assert!(asked.starts_with("POST /api/v1/auth/token HTTP/1.1\r\n"), "{asked}");
    assert!(asked.ends_with("username=bu+ani&password=p%26%3D%C3%A9"), "{asked}");
    assert!(!asked.to_ascii_lowercase().contains("authorization"), "{asked}");
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let html = "<html>Sign in to Hotel Wi-Fi</html>";
    let refused = r#"{"status":"error","message":"the token is malformed"}"#;
    let rejected = |status| Answer::Rejected { status, why: "the token is malformed".to_owned() };
    for (status, headers, body, want) in [
        (200, "", "", Answer::Accepted { status: 200 }),
        (200, "", "OK", Answer::Accepted { status: 200 }),
        (200, "", r#"{"status":"success","data":{}}"#, Answer::Accepted { status: 200 }),
        (200, "", r#"{"status":true}"#, Answer::Accepted { status: 200 }),
        (201, "", r#"{"status":201}"#, Answer::Accepted { status: 201 }),
        (200, "", r#"{"status":"ok","duplicate":true}"#, Answer::Duplicate { status: 200 }),
        (409, "", "", Answer::Duplicate { status: 409 }),
        (400, "", refused, rejected(400)),
        (413, "", refused, rejected(413)),
        (422, "", refused, rejected(422)),
        (403, "", refused, rejected(403)),
        (401, "", refused, Answer::Unauthorized),
        (429, "Retry-After: 7\r\n", "", Answer::RetryAfter { status: 429, seconds: 7 }),
        (429, "", "", Answer::RetryAfter { status: 429, seconds: 60 }),
        (429, "Retry-After: soon\r\n", "", Answer::RetryAfter { status: 429, seconds: 60 }),
        (429, "Retry-After: 0\r\n", "", Answer::RetryAfter { status: 429, seconds: 1 }),
        (
            503,
            "Retry-After: 99999999999999999999999\r\n",
            "",
            Answer::RetryAfter { status: 503, seconds: 86_400 },
        ),
        (
            503,
            "Retry-After: Fri, 27 Nov 2026 07:42:00 GMT\r\n",
            "",
            Answer::RetryAfter { status: 503, seconds: 120 },
        ),
        (
            // A server whose clock is an hour ahead.
            503,
            "Date: Fri, 27 Nov 2026 08:40:00 GMT\r\nRetry-After: Fri, 27 Nov 2026 08:40:30 GMT\r\n",
            "",
            Answer::RetryAfter { status: 503, seconds: 30 },
        ),
        (503, "", "busy", Answer::Failed { status: 503, why: "busy".to_owned() }),
        (500, "", html, Answer::Failed { status: 500, why: "a web page".to_owned() }),
        (500, "", "", Answer::Failed { status: 500, why: "nothing".to_owned() }),
        (408, "", "slow", Answer::Failed { status: 408, why: "slow".to_owned() }),
    ] {
        assert_eq!(sent(Act::Say(http(status, headers, body))).await, want, "{status} {headers}{body}");
    }
}

#[tokio::test]
async fn a_success_that_makes_no_sense_is_none() {
    for (status, headers, body) in [
        (200, "", "<html>Sign in to Hotel Wi-Fi</html>"),
        (200, "", r#"{"status":"error","message":"no database"}"#),
        (200, "", r#"{"status":500}"#),
        (200, "", r#"{"success":false}"#),
        (200, "", "{\"status\":"),
        (200, "", "false"),
        (302, "Location: https://portal.example/login\r\n", ""),
        (307, "Location: http://127.0.0.1:1/api/v1/stove-payload\r\n", ""),
        (404, "", "no such page"),
        (600, "", ""),
    ] {
        let answer = sent(Act::Say(http(status, headers, body))).await;
        assert!(matches!(answer, Answer::Failed { status: same, .. } if same == status), "{answer:?}");
    }
    let Answer::Failed { why, .. } = sent(Act::Say(http(302, "Location: https://b.example/\r\n", ""))).await
    else {
        panic!("a redirect is not followed")
    };
    assert!(why.contains("https://b.example/"), "{why}");
}

#[tokio::test]
async fn answers_that_do_not_come_whole() {
    // Those that wait for the deadline wait beside one another.
    let mut cases = tokio::task::JoinSet::new();
    for (name, act) in [
        ("hangs up at once", Act::SayAndHangUp(String::new())),
        ("hangs up within the head", Act::SayAndHangUp("HTTP/1.1 200 OK\r\nX: ".to_owned())),
        (
            "hangs up within the body",
            Act::SayAndHangUp("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".to_owned()),
        ),
        ("no HTTP", Act::SayAndHangUp("220 mail.example ESMTP\r\n".to_owned())),
        ("a head without end", Act::SayAndHangUp(format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(200_000)))),
        ("too many lines", Act::SayAndHangUp(format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: a\r\n".repeat(300)))),
        ("never answers", Act::SayAndStall(String::new())),
        ("a slow head", Act::SayAndStall("HTTP/1.1 200 OK\r\nX: ".to_owned())),
        ("a slow body", Act::SayAndStall("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab".to_owned())),
    ] {
        cases.spawn(async move {
            let answer = sent(act.clone()).await;
            assert!(matches!(answer, Answer::Unreachable(_)), "{name}: {answer:?}");
            let fault = signed_in(act).await.unwrap_err();
            assert!(matches!(fault, SignInFault::Unreachable(_)), "{name}: {fault:?}");
        });
    }
    cases.join_all().await;
    // Where the status came, the status counts.
    let slow = sent(Act::SayAndStall("HTTP/1.1 422 X\r\nContent-Length: 9\r\n\r\nab".to_owned())).await;
    assert!(matches!(slow, Answer::Rejected { status: 422, .. }), "{slow:?}");
    let huge = "a".repeat(wire::ANSWER_BYTES_MAX + 1);
    let told = sent(Act::Say(http(200, "", &huge))).await;
    assert!(matches!(told, Answer::Failed { status: 200, .. }), "{told:?}");
    let endless =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{huge}\r\n", huge.len());
    let untold = sent(Act::SayAndStall(endless)).await;
    assert!(matches!(untold, Answer::Failed { status: 200, .. }), "{untold:?}");
    let rejected = sent(Act::Say(http(400, "", &huge))).await;
    assert!(matches!(rejected, Answer::Rejected { status: 400, .. }), "{rejected:?}");
}

#[tokio::test]
async fn nobody_there_and_addresses_that_are_none() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for base in [
        format!("http://{gone}"),
        "ftp://a".to_owned(),
        String::new(),
        "http://a/?x=".to_owned(),
        "x".to_owned(),
    ] {
        let answer = patient(2).send(&base, secret("b"), reading()).await;
        assert!(matches!(answer, Answer::Unreachable(_)), "{base}: {answer:?}");
        let fault = patient(2).sign_in(&base, "a", secret("b")).await.unwrap_err();
        assert!(matches!(fault, SignInFault::Unreachable(_)), "{base}: {fault:?}");
    }
}

#[tokio::test]
async fn signing_in() {
    let grant = signed_in(Act::Say(http(
        200,
        "",
        r#"{"status":"success","token":"aa.bb.cc","max_age":"3h","refresh_token":"r"}"#,
    )))
    .await
    .unwrap();
    assert_eq!((grant.token.expose().as_str(), grant.life), ("aa.bb.cc", Some(Duration::from_secs(10_800))));
    let wrapped = signed_in(Act::Say(http(201, "", r#"{"data":{"token":"t","max_age":60}}"#))).await.unwrap();
    assert_eq!((wrapped.token.expose().as_str(), wrapped.life), ("t", Some(Duration::from_secs(60))));
    let refused = |status, body: &str| {
        let act = Act::Say(http(status, "", body));
        async move {
            matches!(signed_in(act).await, Err(SignInFault::Refused { status: same, .. }) if same == status)
        }
    };
    for status in [400, 401, 403, 422] {
        assert!(refused(status, "no").await, "{status}");
    }
    assert!(refused(200, r#"{"status":false,"message":"wrong password"}"#).await);
    for (status, headers, seconds) in
        [(429, "", 60), (429, "Retry-After: 5\r\n", 5), (503, "Retry-After: 9\r\n", 9)]
    {
        let fault = signed_in(Act::Say(http(status, headers, ""))).await.unwrap_err();
        assert_eq!(fault, SignInFault::RetryAfter { seconds });
    }
    for (status, body) in [
        (200, ""),
        (200, "<html>"),
        (200, "{}"),
        (200, r#"{"token":""}"#),
        (200, r#"{"token":"a\r\nX: b"}"#),
        (200, r#"{"token":5}"#),
        (404, ""),
        (500, ""),
        (302, ""),
        (503, ""),
    ] {
        let fault = signed_in(Act::Say(http(status, "", body))).await.unwrap_err();
        assert!(matches!(fault, SignInFault::Failed { .. }), "{status} {body}: {fault:?}");
    }
}

#[tokio::test]
async fn what_was_sent_does_not_come_back_in_words() {
    let echo = format!(r#"{{"message":"bad: {PAYLOAD} with bearer-1"}}"#);
    let answer = sent(Act::Say(http(422, "", &echo))).await;
    assert_eq!(answer, Answer::Rejected { status: 422, why: "bad: … with …".to_owned() });
    let fault = signed_in(Act::Say(http(401, "", "rahasia is wrong"))).await.unwrap_err();
    assert_eq!(fault, SignInFault::Refused { status: 401, why: "… is wrong".to_owned() });
}

#[tokio::test]
async fn tls_is_for_trusted_servers_only() {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let der = certificate.der().clone();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, mut heard) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, asked) = (acceptor.clone(), asked.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream, Act::Say(http(200, "", "{}")), asked).await;
                }
            });
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(der).unwrap();
    let trusting = HttpUpstream::with(Arc::new(StandingClock), roots, Duration::from_secs(5));
    let base = format!("https://localhost:{port}");
    assert_eq!(trusting.send(&base, secret("b"), reading()).await, Answer::Accepted { status: 200 });
    assert!(heard.recv().await.unwrap().starts_with("POST /api/v1/stove-payload "));
    let system = HttpUpstream::new(Arc::new(StandingClock));
    for (upstream, base) in [
        (&system, base),
        (&trusting, format!("https://127.0.0.1:{port}")),
        (&trusting, format!("http://localhost:{port}")),
    ] {
        let answer = upstream.send(&base, secret("b"), reading()).await;
        assert!(matches!(answer, Answer::Unreachable(_)), "{base}: {answer:?}");
    }
    let Answer::Unreachable(why) =
        system.send(&format!("https://localhost:{port}"), secret("b"), reading()).await
    else {
        panic!()
    };
    assert!(why.contains("certificate"), "{why}");
    assert!(heard.try_recv().is_err(), "nothing was sent where the certificate is not trusted");
}
