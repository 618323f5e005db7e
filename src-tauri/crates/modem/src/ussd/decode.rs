//! Which of the possible readings of a `+CUSD` text makes sense. The coding scheme and the character set decide where they
//! can be believed; where a 7-bit text looks like hexadecimal digits, the reading with the most ordinary characters wins.

use crate::pdu::{Tables, septets};

use super::TeCharset;
use super::coding::{Coding, coding};

/// Longest text that is looked at as hexadecimal digits. A USSD string has at most 160 octets (3GPP TS 24.090).
const HEX_DIGITS_MAX: usize = 2_048;

/// The text of a `+CUSD` as a person reads it, with `\n` between lines. `text` is what stood between the quotes, `dcs` the
/// number behind it, `charset` what `AT+CSCS` was set to.
#[must_use]
pub fn decode(text: &str, dcs: Option<u8>, charset: TeCharset) -> String {
    let coding = coding(dcs);
    let Some(octets) = octets_of(text) else { return plain(text, coding) };
    let read = match coding {
        Coding::Ucs2 { prefix } => ucs2(without_language(&octets, prefix)),
        Coding::Octets => Some(eight_bit(&octets)),
        Coding::Gsm7 { prefix } => match charset {
            TeCharset::Ucs2 => ucs2(&octets),
            TeCharset::Hex => Some(septets_of(&octets)),
            TeCharset::Gsm | TeCharset::Ira => likeliest(text, &octets),
        }
        .map(|text| without_prefix(text, prefix)),
    };
    read.map_or_else(|| plain(text, coding), |text| lines(&text))
}

/// Octets of a text that is nothing but pairs of hexadecimal digits, broken into lines or not.
fn octets_of(text: &str) -> Option<Vec<u8>> {
    let digits: String =
        text.chars().filter(|c| !matches!(c, '\r' | '\n')).take(HEX_DIGITS_MAX + 1).collect();
    if digits.len() > HEX_DIGITS_MAX {
        return None;
    }
    crate::pdu::octets::hex_pairs(&digits)
}

/// Text that the modem has already put into characters.
fn plain(text: &str, coding: Coding) -> String {
    let text = match coding {
        Coding::Gsm7 { prefix } => {
            let text = without_prefix(text.to_owned(), prefix);
            // A modem that does not know the rule of padding makes '@' of seven spare bits.
            let padded = text.chars().count().is_multiple_of(8) && !text.is_empty();
            match text.strip_suffix('@') {
                Some(rest) if padded => rest.to_owned(),
                Some(_) | None => text,
            }
        }
        Coding::Octets | Coding::Ucs2 { .. } => text.to_owned(),
    };
    lines(text.trim_end_matches('\0'))
}

/// `\n` between lines, none at the end: what is left of a padding carriage return.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end_matches('\n').to_owned()
}

/// Text behind the language's letters (scheme 0x10).
fn without_prefix(text: String, prefix: bool) -> String {
    match text.as_bytes() {
        [a, b, b'\r' | b'\n', ..] if prefix && a.is_ascii_lowercase() && b.is_ascii_lowercase() => {
            text[3..].to_owned()
        }
        _ => text,
    }
}

/// Octets behind the language's packed letters (scheme 0x11).
fn without_language(octets: &[u8], prefix: bool) -> &[u8] {
    match octets.split_at_checked(2) {
        Some((language, rest)) if prefix => {
            let letters = septets::unpack(language, 0, 2);
            if letters.iter().all(u8::is_ascii_lowercase) { rest } else { octets }
        }
        Some(_) | None => octets,
    }
}

/// UCS-2, when it can be: whole units, no lone surrogates, no control characters or code points for private use.
fn ucs2(octets: &[u8]) -> Option<String> {
    if !octets.len().is_multiple_of(2) {
        return None;
    }
    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    let possible = |c: char| {
        matches!(c, '\n' | '\r' | '\t' | '\u{c}')
            || !c.is_control() && !matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}')
    };
    text.chars().all(possible).then_some(text)
}

/// One character of the default alphabet to an octet.
fn one_each(octets: &[u8]) -> Option<String> {
    octets.iter().all(|octet| *octet < 0x80).then(|| Tables::DEFAULT.text(octets))
}

/// Septets in hexadecimal: one to an octet, unless packed ones make the more ordinary text.
fn septets_of(octets: &[u8]) -> String {
    let packed = packed(octets);
    one_each(octets).filter(|text| score(text) >= score(&packed)).unwrap_or(packed)
}

/// Septets packed into octets. Their number is not told, so padding is recognised by its rule (3GPP TS 23.038, section
/// 6.1.2.3.1): a carriage return in the last seven bits is padding, and so is a second one behind it.
pub(crate) fn packed(octets: &[u8]) -> String {
    let mut septets = septets::unpack(octets, 0, octets.len() * 8 / 7);
    match (septets.len() % 8, septets.as_slice()) {
        // Zeros in place of the carriage return: an older habit.
        (0, [.., b'\r' | 0]) | (1, [.., b'\r', b'\r']) => {
            septets.pop();
        }
        _ => {}
    }
    Tables::DEFAULT.text(&septets)
}

/// Octets of a scheme that says "8-bit": what networks put there is UCS-2, UTF-8, or one character to an octet.
fn eight_bit(octets: &[u8]) -> String {
    if !octets.is_empty()
        && octets.iter().step_by(2).all(|octet| *octet == 0)
        && let Some(text) = ucs2(octets)
    {
        return text;
    }
    match str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets.iter().copied().map(char::from).collect(),
    }
}

/// The best reading of a text that looks like hexadecimal digits although its scheme says 7-bit; `None`: as it stands.
fn likeliest(text: &str, octets: &[u8]) -> Option<String> {
    // A balance or a number is digits only; packed text without a single A to F is rare.
    let decimal = text.bytes().all(|byte| byte.is_ascii_digit());
    let as_it_stands = if decimal { 90 } else { 55 };
    let readings = [
        ucs2(octets).map(|text| (score_ucs2(&text), text)),
        // A packed text hardly ever keeps the top bit of every octet clear.
        one_each(octets).filter(|text| !decimal && score(text) == 100).map(|text| (110, text)),
        Some(packed(octets)).map(|text| (if decimal { 80 } else { 100 } * score(&text) / 100, text)),
    ];
    let best = readings.into_iter().flatten().max_by_key(|(score, _)| *score)?;
    (best.0 > as_it_stands).then_some(best.1)
}

/// How many of a hundred characters are ordinary ones.
fn score(text: &str) -> usize {
    let ordinary = |c: &char| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '\n' | '\r' | '!' | '#'..='/' | ':'..='?' | '_' | '"')
    };
    text.chars().filter(ordinary).count() * 100 / text.chars().count().max(1)
}

/// The same for UCS-2: all Latin can hardly be chance, one script may be.
fn score_ucs2(text: &str) -> usize {
    if text.chars().all(|c| c < '\u{250}') && score(text) >= 50 {
        return 120;
    }
    // Ideographs count as one block.
    let block = |c: char| match u32::from(c) {
        0x4E00..=0x9FFF => 0x4E,
        code_point => code_point >> 8,
    };
    let mut blocks: Vec<u32> =
        text.chars().map(block).filter(|block| !matches!(block, 0x00 | 0x20 | 0x30)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    // One script, and more than a character or two of it.
    match (blocks.len(), text.chars().count()) {
        (0 | 1, 3..) => 95,
        (0 | 1, _) => 85,
        (2 | 3, 8..) => 70,
        (_, _) => 0,
    }
}
