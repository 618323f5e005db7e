//! What differs between makers. Everything else is tried in the standard way with fallbacks, so that an unknown modem works.

use crate::ussd::Form;

/// A maker's habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quirks {
    /// For tests and the log.
    pub(super) name: &'static str,
    /// Sent early in the initialisation; refused ones do not matter.
    pub(super) early: &'static [&'static str],
    /// Asks for the ICCID, tried in this order.
    pub(super) iccid: &'static [&'static str],
    /// Asks how many tries of the PIN are left, and the place of that number in the answer, counted from 0.
    pub(super) tries: Option<(&'static str, usize)>,
    /// `+CMT` and `+CDS` may be asked for directly under `AT+CSMS=1`.
    pub(super) direct: bool,
    /// `AT+CMGL` is known to hang: messages are read by index.
    pub(super) lists: bool,
    /// How `AT+CUSD` wants its text.
    pub(super) ussd: Form,
}

const GENERIC: Quirks = Quirks {
    name: "generic",
    early: &[],
    iccid: &["AT+CCID", "AT+ICCID", "AT^ICCID?"],
    tries: Some(("AT+CPINR=\"SIM PIN\"", 1)),
    direct: true,
    lists: true,
    ussd: Form::Plain,
};

/// Finds the habits by maker (`AT+CGMI`), model (`AT+CGMM`) and `vendor:product` of the USB device.
pub(super) fn quirks(maker: &str, model: &str, usb: &str) -> Quirks {
    let maker = maker.to_ascii_lowercase();
    let vendor = usb.split(':').next().unwrap_or("").to_ascii_lowercase();
    let is = |names: &[&str], ids: &[&str]| {
        names.iter().any(|name| maker.contains(name)) || (maker.is_empty() && ids.contains(&vendor.as_str()))
    };
    if is(&["huawei"], &["12d1"]) {
        // E1xx sticks report signal and data rate several times a second, and hang in CMGL now and then.
        return Quirks {
            name: "huawei",
            // Mode 1 is the one in which all of them want and give packed septets.
            early: &["AT^CURC=0", "AT^USSDMODE=1"],
            iccid: &["AT^ICCID?", "AT+CCID", "AT+ICCID"],
            tries: Some(("AT^CPIN?", 3)),
            lists: false,
            ussd: Form::Packed,
            ..GENERIC
        };
    }
    if is(&["zte"], &["19d2"]) {
        return Quirks {
            name: "zte",
            early: &["AT+ZOPRT=5"],
            iccid: &["AT+ZGETICCID", "AT+CCID", "AT+ICCID"],
            tries: Some(("AT+ZPINPUK=?", 0)),
            direct: false,
            ..GENERIC
        };
    }
    if is(&["simcom", "sim com"], &["1e0e"]) || model.to_ascii_uppercase().starts_with("SIM") {
        return Quirks {
            name: "simcom",
            early: &["AT+CFGRI=0"],
            iccid: &["AT+CICCID", "AT+CCID"],
            tries: Some(("AT+SPIC", 0)),
            ..GENERIC
        };
    }
    if is(&["quectel"], &["2c7c"]) {
        return Quirks {
            name: "quectel",
            early: &["AT+QURCCFG=\"urcport\",\"usbat\""],
            iccid: &["AT+QCCID", "AT+CCID"],
            tries: Some(("AT+QPINC=\"SC\"", 1)),
            ..GENERIC
        };
    }
    if is(&["wavecom", "sierra"], &["1199", "114f"]) {
        return Quirks {
            name: "wavecom",
            early: &["AT+WIND=0"],
            iccid: &["AT+CCID", "AT!ICCID?"],
            tries: Some(("AT+CPINC?", 0)),
            ..GENERIC
        };
    }
    if is(&["telit"], &["1bc7"]) {
        return Quirks {
            name: "telit",
            early: &["AT#SMSMODE=0"],
            iccid: &["AT#CCID", "AT+CCID"],
            tries: Some(("AT#PCT", 0)),
            ..GENERIC
        };
    }
    GENERIC
}

#[cfg(test)]
mod tests {
    use super::quirks;

    #[test]
    fn makers_are_known_by_name_or_usb_id() {
        let name = |maker, model, usb| quirks(maker, model, usb).name;
        assert_eq!(name("huawei", "E173", ""), "huawei");
        assert_eq!(name("HUAWEI TECHNOLOGIES", "E3372", "12d1:1506"), "huawei");
        assert_eq!(name("", "", "19D2:0031"), "zte");
        assert_eq!(name("ZTE INCORPORATED", "MF190", ""), "zte");
        assert_eq!(name("SIMCOM_Ltd", "SIMCOM_SIM800L", ""), "simcom");
        assert_eq!(name("Quectel", "EC25", ""), "quectel");
        assert_eq!(name("WAVECOM MODEM", "MULTIBAND 900E 1800", ""), "wavecom");
        assert_eq!(name("Sierra Wireless, Inc.", "MC7455", ""), "wavecom");
        assert_eq!(name("Telit", "GE910", ""), "telit");
        assert_eq!(name("Nokia", "CS-19", ""), "generic");
    }
}
