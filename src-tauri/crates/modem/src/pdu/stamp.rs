//! Time stamps: seven octets of swapped digits and a zone in quarters of an hour (3GPP TS 23.040, section 9.2.3.11). An
//! impossible date is kept as it came and has no moment.

use std::fmt;

use gerai_core::time::UnixMs;

const DAY_SECONDS: i64 = 86_400;
/// No place on Earth is further from UTC than 14 hours.
const ZONE_QUARTERS_MAX: i8 = 56;

/// A time stamp as it stands in the PDU: TP-SCTS, TP-DT, or an absolute TP-VP.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp(pub [u8; 7]);

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_deref().unwrap_or("no possible time"))
    }
}

/// Year, month, day, hour, minute, second, zone in quarters of an hour.
struct Civil {
    date: [i64; 3],
    time: [i64; 3],
    zone_quarters: i8,
}

impl Stamp {
    /// A moment as seen on a clock in a zone, `zone_quarters` quarters of an hour east of UTC (−56 to 56; what lies outside
    /// is moved to the end). Years outside 1990 to 2089 come out a century off: the field has two digits.
    #[must_use]
    pub fn at(moment: UnixMs, zone_quarters: i8) -> Self {
        let zone = zone_quarters.clamp(-ZONE_QUARTERS_MAX, ZONE_QUARTERS_MAX);
        let local = moment.0.div_euclid(1000).saturating_add(i64::from(zone) * 900);
        let (year, month, day) = civil_of(local.div_euclid(DAY_SECONDS));
        let second = local.rem_euclid(DAY_SECONDS);
        let sign = if zone < 0 { 0x08 } else { 0 };
        Self([
            swapped(year.rem_euclid(100)),
            swapped(month),
            swapped(day),
            swapped(second / 3600),
            swapped(second / 60 % 60),
            swapped(second % 60),
            swapped(i64::from(zone.unsigned_abs())) | sign,
        ])
    }

    /// The moment, or `None` when no calendar has this date, no clock this time, or no place this zone.
    #[must_use]
    pub fn moment(self) -> Option<UnixMs> {
        let Civil { date: [year, month, day], time: [hour, minute, second], zone_quarters } = self.civil()?;
        let local = days_of(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
        Some(UnixMs((local - i64::from(zone_quarters) * 900) * 1000))
    }

    /// In words of ISO 8601: `2026-11-27T10:51:35+07:00`.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let Civil { date: [year, month, day], time: [hour, minute, second], zone_quarters } = self.civil()?;
        let sign = if zone_quarters < 0 { '-' } else { '+' };
        let minutes = u16::from(zone_quarters.unsigned_abs()) * 15;
        Some(format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}",
            minutes / 60,
            minutes % 60
        ))
    }

    fn civil(self) -> Option<Civil> {
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = match unswapped(year)? {
            late @ 90.. => 1900 + late,
            year => 2000 + year,
        };
        let (month, day) = (unswapped(month)?, unswapped(day)?);
        let time = [unswapped(hour)?, unswapped(minute)?, unswapped(second)?];
        let possible = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && time[0] < 24
            && time[1] < 60
            && time[2] < 60;
        let quarters =
            i8::try_from(unswapped(zone & !0x08)?).ok().filter(|zone| *zone <= ZONE_QUARTERS_MAX)?;
        let zone_quarters = if zone & 0x08 == 0 { quarters } else { -quarters };
        possible.then_some(Civil { date: [year, month, day], time, zone_quarters })
    }
}

/// Two digits, the first in the low half octet; `None` when one is no digit.
fn unswapped(octet: u8) -> Option<i64> {
    let (tens, units) = (octet & 0x0F, octet >> 4);
    (tens < 10 && units < 10).then(|| i64::from(tens) * 10 + i64::from(units))
}

/// A number of two digits with the first in the low half octet.
fn swapped(number: i64) -> u8 {
    let number = u8::try_from(number.clamp(0, 99)).unwrap_or(0);
    ((number % 10) << 4) | (number / 10)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let before = year - 1;
    let leap_days = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    before * 365 + leap_days + months + day - 1 - 719_162
}

/// Date of the Gregorian calendar, from days since 1970-01-01.
fn civil_of(days: i64) -> (i64, i64, i64) {
    // The estimate is at most one year off in either direction.
    let mut year = 1970 + days.div_euclid(365).min(days.div_euclid(366));
    while days_of(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut rest = days - days_of(year, 1, 1);
    let mut month = 1;
    while rest >= days_in(year, month) {
        rest -= days_in(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_stamp_of_jakarta() {
        // 2026-11-27 10:51:35, +7 h = 28 quarters, every pair of digits swapped.
        let stamp = Stamp([0x62, 0x11, 0x72, 0x01, 0x15, 0x53, 0x82]);
        assert_eq!(stamp.text().unwrap(), "2026-11-27T10:51:35+07:00");
        // 20,784 days since 1970 (56 years and 14 leap days to 2026-01-01 = 20,454, and 330 more), 03:51:35 UTC.
        assert_eq!(stamp.moment(), Some(UnixMs((20_784 * 86_400 + 3 * 3600 + 51 * 60 + 35) * 1000)));
        assert_eq!(Stamp::at(stamp.moment().unwrap(), 28), stamp);
    }

    #[test]
    fn zones_west_of_greenwich() {
        // −3:30 = 14 quarters: digits 1 and 4 swapped = 41, and the sign bit 0x08 in the low half.
        let stamp = Stamp([0x62, 0x10, 0x10, 0x00, 0x00, 0x00, 0x49]);
        assert_eq!(stamp.text().unwrap(), "2026-01-01T00:00:00-03:30");
        assert_eq!(stamp.moment(), Some(UnixMs((20_454 * 86_400 + 12_600) * 1000)));
    }

    #[test]
    fn years_have_two_digits() {
        assert!(Stamp([0x99, 0x10, 0x10, 0, 0, 0, 0]).text().unwrap().starts_with("1999-"));
        assert!(Stamp([0x98, 0x10, 0x10, 0, 0, 0, 0]).text().unwrap().starts_with("2089-"));
    }

    #[test]
    fn impossible_ones_have_no_moment() {
        let impossible = [
            [0x62, 0x31, 0x10, 0, 0, 0, 0],
            [0x62, 0x00, 0x10, 0, 0, 0, 0],
            [0x62, 0x10, 0x00, 0, 0, 0, 0],
            [0x62, 0x20, 0x92, 0, 0, 0, 0],
            [0x62, 0x40, 0x13, 0, 0, 0, 0],
            [0x62, 0x10, 0x10, 0x42, 0, 0, 0],
            [0x62, 0x10, 0x10, 0, 0x06, 0, 0],
            [0x62, 0x10, 0x10, 0, 0, 0x06, 0],
            [0x62, 0x10, 0x10, 0, 0, 0, 0x75],
            [0xA2, 0x10, 0x10, 0, 0, 0, 0],
            [0xFF; 7],
            [0; 7],
        ];
        for octets in impossible {
            assert_eq!(Stamp(octets).moment(), None, "{octets:02X?}");
        }
        // 29 February of a leap year is a day.
        assert!(Stamp([0x42, 0x20, 0x92, 0, 0, 0, 0]).moment().is_some());
    }

    proptest! {
        #[test]
        fn moments_come_back(second in 631_152_000_i64..3_786_825_600, zone in -56_i8..=56) {
            // One day is left at both ends of 1990 to 2089, for the zone.
            let moment = UnixMs(second.clamp(631_152_000 + 86_400, 3_786_825_600 - 86_400) * 1000);
            prop_assert_eq!(Stamp::at(moment, zone).moment(), Some(moment));
        }

        #[test]
        fn any_moment_makes_a_stamp(ms in -62_000_000_000_000_i64..250_000_000_000_000, zone: i8) {
            prop_assert!(Stamp::at(UnixMs(ms), zone).text().is_some());
        }
    }
}
