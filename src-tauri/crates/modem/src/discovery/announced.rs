//! Simulated modems, as their simulators announce them. A file of a process that lives no more is left alone and not used.

use std::path::Path;

use super::{Candidate, PortUse};
use crate::sim::{Announcement, process_started};

/// Files read in one look; a folder with more is not one of ours.
const FILES_MAX: usize = 64;
/// Bytes of one file.
const FILE_OCTETS_MAX: u64 = 256 * 1024;

/// Reads the folder.
pub(super) fn read(folder: &Path) -> Vec<Candidate> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "json"))
        .take(FILES_MAX)
    {
        let path = entry.path();
        if entry.metadata().map_or(true, |meta| !meta.is_file() || meta.len() > FILE_OCTETS_MAX) {
            continue;
        }
        let Ok(text) = std::fs::read(&path) else { continue };
        let Ok(announcement) = serde_json::from_slice::<Announcement>(&text) else { continue };
        if !lives(&announcement) {
            continue;
        }
        let ports = announcement.modems.into_iter().filter(|modem| is_simulated(&modem.port));
        found.extend(ports.map(|modem| Candidate {
            usb: String::new(),
            usb_serial: String::new(),
            product: format!("simulated modem ({})", modem.profile),
            device: String::new(),
            use_for: PortUse::Commands,
            surely_modem: true,
            note: String::new(),
            port: modem.port,
        }));
    }
    found
}

/// The process that announced it is still the same one.
fn lives(announcement: &Announcement) -> bool {
    if cfg!(target_os = "linux") {
        process_started(announcement.pid) == Some(announcement.started)
    } else {
        // Elsewhere a simulator removes its file when it ends; a port of a dead one does not open.
        true
    }
}

/// Only what a simulator can have made: an announcement names no other port of this machine.
fn is_simulated(port: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match port.strip_prefix("tcp:127.0.0.1:") {
        Some(text) => number(text),
        None => {
            port.strip_prefix("/dev/pts/").is_some_and(number)
                || port.strip_prefix("/dev/ttys").is_some_and(number)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_simulated;

    #[test]
    fn an_announcement_can_not_name_other_ports() {
        assert!(is_simulated("/dev/pts/3") && is_simulated("tcp:127.0.0.1:4101"));
        for other in
            ["/dev/ttyUSB0", "/dev/pts/../ttyUSB0", "tcp:10.0.0.1:23", "tcp:127.0.0.1:", "/dev/pts/", "COM3"]
        {
            assert!(!is_simulated(other), "{other}");
        }
    }
}
