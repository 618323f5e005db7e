//! What others say of the station's clock: peers that were asked, and readers that put their own time on a tap.
//! It is shown, and nothing is refused because of it: what the day's limits may do is the day guard's business.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use gerai_core::drift::{Drift, DriftState, judge, median};

use crate::App;
use crate::contract::{Event, HealthRow, HealthState};

/// Readers remembered: a flood of names must not eat the memory.
const READERS_MAX: usize = 1_024;
/// A reader whose `ts` is before 2020 has no clock set: it counts from its start.
const CLOCK_SET_S: i64 = 1_577_836_800;
/// Seconds are all that a reader tells: half of one is the best guess of the rest.
const HALF_SECOND_MS: i64 = 500;

/// What one peer said: how far off the clock is, or why that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockPeer {
    /// Which, e.g. `NTP pool.ntp.org:123`.
    pub name: String,
    /// The measure, or a sentence.
    pub said: Result<Drift, String>,
}

/// What is known of the clock.
#[derive(Default)]
pub(crate) struct ClockWatch {
    peers: Mutex<Vec<ClockPeer>>,
    readers: Mutex<HashMap<String, i64>>,
}

impl ClockWatch {
    /// A reader's clock on a tap that was decided now.
    pub(crate) fn reader(&self, name: &str, ts: i64, now_ms: i64) {
        if ts < CLOCK_SET_S {
            return;
        }
        let offset = ts.saturating_mul(1_000).saturating_add(HALF_SECOND_MS).saturating_sub(now_ms);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_MAX || readers.contains_key(name) {
            readers.insert(name.to_owned(), offset);
        }
    }

    fn readers(&self) -> (usize, Option<i64>) {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let offsets: Vec<i64> = readers.values().copied().collect();
        (offsets.len(), median(&offsets))
    }

    /// The clock's row with what others say of it. `own` is what the day guard says; the worse state stands.
    pub(crate) fn complete(&self, own: HealthRow) -> HealthRow {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut row = worse(own, peers_row(&peers));
        let (count, median) = self.readers();
        if let Some(median) = median {
            row.summary =
                format!("{}; the clocks of {count} readers are {} of it", row.summary, ahead(median));
            row = row.value("readers", count).value("readers_ms", median);
        }
        row
    }
}

impl App {
    /// What the peers said when they were last asked; replaces what was known.
    pub fn put_clock_peers(&self, peers: Vec<ClockPeer>) {
        let mut known = self.clock_watch.peers.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *known != peers;
        *known = peers;
        drop(known);
        if changed {
            self.emit(Event::Health);
        }
    }
}

/// `None` when nobody is asked.
fn peers_row(peers: &[ClockPeer]) -> Option<HealthRow> {
    if peers.is_empty() {
        return None;
    }
    let drifts: Vec<Drift> = peers.iter().filter_map(|peer| peer.said.clone().ok()).collect();
    let said = peers.iter().map(|peer| match &peer.said {
        Ok(drift) => format!("{}: {} (±{} ms)", peer.name, ahead(drift.offset_ms), drift.bound_ms),
        Err(why) => format!("{}: {why}", peer.name),
    });
    let said = said.collect::<Vec<_>>().join("; ");
    let row = |state, code, summary: String| {
        let row = HealthRow::new("clock", "station", state, code, summary);
        HealthRow { values: figures(peers), ..row }
    };
    let Some((state, best)) = judge(&drifts) else {
        return Some(row(HealthState::Attention, "clock_unknown", format!("no peer told the time: {said}")).next(
            "Check the network and the addresses under Clock in the settings; it is tried again by itself.",
        ));
    };
    let disagree = !drifts.iter().all(|drift| best.agrees_with(drift));
    let row = match state {
        _ if disagree => row(HealthState::Bad, "clock_peers_disagree", format!("the peers contradict one another: {said}"))
            .next("One of them is wrong. Look at a clock you trust, and take the wrong one out of the settings."),
        DriftState::Good => row(HealthState::Good, "clock_right", said),
        DriftState::Watch => row(HealthState::Attention, "clock_drifts", said)
            .next("Switch on network time on this machine."),
        DriftState::Bad => row(HealthState::Bad, "clock_wrong", said).next(
            "Set this machine's clock right and switch on network time. Payments go on; days and late taps follow \
             the wrong clock until then.",
        ),
    };
    Some(row.value("offset_ms", best.offset_ms).value("bound_ms", best.bound_ms))
}

fn figures(peers: &[ClockPeer]) -> BTreeMap<String, String> {
    let silent = peers.iter().filter(|peer| peer.said.is_err()).count();
    BTreeMap::from([("peers".to_owned(), peers.len().to_string()), ("silent".to_owned(), silent.to_string())])
}

fn worse(own: HealthRow, peers: Option<HealthRow>) -> HealthRow {
    let rank = |state: HealthState| match state {
        HealthState::Unused => 0,
        HealthState::Good => 1,
        HealthState::Attention => 2,
        HealthState::Bad => 3,
    };
    let Some(peers) = peers else { return own };
    let (mut first, second) =
        if rank(own.state) > rank(HealthState::Good) && rank(own.state) >= rank(peers.state) {
            (own, peers)
        } else {
            (peers, own)
        };
    first.summary = format!("{}; {}", first.summary, second.summary);
    for (name, value) in second.values {
        first.values.entry(name).or_insert(value);
    }
    first
}

/// In words; the peer's clock against ours.
fn ahead(offset_ms: i64) -> String {
    let whole = offset_ms.unsigned_abs();
    let amount = if whole < 10_000 { format!("{whole} ms") } else { format!("{} s", whole / 1_000) };
    match offset_ms {
        0 => "the same".to_owned(),
        1.. => format!("{amount} ahead"),
        _ => format!("{amount} behind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecases::health::clock_row;
    use gerai_core::time::{ClockHold, UnixMs};

    fn peer(offset_ms: i64) -> ClockPeer {
        ClockPeer { name: "NTP a".to_owned(), said: Ok(Drift { offset_ms, bound_ms: 20 }) }
    }

    fn row(peers: Vec<ClockPeer>, own: HealthRow) -> HealthRow {
        let watch = ClockWatch::default();
        *watch.peers.lock().unwrap() = peers;
        watch.complete(own)
    }

    #[test]
    fn the_row_says_what_the_peers_say() {
        let steady = || clock_row(0, None);
        assert_eq!(row(vec![], steady()), steady());
        let good = row(vec![peer(150)], steady());
        assert_eq!((good.state, good.code.as_str()), (HealthState::Good, "clock_right"));
        assert!(good.summary.contains("150 ms ahead (±20 ms)") && good.next_step.is_empty(), "{good:?}");
        assert_eq!(good.values["offset_ms"], "150");
        assert_eq!(row(vec![peer(-5_000)], steady()).code, "clock_drifts");
        assert_eq!(row(vec![peer(61_000)], steady()).state, HealthState::Bad);
        let lost = ClockPeer { name: "HTTP b".to_owned(), said: Err("it does not answer".to_owned()) };
        let unknown = row(vec![lost.clone()], steady());
        assert_eq!((unknown.state, unknown.code.as_str()), (HealthState::Attention, "clock_unknown"));
        assert!(unknown.summary.contains("it does not answer") && !unknown.next_step.is_empty());
        assert_eq!(row(vec![lost, peer(0)], steady()).state, HealthState::Good, "one that answers is enough");
        assert_eq!(row(vec![peer(0), peer(100_000)], steady()).code, "clock_peers_disagree");
    }

    #[test]
    fn a_held_jump_is_not_hidden_by_a_good_peer() {
        let hold = ClockHold { jumped_ms: 30 * 3_600_000, seen: UnixMs(0) };
        let held = row(vec![peer(0)], clock_row(0, Some(hold)));
        assert_eq!((held.state, held.code.as_str()), (HealthState::Attention, "clock_held"));
        assert_eq!(held.values["hours"], "30");
        assert!(held.summary.contains("the same"), "{}", held.summary);
        assert_eq!(
            row(vec![peer(90_000)], clock_row(0, Some(hold))).code,
            "clock_wrong",
            "the worse one stands"
        );
    }

    #[test]
    fn readers_are_shown_and_not_judged() {
        let watch = ClockWatch::default();
        watch.reader("a", 1_795_323_600, 1_795_323_600_000);
        watch.reader("b", 1_795_323_700, 1_795_323_600_000);
        watch.reader("c", 1_795_323_601, 1_795_323_600_000);
        watch.reader("no clock", 17, 1_795_323_600_000);
        let row = watch.complete(clock_row(0, None));
        assert_eq!(row.state, HealthState::Good);
        assert!(row.summary.contains("the clocks of 3 readers are 1500 ms ahead"), "{}", row.summary);
        watch.reader("d", i64::MAX, i64::MIN);
        watch.complete(clock_row(0, None));
    }
}
