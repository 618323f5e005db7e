//! A real mosquitto, as a user would set one up: with the configuration that the station exports.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::station::must;

/// A running mosquitto.
pub struct Mosquitto {
    child: Option<Child>,
    folder: std::path::PathBuf,
    pub port: u16,
    pub ws: u16,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The password that the station has there.
pub const STATION_PASSWORD: &str = "station-at-mosquitto";

impl Mosquitto {
    /// Exports the configuration of the station in `station`, sets ports and the station's password, starts it.
    pub fn exported(station: &Path, folder: &Path) -> Self {
        must(station, &["config", "export", "--mosquitto", folder.to_str().unwrap()]);
        let (port, ws) = (free_port(), free_port());
        let conf = folder.join("mosquitto.conf");
        let mut ports = [port, ws].into_iter();
        let text: String = std::fs::read_to_string(&conf)
            .unwrap()
            .lines()
            .map(|line| match line.split_whitespace().next() {
                Some("listener") => format!("listener {} 127.0.0.1\n", ports.next().unwrap()),
                Some("persistence_location") => format!("persistence_location {}/\n", folder.display()),
                _ => format!("{line}\n"),
            })
            .collect();
        assert!(text.contains(&port.to_string()) && text.contains(&ws.to_string()), "{text}");
        // As root mosquitto would give its rights away and then not read a private folder.
        std::fs::write(&conf, format!("{text}user root\n")).unwrap();
        let passwd = folder.join("passwd");
        let status = Command::new("mosquitto_passwd")
            .args(["-b", passwd.to_str().unwrap(), "gerai-station", STATION_PASSWORD])
            .status()
            .unwrap();
        assert!(status.success());
        let mut broker = Self { child: None, folder: folder.to_owned(), port, ws };
        broker.start();
        broker
    }

    pub fn start(&mut self) {
        let log = std::fs::File::create(self.folder.join("mosquitto.log")).unwrap();
        let child = Command::new("mosquitto")
            .args(["-c", self.folder.join("mosquitto.conf").to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("mosquitto is installed by `cargo xtask test`");
        self.child = Some(child);
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("mosquitto.log")).unwrap_or_default()
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}
