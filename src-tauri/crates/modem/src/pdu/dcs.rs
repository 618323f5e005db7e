//! Data coding scheme of a short message (3GPP TS 23.038, section 4). The one of USSD is another: see `crate::ussd`.

use serde::Serialize;

/// How the user data is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// GSM 7-bit alphabet, with the national tables that the header names.
    Gsm7,
    /// 8-bit data: what it means is the application's business.
    Octets,
    /// UCS-2, in practice UTF-16.
    Ucs2,
}

/// What kind of message waits for the subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// 00: voice mail.
    Voicemail,
    /// 01: fax.
    Fax,
    /// 10: electronic mail.
    Email,
    /// 11: other.
    Other,
}

/// A message waiting indication (coding groups 1100, 1101, 1110).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// What waits.
    pub kind: WaitingKind,
    /// Switch the sign on; otherwise off.
    pub active: bool,
    /// The message itself is to be kept.
    pub store: bool,
}

/// A data coding scheme as it stands in TP-DCS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Dcs(pub u8);

impl Dcs {
    /// The scheme that this station sends with. `flash`: message class 0.
    #[must_use]
    pub fn sending(coding: Coding, flash: bool) -> Self {
        let alphabet = match coding {
            Coding::Gsm7 => 0x00,
            Coding::Octets => 0x04,
            Coding::Ucs2 => 0x08,
        };
        Self(alphabet | if flash { 0x10 } else { 0 })
    }

    /// Coding of the user data. Every reserved value is the GSM 7-bit default alphabet, as the standard asks of receivers.
    #[must_use]
    pub fn coding(self) -> Coding {
        match (self.0 >> 4, self.0 >> 2 & 3) {
            (0x0..=0x7, 1) => Coding::Octets,
            (0x0..=0x7, 2) => Coding::Ucs2,
            (0xE, _) => Coding::Ucs2,
            (0xF, 1 | 3) => Coding::Octets,
            (_, _) => Coding::Gsm7,
        }
    }

    /// Message class 0 to 3, when the scheme has one. Class 0 is shown at once ("flash").
    #[must_use]
    pub fn class(self) -> Option<u8> {
        let has_class = match self.0 >> 4 {
            0x0..=0x7 => self.0 & 0x10 != 0,
            0xF => true,
            _ => false,
        };
        has_class.then_some(self.0 & 3)
    }

    /// The user data is compressed (3GPP TS 23.042), which is not undone: the octets are kept.
    #[must_use]
    pub fn compressed(self) -> bool {
        self.0 & 0xA0 == 0x20
    }

    /// Marked for automatic deletion once read (coding group 01xx).
    #[must_use]
    pub fn automatic_deletion(self) -> bool {
        self.0 & 0xC0 == 0x40
    }

    /// A coding group or alphabet that the standard has reserved.
    #[must_use]
    pub fn reserved(self) -> bool {
        match self.0 >> 4 {
            0x0..=0x7 => self.0 & 0x0C == 0x0C,
            0x8..=0xB => true,
            0xC..=0xE => self.0 & 0x04 != 0,
            _ => self.0 & 0x08 != 0,
        }
    }

    /// Message waiting indication, when the scheme is one.
    #[must_use]
    pub fn waiting(self) -> Option<Waiting> {
        let kind = match self.0 & 3 {
            0 => WaitingKind::Voicemail,
            1 => WaitingKind::Fax,
            2 => WaitingKind::Email,
            _ => WaitingKind::Other,
        };
        let store = match self.0 >> 4 {
            0xC => false,
            0xD | 0xE => true,
            _ => return None,
        };
        Some(Waiting { kind, active: self.0 & 0x08 != 0, store })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dcs: u8, coding: Coding, class: Option<u8>) {
        assert_eq!((Dcs(dcs).coding(), Dcs(dcs).class()), (coding, class), "{dcs:#04x}");
    }

    #[test]
    fn general_groups() {
        check(0x00, Coding::Gsm7, None);
        check(0x04, Coding::Octets, None);
        check(0x08, Coding::Ucs2, None);
        check(0x0C, Coding::Gsm7, None);
        check(0x10, Coding::Gsm7, Some(0));
        check(0x11, Coding::Gsm7, Some(1));
        check(0x16, Coding::Octets, Some(2));
        check(0x1B, Coding::Ucs2, Some(3));
        check(0x48, Coding::Ucs2, None);
        check(0x58, Coding::Ucs2, Some(0));
        // Without bit 4 the class bits mean nothing.
        check(0x03, Coding::Gsm7, None);
        assert!(Dcs(0x20).compressed() && Dcs(0x6A).compressed());
        assert!(!Dcs(0x1F).compressed() && !Dcs(0xF0).compressed() && !Dcs(0xA0).compressed());
        assert!(Dcs(0x40).automatic_deletion() && Dcs(0x7F).automatic_deletion());
        assert!(!Dcs(0x00).automatic_deletion() && !Dcs(0xC0).automatic_deletion());
    }

    #[test]
    fn reserved_groups_are_the_default_alphabet() {
        for dcs in 0x80..=0xBF {
            check(dcs, Coding::Gsm7, None);
            assert!(Dcs(dcs).reserved());
        }
    }

    #[test]
    fn message_waiting() {
        check(0xC8, Coding::Gsm7, None);
        check(0xD1, Coding::Gsm7, None);
        check(0xE2, Coding::Ucs2, None);
        let waiting = |kind, active, store| Some(Waiting { kind, active, store });
        assert_eq!(Dcs(0xC8).waiting(), waiting(WaitingKind::Voicemail, true, false));
        assert_eq!(Dcs(0xD1).waiting(), waiting(WaitingKind::Fax, false, true));
        assert_eq!(Dcs(0xEA).waiting(), waiting(WaitingKind::Email, true, true));
        assert_eq!(Dcs(0xCB).waiting(), waiting(WaitingKind::Other, true, false));
        assert_eq!(Dcs(0xF0).waiting(), None);
        assert_eq!(Dcs(0x00).waiting(), None);
    }

    #[test]
    fn class_group() {
        check(0xF0, Coding::Gsm7, Some(0));
        check(0xF5, Coding::Octets, Some(1));
        check(0xF6, Coding::Octets, Some(2));
        check(0xF3, Coding::Gsm7, Some(3));
    }

    #[test]
    fn what_is_sent() {
        assert_eq!(Dcs::sending(Coding::Gsm7, false), Dcs(0x00));
        assert_eq!(Dcs::sending(Coding::Ucs2, true), Dcs(0x18));
        for coding in [Coding::Gsm7, Coding::Octets, Coding::Ucs2] {
            for flash in [false, true] {
                let dcs = Dcs::sending(coding, flash);
                assert_eq!((dcs.coding(), dcs.class()), (coding, flash.then_some(0)));
            }
        }
    }
}
