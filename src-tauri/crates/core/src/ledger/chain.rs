//! The hash chain: SHA-256 (FIPS 180-4) over a record's canonical bytes and its predecessor's hash. Changing any
//! stored value of any earlier record changes every hash after it.
//!
//! Canonical bytes: a domain word, then each field in a fixed order; integers as 8 bytes big-endian, an absent
//! integer as a zero byte and a present one after a one byte, texts and byte strings after their length.

use sha2::{Digest, Sha256};

use super::entry::EntryDraft;

/// A link of the chain.
pub type Hash = [u8; 32];

/// The link before the first record.
pub const GENESIS: Hash = [0; 32];

/// Writes canonical bytes straight into the hash.
pub struct Canonical(Sha256);

impl Canonical {
    /// Starts a record of a kind (`domain`) after `previous`.
    #[must_use]
    pub fn new(domain: &str, previous: &Hash) -> Self {
        let mut bytes = Self(Sha256::new());
        bytes.text(domain);
        bytes.0.update(previous);
        bytes
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.0.update(value.to_be_bytes());
        self
    }

    /// An integer that may be absent.
    pub fn maybe_int(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            None => self.0.update([0]),
            Some(value) => {
                self.0.update([1]);
                self.int(value);
            }
        }
        self
    }

    /// A text.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// A text that may be absent.
    pub fn maybe_text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            None => self.0.update([0]),
            Some(value) => {
                self.0.update([1]);
                self.text(value);
            }
        }
        self
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.0.update((value.len() as u64).to_be_bytes());
        self.0.update(value);
        self
    }

    /// The record's link.
    #[must_use]
    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// The link of a journal entry with its number.
#[must_use]
pub fn entry_hash(previous: &Hash, entry_id: i64, entry: &EntryDraft) -> Hash {
    let mut bytes = Canonical::new("gerai journal entry 1", previous);
    bytes
        .int(entry_id)
        .text(entry.kind.word())
        .text(entry.phase.word())
        .int(entry.at.0)
        .int(i64::from(entry.wib_day.0))
        .text(&entry.actor)
        .text(&entry.memo)
        .maybe_int(entry.pending_id)
        .maybe_int(entry.reverses_id);
    for posting in &entry.postings {
        bytes.int(posting.account_id).int(posting.amount.0);
    }
    bytes.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::EntryKind;
    use crate::money::Rupiah;
    use crate::time::{UnixMs, WibDay};

    fn entry() -> EntryDraft {
        EntryDraft::transfer(EntryKind::Tap, UnixMs(1), WibDay(2), "kantin-01", 7, 8, Rupiah(500)).unwrap()
    }

    #[test]
    fn every_field_counts() {
        let base = entry_hash(&GENESIS, 1, &entry());
        let changed = [
            entry_hash(&[1; 32], 1, &entry()),
            entry_hash(&GENESIS, 2, &entry()),
            entry_hash(&GENESIS, 1, &EntryDraft { kind: EntryKind::Fee, ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { at: UnixMs(2), ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { wib_day: WibDay(3), ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { actor: "kantin-02".into(), ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { memo: "x".into(), ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { pending_id: Some(0), ..entry() }),
            entry_hash(&GENESIS, 1, &EntryDraft { reverses_id: Some(0), ..entry() }),
            entry_hash(
                &GENESIS,
                1,
                &EntryDraft { postings: entry().postings.into_iter().rev().collect(), ..entry() },
            ),
        ];
        for (place, hash) in changed.iter().enumerate() {
            assert_ne!(*hash, base, "{place}");
        }
    }

    #[test]
    fn neighbouring_texts_cannot_trade_letters() {
        let with = |actor: &str, memo: &str| {
            entry_hash(&GENESIS, 1, &EntryDraft { actor: actor.into(), memo: memo.into(), ..entry() })
        };
        assert_ne!(with("ab", "c"), with("a", "bc"));
    }
}
