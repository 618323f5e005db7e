//! Energy by WIB day and by WIB month, out of the lifetime counter. Counters are read when an officer comes by, so what
//! was used between two readings is known, but not when: it is spread evenly, and what that touches is marked as
//! estimated. Nothing is finer than a day, and nothing is said about time that no two readings enclose. Called by the
//! charts, exports and costs; one pass, no allocation but the answer.

use serde::Serialize;

use super::units::{MilliKwh, UnixS};
use crate::time::{UnixMs, WibDay, WibMonth};

/// A reading of the lifetime counter that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its time.
    pub t: UnixS,
    /// `E`.
    pub total: MilliKwh,
    /// Which meter of the stove. Nothing is reckoned between two meters.
    pub epoch: u32,
}

/// A stretch of the calendar.
pub trait Period: Copy + Ord {
    /// A pair of readings no further apart than this may straddle an edge without an estimate being told, seconds: a
    /// twenty-fourth of a day, about a thirtieth of a month.
    const STRADDLE_S: i64;
    /// The one that a moment falls in.
    fn containing(t: UnixS) -> Self;
    /// Its first second.
    fn starts(self) -> UnixS;
    /// The one after it.
    fn following(self) -> Self;
}

fn seconds(at: UnixMs) -> UnixS {
    UnixS(at.0.div_euclid(1_000))
}

impl Period for WibDay {
    const STRADDLE_S: i64 = 3_600;

    fn containing(t: UnixS) -> Self {
        Self::of(t.ms())
    }

    fn starts(self) -> UnixS {
        seconds(WibDay::starts(self))
    }

    fn following(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Period for WibMonth {
    const STRADDLE_S: i64 = 86_400;

    fn containing(t: UnixS) -> Self {
        WibDay::of(t.ms()).month()
    }

    fn starts(self) -> UnixS {
        seconds(self.first_day().starts())
    }

    fn following(self) -> Self {
        self.next()
    }
}

/// What was used in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Use<P> {
    /// Which day or month.
    pub period: P,
    /// Energy. The sum over all periods is exactly the sum of the counters' differences; it is below zero where a counter
    /// went backwards, as that is asked about and never quietly mended.
    pub used: MilliKwh,
    /// How much of the period lies between two readings, seconds.
    pub covered_s: i64,
    /// All of it does.
    pub complete: bool,
    /// Some of `used` was split at an edge of this period by even spreading.
    pub estimated: bool,
    /// A counter went backwards.
    pub backwards: bool,
}

/// Energy by period, from `from` to before `to`, in order; periods that no two readings touch are left out.
///
/// `samples` come by ascending time; one that does not is passed over. To draw months, the first and the last sample of
/// every month and meter are enough: they give the same sums.
#[must_use]
pub fn used<P: Period>(samples: impl IntoIterator<Item = Sample>, from: P, to: P) -> Vec<Use<P>> {
    let mut answer = Answer { uses: Vec::new(), from, to, until: to.starts(), at: Stretch::of(from) };
    let mut before: Option<Sample> = None;
    for sample in samples {
        if let Some(earlier) = before {
            // One reading that is both the first and the last of its month is one.
            if sample.t < earlier.t || sample == earlier {
                continue;
            }
            if earlier.t >= answer.until {
                break;
            }
            if sample.epoch == earlier.epoch {
                answer.pair(&earlier, &sample);
            }
        }
        before = Some(sample);
    }
    answer.uses
}

/// A period with its edges, which take a while to work out.
#[derive(Clone, Copy)]
struct Stretch<P> {
    period: P,
    starts: UnixS,
    ends: UnixS,
}

impl<P: Period> Stretch<P> {
    fn of(period: P) -> Self {
        Self { period, starts: period.starts(), ends: period.following().starts() }
    }

    fn following(self) -> Self {
        let period = self.period.following();
        Self { period, starts: self.ends, ends: period.following().starts() }
    }
}

/// The periods so far.
struct Answer<P> {
    uses: Vec<Use<P>>,
    from: P,
    to: P,
    until: UnixS,
    /// Where the last pair ended, nearly always where the next one begins.
    at: Stretch<P>,
}

impl<P: Period> Answer<P> {
    /// Spreads what was used between two samples of one meter.
    fn pair(&mut self, earlier: &Sample, later: &Sample) {
        let straddling = later.t.since(earlier.t) > P::STRADDLE_S && later.total != earlier.total;
        let backwards = later.total < earlier.total;
        if !(self.at.starts..self.at.ends).contains(&earlier.t) {
            self.at = Stretch::of(P::containing(earlier.t).max(self.from));
        }
        let mut left = earlier.t.max(self.at.starts);
        let mut level = if left > earlier.t { level_at(earlier, later, left) } else { earlier.total };
        while self.at.period < self.to && left <= later.t {
            let right = self.at.ends.min(later.t);
            let reached = level_at(earlier, later, right);
            let cut = left > earlier.t || right < later.t;
            // A pair of the same second has energy but no time; the end of a pair at an edge has neither.
            if right > left || earlier.t == later.t {
                self.add(reached.less(level), right.since(left), straddling && cut, backwards);
            }
            if right == later.t {
                break;
            }
            (left, level) = (right, reached);
            self.at = self.at.following();
        }
    }

    fn add(&mut self, used: MilliKwh, covered_s: i64, estimated: bool, backwards: bool) {
        let Stretch { period, starts, ends } = self.at;
        if self.uses.last().is_none_or(|last| last.period != period) {
            self.uses.push(Use {
                period,
                used: MilliKwh::ZERO,
                covered_s: 0,
                complete: false,
                estimated: false,
                backwards: false,
            });
        }
        if let Some(last) = self.uses.last_mut() {
            last.used = MilliKwh(last.used.0.saturating_add(used.0));
            last.covered_s += covered_s;
            last.complete = last.covered_s >= ends.since(starts);
            last.estimated |= estimated;
            last.backwards |= backwards;
        }
    }
}

/// Where the counter would have stood at a moment between two samples, had it run evenly; rounded down.
fn level_at(earlier: &Sample, later: &Sample, at: UnixS) -> MilliKwh {
    if at >= later.t {
        return later.total;
    }
    let span = i128::from(later.t.since(earlier.t));
    let rise = i128::from(later.total.less(earlier.total).0) * i128::from(at.since(earlier.t));
    let risen = i64::try_from(rise.div_euclid(span)).unwrap_or(i64::MAX);
    MilliKwh(earlier.total.0.saturating_add(risen))
}

/// What the counter would have shown at a moment between two readings of one meter, had it run evenly: the figure for an
/// estimate. `None` outside of the two, or across meters.
#[must_use]
pub fn estimate(earlier: &Sample, later: &Sample, at: UnixS) -> Option<MilliKwh> {
    let between = (earlier.t..=later.t).contains(&at) && earlier.epoch == later.epoch;
    between.then(|| if at == earlier.t { earlier.total } else { level_at(earlier, later, at) })
}

/// A month beside the same month a year before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct YearOnYear {
    /// This month.
    pub now: Use<WibMonth>,
    /// A year before, if anything is known of it.
    pub before: Option<Use<WibMonth>>,
    /// The change in thousandths of what was used before, rounded towards zero. Only between complete months, and not
    /// against nothing.
    pub change_permille: Option<i64>,
}

/// Every month beside the same month a year before. `months` in order, as [`used`] gives them.
#[must_use]
pub fn year_on_year(months: &[Use<WibMonth>]) -> Vec<YearOnYear> {
    let beside = |now: &Use<WibMonth>| {
        let wanted = now.period.year_before();
        let found = months.binary_search_by_key(&wanted, |one| one.period).ok();
        let before = found.and_then(|index| months.get(index)).copied();
        let comparable = before.filter(|before| now.complete && before.complete && before.used.0 > 0);
        let change_permille = comparable
            .and_then(|before| now.used.less(before.used).0.checked_mul(1_000)?.checked_div(before.used.0));
        YearOnYear { now: *now, before, change_permille }
    };
    months.iter().map(beside).collect()
}

#[cfg(test)]
#[path = "months_tests.rs"]
mod tests;
