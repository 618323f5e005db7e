//! A station for looking into afterwards: its own process on a passphrase vault, all of its logs in files, memory dumps
//! allowed, spoken to over HTTP, the control socket, MQTT and the command line.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::station::binary;

/// Folders of one run: the station's own, its temporary files, its logs, exports, and the dump.
pub struct Place {
    root: tempfile::TempDir,
    pub passphrase: String,
    /// More of the environment, for all programs here.
    envs: Vec<(String, String)>,
}

/// How the dump was made.
#[derive(Debug)]
pub enum DumpBy {
    Kernel,
    Debugger,
}

/// The answer to one HTTP request.
pub struct Answer {
    pub status: u16,
    pub cookie: Option<String>,
    pub body: Value,
}

impl Place {
    pub fn new(passphrase: &str) -> Self {
        let root = crate::station::folder();
        let place = Self { root, passphrase: passphrase.to_owned(), envs: Vec::new() };
        for name in ["data", "tmp", "home", "logs", "exports", "dump", "stick"] {
            std::fs::create_dir(place.path(name)).unwrap();
        }
        place
    }

    /// The same place with a variable more for the programs in it.
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves everything on the disk, for a person to look at.
    pub fn keep(self) -> PathBuf {
        self.root.keep()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Lets a test plant something in one of the folders, as the station might leave it there.
    pub fn plant(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.path("dump"))
            .env("GERAI_VAULT", "passphrase")
            .env("GERAI_DATA", self.path("data"))
            .env("TMPDIR", self.path("tmp"))
            .env("HOME", self.path("home"))
            .env("RUST_LOG", "trace,polling=info,mio=info")
            .envs(self.envs.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The command line beside the running station, with one line of standard input. What it says on standard error
    /// goes to the logs; what it answers is given back.
    pub fn gerai(&self, words: &[&str], input: &str) -> (bool, String) {
        let log = File::options().create(true).append(true).open(self.path("logs/command.log")).unwrap();
        let mut child = self
            .command(binary().to_str().unwrap(), &[&["--json"], words].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        // One that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    }

    /// Before the station runs: a command that opens the vault itself.
    pub fn prepare(&self, words: &[&str]) {
        let (done, said) =
            self.gerai(&[&["--passphrase-fd", "0"], words].concat(), &format!("{}\n", self.passphrase));
        assert!(done, "{words:?}: {said}");
    }

    pub fn must(&self, words: &[&str], input: &str) -> String {
        let (done, said) = self.gerai(words, input);
        assert!(done, "{words:?}: {said}");
        said
    }
}

/// A running station.
pub struct Running {
    child: Child,
    pub http: u16,
    pub mqtt: u16,
}

impl Running {
    /// Starts it with dumps of any size; `crash_at` names a labelled point.
    pub fn start(place: &Place, log: &str, crash_at: Option<&str>) -> Self {
        let mut envs = vec![("GERAI_ALLOW_DUMPS", "1")];
        envs.extend(crash_at.map(|point| ("GERAI_CRASH_AT", point)));
        Self::open(place, log, &envs)
    }

    /// As people start it, where the system would allow dumps.
    pub fn start_without_dumps(place: &Place) -> Self {
        for port in ["http", "mqtt", "ws", "mqtts"] {
            place.prepare(&["config", "set", &format!("network.{port}_port"), "0"]);
        }
        Self::open(place, "station.log", &[])
    }

    /// Starts it to die at a labelled point; `None`: it died before it served.
    pub fn try_start(place: &Place, log: &str, crash_at: Option<&str>) -> Option<Self> {
        let envs: Vec<(&str, &str)> = crash_at.map(|point| ("GERAI_CRASH_AT", point)).into_iter().collect();
        Self::try_open(place, log, &envs)
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn open(place: &Place, log: &str, envs: &[(&str, &str)]) -> Self {
        Self::try_open(place, log, envs).unwrap_or_else(|| {
            panic!("the station ended before it served: see its log\n{}", place.log_text())
        })
    }

    fn try_open(place: &Place, log: &str, envs: &[(&str, &str)]) -> Option<Self> {
        let log = File::create(place.path(&format!("logs/{log}"))).unwrap();
        let script = "ulimit -c unlimited; exec \"$0\" \"$@\"";
        let program = binary();
        let words = ["-c", script, program.to_str().unwrap(), "--json", "--passphrase-fd", "0", "serve"];
        let mut command = place.command("sh", &words);
        let mut child = command
            .envs(envs.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", place.passphrase).unwrap();
        let mut said = Vec::new();
        let mut out = child.stdout.take().unwrap();
        let said: Value = loop {
            let mut some = [0; 4096];
            let count = out.read(&mut some).unwrap();
            if count == 0 {
                let _ = child.wait();
                return None;
            }
            said.extend(&some[..count]);
            if let Ok(value) = serde_json::from_slice(&said) {
                break value;
            }
        };
        let port = |name: &str| said[name].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        Some(Self { child, http: port("http"), mqtt: port("mqtt") })
    }

    /// Waits for its end by SIGABRT, and gives the dump. Where the kernel hands dumps to another program, a debugger took
    /// it just before.
    pub fn crash(mut self, place: &Place, trigger: impl FnOnce()) -> (PathBuf, DumpBy) {
        let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
        let folder = place.path("dump");
        let by_kernel = !pattern.starts_with('|') && !pattern.trim().contains('/');
        if !by_kernel {
            self.dump(place);
        }
        trigger();
        let deadline = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the station did not crash where it should");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(6), "{status}");
        let mut dumps = crate::sought::files_below(&folder);
        dumps.retain(|file| std::fs::metadata(file).unwrap().len() > 1024 * 1024);
        assert_eq!(dumps.len(), 1, "one memory dump of the crash (core_pattern is {pattern:?}): {dumps:?}");
        (dumps.remove(0), if by_kernel { DumpBy::Kernel } else { DumpBy::Debugger })
    }

    /// A memory dump by a debugger; the station runs on.
    pub fn dump(&self, place: &Place) -> PathBuf {
        let file = place.path("dump").join("core-by-debugger");
        let made = Command::new("gdb")
            .args(["-p", &self.child.id().to_string(), "-batch", "-ex"])
            .arg(format!("generate-core-file {}", file.display()))
            .output()
            .expect("a debugger (the package gdb) takes the dump");
        let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
        assert!(size > 1_000_000, "no dump: {}", String::from_utf8_lossy(&made.stderr));
        file
    }

    /// Aborts it from outside, as a fault inside would.
    pub fn abort(mut self) -> std::process::ExitStatus {
        let sent = Command::new("kill").args(["-ABRT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }

    /// kill -9: what only a clean end would remove stays.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A command of the contract over HTTP, on a connection of its own, with more header lines.
    pub fn rpc(&self, command: &str, args: &Value, headers: &[(&str, &str)]) -> Answer {
        self.raw(&format!("/rpc/{command}"), &args.to_string(), headers)
    }

    /// The same, for what must be carried out, in this session.
    pub fn done(&self, session: &str, command: &str, args: Value) -> Value {
        let answer = self.rpc(command, &args, &[("Cookie", &format!("gerai_session={session}"))]);
        assert_eq!(answer.status, 200, "{command}: {}", answer.body);
        answer.body
    }

    /// The same, of a station that may die meanwhile.
    pub fn try_rpc(&self, command: &str, args: &Value, headers: &[(&str, &str)]) -> Option<Answer> {
        self.try_raw(&format!("/rpc/{command}"), &args.to_string(), headers).ok()
    }

    pub fn raw(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        self.try_raw(path, body, headers).unwrap()
    }

    pub fn try_raw(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> std::io::Result<Answer> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.http))?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nX-Gerai-Request: 1\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n",
            self.http,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        write!(socket, "{request}\r\n{body}")?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let value = value.strip_prefix("gerai_session=")?.split(';').next()?;
            (name.eq_ignore_ascii_case("set-cookie") && !value.is_empty()).then(|| value.to_owned())
        });
        Ok(Answer { status, cookie, body: serde_json::from_str(body).unwrap_or(json!(body)) })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    fn log_text(&self) -> String {
        let files = crate::sought::files_below(&self.path("logs"));
        files.iter().map(|file| last_lines(file)).collect()
    }
}

fn last_lines(file: &Path) -> String {
    let text = std::fs::read(file).unwrap_or_default();
    String::from_utf8_lossy(&text[text.len().saturating_sub(4000)..]).into_owned()
}

/// The code that an authenticator shows at a moment (Unix milliseconds; RFC 6238, SHA-1, six digits), for a secret in Base32.
pub fn totp(secret: &str, at_ms: u64) -> String {
    use hmac::{Hmac, KeyInit, Mac};

    let key = data_encoding::BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(at_ms / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0x0F);
    let number = u32::from_be_bytes([digest[at] & 0x7F, digest[at + 1], digest[at + 2], digest[at + 3]]);
    format!("{:06}", number % 1_000_000)
}
