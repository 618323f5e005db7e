//! Balances as the fold of all entries: what `store` keeps row by row must equal what this derives from genesis.

use std::collections::BTreeMap;

use super::entry::{EntryDraft, Phase};
use crate::money::Rupiah;

/// A balance, derived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Derived {
    /// Sum of posted postings.
    pub settled: i64,
    /// Sum of debits that pending entries hold.
    pub held: i64,
}

/// How one entry changes one account's balance: what is added to `settled` and to `held`.
///
/// A pending entry holds its debits; posting it moves the money and lets the hold go; voiding it only lets go.
#[must_use]
pub fn effect(phase: Phase, resolves_pending: bool, amount: Rupiah) -> Derived {
    let hold = if amount.0 < 0 { amount.0.saturating_neg() } else { 0 };
    match phase {
        Phase::Pending => Derived { settled: 0, held: hold },
        Phase::Posted => {
            Derived { settled: amount.0, held: if resolves_pending { hold.saturating_neg() } else { 0 } }
        }
        Phase::Voided => Derived { settled: 0, held: hold.saturating_neg() },
    }
}

/// Balances by account.
#[derive(Debug, Default)]
pub struct Fold {
    accounts: BTreeMap<i64, Derived>,
}

impl Fold {
    /// Takes one entry in; `false` on overflow.
    #[must_use]
    pub fn add(&mut self, entry: &EntryDraft) -> bool {
        entry.postings.iter().all(|posting| {
            let change = effect(entry.phase, entry.pending_id.is_some(), posting.amount);
            let account = self.accounts.entry(posting.account_id).or_default();
            match (account.settled.checked_add(change.settled), account.held.checked_add(change.held)) {
                (Some(settled), Some(held)) => {
                    *account = Derived { settled, held };
                    true
                }
                _ => false,
            }
        })
    }

    /// An account's balance; zero for one that never moved.
    #[must_use]
    pub fn balance(&self, account_id: i64) -> Derived {
        self.accounts.get(&account_id).copied().unwrap_or_default()
    }

    /// All accounts that ever moved.
    pub fn accounts(&self) -> impl Iterator<Item = (i64, Derived)> + '_ {
        self.accounts.iter().map(|(id, derived)| (*id, *derived))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entry::EntryKind;
    use crate::time::{UnixMs, WibDay};

    #[test]
    fn holds_come_and_go() {
        let pending = EntryDraft {
            phase: Phase::Pending,
            ..EntryDraft::transfer(EntryKind::Tap, UnixMs(1), WibDay(0), "r", 1, 2, Rupiah(30)).unwrap()
        };
        let posted = EntryDraft { phase: Phase::Posted, pending_id: Some(1), ..pending.clone() };
        let voided = EntryDraft { phase: Phase::Voided, pending_id: Some(1), ..pending.clone() };

        let mut fold = Fold::default();
        assert!(fold.add(&pending));
        assert_eq!(fold.balance(1), Derived { settled: 0, held: 30 });
        assert!(fold.add(&posted));
        assert_eq!(
            (fold.balance(1), fold.balance(2)),
            (Derived { settled: -30, held: 0 }, Derived { settled: 30, held: 0 })
        );

        let mut fold = Fold::default();
        assert!(fold.add(&pending) && fold.add(&voided));
        assert_eq!(fold.balance(1), Derived::default());
    }
}
