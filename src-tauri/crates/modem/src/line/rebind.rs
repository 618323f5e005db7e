//! Takes a USB device off its bus and puts it back, as pulling the plug would, where the system permits it (Linux, as root
//! or with a udev rule).

use crate::port::PortAddress;

/// Re-authorises the USB device behind a serial port. `false`: not possible here; nothing was changed.
#[cfg(target_os = "linux")]
pub(super) fn rebind(port: &PortAddress) -> bool {
    use std::path::{Path, PathBuf};

    let PortAddress::Serial(path) = port else { return false };
    let Ok(real) = std::fs::canonicalize(path) else { return false };
    let Some(name) = real.file_name() else { return false };
    let Ok(device) = std::fs::canonicalize(Path::new("/sys/class/tty").join(name).join("device")) else {
        return false;
    };
    // Up from the interface to the device: the first folder that can be authorised and has a vendor.
    let usb: Option<PathBuf> = device
        .ancestors()
        .find(|folder| folder.join("authorized").exists() && folder.join("idVendor").exists())
        .map(Path::to_path_buf);
    let Some(switch) = usb.map(|folder| folder.join("authorized")) else { return false };
    if std::fs::write(&switch, "0").is_err() {
        return false;
    }
    // A device left unauthorised would be lost until it is pulled: try twice.
    std::fs::write(&switch, "1").or_else(|_| std::fs::write(&switch, "1")).is_ok()
}

/// Not possible on this system.
#[cfg(not(target_os = "linux"))]
pub(super) fn rebind(_port: &PortAddress) -> bool {
    false
}
