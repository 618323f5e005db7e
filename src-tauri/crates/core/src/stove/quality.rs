//! Whether a reading's figures make sense: flags with the rule's name and the figures that broke it. A flag never
//! refuses, alters or hides a reading; the raw one is kept for ever. This file holds all flags and the rules that need
//! one reading alone; those that need its neighbours are in `series`. Stored as JSON beside the reading.

use serde::{Deserialize, Serialize};

use super::framing::Oddity;
use super::token::{Electrical, Token, TokenHash, Version};
use super::units::{CentiPf, MilliKwh, UnixS, Volts};
use crate::time::UnixMs;

/// A voltage outside of these is no supply of PLN's 220 V within its worst habits.
pub const VOLTS_LOW: Volts = Volts(180);
/// See [`VOLTS_LOW`].
pub const VOLTS_HIGH: Volts = Volts(260);
/// `P` may differ from `V·I·PF` by this share of the larger, per cent.
pub const POWER_DIFFERENCE_PERCENT: i64 = 10;
/// A stove's clock may be this far ahead, seconds.
pub const AHEAD_MAX_S: i64 = 5 * 60;
/// A reading taken from the stove just now may be this old, seconds: its means are over five minutes, and its clock may
/// be as far behind as it may be ahead.
pub const BEHIND_MAX_S: i64 = 10 * 60;
/// 2020-01-01 00:00 UTC. There were no such stoves: the clock was never set.
pub const FIRST_PLAUSIBLE: UnixS = UnixS(1_577_836_800);

/// A broken rule, with its figures in the units their names say. In JSON: `{"rule":"…", …}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Flag {
    /// The power factor is above 1.
    PowerFactorAboveOne {
        /// As told.
        centi_pf: CentiPf,
    },
    /// `P` is not `V·I·PF`.
    PowerMismatch {
        /// `P`, milliwatts.
        told_mw: i64,
        /// `V·I·PF`, milliwatts.
        computed_mw: i64,
    },
    /// The voltage is outside [`VOLTS_LOW`] to [`VOLTS_HIGH`].
    VoltageOutside {
        /// As told.
        volts: Volts,
    },
    /// The month's counter is above the lifetime counter.
    MonthAboveTotal {
        /// `EM`.
        month: MilliKwh,
        /// `E`.
        total: MilliKwh,
    },
    /// The stove's clock was never set.
    #[serde(rename = "time_before_2020")]
    TimeBefore2020 {
        /// As told.
        t: UnixS,
    },
    /// The stove's clock is ahead.
    TimeInFuture {
        /// As told.
        t: UnixS,
        /// By how much, seconds.
        ahead_s: i64,
    },
    /// Read from the stove just now, but its clock is behind.
    ClockBehind {
        /// As told.
        t: UnixS,
        /// By how much, seconds.
        behind_s: i64,
    },
    /// Its version is not known, so its figures were not read.
    UnknownVersion {
        /// As told.
        version: Version,
    },
    /// Something re-encoded it on its way.
    ReEncoded {
        /// `=` at the end of a part.
        padding: bool,
        /// `+` or `/`.
        standard_alphabet: bool,
    },
    /// The lifetime counter is below the one of the reading before.
    CounterBackwards {
        /// The one before.
        previous: MilliKwh,
        /// This one.
        total: MilliKwh,
    },
    /// More energy than the stove could have used.
    JumpTooLarge {
        /// Used since the reading before.
        used: MilliKwh,
        /// What full power gives in that time.
        possible: MilliKwh,
        /// That time, seconds.
        seconds: i64,
    },
    /// Within one month the two counters differ in what was used.
    MonthDiffersFromTotal {
        /// By `E`.
        by_total: MilliKwh,
        /// By `EM`.
        by_month: MilliKwh,
    },
    /// The month turned (WIB), but the month's counter did not begin again: it is above what was used since the reading
    /// before.
    MonthNotReset {
        /// `EM`.
        month: MilliKwh,
        /// `EM` of the reading before.
        previous_month: MilliKwh,
        /// By `E`, since the reading before.
        used: MilliKwh,
    },
    /// Another token of the same stove and the same time says something else. An alarm.
    Conflict {
        /// Their time.
        t: UnixS,
        /// The other one.
        other: TokenHash,
    },
    /// It came in after a reading with a later or the same time: a late arrival, sorted in by its time.
    TimeNotIncreasing {
        /// Its time.
        t: UnixS,
        /// The latest so far.
        newest: UnixS,
    },
    /// No reading for longer than allowed.
    Gap {
        /// Since the one before, seconds.
        seconds: i64,
        /// The longest allowed, seconds.
        allowed_s: i64,
    },
    /// Nothing was used for longer than is likely.
    ZeroUse {
        /// For how long, seconds.
        seconds: i64,
    },
}

/// What a flag was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The reading alone: it never changes.
    Alone,
    /// The reading and the one before it: found anew when another comes in between, or a meter's replacement is told.
    Pair,
    /// The moment when it came in: it never changes.
    Arrival,
}

/// How bad a flag is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// A person should look.
    Warning,
    /// Tampering, a fault or a swapped meter.
    Alarm,
}

impl Flag {
    /// The rule's name: the word in SQL, JSON and message files.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::PowerFactorAboveOne { .. } => "power_factor_above_one",
            Self::PowerMismatch { .. } => "power_mismatch",
            Self::VoltageOutside { .. } => "voltage_outside",
            Self::MonthAboveTotal { .. } => "month_above_total",
            Self::TimeBefore2020 { .. } => "time_before_2020",
            Self::TimeInFuture { .. } => "time_in_future",
            Self::ClockBehind { .. } => "clock_behind",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::ReEncoded { .. } => "re_encoded",
            Self::CounterBackwards { .. } => "counter_backwards",
            Self::JumpTooLarge { .. } => "jump_too_large",
            Self::MonthDiffersFromTotal { .. } => "month_differs_from_total",
            Self::MonthNotReset { .. } => "month_not_reset",
            Self::Conflict { .. } => "conflict",
            Self::TimeNotIncreasing { .. } => "time_not_increasing",
            Self::Gap { .. } => "gap",
            Self::ZeroUse { .. } => "zero_use",
        }
    }

    /// What it was found by: which flags the store replaces when a reading is judged again.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::PowerFactorAboveOne { .. }
            | Self::PowerMismatch { .. }
            | Self::VoltageOutside { .. }
            | Self::MonthAboveTotal { .. }
            | Self::TimeBefore2020 { .. }
            | Self::UnknownVersion { .. }
            | Self::ReEncoded { .. } => Scope::Alone,
            Self::CounterBackwards { .. }
            | Self::JumpTooLarge { .. }
            | Self::MonthDiffersFromTotal { .. }
            | Self::MonthNotReset { .. }
            | Self::Gap { .. }
            | Self::ZeroUse { .. } => Scope::Pair,
            Self::TimeInFuture { .. }
            | Self::ClockBehind { .. }
            | Self::Conflict { .. }
            | Self::TimeNotIncreasing { .. } => Scope::Arrival,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::ReEncoded { .. }
            | Self::TimeNotIncreasing { .. }
            | Self::Gap { .. }
            | Self::ZeroUse { .. } => Severity::Notice,
            Self::PowerFactorAboveOne { .. }
            | Self::PowerMismatch { .. }
            | Self::VoltageOutside { .. }
            | Self::TimeBefore2020 { .. }
            | Self::TimeInFuture { .. }
            | Self::ClockBehind { .. }
            | Self::UnknownVersion { .. }
            | Self::MonthDiffersFromTotal { .. }
            | Self::MonthNotReset { .. } => Severity::Warning,
            Self::MonthAboveTotal { .. }
            | Self::CounterBackwards { .. }
            | Self::JumpTooLarge { .. }
            | Self::Conflict { .. } => Severity::Alarm,
        }
    }
}

/// How a token came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Read from the stove just now: its clock can be compared with ours.
    Live,
    /// From a file, a paste, or somebody's phone that may have waited for a network.
    Later,
}

/// The flags of one token alone, in the order of [`Flag`].
#[must_use]
pub fn flags(token: &Token, now: UnixMs, arrival: Arrival) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(reading) = token.reading() {
        if let Some(electrical) = &reading.electrical {
            flags.extend(electrical_flags(electrical));
        }
        if reading.month > reading.total {
            flags.push(Flag::MonthAboveTotal { month: reading.month, total: reading.total });
        }
        flags.extend(clock_flag(reading.t, now, arrival));
    } else {
        flags.push(Flag::UnknownVersion { version: token.version() });
    }
    if token.framing().iter().any(Oddity::is_reencoding) {
        flags.push(Flag::ReEncoded {
            padding: token.framing().has(Oddity::Padding),
            standard_alphabet: token.framing().has(Oddity::StandardAlphabet),
        });
    }
    flags
}

fn electrical_flags(told: &Electrical) -> impl Iterator<Item = Flag> {
    let above_one = (told.centi_pf.0 > 100).then_some(Flag::PowerFactorAboveOne { centi_pf: told.centi_pf });
    let outside = told.volts < VOLTS_LOW || told.volts > VOLTS_HIGH;
    let outside = outside.then_some(Flag::VoltageOutside { volts: told.volts });
    [above_one, power_mismatch(told), outside].into_iter().flatten()
}

/// `P` against `V·I·PF`. What rounding of the four figures alone can explain is no mismatch: with little power, one
/// unit of the last decimal is more than ten per cent.
fn power_mismatch(told: &Electrical) -> Option<Flag> {
    let (volts, milliamps) = (i64::from(told.volts.0), i64::from(told.milliamps.0));
    let centi_pf = i64::from(told.centi_pf.0);
    let told_mw = i64::from(told.watts.0) * 1_000;
    let computed_mw = volts * milliamps * centi_pf / 100;
    let difference = (told_mw - computed_mw).abs();
    let one_watt = 1_000;
    let one_volt = milliamps * centi_pf / 100;
    let one_milliamp = volts * centi_pf / 100;
    let one_hundredth = volts * milliamps / 100;
    let rounding = one_watt + one_volt + one_milliamp + one_hundredth;
    let allowed = told_mw.max(computed_mw) * POWER_DIFFERENCE_PERCENT / 100;
    (difference > allowed && difference > rounding).then_some(Flag::PowerMismatch { told_mw, computed_mw })
}

fn clock_flag(t: UnixS, now: UnixMs, arrival: Arrival) -> Option<Flag> {
    let ahead_s = t.since(UnixS(now.0.div_euclid(1_000)));
    if t < FIRST_PLAUSIBLE {
        return Some(Flag::TimeBefore2020 { t });
    }
    if ahead_s > AHEAD_MAX_S {
        return Some(Flag::TimeInFuture { t, ahead_s });
    }
    match arrival {
        Arrival::Live if -ahead_s > BEHIND_MAX_S => Some(Flag::ClockBehind { t, behind_s: -ahead_s }),
        Arrival::Live | Arrival::Later => None,
    }
}

#[cfg(test)]
#[path = "quality_tests.rs"]
mod tests;
