//! A station as a process: started on a folder, spoken to by its command line, killed and started again.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running `gerai serve` on a folder that outlives it.
pub struct Station {
    child: Child,
    folder: PathBuf,
    pub mqtt: u16,
    pub ws: u16,
}

/// The program under test.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("GERAI_BIN") {
        return PathBuf::from(named);
    }
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("gerai")
}

/// A private folder for a station.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("gerai-flow-").tempdir().unwrap()
}

/// Runs the command line on a folder; its JSON and whether it succeeded.
pub fn gerai(folder: &Path, words: &[&str]) -> (bool, Value) {
    gerai_with(folder, words, "")
}

pub fn gerai_with(folder: &Path, words: &[&str], input: &str) -> (bool, Value) {
    let mut child = Command::new(binary())
        .args(["--data", folder.to_str().unwrap(), "--json"])
        .args(words)
        .env("GERAI_VAULT", "memory")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{words:?}: {error}: {text}{}", String::from_utf8_lossy(&output.stderr))
    });
    (output.status.success(), value)
}

/// Like `gerai`, for what must succeed.
pub fn must(folder: &Path, words: &[&str]) -> Value {
    let (done, value) = gerai(folder, words);
    assert!(done, "{words:?}: {value}");
    value
}

/// Gives a command of the contract over the control socket, as the command line does.
pub fn control(folder: &Path, command: &str, arguments: Value) -> Value {
    let answer = try_control(folder, command, arguments).expect("the station answers");
    assert!(answer.get("error").is_none_or(Value::is_null), "{command}: {answer}");
    answer["ok"].clone()
}

/// The answer, or `None` from a station that is dead or dies meanwhile.
pub fn try_control(folder: &Path, command: &str, arguments: Value) -> Option<Value> {
    use std::os::unix::net::UnixStream;
    let named = std::fs::read_to_string(folder.join("control.path")).ok();
    let path = named.map_or_else(|| folder.join("control.sock"), |text| PathBuf::from(text.trim()));
    let mut socket = UnixStream::connect(path).ok()?;
    let request =
        json!({ "id": 1, "command": command, "args": arguments, "session": null, "surface": "local" });
    writeln!(socket, "{request}").ok()?;
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

impl Station {
    /// Settings of a station that other tests may run beside: free ports, and these.
    pub fn prepare(folder: &Path, settings: &[(&str, &str)]) {
        let free = [
            ("network.http_port", "0"),
            ("network.mqtt_port", "0"),
            ("network.ws_port", "0"),
            ("network.mqtts_port", "0"),
        ];
        for (name, value) in free.iter().chain(settings) {
            must(folder, &["config", "set", name, value]);
        }
    }

    /// Starts the station.
    pub fn start(folder: &Path) -> Self {
        Self::start_to_crash(folder, None).expect("the station ended before it served")
    }

    /// Starts the station; `crash_at` names a labelled point, `label:n`. `None`: it died before it served.
    pub fn start_to_crash(folder: &Path, crash_at: Option<&str>) -> Option<Self> {
        let envs: Vec<(&str, PathBuf)> =
            crash_at.map(|point| ("GERAI_CRASH_AT", point.into())).into_iter().collect();
        Self::try_start(folder, &envs)
    }

    /// Starts the station with more in its environment.
    pub fn start_with(folder: &Path, envs: &[(&str, PathBuf)]) -> Self {
        Self::try_start(folder, envs).expect("the station ended before it served")
    }

    fn try_start(folder: &Path, envs: &[(&str, PathBuf)]) -> Option<Self> {
        let mut command = Command::new(binary());
        command
            .args(["--data", folder.to_str().unwrap(), "--json", "serve"])
            .env("GERAI_VAULT", "memory")
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "error".to_owned()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .envs(envs.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        // One JSON document; it may be spread over lines.
        let said: Value = loop {
            if lines.read_line(&mut text).unwrap() == 0 {
                let _ = child.wait();
                return None;
            }
            if let Ok(value) = serde_json::from_str(&text) {
                break value;
            }
        };
        let port = |name: &str| {
            said[name].as_str().map_or(0, |addr| addr.rsplit(':').next().unwrap().parse().unwrap())
        };
        Some(Self { child, folder: folder.to_owned(), mqtt: port("mqtt"), ws: port("ws") })
    }

    /// Gives a command to the running station.
    pub fn must(&self, words: &[&str]) -> Value {
        must(&self.folder, words)
    }

    pub fn customer(&self, name: &str, uid: &str, opening: i64) -> i64 {
        let opening = opening.to_string();
        let made = self.must(&["account", "add", "--name", name, "--card", uid, "--opening", &opening]);
        made["row"]["id"].as_i64().unwrap()
    }

    pub fn balance(&self, uid: &str) -> i64 {
        self.must(&["account", "show", "--card", uid])["row"]["balance"].as_i64().unwrap()
    }

    /// A reader's login: user name and password.
    pub fn reader(&self, words: &[&str]) -> (String, String) {
        let made = self.must(&[&["reader", "add"], words].concat());
        (made["username"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
    }

    pub fn verify(&self) {
        let report = self.must(&["ledger", "verify"]);
        assert_eq!(report["ok"], json!(true), "{report}");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.kill();
    }
}
