//! Every command for every caller over both transports, HTTP and the control socket, against the table by hand.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../../app/tests/core/hand.rs"]
mod hand;

use std::sync::Arc;

use gerai_app::access::{SessionChange, Surface};
use gerai_app::contract::COMMANDS;
use gerai_app::{App, AppOptions};
use gerai_core::secret::Secret;
use gerai_host::clock::SystemClock;
use gerai_host::control::{ControlClient, Server as Control};
use gerai_host::data_folder::DataFolder;
use gerai_host::vault::MemoryVault;
use gerai_web::live::Identity;
use gerai_web::{Server as Web, WebConfig};
use hand::{HAND, JUNK, refused};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const PASSWORD: &str = "rahasia panjang";

struct Station {
    web: Web,
    control: Control,
    client: ControlClient,
    _parent: tempfile::TempDir,
}

async fn station() -> Station {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(Some(parent.path().join("station"))).unwrap();
    folder.prepare().unwrap();
    let options = AppOptions {
        database: folder.database(),
        mode: gerai_store::OpenMode::Write,
        try_out: false,
        clock: Arc::new(SystemClock),
        vault: Arc::new(MemoryVault::default()),
    };
    let app = tokio::task::spawn_blocking(move || App::open(options).unwrap()).await.unwrap();
    let control = Control::start(&folder, Arc::clone(&app), CancellationToken::new()).unwrap();
    let config = WebConfig::plain("127.0.0.1:0".parse().unwrap());
    let web = Web::start(config, app, CancellationToken::new()).await.unwrap();
    let client = ControlClient::connect(&folder).await.unwrap().unwrap();
    Station { web, control, client, _parent: parent }
}

impl Station {
    /// A window of the desktop gives a command.
    async fn window(
        &self,
        token: Option<&str>,
        command: &str,
        arguments: Value,
    ) -> gerai_host::control::Answer {
        let token = token.map(|token| Secret::new(token.to_owned()));
        self.client.call(&Identity::window(Surface::ConsoleWindow, token), command, arguments).await
    }

    /// The token of a session that a command opens.
    async fn opened(&self, command: &str, arguments: Value) -> String {
        let answer = self.window(None, command, arguments).await;
        answer.outcome.unwrap();
        let Some(SessionChange::Opened { token, .. }) = answer.change else {
            panic!("no session was opened")
        };
        token.expose().clone()
    }

    async fn sign_in(&self, name: &str) -> String {
        self.opened("session.sign_in", json!({ "name": name, "password": PASSWORD })).await
    }

    async fn local(&self, command: &str, arguments: Value) -> Value {
        self.client.call(&Identity::local(), command, arguments).await.outcome.unwrap()
    }

    /// A browser gives a command: HTTP status and the error's code.
    async fn browser(&self, token: Option<&str>, command: &str, body: &str) -> (u16, String) {
        let cookie = token.map(|token| format!("Cookie: gerai_session={token}\r\n")).unwrap_or_default();
        let request = format!(
            "POST /rpc/{command} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Gerai-Request: 1\r\n{cookie}\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.web.addr()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let document: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        (status, document["code"].as_str().unwrap_or("done").to_owned())
    }
}

/// One session of each kind of caller.
async fn callers(station: &Station) -> Vec<(char, Option<String>)> {
    let owner = json!({
        "station_name": "Kantin", "language": "id", "owner_name": "rina", "password": PASSWORD,
        "till_name": "Meja 1", "price": 5_000, "readers_on_lan": false,
    });
    let owner = station.opened("owner.create", owner).await;
    for role in ["administrator", "operator", "cashier", "auditor"] {
        station.local("operators.add", json!({ "name": role, "password": PASSWORD, "role": role })).await;
    }
    let new = json!({ "name": "baru", "password": PASSWORD, "role": "administrator" });
    station.window(Some(&owner), "operators.add", new).await.outcome.unwrap();
    let locked = station.sign_in("rina").await;
    station.window(Some(&locked), "session.lock", json!({})).await.outcome.unwrap();
    let till = station.local("tills.list", json!({})).await[0]["id"].clone();
    let code = station.local("tills.pairing_code", json!({ "id": till })).await["code"].clone();
    vec![
        ('N', None),
        ('O', Some(owner)),
        ('A', Some(station.sign_in("administrator").await)),
        ('P', Some(station.sign_in("operator").await)),
        ('C', Some(station.sign_in("cashier").await)),
        ('U', Some(station.sign_in("auditor").await)),
        ('K', Some(station.opened("counter.pair", json!({ "code": code })).await)),
        ('L', Some(locked)),
        ('M', Some(station.sign_in("baru").await)),
    ]
}

#[tokio::test]
async fn every_command_for_every_caller_on_both_transports() {
    let station = station().await;
    let callers = callers(&station).await;
    let junk: Value = serde_json::from_str(JUNK).unwrap();
    for command in COMMANDS {
        for (who, token) in &callers {
            let want = refused(command.name, *who).unwrap_or("invalid");
            let answer = station.window(token.as_deref(), command.name, junk.clone()).await;
            let code = serde_json::to_value(answer.outcome.unwrap_err().code).unwrap();
            assert_eq!(code, want, "control socket: {who} gives {}", command.name);
            let (status, code) = station.browser(token.as_deref(), command.name, JUNK).await;
            assert_eq!(code, want, "HTTP: {who} gives {}", command.name);
            let wanted = match want {
                "invalid" => 400,
                "signed_out" | "locked" => 401,
                _ => 403,
            };
            assert_eq!(status, wanted, "HTTP: {who} gives {}", command.name);
        }
        // The local command line may do everything but be the first owner twice.
        let local = station.client.call(&Identity::local(), command.name, junk.clone()).await;
        let code = serde_json::to_value(local.outcome.unwrap_err().code).unwrap();
        let want = if command.name == "owner.create" { "forbidden" } else { "invalid" };
        assert_eq!(code, want, "command line: {}", command.name);
    }
    assert_eq!(HAND.len(), COMMANDS.len(), "the table by hand names a command that is gone");
    // A forged or ended session is nobody, on both.
    for token in ["A".repeat(43), String::from("x")] {
        let (_, code) = station.browser(Some(&token), "payments.list", "{}").await;
        assert_eq!(code, "signed_out");
        let answer = station.window(Some(&token), "payments.list", json!({})).await;
        let code = serde_json::to_value(answer.outcome.unwrap_err().code).unwrap();
        assert_eq!(code, "signed_out");
    }
    station.web.stop().await;
    station.control.stop().await;
}

#[tokio::test]
async fn a_session_ends_on_both_transports_at_once() {
    let station = station().await;
    let callers = callers(&station).await;
    let owner = callers[1].1.clone().unwrap();
    assert_eq!(station.browser(Some(&owner), "payments.list", "{}").await.0, 200);
    let asked = json!({ "old": PASSWORD, "new": "kata sandi yang baru" });
    let changed = station.window(Some(&owner), "session.change_password", asked).await;
    changed.outcome.unwrap();
    let Some(SessionChange::Opened { token, .. }) = changed.change else {
        panic!("the token stays the same")
    };
    assert_eq!(station.browser(Some(&owner), "payments.list", "{}").await, (401, "signed_out".to_owned()));
    assert_eq!(station.browser(Some(token.expose()), "payments.list", "{}").await.0, 200);
    station.web.stop().await;
    station.control.stop().await;
}
