//! What energy costs: rupiah a kilowatt-hour, in tiers of what was used in the month, by the tariff that is in force in
//! that month. An estimate for people, never a bill: PLN's own rounding, taxes and minimum charges are not known here.
//!
//! Rounding: each tier's thousandths of kilowatt-hours times its price, all added up exactly, the fixed fee with them; only
//! the month's sum is rounded, half a rupiah upwards.

use serde::{Deserialize, Serialize};

use super::units::MilliKwh;
use crate::money::Rupiah;
use crate::time::WibMonth;

/// The highest price a kilowatt-hour may have: a slip of the finger, not a tariff, is beyond it.
pub const PER_KWH_MAX: Rupiah = Rupiah(1_000_000);
/// Tiers that a tariff may have.
pub const TIERS_MAX: usize = 12;

/// A price up to a level of the month's energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Up to and with this energy of the month; `None` for whatever is above the tier before.
    pub up_to: Option<MilliKwh>,
    /// Rupiah for one kilowatt-hour.
    pub per_kwh: Rupiah,
}

/// A tariff as it is typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// It is in force from the first day of this month, until a later one is.
    pub from: WibMonth,
    /// In rising order; the last has no upper end.
    pub tiers: Vec<Tier>,
    /// A fixed fee for every month.
    pub monthly_fee: Rupiah,
}

/// Why a tariff is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TariffRefused {
    /// None, or more than [`TIERS_MAX`].
    #[error("a tariff has 1 to {TIERS_MAX} tiers, this has {tiers}")]
    TierCount {
        /// How many.
        tiers: usize,
    },
    /// Below zero or above [`PER_KWH_MAX`].
    #[error("tier {tier} costs {per_kwh} a kWh; prices are Rp 0 to {PER_KWH_MAX}")]
    Price {
        /// Which, from 1.
        tier: usize,
        /// Its price.
        per_kwh: Rupiah,
    },
    /// Not above the one before, or no end where one is needed, or an end where none may be.
    #[error("tier {tier} does not end above the one before it; only the last one is open")]
    Order {
        /// Which, from 1.
        tier: usize,
    },
    /// Below zero or above what a single amount may be.
    #[error("the monthly fee {fee} is refused; it is Rp 0 to {}", crate::money::AMOUNT_MAX)]
    Fee {
        /// The fee.
        fee: Rupiah,
    },
    /// Two tariffs of one month.
    #[error("two tariffs are in force from {from}; keep one of them")]
    SameMonth {
        /// The month.
        from: WibMonth,
    },
}

/// All tariffs that were typed in, checked and in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tariff>")]
pub struct TariffBook(Vec<Tariff>);

impl TryFrom<Vec<Tariff>> for TariffBook {
    type Error = TariffRefused;

    fn try_from(tariffs: Vec<Tariff>) -> Result<Self, TariffRefused> {
        Self::of(tariffs)
    }
}

/// What a month cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// All of it.
    pub total: Rupiah,
    /// The fixed fee in it.
    pub monthly_fee: Rupiah,
}

impl Tariff {
    fn check(&self) -> Result<(), TariffRefused> {
        let tiers = self.tiers.len();
        if !(1..=TIERS_MAX).contains(&tiers) {
            return Err(TariffRefused::TierCount { tiers });
        }
        if self.monthly_fee < Rupiah::ZERO || self.monthly_fee > crate::money::AMOUNT_MAX {
            return Err(TariffRefused::Fee { fee: self.monthly_fee });
        }
        let mut below = MilliKwh::ZERO;
        for (index, tier) in self.tiers.iter().enumerate() {
            if tier.per_kwh < Rupiah::ZERO || tier.per_kwh > PER_KWH_MAX {
                return Err(TariffRefused::Price { tier: index + 1, per_kwh: tier.per_kwh });
            }
            let last = index + 1 == tiers;
            match tier.up_to {
                None if last => {}
                Some(end) if !last && end > below => below = end,
                None | Some(_) => return Err(TariffRefused::Order { tier: index + 1 }),
            }
        }
        Ok(())
    }

    /// What this much energy in one month costs; nothing is earned by a counter that went backwards. `None` beyond what
    /// rupiah can be counted in.
    #[must_use]
    pub fn cost(&self, used: MilliKwh) -> Option<Cost> {
        let used = used.max(MilliKwh::ZERO);
        let (mut below, mut thousandths) = (MilliKwh::ZERO, i128::from(self.monthly_fee.0) * 1_000);
        for tier in &self.tiers {
            let end = tier.up_to.map_or(used, |end| end.min(used));
            thousandths += i128::from(end.less(below).0.max(0)) * i128::from(tier.per_kwh.0);
            below = below.max(end);
        }
        let total = Rupiah(i64::try_from((thousandths + 500).div_euclid(1_000)).ok()?);
        Some(Cost { total, monthly_fee: self.monthly_fee })
    }
}

impl TariffBook {
    /// Checks the tariffs and puts them in order.
    ///
    /// # Errors
    /// The first thing that is wrong; see [`TariffRefused`].
    pub fn of(mut tariffs: Vec<Tariff>) -> Result<Self, TariffRefused> {
        tariffs.iter().try_for_each(Tariff::check)?;
        tariffs.sort_by_key(|tariff| tariff.from);
        match tariffs.windows(2).find(|pair| pair[0].from == pair[1].from) {
            Some(pair) => Err(TariffRefused::SameMonth { from: pair[0].from }),
            None => Ok(Self(tariffs)),
        }
    }

    /// The tariffs, the earliest first.
    #[must_use]
    pub fn tariffs(&self) -> &[Tariff] {
        &self.0
    }

    /// The tariff of a month; `None` before the first one.
    #[must_use]
    pub fn in_force(&self, month: WibMonth) -> Option<&Tariff> {
        self.0.iter().rev().find(|tariff| tariff.from <= month)
    }

    /// What a month's energy costs; `None` without a tariff for it.
    #[must_use]
    pub fn cost(&self, month: WibMonth, used: MilliKwh) -> Option<Cost> {
        self.in_force(month)?.cost(used)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tier(up_to: Option<i64>, per_kwh: i64) -> Tier {
        Tier { up_to: up_to.map(MilliKwh), per_kwh: Rupiah(per_kwh) }
    }

    fn tariff(tiers: Vec<Tier>) -> Tariff {
        Tariff { from: WibMonth::of(2026, 1), tiers, monthly_fee: Rupiah::ZERO }
    }

    fn tiered() -> Tariff {
        tariff(vec![tier(Some(20_000), 169), tier(Some(60_000), 360), tier(None, 1_445)])
    }

    #[test]
    fn tiers_add_up_and_only_the_sum_is_rounded() {
        for (used, want) in [
            (-5, 0),
            (0, 0),
            (2, 0),
            (3, 1), // 0.507 of a rupiah
            (20_000, 3_380),
            (20_001, 3_380),
            (20_002, 3_381), // 0.72 of a rupiah
            (60_000, 17_780),
            (100_000, 75_580),
        ] {
            assert_eq!(tiered().cost(MilliKwh(used)).unwrap().total, Rupiah(want), "{used}");
        }
        let with_fee = Tariff { monthly_fee: Rupiah(11_000), ..tariff(vec![tier(None, 1_352)]) };
        assert_eq!(with_fee.cost(MilliKwh(1_500)).unwrap().total, Rupiah(13_028));
        assert_eq!(with_fee.cost(MilliKwh(i64::MAX)), None);
    }

    #[test]
    fn the_tariff_of_the_month_counts() {
        let old = tariff(vec![tier(None, 1_000)]);
        let new = Tariff { from: WibMonth::of(2026, 7), ..tariff(vec![tier(None, 2_000)]) };
        let book = TariffBook::of(vec![new.clone(), old]).unwrap();
        let cost =
            |year, month| book.cost(WibMonth::of(year, month), MilliKwh(1_000)).map(|cost| cost.total.0);
        assert_eq!(cost(2025, 12), None);
        assert_eq!((cost(2026, 6), cost(2026, 7), cost(2030, 1)), (Some(1_000), Some(2_000), Some(2_000)));
        let json = serde_json::to_string(&book).unwrap();
        assert!(json.starts_with(r#"[{"from":"2026-01","tiers":[{"up_to":null,"per_kwh":1000}]"#), "{json}");
        assert_eq!(serde_json::from_str::<TariffBook>(&json).unwrap(), book);
        assert!(serde_json::from_str::<TariffBook>(&json.replace("1000", "-1")).is_err());
        let twice = TariffBook::of(vec![new.clone(), new]);
        assert_eq!(twice, Err(TariffRefused::SameMonth { from: WibMonth::of(2026, 7) }));
    }

    #[test]
    fn tariffs_that_make_no_sense_are_refused() {
        for (tiers, want) in [
            (vec![], TariffRefused::TierCount { tiers: 0 }),
            (vec![tier(None, 1); 13], TariffRefused::TierCount { tiers: 13 }),
            (vec![tier(None, -1)], TariffRefused::Price { tier: 1, per_kwh: Rupiah(-1) }),
            (vec![tier(Some(1), 1)], TariffRefused::Order { tier: 1 }),
            (vec![tier(None, 1), tier(None, 1)], TariffRefused::Order { tier: 1 }),
            (vec![tier(Some(5), 1), tier(Some(5), 1), tier(None, 1)], TariffRefused::Order { tier: 2 }),
        ] {
            assert_eq!(TariffBook::of(vec![tariff(tiers)]), Err(want));
        }
        let fee = Tariff { monthly_fee: Rupiah(-1), ..tiered() };
        assert_eq!(TariffBook::of(vec![fee]), Err(TariffRefused::Fee { fee: Rupiah(-1) }));
    }

    proptest! {
        #[test]
        fn more_energy_never_costs_less(used in 0_i64..100_000_000, more in 0_i64..1_000_000) {
            let cost = |used| tiered().cost(MilliKwh(used)).unwrap().total;
            prop_assert!(cost(used + more) >= cost(used));
        }
    }
}
