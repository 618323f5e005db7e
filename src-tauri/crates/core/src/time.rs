//! Time as the ledger sees it: milliseconds on the wall clock, and the WIB calendar day that limits count in.
//! Reading a clock is not done here: readings come in through `port::Clock`.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 00:00 UTC, on the station's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// This moment plus `ms` milliseconds, saturating.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to `self`; negative when the clock ran backwards.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment in WIB, for people: `2026-11-22 12:00:05`.
    #[must_use]
    pub fn wib_text(self) -> String {
        let local = self.0.saturating_add(WIB_OFFSET_MS);
        let (year, month, day) = civil(local.div_euclid(DAY_MS));
        let second = local.rem_euclid(DAY_MS) / 1000;
        format!(
            "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

/// WIB (Waktu Indonesia Barat) is UTC+7 all year.
pub const WIB_OFFSET_MS: i64 = 7 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Days since 1970-01-01 as a date of the Gregorian calendar, counted in years that begin in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A calendar day in WIB, counted in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WibDay(pub i32);

impl WibDay {
    /// The day that a moment falls on.
    #[must_use]
    pub fn of(at: UnixMs) -> Self {
        Self(i32::try_from((at.0 + WIB_OFFSET_MS).div_euclid(DAY_MS)).unwrap_or(i32::MAX))
    }

    /// The first millisecond of this day.
    #[must_use]
    pub fn starts(self) -> UnixMs {
        UnixMs(i64::from(self.0) * DAY_MS - WIB_OFFSET_MS)
    }

    /// The day of a date of the Gregorian calendar; months and days beyond theirs run on into the next.
    #[must_use]
    pub fn from_date(year: i32, month: u8, day: u8) -> Self {
        let days = days_of(i64::from(year), i64::from(month), i64::from(day));
        Self(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The month it is in.
    #[must_use]
    pub fn month(self) -> WibMonth {
        let (year, month, _) = civil(i64::from(self.0));
        WibMonth::of(i32::try_from(year).unwrap_or(i32::MAX), u8::try_from(month).unwrap_or(1))
    }
}

/// The day of a date: the way back of [`civil`].
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let months = year * 12 + month - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A calendar month in WIB, counted in months since January of the year 0.
/// In JSON it is the text `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WibMonth(pub i32);

impl WibMonth {
    /// The month (1 to 12) of a year.
    #[must_use]
    pub fn of(year: i32, month: u8) -> Self {
        Self(year.saturating_mul(12).saturating_add(i32::from(month) - 1))
    }

    /// The month of `2026-11`, or `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let plain = |part: &str, digits| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(year, 4) || !plain(month, 2) {
            return None;
        }
        let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        Some(Self::of(year.parse().ok()?, month))
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Its number in the year, 1 to 12.
    #[must_use]
    pub fn number(self) -> u8 {
        u8::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The same month a year before.
    #[must_use]
    pub fn year_before(self) -> Self {
        Self(self.0.saturating_sub(12))
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> WibDay {
        WibDay::from_date(self.year(), self.number(), 1)
    }
}

impl Serialize for WibMonth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WibMonth {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a month is written as 2026-11"))
    }
}

/// `2026-11`.
impl std::fmt::Display for WibMonth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

/// A jump of the wall clock against the monotonic clock that is worth an alarm.
pub const CLOCK_JUMP_ALARM_MS: i64 = 2_000;
/// A forward jump that is held for the operator's word before a new day's limits open.
pub const CLOCK_JUMP_HOLD_MS: i64 = 2 * 3_600_000;

/// Keeps the WIB day from running backwards, and holds it after a large forward jump.
///
/// A wrong clock must not reopen a day's spending limits: that is the whole purpose. Entries are ordered by ledger
/// sequence, never by this clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayGuard {
    day: WibDay,
    last_wall: UnixMs,
    last_monotonic_ms: u64,
    held: Option<ClockHold>,
}

/// A forward jump that waits for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockHold {
    /// How far the wall clock jumped against the monotonic clock, in milliseconds.
    pub jumped_ms: i64,
    /// When the jump was seen, on the jumped clock.
    pub seen: UnixMs,
}

/// What one look at the clocks told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayReading {
    /// The day that limits count in.
    pub day: WibDay,
    /// Wall against monotonic since the last look, in milliseconds; beyond `CLOCK_JUMP_ALARM_MS` it is an alarm.
    pub jump_ms: i64,
}

impl DayGuard {
    /// Starts from the latest day the ledger has seen (`None` for an empty ledger): it never goes below it.
    #[must_use]
    pub fn start(ledger_day: Option<WibDay>, wall: UnixMs, monotonic_ms: u64) -> Self {
        let today = WibDay::of(wall);
        Self {
            day: ledger_day.map_or(today, |d| d.max(today)),
            last_wall: wall,
            last_monotonic_ms: monotonic_ms,
            held: None,
        }
    }

    /// Takes one reading of both clocks and answers with the day to count in.
    pub fn observe(&mut self, wall: UnixMs, monotonic_ms: u64) -> DayReading {
        let steady = i64::try_from(monotonic_ms.saturating_sub(self.last_monotonic_ms)).unwrap_or(i64::MAX);
        let jump_ms = wall.since(self.last_wall).saturating_sub(steady);
        self.last_wall = wall;
        self.last_monotonic_ms = monotonic_ms;
        if jump_ms > CLOCK_JUMP_HOLD_MS {
            let before = self.held.map_or(0, |h| h.jumped_ms);
            self.held = Some(ClockHold { jumped_ms: before.saturating_add(jump_ms), seen: wall });
        } else if jump_ms < -CLOCK_JUMP_ALARM_MS {
            // The clock was set back: a hold that this undoes is over.
            self.held = self.held.and_then(|h| {
                let left = h.jumped_ms.saturating_add(jump_ms);
                (left > CLOCK_JUMP_HOLD_MS).then_some(ClockHold { jumped_ms: left, ..h })
            });
        }
        // While a jump is held, days go by as if it had not happened.
        let counted = wall.plus(self.held.map_or(0, |h| h.jumped_ms.saturating_neg()));
        self.day = self.day.max(WibDay::of(counted));
        DayReading { day: self.day, jump_ms }
    }

    /// The operator says that the clock is right: the day follows it again.
    pub fn accept(&mut self) {
        self.held = None;
    }

    /// The jump that waits for the operator, if one does.
    #[must_use]
    pub fn held(&self) -> Option<ClockHold> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 WIB
    const HOUR: i64 = 3_600_000;

    #[test]
    fn wib_day_turns_at_seventeen_utc() {
        let midnight = WibDay::of(NOON).starts();
        assert_eq!(WibDay::of(midnight).0, WibDay::of(midnight.plus(-1)).0 + 1);
        assert_eq!(NOON.since(midnight), 12 * HOUR);
    }

    #[test]
    fn dates_come_back() {
        assert_eq!(WibDay::from_date(1970, 1, 1), WibDay(0));
        assert_eq!(WibDay::from_date(2026, 11, 22), WibDay::of(NOON));
        assert_eq!(WibDay::from_date(2024, 2, 30), WibDay::from_date(2024, 3, 1));
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, date) = civil(day);
            assert_eq!(days_of(year, month, date), day);
            let month = WibDay(i32::try_from(day).unwrap()).month();
            let first = month.first_day().0;
            assert!((first..month.next().first_day().0).contains(&i32::try_from(day).unwrap()));
        }
        assert_eq!(WibDay::of(NOON).month().to_string(), "2026-11");
        assert_eq!(WibMonth::of(2026, 1).year_before(), WibMonth::of(2025, 1));
        assert_eq!(serde_json::to_string(&WibMonth::of(2026, 1)).unwrap(), "\"2026-01\"");
        assert_eq!(serde_json::from_str::<WibMonth>("\"2026-12\"").unwrap(), WibMonth::of(2026, 12));
        for wrong in ["", "2026", "2026-00", "2026-13", "2026-1", "26-01", "+026-01", "2026-01-01"] {
            assert_eq!(WibMonth::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_day_never_runs_backwards() {
        let mut guard = DayGuard::start(None, NOON, 0);
        let today = guard.observe(NOON, 0).day;
        assert_eq!(guard.observe(NOON.plus(-48 * HOUR), 1).day, today);
        assert_eq!(DayGuard::start(Some(WibDay(today.0 + 3)), NOON, 0).observe(NOON, 0).day.0, today.0 + 3);
    }

    #[test]
    fn a_forward_jump_is_held_until_accepted() {
        let mut guard = DayGuard::start(None, NOON, 0);
        let today = guard.observe(NOON, 0).day;
        let reading = guard.observe(NOON.plus(30 * HOUR), 1_000);
        assert_eq!((reading.day, reading.jump_ms), (today, 30 * HOUR - 1_000));
        assert!(guard.held().is_some());
        guard.accept();
        assert_eq!(guard.observe(NOON.plus(30 * HOUR), 1_000).day.0, today.0 + 1);
    }

    #[test]
    fn real_midnight_opens_a_new_day_even_while_a_jump_is_held() {
        let mut guard = DayGuard::start(None, NOON, 0);
        let today = guard.observe(NOON, 0).day;
        guard.observe(NOON.plus(30 * HOUR), 0);
        assert_eq!(guard.observe(NOON.plus(43 * HOUR), 13 * 3_600_000).day.0, today.0 + 1);
    }

    #[test]
    fn setting_the_clock_back_ends_the_hold() {
        let mut guard = DayGuard::start(None, NOON, 0);
        guard.observe(NOON.plus(30 * HOUR), 0);
        guard.observe(NOON, 0);
        assert!(guard.held().is_none());
    }
}
