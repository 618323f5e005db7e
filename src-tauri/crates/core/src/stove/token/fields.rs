//! The payload, field by field. The device maker writes both `;` and `:` between fields, so either separates; one more
//! may stand at the end.

use super::error::{Field, TokenError, excerpt};
use super::{
    CentiPf, Electrical, KeySlot, MilliAmps, MilliKwh, Reading, StoveId, UnixS, Version, Volts, Watts,
};

/// What a payload says.
pub(super) struct Meaning {
    pub version: Version,
    pub stove: StoveId,
    pub reading: Option<Reading>,
}

/// The payload as text: printable ASCII only.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, TokenError> {
    match bytes.iter().position(|byte| !(b' '..=b'~').contains(byte)) {
        Some(at) => Err(TokenError::PayloadByte { at, byte: bytes[at] }),
        // Cannot fail: all of it is ASCII.
        None => String::from_utf8(bytes).map_err(|_| TokenError::Empty),
    }
}

/// The fields of one payload with their places.
struct Fields<'a>(Vec<(usize, &'a str)>);

impl<'a> Fields<'a> {
    fn split(payload: &'a str) -> Self {
        let body = payload.strip_suffix([';', ':']).unwrap_or(payload);
        let mut at = 0;
        let place = |field: &'a str| {
            let begins = at;
            at += field.len() + 1;
            (begins, field)
        };
        Self(body.split([';', ':']).map(place).collect())
    }

    /// The field at this place (from 0), read by `read`.
    fn get<T>(&self, index: usize, field: Field, read: impl Fn(&str) -> Option<T>) -> Result<T, TokenError> {
        let Some((at, text)) = self.0.get(index).copied() else {
            return Err(TokenError::FieldCount { fields: self.0.len() });
        };
        read(text).ok_or_else(|| TokenError::Field { field, number: index + 1, at, found: excerpt(text) })
    }
}

/// Two digits after a prefix.
fn numbered(text: &str, prefix: &str) -> Option<u8> {
    let digits = text.strip_prefix(prefix)?;
    let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Reads a payload. A version that is not known still begins with version and id, as every key and every row needs the
/// stove it belongs to; the rest of it is kept unread.
pub(super) fn read(payload: &str) -> Result<Meaning, TokenError> {
    let fields = Fields::split(payload);
    let version = fields.get(0, Field::Version, |text| numbered(text, "V").map(Version))?;
    let stove = fields.get(1, Field::Id, StoveId::parse)?;
    let reading = if version == Version::V01 { Some(figures(&fields)?) } else { None };
    Ok(Meaning { version, stove, reading })
}

/// The figures of V01: six fields, or ten with what Bluetooth adds after the time.
fn figures(fields: &Fields<'_>) -> Result<Reading, TokenError> {
    let added = match fields.0.len() {
        6 => 0,
        10 => 4,
        fields => return Err(TokenError::FieldCount { fields }),
    };
    let t = fields.get(2, Field::T, UnixS::parse)?;
    let electrical = if added == 0 {
        None
    } else {
        Some(Electrical {
            volts: fields.get(3, Field::Volts, Volts::parse)?,
            milliamps: fields.get(4, Field::Amps, MilliAmps::parse)?,
            watts: fields.get(5, Field::Watts, Watts::parse)?,
            centi_pf: fields.get(6, Field::PowerFactor, CentiPf::parse)?,
        })
    };
    Ok(Reading {
        t,
        electrical,
        total: fields.get(3 + added, Field::Total, MilliKwh::total)?,
        month: fields.get(4 + added, Field::Month, MilliKwh::of_month)?,
        slot: fields.get(5 + added, Field::Slot, |text| numbered(text, "APIKEY").map(KeySlot))?,
    })
}
