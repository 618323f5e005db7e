//! Which USB devices are surely modems, which of their ports answers AT, and which still play CD-ROM. Taken from the ids
//! that the makers' own drivers claim; a bridge chip (CP210x, CH340, FTDI) says nothing about what hangs on it and is in
//! none of these lists, for it may be a card reader that resets when it is opened.

/// What a port of a modem is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortUse {
    /// Answers AT and gives unasked lines.
    Commands,
    /// Answers AT; unasked lines often go elsewhere, and PPP uses it.
    Dialler,
    /// Not known: tried after the others.
    Unknown,
    /// Diagnosis, positions, sound: never opened, some crash on it.
    Other,
}

/// A vendor whose serial ports belong to modems.
struct Vendor {
    id: u16,
    name: &'static str,
    /// Products that are meant; empty: all.
    only: &'static [u16],
    /// Interface numbers: commands, dialler, others that are no AT ports.
    interfaces: (&'static [u8], &'static [u8], &'static [u8]),
}

const fn vendor(id: u16, name: &'static str) -> Vendor {
    Vendor { id, name, only: &[], interfaces: (&[], &[], &[]) }
}

static VENDORS: [Vendor; 17] = [
    vendor(0x12d1, "Huawei"),
    Vendor { interfaces: (&[1], &[2, 3], &[0]), ..vendor(0x19d2, "ZTE") },
    Vendor { interfaces: (&[2], &[3], &[0, 1]), ..vendor(0x2c7c, "Quectel") },
    Vendor { interfaces: (&[2], &[3], &[0, 1, 4]), ..vendor(0x1e0e, "SIMCom") },
    vendor(0x1bc7, "Telit"),
    Vendor { interfaces: (&[3], &[4], &[0, 2]), ..vendor(0x1199, "Sierra Wireless") },
    // u-blox sells satellite receivers under the same id: cellular products only.
    Vendor {
        only: &[0x1010, 0x1102, 0x1104, 0x1141, 0x1143, 0x1146, 0x1311, 0x1312, 0x1341, 0x1342, 0x1343],
        ..vendor(0x1546, "u-blox")
    },
    vendor(0x1e2d, "Cinterion"),
    vendor(0x2cb7, "Fibocom"),
    vendor(0x2949, "Neoway"),
    vendor(0x2dee, "MeiG"),
    vendor(0x0af0, "Option"),
    vendor(0x1410, "Novatel"),
    vendor(0x1bbb, "Alcatel"),
    vendor(0x1c9e, "Longcheer"),
    vendor(0x0bdb, "Ericsson"),
    // Qualcomm's own id: modules that carry it, not every phone.
    Vendor { only: &[0x9003, 0x9090, 0x9215], ..vendor(0x05c6, "Qualcomm") },
];

/// Devices that show a CD-ROM with drivers before `usb_modeswitch` turns them into a modem.
static STORAGE: [(u16, u16, &str); 15] = [
    (0x12d1, 0x1446, "Huawei"),
    (0x12d1, 0x14fe, "Huawei"),
    (0x12d1, 0x1505, "Huawei"),
    (0x12d1, 0x1520, "Huawei"),
    (0x12d1, 0x1521, "Huawei"),
    (0x12d1, 0x1526, "Huawei"),
    (0x12d1, 0x1f01, "Huawei"),
    (0x19d2, 0x0053, "ZTE"),
    (0x19d2, 0x0154, "ZTE"),
    (0x19d2, 0x2000, "ZTE"),
    (0x19d2, 0xfff5, "ZTE"),
    (0x1199, 0x0fff, "Sierra Wireless"),
    (0x1bbb, 0xf000, "Alcatel"),
    (0x1c9e, 0xf000, "Longcheer"),
    (0x05c6, 0x1000, "Qualcomm"),
];

fn find(vendor: u16, product: u16) -> Option<&'static Vendor> {
    VENDORS.iter().find(|one| one.id == vendor && (one.only.is_empty() || one.only.contains(&product)))
}

/// Maker of a device that is surely a modem; `None`: it may be anything.
#[must_use]
pub fn modem_maker(vendor: u16, product: u16) -> Option<&'static str> {
    if still_storage(vendor, product).is_some() {
        return None;
    }
    find(vendor, product).map(|one| one.name)
}

/// Maker of a modem that still shows itself as a CD-ROM.
#[must_use]
pub fn still_storage(vendor: u16, product: u16) -> Option<&'static str> {
    STORAGE.iter().find(|(v, p, _)| (*v, *p) == (vendor, product)).map(|(_, _, name)| *name)
}

/// What a port is for, by its interface: number, and class, subclass and protocol of its descriptor.
#[must_use]
pub fn port_use(vendor: u16, product: u16, interface: u8, class: (u8, u8, u8)) -> PortUse {
    // Huawei's newer devices say it themselves in the descriptor.
    if let (0x12d1, (0xff, 0x01..=0x03, protocol)) = (vendor, class) {
        return match protocol & 0x0f {
            0x2 => PortUse::Commands,
            0x1 => PortUse::Dialler,
            0x3..=0x6 => PortUse::Other,
            _ => PortUse::Unknown,
        };
    }
    let Some(Vendor { interfaces: (commands, dialler, others), .. }) = find(vendor, product) else {
        return PortUse::Unknown;
    };
    match interface {
        n if commands.contains(&n) => PortUse::Commands,
        n if dialler.contains(&n) => PortUse::Dialler,
        n if others.contains(&n) => PortUse::Other,
        // CDC ACM speaks AT by its protocol (USB CDC PSTN, section 3.4.1).
        _ if class == (0x02, 0x02, 0x01) => PortUse::Commands,
        _ => PortUse::Unknown,
    }
}

/// Vendor ids of the udev rule that keeps ModemManager away.
#[must_use]
pub fn vendor_ids() -> Vec<u16> {
    VENDORS.iter().map(|one| one.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modems_and_what_is_none() {
        assert_eq!(modem_maker(0x12d1, 0x1001), Some("Huawei"));
        assert_eq!(modem_maker(0x12d1, 0x1446), None, "a CD-ROM");
        assert_eq!(still_storage(0x12d1, 0x1446), Some("Huawei"));
        assert_eq!(modem_maker(0x1546, 0x01a8), None, "a satellite receiver");
        assert_eq!(modem_maker(0x1546, 0x1141), Some("u-blox"));
        for (vendor, product) in [(0x10c4, 0xea60), (0x1a86, 0x7523), (0x0403, 0x6001), (0x067b, 0x2303)] {
            assert_eq!(modem_maker(vendor, product), None, "a bridge chip");
        }
    }

    #[test]
    fn ports_of_a_modem() {
        let quectel = |n| port_use(0x2c7c, 0x0125, n, (0xff, 0, 0));
        assert_eq!(
            [quectel(0), quectel(2), quectel(3)],
            [PortUse::Other, PortUse::Commands, PortUse::Dialler]
        );
        let huawei = |protocol| port_use(0x12d1, 0x1506, 0, (0xff, 0x02, protocol));
        assert_eq!(
            [huawei(0x01), huawei(0x12), huawei(0x03)],
            [PortUse::Dialler, PortUse::Commands, PortUse::Other]
        );
        assert_eq!(port_use(0x12d1, 0x1001, 0, (0xff, 0xff, 0xff)), PortUse::Unknown);
        assert_eq!(port_use(0x1e2d, 0x0058, 0, (0x02, 0x02, 0x01)), PortUse::Commands);
    }

    #[test]
    fn the_shipped_rule_names_every_vendor() {
        let rule = include_str!("../../../../packaging/77-gerai-modems.rules");
        for id in vendor_ids() {
            assert!(rule.contains(&format!("ATTRS{{idVendor}}==\"{id:04x}\"")), "{id:04x}");
        }
    }
}
