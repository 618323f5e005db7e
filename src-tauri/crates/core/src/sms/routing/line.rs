//! A line as the routing rules see it, and its standing for one message: ready, soon, or not.

use super::Reason;
use crate::money::Rupiah;
use crate::phone::Destination;
use crate::port::lines::LineHealth;
use crate::sms::limits::{self, Limits, Quota, Usage, WindowEnds};
use crate::sms::state::Class;
use crate::sms::tariff::{self, Package, Tariff};
use crate::time::UnixMs;

/// A line now.
#[derive(Debug, Clone)]
pub struct Line {
    /// Id.
    pub id: i64,
    /// How it fares.
    pub health: LineHealth,
    /// Another SIM than before, and no operator has confirmed it.
    pub swapped: bool,
    /// The operator uses it.
    pub active: bool,
    /// Messages from programs may use it.
    pub send_from_api: bool,
    /// It takes numbers that no rule names.
    pub is_default: bool,
    /// It is sending a message.
    pub busy: bool,
    /// Weak signal, or reports stay away: used when no sound line is ready.
    pub weak: bool,
    /// Limits of its SIM.
    pub limits: Limits,
    /// What its SIM has used of them.
    pub usage: Usage,
    /// When it last sent.
    pub last_sent: Option<UnixMs>,
    /// The pause after that which was drawn ([`limits::gap`]), milliseconds.
    pub gap_ms: u32,
    /// Prices of its SIM.
    pub tariff: Tariff,
    /// Packages of its SIM.
    pub packages: Vec<Package>,
    /// Short messages of today by row of the tariff ([`Tariff::rows`]).
    pub sent_today: Vec<u32>,
    /// Balance of its SIM, when it was ever read.
    pub balance: Option<Rupiah>,
    /// Below this the SIM counts as empty.
    pub floor: Rupiah,
    /// Failed for a while: not before then.
    pub backoff_until: Option<UnixMs>,
    /// Number of the choice that last took it, rising: the smallest goes first among equals.
    pub last_used: u64,
}

impl Default for Line {
    /// A ready line in use, without limits or prices.
    fn default() -> Self {
        Self {
            id: 0,
            health: LineHealth::Ready,
            swapped: false,
            active: true,
            send_from_api: true,
            is_default: false,
            busy: false,
            weak: false,
            limits: Limits::default(),
            usage: Usage::default(),
            last_sent: None,
            gap_ms: 0,
            tariff: Tariff::default(),
            packages: Vec::new(),
            sent_today: Vec::new(),
            balance: None,
            floor: Rupiah::ZERO,
            backoff_until: None,
            last_used: 0,
        }
    }
}

/// A message that looks for a line.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Who gets it.
    pub to: &'a Destination,
    /// Its class.
    pub class: Class,
    /// It comes from a program.
    pub from_api: bool,
    /// The line that a person chose for it, or that its first parts went by.
    pub pinned: Option<i64>,
    /// Short messages it takes (those that have not left yet).
    pub parts: u32,
    /// Its number is on the block list.
    pub blocked: bool,
    /// Sending is paused.
    pub paused: bool,
    /// Has this line (its id) sent to this number today? Asked only of lines with a limit of recipients.
    pub seen_today: &'a dyn Fn(i64) -> bool,
    /// The send window is closed until then; `None`: open.
    pub window_opens: Option<UnixMs>,
    /// Now.
    pub now: UnixMs,
    /// When the second, hour, day and month end.
    pub ends: WindowEnds,
}

/// How a line stands for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can take it now.
    Ready {
        /// Estimate for the whole message; `None`: no tariff.
        cost: Option<Rupiah>,
    },
    /// In seconds: an ordinary message waits for it.
    Soon {
        /// What it waits for.
        reason: Reason,
        /// Until when, when that is known.
        until: Option<UnixMs>,
    },
    /// Not now: another line is tried.
    Not {
        /// Why.
        reason: Reason,
        /// Until when, when that is known.
        until: Option<UnixMs>,
    },
}

impl Line {
    /// It may ever carry this message: in use, and for programs where one sends it.
    pub(super) fn may_carry(&self, wanted: &Wanted<'_>) -> bool {
        self.active && (self.send_from_api || !wanted.from_api)
    }

    /// What `parts` short messages to this number are estimated to cost now; `None`: no tariff.
    #[must_use]
    pub fn price(&self, to: &Destination, parts: u32, now: UnixMs) -> Option<Rupiah> {
        let number = (to.digits(), to.is_international());
        tariff::estimate(&self.tariff, &self.packages, &self.sent_today, number, parts, now)
    }

    /// How it stands for a message. What a person must mend is said before what passes by itself.
    #[must_use]
    pub fn standing(&self, wanted: &Wanted<'_>) -> Standing {
        let not = |reason, until| Standing::Not { reason, until };
        match self.health {
            _ if !self.active => return not(Reason::Off, None),
            LineHealth::Off => return not(Reason::Off, None),
            LineHealth::Absent => return not(Reason::Absent, None),
            _ if !self.may_carry(wanted) => return not(Reason::NotForApi, None),
            _ if self.swapped => return not(Reason::SimSwapped, None),
            LineHealth::Ready => {}
            LineHealth::Starting
            | LineHealth::Searching
            | LineHealth::NoSim
            | LineHealth::PinWanted
            | LineHealth::PinWrong
            | LineHealth::PukWanted
            | LineHealth::Recovering
            | LineHealth::Quarantined
            | LineHealth::PortTaken => return not(Reason::LineDown(self.health), None),
        }
        let cost = self.price(wanted.to, wanted.parts, wanted.now);
        if let Some(balance) = self.balance.filter(|balance| *balance < self.floor)
            && cost.is_none_or(|cost| cost > Rupiah::ZERO)
        {
            return not(Reason::EmptyBalance { balance, floor: self.floor }, None);
        }
        if let Some(until) = self.backoff_until.filter(|until| *until > wanted.now) {
            return not(Reason::Backoff, Some(until));
        }
        self.room(wanted, cost)
    }

    /// The limits, then what passes in seconds.
    fn room(&self, wanted: &Wanted<'_>, cost: Option<Rupiah>) -> Standing {
        let new_recipient = self.limits.recipients > 0 && !(wanted.seen_today)(self.id);
        let full =
            limits::full(&self.limits, &self.usage, wanted.class, wanted.parts, new_recipient, &wanted.ends);
        if let Some(full) = full {
            let (reason, until) = (Reason::Limit(full), full.until);
            return match full.quota {
                Quota::Second => Standing::Soon { reason, until },
                Quota::Hour | Quota::Day | Quota::Month | Quota::Recipients => {
                    Standing::Not { reason, until }
                }
            };
        }
        if self.busy {
            return Standing::Soon { reason: Reason::LineBusy, until: None };
        }
        match (wanted.class, self.gap_end(wanted.now)) {
            (Class::Normal, Some((left_ms, end))) => {
                Standing::Soon { reason: Reason::Gap { left_ms }, until: Some(end) }
            }
            (Class::Normal | Class::Otp, _) => Standing::Ready { cost },
        }
    }

    /// How much is left of the pause after the last message, and when it ends.
    fn gap_end(&self, now: UnixMs) -> Option<(u32, UnixMs)> {
        let last = self.last_sent?;
        // A last message in the future: the clock was set back. Nobody waits for that.
        if last > now {
            return None;
        }
        let end = last.plus(i64::from(self.gap_ms));
        let left = u32::try_from(end.since(now)).ok().filter(|left| *left > 0)?;
        Some((left, end))
    }
}
