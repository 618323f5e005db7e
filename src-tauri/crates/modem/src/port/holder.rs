//! Who holds a port: Linux shows every process's open files to its own user and to root. Elsewhere nobody is found.

use std::fmt;

/// A program that has a port open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its name, `ModemManager`.
    pub name: String,
    /// Process id.
    pub pid: u32,
    /// It was seen to have the port open; otherwise it only runs and is known to take such ports.
    pub seen: bool,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let likely = if self.seen { "" } else { "probably " };
        write!(f, "{likely}{} (process {})", self.name, self.pid)?;
        if self.name.starts_with("ModemManager") {
            f.write_str(
                "; keep it away with a udev rule that sets ENV{ID_MM_DEVICE_IGNORE}=\"1\" for this USB device, \
                 or stop the service ModemManager",
            )?;
        }
        Ok(())
    }
}

/// Looks for another process that has `path` open. `None`: nobody, or nobody this user may see.
#[must_use]
pub fn holder_of(path: &str) -> Option<Holder> {
    let wanted = std::fs::canonicalize(path).ok()?;
    let own = std::process::id();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if pid == own {
            continue;
        }
        let Ok(files) = std::fs::read_dir(entry.path().join("fd")) else { continue };
        if files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == wanted)) {
            let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some(Holder { name: name.trim().to_owned(), pid, seen: true });
        }
    }
    // ModemManager runs as root, whose files nobody else may look at; that it runs at all is worth saying.
    modem_manager()
}

fn modem_manager() -> Option<Holder> {
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
        // The kernel cuts names at 15 characters.
        name.starts_with("ModemManager").then(|| Holder { name: name.trim().to_owned(), pid, seen: false })
    })
}
