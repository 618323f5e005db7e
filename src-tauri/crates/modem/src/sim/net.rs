//! The network around the simulated modems: what is due when, what goes from one modem to another, and the clocks.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::port::Clock;

use super::modem::{Incoming, Modem};
use super::oracle::Oracle;

/// Moments of one submit, microseconds of the monotonic clock ([`monotonic_us`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamps {
    /// `AT+CMGS` was complete.
    pub command_us: u64,
    /// The prompt was given.
    pub prompt_us: u64,
    /// Ctrl-Z came.
    pub submit_us: u64,
    /// The final result was given. `None`: not (yet).
    pub final_us: Option<u64>,
}

/// Something that is going to happen to a modem.
pub(super) enum Event {
    /// The network took a message: final result. `late`: the modem has gone on meanwhile.
    Final {
        seq: u64,
        reference: u8,
        late: bool,
    },
    /// The modem is idle again without having said anything.
    Idle,
    /// The network refused it.
    Refuse(u16),
    /// A message or report comes for its SIM.
    Arrive(Incoming),
    /// The station had this long to acknowledge.
    Unacknowledged(u64),
    Say(String),
    /// The network answers a USSD request: state (`<m>`) and text.
    Ussd {
        state: u8,
        text: String,
    },
    Storm {
        left: u32,
        every: Duration,
    },
    Ring {
        left: u32,
        caller: String,
    },
    /// A message goes to whichever modem has this number.
    Loopback {
        to: String,
        tpdu: Vec<u8>,
    },
}

struct Due {
    at: Instant,
    order: u64,
    modem: usize,
    /// Only in this session of the modem; `None`: the network's own.
    session: Option<u32>,
    event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    // The heap gives the greatest first: the earliest has to be that.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

pub(super) struct Net {
    pub now: Instant,
    pub clock: Arc<dyn Clock>,
    pub oracle: Oracle,
    /// Modems that lost their port while bytes were worked off.
    pub unplug: Vec<usize>,
    /// Modems that were told to restart (`AT+CFUN=1,1`).
    pub restart: Vec<usize>,
    /// Modems that get a port again, and whether by their old name.
    pub replug: Vec<(usize, bool)>,
    due: BinaryHeap<Due>,
    order: u64,
}

impl Net {
    pub fn new(clock: Arc<dyn Clock>, oracle: Oracle) -> Self {
        Self {
            now: Instant::now(),
            clock,
            oracle,
            unplug: Vec::new(),
            restart: Vec::new(),
            replug: Vec::new(),
            due: BinaryHeap::new(),
            order: 0,
        }
    }

    /// A number that was not given before.
    pub fn ticket(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// Lets something happen to a modem unless it loses power before.
    pub fn after(&mut self, modem: &Modem, wait: Duration, event: Event) {
        self.push(modem.index, Some(modem.session), wait, event);
    }

    /// Lets the network do something to a modem, whatever happens to it meanwhile.
    pub fn later(&mut self, modem: usize, wait: Duration, event: Event) {
        self.push(modem, None, wait, event);
    }

    fn push(&mut self, modem: usize, session: Option<u32>, wait: Duration, event: Event) {
        let order = self.ticket();
        self.due.push(Due { at: self.now + wait, order, modem, session, event });
    }

    /// When the next is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.peek().map(|due| due.at)
    }

    /// Does what is due.
    pub fn run(&mut self, modems: &mut [Modem]) {
        while self.due.peek().is_some_and(|due| due.at <= self.now) {
            let Some(Due { modem, session, event, .. }) = self.due.pop() else { break };
            match event {
                Event::Loopback { to, tpdu } => {
                    if let Some(found) = modems.iter_mut().find(|modem| modem.msisdn() == Some(to.as_str())) {
                        found.on_event(Event::Arrive(Incoming { tpdu, report: false }), self);
                    }
                }
                event => {
                    let Some(modem) = modems.get_mut(modem) else { continue };
                    if session.is_none_or(|session| session == modem.session && modem.plugged) {
                        modem.on_event(event, self);
                    }
                }
            }
        }
    }
}

/// Microseconds of the system's monotonic clock: the same clock for all processes of this machine, so that the moments of a
/// station and of a simulator can be compared.
#[cfg(unix)]
#[must_use]
pub fn monotonic_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000
}

/// Microseconds since this was first asked: Windows has no clock that two processes can compare without foreign code.
#[cfg(not(unix))]
#[must_use]
pub fn monotonic_us() -> u64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}
