//! National tables (3GPP TS 23.038, annex A).

use super::*;
use proptest::prelude::*;

fn locking(language: Language) -> Tables {
    Tables { locking: Some(language), single: None }
}

fn single(language: Language) -> Tables {
    Tables { locking: None, single: Some(language) }
}

fn all(tables: Tables) -> String {
    let septets: Vec<u8> = (0..128).filter(|septet| *septet != 0x1B).collect();
    tables.text(&septets)
}

fn all_shifted(tables: Tables) -> String {
    let septets: Vec<u8> =
        (0..128).filter(|septet| *septet != 0x1B).flat_map(|septet| [0x1B, septet]).collect();
    tables.text(&septets)
}

/// Places of each table by hand: the language, the septet, the code point.
#[test]
fn places_of_the_locking_tables() {
    let places = [
        (Language::Turkish, 0x07, 'ı'),
        (Language::Turkish, 0x60, 'ç'),
        (Language::Turkish, 0x41, 'A'),
        (Language::Portuguese, 0x7D, '`'),
        (Language::Portuguese, 0x15, '∞'),
        (Language::Spanish, 0x60, '¿'),
        (Language::Bengali, 0x00, '\u{981}'),
        (Language::Bengali, 0x0F, '\u{98F}'),
        (Language::Bengali, 0x4F, '\u{9BD}'),
        (Language::Bengali, 0x60, '\u{9CE}'),
        (Language::Bengali, 0x7C, '\u{9DC}'),
        (Language::Bengali, 0x3C, ' '),
        (Language::Gujarati, 0x57, '\u{AC5}'),
        (Language::Gujarati, 0x7F, '\u{AF1}'),
        (Language::Hindi, 0x03, '\u{905}'),
        (Language::Hindi, 0x1C, '\u{91B}'),
        (Language::Hindi, 0x24, '\u{921}'),
        (Language::Hindi, 0x28, ')'),
        (Language::Hindi, 0x2A, '\u{925}'),
        (Language::Hindi, 0x2F, '\u{928}'),
        (Language::Hindi, 0x3C, '\u{929}'),
        (Language::Hindi, 0x4E, '\u{93C}'),
        (Language::Hindi, 0x50, '\u{93E}'),
        (Language::Hindi, 0x5F, '\u{94D}'),
        (Language::Hindi, 0x7B, '\u{972}'),
        (Language::Kannada, 0x24, '\u{CA1}'),
        (Language::Kannada, 0x00, ' '),
        (Language::Kannada, 0x60, '\u{CD5}'),
        (Language::Malayalam, 0x48, '\u{D34}'),
        (Language::Malayalam, 0x4E, ' '),
        (Language::Malayalam, 0x7F, '\u{D79}'),
        (Language::Oriya, 0x49, '\u{B35}'),
        (Language::Oriya, 0x60, '\u{B56}'),
        (Language::Punjabi, 0x47, '\u{A33}'),
        (Language::Punjabi, 0x4A, '\u{A36}'),
        (Language::Punjabi, 0x4F, ' '),
        (Language::Tamil, 0x3C, '\u{BA9}'),
        (Language::Tamil, 0x11, ' '),
        (Language::Tamil, 0x7F, '\u{BF9}'),
        (Language::Telugu, 0x10, '\u{C10}'),
        (Language::Telugu, 0x7B, '\u{C56}'),
        (Language::Urdu, 0x00, '\u{627}'),
        (Language::Urdu, 0x1A, '\u{62F}'),
        (Language::Urdu, 0x2F, '\u{698}'),
        (Language::Urdu, 0x58, '\u{621}'),
        (Language::Urdu, 0x7F, '\u{670}'),
        (Language::Urdu, 0x3F, '?'),
    ];
    for (language, septet, want) in places {
        assert_eq!(locking(language).text(&[septet]), want.to_string(), "{language:?} {septet:#04x}");
    }
}

#[test]
fn places_of_the_single_shift_tables() {
    let places = [
        (Language::Turkish, 0x69, 'ı'),
        (Language::Turkish, 0x65, '€'),
        (Language::Spanish, 0x41, 'Á'),
        (Language::Spanish, 0x75, 'ú'),
        (Language::Portuguese, 0x05, 'ê'),
        (Language::Portuguese, 0x7F, 'â'),
        (Language::Portuguese, 0x14, '^'),
        (Language::Bengali, 0x19, '\u{9E6}'),
        (Language::Bengali, 0x23, '\u{9EF}'),
        (Language::Bengali, 0x24, '\u{9DF}'),
        (Language::Bengali, 0x34, '\u{9FA}'),
        (Language::Gujarati, 0x19, '\u{964}'),
        (Language::Gujarati, 0x1C, '\u{AE6}'),
        (Language::Gujarati, 0x25, '\u{AEF}'),
        (Language::Hindi, 0x26, '\u{951}'),
        (Language::Hindi, 0x3A, '\u{971}'),
        (Language::Kannada, 0x2A, '\u{CF2}'),
        (Language::Malayalam, 0x34, '\u{D7F}'),
        (Language::Oriya, 0x2C, '\u{B71}'),
        (Language::Oriya, 0x20, '\u{B6A}'),
        (Language::Punjabi, 0x2D, '\u{A75}'),
        (Language::Tamil, 0x24, '\u{BEE}'),
        (Language::Tamil, 0x2E, '\u{BFA}'),
        (Language::Telugu, 0x1C, '\u{C66}'),
        (Language::Telugu, 0x32, '\u{C7F}'),
        (Language::Urdu, 0x19, '\u{600}'),
        (Language::Urdu, 0x25, '\u{6F9}'),
        (Language::Urdu, 0x3F, '\u{6D4}'),
        (Language::Hindi, 0x41, 'A'),
        (Language::Hindi, 0x00, '@'),
        (Language::Hindi, 0x3C, '['),
        (Language::Hindi, 0x65, '€'),
        // Empty places show what the main table has.
        (Language::Telugu, 0x19, 'Θ'),
        (Language::Gujarati, 0x61, 'a'),
    ];
    for (language, septet, want) in places {
        assert_eq!(single(language).text(&[0x1B, septet]), want.to_string(), "{language:?} {septet:#04x}");
    }
}

/// How many letters beyond ASCII each table has, counted on the pages of the annex: the locking tables of the ten scripts
/// have 80 places less the gaps.
#[test]
fn no_place_is_lost() {
    let letters = |text: String| text.chars().filter(|c| !c.is_ascii()).count();
    let counts = [
        (Language::Bengali, 67),
        (Language::Gujarati, 73),
        (Language::Hindi, 80),
        (Language::Kannada, 73),
        (Language::Malayalam, 73),
        (Language::Oriya, 69),
        (Language::Punjabi, 63),
        (Language::Tamil, 55),
        (Language::Telugu, 73),
        (Language::Urdu, 80),
    ];
    for (language, want) in counts {
        assert_eq!(letters(all(locking(language))), want, "{language:?}");
        let mut seen: Vec<char> = all(locking(language)).chars().filter(|c| *c != ' ').collect();
        seen.sort_unstable();
        let before = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), before, "{language:?} has a character twice");
    }
    // Every single shift table keeps the signs of the default extension table.
    for language in Language::ALL {
        let shifted = all_shifted(single(language));
        assert!("^{}\\[~]|€".chars().all(|sign| shifted.contains(sign)), "{language:?}");
    }
}

#[test]
fn the_header_chooses_the_tables() {
    // UDH 03 25 01 01 (locking, Turkish): 4 octets = 32 bits, 5 septets, 3 fill bits; 60 is ç: 110_0000 << 3 = 0300.
    let read = deliver(&deliver_with("44", "00", "06 03250101 0003".replace(' ', "").as_str()));
    assert_eq!(read.user_data.text(), "ç");
    // Both: 06 24 01 03 25 01 03, 7 octets = 8 septets. 1B 41 = À, 60 = ~: 9B 20 18 with 41 << 7, 60 << 14.
    let read = deliver(&deliver_with("44", "00", "0B 06240103250103 9B2018".replace(' ', "").as_str()));
    assert_eq!(read.user_data.text(), "À~");
    // A reserved language is the default alphabet.
    let read = deliver(&deliver_with("44", "00", "06 0325017F 0003".replace(' ', "").as_str()));
    assert_eq!(read.user_data.text(), "¿");
    assert_eq!(Language::from_code(0), None);
    assert_eq!(Language::from_code(14), None);
}

proptest! {
    #[test]
    fn text_in_any_table_comes_back(locking in 0_u8..14, single in 0_u8..14, septets in prop::collection::vec(0_u8..128, 0..40)) {
        let tables = Tables { locking: Language::from_code(locking), single: Language::from_code(single) };
        let text = tables.text(&septets);
        // A place that shows a space for want of anything better has a space only when the tables have one, as all do.
        let again = tables.septets(&text).unwrap();
        prop_assert_eq!(tables.text(&again), text);
    }
}
