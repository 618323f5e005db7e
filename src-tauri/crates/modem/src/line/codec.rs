//! The seam to the PDU and USSD codecs: what the line needs of them, as plain functions, so that the dialogue can be tested
//! without them.

use gerai_core::port::lines::{InboundContent, SubmitPart};
use gerai_core::secret::Secret;

/// An SMS-SUBMIT ready for `AT+CMGS`.
pub struct EncodedSubmit {
    /// Service centre address and TPDU in hexadecimal.
    pub hex: Secret<String>,
    /// Octets of the TPDU alone (3GPP TS 27.005 section 3.5.1).
    pub length: usize,
}

/// How a modem wants the text of `AT+CUSD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UssdForm {
    /// As it is.
    Plain,
    /// Packed 7-bit septets in hexadecimal (Huawei).
    Packed,
    /// UCS-2 in hexadecimal.
    Ucs2,
}

/// The codecs.
#[derive(Clone, Copy)]
pub struct Codec {
    /// Encodes a part; the error is a sentence without the text.
    pub submit: fn(&SubmitPart) -> Result<EncodedSubmit, String>,
    /// Decodes a PDU in hexadecimal; the TPDU length as the modem declared it.
    pub inbound: fn(&str, Option<usize>) -> InboundContent,
    /// Encodes a USSD text.
    pub ussd_encode: fn(&str, UssdForm) -> String,
    /// Decodes a USSD text by its data coding scheme.
    pub ussd_decode: fn(&str, Option<u8>) -> String,
}
