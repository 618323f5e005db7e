//! Journal entries: what happened, and postings that sum to zero. An entry is either posted at once, or pending
//! until a second entry posts or voids it; corrections are entries of their own that point at what they take back.

use crate::money::Rupiah;
use crate::time::{UnixMs, WibDay};

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A card tap that was charged.
    Tap,
    /// Cash put on an account at the desk.
    CashTopup,
    /// Money that came in through Midtrans.
    MidtransTopup,
    /// A correction by a person.
    Adjustment,
    /// Takes an earlier entry back.
    Reversal,
    /// A fee.
    Fee,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Tap, Self::CashTopup, Self::MidtransTopup, Self::Adjustment, Self::Reversal, Self::Fee];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::CashTopup => "cash_topup",
            Self::MidtransTopup => "midtrans_topup",
            Self::Adjustment => "adjustment",
            Self::Reversal => "reversal",
            Self::Fee => "fee",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far an entry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Holds money without moving it; a later entry posts or voids it.
    Pending,
    /// Moves money.
    Posted,
    /// Lets a pending entry's money go.
    Voided,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Posted, Self::Voided];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Posted => "posted",
            Self::Voided => "voided",
        }
    }

    /// The phase of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.word() == word)
    }
}

/// One line of an entry. Positive: credit. Negative: debit. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The ledger account.
    pub account_id: i64,
    /// Signed amount.
    pub amount: Rupiah,
}

/// An entry before it has its number and its link in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDraft {
    /// What it records.
    pub kind: EntryKind,
    /// How far it has come.
    pub phase: Phase,
    /// When.
    pub at: UnixMs,
    /// The WIB day it counts in.
    pub wib_day: WibDay,
    /// Who caused it: an operator's name, or the reader's.
    pub actor: String,
    /// A note for people; empty for taps.
    pub memo: String,
    /// The pending entry that this one posts or voids.
    pub pending_id: Option<i64>,
    /// The entry that this one takes back.
    pub reverses_id: Option<i64>,
    /// Its lines.
    pub postings: Vec<Posting>,
}

/// Why postings are no entry. None of these can come from outside: each would be a fault of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Fewer than two lines.
    #[error("an entry needs two postings or more, this has {0}")]
    TooFew(usize),
    /// A line of zero.
    #[error("posting {0} moves nothing")]
    Zero(usize),
    /// The lines do not cancel out.
    #[error("postings sum to {0}, not to zero")]
    Sum(i64),
    /// Beyond 64 bits.
    #[error("postings overflow")]
    Overflow,
}

impl EntryDraft {
    /// Moves `amount` (positive) from one account to another: debit `from`, credit `to`.
    pub fn transfer(
        kind: EntryKind,
        at: UnixMs,
        wib_day: WibDay,
        actor: &str,
        from: i64,
        to: i64,
        amount: Rupiah,
    ) -> Result<Self, Unbalanced> {
        let debit = amount.checked_neg().ok_or(Unbalanced::Overflow)?;
        let draft = Self {
            kind,
            phase: Phase::Posted,
            at,
            wib_day,
            actor: actor.to_owned(),
            memo: String::new(),
            pending_id: None,
            reverses_id: None,
            postings: vec![Posting { account_id: from, amount: debit }, Posting { account_id: to, amount }],
        };
        draft.check()?;
        Ok(draft)
    }

    /// The entry that takes `original`'s postings back.
    pub fn reversal(
        original_id: i64,
        original: &[Posting],
        at: UnixMs,
        wib_day: WibDay,
        actor: &str,
        memo: &str,
    ) -> Result<Self, Unbalanced> {
        let postings = original
            .iter()
            .map(|p| p.amount.checked_neg().map(|amount| Posting { account_id: p.account_id, amount }))
            .collect::<Option<Vec<_>>>()
            .ok_or(Unbalanced::Overflow)?;
        let draft = Self {
            kind: EntryKind::Reversal,
            phase: Phase::Posted,
            at,
            wib_day,
            actor: actor.to_owned(),
            memo: memo.to_owned(),
            pending_id: None,
            reverses_id: Some(original_id),
            postings,
        };
        draft.check()?;
        Ok(draft)
    }

    /// Two lines or more, none zero, summing to zero without overflow.
    pub fn check(&self) -> Result<(), Unbalanced> {
        if self.postings.len() < 2 {
            return Err(Unbalanced::TooFew(self.postings.len()));
        }
        if let Some(line) = self.postings.iter().position(|p| p.amount == Rupiah::ZERO) {
            return Err(Unbalanced::Zero(line));
        }
        let sum = self
            .postings
            .iter()
            .try_fold(Rupiah::ZERO, |sum, p| sum.checked_add(p.amount))
            .ok_or(Unbalanced::Overflow)?;
        if sum == Rupiah::ZERO { Ok(()) } else { Err(Unbalanced::Sum(sum.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(amounts: &[i64]) -> EntryDraft {
        EntryDraft {
            kind: EntryKind::Adjustment,
            phase: Phase::Posted,
            at: UnixMs(0),
            wib_day: WibDay(0),
            actor: String::new(),
            memo: String::new(),
            pending_id: None,
            reverses_id: None,
            postings: (1..)
                .zip(amounts)
                .map(|(id, a)| Posting { account_id: id, amount: Rupiah(*a) })
                .collect(),
        }
    }

    #[test]
    fn only_balanced_entries_pass() {
        assert_eq!(draft(&[-5, 5]).check(), Ok(()));
        assert_eq!(draft(&[-5, 2, 3]).check(), Ok(()));
        assert_eq!(draft(&[5]).check(), Err(Unbalanced::TooFew(1)));
        assert_eq!(draft(&[-5, 4]).check(), Err(Unbalanced::Sum(-1)));
        assert_eq!(draft(&[-5, 0, 5]).check(), Err(Unbalanced::Zero(1)));
        assert_eq!(draft(&[i64::MAX, 1, 3]).check(), Err(Unbalanced::Overflow));
    }

    #[test]
    fn a_reversal_undoes_its_original() {
        let tap = EntryDraft::transfer(EntryKind::Tap, UnixMs(1), WibDay(0), "r", 7, 8, Rupiah(500)).unwrap();
        let back = EntryDraft::reversal(3, &tap.postings, UnixMs(2), WibDay(0), "rina", "salah").unwrap();
        assert_eq!(back.postings[0], Posting { account_id: 7, amount: Rupiah(500) });
        assert_eq!((back.kind, back.reverses_id), (EntryKind::Reversal, Some(3)));
    }
}
