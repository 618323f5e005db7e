//! Money: whole rupiah in 64 bits, with checked arithmetic only.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of rupiah. IDR is kept at scale 0: 1 is one rupiah. Signed, so that a posting has a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rupiah(pub i64);

/// The largest amount that a single request may name: far above any limit, far below overflow.
pub const AMOUNT_MAX: Rupiah = Rupiah(1_000_000_000_000);

impl Rupiah {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Sum, or `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The same amount in the other direction, or `None` for the one value that has none.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// An amount that a person or a device asked for: 1 to `AMOUNT_MAX`.
    #[must_use]
    pub fn asked(value: i64) -> Option<Self> {
        (1..=AMOUNT_MAX.0).contains(&value).then_some(Self(value))
    }
}

/// `Rp 1.250.000`, as written in Indonesia.
impl fmt::Display for Rupiah {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        f.write_str(if self.0 < 0 { "-Rp " } else { "Rp " })?;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_str(".")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_written_in_indonesia() {
        for (amount, text) in [
            (0, "Rp 0"),
            (999, "Rp 999"),
            (1_000, "Rp 1.000"),
            (1_250_000, "Rp 1.250.000"),
            (-12_500, "-Rp 12.500"),
            (i64::MIN, "-Rp 9.223.372.036.854.775.808"),
        ] {
            assert_eq!(Rupiah(amount).to_string(), text);
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Rupiah(i64::MAX).checked_add(Rupiah(1)), None);
        assert_eq!(Rupiah(i64::MIN).checked_sub(Rupiah(1)), None);
        assert_eq!(Rupiah(i64::MIN).checked_neg(), None);
        assert_eq!(Rupiah::asked(0), None);
        assert_eq!(Rupiah::asked(-1), None);
        assert_eq!(Rupiah::asked(i64::MAX), None);
        assert_eq!(Rupiah::asked(1), Some(Rupiah(1)));
    }
}
