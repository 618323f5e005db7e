//! A USSD request or answer in the form that a modem understands.

use crate::pdu::{Tables, octets, septets};

/// Octets of a USSD string (3GPP TS 24.090: at most 160): 182 septets or 80 UTF-16 units.
pub const REQUEST_OCTETS_MAX: usize = 160;

/// How a modem wants the text of `AT+CUSD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is, in the character set of `AT+CSCS`.
    Plain,
    /// Septets packed into octets, in hexadecimal.
    Packed,
    /// UCS-2 in hexadecimal, under `AT+CSCS="UCS2"`.
    Ucs2,
}

/// Text and scheme for `AT+CUSD=1,"<text>",<dcs>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UssdRequest {
    /// What goes between the quotes. Holds neither a quote nor a control character.
    pub text: String,
    /// Data coding scheme: 15, or 72 for what 7 bits cannot say.
    pub dcs: u8,
}

/// Why a text is no USSD request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UssdError {
    /// Nothing to send.
    #[error("the USSD code is empty; write one like *888#")]
    Empty,
    /// A character that cannot be sent in this form, at this place (counted from 1).
    #[error("character {0} cannot stand in a USSD code sent to this modem")]
    Character(usize),
    /// More than one USSD string holds.
    #[error("{0} octets do not fit into a USSD code (at most {REQUEST_OCTETS_MAX})")]
    TooLong(usize),
}

/// Writes a request. Quotes and control characters are refused in every form: they would end the command.
pub fn request(text: &str, form: Form) -> Result<UssdRequest, UssdError> {
    if text.is_empty() {
        return Err(UssdError::Empty);
    }
    if let Some(place) = text.chars().position(|c| c.is_control() || c == '"') {
        return Err(UssdError::Character(place + 1));
    }
    let septets = Tables::DEFAULT.septets(text);
    let octets = match &septets {
        Ok(septets) => (septets.len() * 7).div_ceil(8),
        Err(_) => text.encode_utf16().count() * 2,
    };
    if octets > REQUEST_OCTETS_MAX {
        return Err(UssdError::TooLong(octets));
    }
    let dcs = if septets.is_ok() { 15 } else { 72 };
    let text = match form {
        // A modem set to IRA or GSM takes ASCII; what lies beyond differs between the two.
        Form::Plain => match text.chars().position(|c| !c.is_ascii()) {
            Some(place) => return Err(UssdError::Character(place + 1)),
            None => text.to_owned(),
        },
        Form::Packed => octets::to_hex(&packed(septets.map_err(UssdError::Character)?)),
        Form::Ucs2 => {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            octets::to_hex(&units)
        }
    };
    Ok(UssdRequest { text, dcs })
}

/// Packs septets with the padding of 3GPP TS 23.038, section 6.1.2.3.1: seven spare bits hold a carriage return, and a
/// carriage return of the text that ends on an octet is doubled, or it would be taken for padding.
pub(crate) fn packed(mut septets: Vec<u8>) -> Vec<u8> {
    match (septets.len() % 8, septets.last()) {
        (7, _) | (0, Some(b'\r')) => septets.push(b'\r'),
        _ => {}
    }
    septets::pack(&septets, 0)
}
