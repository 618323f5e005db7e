//! A reading beside its neighbours: the one before and the one after it by the stove's own time, whenever they came in.
//! Late arrivals are normal, so a reading is judged when it is sorted in, and the one after it once more. Rules only;
//! finding the neighbours is the store's. A replaced meter begins a new epoch, and nothing is compared across.

use serde::{Deserialize, Serialize};

use super::quality::Flag;
use super::token::{Reading, TokenHash};
use super::units::{MilliKwh, UnixS, Watts};
use crate::time::WibDay;

/// What the rules allow. All of it is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The most that the stove can draw. Beyond it times the time between two readings, a jump is impossible.
    pub power_max: Watts,
    /// Days without a reading before it is a gap.
    pub gap_days: u16,
    /// Days without any use before it is told.
    pub zero_use_days: u16,
}

/// 7 200 W is just above the 32 A at 220 V (7 040 W) of the device maker's sample: no household stove draws more. Officers
/// come about once a month; some days later is a gap. Who cooks at all does so within two weeks.
impl Default for Bounds {
    fn default() -> Self {
        Self { power_max: Watts(7_200), gap_days: 35, zero_use_days: 14 }
    }
}

/// Counters tick in whole milli-kilowatt-hours and are copied one after the other: they may differ by this much.
const TICKS_MAX: MilliKwh = MilliKwh(2);
const DAY_S: i64 = 86_400;

/// What the rules need of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its time.
    pub t: UnixS,
    /// `E`.
    pub total: MilliKwh,
    /// `EM`.
    pub month: MilliKwh,
    /// Which meter of the stove: counts up at every replacement.
    pub epoch: u32,
    /// Its identity.
    pub hash: TokenHash,
}

impl Point {
    /// Of a reading.
    #[must_use]
    pub fn of(reading: &Reading, hash: TokenHash, epoch: u32) -> Self {
        Self { t: reading.t, total: reading.total, month: reading.month, epoch, hash }
    }
}

/// What a token is to what is stored of its stove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Nothing stored has its hash or its time.
    New,
    /// It is stored already: its scans are counted, nothing else changes. A replay looks the same and does as little.
    Duplicate,
    /// Another token has its time but says something else: it is stored with [`Flag::Conflict`].
    Conflict {
        /// The stored one.
        other: TokenHash,
    },
}

/// What a token is to those stored of the same stove with the same time.
#[must_use]
pub fn identity(hash: TokenHash, stored_at_same_time: &[TokenHash]) -> Identity {
    if stored_at_same_time.contains(&hash) {
        return Identity::Duplicate;
    }
    stored_at_same_time.first().map_or(Identity::New, |other| Identity::Conflict { other: *other })
}

/// The readings around one, by time. Only what counts is a neighbour: neither readings that are not genuine, nor those
/// whose own time is flagged as impossible, or one wrong clock would judge all that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Neighbours {
    /// The latest with an earlier time.
    pub previous: Option<Point>,
    /// The earliest with a later time.
    pub next: Option<Point>,
    /// The latest time stored of this stove when it came in.
    pub newest: Option<UnixS>,
}

/// The verdicts on a reading that is sorted in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// Its own flags, in the order of [`Flag`].
    pub flags: Vec<Flag>,
    /// The flags of [`super::quality::Scope::Pair`] that the reading after it now has, instead of those it had; `None`
    /// when there is none after it.
    pub next: Option<Vec<Flag>>,
}

/// Judges a reading at its place, and the one after it anew.
#[must_use]
pub fn sort_in(point: &Point, identity: Identity, around: &Neighbours, bounds: &Bounds) -> Sorted {
    let mut flags = around.previous.map_or_else(Vec::new, |previous| pair_flags(&previous, point, bounds));
    match identity {
        Identity::New | Identity::Duplicate => {}
        Identity::Conflict { other } => flags.push(Flag::Conflict { t: point.t, other }),
    }
    if let Some(newest) = around.newest.filter(|newest| *newest >= point.t) {
        flags.push(Flag::TimeNotIncreasing { t: point.t, newest });
    }
    Sorted { flags, next: around.next.map(|next| pair_flags(point, &next, bounds)) }
}

/// The flags of a reading beside the one before it; none across meters, or when the other is not earlier.
#[must_use]
pub fn pair_flags(previous: &Point, point: &Point, bounds: &Bounds) -> Vec<Flag> {
    let seconds = point.t.since(previous.t);
    if previous.epoch != point.epoch || seconds <= 0 {
        return Vec::new();
    }
    let used = point.total.less(previous.total);
    let mut flags = Vec::new();
    if used.0 < 0 {
        flags.push(Flag::CounterBackwards { previous: previous.total, total: point.total });
    } else {
        let possible = full_power(bounds.power_max, seconds);
        if used.0 > possible.0.saturating_add(TICKS_MAX.0) {
            flags.push(Flag::JumpTooLarge { used, possible, seconds });
        }
    }
    flags.extend(month_flag(previous, point, used));
    let allowed_s = i64::from(bounds.gap_days) * DAY_S;
    if seconds > allowed_s {
        flags.push(Flag::Gap { seconds, allowed_s });
    }
    if used == MilliKwh::ZERO && seconds >= i64::from(bounds.zero_use_days) * DAY_S {
        flags.push(Flag::ZeroUse { seconds });
    }
    flags
}

/// What full power gives in this time, rounded up: W·s are 3 600 000 to the kilowatt-hour, 3 600 to its thousandth.
fn full_power(power: Watts, seconds: i64) -> MilliKwh {
    let watt_seconds = i64::from(power.0).saturating_mul(seconds.max(0));
    MilliKwh(watt_seconds / 3_600 + i64::from(watt_seconds % 3_600 > 0))
}

/// `EM` against `E`: inside a month both grow by the same; when the month turned, `EM` has begun again, so it is at most
/// what was used since the reading before. A counter that ran backwards has its own flag and proves nothing here.
fn month_flag(previous: &Point, point: &Point, used: MilliKwh) -> Option<Flag> {
    if used.0 < 0 {
        return None;
    }
    let by_month = point.month.less(previous.month);
    let same_month = WibDay::of(previous.t.ms()).month() == WibDay::of(point.t.ms()).month();
    if same_month {
        let apart = used.0.saturating_sub(by_month.0).saturating_abs();
        return (apart > TICKS_MAX.0).then_some(Flag::MonthDiffersFromTotal { by_total: used, by_month });
    }
    let not_reset = point.month.0 > used.0.saturating_add(TICKS_MAX.0);
    not_reset.then_some(Flag::MonthNotReset { month: point.month, previous_month: previous.month, used })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stove::quality::Scope;

    /// 2026-11-22 12:00 WIB.
    const NOON: i64 = 1_795_323_600;
    const HOUR: i64 = 3_600;

    fn point(t: i64, total: i64, month: i64) -> Point {
        Point {
            t: UnixS(t),
            total: MilliKwh(total),
            month: MilliKwh(month),
            epoch: 0,
            hash: TokenHash([u8::try_from(t.rem_euclid(251)).unwrap(); 32]),
        }
    }

    fn check(previous: Point, this: Point, want: &[&str]) {
        let flags = pair_flags(&previous, &this, &Bounds::default());
        assert_eq!(flags.iter().map(Flag::rule).collect::<Vec<_>>(), want, "{previous:?} {this:?}");
        assert!(flags.iter().all(|flag| flag.scope() == Scope::Pair));
    }

    #[test]
    fn what_a_stove_does_is_no_flag() {
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 11_000, 3_000), &[]);
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 10_000, 2_000), &[]);
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 17_200, 9_200), &[]);
        let first = sort_in(&point(NOON, 1, 1), Identity::New, &Neighbours::default(), &Bounds::default());
        assert_eq!(first, Sorted { flags: Vec::new(), next: None });
    }

    #[test]
    fn a_counter_only_goes_forwards_and_no_faster_than_power_lets_it() {
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 9_999, 1_999), &["counter_backwards"]);
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 17_203, 9_203), &["jump_too_large"]);
        check(point(NOON, 10_000, 2_000), point(NOON + 1, 10_004, 2_004), &[]);
        check(point(NOON, 10_000, 2_000), point(NOON + 1, 10_005, 2_005), &["jump_too_large"]);
    }

    #[test]
    fn inside_a_month_both_counters_grow_alike() {
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 11_000, 2_998), &[]);
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 11_000, 2_997), &["month_differs_from_total"]);
        check(point(NOON, 10_000, 2_000), point(NOON + HOUR, 11_000, 0), &["month_differs_from_total"]);
    }

    #[test]
    fn the_month_turns_at_midnight_in_jakarta() {
        // 2026-12-01 00:00 WIB is 2026-11-30 17:00 UTC.
        let turn = WibDay::from_date(2026, 12, 1).starts().0 / 1_000;
        assert_eq!(turn, 1_796_058_000);
        check(point(turn - 1, 10_000, 2_000), point(turn + HOUR, 11_000, 1_000), &[]);
        check(point(turn - 1, 10_000, 2_000), point(turn + HOUR, 11_000, 3_000), &["month_not_reset"]);
        check(point(turn - HOUR, 10_000, 2_000), point(turn - 1, 11_000, 3_000), &[]);
        check(point(turn - HOUR, 10_000, 2_000), point(turn - 1, 11_000, 0), &["month_differs_from_total"]);
        // Both are December in Jakarta, the first is still November in Greenwich.
        check(
            point(turn + HOUR, 11_000, 1_000),
            point(turn + 8 * HOUR, 12_000, 500),
            &["month_differs_from_total"],
        );
        // A year later it is another November.
        let year = 365 * 86_400;
        check(point(NOON, 10_000, 2_000), point(NOON + year, 90_000, 500), &["gap"]);
    }

    #[test]
    fn long_silence_and_long_rest_are_told() {
        let day = 86_400;
        check(point(NOON, 10_000, 0), point(NOON + 36 * day, 20_000, 0), &["gap"]);
        check(point(NOON, 10_000, 0), point(NOON + 14 * day, 10_000, 0), &["zero_use"]);
    }

    #[test]
    fn a_replaced_meter_is_compared_with_nothing_before_it() {
        let new = Point { epoch: 1, ..point(NOON + HOUR, 0, 0) };
        check(point(NOON, 10_000, 2_000), new, &[]);
    }

    #[test]
    fn the_same_token_again_and_another_of_the_same_time() {
        let (one, two) = (TokenHash([1; 32]), TokenHash([2; 32]));
        assert_eq!(identity(one, &[]), Identity::New);
        assert_eq!(identity(one, &[two, one]), Identity::Duplicate);
        assert_eq!(identity(one, &[two]), Identity::Conflict { other: two });
        let of_two = sort_in(
            &Point { hash: one, ..point(NOON, 10_000, 2_000) },
            Identity::Conflict { other: two },
            &Neighbours::default(),
            &Bounds::default(),
        );
        assert_eq!(of_two.flags, [Flag::Conflict { t: UnixS(NOON), other: two }]);
    }

    #[test]
    fn a_late_arrival_says_so_and_the_reading_after_it_is_judged_anew() {
        let (previous, next) = (point(NOON, 10_000, 2_000), point(NOON + 2 * HOUR, 11_000, 3_000));
        assert_eq!(pair_flags(&previous, &next, &Bounds::default()), []);
        let around =
            Neighbours { previous: Some(previous), next: Some(next), newest: Some(UnixS(NOON + 9 * HOUR)) };
        let late = point(NOON + HOUR, 11_500, 3_500);
        let sorted = sort_in(&late, Identity::New, &around, &Bounds::default());
        let told = Flag::TimeNotIncreasing { t: UnixS(NOON + HOUR), newest: UnixS(NOON + 9 * HOUR) };
        assert_eq!(sorted.flags, [told]);
        let backwards = Flag::CounterBackwards { previous: MilliKwh(11_500), total: MilliKwh(11_000) };
        assert_eq!(sorted.next, Some(vec![backwards]));
    }
}
