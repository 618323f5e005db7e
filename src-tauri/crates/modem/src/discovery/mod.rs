//! Where modems may be plugged in: USB serial ports by what the device says of itself, and modems made of software by what
//! their simulator has announced. It opens nothing but what `probe` is told to open, and no pty that was not announced.

mod announced;
#[cfg(not(target_os = "linux"))]
mod listed;
mod probe;
#[cfg(target_os = "linux")]
mod sysfs;
mod usb;
mod watch;

use std::path::PathBuf;

pub use probe::{BAUDS, probe};
pub use usb::{PortUse, modem_maker, port_use, still_storage, vendor_ids};
pub use watch::Watcher;

/// A port at which a modem may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Path, name or address: `/dev/ttyUSB2`, `COM5`, `tcp:127.0.0.1:4101`. Empty for a device without any port.
    pub port: String,
    /// `vendor:product` in hexadecimal; empty: no USB device.
    pub usb: String,
    /// Serial number of the USB device; empty: none, or the one that all devices of this model carry.
    pub usb_serial: String,
    /// What it says it is.
    pub product: String,
    /// The physical device, the same for all of its ports; empty where the system does not tell.
    pub device: String,
    /// What the port is for.
    pub use_for: PortUse,
    /// A modem for sure: opened without asking.
    pub surely_modem: bool,
    /// What a person should know.
    pub note: String,
}

/// Where to look.
#[derive(Debug, Clone)]
pub struct Places {
    /// Folder of the simulators' announcements; `None`: no simulated modems.
    pub announcements: Option<PathBuf>,
    /// Root of the system's device tree, `/sys`; another one in tests.
    pub sysfs: PathBuf,
    /// Folder of the device files, `/dev`.
    pub devices: PathBuf,
}

impl Places {
    /// The machine's own ports, and simulated modems announced in this folder.
    #[must_use]
    pub fn system(announcements: Option<PathBuf>) -> Self {
        Self { announcements, sysfs: PathBuf::from("/sys"), devices: PathBuf::from("/dev") }
    }

    /// Simulated modems only, for tests.
    #[must_use]
    pub fn announced_only(announcements: PathBuf) -> Self {
        let nowhere = announcements.join("nowhere");
        Self { announcements: Some(announcements), sysfs: nowhere.clone(), devices: nowhere }
    }

    /// Every port there is now, best ports of a device first.
    #[must_use]
    pub fn scan(&self) -> Vec<Candidate> {
        let mut found = self.serial();
        if let Some(folder) = &self.announcements {
            found.extend(announced::read(folder));
        }
        found.sort_by(|a, b| (&a.device, a.use_for, &a.port).cmp(&(&b.device, b.use_for, &b.port)));
        found
    }

    #[cfg(target_os = "linux")]
    fn serial(&self) -> Vec<Candidate> {
        sysfs::scan(&self.sysfs, &self.devices)
    }

    #[cfg(not(target_os = "linux"))]
    fn serial(&self) -> Vec<Candidate> {
        // A test's own root has no ports.
        if self.sysfs == std::path::Path::new("/sys") { listed::scan() } else { Vec::new() }
    }
}

/// Note on a modem that is still a CD-ROM.
fn storage_note(maker: &str) -> String {
    format!(
        "a {maker} modem that is still in CD-ROM mode; install usb_modeswitch, then unplug it and plug it in again"
    )
}
