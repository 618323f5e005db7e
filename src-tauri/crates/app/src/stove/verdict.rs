//! Decoding and verifying, before any transaction and off the async threads: bytes in, a token with its verdict out. Nothing
//! here is written down.

use gerai_core::stove::quality::{self, Arrival};
use gerai_core::stove::rotation::Lives;
use gerai_core::stove::verify::verify;
use gerai_core::stove::{Flag, Signature, Token, TokenError, TokenHash};
use gerai_core::time::UnixMs;
use gerai_store::stove::Place;

use super::keys::Known;
use crate::App;
use crate::contract::{ApiError, ErrorCode, ReadMethod, ReadingSource, StovePosition};

/// Something that came in and may be a token.
#[derive(Clone)]
pub struct Arriving {
    /// As it came.
    pub input: Vec<u8>,
    /// How it came in.
    pub source: ReadingSource,
    /// How the stove was read; `None`: as the token's form tells.
    pub method: Option<ReadMethod>,
    /// It was read from the stove just now.
    pub live: bool,
    /// Who read it.
    pub officer: String,
    /// A note.
    pub note: String,
    /// Where, in millionths of a degree.
    pub position: Option<Place>,
}

/// A token whose maker is known, or known to be unknown.
pub(crate) struct Verified {
    pub(crate) token: Token,
    pub(crate) hash: TokenHash,
    pub(crate) signature: Signature,
    /// The stove has a key here.
    pub(crate) registered: bool,
    /// What it proves about a change that is under way.
    pub(crate) lives: Option<Lives>,
    /// Flags of the token alone.
    pub(crate) flags: Vec<Flag>,
    pub(crate) method: ReadMethod,
    pub(crate) from: Arriving,
}

impl App {
    /// Reads and verifies. The outer error: the vault does not give a key that is needed.
    pub(crate) fn judge_token(
        &self,
        arriving: Arriving,
        now: UnixMs,
    ) -> Result<Result<Verified, TokenError>, ApiError> {
        let token = match Token::decode(&arriving.input) {
            Ok(token) => token,
            Err(error) => return Ok(Err(error)),
        };
        let number = token.stove();
        let ring = match self.stove_keys_of(number)? {
            Known::Ring(ring) => Some(ring),
            Known::None => self.stoves.demo.ring(self, number),
            Known::Wanting => {
                self.vault_wanted.notify_one();
                return Err(ApiError::new(
                    ErrorCode::Unavailable,
                    format!(
                        "the vault does not give the key of stove {number}, so its token cannot be checked now"
                    ),
                    "Mend the vault (the health page says how), then read the stove again.",
                ));
            }
        };
        let signature = verify(&token, ring.as_ref().map(|ring| &ring.keys));
        let arrival = if arriving.live { Arrival::Live } else { Arrival::Later };
        let electrical = token.reading().is_some_and(|reading| reading.electrical.is_some());
        let told = if electrical { ReadMethod::Bluetooth } else { ReadMethod::Qrcode };
        Ok(Ok(Verified {
            hash: token.hash(),
            signature,
            registered: ring.is_some(),
            lives: ring.as_ref().and_then(|ring| ring.lives(&token)),
            flags: quality::flags(&token, now, arrival),
            method: arriving.method.unwrap_or(told),
            token,
            from: arriving,
        }))
    }
}

/// A place on the map in millionths of a degree.
pub(crate) fn place(position: Option<StovePosition>) -> Result<Option<Place>, ApiError> {
    let Some(StovePosition { lat, lon }) = position else { return Ok(None) };
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
        return Err(ApiError::invalid(
            "position",
            format!("{lat}, {lon} is no place on earth"),
            "Latitude is −90 to 90, longitude −180 to 180.",
        ));
    }
    #[allow(clippy::cast_possible_truncation, reason = "at most 180 million, checked above")]
    let millionths = |degrees: f64| (degrees * 1e6).round() as i64;
    Ok(Some((millionths(lat), millionths(lon))))
}

/// The way back.
pub(crate) fn position(place: Option<Place>) -> Option<StovePosition> {
    #[allow(clippy::cast_precision_loss, reason = "at most 180 million")]
    let degrees = |millionths: i64| millionths as f64 / 1e6;
    place.map(|(lat, lon)| StovePosition { lat: degrees(lat), lon: degrees(lon) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_and_nonsense_is_refused() {
        let jakarta = StovePosition { lat: -6.175_392, lon: 106.827_153 };
        let stored = place(Some(jakarta)).unwrap();
        assert_eq!(stored, Some((-6_175_392, 106_827_153)));
        assert_eq!(position(stored), Some(jakarta));
        for (lat, lon) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(place(Some(StovePosition { lat, lon })).is_err(), "{lat} {lon}");
        }
    }
}
