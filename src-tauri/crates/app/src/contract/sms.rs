//! Short messages: send, and the queue. Texts of class `otp` are never in any answer.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RouteDecision;

/// What a message is for; set by who sends it, never guessed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SmsClass {
    /// A one-time code: short life, first in the queue, nobody sees its text.
    Otp,
    /// Everything else.
    #[default]
    Normal,
}

/// State of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SmsState {
    /// Waits for its time.
    Scheduled,
    /// Waits for a line; `reason` says for what.
    Queued,
    /// Waits for an operator's word.
    Held,
    /// Given to a line, not yet in the modem.
    Leased,
    /// In the modem: may leave at any moment.
    Submitting,
    /// The network took it.
    Sent,
    /// It may have left; never sent again blindly.
    InDoubt,
    /// On the phone.
    Delivered,
    /// Will not arrive.
    Failed,
    /// Its time was up before it left.
    Expired,
    /// Taken back by a person.
    Cancelled,
    /// Its text could not be opened any more.
    Lost,
}

/// Why a message waits, or what became of it. With figures where there are any, so that screens can say it in their language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SmsReason {
    /// Word for the reason: `turn` (others go first), `no_line`, `line_down`, `line_busy`, `limit_second`, `limit_hour`,
    /// `limit_day`, `limit_month`, `limit_recipients`, `gap`, `otp_reserve`, `window`, `scheduled`, `backoff`,
    /// `sim_swapped`, `paused`, `restored`, `blocked`, `denied`, `modem_silent`, `station_died`, `unplugged`, `unclear_answer`,
    /// `network`, `number`, `line`, `report_failed`, `report_unknown`, `deadline`, `cancelled`, `unreadable`,
    /// `volatile_lost`, `assumed_sent`, `assumed_failed`; empty: none.
    pub code: String,
    /// A sentence in English with the figures.
    pub text: String,
    /// Until when it waits, Unix milliseconds; `null`: not known.
    pub until_ms: Option<i64>,
}

/// `sms.send`: one text to one or many numbers.
#[derive(Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct SmsSend {
    /// The caller's own id, 1 to 64 characters: repeating it sends nothing twice.
    pub request_id: String,
    /// Numbers as people write them, 1 to 10,000.
    pub to: Vec<String>,
    /// The text, 1 to 20,000 characters.
    pub text: String,
    /// Class. A test send of class `otp` waits for a second person.
    pub class: SmsClass,
    /// Line to use (its id); `null`: the routing rules choose.
    pub line_id: Option<i64>,
    /// Not before, Unix milliseconds; `null`: now.
    pub at_ms: Option<i64>,
    /// Drop it when it has not left by then, Unix milliseconds; `null`: the setting's.
    pub deadline_ms: Option<i64>,
    /// Shown at once by the phone, not stored (class 0).
    pub flash: bool,
    /// −5 (last) to 5 (first) within its class.
    pub priority: i64,
    /// Leave out numbers that are wrong or blocked instead of refusing all.
    pub skip_bad: bool,
}

/// Answer to `sms.send`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsAccepted {
    /// Ids of the messages, in the order of the numbers.
    pub ids: Vec<i64>,
    /// Numbers that were left out.
    pub left_out: Vec<SmsLeftOut>,
    /// The same request id had been carried out before; these are its messages.
    pub repeated: bool,
    /// A test code: its messages are held until a second person agrees, under this approval's number.
    pub waiting: Option<i64>,
}

/// A number that gets no message.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsLeftOut {
    /// Its place in the list, from 0.
    pub place: i64,
    /// Masked, or as typed where it is no number.
    pub shown: String,
    /// Why: `blocked`, `denied`, `twice`, or a sentence on what is wrong with it.
    pub why: String,
}

/// `sms.preview`: what a send would be, without sending.
#[derive(Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct SmsPreview {
    /// Numbers, 0 to 10,000.
    pub to: Vec<String>,
    /// The text.
    pub text: String,
    /// Class.
    pub class: SmsClass,
    /// Line to use; `null`: the routing rules choose.
    pub line_id: Option<i64>,
}

/// Answer to `sms.preview`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsPreviewed {
    /// `gsm7` or `ucs2`.
    pub alphabet: String,
    /// Septets or UTF-16 units used.
    pub units: i64,
    /// Short messages a number.
    pub parts: i64,
    /// Units left in the last one.
    pub left: i64,
    /// Units that fit into all of these parts.
    pub room: i64,
    /// The characters that make it `ucs2`, the first ten; empty for `gsm7`.
    pub foreign: String,
    /// Numbers that would get it.
    pub recipients: i64,
    /// Numbers that would not.
    pub left_out: Vec<SmsLeftOut>,
    /// Estimated cost in rupiah for all; `null` when a tariff is missing.
    pub cost: Option<i64>,
    /// Which line for each number, the first 20.
    pub routes: Vec<RouteDecision>,
    /// The send window is closed: a normal message waits until then, Unix milliseconds.
    pub window_opens_ms: Option<i64>,
}

/// Which messages a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SmsFilter {
    /// All.
    #[default]
    All,
    /// Scheduled, queued, held, leased, submitting.
    Waiting,
    /// In doubt.
    InDoubt,
    /// Failed, expired, lost.
    Failed,
    /// Sent and delivered.
    Gone,
    /// Held for an operator's word.
    Held,
}

/// `sms.list`: newest first, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct SmsList {
    /// Which.
    pub filter: SmsFilter,
    /// Only this class.
    pub class: Option<SmsClass>,
    /// Only this line.
    pub line_id: Option<i64>,
    /// Only messages to this number (whole, as people write it).
    pub number: Option<String>,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// A message in a list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsRow {
    /// Id.
    pub id: i64,
    /// When it was accepted, Unix milliseconds.
    pub at_ms: i64,
    /// State.
    pub state: SmsState,
    /// Why it waits, or what became of it.
    pub reason: SmsReason,
    /// Class.
    pub class: SmsClass,
    /// Recipient, masked.
    pub to: String,
    /// Where it came from: `console`, `cli`, `api`, `canary`, or the name of an account.
    pub origin: String,
    /// The line it goes or went by; `null`: none yet.
    pub line_id: Option<i64>,
    /// That line's name; empty: none yet.
    pub line: String,
    /// Short messages it takes.
    pub parts: i64,
    /// Until when it must have left, Unix milliseconds.
    pub deadline_ms: Option<i64>,
    /// When the network took it.
    pub sent_ms: Option<i64>,
    /// When it reached the phone, failed, or ended otherwise.
    pub done_ms: Option<i64>,
    /// Cost in rupiah; `null`: not known.
    pub cost: Option<i64>,
}

/// One part of a message.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsPartView {
    /// Place, from 1.
    pub sequence: i64,
    /// `submitting`, `sent`, `in_doubt`, `delivered`, `failed`.
    pub state: String,
    /// TP-MR, when the network gave one.
    pub reference: Option<i64>,
    /// When it was given to the modem.
    pub submitted_ms: i64,
    /// When the network took it.
    pub sent_ms: Option<i64>,
    /// TP-ST of its report.
    pub report_status: Option<i64>,
    /// When the report came.
    pub report_ms: Option<i64>,
}

/// A step of a message's way.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsStep {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// The state it came to.
    pub state: SmsState,
    /// A sentence with the figures.
    pub text: String,
}

/// `sms.show`: a message in full.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsDetail {
    /// As in the list.
    pub row: SmsRow,
    /// The text of a normal message that has not ended; `null`: an OTP, or wiped.
    pub text: Option<String>,
    /// `gsm7` or `ucs2`.
    pub alphabet: String,
    /// Flash message.
    pub flash: bool,
    /// Priority.
    pub priority: i64,
    /// Tries so far.
    pub attempts: i64,
    /// It was sent a second time by the rule for codes in doubt.
    pub resent: bool,
    /// Why this SIM: as the routing rules decided; `null`: not decided yet.
    pub route: Option<RouteDecision>,
    /// Parts that were given to a modem.
    pub parts: Vec<SmsPartView>,
    /// Its way so far.
    pub steps: Vec<SmsStep>,
}

/// What an operator says of a message in doubt, or of a held one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SmsVerdict {
    /// It has arrived: count it as sent.
    AssumeSent,
    /// It has not, and shall not go again.
    AssumeFailed,
    /// Send it again, knowing that it may arrive twice. A held message is released.
    SendAgain,
}

/// `sms.resolve`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct SmsResolve {
    /// The message.
    pub id: i64,
    /// The word.
    pub verdict: SmsVerdict,
}

/// `sms.cancel`: takes messages back that have not left.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct SmsCancel {
    /// These messages.
    pub ids: Vec<i64>,
    /// All that wait (scheduled, queued, held).
    pub all_waiting: bool,
}

/// Answer to acts on many messages.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SmsCounted {
    /// How many it concerned.
    pub changed: i64,
    /// How many had gone too far.
    pub too_late: i64,
}

/// `sms.pause`: no message leaves while it is on.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct SmsPause {
    /// On or off.
    pub paused: bool,
}

/// `sms.counts`: the queue in figures.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[ts(export)]
pub struct SmsCounts {
    /// Scheduled, queued, held, leased, submitting.
    pub waiting: i64,
    /// In doubt.
    pub in_doubt: i64,
    /// Held.
    pub held: i64,
    /// Sent or delivered since midnight in the station's time zone.
    pub sent_today: i64,
    /// Delivered since midnight.
    pub delivered_today: i64,
    /// Failed, expired or lost since midnight.
    pub failed_today: i64,
    /// Unread messages in the inbox.
    pub unread: i64,
    /// Lines that are ready.
    pub lines_ready: i64,
    /// Lines in all, absent and switched-off ones not counted.
    pub lines: i64,
    /// Sending is paused.
    pub paused: bool,
}

/// A number shown in full; an audited act (`sms.reveal`, `inbox.reveal`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct NumberRevealed {
    /// The number as dialled.
    pub number: String,
}
