//! Why a line is chosen or not, and why a message waits: a word for programs, a sentence with the figures for people.
//! Nothing is written out until somebody asks.

use crate::money::Rupiah;
use crate::port::lines::LineHealth;
use crate::sms::limits::{Full, Quota};

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Chosen: the lowest price.
    Cheapest {
        /// Rupiah for the whole message.
        cost: Rupiah,
    },
    /// Of lines that are equally good, the one that was used longest ago goes first. This one is chosen, or has to wait for
    /// its turn.
    Turn,
    /// Takes messages.
    Ready,
    /// Takes messages, but an earlier choice of the rule goes first.
    LaterChoice,
    /// Takes messages, but its signal is weak or its reports stay away: a sound line goes first.
    Weak,
    /// Takes messages, but costs more than the chosen one.
    Dearer {
        /// Rupiah for the whole message by this line; `None`: no tariff.
        cost: Option<Rupiah>,
    },
    /// The rule that counts does not name it.
    NotInRule,
    /// A person chose another line.
    OtherLineWanted,
    /// Messages from programs do not go by it.
    NotForApi,
    /// Its balance is too low.
    EmptyBalance {
        /// What is left.
        balance: Rupiah,
        /// Below this it counts as empty.
        floor: Rupiah,
    },
    /// Switched off by the operator.
    Off,
    /// Not plugged in.
    Absent,
    /// Plugged in, but takes no messages.
    LineDown(LineHealth),
    /// Sends another message.
    LineBusy,
    /// The random pause between two messages.
    Gap {
        /// How much is left of it, milliseconds.
        left_ms: u32,
    },
    /// A quota is used up.
    Limit(Full),
    /// Failed a moment ago and is given a rest.
    Backoff,
    /// Another SIM than before is in it; an operator must say that this is right.
    SimSwapped,
    /// No line that could carry the message exists.
    NoLine,
    /// Outside the hours in which ordinary messages may leave.
    Window,
    /// Sending is paused.
    Paused,
    /// The number is on the block list.
    Blocked,
    /// A rule forbids the prefix.
    Denied,
}

impl Reason {
    /// The word for programs, as the contract lists it for lines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cheapest { .. } => "cheapest",
            Self::Turn => "turn",
            Self::Ready | Self::LaterChoice | Self::Weak => "ready",
            Self::Dearer { .. } => "dearer",
            Self::NotInRule | Self::OtherLineWanted => "not_in_rule",
            Self::NotForApi => "not_for_api",
            Self::EmptyBalance { .. } => "empty_balance",
            Self::Off => "off",
            Self::Absent => "absent",
            Self::LineDown(_) => "line_down",
            Self::LineBusy => "line_busy",
            Self::Gap { .. } => "gap",
            Self::Limit(full) if full.reserved => "otp_reserve",
            Self::Limit(full) => match full.quota {
                Quota::Second => "limit_second",
                Quota::Hour => "limit_hour",
                Quota::Day => "limit_day",
                Quota::Month => "limit_month",
                Quota::Recipients => "limit_recipients",
            },
            Self::Backoff => "backoff",
            Self::SimSwapped => "sim_swapped",
            Self::NoLine => "no_line",
            Self::Window => "window",
            Self::Paused => "paused",
            Self::Blocked => "blocked",
            Self::Denied => "denied",
        }
    }

    /// The word for a message that waits: what is a line's own affair is `no_line` there. The sentence stays the same.
    #[must_use]
    pub fn message_code(self) -> &'static str {
        match self {
            Self::NotInRule
            | Self::OtherLineWanted
            | Self::NotForApi
            | Self::EmptyBalance { .. }
            | Self::Off
            | Self::Absent => "no_line",
            Self::Cheapest { .. }
            | Self::Turn
            | Self::Ready
            | Self::LaterChoice
            | Self::Weak
            | Self::Dearer { .. }
            | Self::LineDown(_)
            | Self::LineBusy
            | Self::Gap { .. }
            | Self::Limit(_)
            | Self::Backoff
            | Self::SimSwapped
            | Self::NoLine
            | Self::Window
            | Self::Paused
            | Self::Blocked
            | Self::Denied => self.code(),
        }
    }

    /// It passes, by itself or by what a person is asked to do at the modem's software: the line can later.
    pub(super) fn passes(self) -> bool {
        match self {
            Self::LineDown(health) => match health {
                LineHealth::Starting
                | LineHealth::Searching
                | LineHealth::Recovering
                | LineHealth::Quarantined => true,
                LineHealth::Ready
                | LineHealth::NoSim
                | LineHealth::PinWanted
                | LineHealth::PinWrong
                | LineHealth::PukWanted
                | LineHealth::PortTaken
                | LineHealth::Absent
                | LineHealth::Off => false,
            },
            Self::Limit(full) => full.until.is_some(),
            Self::Backoff | Self::SimSwapped | Self::LineBusy | Self::Gap { .. } => true,
            Self::Cheapest { .. }
            | Self::Turn
            | Self::Ready
            | Self::LaterChoice
            | Self::Weak
            | Self::Dearer { .. }
            | Self::NotInRule
            | Self::OtherLineWanted
            | Self::NotForApi
            | Self::EmptyBalance { .. }
            | Self::Off
            | Self::Absent
            | Self::NoLine
            | Self::Window
            | Self::Paused
            | Self::Blocked
            | Self::Denied => false,
        }
    }

    /// Place among reasons without an end, the one that helps a person most first; above those that have one (1 and 2).
    pub(super) fn urgency(self) -> u8 {
        match self {
            Self::SimSwapped => 3,
            Self::LineDown(_) if self.passes() => 4,
            Self::EmptyBalance { .. } => 5,
            Self::LineDown(_) => 6,
            Self::Limit(_) => 7,
            Self::NotForApi => 8,
            Self::Absent => 9,
            Self::Off => 10,
            Self::Cheapest { .. }
            | Self::Turn
            | Self::Ready
            | Self::LaterChoice
            | Self::Weak
            | Self::Dearer { .. }
            | Self::NotInRule
            | Self::OtherLineWanted
            | Self::LineBusy
            | Self::Gap { .. }
            | Self::Backoff
            | Self::NoLine
            | Self::Window
            | Self::Paused
            | Self::Blocked
            | Self::Denied => 11,
        }
    }

    /// A sentence in English, with the figures.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Cheapest { cost } => format!("Chosen: the lowest price, {cost} for the message."),
            Self::Turn => {
                "Lines that are equally good take turns, the one used longest ago first.".to_owned()
            }
            Self::Ready => "Ready.".to_owned(),
            Self::LaterChoice => "Ready; an earlier choice of the rule goes first.".to_owned(),
            Self::Weak => {
                "Ready, but the signal is weak or reports stay away; a sound line goes first.".to_owned()
            }
            Self::Dearer { cost: Some(cost) } => format!("Ready, but costs more: {cost} for the message."),
            Self::Dearer { cost: None } => {
                "Ready, but has no price for this number; enter its tariff.".to_owned()
            }
            Self::NotInRule => "The rule for this number does not name this line.".to_owned(),
            Self::OtherLineWanted => "Another line was chosen for this message by hand.".to_owned(),
            Self::NotForApi => "This line does not take messages from programs.".to_owned(),
            Self::EmptyBalance { balance, floor } => {
                format!("Its balance of {balance} is below {floor}; top it up, then check the balance.")
            }
            Self::Off => "The line is switched off.".to_owned(),
            Self::Absent => "The modem is not plugged in.".to_owned(),
            Self::LineDown(health) => down(health).to_owned(),
            Self::LineBusy => "The line is sending another message.".to_owned(),
            Self::Gap { left_ms } => {
                format!("The pause between two messages lasts {} s more.", left_ms.div_ceil(1_000))
            }
            Self::Limit(full) => limit(full),
            Self::Backoff => "The line failed a moment ago and rests before it is tried again.".to_owned(),
            Self::SimSwapped => {
                "Another SIM than before is in the modem; confirm it and messages leave again.".to_owned()
            }
            Self::NoLine => {
                "There is no line for this number; plug in a modem or change the rules.".to_owned()
            }
            Self::Window => "Ordinary messages do not leave at this hour.".to_owned(),
            Self::Paused => "Sending is paused; end the pause and messages leave again.".to_owned(),
            Self::Blocked => "The number is on the block list.".to_owned(),
            Self::Denied => "A rule forbids numbers with this prefix.".to_owned(),
        }
    }
}

fn down(health: LineHealth) -> &'static str {
    match health {
        LineHealth::Ready => "The line is ready.",
        LineHealth::Starting => "The modem is being started.",
        LineHealth::Searching => "The modem finds no network; look at its antenna and place.",
        LineHealth::NoSim => "There is no SIM in the modem.",
        LineHealth::PinWanted => "The SIM wants its PIN; enter it at the line.",
        LineHealth::PinWrong => "The PIN of the SIM was wrong; enter the right one at the line.",
        LineHealth::PukWanted => "The SIM is locked; unlock it with its PUK in a phone.",
        LineHealth::Recovering => "The modem does not answer and is being restarted.",
        LineHealth::Quarantined => "The modem was given up for now; it is tried again from time to time.",
        LineHealth::PortTaken => "Another program uses the modem's port; close it.",
        LineHealth::Absent => "The modem is not plugged in.",
        LineHealth::Off => "The line is switched off.",
    }
}

fn limit(full: Full) -> String {
    let Full { quota, used, limit, wanted, reserved, until } = full;
    let (what, per) = match quota {
        Quota::Second => ("short messages", "this second"),
        Quota::Hour => ("short messages", "this hour"),
        Quota::Day => ("short messages", "today"),
        Quota::Month => ("short messages", "this month"),
        Quota::Recipients => ("different recipients", "today"),
    };
    match (until, reserved) {
        (None, _) => {
            format!("The message takes {wanted} {what}, more than it ever may of the SIM's limit of {limit}.")
        }
        (Some(_), true) => format!(
            "{used} of {limit} {what} are used {per}; the rest is kept for codes and the message takes {wanted}."
        ),
        (Some(_), false) => {
            format!("{used} of {limit} {what} are used {per} and the message takes {wanted}.")
        }
    }
}
