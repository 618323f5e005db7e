//! What a stove's token says, read strictly: every field by the device maker's grammar, at its place, or refused with
//! the place. A token is not judged here: `verify` tells who signed it, `quality` whether its figures make sense.
//! Scanners, the Bluetooth reader, the HTTP endpoint and the command line all decode through [`Token::decode`].

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::framing::{CANONICAL_HEADER, Framing, unframe};
use super::units::{CentiPf, MilliAmps, MilliKwh, UnixS, Volts, Watts};
use crate::hex;

mod error;
mod fields;
mod header;

pub use error::{Field, HeaderRefusal, Part, TokenError};

/// Bytes of an HMAC-SHA256.
pub const SIGNATURE_BYTES: usize = 32;

/// A stove's number: eleven digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoveId([u8; 11]);

impl StoveId {
    /// The number of eleven ASCII digits, or `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 11] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII digits ever get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for StoveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for StoveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoveId({self})")
    }
}

impl Serialize for StoveId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StoveId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a stove's number has eleven digits"))
    }
}

/// The grammar a token was written in: `V` and two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u8);

impl Version {
    /// The only one that is known.
    pub const V01: Self = Self(1);
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V{:02}", self.0)
    }
}

/// The last field, `APIKEY` and two digits: which of its keys the stove says that it used. Told, never trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeySlot(pub u8);

impl fmt::Display for KeySlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "APIKEY{:02}", self.0)
    }
}

/// What a Bluetooth token tells beyond a QR one: means over five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Electrical {
    /// `V`.
    pub volts: Volts,
    /// `I`.
    pub milliamps: MilliAmps,
    /// `P`.
    pub watts: Watts,
    /// `PF`.
    pub centi_pf: CentiPf,
}

/// The figures of a token of version V01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reading {
    /// `t`: when the stove read its meter, by its own clock.
    pub t: UnixS,
    /// `E`: the lifetime counter.
    pub total: MilliKwh,
    /// `EM`: the counter of the running month.
    pub month: MilliKwh,
    /// Only in tokens of the Bluetooth form (ten fields); QR codes have six.
    pub electrical: Option<Electrical>,
    /// The last field.
    pub slot: KeySlot,
}

/// SHA-256 that names a token: the same for its two- and three-part form and whatever was around it.
///
/// It is over `payload.signature`: the payload as received (the MAC is over those bytes), the signature re-encoded
/// without padding. A header that differs from the one stoves leave out changes what the MAC is over, so then it is
/// hashed in front. Hence two inputs with one hash always get one verdict: a forged copy of a genuine token cannot take
/// its place in the database.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// Takes back what [`fmt::Display`] writes; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        hex::bytes(text)?.try_into().ok().map(Self)
    }
}

impl Serialize for TokenHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a token's hash has 64 hex digits"))
    }
}

/// 64 lower-case hex digits.
impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::lower(&self.0))
    }
}

/// The first eight hex digits: enough to find it, not the whole of it.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", hex::lower(&self.0[..4]))
    }
}

/// A token that could be read.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    signing_input: String,
    header_is_canonical: bool,
    payload_text: String,
    signature: [u8; SIGNATURE_BYTES],
    framing: Framing,
    version: Version,
    stove: StoveId,
    reading: Option<Reading>,
}

impl Token {
    /// Reads a token out of what a scanner, a stove, a clipboard or a request gave.
    ///
    /// # Errors
    /// What is wrong and where: see [`TokenError`]. Nothing is guessed and nothing panics.
    pub fn decode(input: &[u8]) -> Result<Self, TokenError> {
        let unframed = unframe(input)?;
        let header = match &unframed.header {
            Some(header) => {
                header::accept(&header.bytes)?;
                header.text.as_str()
            }
            None => CANONICAL_HEADER,
        };
        let signature: [u8; SIGNATURE_BYTES] = unframed
            .signature
            .bytes
            .as_slice()
            .try_into()
            .map_err(|_| TokenError::SignatureLength { bytes: unframed.signature.bytes.len() })?;
        let payload_text = fields::text(unframed.payload.bytes)?;
        let meaning = fields::read(&payload_text)?;
        Ok(Self {
            signing_input: format!("{header}.{}", unframed.payload.text),
            header_is_canonical: header == CANONICAL_HEADER,
            payload_text,
            signature,
            framing: unframed.framing,
            version: meaning.version,
            stove: meaning.stove,
            reading: meaning.reading,
        })
    }

    /// `header.payload` as received, the left-out header put back: what the MAC is over.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The decoded payload: one line of printable ASCII.
    #[must_use]
    pub fn payload_text(&self) -> &str {
        &self.payload_text
    }

    /// The MAC that came with it.
    #[must_use]
    pub fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.signature
    }

    /// What was odd about its envelope.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Its version, known or not.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whose it says it is. Only a valid signature makes that true.
    #[must_use]
    pub fn stove(&self) -> StoveId {
        self.stove
    }

    /// Its figures; `None` when its version is unknown: then it is kept, not guessed at.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// The text to keep and to forward: `payload.signature` as stoves write it, with the header in front only when that
    /// is not the one they leave out. Decoding it gives the same token but for its [`Framing`].
    #[must_use]
    pub fn wire(&self) -> String {
        let signed = if self.header_is_canonical {
            self.signing_input.strip_prefix(CANONICAL_HEADER).map_or("", |rest| &rest[1..])
        } else {
            &self.signing_input
        };
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&self.signature))
    }

    /// Its identity: equal hashes are the same token again.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.wire().as_bytes()).into())
    }
}

/// Tokens are personal data: which stove and which token, not what it says.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} of {}, {:?})", self.version, self.stove, self.hash())
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
