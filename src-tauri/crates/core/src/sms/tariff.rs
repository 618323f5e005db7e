//! What a short message costs by one SIM: prices by prefix, promotions after so many messages of a day, and packages paid
//! for beforehand. Whole rupiah only. It does not know what was really charged: the balance shows that.

use crate::money::Rupiah;
use crate::time::UnixMs;

/// Price of a short message to numbers with one prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TariffRow {
    /// Prefix of the international number, digits; empty: every other number.
    pub prefix: String,
    /// A short message.
    pub price: Rupiah,
    /// After this many short messages of one day to this prefix, `price_after` holds. 0: never.
    pub after: u32,
    /// A short message after that.
    pub price_after: Rupiah,
}

/// The prices of a SIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tariff {
    /// Longest prefix first.
    rows: Vec<TariffRow>,
}

impl Tariff {
    /// Takes the rows in any order. They are kept longest prefix first; of two with the same prefix the first counts.
    #[must_use]
    pub fn new(mut rows: Vec<TariffRow>) -> Self {
        rows.sort_by(|a, b| b.prefix.len().cmp(&a.prefix.len()).then_with(|| a.prefix.cmp(&b.prefix)));
        rows.dedup_by(|later, first| later.prefix == first.prefix);
        Self { rows }
    }

    /// The rows, longest prefix first.
    #[must_use]
    pub fn rows(&self) -> &[TariffRow] {
        &self.rows
    }

    /// The row that counts for a number: its place in [`Tariff::rows`]. A short code has the row of every other number,
    /// unless a row names it whole.
    #[must_use]
    pub fn place(&self, digits: &str, international: bool) -> Option<usize> {
        self.rows.iter().position(|row| {
            if international {
                digits.starts_with(&row.prefix)
            } else {
                row.prefix.is_empty() || row.prefix == digits
            }
        })
    }

    /// What `parts` short messages cost by the row at `place`, when `sent_today` went to its prefix today. `None`: no such
    /// row, or more than an amount can say.
    #[must_use]
    pub fn price(&self, place: usize, parts: u32, sent_today: u32) -> Option<Rupiah> {
        let row = self.rows.get(place)?;
        let full = if row.after == 0 { parts } else { row.after.saturating_sub(sent_today).min(parts) };
        let before = row.price.0.checked_mul(i64::from(full))?;
        let after = row.price_after.0.checked_mul(i64::from(parts - full))?;
        before.checked_add(after).map(Rupiah)
    }
}

/// So many short messages paid for beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Prefixes it is for; empty: every international number.
    pub prefixes: Vec<String>,
    /// Short messages left in it.
    pub left: u32,
    /// Until when; `None`: no end.
    pub until: Option<UnixMs>,
}

impl Package {
    /// Short messages it still pays for to this number. It never pays for short codes.
    #[must_use]
    pub fn pays(&self, digits: &str, international: bool, now: UnixMs) -> u32 {
        let lives = self.until.is_none_or(|until| now < until);
        let covers = self.prefixes.is_empty() || self.prefixes.iter().any(|p| digits.starts_with(p.as_str()));
        if lives && international && covers { self.left } else { 0 }
    }
}

/// Takes `parts` short messages to a number out of the packages, the one that ends first before the others, and returns
/// how many of them no package pays for.
pub fn take_from(
    packages: &mut [Package],
    digits: &str,
    international: bool,
    parts: u32,
    now: UnixMs,
) -> u32 {
    let mut unpaid = parts;
    while unpaid > 0 {
        let next = packages
            .iter_mut()
            .filter(|package| package.pays(digits, international, now) > 0)
            .min_by_key(|package| package.until.map_or(i64::MAX, |until| until.0));
        let Some(package) = next else { break };
        let taken = package.left.min(unpaid);
        package.left -= taken;
        unpaid -= taken;
    }
    unpaid
}

/// What a message of `parts` short messages to a number is estimated to cost: packages first, then the tariff, whose
/// counters of today are given by row in `sent_today` (a missing one is 0). `None`: no tariff for this number.
#[must_use]
pub fn estimate(
    tariff: &Tariff,
    packages: &[Package],
    sent_today: &[u32],
    (digits, international): (&str, bool),
    parts: u32,
    now: UnixMs,
) -> Option<Rupiah> {
    let paid = packages
        .iter()
        .map(|package| package.pays(digits, international, now))
        .fold(0u32, u32::saturating_add)
        .min(parts);
    if paid == parts {
        return Some(Rupiah::ZERO);
    }
    let place = tariff.place(digits, international)?;
    tariff.price(place, parts - paid, sent_today.get(place).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(prefix: &str, price: i64, after: u32, price_after: i64) -> TariffRow {
        TariffRow { prefix: prefix.to_owned(), price: Rupiah(price), after, price_after: Rupiah(price_after) }
    }

    const NOW: UnixMs = UnixMs(1_000);

    fn cost(tariff: &Tariff, digits: &str, parts: u32, sent: &[u32]) -> Option<i64> {
        estimate(tariff, &[], sent, (digits, digits.len() > 7), parts, NOW).map(|rupiah| rupiah.0)
    }

    #[test]
    fn the_longest_prefix_counts() {
        let tariff = Tariff::new(vec![row("", 350, 0, 0), row("62871", 50, 0, 0), row("628715", 40, 0, 0)]);
        assert_eq!(cost(&tariff, "6287112345678", 1, &[]), Some(50));
        assert_eq!(cost(&tariff, "6287152345678", 3, &[]), Some(120));
        assert_eq!(cost(&tariff, "6281234567890", 2, &[]), Some(700));
        assert_eq!(cost(&tariff, "888", 1, &[]), Some(350));
        assert_eq!(cost(&Tariff::new(vec![row("62871", 50, 0, 0)]), "6281234567890", 1, &[]), None);
        assert_eq!(cost(&Tariff::default(), "6281234567890", 1, &[]), None);
    }

    #[test]
    fn a_promotion_begins_within_a_message() {
        let tariff = Tariff::new(vec![row("62871", 100, 5, 1)]);
        for (sent, parts, want) in
            [(0, 1, 100), (4, 1, 100), (5, 1, 1), (3, 4, 202), (0, 10, 505), (u32::MAX, 2, 2)]
        {
            assert_eq!(cost(&tariff, "6287112345678", parts, &[sent]), Some(want), "{sent} {parts}");
        }
    }

    #[test]
    fn an_amount_never_wraps() {
        assert_eq!(cost(&Tariff::new(vec![row("", i64::MAX, 0, 0)]), "6281234567890", 2, &[]), None);
    }

    #[test]
    fn packages_pay_first() {
        let tariff = Tariff::new(vec![row("", 350, 0, 0)]);
        let package = |left, until, prefixes: &[&str]| Package {
            prefixes: prefixes.iter().map(|p| (*p).to_owned()).collect(),
            left,
            until,
        };
        let number = ("6287112345678", true);
        let cost =
            |packages: &[Package], parts| estimate(&tariff, packages, &[], number, parts, NOW).map(|r| r.0);
        assert_eq!(cost(&[package(3, None, &[])], 3), Some(0));
        assert_eq!(cost(&[package(3, None, &[])], 5), Some(700));
        assert_eq!(cost(&[package(3, Some(NOW), &[])], 1), Some(350));
        assert_eq!(cost(&[package(3, Some(NOW.plus(1)), &["62871"])], 1), Some(0));
        assert_eq!(cost(&[package(3, None, &["62812"])], 1), Some(350));
        assert_eq!(
            estimate(&tariff, &[package(3, None, &[])], &[], ("888", false), 1, NOW),
            Some(Rupiah(350))
        );

        let mut packages = [package(5, None, &[]), package(2, Some(NOW.plus(9)), &[])];
        assert_eq!(take_from(&mut packages, number.0, true, 3, NOW), 0);
        assert_eq!((packages[0].left, packages[1].left), (4, 0));
        assert_eq!(take_from(&mut packages, number.0, true, 9, NOW), 5);
    }
}
