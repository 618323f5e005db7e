//! A stove's meter that was replaced: a new counter begins, and nothing is compared or reckoned between the two. A counter
//! that runs backwards is never taken for a replacement by itself; a person is asked and says so, with these figures.

use serde::{Deserialize, Serialize};

use super::months::Sample;
use super::quality::Flag;
use super::units::{MilliKwh, UnixS};

/// What a person says of a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// When. Readings from then on are the new meter's.
    pub at: UnixS,
    /// `E` of the old meter when it was taken out, if someone wrote it down.
    pub last_total: Option<MilliKwh>,
    /// `E` of the new meter when it was put in, if someone wrote it down.
    pub first_total: Option<MilliKwh>,
}

/// Why a replacement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplacementRefused {
    /// There is one at that time already.
    #[error("the meter was replaced at {at} already; correct that entry")]
    Twice {
        /// The time.
        at: UnixS,
    },
    /// The old meter has shown more before.
    #[error(
        "the old meter showed {shown} before, so it cannot have ended at {last_total}; look at the figures again"
    )]
    EndsTooLow {
        /// Its last reading.
        shown: MilliKwh,
        /// What was said.
        last_total: MilliKwh,
    },
    /// The new meter has shown less later.
    #[error(
        "the new meter showed {shown} later, so it cannot have begun at {first_total}; look at the figures again"
    )]
    BeginsTooHigh {
        /// Its first reading.
        shown: MilliKwh,
        /// What was said.
        first_total: MilliKwh,
    },
}

/// Which meter a reading is from: how many were replaced by then. `replaced_at` in any order.
#[must_use]
pub fn epoch_of(t: UnixS, replaced_at: &[UnixS]) -> u32 {
    u32::try_from(replaced_at.iter().filter(|at| **at <= t).count()).unwrap_or(u32::MAX)
}

/// Whether a person should be asked if the meter was replaced.
#[must_use]
pub fn worth_asking(flags: &[Flag]) -> bool {
    flags.iter().any(|flag| matches!(flag, Flag::CounterBackwards { .. }))
}

/// Checks a replacement against the readings around it: the last one before `at` and the first one from then on.
///
/// # Errors
/// See [`ReplacementRefused`].
pub fn check(
    told: &Replacement,
    others: &[UnixS],
    before: Option<MilliKwh>,
    after: Option<MilliKwh>,
) -> Result<(), ReplacementRefused> {
    if others.contains(&told.at) {
        return Err(ReplacementRefused::Twice { at: told.at });
    }
    if let (Some(shown), Some(last_total)) = (before, told.last_total)
        && last_total < shown
    {
        return Err(ReplacementRefused::EndsTooLow { shown, last_total });
    }
    if let (Some(shown), Some(first_total)) = (after, told.first_total)
        && first_total > shown
    {
        return Err(ReplacementRefused::BeginsTooHigh { shown, first_total });
    }
    Ok(())
}

/// The figures that were written down, as samples for days and months: the old meter's end and the new one's beginning.
/// `epoch` is the new meter's, at least 1.
#[must_use]
pub fn samples(told: &Replacement, epoch: u32) -> [Option<Sample>; 2] {
    let of = |total: Option<MilliKwh>, epoch| total.map(|total| Sample { t: told.at, total, epoch });
    [of(told.last_total, epoch.saturating_sub(1)), of(told.first_total, epoch)]
}

/// Readings and what was written down, in the order in which it was used up: at one second the figure that was written
/// down comes first, as whoever puts a meter in reads it before anyone scans it.
#[must_use]
pub fn in_order(told: Vec<Sample>, read: impl IntoIterator<Item = Sample>) -> Vec<Sample> {
    let mut all = told;
    all.extend(read);
    all.sort_by_key(|sample| (sample.t, sample.epoch));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stove::months::{Use, used};
    use crate::time::WibMonth;

    const TOLD: Replacement = Replacement {
        at: UnixS(1_795_323_600),
        last_total: Some(MilliKwh(95_000)),
        first_total: Some(MilliKwh(0)),
    };

    #[test]
    fn readings_belong_to_the_meter_of_their_time() {
        let replaced = [UnixS(200), UnixS(100)];
        for (t, want) in [(99, 0), (100, 1), (199, 1), (200, 2)] {
            assert_eq!(epoch_of(UnixS(t), &replaced), want, "{t}");
        }
    }

    #[test]
    fn what_was_written_down_closes_the_month() {
        let [end, begin] = samples(&TOLD, 1);
        let sample =
            |dt: i64, total, epoch| Sample { t: UnixS(TOLD.at.0 + dt), total: MilliKwh(total), epoch };
        let all = [sample(-86_400, 94_000, 0), end.unwrap(), begin.unwrap(), sample(86_400, 500, 1)];
        let months: Vec<Use<WibMonth>> = used(all, WibMonth::of(2026, 11), WibMonth::of(2026, 12));
        assert_eq!((months[0].used, months[0].covered_s), (MilliKwh(1_500), 2 * 86_400));
    }

    #[test]
    fn what_was_written_down_comes_before_a_reading_of_the_same_second() {
        let read = |dt: i64, total| Sample { t: UnixS(TOLD.at.0 + dt), total: MilliKwh(total), epoch: 1 };
        let told = samples(&TOLD, 1).into_iter().flatten().collect();
        let all = in_order(told, [read(3_600, 700), read(0, 400)]);
        let totals: Vec<i64> = all.iter().map(|sample| sample.total.0).collect();
        assert_eq!(totals, [95_000, 0, 400, 700]);
        let months: Vec<Use<WibMonth>> = used(all, WibMonth::of(2026, 11), WibMonth::of(2026, 12));
        assert_eq!((months[0].used, months[0].backwards), (MilliKwh(700), false));
    }

    #[test]
    fn figures_that_contradict_readings_are_refused() {
        let (low, high) = (Some(MilliKwh(1)), Some(MilliKwh(96_000)));
        assert_eq!(check(&TOLD, &[], low, low), Ok(()));
        assert_eq!(check(&TOLD, &[], None, None), Ok(()));
        assert!(matches!(check(&TOLD, &[TOLD.at], None, None), Err(ReplacementRefused::Twice { .. })));
        assert!(matches!(check(&TOLD, &[], high, low), Err(ReplacementRefused::EndsTooLow { .. })));
        let high_start = Replacement { first_total: high, ..TOLD };
        assert!(matches!(check(&high_start, &[], low, low), Err(ReplacementRefused::BeginsTooHigh { .. })));
    }

    #[test]
    fn only_a_counter_that_ran_backwards_asks() {
        let backwards = Flag::CounterBackwards { previous: MilliKwh(2), total: MilliKwh(1) };
        assert!(worth_asking(&[backwards]));
        assert!(!worth_asking(&[Flag::ZeroUse { seconds: 1 }]));
    }
}
