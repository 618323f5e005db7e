//! The vault: where secrets that must be recovered are kept. Names and counts only; no value ever leaves it this way.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which vault the station uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum VaultPlaceView {
    /// The operating system's keychain.
    Keychain,
    /// A file sealed by a passphrase.
    Passphrase,
    /// Memory: gone when the station stops.
    Memory,
}

/// Secrets of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VaultKindRow {
    /// The kind, e.g. `reader-key` or `broker-password`.
    pub kind: String,
    /// How many this station has put into the vault.
    pub count: i64,
    /// How many of them the vault lacks. 0 while it does not answer.
    pub missing: i64,
    /// When the oldest was written, Unix milliseconds; `null` where that is not known.
    pub oldest_ms: Option<i64>,
}

/// The vault (`vault.status`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VaultView {
    /// Which vault.
    pub place: VaultPlaceView,
    /// It is open and answers.
    pub answers: bool,
    /// What is so, in a sentence. English.
    pub summary: String,
    /// Secrets that this station has put there, by kind.
    pub kinds: Vec<VaultKindRow>,
    /// Names of secrets that should be there and are not, e.g. `reader-key/kantin-01`. Empty while it does not answer.
    pub missing: Vec<String>,
    /// A move to another vault that was begun and not ended, with the next step; `null` when there is none.
    pub unfinished: Option<String>,
    /// How often everything was sealed anew.
    pub rotations: i64,
}

/// Secrets that `vault.rotate` sealed anew and did not replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VaultKept {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: i64,
    /// Who else holds them, and how they are replaced. English.
    pub why: String,
}

/// What `vault.rotate` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VaultRotated {
    /// Secrets sealed or written anew.
    pub rewrapped: i64,
    /// Kinds whose values were replaced by new ones: those that nobody but the station holds.
    pub renewed: Vec<String>,
    /// Kinds whose values stayed.
    pub kept: Vec<VaultKept>,
    /// The vault afterwards.
    pub vault: VaultView,
}
