//! The life of a short message: its states, the steps between them, what its parts make of it, and what a status report
//! means. Every change of a state goes through [`State::after`]: a step that makes no sense is refused, not carried out.
//! Nothing here knows how a state is stored.

use crate::time::UnixMs;

/// A code without a deadline lives this long, milliseconds.
pub const OTP_LIFE_MS: i64 = 10 * 60_000;
/// A code is never scheduled later than this, milliseconds from now: its key is destroyed soon after.
pub const OTP_SCHEDULE_MAX_MS: i64 = 30 * 60_000;
/// A code in doubt is only sent again while it still has this much life, milliseconds.
pub const RESEND_LIFE_MIN_MS: i64 = 60_000;

/// What a message is for; set by who sends it, never guessed from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A one-time code: short life, first in the queue.
    Otp,
    /// Everything else.
    Normal,
}

impl Class {
    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Normal => "normal",
        }
    }

    /// The class of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Otp, Self::Normal].into_iter().find(|class| class.word() == word)
    }
}

/// State of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for its time.
    Scheduled,
    /// Waits for a line.
    Queued,
    /// Waits for an operator's word.
    Held,
    /// Given to a line, not yet in the modem.
    Leased,
    /// In the modem: may leave at any moment.
    Submitting,
    /// The network took all of it.
    Sent,
    /// It may have left; never sent again blindly.
    InDoubt,
    /// All of it is on the phone.
    Delivered,
    /// Will not arrive.
    Failed,
    /// Its time was up before it left, or a code was still in doubt when its time was up.
    Expired,
    /// Taken back by a person.
    Cancelled,
    /// Its text could not be opened any more.
    Lost,
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its time has come.
    Due,
    /// Something wants an operator's word first.
    Hold,
    /// A backup was restored: what could still leave waits for an operator, because it may have left since the backup.
    Restore,
    /// A line was chosen.
    Lease,
    /// It comes back from its line: certainly nothing of it has left.
    Return,
    /// The intent of its first part is committed; Ctrl-Z may follow.
    Submit,
    /// Its parts changed; this is what [`aggregate`] makes of them.
    Parts(State),
    /// It cannot be sent, and nothing of it has left.
    Fail,
    /// Its deadline has passed.
    Expire(Class),
    /// A person takes it back.
    Cancel,
    /// Its text cannot be opened.
    Lose,
    /// It is sent again, by an operator's word or by [`in_doubt`]; an operator releases what was held.
    SendAgain,
    /// An operator says that it has arrived.
    AssumeSent,
    /// An operator says that it has not, and shall not go again.
    AssumeFailed,
}

/// A step that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message that is {} cannot take the step {event:?}; look at its state again", .state.word())]
pub struct NoSuchStep {
    /// The state it is in.
    pub state: State,
    /// What should have happened.
    pub event: Event,
}

impl State {
    /// All of them, in the order of a message's way.
    pub const ALL: [Self; 12] = [
        Self::Scheduled,
        Self::Queued,
        Self::Held,
        Self::Leased,
        Self::Submitting,
        Self::Sent,
        Self::InDoubt,
        Self::Delivered,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::Lost,
    ];

    /// The word in SQL, JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Leased => "leased",
            Self::Submitting => "submitting",
            Self::Sent => "sent",
            Self::InDoubt => "in_doubt",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }

    /// The state of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its way has ended. `sent` has not: its report is still awaited.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Delivered | Self::Failed | Self::Expired | Self::Cancelled | Self::Lost => true,
            Self::Scheduled
            | Self::Queued
            | Self::Held
            | Self::Leased
            | Self::Submitting
            | Self::Sent
            | Self::InDoubt => false,
        }
    }

    /// Nothing of it has left, and it still can.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Scheduled | Self::Queued | Self::Held | Self::Leased)
    }

    /// The state after a step, or a refusal. [`Event::Parts`] to the state it is in already is a step to itself: reports
    /// may come twice.
    pub fn after(self, event: Event) -> Result<Self, NoSuchStep> {
        let next = match event {
            Event::Due => (self == Self::Scheduled).then_some(Self::Queued),
            Event::Hold => self.is_waiting().then_some(Self::Held),
            Event::Restore if self == Self::Sent => Some(Self::Sent),
            Event::Restore => (!self.is_terminal()).then_some(Self::Held),
            Event::Lease => (self == Self::Queued).then_some(Self::Leased),
            Event::Return => matches!(self, Self::Leased | Self::Submitting).then_some(Self::Queued),
            Event::Submit => (self == Self::Leased).then_some(Self::Submitting),
            Event::Parts(next) => self.by_parts(next).then_some(next),
            Event::Fail => {
                matches!(self, Self::Queued | Self::Leased | Self::Submitting).then_some(Self::Failed)
            }
            Event::Expire(class) => self.expires(class).then_some(Self::Expired),
            Event::Cancel => self.is_waiting().then_some(Self::Cancelled),
            Event::Lose => self.is_waiting().then_some(Self::Lost),
            Event::SendAgain => matches!(self, Self::InDoubt | Self::Held).then_some(Self::Queued),
            Event::AssumeSent => matches!(self, Self::InDoubt | Self::Held).then_some(Self::Sent),
            Event::AssumeFailed => matches!(self, Self::InDoubt | Self::Held).then_some(Self::Failed),
        };
        next.ok_or(NoSuchStep { state: self, event })
    }

    /// What has not left dies at its deadline. What is in the modem or has left does not; a code in doubt does, so that its
    /// text can be wiped (a late report still finds it).
    #[must_use]
    pub fn expires(self, class: Class) -> bool {
        self.is_waiting() || (self == Self::InDoubt && class == Class::Otp)
    }

    /// Parts may bring a message from `self` to `next`. A report is the network's own word and comes late: it still
    /// corrects what was expired or believed to have failed.
    fn by_parts(self, next: Self) -> bool {
        let to =
            matches!(next, Self::Submitting | Self::Sent | Self::InDoubt | Self::Delivered | Self::Failed);
        match self {
            Self::Submitting | Self::InDoubt => to,
            Self::Sent => matches!(next, Self::Sent | Self::Delivered | Self::Failed),
            Self::Delivered => next == Self::Delivered,
            Self::Failed | Self::Expired => matches!(next, Self::Delivered) || next == self,
            Self::Scheduled | Self::Queued | Self::Held | Self::Leased | Self::Cancelled | Self::Lost => {
                false
            }
        }
    }
}

/// State of one part that was given to a modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartState {
    /// Its intent is committed; no result yet.
    Submitting,
    /// The network took it.
    Sent,
    /// It may have left.
    InDoubt,
    /// On the phone.
    Delivered,
    /// Will not arrive.
    Failed,
}

impl PartState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Submitting, Self::Sent, Self::InDoubt, Self::Delivered, Self::Failed];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitting => "submitting",
            Self::Sent => "sent",
            Self::InDoubt => "in_doubt",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The state of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What the parts make of their message of `total` parts. `parts` are those that were given to a modem, in any order; the
/// others have not been yet.
///
/// While one is in the modem the message is `submitting`. Then one in doubt makes it `in_doubt`, one that failed makes it
/// `failed`; with some not yet given it is `submitting` still; all on the phone is `delivered`, all taken is `sent`.
/// Without any part it is `leased`.
#[must_use]
pub fn aggregate(total: usize, parts: &[PartState]) -> State {
    let any = |state| parts.contains(&state);
    if parts.is_empty() {
        State::Leased
    } else if any(PartState::Submitting) {
        State::Submitting
    } else if any(PartState::InDoubt) {
        State::InDoubt
    } else if any(PartState::Failed) {
        State::Failed
    } else if parts.len() < total {
        State::Submitting
    } else if any(PartState::Sent) {
        State::Sent
    } else {
        State::Delivered
    }
}

/// What a status report says of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    /// It is on the phone.
    Delivered,
    /// The service centre still tries; another report follows.
    Pending,
    /// The service centre has given up.
    Failed,
    /// It ended in a way that tells neither; no other report follows.
    Unknown,
}

impl ReportOutcome {
    /// Reads TP-ST (3GPP TS 23.040, section 9.2.3.15). Only 0x00 says that the phone has it: 0x01 is "forwarded, unable to
    /// confirm", 0x02 "replaced by the service centre", the rest of that group is reserved or each centre's own.
    #[must_use]
    pub fn of(status: u8) -> Self {
        match status {
            0x00 => Self::Delivered,
            0x01..=0x1F | 0x80..=0xFF => Self::Unknown,
            // Temporary error, the centre is still trying.
            0x20..=0x3F => Self::Pending,
            // Permanent error; temporary error, and the centre tries no more.
            0x40..=0x7F => Self::Failed,
        }
    }

    /// The part's state after this report. `Pending` and `Unknown` prove that it left, so they end a doubt; they do not
    /// take back a delivery.
    #[must_use]
    pub fn on(self, part: PartState) -> PartState {
        match (self, part) {
            (_, PartState::Delivered) | (Self::Delivered, _) => PartState::Delivered,
            (Self::Failed, _) | (_, PartState::Failed) => PartState::Failed,
            (Self::Pending | Self::Unknown, PartState::Submitting | PartState::Sent | PartState::InDoubt) => {
                PartState::Sent
            }
        }
    }
}

/// What is known of a message in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// Its class.
    pub class: Class,
    /// The setting that lets codes be sent again.
    pub resend: bool,
    /// It was sent a second time already.
    pub resent: bool,
    /// Until when it is of use; `None`: not known.
    pub deadline: Option<UnixMs>,
    /// Now.
    pub now: UnixMs,
}

/// What to do with a message in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtAction {
    /// Send it once more: the same code twice does no harm, a code that never comes does.
    SendAgain,
    /// Wait for a report, or an operator's word.
    Wait,
}

/// A code may be sent once more while it has at least [`RESEND_LIFE_MIN_MS`] to live; everything else waits.
#[must_use]
pub fn in_doubt(doubt: Doubt) -> DoubtAction {
    let lives = doubt.deadline.is_some_and(|deadline| deadline.since(doubt.now) >= RESEND_LIFE_MIN_MS);
    match doubt.class {
        Class::Otp if doubt.resend && !doubt.resent && lives => DoubtAction::SendAgain,
        Class::Otp | Class::Normal => DoubtAction::Wait,
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
