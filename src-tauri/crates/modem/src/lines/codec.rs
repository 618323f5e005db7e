//! The codecs that the station's lines speak with.

use crate::line::{Codec, EncodedSubmit, UssdForm};
use crate::ussd::{Form, TeCharset};
use crate::{pdu, ussd};

/// PDUs by `pdu`, USSD texts by `ussd`.
#[must_use]
pub fn station_codec() -> Codec {
    Codec {
        submit: |part| {
            let encoded = pdu::submit(part).map_err(|error| error.to_string())?;
            Ok(EncodedSubmit { hex: encoded.hex, length: encoded.length })
        },
        inbound: pdu::inbound,
        ussd_encode: |text, form| {
            let form = match form {
                UssdForm::Plain => Form::Plain,
                UssdForm::Packed => Form::Packed,
                UssdForm::Ucs2 => Form::Ucs2,
            };
            // What can not be written is sent as it is: the modem refuses it, and its answer says so.
            ussd::request(text, form).map_or_else(|_| text.to_owned(), |request| request.text)
        },
        ussd_decode: |text, dcs| ussd::decode(text, dcs, TeCharset::Ira),
    }
}
