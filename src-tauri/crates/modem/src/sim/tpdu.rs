//! The few PDUs that a network reads and makes (3GPP TS 23.040): SMS-SUBMIT in, SMS-DELIVER and SMS-STATUS-REPORT out.

use gerai_core::sms::alphabet::{DEFAULT, ESCAPE, EXTENSION, Septets, septets};
use gerai_core::sms::text::{self, Alphabet};
use gerai_core::time::UnixMs;

/// What the network needs of an SMS-SUBMIT.
pub(super) struct Submit {
    pub to: String,
    pub concat: Option<(u16, u8, u8)>,
    pub dcs: u8,
    pub status_report: bool,
    pub text: String,
    /// User data with its header, and its length field, as they go on to the recipient.
    user_length: u8,
    user: Vec<u8>,
    header: bool,
    pid: u8,
}

/// Octets of hexadecimal digits.
pub(super) fn from_hex(hex: &[u8]) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    hex.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

/// Hexadecimal digits of octets.
pub(super) fn to_hex(octets: &[u8]) -> String {
    let mut hex = String::with_capacity(octets.len() * 2);
    for octet in octets {
        hex.push_str(&format!("{octet:02X}"));
    }
    hex
}

fn swapped(digits: &str) -> Vec<u8> {
    let value = |byte: Option<&u8>| byte.map_or(0xF, |byte| byte.wrapping_sub(b'0') & 0xF);
    digits.as_bytes().chunks(2).map(|pair| value(pair.get(1)) << 4 | value(pair.first())).collect()
}

/// An address field: length in semi-octets, type, digits.
fn address(number: &str) -> Vec<u8> {
    if number.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        let packed = pack(&to_septets(number), 0);
        let mut field = vec![u8::try_from(packed.len() * 2).unwrap_or(0), 0xD0];
        field.extend(packed);
        return field;
    }
    let (kind, digits) = number.strip_prefix('+').map_or((0x81, number), |digits| (0x91, digits));
    let mut field = vec![u8::try_from(digits.len()).unwrap_or(0), kind];
    field.extend(swapped(digits));
    field
}

fn to_septets(text: &str) -> Vec<u8> {
    text.chars()
        .flat_map(|character| match septets(character) {
            None => [Some(b'?'), None],
            Some(Septets::One(septet)) => [Some(septet), None],
            Some(Septets::Escaped(septet)) => [Some(ESCAPE), Some(septet)],
        })
        .flatten()
        .collect()
}

fn from_septets(septets: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = septets.iter();
    while let Some(&septet) = rest.next() {
        if septet == ESCAPE {
            let next = rest.next().copied().unwrap_or(0x20);
            let found = EXTENSION.iter().find(|(place, _)| *place == next).map(|(_, character)| *character);
            text.push(found.unwrap_or(DEFAULT[usize::from(next & 0x7F)]));
        } else {
            text.push(DEFAULT[usize::from(septet & 0x7F)]);
        }
    }
    text
}

/// Packs septets, the first after this many fill bits.
pub(super) fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = vec![0_u8; (septets.len() * 7 + fill).div_ceil(8)];
    for (place, septet) in septets.iter().enumerate() {
        let bit = fill + place * 7;
        let wide = u16::from(septet & 0x7F) << (bit % 8);
        octets[bit / 8] |= wide.to_le_bytes()[0];
        if wide > 0xFF {
            octets[bit / 8 + 1] |= wide.to_le_bytes()[1];
        }
    }
    octets
}

fn unpack(octets: &[u8], fill: usize, count: usize) -> Vec<u8> {
    let octet = |place: usize| u16::from(octets.get(place).copied().unwrap_or(0));
    (0..count)
        .map(|place| {
            let bit = fill + place * 7;
            let wide = octet(bit / 8) | octet(bit / 8 + 1) << 8;
            (wide >> (bit % 8)).to_le_bytes()[0] & 0x7F
        })
        .collect()
}

/// USSD texts as packed septets in hexadecimal digits (3GPP TS 23.038, section 6.1.2.3).
pub(super) fn packed_hex(text: &str) -> String {
    let mut units = to_septets(text);
    if units.len() % 8 == 7 {
        units.push(0x0D);
    }
    to_hex(&pack(&units, 0))
}

/// The other way.
pub(super) fn from_packed_hex(hex: &str) -> Option<String> {
    let octets = from_hex(hex.as_bytes())?;
    let mut text = from_septets(&unpack(&octets, 0, octets.len() * 8 / 7));
    if octets.len().is_multiple_of(7) && (text.ends_with('\r') || text.ends_with('@')) {
        text.pop();
    }
    Some(text)
}

impl Submit {
    /// Reads the hexadecimal digits after the prompt; `length` is what `AT+CMGS` announced. `None`: wrong.
    pub fn read(hex: &[u8], length: usize) -> Option<Self> {
        let octets = from_hex(hex.trim_ascii())?;
        let smsc = usize::from(*octets.first()?) + 1;
        let tpdu = octets.get(smsc..)?;
        let first = *tpdu.first()?;
        if tpdu.len() != length || first & 3 != 1 {
            return None;
        }
        let digits = usize::from(*tpdu.get(2)?);
        let kind = *tpdu.get(3)?;
        let rest = 4 + digits.div_ceil(2);
        let mut to = if kind & 0x70 == 0x10 { "+".to_owned() } else { String::new() };
        for place in 0..digits {
            let octet = *tpdu.get(4 + place / 2)?;
            let digit = if place % 2 == 0 { octet & 0xF } else { octet >> 4 };
            to.push(char::from_digit(u32::from(digit), 10)?);
        }
        if digits == 0 || digits > 20 {
            return None;
        }
        let (pid, dcs) = (*tpdu.get(rest)?, *tpdu.get(rest + 1)?);
        let validity = [0, 7, 1, 7][usize::from(first >> 3 & 3)];
        let user_length = *tpdu.get(rest + 2 + validity)?;
        let user = tpdu.get(rest + 3 + validity..)?.to_vec();
        let seven = matches!(dcs & 0xEC, 0x00 | 0x10) || dcs & 0xF4 == 0xF0;
        let wanted =
            if seven { (usize::from(user_length) * 7).div_ceil(8) } else { usize::from(user_length) };
        if user.len() != wanted || wanted > text::USER_DATA_OCTETS {
            return None;
        }
        let header = first & 0x40 != 0;
        let header_octets = if header { usize::from(*user.first()?) + 1 } else { 0 };
        let body = user.get(header_octets..)?;
        let concat = header.then(|| concat(&user[1..header_octets])).flatten();
        let text = if seven {
            let skipped = (header_octets * 8).div_ceil(7);
            let count = usize::from(user_length).checked_sub(skipped)?;
            from_septets(&unpack(body, skipped * 7 - header_octets * 8, count))
        } else if dcs & 0x0C == 0x08 {
            let units: Vec<u16> =
                body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        } else {
            to_hex(body)
        };
        Some(Self { to, concat, dcs, status_report: first & 0x20 != 0, text, user_length, user, header, pid })
    }

    /// The SMS-DELIVER that its recipient gets.
    pub fn deliver(&self, from: &str, at: UnixMs) -> Vec<u8> {
        let mut tpdu = vec![if self.header { 0x44 } else { 0x04 }];
        tpdu.extend(address(from));
        tpdu.extend([self.pid, self.dcs]);
        tpdu.extend(stamp(at));
        tpdu.push(self.user_length);
        tpdu.extend(&self.user);
        tpdu
    }
}

/// Reference, total and sequence of a user data header's elements (section 9.2.3.24).
fn concat(mut elements: &[u8]) -> Option<(u16, u8, u8)> {
    while let [kind, length, rest @ ..] = elements {
        let content = rest.get(..usize::from(*length))?;
        match (kind, content) {
            (0x00, [reference, total, sequence]) => return Some((u16::from(*reference), *total, *sequence)),
            (0x08, [high, low, total, sequence]) => {
                return Some((u16::from_be_bytes([*high, *low]), *total, *sequence));
            }
            _ => elements = &rest[usize::from(*length)..],
        }
    }
    None
}

/// The SMS-DELIVERs of a text, cut into parts where it has to be.
pub(super) fn delivers(from: &str, body: &str, reference: u8, at: UnixMs) -> Vec<Vec<u8>> {
    let Ok(parts) = text::split(body, false) else { return Vec::new() };
    let alphabet = Alphabet::of(body);
    let total = parts.len();
    let part = |(place, part): (usize, &&str)| {
        let header: Vec<u8> = match total {
            1 => Vec::new(),
            _ => [5, 0, 3, reference]
                .into_iter()
                .chain([total, place + 1].map(|n| u8::try_from(n).unwrap_or(0)))
                .collect(),
        };
        let (dcs, length, content) = match alphabet {
            Alphabet::Gsm7 => {
                let units = to_septets(part);
                let skipped = (header.len() * 8).div_ceil(7);
                (0x00, skipped + units.len(), pack(&units, skipped * 7 - header.len() * 8))
            }
            Alphabet::Ucs2 => {
                let octets: Vec<u8> = part.encode_utf16().flat_map(u16::to_be_bytes).collect();
                (0x08, header.len() + octets.len(), octets)
            }
        };
        let mut tpdu = vec![if total > 1 { 0x44 } else { 0x04 }];
        tpdu.extend(address(from));
        tpdu.extend([0, dcs]);
        tpdu.extend(stamp(at));
        tpdu.push(u8::try_from(length).unwrap_or(0));
        tpdu.extend(header);
        tpdu.extend(content);
        tpdu
    };
    parts.iter().enumerate().map(part).collect()
}

/// An SMS-STATUS-REPORT.
pub(super) fn report(reference: u8, to: &str, sent: UnixMs, done: UnixMs, status: u8) -> Vec<u8> {
    let mut tpdu = vec![0x06, reference];
    tpdu.extend(address(to));
    tpdu.extend(stamp(sent));
    tpdu.extend(stamp(done));
    tpdu.push(status);
    tpdu
}

/// A time stamp in WIB (section 9.2.3.11).
fn stamp(at: UnixMs) -> [u8; 7] {
    let text = at.wib_text();
    let pair = |place: usize| text.get(place..place + 2).map_or(0, |two| swapped(two)[0]);
    // 7 hours in quarters: 28, digits swapped.
    [pair(2), pair(5), pair(8), pair(11), pair(14), pair(17), 0x82]
}
