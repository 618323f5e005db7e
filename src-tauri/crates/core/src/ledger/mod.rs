//! The ledger's rules: double entry in whole rupiah, append-only, hash-chained. `entry` builds balanced journal
//! entries, `chain` gives each its link, `fold` derives balances from postings. `store` commits what is built here.

pub mod chain;
pub mod entry;
pub mod fold;

use crate::money::Rupiah;

pub use entry::{EntryDraft, EntryKind, Phase, Posting};

/// Kinds of ledger accounts. In postings a positive amount is a credit, a negative one a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// What the station owes one customer (a liability: grows by credits). Never below zero.
    Customer,
    /// What is owed to the merchant of one till.
    Till,
    /// Cash at the desk (an asset: grows by debits, so its balance is zero or negative here).
    CashDrawer,
    /// Money on its way through Midtrans.
    MidtransClearing,
    /// Fees.
    Fees,
    /// Corrections by people.
    Adjustments,
}

impl AccountKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Customer, Self::Till, Self::CashDrawer, Self::MidtransClearing, Self::Fees, Self::Adjustments];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Till => "till",
            Self::CashDrawer => "cash_drawer",
            Self::MidtransClearing => "midtrans_clearing",
            Self::Fees => "fees",
            Self::Adjustments => "adjustments",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The lowest balance less holds that this kind may have; `None`: any.
    #[must_use]
    pub fn floor(self) -> Option<Rupiah> {
        match self {
            Self::Customer => Some(Rupiah::ZERO),
            Self::Till | Self::CashDrawer | Self::MidtransClearing | Self::Fees | Self::Adjustments => None,
        }
    }
}

/// Whether a customer's account or card may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// May be used.
    Active,
    /// Blocked for now.
    Frozen,
    /// A card reported lost.
    Lost,
    /// Retired for good.
    Closed,
}

impl Standing {
    /// As it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }

    /// The standing of a stored word. A word that should not be there counts as closed: it never pays.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "active" => Self::Active,
            "frozen" => Self::Frozen,
            "lost" => Self::Lost,
            _ => Self::Closed,
        }
    }
}

/// Limits that a tap or a top-up is held against, inside its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Highest amount of one tap.
    pub per_tap: Rupiah,
    /// Highest sum of one customer in one WIB day.
    pub per_day: Rupiah,
    /// Highest balance of one customer.
    pub max_balance: Rupiah,
    /// The double-tap window in milliseconds.
    pub double_tap_ms: i64,
}

/// Why money may not be added to a customer's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditRefusal {
    /// Zero, negative, or beyond any sense.
    #[error("the amount must be 1 rupiah or more and below {max}", max = crate::money::AMOUNT_MAX)]
    Amount,
    /// The balance would pass the limit.
    #[error("the balance would pass the limit of {limit}: at most {room} can be added")]
    MaxBalance {
        /// The limit.
        limit: Rupiah,
        /// What can still be added.
        room: Rupiah,
    },
    /// Frozen.
    #[error("the account is frozen")]
    Frozen,
    /// Closed.
    #[error("the account is closed")]
    Closed,
}

/// Whether `amount` may be added to an account.
pub fn may_credit(
    standing: Standing,
    balance: Rupiah,
    amount: i64,
    limits: &Limits,
) -> Result<Rupiah, CreditRefusal> {
    match standing {
        Standing::Active => {}
        Standing::Frozen | Standing::Lost => return Err(CreditRefusal::Frozen),
        Standing::Closed => return Err(CreditRefusal::Closed),
    }
    let amount = Rupiah::asked(amount).ok_or(CreditRefusal::Amount)?;
    match balance.checked_add(amount) {
        Some(after) if after <= limits.max_balance => Ok(amount),
        _ => Err(CreditRefusal::MaxBalance {
            limit: limits.max_balance,
            room: limits.max_balance.checked_sub(balance).unwrap_or(Rupiah::ZERO).max(Rupiah::ZERO),
        }),
    }
}

/// Why a balance may not be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdjustRefusal {
    /// Nothing, or beyond any sense.
    #[error("the amount must be 1 rupiah or more in either direction and below {max}", max = crate::money::AMOUNT_MAX)]
    Amount,
    /// More would be taken than is there.
    #[error("the account holds {free}: no more than that can be taken")]
    TooLittle {
        /// What is there and not held.
        free: Rupiah,
    },
    /// The balance would pass the limit.
    #[error("the balance would pass the limit of {limit}: at most {room} can be added")]
    MaxBalance {
        /// The limit.
        limit: Rupiah,
        /// What can still be added.
        room: Rupiah,
    },
    /// Closed for good.
    #[error("the account is closed")]
    Closed,
}

/// Whether a balance may be corrected by a signed `amount`. `free`: the balance less what is held. A frozen account may
/// be: freezing keeps its customer from paying, and money that went there by mistake is taken back while it is frozen.
pub fn may_adjust(
    standing: Standing,
    balance: Rupiah,
    free: Rupiah,
    amount: i64,
    limits: &Limits,
) -> Result<Rupiah, AdjustRefusal> {
    if standing == Standing::Closed {
        return Err(AdjustRefusal::Closed);
    }
    let size = amount.checked_abs().and_then(Rupiah::asked).ok_or(AdjustRefusal::Amount)?;
    if amount < 0 {
        return if size <= free { Ok(Rupiah(amount)) } else { Err(AdjustRefusal::TooLittle { free }) };
    }
    match balance.checked_add(size) {
        Some(after) if after <= limits.max_balance => Ok(size),
        _ => Err(AdjustRefusal::MaxBalance {
            limit: limits.max_balance,
            room: limits.max_balance.checked_sub(balance).unwrap_or(Rupiah::ZERO).max(Rupiah::ZERO),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_go_both_ways_but_never_below_zero_or_over_the_limit() {
        let limits =
            Limits { per_tap: Rupiah(1), per_day: Rupiah(1), max_balance: Rupiah(100), double_tap_ms: 0 };
        let check = |standing, balance, free, amount| {
            may_adjust(standing, Rupiah(balance), Rupiah(free), amount, &limits)
        };
        assert_eq!(check(Standing::Active, 40, 40, 60), Ok(Rupiah(60)));
        assert_eq!(check(Standing::Active, 40, 40, -40), Ok(Rupiah(-40)));
        assert_eq!(check(Standing::Frozen, 40, 40, -40), Ok(Rupiah(-40)));
        assert_eq!(check(Standing::Closed, 0, 0, 5), Err(AdjustRefusal::Closed));
        assert_eq!(
            check(Standing::Active, 40, 40, 61),
            Err(AdjustRefusal::MaxBalance { limit: Rupiah(100), room: Rupiah(60) })
        );
        assert_eq!(check(Standing::Active, 40, 30, -31), Err(AdjustRefusal::TooLittle { free: Rupiah(30) }));
        for amount in [0, i64::MIN, i64::MAX] {
            assert_eq!(check(Standing::Active, 40, 40, amount), Err(AdjustRefusal::Amount), "{amount}");
        }
    }

    #[test]
    fn credits_are_held_against_the_balance_limit() {
        let limits =
            Limits { per_tap: Rupiah(1), per_day: Rupiah(1), max_balance: Rupiah(100), double_tap_ms: 0 };
        let check = |balance, amount| may_credit(Standing::Active, Rupiah(balance), amount, &limits);
        assert_eq!(check(40, 60), Ok(Rupiah(60)));
        assert_eq!(check(40, 61), Err(CreditRefusal::MaxBalance { limit: Rupiah(100), room: Rupiah(60) }));
        assert_eq!(check(0, 0), Err(CreditRefusal::Amount));
        assert_eq!(check(0, -5), Err(CreditRefusal::Amount));
        assert_eq!(check(i64::MAX, i64::MAX), Err(CreditRefusal::Amount));
        assert_eq!(may_credit(Standing::Frozen, Rupiah(0), 1, &limits), Err(CreditRefusal::Frozen));
    }
}
