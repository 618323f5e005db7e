//! Serial ports of Linux from its device tree: each tty, the USB interface it belongs to, and the USB device above.

use std::path::{Path, PathBuf};

use super::usb::{PortUse, modem_maker, port_use, still_storage};
use super::{Candidate, storage_note};

/// Looks at every tty, then at USB devices that are modems without one.
pub(super) fn scan(sysfs: &Path, devices: &Path) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = names(&sysfs.join("class/tty"))
        .into_iter()
        .filter_map(|name| tty(&sysfs.join("class/tty").join(&name), &devices.join(&name)))
        .collect();
    found.extend(names(&sysfs.join("bus/usb/devices")).into_iter().filter_map(|name| {
        let folder = sysfs.join("bus/usb/devices").join(name);
        let (vendor, product) = (hex(&folder, "idVendor")?, hex(&folder, "idProduct")?);
        let maker = still_storage(vendor, product)?;
        Some(Candidate {
            port: String::new(),
            usb: format!("{vendor:04x}:{product:04x}"),
            usb_serial: String::new(),
            product: text(&folder, "product"),
            device: real(&folder),
            use_for: PortUse::Other,
            surely_modem: false,
            note: storage_note(maker),
        })
    }));
    found
}

fn tty(class: &Path, device_file: &Path) -> Option<Candidate> {
    // Consoles and ptys have no device behind them.
    let device = std::fs::canonicalize(class.join("device")).ok()?;
    let usb = device.ancestors().find(|folder| folder.join("idVendor").is_file());
    let Some(usb) = usb else {
        // The kernel makes names for UARTs that are not there: type 0.
        let there = std::fs::read_to_string(class.join("type")).is_ok_and(|kind| kind.trim() != "0");
        return there.then(|| plain(device_file));
    };
    let interface = device.ancestors().find(|folder| folder.join("bInterfaceNumber").is_file());
    let (vendor, product) = (hex(usb, "idVendor")?, hex(usb, "idProduct")?);
    let maker = modem_maker(vendor, product);
    let field = |name| {
        interface.and_then(|folder| hex(folder, name)).and_then(|n| u8::try_from(n).ok()).unwrap_or(0xff)
    };
    let class = (field("bInterfaceClass"), field("bInterfaceSubClass"), field("bInterfaceProtocol"));
    let use_for = match maker {
        Some(_) => port_use(vendor, product, field("bInterfaceNumber"), class),
        None => PortUse::Unknown,
    };
    let mut said = [text(usb, "manufacturer"), text(usb, "product")].join(" ").trim().to_owned();
    if said.is_empty() {
        said = maker.unwrap_or("USB serial port").to_owned();
    }
    let note = match (maker, use_for) {
        (Some(_), PortUse::Other) => "a port for diagnosis or positions; never opened".to_owned(),
        (Some(_), PortUse::Commands | PortUse::Dialler | PortUse::Unknown) => String::new(),
        (None, _) => "may be anything; opened only when you say so".to_owned(),
    };
    Some(Candidate {
        port: device_file.to_string_lossy().into_owned(),
        usb: format!("{vendor:04x}:{product:04x}"),
        usb_serial: serial(usb),
        product: said,
        device: real(usb),
        use_for,
        surely_modem: maker.is_some(),
        note,
    })
}

fn plain(device_file: &Path) -> Candidate {
    Candidate {
        port: device_file.to_string_lossy().into_owned(),
        usb: String::new(),
        usb_serial: String::new(),
        product: "serial port".to_owned(),
        device: String::new(),
        use_for: PortUse::Unknown,
        surely_modem: false,
        note: "may be anything; opened only when you say so".to_owned(),
    }
}

/// Serial number, unless it is one that a maker burns into every device.
fn serial(usb: &Path) -> String {
    let serial = text(usb, "serial");
    let alike =
        serial.len() < 6 || serial.starts_with("0123456789") || serial.bytes().all(|byte| byte == b'0');
    if alike { String::new() } else { serial }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn text(folder: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    text.trim().chars().filter(|character| !character.is_control()).take(120).collect()
}

fn hex(folder: &Path, name: &str) -> Option<u16> {
    u16::from_str_radix(std::fs::read_to_string(folder.join(name)).ok()?.trim(), 16).ok()
}

fn real(folder: &Path) -> String {
    std::fs::canonicalize(folder).unwrap_or_else(|_| PathBuf::from(folder)).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of a made-up device tree.
    fn write(root: &Path, path: &str, content: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn usb(root: &Path, bus: &str, ids: (&str, &str), ports: &[(u8, &str)]) {
        let device = format!("devices/usb1/{bus}");
        write(root, &format!("{device}/idVendor"), ids.0);
        write(root, &format!("{device}/idProduct"), ids.1);
        write(root, &format!("{device}/product"), "A modem\n");
        std::fs::create_dir_all(root.join("bus/usb/devices")).unwrap();
        std::os::unix::fs::symlink(root.join(&device), root.join("bus/usb/devices").join(bus)).unwrap();
        for (interface, name) in ports {
            let folder = format!("{device}/{bus}:1.{interface}");
            write(root, &format!("{folder}/bInterfaceNumber"), &format!("{interface:02x}\n"));
            write(root, &format!("{folder}/bInterfaceClass"), "ff\n");
            write(root, &format!("{folder}/{name}/x"), "");
            std::fs::create_dir_all(root.join("class/tty").join(name)).unwrap();
            let link = root.join("class/tty").join(name).join("device");
            std::os::unix::fs::symlink(root.join(&folder).join(name), link).unwrap();
        }
    }

    #[test]
    fn ports_of_a_device_tree() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        usb(root, "1-1", ("2c7c\n", "0125\n"), &[(0, "ttyUSB0"), (2, "ttyUSB1"), (3, "ttyUSB2")]);
        usb(root, "1-2", ("1a86\n", "7523\n"), &[(0, "ttyUSB3")]);
        usb(root, "1-3", ("12d1\n", "1446\n"), &[]);
        write(root, "class/tty/tty1/dev", "4:1");
        let mut found = scan(root, Path::new("/dev"));
        found.sort_by(|a, b| a.port.cmp(&b.port));
        let seen: Vec<(&str, &str, PortUse, bool)> = found
            .iter()
            .map(|one| (one.port.as_str(), one.usb.as_str(), one.use_for, one.surely_modem))
            .collect();
        assert_eq!(
            seen,
            [
                ("", "12d1:1446", PortUse::Other, false),
                ("/dev/ttyUSB0", "2c7c:0125", PortUse::Other, true),
                ("/dev/ttyUSB1", "2c7c:0125", PortUse::Commands, true),
                ("/dev/ttyUSB2", "2c7c:0125", PortUse::Dialler, true),
                ("/dev/ttyUSB3", "1a86:7523", PortUse::Unknown, false),
            ]
        );
        assert!(found[0].note.contains("usb_modeswitch"));
        assert_eq!(found[1].device, found[2].device);
        assert_ne!(found[1].device, found[4].device);
    }
}
