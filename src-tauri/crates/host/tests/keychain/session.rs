//! A session of its own for each test: the test starts itself again inside `dbus-run-session`, with a private home, and
//! starts and stops the keyring there as it likes.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

const INSIDE: &str = "GERAI_TEST_INSIDE_SESSION";
const NAMED: &str = "org.freedesktop.secrets";

/// `true`: this process is inside. Otherwise the test has been run inside by now.
pub fn inside(name: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    for program in ["dbus-run-session", "dbus-daemon", "gnome-keyring-daemon"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
        assert!(
            found.status.success(),
            "{name} needs {program}; `cargo xtask test` installs it (packages dbus and gnome-keyring)"
        );
    }
    let home = tempfile::tempdir().unwrap();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    // A bus that starts nothing by itself: the test says when there is a keyring.
    let config = home.path().join("bus.conf");
    std::fs::write(
        &config,
        format!(
            "<busconfig><type>session</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            runtime.display()
        ),
    )
    .unwrap();
    let status = Command::new("dbus-run-session")
        .arg("--config-file")
        .arg(&config)
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", &runtime)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("GERAI_VAULT")
        .env_remove("GERAI_DATA")
        .env_remove("CREDENTIALS_DIRECTORY")
        .env(INSIDE, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{name} failed inside its session");
    false
}

/// The private home.
pub fn home() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap())
}

fn runtime() -> PathBuf {
    PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR").unwrap())
}

/// A keyring daemon, ended with this value.
pub struct Keyring {
    daemon: Option<Child>,
}

impl Keyring {
    /// A keyring as after signing in: unlocked.
    pub fn unlocked() -> Self {
        Self::start(true)
    }

    /// A keyring that nobody has unlocked since it started.
    pub fn locked() -> Self {
        Self::start(false)
    }

    fn start(unlock: bool) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--components=secrets", "--foreground"]).stdout(Stdio::null()).stderr(Stdio::null());
        if unlock {
            command.arg("--unlock").stdin(Stdio::piped());
        } else {
            command.stdin(Stdio::null());
        }
        let mut daemon = command.spawn().unwrap();
        if let Some(mut stdin) = daemon.stdin.take() {
            stdin.write_all(b"a test password").unwrap();
        }
        eventually("the keyring comes to the bus", || on_the_bus() == Some(true));
        let keyring = Self { daemon: Some(daemon) };
        if unlock {
            eventually("the keyring is unlocked", || is_locked() == Some(false));
        }
        keyring
    }

    /// Unlocks it as a sign-in does: over the daemon's control socket, in the words of `pam_gnome_keyring`.
    pub fn unlock(&self) {
        const UNLOCK: u32 = 1;
        let password = b"a test password";
        let mut socket = UnixStream::connect(runtime().join("keyring/control")).unwrap();
        let mut message = vec![0]; // The byte that carries the sender's credentials.
        for number in [12 + password.len() as u32, UNLOCK, password.len() as u32] {
            message.extend(number.to_be_bytes());
        }
        message.extend(password);
        socket.write_all(&message).unwrap();
        let mut answer = [0_u8; 8];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [0, 0, 0, 8, 0, 0, 0, 0], "the keyring took the password");
        eventually("the keyring is unlocked", || is_locked() == Some(false));
    }

    /// Locks it, as a locked screen may do.
    pub fn lock(&self) {
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        service.get_default_collection().unwrap().lock().unwrap();
        eventually("the keyring is locked", || is_locked() == Some(true));
    }

    /// Removes everything, behind the station's back.
    pub fn empty(&self) {
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        for item in service.get_default_collection().unwrap().get_all_items().unwrap() {
            item.delete().unwrap();
        }
    }

    /// How many items it holds.
    pub fn count(&self) -> usize {
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        service.get_default_collection().unwrap().get_all_items().unwrap().len()
    }

    /// Ends it.
    pub fn stop(mut self) {
        self.end();
        eventually("the keyring leaves the bus", || on_the_bus() != Some(true));
    }

    fn end(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.end();
    }
}

fn on_the_bus() -> Option<bool> {
    let asked = Command::new("dbus-send")
        .args([
            "--session",
            "--dest=org.freedesktop.DBus",
            "--print-reply",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
        ])
        .arg(format!("string:{NAMED}"))
        .output()
        .ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).contains("true"))
}

fn is_locked() -> Option<bool> {
    let service = SecretService::connect(EncryptionType::Plain).ok()?;
    service.get_default_collection().ok()?.is_locked().ok()
}

/// Waits for something that comes by itself. A minute without it is a failure.
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(60), "a minute went by and not: {what}");
        sleep(Duration::from_millis(100));
    }
}
