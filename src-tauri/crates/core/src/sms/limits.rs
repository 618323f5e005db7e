//! Limits of a SIM: short messages a second, an hour, a day, a month, different recipients a day, and the pause between two
//! messages. A fifth of each quota is kept for codes, so that ordinary traffic never keeps a code waiting until tomorrow.
//! Counters come in: which hour or day it is, and what was sent in it, is for the caller to know.

use super::state::Class;
use crate::time::UnixMs;

/// Limits of a SIM. 0: none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Short messages a second.
    pub second: u32,
    /// Short messages an hour.
    pub hour: u32,
    /// Short messages a day, in the station's time zone.
    pub day: u32,
    /// Short messages a month.
    pub month: u32,
    /// Different recipients a day.
    pub recipients: u32,
}

/// What was used of a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// In all.
    pub all: u32,
    /// Of them codes.
    pub otp: u32,
}

impl Used {
    /// Counts what was given to the modem.
    pub fn add(&mut self, class: Class, count: u32) {
        self.all = self.all.saturating_add(count);
        match class {
            Class::Otp => self.otp = self.otp.saturating_add(count),
            Class::Normal => {}
        }
    }
}

/// What a SIM has used of its quotas, in the second, hour, day and month that are now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Short messages of this second.
    pub second: Used,
    /// Short messages of this hour.
    pub hour: Used,
    /// Short messages of this day.
    pub day: Used,
    /// Short messages of this month.
    pub month: Used,
    /// Different recipients of this day (`otp`: those that a code reached first).
    pub recipients: Used,
}

impl Usage {
    /// Counts a message of `parts` short messages that was given to the modem. `second` counts its first part only: the
    /// others are paced by [`next_part`].
    pub fn add(&mut self, class: Class, parts: u32, new_recipient: bool) {
        self.second.add(class, 1);
        for used in [&mut self.hour, &mut self.day, &mut self.month] {
            used.add(class, parts);
        }
        self.recipients.add(class, u32::from(new_recipient));
    }
}

/// When the second, hour, day and month that are now end, in the station's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowEnds {
    /// End of this second.
    pub second: UnixMs,
    /// End of this hour.
    pub hour: UnixMs,
    /// End of this day.
    pub day: UnixMs,
    /// End of this month.
    pub month: UnixMs,
}

/// Which quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quota {
    /// Short messages a second.
    Second,
    /// Short messages an hour.
    Hour,
    /// Short messages a day.
    Day,
    /// Short messages a month.
    Month,
    /// Different recipients a day.
    Recipients,
}

/// A quota that has no room for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// Which.
    pub quota: Quota,
    /// Used of it, in all.
    pub used: u32,
    /// The limit.
    pub limit: u32,
    /// Wanted of it.
    pub wanted: u32,
    /// There would be room, but it is kept for codes.
    pub reserved: bool,
    /// Until when; `None`: the message is larger than the quota and never fits.
    pub until: Option<UnixMs>,
}

/// What is kept for codes of a limit: a fifth, rounded up. A limit of 1 cannot be shared: nothing is kept of it.
#[must_use]
pub fn reserve(limit: u32) -> u32 {
    if limit < 2 { 0 } else { limit.div_ceil(5) }
}

/// What a message of this class may still use of a limit; `None`: there is no limit. Codes use what is kept for them
/// first, so what they have used is not taken from the share of ordinary messages until that is gone.
#[must_use]
pub fn left(limit: u32, used: Used, class: Class) -> Option<u32> {
    if limit == 0 {
        return None;
    }
    let room = limit.saturating_sub(used.all);
    match class {
        Class::Otp => Some(room),
        Class::Normal => {
            let normal = used.all.saturating_sub(used.otp);
            Some((limit - reserve(limit)).saturating_sub(normal).min(room))
        }
    }
}

/// Looks for a quota without room for a message of `parts` short messages, the one that is full for longest first: all
/// parts must fit into the hour, the day and the month, the first one into the second.
#[must_use]
pub fn full(
    limits: &Limits,
    usage: &Usage,
    class: Class,
    parts: u32,
    new_recipient: bool,
    ends: &WindowEnds,
) -> Option<Full> {
    let recipient = u32::from(new_recipient);
    [
        (Quota::Month, limits.month, usage.month, parts, ends.month),
        (Quota::Day, limits.day, usage.day, parts, ends.day),
        (Quota::Recipients, limits.recipients, usage.recipients, recipient, ends.day),
        (Quota::Hour, limits.hour, usage.hour, parts, ends.hour),
        (Quota::Second, limits.second, usage.second, parts.min(1), ends.second),
    ]
    .into_iter()
    .find_map(|(quota, limit, used, wanted, end)| {
        let room = left(limit, used, class)?;
        if wanted <= room {
            return None;
        }
        let most = left(limit, Used::default(), class).unwrap_or(limit);
        Some(Full {
            quota,
            used: used.all,
            limit,
            wanted,
            reserved: limit.saturating_sub(used.all) >= wanted,
            until: (wanted <= most).then_some(end),
        })
    })
}

/// Until when a further part of a message waits because its second is full; `None`: it may go now.
#[must_use]
pub fn next_part(limits: &Limits, usage: &Usage, class: Class, ends: &WindowEnds) -> Option<UnixMs> {
    left(limits.second, usage.second, class).filter(|room| *room == 0).map(|_| ends.second)
}

/// The pause before the next message, milliseconds: between `min` and `max`, as `random` (any 64 bits) says.
#[must_use]
pub fn gap(min: u32, max: u32, random: u64) -> u32 {
    let span = u64::from(max.saturating_sub(min)) + 1;
    min.saturating_add(u32::try_from(random % span).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENDS: WindowEnds =
        WindowEnds { second: UnixMs(1), hour: UnixMs(2), day: UnixMs(3), month: UnixMs(4) };

    #[test]
    fn a_fifth_is_kept() {
        for (limit, kept) in [(0, 0), (1, 0), (2, 1), (4, 1), (5, 1), (6, 2), (10, 2), (100, 20)] {
            assert_eq!(reserve(limit), kept, "{limit}");
        }
    }

    #[test]
    fn shares_of_a_limit() {
        for (all, otp, normal_left, otp_left) in [
            (0, 0, 80, 100),
            (80, 0, 0, 20),
            (10, 10, 80, 90),
            (30, 30, 70, 70),
            (90, 10, 0, 10),
            (100, 20, 0, 0),
            (130, 0, 0, 0),
        ] {
            let used = Used { all, otp };
            assert_eq!(left(100, used, Class::Normal), Some(normal_left), "{used:?}");
            assert_eq!(left(100, used, Class::Otp), Some(otp_left), "{used:?}");
            assert_eq!(left(0, used, Class::Normal), None);
        }
    }

    #[test]
    fn which_quota_is_full() {
        let limits = Limits { second: 1, hour: 10, day: 50, month: 0, recipients: 5 };
        let check = |usage: Usage, class, parts, new, want: Option<(Quota, bool, Option<i64>)>| {
            let found = full(&limits, &usage, class, parts, new, &ENDS);
            assert_eq!(found.map(|f| (f.quota, f.reserved, f.until.map(|u| u.0))), want, "{usage:?}");
        };
        let used = |all| Used { all, otp: 0 };
        check(Usage::default(), Class::Normal, 8, true, None);
        check(Usage::default(), Class::Normal, 9, true, Some((Quota::Hour, true, None)));
        check(Usage::default(), Class::Otp, 11, true, Some((Quota::Hour, false, None)));
        check(
            Usage { second: used(1), ..Usage::default() },
            Class::Otp,
            1,
            true,
            Some((Quota::Second, false, Some(1))),
        );
        check(
            Usage { hour: used(8), ..Usage::default() },
            Class::Normal,
            1,
            true,
            Some((Quota::Hour, true, Some(2))),
        );
        check(Usage { hour: used(8), ..Usage::default() }, Class::Otp, 2, true, None);
        check(
            Usage { day: used(50), hour: used(10), ..Usage::default() },
            Class::Otp,
            1,
            true,
            Some((Quota::Day, false, Some(3))),
        );
        check(
            Usage { recipients: used(4), ..Usage::default() },
            Class::Normal,
            1,
            true,
            Some((Quota::Recipients, true, Some(3))),
        );
        check(Usage { recipients: used(5), ..Usage::default() }, Class::Normal, 1, false, None);
    }

    #[test]
    fn gaps_lie_between_their_bounds() {
        assert_eq!(gap(0, 0, u64::MAX), 0);
        assert_eq!(gap(5, 3, 9), 5);
        assert_eq!(gap(1_000, 1_009, 13), 1_003);
        assert_eq!(gap(0, u32::MAX, u64::MAX), u32::MAX);
    }

    proptest! {
        #[test]
        fn ordinary_traffic_alone_never_fills_a_limit(limit in 2..2_000u32, sizes in prop::collection::vec(1..20u32, 0..300)) {
            let mut used = Used::default();
            for parts in sizes {
                if left(limit, used, Class::Normal).unwrap() >= parts {
                    used.add(Class::Normal, parts);
                }
            }
            prop_assert!(left(limit, used, Class::Otp).unwrap() >= reserve(limit));
            prop_assert!(reserve(limit) * 5 >= limit);
        }
    }
}
