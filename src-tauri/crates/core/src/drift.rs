//! How far the station's clock is from that of others: the comparison itself, without any clock or socket.
//!
//! The rule is the one of NTP (RFC 5905, section 8): from the four moments of one question and its answer follow the
//! offset and how wrong it can be at most.

/// From here on somebody should look.
pub const DRIFT_WATCH_MS: i64 = 2_000;
/// From here on the clock is wrong: days, late rules and certificates suffer.
pub const DRIFT_BAD_MS: i64 = 60_000;
/// An answer that took longer tells too little to be used.
pub const ROUND_TRIP_MAX_MS: i64 = 10_000;

/// One question and its answer, in milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// Sent, by our clock.
    pub t0: i64,
    /// Received, by the peer's clock.
    pub t1: i64,
    /// Answered, by the peer's clock.
    pub t2: i64,
    /// Received, by our clock: `t0` plus what a steady clock counted, so that a jump in between does no harm.
    pub t3: i64,
    /// How wrong the peer's own figures can be, in milliseconds (its resolution and its own error).
    pub peer_error_ms: i64,
}

/// What an exchange tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// The peer's clock minus ours: positive when ours is behind. Milliseconds.
    pub offset_ms: i64,
    /// The offset is right to within this many milliseconds.
    pub bound_ms: i64,
}

/// Why an exchange tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDrift {
    /// The peer claims to have spent longer on the answer than the whole exchange took, or less than no time.
    #[error("its timestamps contradict one another")]
    Contradicts,
    /// Over `ROUND_TRIP_MAX_MS`.
    #[error("the answer took longer than {} s, so it tells too little", ROUND_TRIP_MAX_MS / 1_000)]
    TooSlow,
}

/// How good or bad a clock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftState {
    /// Within two seconds.
    Good,
    /// Within a minute, or not known better than to two seconds.
    Watch,
    /// A minute or more, or peers that contradict one another.
    Bad,
}

impl Exchange {
    /// Offset `((t1 − t0) + (t2 − t3)) / 2`, and half the round trip plus the peer's own error as its bound.
    pub fn drift(&self) -> Result<Drift, NoDrift> {
        // 128 bits: a peer may claim any moment, and sums of those must not overflow.
        let [t0, t1, t2, t3] = [self.t0, self.t1, self.t2, self.t3].map(i128::from);
        let (ours, theirs) = (t3 - t0, t2 - t1);
        if ours < 0 || theirs < 0 || theirs > ours {
            return Err(NoDrift::Contradicts);
        }
        let round_trip = ours - theirs;
        if round_trip > i128::from(ROUND_TRIP_MAX_MS) {
            return Err(NoDrift::TooSlow);
        }
        let offset = ((t1 - t0) + (t2 - t3)) / 2;
        // Half a millisecond is lost to rounding in each of the two halves.
        let bound = (round_trip + 1) / 2 + i128::from(self.peer_error_ms.max(0)) + 1;
        let narrow = |value: i128| i64::try_from(value).map_err(|_| NoDrift::Contradicts);
        Ok(Drift { offset_ms: narrow(offset)?, bound_ms: narrow(bound)? })
    }
}

impl Drift {
    /// What this alone says of our clock. What lies inside the bound cannot be told from zero and is not held
    /// against it, but a bound as wide as the limit cannot vouch for a good clock either.
    #[must_use]
    pub fn state(&self) -> DriftState {
        let off = self.offset_ms.saturating_abs();
        if off >= DRIFT_BAD_MS && off > self.bound_ms {
            DriftState::Bad
        } else if off >= DRIFT_WATCH_MS || self.bound_ms >= DRIFT_WATCH_MS {
            DriftState::Watch
        } else {
            DriftState::Good
        }
    }

    /// Both can be true of one clock: their intervals meet, with the watch limit as slack.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let apart = i128::from(self.offset_ms) - i128::from(other.offset_ms);
        apart.abs() <= i128::from(self.bound_ms) + i128::from(other.bound_ms) + i128::from(DRIFT_WATCH_MS)
    }
}

/// What several peers say together: the most precise one speaks; peers that contradict one another are bad, for then
/// nobody knows who is right. `None` without peers.
#[must_use]
pub fn judge(drifts: &[Drift]) -> Option<(DriftState, Drift)> {
    let best = *drifts.iter().min_by_key(|drift| drift.bound_ms)?;
    let agree = drifts.iter().all(|drift| best.agrees_with(drift));
    Some((if agree { best.state() } else { DriftState::Bad }, best))
}

/// The middle one; the lower of two middles. `None` of nothing.
#[must_use]
pub fn median(offsets_ms: &[i64]) -> Option<i64> {
    let mut sorted = offsets_ms.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drift(offset_ms: i64, bound_ms: i64) -> Drift {
        Drift { offset_ms, bound_ms }
    }

    #[test]
    fn the_example_by_hand() {
        // Ours is 5 s behind; 40 ms there, 10 ms at the peer, 20 ms back.
        let exchange = Exchange { t0: 1_000, t1: 6_040, t2: 6_050, t3: 1_070, peer_error_ms: 0 };
        assert_eq!(exchange.drift(), Ok(drift(5_010, 31)));
    }

    #[test]
    fn limits_stand_where_they_are_said_to() {
        assert_eq!(drift(1_999, 10).state(), DriftState::Good);
        assert_eq!(drift(-1_999, 10).state(), DriftState::Good);
        assert_eq!(drift(2_000, 10).state(), DriftState::Watch);
        assert_eq!(drift(-59_999, 10).state(), DriftState::Watch);
        assert_eq!(drift(60_000, 10).state(), DriftState::Bad);
        assert_eq!(drift(i64::MIN, 10).state(), DriftState::Bad);
        assert_eq!(drift(0, 2_000).state(), DriftState::Watch, "it cannot vouch for a good clock");
        assert_eq!(drift(60_000, 60_000).state(), DriftState::Watch, "it may be all error");
    }

    #[test]
    fn the_most_precise_peer_speaks_and_contradiction_is_bad() {
        assert_eq!(judge(&[]), None);
        let (ntp, http) = (drift(-300, 20), drift(200, 600));
        assert_eq!(judge(&[http, ntp]), Some((DriftState::Good, ntp)));
        let liar = drift(90_000, 600);
        assert_eq!(judge(&[liar, ntp]), Some((DriftState::Bad, ntp)));
    }

    #[test]
    fn impossible_exchanges_tell_nothing() {
        let base = Exchange { t0: 0, t1: 0, t2: 0, t3: 10, peer_error_ms: 0 };
        for (wrong, why) in [
            (Exchange { t2: -1, ..base }, NoDrift::Contradicts),
            (Exchange { t2: 11, ..base }, NoDrift::Contradicts),
            (Exchange { t3: -1, ..base }, NoDrift::Contradicts),
            (Exchange { t3: 10_001, ..base }, NoDrift::TooSlow),
            (Exchange { t1: i64::MIN, t2: i64::MAX, ..base }, NoDrift::Contradicts),
        ] {
            assert_eq!(wrong.drift(), Err(why), "{wrong:?}");
        }
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1]), Some(1));
        assert_eq!(median(&[100_000, 2, 1]), Some(2));
    }

    proptest! {
        #[test]
        fn the_true_offset_lies_within_the_bound(
            t0 in 0_i64..4_000_000_000_000, offset in -100_000_000_i64..100_000_000,
            there in 0_i64..4_000, at_peer in 0_i64..4_000, back in 0_i64..4_000, error in -900_i64..900,
        ) {
            let t1 = t0 + there + offset + error;
            let t2 = t1 + at_peer;
            let t3 = t0 + there + at_peer + back;
            let found = Exchange { t0, t1, t2, t3, peer_error_ms: error.abs() }.drift().unwrap();
            prop_assert!((found.offset_ms - offset).abs() <= found.bound_ms, "{found:?}");
        }

        #[test]
        fn no_figures_overflow(t0: i64, t1: i64, t2: i64, t3: i64, error: i64) {
            if let Ok(found) = (Exchange { t0, t1, t2, t3, peer_error_ms: error }).drift() {
                prop_assert!(found.bound_ms >= 0);
                let _ = (found.state(), judge(&[found, found]));
            }
        }

        #[test]
        fn a_larger_drift_is_never_better(a: i64, b: i64, bound in 0_i64..1_000) {
            let (near, far) = if a.saturating_abs() <= b.saturating_abs() { (a, b) } else { (b, a) };
            prop_assert!(drift(near, bound).state() <= drift(far, bound).state());
        }
    }
}
