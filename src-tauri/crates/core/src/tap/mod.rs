//! A card tap: what comes over the air (`payload`), what goes back (`wire`), how v2 messages are signed (`mac`), and
//! what a tap comes to (`decide`).

pub mod decide;
pub mod mac;
pub mod payload;
pub mod sequence;
pub mod wire;

use serde::{Deserialize, Serialize};

/// What a tap came to. The word on the wire (`st`), in SQL and in JSON is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Charged.
    Ok,
    /// Not enough balance.
    Low,
    /// Card or account frozen or closed.
    Frozen,
    /// Card reported lost.
    Lost,
    /// No customer has this card.
    Unknown,
    /// The same tap again: paid already.
    Dup,
    /// Above a limit.
    Limit,
    /// The till waits for an amount.
    Unarmed,
    /// Waited too long on its way.
    Late,
    /// Signature or sequence wrong.
    Auth,
    /// Understood, but cannot be carried out.
    Err,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Low,
        Self::Frozen,
        Self::Lost,
        Self::Unknown,
        Self::Dup,
        Self::Limit,
        Self::Unarmed,
        Self::Late,
        Self::Auth,
        Self::Err,
    ];

    /// The word on the wire and in SQL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Low => "low",
            Self::Frozen => "frozen",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
            Self::Dup => "dup",
            Self::Limit => "limit",
            Self::Unarmed => "unarmed",
            Self::Late => "late",
            Self::Auth => "auth",
            Self::Err => "err",
        }
    }

    /// The outcome of a word, if it is one.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}
