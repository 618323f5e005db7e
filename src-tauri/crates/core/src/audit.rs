//! The audit trail: what a record of it holds, and its hash chain. The chain is the journal's (`ledger::chain`), so
//! that a changed, missing or moved record is named by the same arithmetic.

use crate::ledger::chain::{Canonical, Hash};
use crate::time::UnixMs;

/// What an act came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused; the subject says why.
    Refused,
}

impl AuditOutcome {
    /// As it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The outcome of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Done, Self::Refused].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// One record: who, from where, what, about what. Never a secret, a code, or a whole card or phone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: UnixMs,
    /// Name of who did it.
    pub actor: String,
    /// Number of the operator; `None` for the local user, a counter, the station itself or nobody.
    pub operator_id: Option<i64>,
    /// `browser`, `console`, `counter`, `local`, `api` or `station`.
    pub surface: String,
    /// Address of the caller without port; empty on this machine.
    pub peer: String,
    /// The command, or what the station did by itself.
    pub act: String,
    /// What it came to.
    pub outcome: AuditOutcome,
    /// What it is about, in words; for a refusal also why.
    pub subject: String,
    /// What was there before, as JSON with secrets redacted.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
}

/// The link of a record with its number.
#[must_use]
pub fn record_hash(previous: &Hash, audit_id: i64, record: &AuditRecord) -> Hash {
    let mut bytes = Canonical::new("gerai audit record 1", previous);
    bytes
        .int(audit_id)
        .int(record.at.0)
        .text(&record.actor)
        .maybe_int(record.operator_id)
        .text(&record.surface)
        .text(&record.peer)
        .text(&record.act)
        .text(record.outcome.word())
        .text(&record.subject)
        .maybe_text(record.before.as_deref())
        .maybe_text(record.after.as_deref());
    bytes.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::chain::GENESIS;

    fn record() -> AuditRecord {
        AuditRecord {
            at: UnixMs(1),
            actor: "rina".into(),
            operator_id: Some(1),
            surface: "browser".into(),
            peer: "127.0.0.1".into(),
            act: "settings.set".into(),
            outcome: AuditOutcome::Done,
            subject: "settings".into(),
            before: Some("{}".into()),
            after: None,
        }
    }

    #[test]
    fn every_field_counts() {
        let base = record_hash(&GENESIS, 1, &record());
        let changed = [
            record_hash(&[1; 32], 1, &record()),
            record_hash(&GENESIS, 2, &record()),
            record_hash(&GENESIS, 1, &AuditRecord { at: UnixMs(2), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { actor: "siti".into(), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { operator_id: None, ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { surface: "local".into(), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { peer: String::new(), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { act: "settings.get".into(), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { outcome: AuditOutcome::Refused, ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { subject: "x".into(), ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { before: None, ..record() }),
            record_hash(&GENESIS, 1, &AuditRecord { after: Some("{}".into()), ..record() }),
        ];
        for (place, hash) in changed.iter().enumerate() {
            assert_ne!(*hash, base, "{place}");
        }
    }

    #[test]
    fn outcomes_have_words() {
        for outcome in [AuditOutcome::Done, AuditOutcome::Refused] {
            assert_eq!(AuditOutcome::of_word(outcome.word()), Some(outcome));
        }
        assert_eq!(AuditOutcome::of_word("maybe"), None);
    }
}
