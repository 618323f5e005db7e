//! USSD: what `+CUSD` says and how a request is written (3GPP TS 27.007, section 7.15; coding: 3GPP TS 23.038, section 5).
//! Modems disagree on the form of the text: plain, UCS-2 in hexadecimal, 7-bit packed or octets in hexadecimal, whatever
//! the coding scheme says. The dialogue itself, its deadline and its end belong to the line.

mod coding;
pub(crate) mod decode;
mod notice;
pub(crate) mod request;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use notice::{Notice, complete, parse, reply};
pub use request::{Form, REQUEST_OCTETS_MAX, UssdError, UssdRequest, request};

/// Character set between the station and the modem (`AT+CSCS`, 3GPP TS 27.007, section 5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TeCharset {
    /// `"GSM"`: the GSM 7-bit default alphabet.
    Gsm,
    /// `"IRA"`: ASCII.
    #[default]
    Ira,
    /// `"UCS2"`: every text is written as UCS-2 in hexadecimal.
    Ucs2,
    /// `"HEX"`: every text is written as octets in hexadecimal.
    Hex,
}
