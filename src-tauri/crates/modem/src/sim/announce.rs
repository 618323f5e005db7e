//! The file by which a station finds simulated modems: `{pid}.json` in the announcement folder. A station opens no pty that
//! is not named in one. `discovery` reads it; its form is shared here.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What one simulator process announces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The announcing process.
    pub pid: u32,
    /// When it started, in the system's own count (Linux: clock ticks since boot); 0 where unknown. A number that was given
    /// to another process since tells on itself.
    pub started: u64,
    /// Address of the control channel, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Its modems that are plugged in.
    pub modems: Vec<AnnouncedModem>,
}

/// One announced modem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedModem {
    /// `/dev/pts/3` or `tcp:127.0.0.1:4101`.
    pub port: String,
    /// Name of its profile.
    pub profile: String,
}

/// When a process started; `None`: it does not live, or nobody knows.
pub(crate) fn process_started(pid: u32) -> Option<u64> {
    // The name in brackets may hold spaces and brackets: count from its end. Field 22 is the start (proc_pid_stat(5)).
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// The file of this process; removed when dropped.
pub(super) struct AnnouncementFile {
    path: PathBuf,
    written: Option<Announcement>,
}

impl AnnouncementFile {
    /// Makes the folder when it is missing. `number` tells simulators of one process apart.
    pub fn new(folder: &Path, number: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}-{number}.json", std::process::id()));
        Ok(Self { path, written: None })
    }

    /// Writes what is plugged in now, in one step, when it has changed.
    pub fn write(&mut self, modems: Vec<AnnouncedModem>, control: Option<String>) -> io::Result<()> {
        let pid = std::process::id();
        let started = process_started(pid).unwrap_or(0);
        let announcement = Announcement { pid, started, control, modems };
        if self.written.as_ref() == Some(&announcement) {
            return Ok(());
        }
        let fresh = self.path.with_extension("new");
        std::fs::write(&fresh, serde_json::to_vec_pretty(&announcement)?)?;
        std::fs::rename(&fresh, &self.path)?;
        self.written = Some(announcement);
        Ok(())
    }
}

impl Drop for AnnouncementFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
