//! The quantities of a stove's token, each an integer in a type that names its unit. They are read from the token's
//! fixed-point text digit by digit and never pass through a float: what the meter wrote is what is kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::UnixMs;

/// Energy in thousandths of a kilowatt-hour, which is watt-hours. Signed, so that a difference has a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliKwh(pub i64);

/// Voltage in whole volts, 0–999: the five-minute mean of the root mean square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Volts(pub u16);

/// Current in thousandths of an ampere, 0–99 999: the five-minute mean of the root mean square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliAmps(pub u32);

/// Active power in whole watts, 0–9 999: a five-minute mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Watts(pub u16);

/// Power factor in hundredths, 0–999 as written; above 100 it is no power factor and gets a quality flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CentiPf(pub u16);

/// A stove's own time: whole seconds since 1970-01-01 00:00 UTC, nine to eleven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixS(pub i64);

/// Reads fixed-point text: one to `whole_max` digits, and when `decimals` is not 0 a point and exactly that many more.
/// No sign, no exponent, no comma, no space. The value counts in units of the last decimal.
fn fixed(text: &str, whole_max: usize, decimals: usize) -> Option<u32> {
    let (whole, fraction) = if decimals == 0 { (text, "") } else { text.split_once('.')? };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let lengths = (1..=whole_max).contains(&whole.len()) && fraction.len() == decimals;
    if !lengths || !digits(whole) || !digits(fraction) {
        return None;
    }
    // At most five digits and three decimals: 99 999 999 fits.
    whole
        .bytes()
        .chain(fraction.bytes())
        .try_fold(0_u32, |value, byte| value.checked_mul(10)?.checked_add(u32::from(byte - b'0')))
}

impl MilliKwh {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The lifetime counter `E`: one to five digits, a point, three decimals.
    #[must_use]
    pub fn total(text: &str) -> Option<Self> {
        fixed(text, 5, 3).map(|value| Self(i64::from(value)))
    }

    /// This month's counter `EM`: one to four digits, a point, three decimals.
    #[must_use]
    pub fn of_month(text: &str) -> Option<Self> {
        fixed(text, 4, 3).map(|value| Self(i64::from(value)))
    }

    /// `self` less `other`, saturating.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Volts {
    /// One to three digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        fixed(text, 3, 0).and_then(|value| u16::try_from(value).ok()).map(Self)
    }
}

impl MilliAmps {
    /// One or two digits, a point, three decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        fixed(text, 2, 3).map(Self)
    }
}

impl Watts {
    /// One to four digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        fixed(text, 4, 0).and_then(|value| u16::try_from(value).ok()).map(Self)
    }
}

impl CentiPf {
    /// One digit, a point, two decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        fixed(text, 1, 2).and_then(|value| u16::try_from(value).ok()).map(Self)
    }
}

impl UnixS {
    /// Nine to eleven digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = (9..=11).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }

    /// The same moment in milliseconds, as the rest of the station counts.
    #[must_use]
    pub fn ms(self) -> UnixMs {
        UnixMs(self.0.saturating_mul(1_000))
    }

    /// Seconds from `earlier` to `self`; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// `10.000 kWh`, with a minus before a negative difference.
impl fmt::Display for MilliKwh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:03} kWh", size / 1_000, size % 1_000)
    }
}

/// `220 V`.
impl fmt::Display for Volts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} V", self.0)
    }
}

/// `32.000 A`.
impl fmt::Display for MilliAmps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} A", self.0 / 1_000, self.0 % 1_000)
    }
}

/// `1000 W`.
impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} W", self.0)
    }
}

/// `0.95`.
impl fmt::Display for CentiPf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// `2022-03-07 16:54:20` in WIB.
impl fmt::Display for UnixS {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ms().wib_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_document_writes() {
        assert_eq!(MilliKwh::total("00010.000"), Some(MilliKwh(10_000)));
        assert_eq!(MilliKwh::total("99999.999"), Some(MilliKwh(99_999_999)));
        assert_eq!(MilliKwh::of_month("0002.000"), Some(MilliKwh(2_000)));
        assert_eq!(MilliKwh::of_month("1.001"), Some(MilliKwh(1_001)));
        assert_eq!(Volts::parse("220"), Some(Volts(220)));
        assert_eq!(MilliAmps::parse("32.000"), Some(MilliAmps(32_000)));
        assert_eq!(Watts::parse("1000"), Some(Watts(1_000)));
        assert_eq!(CentiPf::parse("5.12"), Some(CentiPf(512)));
        assert_eq!(UnixS::parse("1646646860"), Some(UnixS(1_646_646_860)));
        assert_eq!(UnixS(1_646_646_860).to_string(), "2022-03-07 16:54:20");
    }

    #[test]
    fn refuses_every_other_way_to_write_a_number() {
        for wrong in [
            "", ".", "1.", ".000", "1.00", "1.0000", "1,000", "-1.000", "+1.000", " 1.000", "1.000 ",
            "1e3.000",
        ] {
            assert_eq!(MilliKwh::total(wrong), None, "{wrong:?}");
            assert_eq!(MilliKwh::of_month(wrong), None, "{wrong:?}");
            assert_eq!(MilliAmps::parse(wrong), None, "{wrong:?}");
        }
        for wrong in ["", "1", "1.", ".95", "0.9", "0.950", "0,95", "-1.00", "1.00 ", "１.00"] {
            assert_eq!(CentiPf::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(MilliKwh::total("100000.000"), None);
        assert_eq!(MilliKwh::of_month("10000.000"), None);
        assert_eq!(MilliAmps::parse("100.000"), None);
        assert_eq!(CentiPf::parse("10.00"), None);
        for wrong in ["", "1000", "-20", "2 0", "２２", "0x1"] {
            assert_eq!(Volts::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(Watts::parse("10000"), None);
        for wrong in ["", "12345678", "123456789012", "-123456789", "12345678x"] {
            assert_eq!(UnixS::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn prints_for_people() {
        assert_eq!(MilliKwh(-1_005).to_string(), "-1.005 kWh");
        assert_eq!(MilliKwh(i64::MIN).to_string(), "-9223372036854775.808 kWh");
        assert_eq!(MilliAmps(45).to_string(), "0.045 A");
        assert_eq!(CentiPf(95).to_string(), "0.95");
        assert_eq!((Volts(220).to_string(), Watts(5).to_string()), ("220 V".to_owned(), "5 W".to_owned()));
    }
}
