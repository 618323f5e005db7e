//! The alphabets that septets stand for: the default one and the national tables (3GPP TS 23.038, annex A), chosen by the
//! user data header. Ten of the scripts share one layout, so each is written down as what sets it apart.

use gerai_core::sms::alphabet::{self, DEFAULT, ESCAPE, EXTENSION, Septets};
use serde::Serialize;

use super::scripts::{
    LOCKING_FREE, SINGLE_FREE, Script, URDU_LOCKING, character, fixed_locking, fixed_single, free_place,
};

/// National language identifier (3GPP TS 23.038, section 6.2.1.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is the language it is named after")]
pub enum Language {
    Turkish = 1,
    Spanish = 2,
    Portuguese = 3,
    Bengali = 4,
    Gujarati = 5,
    Hindi = 6,
    Kannada = 7,
    Malayalam = 8,
    Oriya = 9,
    Punjabi = 10,
    Tamil = 11,
    Telugu = 12,
    Urdu = 13,
}

impl Language {
    /// All there are, by identifier.
    pub const ALL: [Self; 13] = [
        Self::Turkish,
        Self::Spanish,
        Self::Portuguese,
        Self::Bengali,
        Self::Gujarati,
        Self::Hindi,
        Self::Kannada,
        Self::Malayalam,
        Self::Oriya,
        Self::Punjabi,
        Self::Tamil,
        Self::Telugu,
        Self::Urdu,
    ];

    /// The language of an identifier; `None` for 0 and reserved ones, which mean the default table.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Its identifier, 1 to 13.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// The pair of tables that a text is written in. `None`: the default one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tables {
    /// Locking shift table: stands in place of the default alphabet.
    pub locking: Option<Language>,
    /// Single shift table: for the one septet after an escape.
    pub single: Option<Language>,
}

impl Tables {
    /// The default alphabet with its extension table.
    pub const DEFAULT: Self = Self { locking: None, single: None };

    /// Text of septets. A place that a table leaves empty is a space; an escape before a place that the single shift table
    /// leaves empty shows the character of the main table (section 6.2.1.1), an escape alone or twice a space.
    #[must_use]
    pub fn text(self, septets: &[u8]) -> String {
        let mut text = String::with_capacity(septets.len() * 2);
        let mut escaped = false;
        for &septet in septets {
            match (escaped, septet) {
                (false, ESCAPE) => escaped = true,
                (true, ESCAPE) => {
                    text.push(' ');
                    escaped = false;
                }
                (true, _) => {
                    let shown = self.shifted(septet).or_else(|| self.plain(septet));
                    text.push(shown.unwrap_or(' '));
                    escaped = false;
                }
                (false, _) => text.push(self.plain(septet).unwrap_or(' ')),
            }
        }
        if escaped {
            text.push(' ');
        }
        text
    }

    /// Septets of a text, or the place (counted from 1) of the first character that the tables lack.
    pub fn septets(self, text: &str) -> Result<Vec<u8>, usize> {
        let mut septets = Vec::with_capacity(text.len());
        for (place, character) in text.chars().enumerate() {
            match self.coded(character) {
                Some(Septets::One(septet)) => septets.push(septet),
                Some(Septets::Escaped(septet)) => septets.extend([ESCAPE, septet]),
                None => return Err(place + 1),
            }
        }
        Ok(septets)
    }

    fn coded(self, character: char) -> Option<Septets> {
        if self == Self::DEFAULT {
            return alphabet::septets(character);
        }
        let all = || (0..=0x7F_u8).filter(|septet| *septet != ESCAPE);
        let plain = all().find(|septet| self.plain(*septet) == Some(character)).map(Septets::One);
        plain.or_else(|| all().find(|septet| self.shifted(*septet) == Some(character)).map(Septets::Escaped))
    }

    /// Character of a septet in the main table.
    fn plain(self, septet: u8) -> Option<char> {
        let default = || DEFAULT.get(usize::from(septet)).copied();
        match self.locking {
            None | Some(Language::Spanish) => default(),
            Some(Language::Turkish) => replaced(TURKISH_LOCKING, septet).or_else(default),
            Some(Language::Portuguese) => replaced(PORTUGUESE_LOCKING, septet).or_else(default),
            Some(Language::Urdu) => match free_place(LOCKING_FREE, septet) {
                Some(place) => URDU_LOCKING.get(place).and_then(|low| character(0x0600, *low)),
                None => fixed_locking(septet),
            },
            Some(
                language @ (Language::Bengali
                | Language::Gujarati
                | Language::Hindi
                | Language::Kannada
                | Language::Malayalam
                | Language::Oriya
                | Language::Punjabi
                | Language::Tamil
                | Language::Telugu),
            ) => match free_place(LOCKING_FREE, septet) {
                Some(place) => Script::of(language)?.locking(place),
                None => fixed_locking(septet),
            },
        }
    }

    /// Character of a septet after the escape.
    fn shifted(self, septet: u8) -> Option<char> {
        let default = || replaced(&EXTENSION, septet);
        match self.single {
            None => default(),
            Some(Language::Turkish) => replaced(TURKISH_SINGLE, septet).or_else(default),
            Some(Language::Spanish) => replaced(SPANISH_SINGLE, septet).or_else(default),
            Some(Language::Portuguese) => replaced(PORTUGUESE_SINGLE, septet).or_else(default),
            Some(
                language @ (Language::Bengali
                | Language::Gujarati
                | Language::Hindi
                | Language::Kannada
                | Language::Malayalam
                | Language::Oriya
                | Language::Punjabi
                | Language::Tamil
                | Language::Telugu
                | Language::Urdu),
            ) => match free_place(SINGLE_FREE, septet) {
                Some(place) => Script::of(language)?.single(place),
                None => fixed_single(septet).or_else(default),
            },
        }
    }
}

/// What differs from a table, by septet.
type Replacements = &'static [(u8, char)];

fn replaced(table: &[(u8, char)], septet: u8) -> Option<char> {
    table.iter().find(|(place, _)| *place == septet).map(|(_, character)| *character)
}

/// Section A.3.1, against the default alphabet.
const TURKISH_LOCKING: Replacements =
    &[(0x04, '€'), (0x07, 'ı'), (0x0B, 'Ğ'), (0x0C, 'ğ'), (0x1C, 'Ş'), (0x1D, 'ş'), (0x40, 'İ'), (0x60, 'ç')];
/// Section A.3.3, against the default alphabet.
#[rustfmt::skip]
const PORTUGUESE_LOCKING: Replacements = &[
    (0x04, 'ê'), (0x06, 'ú'), (0x07, 'í'), (0x08, 'ó'), (0x09, 'ç'), (0x0B, 'Ô'), (0x0C, 'ô'), (0x0E, 'Á'),
    (0x0F, 'á'), (0x12, 'ª'), (0x13, 'Ç'), (0x14, 'À'), (0x15, '∞'), (0x16, '^'), (0x17, '\\'), (0x18, '€'),
    (0x19, 'Ó'), (0x1A, '|'), (0x1C, 'Â'), (0x1D, 'â'), (0x1E, 'Ê'), (0x24, 'º'), (0x40, 'Í'), (0x5B, 'Ã'),
    (0x5C, 'Õ'), (0x5D, 'Ú'), (0x60, '~'), (0x7B, 'ã'), (0x7C, 'õ'), (0x7D, '`'),
];
/// Section A.2.1, beside the default extension table.
const TURKISH_SINGLE: Replacements =
    &[(0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş')];
/// Section A.2.2, beside the default extension table.
#[rustfmt::skip]
const SPANISH_SINGLE: Replacements = &[
    (0x09, 'ç'), (0x41, 'Á'), (0x49, 'Í'), (0x4F, 'Ó'), (0x55, 'Ú'), (0x61, 'á'), (0x69, 'í'), (0x6F, 'ó'),
    (0x75, 'ú'),
];
/// Section A.2.3, beside the default extension table.
#[rustfmt::skip]
const PORTUGUESE_SINGLE: Replacements = &[
    (0x05, 'ê'), (0x09, 'ç'), (0x0B, 'Ô'), (0x0C, 'ô'), (0x0E, 'Á'), (0x0F, 'á'), (0x12, 'Φ'), (0x13, 'Γ'),
    (0x15, 'Ω'), (0x16, 'Π'), (0x17, 'Ψ'), (0x18, 'Σ'), (0x19, 'Θ'), (0x1F, 'Ê'), (0x41, 'À'), (0x49, 'Í'),
    (0x4F, 'Ó'), (0x55, 'Ú'), (0x5B, 'Ã'), (0x5C, 'Õ'), (0x61, 'Â'), (0x69, 'í'), (0x6F, 'ó'), (0x75, 'ú'),
    (0x7B, 'ã'), (0x7C, 'õ'), (0x7F, 'â'),
];
