//! The simulated modems of one measurement: `gerai modem sim` in its own process, its orders, and its log of what left.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// An order is answered at once.
const ORDER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// One message that left a modem; moments are microseconds of CLOCK_MONOTONIC.
#[derive(Debug, Clone)]
pub struct Left {
    /// Which modem, from 0.
    pub modem: usize,
    /// Recipient.
    pub to: String,
    /// `AT+CMGS` was on the wire.
    pub command_us: u64,
    /// Ctrl-Z was.
    pub submit_us: u64,
    /// The final result was given; `None`: not yet.
    pub final_us: Option<u64>,
}

/// A running simulator, ended with its owner.
pub struct Sim {
    child: Child,
    /// Its standard output stays open: it would be told off for writing otherwise.
    _said: BufReader<ChildStdout>,
    control: String,
    log: PathBuf,
    read: u64,
    seen: BTreeMap<u64, Left>,
}

impl Sim {
    /// Starts `count` modems that answer after `delay_ms` and are announced in a folder.
    pub fn start(binary: &Path, announce: &Path, count: usize, delay_ms: u64) -> Result<Self> {
        let log = log_folder().join(format!("gerai-bench-sms-{}-{count}.log", std::process::id()));
        fs::remove_file(&log).ok();
        let mut child = Command::new(binary)
            .env("GERAI_DATA", announce)
            .env("GERAI_VAULT", "memory")
            .args(["--json", "modem", "sim", "--profile", "generic", "--control", "tcp:127.0.0.1:0"])
            .args(["--count", &count.to_string(), "--delay-ms", &delay_ms.to_string()])
            .arg("--announce")
            .arg(announce)
            .arg("--log")
            .arg(&log)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `gerai modem sim`")?;
        let mut said = BufReader::new(child.stdout.take().context("the simulator has no output")?);
        let mut line = String::new();
        said.read_line(&mut line).context("the simulator says nothing")?;
        let value: Value =
            serde_json::from_str(&line).with_context(|| format!("the simulator said {line:?}"))?;
        let control = value["control"].as_str().and_then(|text| text.strip_prefix("tcp:"));
        let control = control.context("the simulator has no control channel")?.to_owned();
        Ok(Self { child, _said: said, control, log, read: 0, seen: BTreeMap::new() })
    }

    /// Gives one order; what it answered before its `ok`.
    pub fn order(&self, order: &str) -> Result<Vec<String>> {
        let mut stream = TcpStream::connect(&self.control).context("the simulator is gone")?;
        stream.set_read_timeout(Some(ORDER_TIMEOUT))?;
        writeln!(stream, "{order}")?;
        let mut lines = Vec::new();
        for line in BufReader::new(stream).lines() {
            let line = line.with_context(|| format!("no answer to `{order}`"))?;
            if line == "ok" || line.starts_with("ok ") {
                return Ok(lines);
            }
            if line.starts_with("error") {
                bail!("the simulator refuses `{order}`: {line}");
            }
            lines.push(line);
        }
        bail!("the simulator broke off at `{order}`")
    }

    /// Where the first modem is plugged in now: a pty that was closed comes back by another name.
    pub fn port(&self) -> Result<String> {
        let deadline = Instant::now() + ORDER_TIMEOUT;
        while Instant::now() < deadline {
            let list = self.order("list")?;
            let first: Value = serde_json::from_str(list.first().context("no modems")?)?;
            if let Some(port) = first["port"].as_str() {
                return Ok(port.to_owned());
            }
            std::thread::sleep(LOOK);
        }
        bail!("the simulated modem has no port")
    }

    /// Everything that left so far, by number.
    pub fn left(&mut self) -> Result<&BTreeMap<u64, Left>> {
        let mut file = File::open(&self.log).context("the simulator's log is gone")?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        // The last line may be half written.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        for line in text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let value: Value = serde_json::from_slice(line).context("the simulator's log cannot be read")?;
            let number = |name: &str| value[name].as_u64().with_context(|| format!("no {name} in its log"));
            let left = Left {
                modem: usize::try_from(number("modem")?)?,
                to: value["to"].as_str().unwrap_or_default().to_owned(),
                command_us: number("command_us")?,
                submit_us: number("submit_us")?,
                final_us: value["final_us"].as_u64(),
            };
            self.seen.insert(number("seq")?, left);
        }
        self.read += whole as u64;
        Ok(&self.seen)
    }

    /// What left since a moment.
    pub fn since(&mut self, from_us: u64) -> Result<Vec<Left>> {
        Ok(self.left()?.values().filter(|left| left.submit_us >= from_us).cloned().collect())
    }

    /// Waits until something that left meets a wish; `None`: it did not in time.
    pub fn wait(&mut self, within: Duration, wish: impl Fn(&Left) -> bool) -> Result<Option<Left>> {
        let deadline = Instant::now() + within;
        loop {
            // The newest first: it is what is waited for.
            if let Some(left) = self.left()?.values().rev().find(|left| wish(left)) {
                return Ok(Some(left.clone()));
            }
            if Instant::now() > deadline {
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_file(&self.log).ok();
    }
}

/// Memory where there is some: the log must not wait for the disk that the station is measured on.
fn log_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}
