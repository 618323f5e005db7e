//! Who the modem and the SIM are: maker, model, IMEI, ICCID, IMSI, the SIM's own number. Makers disagree on nearly every
//! one of these commands, so each answer is read for the digits in it.

use super::driver::{Driver, Interrupted};
use crate::at::{Command, text};

/// Longest name of a maker, model or firmware that is kept, characters.
const NAME_CHARS_MAX: usize = 64;

impl Driver {
    pub(super) fn learn_model(&mut self) -> Result<(), Interrupted> {
        self.report.maker = self.name("AT+CGMI")?;
        self.report.model = self.name("AT+CGMM")?;
        self.report.firmware = self.name("AT+CGMR")?;
        Ok(())
    }

    fn name(&mut self, command: &str) -> Result<String, Interrupted> {
        let line = self.ask(Command::bare(command))?.unwrap_or_default();
        // `+CGMI: "huawei"` and `Revision: 1.0` are seen as well as the bare name.
        let bare = if line.starts_with('+') { text(&line, 0) } else { line };
        Ok(bare.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect())
    }

    /// The modem's serial number, and with it what the operator has set.
    pub(super) fn learn_imei(&mut self) -> Result<(), Interrupted> {
        let mut imei = String::new();
        for command in ["AT+CGSN", "AT+GSN", "AT+CGSN=1"] {
            let line = self.ask(Command::bare(command))?.unwrap_or_default();
            // 15 digits; some add the software version, which makes 16.
            if let Some(digits) = digits_of(&line, 14..=17) {
                imei = digits.chars().take(15).collect();
                break;
            }
        }
        if imei.is_empty() {
            imei = if self.start.usb_serial.is_empty() {
                format!("port:{}", self.start.port)
            } else {
                format!("usb:{}", self.start.usb_serial)
            };
        }
        if self.report.key.imei != imei {
            self.report.key.imei.clone_from(&imei);
            self.report.key.iccid.clear();
        }
        self.setup = (self.start.setup_of)(&imei);
        Ok(())
    }

    pub(super) fn learn_iccid(&mut self) -> Result<(), Interrupted> {
        let mut iccid = String::new();
        for command in self.quirks.iccid {
            let ask = ["+CCID", "+ICCID", "+QCCID", "^ICCID", "+ZGETICCID", "#CCID"]
                .iter()
                .fold(Command::bare(*command), |ask, prefix| ask.also(prefix));
            let line = self.ask(ask)?.unwrap_or_default();
            if let Some(digits) = iccid_of(&line) {
                iccid = digits;
                break;
            }
        }
        if iccid.is_empty() {
            // EF-ICCID read from the card itself (3GPP TS 51.011 section 10.1.1): 10 octets, digits swapped in each.
            let line = self.ask(Command::query("AT+CRSM=176,12258,0,0,10"))?.unwrap_or_default();
            iccid = iccid_of(&swapped(&text(&line, 2))).unwrap_or_default();
        }
        self.report.key.iccid = iccid;
        Ok(())
    }

    /// IMSI and the SIM's own number, when it tells.
    pub(super) fn learn_subscriber(&mut self) -> Result<(), Interrupted> {
        let line = self.ask(Command::bare("AT+CIMI"))?.unwrap_or_default();
        self.report.imsi = digits_of(&line, 14..=15).unwrap_or_default();
        let reply = self.patient(&Command::new("AT+CNUM"))?;
        self.report.msisdn = reply
            .lines
            .iter()
            .map(|line| text(line, 1))
            .find(|number| number.len() >= 5 && number.chars().all(|c| c.is_ascii_digit() || c == '+'))
            .unwrap_or_default();
        Ok(())
    }
}

/// The first run of so many digits.
fn digits_of(line: &str, length: std::ops::RangeInclusive<usize>) -> Option<String> {
    line.split(|c: char| !c.is_ascii_digit()).find(|run| length.contains(&run.len())).map(str::to_owned)
}

/// An ICCID is 18 to 20 digits beginning with 89 (ITU-T E.118); some end it with `F`, some swap the digits of each octet.
fn iccid_of(line: &str) -> Option<String> {
    let upper = line.to_ascii_uppercase();
    upper.split(|c: char| !c.is_ascii_digit() && c != 'F').find_map(|run| {
        [run.to_owned(), swapped(run)].into_iter().find_map(|form| {
            let digits = form.trim_end_matches('F');
            let good = (18..=20).contains(&digits.len())
                && digits.starts_with("89")
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            good.then(|| digits.to_owned())
        })
    })
}

fn swapped(digits: &str) -> String {
    let all: Vec<char> = digits.chars().collect();
    all.chunks(2).flat_map(|pair| pair.iter().rev().copied().collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_as_makers_write_them() {
        let imei = |line| digits_of(line, 14..=17);
        assert_eq!(imei("860123456789012").as_deref(), Some("860123456789012"));
        assert_eq!(imei("+CGSN: \"860123456789012\"").as_deref(), Some("860123456789012"));
        assert_eq!(imei("ERROR"), None);
        let want = Some("89620123456789012345".to_owned());
        assert_eq!(iccid_of("+CCID: \"89620123456789012345\""), want);
        assert_eq!(iccid_of("^ICCID: 98261032547698103254"), want);
        assert_eq!(iccid_of("8962012345678901234F").as_deref(), Some("8962012345678901234"));
        assert_eq!(iccid_of("+CCID: 12"), None);
    }
}
