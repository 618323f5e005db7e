//! A station of our own for browser tests and benchmarks: a fresh data folder, free ports, stopped at the end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{capture, succeeds};

/// A cold start migrates and starts a broker; this is far above what it takes on a loaded machine.
const START_SECONDS: u64 = 60;
/// A clean stop waits for open work; after this the process is killed.
const STOP_SECONDS: u64 = 15;

/// A running `gerai serve`.
pub struct Station {
    child: Child,
    /// Address of the console.
    pub url: String,
    /// The data folder, removed at the end.
    pub data: PathBuf,
    /// Where its output goes.
    pub log: PathBuf,
    killed: bool,
}

impl Station {
    /// Starts `gerai serve` on a fresh folder, with these settings changed, and waits until it names its address.
    /// The folder must not exist yet: the station makes it, closed to others.
    pub fn start(binary: &Path, data: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        Self::start_with(&|| Ok(gerai(binary, data)), data, settings)
    }

    /// The same with secrets that outlive the process, in a file sealed by the passphrase in another file. The folder may
    /// have been used before.
    pub fn start_sealed(binary: &Path, data: &Path, passphrase: &Path) -> Result<Self> {
        let command = || {
            let mut command = gerai(binary, data);
            let file =
                File::open(passphrase).with_context(|| format!("cannot open {}", passphrase.display()))?;
            command.env("GERAI_VAULT", "passphrase").env("GERAI_VAULT_PASSPHRASE_FD", "0").stdin(file);
            Ok(command)
        };
        Self::start_with(&command, data, &[])
    }

    fn start_with(
        command: &dyn Fn() -> Result<Command>,
        data: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let data = data.to_owned();
        let free_ports = [
            ("network.http_port", "0"),
            ("network.mqtt_port", "0"),
            ("network.ws_port", "0"),
            ("network.mqtts_port", "0"),
        ];
        for (name, value) in free_ports.iter().chain(settings) {
            capture(command()?.args(["config", "set", name, value]))?;
        }
        let (log, said) = (data.with_extension("log"), data.with_extension("said"));
        let output = File::create(&said).with_context(|| format!("cannot write {}", said.display()))?;
        let errors = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut serve = command()?;
        serve.arg("serve").stdout(output).stderr(errors);
        let child =
            serve.spawn().with_context(|| format!("cannot start {}", crate::process::shown(&serve)))?;
        let mut station = Self { child, url: String::new(), data, log, killed: false };
        station.url = station.wait_for_address(&said)?;
        println!(
            "  station at {} (process {}, data in {})",
            station.url,
            station.pid(),
            station.data.display()
        );
        Ok(station)
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL. Its folder stays.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        self.killed = true;
    }

    /// A command to this station, with `--json`.
    pub fn command(&self, binary: &Path, arguments: &[&str]) -> Command {
        let mut command = gerai(binary, &self.data);
        command.arg("--json").args(arguments);
        command
    }

    /// Reads what it says until it names the console's address.
    fn wait_for_address(&mut self, said: &Path) -> Result<String> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS);
        while Instant::now() < deadline {
            if let Some(url) = address_in(&fs::read_to_string(said).unwrap_or_default()) {
                return Ok(url);
            }
            if let Some(status) = self.child.try_wait().context("cannot look after the station")? {
                bail!("the station ended with {status} before it served:\n{}", self.words());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the station did not name its address within {START_SECONDS} s:\n{}", self.words())
    }

    fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        if self.killed {
            return;
        }
        fs::remove_file(self.data.with_extension("said")).ok();
        succeeds(Command::new("kill").args(["-TERM", &self.pid().to_string()]));
        let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                fs::remove_dir_all(&self.data).ok();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        println!(
            "  the station did not stop within {STOP_SECONDS} s of SIGTERM and was killed; see {}",
            self.log.display()
        );
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn gerai(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    command.env("GERAI_DATA", data).env("GERAI_VAULT", "memory").stdin(Stdio::null());
    command
}

/// A folder in the system's temporary place: short, because the control socket lies in it and a Unix socket's path
/// has at most 107 bytes.
pub fn temporary_folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gerai-{name}-{}", std::process::id()))
}

/// The first `http://host:port` in a text.
fn address_in(text: &str) -> Option<String> {
    let start = text.find("http://")?;
    let address = &text[start..];
    let end = address.find(|c: char| !(c.is_ascii_alphanumeric() || ":/.[]-".contains(c)))?;
    let address = address[..end].trim_end_matches(['/', '.']);
    let port = address.rsplit(':').next()?;
    (port.parse::<u16>().is_ok_and(|port| port != 0)).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_a_sentence() {
        let line = "Gerai is open at http://127.0.0.1:41233\n";
        assert_eq!(address_in(line).as_deref(), Some("http://127.0.0.1:41233"));
        assert_eq!(address_in("http://127.0.0.1:412"), None, "the line may still be half written");
        assert_eq!(address_in("nothing yet\n"), None);
    }
}
