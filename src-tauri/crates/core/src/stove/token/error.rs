//! Why a text is no token: what, at which place, and what to do. The codes are for screens and for clients of the HTTP
//! endpoint, which branch on them; the sentences are for people and logs. None holds a whole token.

use std::fmt;

/// A part of a token, between dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The first of three.
    Header,
    /// What the stove says.
    Payload,
    /// The MAC.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// A field of the payload, by the name the device maker gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// `vs`.
    Version,
    /// `id`.
    Id,
    /// `t`.
    T,
    /// `V`.
    Volts,
    /// `I`.
    Amps,
    /// `P`.
    Watts,
    /// `PF`.
    PowerFactor,
    /// `E`.
    Total,
    /// `EM`.
    Month,
    /// `APIKEY01`.
    Slot,
}

impl Field {
    /// The device maker's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Version => "vs",
            Self::Id => "id",
            Self::T => "t",
            Self::Volts => "V",
            Self::Amps => "I",
            Self::Watts => "P",
            Self::PowerFactor => "PF",
            Self::Total => "E",
            Self::Month => "EM",
            Self::Slot => "APIKEY",
        }
    }

    /// How it is written.
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            Self::Version => "V and two digits",
            Self::Id => "eleven digits",
            Self::T => "nine to eleven digits",
            Self::Volts => "one to three digits",
            Self::Amps => "one or two digits, a point and three decimals",
            Self::Watts => "one to four digits",
            Self::PowerFactor => "one digit, a point and two decimals",
            Self::Total => "one to five digits, a point and three decimals",
            Self::Month => "one to four digits, a point and three decimals",
            Self::Slot => "APIKEY and two digits",
        }
    }
}

/// Why a header is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderRefusal {
    /// No JSON object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// No `alg`.
    #[error("it names no algorithm")]
    NoAlgorithm,
    /// `none`, `RS256` and whatever else is not HS256.
    #[error("its algorithm is `{found}`, not HS256")]
    Algorithm {
        /// The beginning of it.
        found: String,
    },
    /// A `typ` that is not `JWT`.
    #[error("its type is not JWT")]
    Type,
    /// `kid`, `jku`, `jwk` and every other member: headers never choose keys here.
    #[error("it has a member `{name}`")]
    Member {
        /// The beginning of its name.
        name: String,
    },
    /// A member that comes twice.
    #[error("it has two members `{name}`")]
    Twice {
        /// Its name.
        name: String,
    },
}

/// Why a text is no stove's token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but envelope.
    #[error("there is no token in it; scan the stove's code again")]
    Empty,
    /// Longer than [`super::super::framing::INPUT_BYTES_MAX`].
    #[error(
        "{bytes} bytes are more than a stove's token has (at most 512); scan the code on the stove's display"
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A byte outside ASCII.
    #[error(
        "byte {at} is no letter of a token; scan the code on the stove's display, or paste it as it was sent"
    )]
    NotAscii {
        /// Its place, from 0.
        at: usize,
    },
    /// A `%` in a link that is not followed by two hex digits of an ASCII character.
    #[error("the link has a broken `%` at character {at} of its payload; copy the whole link")]
    Percent {
        /// Its place, from 0.
        at: usize,
    },
    /// Not two or three parts.
    #[error(
        "a stove's token has two or three parts between dots, this has {parts}; scan the code on the stove's display"
    )]
    Parts {
        /// How many.
        parts: usize,
    },
    /// A character outside Base64, or `=` in the wrong place.
    #[error("character {at} of the {part} is no base64url; scan the code again")]
    Base64 {
        /// Which part.
        part: Part,
        /// Its place in the part, from 0.
        at: usize,
    },
    /// A part that no bytes encode to: something is missing.
    #[error(
        "the {part} ends after {characters} characters, in the middle of a byte; read the whole token again"
    )]
    CutOff {
        /// Which part.
        part: Part,
        /// Its length.
        characters: usize,
    },
    /// Bits left over that are not zero: the text was changed or cut.
    #[error("the {part} ends in bits that belong to no byte; read the whole token again")]
    TrailingBits {
        /// Which part.
        part: Part,
    },
    /// A header that is not the one there is.
    #[error("the token's header is refused: {0}; stoves sign with HS256 and name no key")]
    Header(#[source] HeaderRefusal),
    /// Not 32 bytes.
    #[error("the signature has {bytes} bytes instead of 32; read the whole token again")]
    SignatureLength {
        /// Its length.
        bytes: usize,
    },
    /// A payload byte that is not printable ASCII.
    #[error("byte {at} of the payload is 0x{byte:02x}, no printable ASCII; this is no stove's token")]
    PayloadByte {
        /// Its place, from 0.
        at: usize,
        /// What it is.
        byte: u8,
    },
    /// Neither six nor ten fields.
    #[error("the payload has {fields} fields; a QR token has 6, a Bluetooth token 10")]
    FieldCount {
        /// How many.
        fields: usize,
    },
    /// A field that is not written as the grammar says.
    #[error("field {number} ({}), at byte {at} of the payload, is `{found}`; it has {}; read the stove again", .field.word(), .field.form())]
    Field {
        /// Which.
        field: Field,
        /// Its number, from 1.
        number: usize,
        /// Where it begins in the payload, from 0.
        at: usize,
        /// The beginning of what stands there.
        found: String,
    },
}

impl TokenError {
    /// A word for screens and clients, which never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "token_empty",
            Self::TooLong { .. } => "token_too_long",
            Self::NotAscii { .. } => "token_not_ascii",
            Self::Percent { .. } => "token_link_broken",
            Self::Parts { .. } => "token_parts",
            Self::Base64 { .. } => "token_base64",
            Self::CutOff { .. } => "token_cut_off",
            Self::TrailingBits { .. } => "token_trailing_bits",
            Self::Header(_) => "token_header",
            Self::SignatureLength { .. } => "token_signature_length",
            Self::PayloadByte { .. } => "token_payload_byte",
            Self::FieldCount { .. } => "token_field_count",
            Self::Field { .. } => "token_field",
        }
    }
}

/// The first 16 characters, with control characters escaped: enough to see what is wrong.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(16).flat_map(char::escape_debug).collect();
    if text.chars().nth(16).is_some() {
        shown.push('…');
    }
    shown
}
