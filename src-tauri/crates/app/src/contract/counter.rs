//! The counter screen of one till.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CounterPicture, CounterSettings, Language, Lateness, Outcome};

/// `counter.pair`: opens a session limited to one till.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct CounterPair {
    /// The pairing code, with or without its dash, any case.
    pub code: String,
}

/// `counter.show`.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct CounterShow {
    /// Till id; a counter session may leave it out. The default till when an operator leaves it out.
    pub till_id: Option<i64>,
}

/// What the counter shows for one payment attempt. Read from the ledger, never from MQTT.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CounterResult {
    /// Payment id: the same one is shown, and sounds, once.
    pub payment_id: i64,
    /// What it came to.
    pub outcome: Outcome,
    /// When it was decided, Unix milliseconds.
    pub at_ms: i64,
    /// Journal entry number, for charged taps.
    pub entry: Option<i64>,
    /// Rupiah asked for.
    pub amount: i64,
    /// Balance after it; `null` for an unknown card or where the privacy setting hides it.
    pub balance: Option<i64>,
    /// Rupiah missing, for `low`.
    pub shortfall: Option<i64>,
    /// Rupiah left under the limit, for `limit`.
    pub limit_left: Option<i64>,
    /// Time of the first payment, for `dup`; Unix milliseconds.
    pub first_ms: Option<i64>,
    /// Initials of the customer, e.g. `S.R.`; empty for an unknown card.
    pub initials: String,
    /// By how much it came late; `null`: it was in time, or nobody knows.
    pub late: Option<Lateness>,
}

/// Everything the counter needs (`counter.show`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CounterView {
    /// Till id.
    pub till_id: i64,
    /// Till's name.
    pub till: String,
    /// Where it stands, or the shop's name.
    pub place: String,
    /// Wall clock, Unix milliseconds: the screen corrects its own by it.
    pub now_ms: i64,
    /// Taps can be received: the link to the broker is up.
    pub online: bool,
    /// The ledger takes payments. False: `stopped` says why.
    pub taking: bool,
    /// Why the ledger takes no payments; empty when it does.
    pub stopped: String,
    /// Fixed price in rupiah; `null`: amounts are armed.
    pub price: Option<i64>,
    /// The armed amount in rupiah.
    pub armed: Option<i64>,
    /// When the armed amount runs out, Unix milliseconds.
    pub armed_until_ms: Option<i64>,
    /// Highest amount of one tap, in rupiah.
    pub max_per_tap: i64,
    /// The newest result; the screen shows it until `at_ms + result_seconds`. `null` when it is older than 30 seconds:
    /// then it lights nothing.
    pub result: Option<CounterResult>,
    /// The last five results before `result`, newest first, for the cashier.
    pub history: Vec<CounterResult>,
    /// The station's language.
    pub language: Language,
    /// The shop's own pictures for this till while it is idle, in order; at most eight.
    pub images: Vec<CounterPicture>,
    /// Look and sound.
    pub settings: CounterSettings,
    /// Who is on duty at this counter, by PIN.
    pub on_duty: Option<String>,
    /// True in a try-out folder: no money is real.
    pub try_out: bool,
}
