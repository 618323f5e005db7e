//! A private bus with BlueZ made of software on it (`bluez.py`, by python-dbusmock), and programs that take it for the
//! system's. The bus and everything on it end when this is dropped.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for the bus and BlueZ to come up; a slow machine needs seconds, never this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Debian's own Python: python3-dbusmock is a package of the system, not of whatever Python comes first on the path.
const PYTHON: &str = "/usr/bin/python3";

pub const SERVICE: &str = "0000fff0-0000-1000-8000-00805f9b34fb";
pub const TOKEN_AT: &str = "0000fff1-0000-1000-8000-00805f9b34fb";
pub const COMMAND_AT: &str = "0000fff2-0000-1000-8000-00805f9b34fb";
pub const ADDRESS: &str = "AA:BB:CC:DD:EE:01";

pub struct Bus {
    folder: tempfile::TempDir,
    address: String,
    bus: Child,
    bluez: Option<Child>,
    token: String,
}

impl Bus {
    /// A bus on which nobody is BlueZ.
    pub fn empty() -> Self {
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon (package dbus) is needed");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { folder, address: address.trim().to_owned(), bus, bluez: None, token: String::new() }
    }

    /// A bus with BlueZ and a stove that gives this token.
    pub fn with_stove(token: &str, fault: &str) -> Self {
        Self::with_parts(token, fault, 244)
    }

    /// The same; it sends its value in parts of so many bytes.
    pub fn with_parts(token: &str, fault: &str, part: usize) -> Self {
        let mut bus = Self::empty();
        token.clone_into(&mut bus.token);
        let written = bus.written_path();
        let parameters = format!(
            r#"{{"service":"{SERVICE}","token_at":"{TOKEN_AT}","command_at":"{COMMAND_AT}","address":"{ADDRESS}",
            "name":"STOVE-0042","token":"{token}","written":"{}","part":"{part}","fault":"{fault}"}}"#,
            written.display()
        );
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/bluez.py");
        let mut mock = Command::new(PYTHON);
        mock.args(["-m", "dbusmock", "--system", "--template"]).arg(template).args(["-p", &parameters]);
        let log = std::fs::File::create(bus.folder.path().join("bluez.log")).unwrap();
        mock.env("PYTHONDONTWRITEBYTECODE", "1").stdout(log.try_clone().unwrap()).stderr(log);
        bus.bluez = Some(bus.on_bus(&mut mock).spawn().unwrap());
        bus.wait_for_bluez(fault != "no_adapter");
        bus
    }

    fn on_bus<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.address).env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    /// BlueZ is there, with its adapter when it is to have one.
    fn wait_for_bluez(&self, adapter: bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut ask = Command::new("dbus-send");
            ask.arg(format!("--bus={}", self.address)).args([
                "--print-reply",
                "--dest=org.bluez",
                "/",
                "org.freedesktop.DBus.ObjectManager.GetManagedObjects",
            ]);
            let answer = ask.stderr(Stdio::null()).output().unwrap();
            let shown = String::from_utf8_lossy(&answer.stdout).contains("org.bluez.Adapter1");
            if answer.status.success() && shown == adapter {
                return;
            }
            let log = || std::fs::read_to_string(self.folder.path().join("bluez.log")).unwrap_or_default();
            assert!(
                Instant::now() < until,
                "the simulated BlueZ (python3-dbusmock) does not come up: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn written_path(&self) -> PathBuf {
        self.folder.path().join("written")
    }

    /// Everything that was written to the stove.
    pub fn written(&self) -> Option<Vec<u8>> {
        std::fs::read(self.written_path()).ok()
    }

    /// Runs the program with these words; what it prints.
    pub fn look(&self, words: &[&str]) -> String {
        self.look_with(words, "")
    }

    /// The same, with something for it to read.
    pub fn look_with(&self, words: &[&str], input: &str) -> String {
        let mut look = Command::new(env!("CARGO_BIN_EXE_gerai-look"));
        self.on_bus(look.args(words)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = look.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Reads the token.
    pub fn read(&self, more: &[&str]) -> String {
        self.look(&[&["read", ADDRESS, "fff0", "fff1"], more].concat())
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in self.bluez.iter_mut().chain([&mut self.bus]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
