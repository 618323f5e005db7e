//! A private bus with BlueZ made of software on it (`bluez.py`, by python-dbusmock). The bus and everything on it end when
//! this is dropped. Used by the tests of the radio alone and by those of the whole station.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for the bus and BlueZ to come up; a slow machine needs seconds, never this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Debian's own Python: python3-dbusmock is a package of the system, not of whatever Python comes first on the path.
const PYTHON: &str = "/usr/bin/python3";

/// The variable that names the system's bus to a program.
pub const SYSTEM_BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

pub const SERVICE: &str = "0000fff0-0000-1000-8000-00805f9b34fb";
pub const TOKEN_AT: &str = "0000fff1-0000-1000-8000-00805f9b34fb";
pub const COMMAND_AT: &str = "0000fff2-0000-1000-8000-00805f9b34fb";
pub const ADDRESS: &str = "AA:BB:CC:DD:EE:01";

pub struct Bus {
    folder: tempfile::TempDir,
    address: String,
    bus: Child,
    bluez: Option<Child>,
}

/// The stove in the air.
pub struct Stove<'a> {
    /// What it gives when it is read.
    pub token: &'a str,
    /// What goes wrong, a word of `bluez.py`; empty: nothing.
    pub fault: &'a str,
    /// Bytes of one notification.
    pub part: usize,
    /// The file with its number and secret, when it is to sign its tokens itself and to obey what it is sent.
    pub lives: Option<PathBuf>,
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
        Self { folder, address: address.trim().to_owned(), bus, bluez: None }
    }

    /// A bus with BlueZ and this stove.
    pub fn with(stove: &Stove) -> Self {
        let mut bus = Self::empty();
        let template = bus.folder.path().join("bluez.py");
        std::fs::write(&template, include_str!("bluez.py")).unwrap();
        let Stove { token, fault, part, lives } = stove;
        let lives = lives.as_deref().map(|file| file.display().to_string()).unwrap_or_default();
        let parameters = format!(
            r#"{{"service":"{SERVICE}","token_at":"{TOKEN_AT}","command_at":"{COMMAND_AT}","address":"{ADDRESS}",
            "name":"STOVE-0042","token":"{token}","written":"{}","part":"{part}","fault":"{fault}","lives":"{lives}"}}"#,
            bus.written_path().display()
        );
        let mut mock = Command::new(PYTHON);
        mock.args(["-m", "dbusmock", "--system", "--template"]).arg(template).args(["-p", &parameters]);
        let log = std::fs::File::create(bus.folder.path().join("bluez.log")).unwrap();
        mock.env("PYTHONDONTWRITEBYTECODE", "1").stdout(log.try_clone().unwrap()).stderr(log);
        mock.env(SYSTEM_BUS, &bus.address).env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        bus.bluez = Some(mock.spawn().unwrap());
        bus.wait_for_bluez(*fault != "no_adapter");
        bus
    }

    /// Where programs find it, as `SYSTEM_BUS` says it to them.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn written_path(&self) -> PathBuf {
        self.folder.path().join("written")
    }

    /// Everything that was written to the stove.
    pub fn written(&self) -> Option<Vec<u8>> {
        std::fs::read(self.written_path()).ok()
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
}

impl Drop for Bus {
    fn drop(&mut self) {
        for child in self.bluez.iter_mut().chain([&mut self.bus]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
