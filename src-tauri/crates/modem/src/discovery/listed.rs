//! Serial ports where the system lists them itself: Windows and macOS.

use serialport::{SerialPortType, UsbPortInfo};

use super::Candidate;
use super::usb::{PortUse, modem_maker, port_use};

/// Asks the system.
pub(super) fn scan() -> Vec<Candidate> {
    let Ok(ports) = serialport::available_ports() else { return Vec::new() };
    // macOS names every port twice; `tty.` waits for a carrier that no modem gives.
    let ports = ports.into_iter().filter(|port| !port.port_name.starts_with("/dev/tty."));
    ports
        .map(|port| match port.port_type {
            SerialPortType::UsbPort(usb) => of_usb(port.port_name, &usb),
            SerialPortType::PciPort | SerialPortType::BluetoothPort | SerialPortType::Unknown => Candidate {
                port: port.port_name,
                usb: String::new(),
                usb_serial: String::new(),
                product: "serial port".to_owned(),
                device: String::new(),
                use_for: PortUse::Unknown,
                surely_modem: false,
                note: "may be anything; opened only when you say so".to_owned(),
            },
        })
        .collect()
}

fn of_usb(port: String, usb: &UsbPortInfo) -> Candidate {
    let maker = modem_maker(usb.vid, usb.pid);
    let use_for = match (maker, usb.interface) {
        (Some(_), Some(interface)) => port_use(usb.vid, usb.pid, interface, (0, 0, 0)),
        (Some(_), None) | (None, _) => PortUse::Unknown,
    };
    let said = usb.product.clone().or_else(|| usb.manufacturer.clone());
    Candidate {
        port,
        usb: format!("{:04x}:{:04x}", usb.vid, usb.pid),
        usb_serial: usb.serial_number.clone().unwrap_or_default(),
        product: said.unwrap_or_else(|| maker.unwrap_or("USB serial port").to_owned()),
        device: String::new(),
        use_for,
        surely_modem: maker.is_some(),
        note: if maker.is_some() {
            String::new()
        } else {
            "may be anything; opened only when you say so".to_owned()
        },
    }
}
