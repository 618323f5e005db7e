//! The file of the passphrase vault, version 1: its bytes, what is wrong with a bad one, and the keys that open it.
//! `docs/vault.md` describes the format. No I/O here.

mod bytes;
mod keys;

pub use keys::{Cost, Keys};

use std::collections::BTreeMap;

/// Version that is written, and the newest that is read.
pub const VERSION: u16 = 1;
/// No vault file is longer.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is wrong with a vault file, with the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Other bytes altogether.
    #[error("it is not a vault file; put the right one back from a backup")]
    NotOurs,
    /// Written by a newer program.
    #[error("it has format version {0}, this program reads {VERSION}; use the newer Gerai that wrote it")]
    TooNew(u16),
    /// It ends early.
    #[error("it is cut short: {has} bytes of {wants}; put it back from a backup")]
    Truncated {
        /// Bytes there.
        has: usize,
        /// Bytes that should be.
        wants: usize,
    },
    /// Bytes behind its end, or a part that runs over it.
    #[error("its parts do not fit its length; put it back from a backup")]
    Misshapen,
    /// The checksum differs.
    #[error("it is damaged: its checksum does not match; put it back from a backup")]
    Damaged,
    /// It names another station.
    #[error(
        "it belongs to another station ({0}); put this station's own file back, a copied one is of no use here"
    )]
    OtherStation(String),
    /// Opening it would take more memory or time than any honest file.
    #[error(
        "it asks for {0} to open, more than Gerai ever writes; it was tampered with, put it back from a backup"
    )]
    Cost(String),
    /// The vault key does not come out.
    #[error(
        "the passphrase does not open it; give the right one (or its head was tampered with: put it back from a backup)"
    )]
    Passphrase,
    /// An entry, or the seal over all of them, does not fit the vault key.
    #[error("it was tampered with ({0}); put it back from a backup")]
    Tampered(String),
}

/// One sealed entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was written, Unix milliseconds.
    pub written_ms: i64,
    nonce: [u8; 24],
    sealed: Vec<u8>,
}

/// A vault file taken apart. Holds no secret in clear.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The station it belongs to: 16 hex digits.
    pub station: String,
    /// What deriving the key costs.
    pub cost: Cost,
    salt: [u8; 16],
    wrap_nonce: [u8; 24],
    wrapped: [u8; 48],
    /// How often the vault key was renewed.
    pub rotations: u32,
    /// Sealed entries by name.
    pub entries: BTreeMap<String, Entry>,
}

impl File {
    /// The same way to the vault key: keys that opened the one open the other.
    pub fn same_lock(&self, other: &Self) -> bool {
        (self.salt, self.wrap_nonce, self.wrapped, self.cost)
            == (other.salt, other.wrap_nonce, other.wrapped, other.cost)
    }
}

#[cfg(test)]
mod tests;
