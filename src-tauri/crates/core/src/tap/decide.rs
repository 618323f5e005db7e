//! What a tap comes to: a flat list of checks over facts that were read inside the transaction, each with its own
//! named outcome. Pure: no I/O, no clock, no log.

use super::Outcome;
use crate::ledger::{Limits, Standing};
use crate::money::Rupiah;
use crate::time::UnixMs;

/// A sale that the cashier armed on a till: the next tap pays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArmedSale {
    /// Its number; a newly armed sale is a new number.
    pub sale: i64,
    /// What it costs.
    pub amount: Rupiah,
    /// When it runs out.
    pub until: UnixMs,
}

/// The last charged tap of the same card at the same till.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastPaid {
    /// Its payment row.
    pub payment_id: i64,
    /// When it was charged.
    pub at: UnixMs,
    /// The armed sale it paid; `None` for a fixed price.
    pub sale: Option<i64>,
}

/// A customer's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayerFacts {
    /// The account's standing.
    pub account: Standing,
    /// The card's standing; `Active` when a NIM was sent.
    pub card: Standing,
    /// Balance.
    pub balance: Rupiah,
    /// Held for pending entries.
    pub held: Rupiah,
    /// Charged in this WIB day so far.
    pub spent_today: Rupiah,
}

/// Everything a decision needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapFacts {
    /// It had waited longer than allowed on its way.
    pub late: bool,
    /// Whose card it is; `None` when nobody's.
    pub payer: Option<PayerFacts>,
    /// The till's fixed price.
    pub price: Option<Rupiah>,
    /// The till's armed sale.
    pub armed: Option<ArmedSale>,
    /// The amount that the reader names.
    pub named: Option<Rupiah>,
    /// The reader may name amounts.
    pub may_name_amount: bool,
    /// The last charged tap of this card here.
    pub last_paid: Option<LastPaid>,
}

/// What a tap comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Charge the amount; it pays this armed sale, if one.
    Charge {
        /// How much.
        amount: Rupiah,
        /// The armed sale that is paid by it.
        sale: Option<i64>,
    },
    /// The same tap again: nothing is charged, the first answer is repeated.
    Repeat {
        /// The payment it repeats.
        first: i64,
    },
    /// Nothing is charged.
    Refuse {
        /// Why.
        outcome: Outcome,
        /// The amount it was about; zero where none was known.
        amount: Rupiah,
        /// Rupiah missing (`Low`) or left under the limit (`Limit`).
        detail: Option<Rupiah>,
    },
}

/// Decides a tap.
#[must_use]
pub fn decide(facts: &TapFacts, limits: &Limits, now: UnixMs) -> Decision {
    let refuse = |outcome, amount, detail| Decision::Refuse { outcome, amount, detail };
    let asked = amount_of(facts, now);
    let about = asked.map_or(Rupiah::ZERO, |(amount, _)| amount);
    if facts.late {
        return refuse(Outcome::Late, about, None);
    }
    let Some(payer) = facts.payer else {
        return refuse(Outcome::Unknown, about, None);
    };
    if let Some(first) = repeated(facts, limits, now) {
        return Decision::Repeat { first };
    }
    match (payer.card, payer.account) {
        (Standing::Lost, _) => return refuse(Outcome::Lost, about, None),
        (Standing::Active, Standing::Active) => {}
        _ => return refuse(Outcome::Frozen, about, None),
    }
    let (amount, sale) = match asked {
        Ok(asked) => asked,
        Err(outcome) => return refuse(outcome, facts.named.unwrap_or(Rupiah::ZERO), None),
    };
    if amount > limits.per_tap {
        return refuse(Outcome::Limit, amount, Some(limits.per_tap));
    }
    let left = limits.per_day.checked_sub(payer.spent_today).unwrap_or(Rupiah::ZERO).max(Rupiah::ZERO);
    if amount > left {
        return refuse(Outcome::Limit, amount, Some(left));
    }
    let spendable = payer.balance.checked_sub(payer.held).unwrap_or(Rupiah::ZERO);
    match spendable.checked_sub(amount) {
        Some(rest) if rest >= Rupiah::ZERO => Decision::Charge { amount, sale },
        rest => refuse(Outcome::Low, amount, rest.and_then(Rupiah::checked_neg)),
    }
}

/// The amount a tap is about and the sale it would pay, or why there is none.
fn amount_of(facts: &TapFacts, now: UnixMs) -> Result<(Rupiah, Option<i64>), Outcome> {
    let armed = facts.armed.filter(|sale| now <= sale.until);
    let own = match (armed, facts.price) {
        (Some(sale), _) => Some((sale.amount, Some(sale.sale))),
        (None, Some(price)) => Some((price, None)),
        (None, None) => None,
    };
    match (facts.named, own) {
        (None, Some(own)) => Ok(own),
        (None, None) => Err(Outcome::Unarmed),
        (Some(named), Some(own)) if named == own.0 => Ok(own),
        (Some(named), _) if facts.may_name_amount => Ok((named, None)),
        // The price comes from the till, not from the air.
        (Some(_), _) => Err(Outcome::Err),
    }
}

/// The payment that this tap repeats: same card, same till, same armed sale, within the window of the first one.
fn repeated(facts: &TapFacts, limits: &Limits, now: UnixMs) -> Option<i64> {
    let last = facts.last_paid?;
    let age = now.since(last.at);
    // A clock set back makes ages negative: then the window counts as open only for as long as it is wide.
    if age >= limits.double_tap_ms || age < -limits.double_tap_ms {
        return None;
    }
    let newly_armed = facts.armed.filter(|sale| now <= sale.until && Some(sale.sale) != last.sale);
    newly_armed.is_none().then_some(last.payment_id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMs = UnixMs(1_795_323_600_000);

    fn limits() -> Limits {
        Limits {
            per_tap: Rupiah(100_000),
            per_day: Rupiah(150_000),
            max_balance: Rupiah(2_000_000),
            double_tap_ms: 3_000,
        }
    }

    fn payer() -> PayerFacts {
        PayerFacts {
            account: Standing::Active,
            card: Standing::Active,
            balance: Rupiah(50_000),
            held: Rupiah::ZERO,
            spent_today: Rupiah::ZERO,
        }
    }

    fn facts() -> TapFacts {
        TapFacts {
            late: false,
            payer: Some(payer()),
            price: Some(Rupiah(12_500)),
            armed: None,
            named: None,
            may_name_amount: false,
            last_paid: None,
        }
    }

    fn outcome(facts: &TapFacts) -> (Outcome, Option<i64>) {
        match decide(facts, &limits(), NOW) {
            Decision::Charge { .. } => (Outcome::Ok, None),
            Decision::Repeat { first } => (Outcome::Dup, Some(first)),
            Decision::Refuse { outcome, detail, .. } => (outcome, detail.map(|d| d.0)),
        }
    }

    fn sale(sale: i64, amount: i64) -> ArmedSale {
        ArmedSale { sale, amount: Rupiah(amount), until: NOW.plus(1_000) }
    }

    #[test]
    fn fixed_price_and_armed_sale() {
        assert_eq!(decide(&facts(), &limits(), NOW), Decision::Charge { amount: Rupiah(12_500), sale: None });
        let armed = TapFacts { price: None, armed: Some(sale(9, 27_500)), ..facts() };
        assert_eq!(
            decide(&armed, &limits(), NOW),
            Decision::Charge { amount: Rupiah(27_500), sale: Some(9) }
        );
        assert_eq!(outcome(&TapFacts { price: None, ..facts() }).0, Outcome::Unarmed);
        let over =
            TapFacts { armed: Some(ArmedSale { until: NOW.plus(-1), ..sale(9, 5) }), price: None, ..facts() };
        assert_eq!(outcome(&over).0, Outcome::Unarmed);
    }

    #[test]
    fn amounts_from_the_air_need_permission() {
        let named = |amount, may| TapFacts { named: Some(Rupiah(amount)), may_name_amount: may, ..facts() };
        assert_eq!(outcome(&named(1, false)).0, Outcome::Err);
        assert_eq!(outcome(&named(12_500, false)).0, Outcome::Ok);
        assert_eq!(
            decide(&named(1, true), &limits(), NOW),
            Decision::Charge { amount: Rupiah(1), sale: None }
        );
    }

    #[test]
    fn refusals_by_name() {
        assert_eq!(outcome(&TapFacts { payer: None, ..facts() }).0, Outcome::Unknown);
        assert_eq!(outcome(&TapFacts { late: true, ..facts() }).0, Outcome::Late);
        for (account, card, want) in [
            (Standing::Frozen, Standing::Active, Outcome::Frozen),
            (Standing::Closed, Standing::Active, Outcome::Frozen),
            (Standing::Active, Standing::Frozen, Outcome::Frozen),
            (Standing::Active, Standing::Closed, Outcome::Frozen),
            (Standing::Frozen, Standing::Lost, Outcome::Lost),
        ] {
            let facts = TapFacts { payer: Some(PayerFacts { account, card, ..payer() }), ..facts() };
            assert_eq!(outcome(&facts).0, want);
        }
    }

    #[test]
    fn limits_and_balance() {
        let with = |p: PayerFacts, price| TapFacts { payer: Some(p), price: Some(Rupiah(price)), ..facts() };
        assert_eq!(outcome(&with(payer(), 100_001)), (Outcome::Limit, Some(100_000)));
        let spent = PayerFacts { spent_today: Rupiah(149_000), ..payer() };
        assert_eq!(outcome(&with(spent, 1_001)), (Outcome::Limit, Some(1_000)));
        assert_eq!(outcome(&with(spent, 1_000)), (Outcome::Ok, None));
        assert_eq!(outcome(&with(payer(), 50_000)), (Outcome::Ok, None));
        assert_eq!(outcome(&with(payer(), 50_001)), (Outcome::Low, Some(1)));
        let held = PayerFacts { held: Rupiah(40_000), ..payer() };
        assert_eq!(outcome(&with(held, 12_500)), (Outcome::Low, Some(2_500)));
    }

    #[test]
    fn the_double_tap_window() {
        let paid = |age: i64, paid_sale, armed| TapFacts {
            last_paid: Some(LastPaid { payment_id: 4, at: NOW.plus(-age), sale: paid_sale }),
            armed,
            ..facts()
        };
        assert_eq!(outcome(&paid(2_999, None, None)), (Outcome::Dup, Some(4)));
        assert_eq!(outcome(&paid(3_000, None, None)).0, Outcome::Ok);
        assert_eq!(outcome(&paid(-2_000, None, None)), (Outcome::Dup, Some(4)));
        assert_eq!(
            outcome(&paid(-3_600_000, None, None)).0,
            Outcome::Ok,
            "a clock set back never locks a card out"
        );
        assert_eq!(outcome(&paid(100, Some(9), None)), (Outcome::Dup, Some(4)), "its sale is paid and gone");
        assert_eq!(
            outcome(&paid(100, Some(9), Some(sale(10, 500)))).0,
            Outcome::Ok,
            "a newly armed sale is a new tap"
        );
    }

    proptest! {
        #[test]
        fn a_charge_never_exceeds_balance_or_limits(
            balance in 0..3_000_000i64, held in 0..1_000_000i64, spent in 0..3_000_000i64, price in 1..i64::MAX,
        ) {
            let payer = PayerFacts { balance: Rupiah(balance), held: Rupiah(held), spent_today: Rupiah(spent), ..payer() };
            let facts = TapFacts { payer: Some(payer), price: Some(Rupiah(price)), ..facts() };
            if let Decision::Charge { amount, .. } = decide(&facts, &limits(), NOW) {
                prop_assert_eq!(amount.0, price);
                prop_assert!(price <= balance - held && price <= 100_000 && price + spent <= 150_000);
            }
        }
    }
}
