//! Hexadecimal text, both ways.

/// Lower-case hex of `bytes`.
#[must_use]
pub fn lower(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Bytes of an even number of hex digits in either case; `None` for anything else.
#[must_use]
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    Some(digits?.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        assert_eq!(lower(&[0x5A, 0x3F, 0x01, 0xC2]), "5a3f01c2");
        assert_eq!(bytes("5A3f01c2"), Some(vec![0x5A, 0x3F, 0x01, 0xC2]));
        for bad in ["5", "5g", "é", "+1"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }
}
