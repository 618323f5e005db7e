//! How a text becomes short messages: its alphabet, its parts, and how much room is left. One set of rules for the encoder,
//! for what a message costs, and for what the console shows while somebody types.

use super::alphabet;

/// Octets of user data in one short message (3GPP TS 23.040, section 9.2.3.16).
pub const USER_DATA_OCTETS: usize = 140;
/// Parts of one message (8-bit counter, 3GPP TS 23.040, section 9.2.3.24.1).
pub const PARTS_MAX: usize = 255;
/// Octets of a user data header with an 8-bit and with a 16-bit concatenation reference, its length octet included.
const HEADER_OCTETS: [usize; 2] = [6, 7];

/// How a text is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// GSM 7-bit default alphabet with its extension table.
    Gsm7,
    /// UCS-2, sent as UTF-16.
    Ucs2,
}

/// Size of a text as short messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// How it is coded: 7-bit when every character fits, so that nothing is lost.
    pub alphabet: Alphabet,
    /// Units in all: septets (7-bit) or UTF-16 units, headers not counted.
    pub units: usize,
    /// Short messages it takes. 1 for an empty text.
    pub parts: usize,
    /// Units that still fit into the last part.
    pub left: usize,
}

/// A text that takes more than 255 parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text takes more than {PARTS_MAX} short messages; shorten it")]
pub struct TooLong;

impl Alphabet {
    /// The alphabet in which nothing of the text is lost.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.chars().all(|character| alphabet::septets(character).is_some()) {
            Self::Gsm7
        } else {
            Self::Ucs2
        }
    }

    /// Units of a character that are never torn apart: an escape and its septet, a pair of surrogates.
    fn units(self, character: char) -> usize {
        match self {
            Self::Gsm7 => alphabet::septets(character).map_or(1, alphabet::Septets::count),
            Self::Ucs2 => character.len_utf16(),
        }
    }

    /// Units that fit beside a header of this many octets.
    #[must_use]
    pub fn room(self, header_octets: usize) -> usize {
        match self {
            Self::Gsm7 => (USER_DATA_OCTETS - header_octets) * 8 / 7,
            Self::Ucs2 => (USER_DATA_OCTETS - header_octets) / 2,
        }
    }
}

/// Measures a text. `wide`: its parts carry 16-bit references.
pub fn measure(text: &str, wide: bool) -> Result<Measure, TooLong> {
    let alphabet = Alphabet::of(text);
    let units: usize = text.chars().map(|character| alphabet.units(character)).sum();
    let alone = alphabet.room(0);
    if units <= alone {
        return Ok(Measure { alphabet, units, parts: 1, left: alone - units });
    }
    let (mut parts, mut used) = (1, 0);
    let room = alphabet.room(HEADER_OCTETS[usize::from(wide)]);
    for character in text.chars() {
        let size = alphabet.units(character);
        if used + size > room {
            parts += 1;
            used = 0;
        }
        used += size;
    }
    if parts > PARTS_MAX { Err(TooLong) } else { Ok(Measure { alphabet, units, parts, left: room - used }) }
}

/// Cuts a text into its parts. `wide`: they carry 16-bit references.
pub fn split(text: &str, wide: bool) -> Result<Vec<&str>, TooLong> {
    let Measure { alphabet, parts, .. } = measure(text, wide)?;
    if parts == 1 {
        return Ok(vec![text]);
    }
    let room = alphabet.room(HEADER_OCTETS[usize::from(wide)]);
    let (mut cut, mut begin, mut used) = (Vec::with_capacity(parts), 0, 0);
    for (place, character) in text.char_indices() {
        let size = alphabet.units(character);
        if used + size > room {
            cut.push(&text[begin..place]);
            (begin, used) = (place, 0);
        }
        used += size;
    }
    cut.push(&text[begin..]);
    Ok(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, alphabet: Alphabet, parts: usize, left: usize) {
        let measured = measure(text, false).unwrap();
        assert_eq!(
            (measured.alphabet, measured.parts, measured.left),
            (alphabet, parts, left),
            "{} chars",
            text.chars().count()
        );
        assert_eq!(split(text, false).unwrap().len(), parts);
    }

    #[test]
    fn sizes_of_texts() {
        check("", Alphabet::Gsm7, 1, 160);
        check(&"a".repeat(160), Alphabet::Gsm7, 1, 0);
        check(&"a".repeat(161), Alphabet::Gsm7, 2, 145);
        check(&"a".repeat(306), Alphabet::Gsm7, 2, 0);
        check(&"a".repeat(307), Alphabet::Gsm7, 3, 152);
        check(&"€".repeat(80), Alphabet::Gsm7, 1, 0);
        check(&"中".repeat(70), Alphabet::Ucs2, 1, 0);
        check(&"中".repeat(71), Alphabet::Ucs2, 2, 63);
        check(&"😀".repeat(35), Alphabet::Ucs2, 1, 0);
        check(&"😀".repeat(36), Alphabet::Ucs2, 2, 61);
        check("nol \0 byte", Alphabet::Ucs2, 1, 60);
    }

    #[test]
    fn an_escape_is_not_torn_from_its_character() {
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(10));
        let parts = split(&text, false).unwrap();
        assert_eq!(parts[0].len(), 152);
        assert!(parts[1].starts_with('€'));
    }

    #[test]
    fn a_wide_reference_takes_a_septet() {
        assert_eq!(measure(&"a".repeat(304), true).unwrap().parts, 2);
        assert_eq!(measure(&"a".repeat(305), true).unwrap().parts, 3);
    }

    #[test]
    fn there_is_an_end() {
        assert!(measure(&"a".repeat(153 * 255), false).is_ok());
        assert_eq!(measure(&"a".repeat(153 * 255 + 1), false), Err(TooLong));
        assert_eq!(split(&"中".repeat(20_000), false), Err(TooLong));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_text(text in "(\\PC|[a-z€^{ ]){0,600}", wide: bool) {
            let parts = split(&text, wide).unwrap();
            prop_assert_eq!(parts.concat(), text.clone());
            let measured = measure(&text, wide).unwrap();
            prop_assert_eq!(parts.len(), measured.parts);
            for part in &parts {
                let units: usize = part.chars().map(|c| measured.alphabet.units(c)).sum();
                let header = if parts.len() == 1 { 0 } else { HEADER_OCTETS[usize::from(wide)] };
                prop_assert!(units <= measured.alphabet.room(header));
            }
        }
    }
}
