//! Hexadecimal digits to octets and back, and a reading position that never leaves its slice.

use super::error::{PDU_OCTETS_MAX, PduError};

/// Octets of a line of hexadecimal digits, either case, spaces around it ignored.
pub(crate) fn from_hex(hex: &str) -> Result<Vec<u8>, PduError> {
    let digits = hex.trim().as_bytes();
    if digits.is_empty() {
        return Err(PduError::Empty);
    }
    if let Some(place) = digits.iter().position(|digit| !digit.is_ascii_hexdigit()) {
        return Err(PduError::NotHex(place + 1));
    }
    if !digits.len().is_multiple_of(2) {
        return Err(PduError::OddHex(digits.len()));
    }
    if digits.len() / 2 > PDU_OCTETS_MAX {
        return Err(PduError::Oversized(digits.len() / 2));
    }
    Ok(pairs(digits))
}

/// Octets of a text that is nothing but pairs of hexadecimal digits, and is not empty.
pub(crate) fn hex_pairs(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let hex =
        !digits.is_empty() && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    hex.then(|| pairs(digits))
}

fn pairs(digits: &[u8]) -> Vec<u8> {
    digits.chunks_exact(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect()
}

/// Value of a digit that was checked to be one.
fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10) & 0x0F,
    }
}

/// Appends octets as upper-case hexadecimal digits.
pub(crate) fn push_hex(out: &mut String, octets: &[u8]) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.reserve(octets.len() * 2);
    for octet in octets {
        out.push(DIGITS[usize::from(octet >> 4)]);
        out.push(DIGITS[usize::from(octet & 0x0F)]);
    }
}

/// Octets as upper-case hexadecimal digits.
pub(crate) fn to_hex(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len() * 2);
    push_hex(&mut out, octets);
    out
}

/// A reading position.
#[derive(Clone)]
pub(crate) struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Octets not yet read.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    /// The next `count` octets of the named field.
    pub(crate) fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], PduError> {
        match self.0.split_at_checked(count) {
            Some((taken, rest)) => {
                self.0 = rest;
                Ok(taken)
            }
            None => Err(PduError::Short { field, wanted: count, had: self.0.len() }),
        }
    }

    /// The next octet of the named field.
    pub(crate) fn one(&mut self, field: &'static str) -> Result<u8, PduError> {
        Ok(self.take(1, field)?[0])
    }

    /// The next octets, their number known to the compiler.
    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], PduError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits() {
        assert_eq!(from_hex(" 00fFa1\r\n"), Ok(vec![0x00, 0xFF, 0xA1]));
        assert_eq!(to_hex(&[0x00, 0xFF, 0xA1]), "00FFA1");
        assert_eq!(from_hex(""), Err(PduError::Empty));
        assert_eq!(from_hex("000"), Err(PduError::OddHex(3)));
        assert_eq!(from_hex("00é0"), Err(PduError::NotHex(3)));
        assert_eq!(from_hex(&"00".repeat(513)), Err(PduError::Oversized(513)));
    }

    #[test]
    fn reading_stops_at_the_end() {
        let mut octets = Octets::new(&[1, 2, 3]);
        assert_eq!(octets.take(2, "x"), Ok(&[1, 2][..]));
        assert_eq!(octets.take(2, "x"), Err(PduError::Short { field: "x", wanted: 2, had: 1 }));
        assert_eq!(octets.one("x"), Ok(3));
        assert_eq!(octets.left(), 0);
    }
}
