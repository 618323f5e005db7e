//! The control socket with a real core behind it: who may say what, and what happens to lines that are none.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gerai_app::access::{SessionChange, Surface};
use gerai_app::contract::{ErrorCode, Event};
use gerai_app::{App, AppOptions};
use gerai_host::clock::SystemClock;
use gerai_host::control::{ControlClient, Server};
use gerai_host::data_folder::DataFolder;
use gerai_host::vault::MemoryVault;
use gerai_web::live::Identity;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

struct Station {
    folder: DataFolder,
    server: Server,
    _parent: tempfile::TempDir,
}

async fn station(under: &str) -> Station {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(Some(parent.path().join(under))).unwrap();
    folder.prepare().unwrap();
    let options = AppOptions {
        database: folder.database(),
        mode: gerai_store::OpenMode::Write,
        try_out: false,
        clock: Arc::new(SystemClock),
        vault: Arc::new(MemoryVault::default()),
    };
    let app = tokio::task::spawn_blocking(move || App::open(options).unwrap()).await.unwrap();
    let server = Server::start(&folder, app, CancellationToken::new()).unwrap();
    Station { folder, server, _parent: parent }
}

async fn client(station: &Station) -> ControlClient {
    ControlClient::connect(&station.folder).await.unwrap().unwrap()
}

/// Sends bytes as they are; gives back everything that comes.
async fn raw(station: &Station, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(station.folder.path().join("control.sock")).await.unwrap();
    // The station may hang up in the middle of a line that is too long.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the station hangs up");
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn the_local_user_may_and_a_window_signs_in_first() {
    let station = station("station").await;
    let client = client(&station).await;
    let local = Identity::local();
    let add = json!({ "name": "ani", "role": "owner", "password": "rahasia panjang" });
    client.call(&local, "operators.add", add).await.outcome.unwrap();
    assert_eq!(client.call(&local, "operators.list", Value::Null).await.outcome.unwrap()[0]["name"], "ani");

    let nobody = Identity::window(Surface::ConsoleWindow, None);
    let refused = client.call(&nobody, "accounts.list", json!({})).await.outcome.unwrap_err();
    assert_eq!(refused.code, ErrorCode::SignedOut);
    assert!(client.subscribe(&nobody).await.is_err());

    let sign_in = json!({ "name": "ani", "password": "rahasia panjang" });
    let answer = client.call(&nobody, "session.sign_in", sign_in).await;
    answer.outcome.unwrap();
    let Some(SessionChange::Opened { token, .. }) = answer.change else { panic!("no session was opened") };
    let console = Identity::window(Surface::ConsoleWindow, Some(token));
    client.call(&console, "accounts.list", json!({})).await.outcome.unwrap();

    let mut events = client.subscribe(&console).await.unwrap();
    assert!(matches!(events.next().await, Some(Event::Heartbeat { .. })));
    let out = client.call(&console, "session.sign_out", json!({})).await;
    assert!(matches!(out.change, Some(SessionChange::Closed)));
    let ended = async { while events.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), ended).await.expect("the events end with the session");
    station.server.stop().await;
}

#[tokio::test]
async fn lines_that_are_no_requests_are_answered_and_hurt_nobody() {
    let station = station("station").await;
    for (bytes, want) in [
        (&b"not json\n"[..], "not understood"),
        (b"{\"id\":1}\n", "unknown_command"),
        (b"{\"id\":1,\"command\":\"no.such\"}\n", "unknown_command"),
        (b"{\"id\":1,\"command\":\"accounts.list\",\"surface\":\"root\"}\n", "not understood"),
    ] {
        let answer = raw(&station, bytes).await;
        assert!(answer.contains(want), "{answer}");
    }
    assert_eq!(raw(&station, b"").await, "");
    assert!(!raw(&station, &vec![b'a'; 2 * 1024 * 1024]).await.contains("aaaa"), "nothing is echoed");
    let secret = raw(&station, b"{\"id\":1,\"command\":\"x\",\"args\":\"rahasia\n").await;
    assert!(!secret.contains("rahasia"), "{secret}");
    client(&station).await.call(&Identity::local(), "station.status", Value::Null).await.outcome.unwrap();
    station.server.stop().await;
}

#[tokio::test]
async fn only_this_user_finds_it_and_it_goes_with_the_station() {
    let station = station("station").await;
    let socket = station.folder.path().join("control.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    station.server.stop().await;
    assert!(!socket.exists());
    assert!(ControlClient::connect(&station.folder).await.unwrap().is_none());
}

#[tokio::test]
async fn a_dead_stations_socket_is_nobody() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(Some(parent.path().to_owned())).unwrap();
    drop(std::os::unix::net::UnixListener::bind(parent.path().join("control.sock")).unwrap());
    assert!(ControlClient::connect(&folder).await.unwrap().is_none());
}

#[tokio::test]
async fn a_long_path_is_no_obstacle() {
    let station = station(&"a-very-long-name/".repeat(8)).await;
    let pointer = std::fs::read_to_string(station.folder.path().join("control.path")).unwrap();
    let socket = PathBuf::from(&pointer);
    assert_eq!(std::fs::metadata(socket.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    client(&station).await.call(&Identity::local(), "station.status", Value::Null).await.outcome.unwrap();
    station.server.stop().await;
    assert!(!socket.exists() && !socket.parent().unwrap().exists(), "nothing is left behind");
}
