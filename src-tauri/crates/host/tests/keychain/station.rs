//! A real station, `gerai serve`, while its keychain is locked, comes back and is emptied.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use gerai_broker::TcpVirtualReader;
use gerai_core::port::{VirtualReader, VirtualTap};
use gerai_core::secret::Secret;
use gerai_core::tap::mac::sign_request;
use serde_json::{Value, json};

use crate::session::{Keyring, eventually, home, inside};

/// Customers' cards: a card that taps twice within seconds is the same tap.
const CARDS: [&str; 4] = ["5A3F01C0", "5A3F01C1", "5A3F01C2", "5A3F01C3"];

/// A station's folder, and the command line on it.
pub struct Desk {
    pub data: PathBuf,
    /// Settings of the environment.
    pub env: Vec<(&'static str, String)>,
}

impl Desk {
    pub fn new() -> Self {
        Self { data: home().join("station"), env: Vec::new() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gerai"));
        command.args(arguments).env("GERAI_DATA", &self.data).env_remove("RUST_LOG").stdin(Stdio::null());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a command and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn try_give(&self, arguments: &[&str]) -> (Output, Value) {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output, document)
    }

    pub fn give(&self, arguments: &[&str]) -> Value {
        let (output, document) = self.try_give(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        document
    }

    /// A station with a customer and a signed reader, on ports of its own; it does not run yet.
    pub fn with_signed_reader(&self) -> Reader {
        for setting in ["network.http_port", "network.mqtt_port", "network.ws_port"] {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            self.give(&["config", "set", setting, &port.to_string()]);
        }
        for card in CARDS {
            self.give(&["account", "add", "--name", "Siti", "--card", card, "--opening", "50000"]);
        }
        let made = self.give(&["reader", "add", "--name", "kantin-01", "--signed"]);
        let hex = made["key"].as_str().unwrap();
        let key = (0..32).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect();
        Reader {
            password: made["password"].as_str().unwrap().to_owned(),
            key: Secret::new(key),
            port: self.give(&["config", "get", "network.mqtt_port"]).as_u64().unwrap() as u16,
        }
    }

    pub fn serve(&self) -> Running {
        let mut station = self.command(&["serve", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(station.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("\"url\""), "{line}");
        Running(station)
    }

    /// The vault's row of the health page.
    pub fn health(&self) -> Value {
        let (_, view) = self.try_give(&["doctor"]);
        view["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["part"] == "vault")
            .cloned()
            .unwrap_or(Value::Null)
    }
}

/// A running station, ended with this value.
pub struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A reader that signs.
pub struct Reader {
    password: String,
    key: Secret<Vec<u8>>,
    port: u16,
}

impl Reader {
    /// The n-th tap, of the n-th card; returns the outcome's word.
    pub fn tap(&self, number: usize) -> String {
        let (id, card) = (&format!("1-{number}"), CARDS[number]);
        let mac = sign_request(&self.key, "kantin-01", id, card, None, None);
        let payload = json!({ "id": id, "uid": card, "mac": mac }).to_string().into_bytes();
        let device = TcpVirtualReader::new("127.0.0.1", self.port, "iot");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let password = Secret::new(self.password.clone());
        match runtime.block_on(device.tap("kantin-01", password, id, payload)) {
            VirtualTap::Result(text) => {
                serde_json::from_str::<Value>(&text).unwrap()["st"].as_str().unwrap().to_owned()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_station_carries_on_while_its_keychain_is_locked_and_finds_it_again() {
    if !inside("station::a_station_carries_on_while_its_keychain_is_locked_and_finds_it_again") {
        return;
    }
    let desk = Desk::new();
    let keyring = Keyring::unlocked();
    let reader = desk.with_signed_reader();
    keyring.stop();
    let keyring = Keyring::locked();

    let station = desk.serve();
    eventually("the health page tells of the lock", || desk.health()["code"] == "vault_away");
    assert!(desk.health()["summary"].as_str().unwrap().contains("locked"), "{}", desk.health());
    assert_eq!(reader.tap(1), "auth", "without its key a signed reader is refused");
    assert_eq!(desk.give(&["reader", "tap", "--uid", CARDS[0]])["outcome"], "ok", "payments go on");
    let (refused, answer) = desk.try_give(&["reader", "add", "--name", "kantin-02", "--signed"]);
    assert!(
        !refused.status.success() && answer["error"]["message"].as_str().unwrap().contains("locked"),
        "{answer}"
    );
    let (status, view) = desk.try_give(&["vault", "status"]);
    assert!(!status.status.success());
    assert_eq!(
        (&view["answers"], &view["missing"], &view["kinds"][0]["count"]),
        (&json!(false), &json!([]), &json!(1))
    );

    keyring.unlock();
    eventually("the station finds its keychain", || desk.health()["code"] == "vault_open");
    assert_eq!(reader.tap(2), "ok", "no restart was needed");

    // Locked again while it runs: the key is known, so taps go on.
    keyring.lock();
    assert_eq!(reader.tap(3), "ok");
    keyring.unlock();

    keyring.empty();
    let (status, view) = desk.try_give(&["vault", "status"]);
    assert!(!status.status.success());
    assert_eq!(view["missing"], json!(["reader-key/kantin-01"]), "{view}");
    drop(station);
    let _station = desk.serve();
    eventually("the health page names the loss", || desk.health()["code"] == "vault_missing");
    assert_eq!(desk.health()["state"], "bad");
    assert_eq!(reader.tap(1), "auth");
    assert_eq!(keyring.count(), 0, "nothing was made anew");
}

#[test]
fn a_keychain_that_comes_after_the_station_is_found() {
    if !inside("station::a_keychain_that_comes_after_the_station_is_found") {
        return;
    }
    let desk = Desk::new();
    let keyring = Keyring::unlocked();
    let reader = desk.with_signed_reader();
    keyring.stop();
    let _station = desk.serve();
    eventually("the health page tells that there is none", || desk.health()["code"] == "vault_away");
    assert_eq!(reader.tap(1), "auth");
    let _keyring = Keyring::unlocked();
    eventually("the station finds it", || desk.health()["code"] == "vault_open");
    assert_eq!(reader.tap(2), "ok");
}
