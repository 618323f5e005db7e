//! Who made a token: HMAC-SHA256 (RFC 7515, HS256) over its bytes as received, with the keys of the stove it names. The
//! header never chooses a key. Never a verdict on the figures: that is `quality`.
//!
//! The MAC is computed with the crates `hmac` and `sha2` themselves. `jsonwebtoken` finds its cryptography through one
//! provider per process, which panics where none was installed; rules without I/O must not depend on what a process did
//! before, and the station's provider is made of these two crates anyhow.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::framing::CANONICAL_HEADER;
use super::token::{SIGNATURE_BYTES, Token};
use crate::secret::Secret;

/// Secrets that anyone can look up. A token signed with one proves nothing about who made it.
///
/// The defaults of jwt.io over the years, what tutorials use, the key of RFC 7515 appendix A.1, no key at all, and the
/// one in the stove maker's own document.
const PUBLIC_SECRETS: [&str; 14] = [
    "your-256-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "your-384-bit-secret",
    "your-512-bit-secret",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "secret",
    "secretkey",
    "secret-key",
    "your-secret-key",
    "your_jwt_secret",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "",
    "spat9uv8choh4pl2lhewA3otrabldrUqasep",
];

/// Shorter secrets are warned about: the device maker asks for at least 32 characters.
pub const SECRET_BYTES_MIN: usize = 32;

/// The verdict on a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// Signed with the stove's key.
    Valid,
    /// Signed with the key that the stove had before; it has not taken the newer one.
    ValidPreviousKey,
    /// Signed with the key that is being written to the stove: it has taken it.
    ValidPendingKey,
    /// Signed with a secret that anyone can look up: an alarm, never genuine.
    DemoKey,
    /// None of the stove's keys made it.
    Invalid,
    /// No key of this stove is registered here.
    UnknownStove,
}

impl Signature {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Valid,
        Self::ValidPreviousKey,
        Self::ValidPendingKey,
        Self::DemoKey,
        Self::Invalid,
        Self::UnknownStove,
    ];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidPreviousKey => "valid_previous_key",
            Self::ValidPendingKey => "valid_pending_key",
            Self::DemoKey => "demo_key",
            Self::Invalid => "invalid",
            Self::UnknownStove => "unknown_stove",
        }
    }

    /// The verdict of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// One of the stove's own keys made it.
    #[must_use]
    pub fn is_genuine(self) -> bool {
        match self {
            Self::Valid | Self::ValidPreviousKey | Self::ValidPendingKey => true,
            Self::DemoKey | Self::Invalid | Self::UnknownStove => false,
        }
    }

    /// It counts as a reading: genuine ones, and those of stoves without a key here, shown as unverified and left to the
    /// server. The others are kept as evidence only.
    ///
    /// `registered`: this stove has a key here.
    #[must_use]
    pub fn counts(self, registered: bool) -> bool {
        match self {
            Self::Valid | Self::ValidPreviousKey | Self::ValidPendingKey | Self::UnknownStove => true,
            Self::DemoKey => !registered,
            Self::Invalid => false,
        }
    }
}

/// The keys of one stove.
#[derive(Debug, Clone)]
pub struct KeyRing {
    /// The one it is believed to hold.
    pub current: Secret<Vec<u8>>,
    /// The one before, until a token verified with the newer one and for as long as old tokens may arrive.
    pub previous: Option<Secret<Vec<u8>>>,
    /// The one that a change of secret is about to write, or has written without proof yet.
    pub pending: Option<Secret<Vec<u8>>>,
}

impl KeyRing {
    /// A stove with one key.
    #[must_use]
    pub fn of(current: Secret<Vec<u8>>) -> Self {
        Self { current, previous: None, pending: None }
    }
}

/// The verdict on a token, with the keys of the stove that it names (`None`: none registered).
#[must_use]
pub fn verify(token: &Token, keys: Option<&KeyRing>) -> Signature {
    if let Some(keys) = keys {
        let candidates = [
            (Some(&keys.current), Signature::Valid),
            (keys.pending.as_ref(), Signature::ValidPendingKey),
            (keys.previous.as_ref(), Signature::ValidPreviousKey),
        ];
        for (key, verdict) in candidates {
            if key.is_some_and(|key| made_with(token, key.expose())) {
                return verdict;
            }
        }
    }
    if PUBLIC_SECRETS.iter().any(|secret| made_with(token, secret.as_bytes())) {
        return Signature::DemoKey;
    }
    if keys.is_some() { Signature::Invalid } else { Signature::UnknownStove }
}

/// Whether this secret made the token's MAC, in constant time.
#[must_use]
pub fn made_with(token: &Token, secret: &[u8]) -> bool {
    // HMAC takes keys of any length: this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(token.signing_input());
    mac.verify_slice(token.signature()).is_ok()
}

/// What to tell a person who registers a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyWarning {
    /// Anyone can look it up: it proves nothing.
    PublicDemoKey,
    /// Fewer than [`SECRET_BYTES_MIN`] bytes.
    Short,
}

/// What is weak about a secret.
#[must_use]
pub fn key_warnings(secret: &[u8]) -> Vec<KeyWarning> {
    let public = PUBLIC_SECRETS.iter().any(|known| known.as_bytes() == secret);
    let short = secret.len() < SECRET_BYTES_MIN;
    [public.then_some(KeyWarning::PublicDemoKey), short.then_some(KeyWarning::Short)]
        .into_iter()
        .flatten()
        .collect()
}

/// The form of a token to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// `payload.signature`, as stoves show it.
    Two,
    /// `header.payload.signature`, a whole JWS.
    Three,
}

/// Signs a payload as a stove does: for the try-out stove, tests, and the command line.
#[must_use]
pub fn sign(payload: &str, secret: &Secret<Vec<u8>>, parts: Parts) -> String {
    let input = format!("{CANONICAL_HEADER}.{}", BASE64URL_NOPAD.encode(payload.as_bytes()));
    let signature = mac(input.as_bytes(), secret.expose());
    let signed = match parts {
        Parts::Three => input.as_str(),
        Parts::Two => &input[CANONICAL_HEADER.len() + 1..],
    };
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn mac(input: &[u8], secret: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return [0; SIGNATURE_BYTES] };
    mac.update(input);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[path = "verify_tests.rs"]
pub(crate) mod tests;
