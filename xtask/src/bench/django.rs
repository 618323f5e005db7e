//! The design that this station replaces, re-created: Django, SQLite, paho and mosquitto, as a student would run it.
//!
//! Its sources are in `tests/bench/django_peer`; here it is started, loaded and stopped.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::raw::from_json;
use super::{Measure, Measures};
use crate::install::python_environment;
use crate::process::{capture, find_program, run};
use crate::workspace::Workspace;

const READY_SECONDS: u64 = 30;
const PASSWORD: &str = "bench-only";

/// A child process that is ended with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Where the peer's parts are for this run.
struct Peer {
    sources: PathBuf,
    python: PathBuf,
    folder: PathBuf,
    port: u16,
}

/// Measures the peer by itself and through MQTT.
pub fn measure(workspace: &Workspace, folder: &Path, measures: &mut Measures) {
    let prepared = prepare(workspace, folder);
    let Some(peer) = measures.keep("Django peer", prepared) else { return };
    let alone = peer.load("alone.py", &["--seconds", "8"]);
    measures.django_alone = measures.keep("Django peer by itself", alone).inspect(|m| tell("by itself", m));

    let started = peer.start();
    let Some(_running) = measures.keep("Django peer through MQTT", started) else { return };
    for (in_flight, seconds) in [(1, "10"), (64, "15")] {
        let count = in_flight.to_string();
        let result = peer.load("load.py", &["--in-flight", &count, "--seconds", seconds]);
        if let Some(measure) = measures.keep(&format!("Django peer with {in_flight} in flight"), result) {
            tell(&format!("{in_flight} in flight"), &measure);
            measures.django.push((in_flight, measure));
        }
    }
}

fn tell(what: &str, measure: &Measure) {
    println!(
        "  {what}: {:.1} a second, p50 {:.2} ms, p99 {:.2} ms",
        measure.per_second, measure.p50_ms, measure.p99_ms
    );
}

fn prepare(workspace: &Workspace, folder: &Path) -> Result<Peer> {
    let sources = workspace.root.join("tests/bench/django_peer");
    let environment = workspace.target.join("bench-venv");
    python_environment(&environment, &sources.join("requirements.txt"))?;
    let folder = folder.join("django");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let peer = Peer { sources, python: environment.join("bin/python"), folder, port: free_port()? };
    run(&mut peer.script("prepare.py"))?;
    Ok(peer)
}

impl Peer {
    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command
            .current_dir(&self.sources)
            .arg("-B")
            .arg(self.sources.join(name))
            .env("PEER_DATABASE", self.folder.join("db.sqlite3"))
            .env("PEER_PORT", self.port.to_string())
            .env("PEER_PASSWORD", PASSWORD);
        command
    }

    fn load(&self, script: &str, arguments: &[&str]) -> Result<Measure> {
        from_json(&capture(self.script(script).args(arguments))?)
    }

    /// Starts mosquitto as the original was set up, and the Django process; both end when the list is dropped.
    fn start(&self) -> Result<Vec<Running>> {
        let passwords = self.folder.join("passwd.txt");
        fs::write(&passwords, format!("server:{PASSWORD}\nreader:{PASSWORD}\n"))
            .context("cannot write passwd.txt")?;
        run(Command::new(find_program("mosquitto_passwd").context("mosquitto_passwd is missing")?)
            .arg("-U")
            .arg(&passwords))?;
        let configuration = self.folder.join("mosquitto.conf");
        let mut file = File::create(&configuration).context("cannot write mosquitto.conf")?;
        writeln!(file, "listener {} 127.0.0.1", self.port)?;
        writeln!(file, "listener {} 127.0.0.1\nprotocol websockets", free_port()?)?;
        writeln!(file, "allow_anonymous false\npassword_file {}", passwords.display())?;
        if capture(Command::new("id").arg("-u"))?.trim() == "0" {
            // As root, mosquitto would otherwise change to a user that may not read the password file.
            writeln!(file, "user root")?;
        }
        drop(file);
        let broker = find_program("mosquitto").context("mosquitto is missing")?;
        let mut parts =
            vec![self.spawn(Command::new(broker).arg("-c").arg(&configuration), "mosquitto.log")?];
        wait_for("mosquitto", || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok())?;
        parts.push(self.spawn(&mut self.script("server.py"), "server.log")?);
        let log = self.folder.join("server.log");
        wait_for("the Django peer", || {
            fs::read_to_string(&log).is_ok_and(|text| text.contains("subscribed"))
        })?;
        Ok(parts)
    }

    fn spawn(&self, command: &mut Command, log: &str) -> Result<Running> {
        let file = File::create(self.folder.join(log)).with_context(|| format!("cannot write {log}"))?;
        let errors = file.try_clone().context("cannot share a log file")?;
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
        Ok(Running(child.with_context(|| format!("cannot start what writes {log}"))?))
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

fn wait_for(what: &str, ready: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(READY_SECONDS);
    while Instant::now() < deadline {
        if ready() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("{what} was not ready within {READY_SECONDS} s")
}
