//! USSD, and the routing rules: which line a number gets, and why.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SmsClass;

/// `ussd.send`: starts a dialogue, or answers an open one.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct UssdSend {
    /// The line; `null`: the first one that is ready.
    pub line_id: Option<i64>,
    /// Code or answer, up to 182 characters.
    pub text: String,
}

/// A turn of a USSD dialogue.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct UssdTurn {
    /// The line.
    pub line_id: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// From the station to the network.
    pub ours: bool,
    /// What was said.
    pub text: String,
    /// The network waits for an answer.
    pub answerable: bool,
    /// It came late or uncalled for.
    pub pushed: bool,
    /// The balance that was read out of it, in rupiah.
    pub balance: Option<i64>,
}

/// A rule: numbers with this prefix go by these lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct RouteRule {
    /// Prefix of the international number, digits; empty: every other number. The longest one counts.
    pub prefix: String,
    /// Operator or country, for people.
    pub label: String,
    /// Numbers of this prefix get nothing.
    pub deny: bool,
    /// Lines (ids) in order of choice; lines of one inner list take turns. Empty: the default lines.
    pub lines: Vec<Vec<i64>>,
}

/// The rules (`routing.get`, `routing.set`).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RoutingTable {
    /// Rises by one at each change: a change on an older one is refused.
    pub version: i64,
    /// The rules.
    pub rules: Vec<RouteRule>,
    /// When it was changed, Unix milliseconds; `null`: never.
    #[serde(default)]
    pub changed_ms: Option<i64>,
    /// By whom.
    #[serde(default)]
    pub changed_by: String,
}

/// `routing.test`: which line a number would get, without sending.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct RoutingTest {
    /// The number as people write it.
    pub number: String,
    /// Class.
    #[serde(default)]
    pub class: SmsClass,
    /// As from a program (API).
    #[serde(default)]
    pub from_api: bool,
}

/// What the rules say of one line, for one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RouteCandidate {
    /// The line.
    pub line_id: i64,
    /// Its name.
    pub line: String,
    /// `chosen`, `spare` (could, but another is better), `waits` (could later), `out` (cannot).
    pub verdict: String,
    /// Words as in `SmsReason.code`, or `cheapest`, `turn`, `ready`, `dearer`, `not_in_rule`, `not_for_api`, `empty_balance`,
    /// `off`, `absent`.
    pub code: String,
    /// A sentence with the figures.
    pub text: String,
    /// Rupiah a short message; `null`: no tariff.
    pub price: Option<i64>,
    /// Until when it waits, Unix milliseconds.
    pub until_ms: Option<i64>,
}

/// Why this SIM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RouteDecision {
    /// The number, masked.
    pub number: String,
    /// Prefix of the rule that counts; `null`: no rule, the default lines.
    pub prefix: Option<String>,
    /// The rule's label.
    pub label: String,
    /// The line chosen; `null`: none now.
    pub line_id: Option<i64>,
    /// Its name.
    pub line: String,
    /// Rupiah a short message.
    pub price: Option<i64>,
    /// Word for the outcome, as in `SmsReason.code`; `chosen` when a line was.
    pub code: String,
    /// A sentence for people.
    pub text: String,
    /// All lines, the chosen one first.
    pub candidates: Vec<RouteCandidate>,
}
