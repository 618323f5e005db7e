//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, sections 6.2.1 and 6.2.1.1).

/// Escape to the extension table.
pub const ESCAPE: u8 = 0x1B;

/// The default alphabet, by septet. The place of the escape holds a no-break space, as a receiver without extension
/// tables shows it.
pub const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{a0}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The extension table: the septet after the escape, and its character.
pub const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{c}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// Septets of a character: one, two with the escape, or `None` when the alphabet lacks it.
#[must_use]
pub fn septets(character: char) -> Option<Septets> {
    // Nearly all there is lies in ASCII, at its own place or nearby.
    let plain = match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | ' '..='#' | '%'..='?' | '\n' | '\r' => Some(character as u8),
        // What stands in the escape's place is nobody's character.
        '\u{a0}' => None,
        other => DEFAULT.iter().position(|&c| c == other).and_then(|place| u8::try_from(place).ok()),
    };
    plain.map(Septets::One).or_else(|| {
        EXTENSION.iter().find(|(_, c)| *c == character).map(|(septet, _)| Septets::Escaped(*septet))
    })
}

/// How a character is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Septets {
    /// One septet.
    One(u8),
    /// The escape, then this septet.
    Escaped(u8),
}

impl Septets {
    /// How many septets.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Escaped(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_table_comes_back() {
        for (place, &character) in DEFAULT.iter().enumerate() {
            let want = (place != usize::from(ESCAPE)).then(|| Septets::One(u8::try_from(place).unwrap()));
            assert_eq!(septets(character), want, "{place:#04x}");
        }
        for (septet, character) in EXTENSION {
            assert_eq!(septets(character), Some(Septets::Escaped(septet)));
        }
        for other in ['ç', 'ê', '`', '\t', '中', '\0', '😀'] {
            assert_eq!(septets(other), None, "{other:?}");
        }
    }
}
