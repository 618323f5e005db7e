//! The few PDUs that a network makes of what it was given: the codec is `pdu`'s, only the other way round.

use gerai_core::port::lines::Concat;
use gerai_core::sms::text::{self, Alphabet};
use gerai_core::time::UnixMs;

use crate::pdu::octets::{from_hex, to_hex};
use crate::pdu::{
    Address, Coding, Dcs, Deliver, Direction, Header, Report, Stamp, Submit, Tables, Tpdu, UserData, decode,
    encode,
};
use crate::ussd;

/// WIB is seven hours east of UTC.
const WIB_QUARTERS: i8 = 28;

/// An SMS-SUBMIT as it came after the prompt, and whether its service centre is named; `length` is what `AT+CMGS` had
/// announced. `None`: no network would take it.
pub(super) fn read_submit(hex: &[u8], length: usize) -> Option<Submit> {
    let hex = std::str::from_utf8(hex).ok()?;
    let read = decode(hex, Some(length), Direction::ToNetwork).ok()?;
    let octets = from_hex(hex).ok()?;
    // A real modem counts, too; and it wants the service centre's place to be there, be it empty.
    if usize::from(octets[0]) + 1 + length != octets.len() || read.trailing > 0 {
        return None;
    }
    match read.tpdu {
        Tpdu::Submit(submit) if !submit.recipient.number.is_empty() => Some(submit),
        Tpdu::Submit(_) | Tpdu::Deliver(_) | Tpdu::Report(_) => None,
    }
}

/// Reference, total and sequence of a part.
pub(super) fn part(submit: &Submit) -> Option<(u16, u8, u8)> {
    let part = submit.user_data.header.as_ref()?.part()?;
    Some((part.reference, part.total, part.sequence))
}

fn octets(tpdu: &Tpdu) -> Option<Vec<u8>> {
    // Without a service centre its length octet alone stands before.
    let encoded = encode(None, tpdu).ok()?;
    from_hex(encoded.hex.get(2..)?).ok()
}

fn address(number: &str) -> Address {
    if number.chars().any(char::is_alphabetic) {
        Address::alphanumeric(number)
    } else {
        Address::dialled(number)
    }
}

fn deliver(from: &str, protocol: u8, dcs: Dcs, at: UnixMs, user_data: UserData) -> Option<Vec<u8>> {
    octets(&Tpdu::Deliver(Deliver {
        more: false,
        loop_prevention: false,
        status_report: false,
        reply_path: false,
        sender: address(from),
        protocol,
        dcs,
        sent: Stamp::at(at, WIB_QUARTERS),
        user_data,
    }))
}

/// The SMS-DELIVER that the recipient of an SMS-SUBMIT gets.
pub(super) fn passed_on(submit: &Submit, from: &str, at: UnixMs) -> Option<Vec<u8>> {
    deliver(from, submit.protocol, submit.dcs, at, submit.user_data.clone())
}

/// The SMS-DELIVERs of a text, cut into parts where it has to be. `None`: too long, or a sender that can not be.
pub(super) fn delivers(from: &str, body: &str, reference: u8, at: UnixMs) -> Option<Vec<Vec<u8>>> {
    let parts = text::split(body, false).ok()?;
    let alphabet = Alphabet::of(body);
    let total = u8::try_from(parts.len()).ok()?;
    let one = |(place, part): (usize, &&str)| {
        let sequence = u8::try_from(place + 1).ok()?;
        let concat = Concat { reference: u16::from(reference), wide: false, total, sequence };
        let header = (total > 1).then(|| Header::concat(concat));
        let (coding, user_data) = match alphabet {
            Alphabet::Gsm7 => (Coding::Gsm7, UserData::gsm7(part, header).ok()?),
            Alphabet::Ucs2 => (Coding::Ucs2, UserData::ucs2(part, header)),
        };
        deliver(from, 0, Dcs::sending(coding, false), at, user_data)
    };
    parts.iter().enumerate().map(one).collect()
}

/// An SMS-STATUS-REPORT.
pub(super) fn report(reference: u8, to: &Address, sent: UnixMs, done: UnixMs, status: u8) -> Option<Vec<u8>> {
    octets(&Tpdu::Report(Report {
        more: false,
        loop_prevention: false,
        about_command: false,
        reference,
        recipient: to.clone(),
        sent: Stamp::at(sent, WIB_QUARTERS),
        discharged: Stamp::at(done, WIB_QUARTERS),
        status,
        protocol: None,
        dcs: None,
        user_data: None,
    }))
}

/// A USSD text as packed septets in hexadecimal digits.
pub(super) fn packed_hex(text: &str) -> String {
    to_hex(&ussd::request::packed(Tables::DEFAULT.septets(text).unwrap_or_default()))
}

/// The other way; `None`: no hexadecimal digits.
pub(super) fn from_packed_hex(hex: &str) -> Option<String> {
    Some(ussd::decode::packed(&from_hex(hex).ok()?))
}

/// A text as UCS-2 in hexadecimal digits.
pub(super) fn ucs2_hex(text: &str) -> String {
    to_hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

/// The other way; `None`: no UCS-2 in hexadecimal digits.
pub(super) fn from_ucs2_hex(hex: &str) -> Option<String> {
    let octets = from_hex(hex).ok()?;
    let (units, rest) = octets.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
}
