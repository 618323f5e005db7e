//! Card identities: the UID that a reader reads (ISO/IEC 14443-3) and the NIM that button readers send.
//! A UID names an account; it proves nothing (anybody can copy one), so limits and freezing carry the risk.

use std::fmt;

/// A card UID: 4, 7 or 10 bytes as upper-case hex (ISO/IEC 14443-3 single, double, triple size).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardUid(String);

/// Why a text is not a card UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UidError {
    /// Not hex digits with the usual separators.
    #[error("a card UID has hex digits only (spaces, `:` and `-` are fine)")]
    NotHex,
    /// Another length than 8, 10, 14 or 20 digits.
    #[error("a card UID has 8, 14 or 20 hex digits (or 10 with its check byte), this has {0}")]
    Length(usize),
    /// Ten digits whose last byte is not the XOR of the four before it.
    #[error("the check byte does not match the card UID: read the card again")]
    CheckByte,
    /// First byte 08 of a 4-byte UID: a random number that changes with each tap (phones do that).
    #[error("this is a random UID (08…), as phones send: it changes with each tap and cannot be a card")]
    Random,
}

impl CardUid {
    /// Reads a UID: separators ` `, `:` and `-` are dropped, digits upper-cased; ten digits are a 4-byte UID with
    /// its check byte (BCC, ISO/IEC 14443-3 §6.5.3), dropped when right.
    pub fn parse(text: &str) -> Result<Self, UidError> {
        let mut digits = String::with_capacity(20);
        for c in text.trim().chars() {
            match c {
                ' ' | ':' | '-' => {}
                c if c.is_ascii_hexdigit() && digits.len() < 21 => digits.push(c.to_ascii_uppercase()),
                c if c.is_ascii_hexdigit() => return Err(UidError::Length(text.len())),
                _ => return Err(UidError::NotHex),
            }
        }
        match digits.len() {
            8 | 14 | 20 => {}
            10 => {
                let bytes = crate::hex::bytes(&digits).ok_or(UidError::NotHex)?;
                if bytes[..4].iter().fold(0, |bcc, byte| bcc ^ byte) != bytes[4] {
                    return Err(UidError::CheckByte);
                }
                digits.truncate(8);
            }
            length => return Err(UidError::Length(length)),
        }
        if digits.len() == 8 && digits.starts_with("08") {
            return Err(UidError::Random);
        }
        Ok(Self(digits))
    }

    /// Upper-case hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What screens show: the last four digits.
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.0)
    }
}

impl fmt::Debug for CardUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardUid(…{})", &self.0[self.0.len() - 4..])
    }
}

/// A student or member number (NIM) that stands for a card: 5 to 15 digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nim(String);

impl Nim {
    /// Reads a NIM; `None` unless it is 5 to 15 digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        ((5..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| Self(text.to_owned()))
    }

    /// Its digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Nim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nim(…{})", &self.0[self.0.len() - 3..])
    }
}

/// The last four characters after four dots; shorter texts are hidden whole.
#[must_use]
pub fn masked(text: &str) -> String {
    let tail: Vec<char> = text.chars().rev().take(4).collect();
    if text.chars().count() <= 4 {
        return "••••".to_owned();
    }
    format!("•••• {}", tail.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Result<&str, UidError>) {
        assert_eq!(CardUid::parse(text).as_ref().map(CardUid::as_str).map_err(|e| *e), want, "{text:?}");
    }

    #[test]
    fn uids_of_all_sizes_and_spellings() {
        check("5A3F01C2", Ok("5A3F01C2"));
        check(" 5a:3f:01:c2\r\n", Ok("5A3F01C2"));
        check("5A-3F-01-C2", Ok("5A3F01C2"));
        check("04A1B2C3D4E5F6", Ok("04A1B2C3D4E5F6"));
        check("0102030405060708090A", Ok("0102030405060708090A"));
    }

    #[test]
    fn check_byte_is_dropped_when_right_and_refused_when_wrong() {
        check("56389904F3", Ok("56389904"));
        check("56389904F4", Err(UidError::CheckByte));
    }

    #[test]
    fn what_is_no_card() {
        check("08A1B2C3", Err(UidError::Random));
        check("08A1B2C3D4E5F6", Ok("08A1B2C3D4E5F6"));
        check("", Err(UidError::Length(0)));
        check("5A3F01C", Err(UidError::Length(7)));
        check("5A3F01CZ", Err(UidError::NotHex));
        check(&"A".repeat(4_000), Err(UidError::Length(4_000)));
    }

    #[test]
    fn debug_and_masks_hide_the_number() {
        let uid = CardUid::parse("5A3F01C2").unwrap();
        assert_eq!(format!("{uid:?} {}", uid.masked()), "CardUid(…01C2) •••• 01C2");
        assert_eq!(masked("123"), "••••");
    }

    #[test]
    fn nim_is_five_to_fifteen_digits() {
        assert_eq!(Nim::parse("13520040").unwrap().as_str(), "13520040");
        for bad in ["1234", "1234567890123456", "1352004A", "", "١٢٣٤٥"] {
            assert_eq!(Nim::parse(bad), None, "{bad}");
        }
    }
}
