//! What a status report says (TP-ST, 3GPP TS 23.040, section 9.2.3.15).

use serde::Serialize;

/// What became of a message, by the class of its TP-ST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusClass {
    /// The phone has it: 0x00, and 0x03 to 0x1F ("transaction completed", reserved or the centre's own).
    Delivered,
    /// The centre is done with it but does not vouch for the phone: 0x01 (passed on, delivery cannot be confirmed) and 0x02
    /// (replaced by a later message). Never counted as delivered.
    Unconfirmed,
    /// 0x20 to 0x3F: not yet; the centre still tries, another report follows.
    Pending,
    /// 0x40 to 0x7F: not delivered, the centre tries no more.
    Failed,
    /// 0x80 to 0xFF: reserved; nothing may be concluded.
    Unknown,
}

/// Class of a TP-ST value.
#[must_use]
pub fn status_class(status: u8) -> StatusClass {
    match status {
        0x01 | 0x02 => StatusClass::Unconfirmed,
        0x00 | 0x03..=0x1F => StatusClass::Delivered,
        0x20..=0x3F => StatusClass::Pending,
        0x40..=0x7F => StatusClass::Failed,
        0x80..=0xFF => StatusClass::Unknown,
    }
}

/// A TP-ST value in words, for people.
#[must_use]
pub fn status_text(status: u8) -> &'static str {
    match status {
        0x00 => "received by the phone",
        0x01 => "passed on by the service centre, which cannot confirm the delivery",
        0x02 => "replaced by the service centre",
        0x03..=0x0F => "completed (reserved value)",
        0x10..=0x1F => "completed (a value of this service centre's own)",
        0x20 | 0x60 => "congestion",
        0x21 | 0x61 => "the phone is busy",
        0x22 | 0x62 => "no response from the phone",
        0x23 | 0x63 => "service rejected",
        0x24 | 0x44 | 0x64 => "quality of service not available",
        0x25 | 0x65 => "error in the phone",
        0x26..=0x2F => "still trying (reserved value)",
        0x30..=0x3F => "still trying (a value of this service centre's own)",
        0x40 => "remote procedure error",
        0x41 => "incompatible destination",
        0x42 => "connection rejected by the phone",
        0x43 => "not obtainable",
        0x45 => "no interworking available",
        0x46 => "validity period expired",
        0x47 => "deleted by the sender",
        0x48 => "deleted by the service centre's administration",
        0x49 => "the message does not exist",
        0x4A..=0x4F => "permanent error (reserved value)",
        0x50..=0x5F => "permanent error (a value of this service centre's own)",
        0x66..=0x6F => "temporary error, given up (reserved value)",
        0x70..=0x7F => "temporary error, given up (a value of this service centre's own)",
        0x80..=0xFF => "reserved value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_class() {
        for status in 0..=u8::MAX {
            let want = match status {
                1 | 2 => StatusClass::Unconfirmed,
                s if s < 0x20 => StatusClass::Delivered,
                s if s < 0x40 => StatusClass::Pending,
                s if s < 0x80 => StatusClass::Failed,
                _ => StatusClass::Unknown,
            };
            assert_eq!(status_class(status), want, "{status:#04x}");
            assert!(!status_text(status).is_empty());
        }
    }

    #[test]
    fn the_words_of_the_common_ones() {
        assert_eq!(status_text(0x46), "validity period expired");
        assert_eq!(status_text(0x22), status_text(0x62));
    }
}
