//! Tills (where the money goes) and readers (what taps come from).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CounterResult, Outcome};

/// A till (`tills.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct TillView {
    /// Till id.
    pub id: i64,
    /// Name, e.g. `Meja 1`.
    pub name: String,
    /// Where it stands, e.g. `Kantin utama`; may be empty.
    pub place: String,
    /// Fixed price in rupiah; `null`: the cashier types each amount.
    pub price: Option<i64>,
    /// Taps on the legacy topic whose sender has no till of its own go here.
    pub is_default: bool,
    /// The amount that waits for a card now, in rupiah.
    pub armed: Option<i64>,
    /// When the armed amount runs out, Unix milliseconds.
    pub armed_until_ms: Option<i64>,
    /// The last result, if it is still on the counter.
    pub result: Option<CounterResult>,
    /// Names of its readers.
    pub readers: Vec<String>,
    /// One of its readers is connected.
    pub online: bool,
    /// Charged taps in this WIB day.
    pub taps_today: i64,
    /// Rupiah taken in this WIB day.
    pub taken_today: i64,
    /// The last tap, Unix milliseconds.
    pub last_tap_ms: Option<i64>,
}

/// `tills.create`, `tills.update`. Both return `TillView`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct TillSave {
    /// Till id; absent to create.
    #[serde(default)]
    pub id: Option<i64>,
    /// Name, 1 to 40 characters; unique.
    pub name: String,
    /// Place, up to 60 characters.
    #[serde(default)]
    pub place: String,
    /// Fixed price in rupiah, 1 or more; `null`: the cashier types each amount.
    #[serde(default)]
    pub price: Option<i64>,
    /// Make it the default till.
    #[serde(default)]
    pub is_default: bool,
}

/// `tills.arm`: the next tap on this till's reader pays this amount. Returns `TillView`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct TillArm {
    /// Till id.
    pub id: i64,
    /// Rupiah, 1 to the limit per tap.
    pub amount: i64,
}

/// `tills.pairing_code`: a code that opens `/counter` for one till, once, within ten minutes.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PairingCode {
    /// Eight characters, shown as `ABCD-EFGH`.
    pub code: String,
    /// When it runs out, Unix milliseconds.
    pub until_ms: i64,
}

/// What a broker login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ReaderKind {
    /// A reader with its own login, ids and signatures.
    V2,
    /// A login shared by fielded readers of the original system.
    Legacy,
    /// A screen that only listens to results.
    Screen,
}

/// A reader (`readers.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ReaderView {
    /// Its name: MQTT user name and id in v2 topics.
    pub name: String,
    /// What it is.
    pub kind: ReaderKind,
    /// Its till; `null`: the default till.
    pub till_id: Option<i64>,
    /// Its till's name.
    pub till: Option<String>,
    /// Its requests must be signed (v2 with a key).
    pub signed: bool,
    /// It may name the amount itself, up to the limit per tap.
    pub may_set_amount: bool,
    /// It may not connect any more.
    pub revoked: bool,
    /// Connections now.
    pub connections: i64,
    /// Last seen, Unix milliseconds.
    pub last_seen_ms: Option<i64>,
    /// Outcome of its last tap.
    pub last_outcome: Option<Outcome>,
    /// Median milliseconds from a tap's arrival to its commit over the last taps; `null` before the first.
    pub answer_ms: Option<i64>,
    /// Something to look at, e.g. `two devices use this login in turn`; empty when all is well.
    pub trouble: String,
}

/// `readers.add`. Returns `ReaderCredentials`.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReaderAdd {
    /// Name: 1 to 32 of `a-z A-Z 0-9 . _ -`; unique.
    pub name: String,
    /// What it is; v2 when absent.
    #[serde(default)]
    pub kind: Option<ReaderKind>,
    /// Its till; the default till when absent.
    #[serde(default)]
    pub till_id: Option<i64>,
    /// A password that fielded devices already hold (legacy only); made when absent.
    #[serde(default)]
    pub password: Option<String>,
    /// Sign v2 messages with a key (needs the vault).
    #[serde(default)]
    pub signed: bool,
    /// May name the amount itself.
    #[serde(default)]
    pub may_set_amount: bool,
}

/// `readers.update`. Returns `ReaderView`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReaderUpdate {
    /// Name.
    pub name: String,
    /// Its till; `null`: the default till.
    pub till_id: Option<i64>,
    /// May name the amount itself.
    pub may_set_amount: bool,
    /// May not connect any more.
    pub revoked: bool,
}

/// `readers.rotate`: a new password (and key). Returns `ReaderCredentials`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReaderByName {
    /// Name.
    pub name: String,
}

/// Credentials, shown once and never again.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct ReaderCredentials {
    /// MQTT user name.
    pub username: String,
    /// MQTT password.
    pub password: String,
    /// HMAC-SHA256 key as 64 hex digits, for signed readers.
    pub key: Option<String>,
    /// Addresses of the broker for this reader, `host:port`.
    pub broker: Vec<String>,
}

/// `readers.tap`: a tap of the virtual reader, over MQTT like any other.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct VirtualTapRequest {
    /// Card UID or NIM.
    pub uid: String,
    /// Tap on this reader's till, as this reader; the virtual reader of the default till when absent.
    #[serde(default)]
    pub reader: Option<String>,
    /// Tap on this till (not together with `reader`).
    #[serde(default)]
    pub till_id: Option<i64>,
    /// Rupiah; the till's price or armed amount when absent.
    #[serde(default)]
    pub amount: Option<i64>,
}

/// What the virtual reader heard.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct VirtualTapResult {
    /// Outcome.
    pub outcome: Outcome,
    /// Balance after it; 0 for an unknown card.
    pub balance: i64,
    /// Journal entry number, for charged taps (and repeats of them).
    pub entry: Option<i64>,
    /// The request id that the reader made.
    pub id: String,
    /// Milliseconds from publish to result, at the virtual reader.
    pub answer_ms: i64,
}
