//! Payment attempts, the journal behind them, and messages that could not be understood.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::EntryKind;

/// What a tap came to. The wire calls them by the same names (`st`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Outcome {
    /// Charged.
    Ok,
    /// Not enough balance.
    Low,
    /// The card or the account is frozen (or closed).
    Frozen,
    /// The card was reported lost.
    Lost,
    /// No customer has this card.
    Unknown,
    /// The same tap again within the window: paid already.
    Dup,
    /// Above the limit per tap or per day.
    Limit,
    /// The till waits for the cashier to type an amount.
    Unarmed,
    /// The tap had waited too long on its way.
    Late,
    /// The signature does not match, or a message was replayed.
    Auth,
    /// The request was understood but can not be carried out.
    Err,
}

/// Which payments a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PaymentFilter {
    /// All.
    #[default]
    All,
    /// Charged.
    Paid,
    /// Refused.
    Refused,
}

/// `payments.list`: newest first, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct PaymentsList {
    /// Which.
    pub filter: PaymentFilter,
    /// Only this till.
    pub till_id: Option<i64>,
    /// Only this customer.
    pub account_id: Option<i64>,
    /// Only this WIB day and no other: days since 1970-01-01.
    pub wib_day: Option<i32>,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// By how much a payment came late. At least one of the two is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Lateness {
    /// Its tap had waited in the broker this many milliseconds AT MOST when it was decided; `null`: it came at once.
    pub tap_ms: Option<i64>,
    /// Its result could leave only this many milliseconds after it was decided; `null`: it left in time.
    pub result_ms: Option<i64>,
}

/// A payment attempt in a list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PaymentRow {
    /// Payment id.
    pub id: i64,
    /// When it was decided, Unix milliseconds.
    pub at_ms: i64,
    /// What it came to.
    pub outcome: Outcome,
    /// Customer's name; `null` for an unknown card.
    pub name: Option<String>,
    /// Account id; `null` for an unknown card.
    pub account_id: Option<i64>,
    /// Masked UID or NIM.
    pub card: String,
    /// Till's name; `null` when none is known.
    pub till: Option<String>,
    /// Rupiah asked for; 0 where none was known.
    pub amount: i64,
    /// Balance after it; `null` for an unknown card.
    pub balance: Option<i64>,
    /// Journal entry, for charged ones.
    pub entry: Option<i64>,
    /// It was charged, and taken back later.
    pub reversed: bool,
    /// By how much it came late; `null`: it was in time, or nobody knows.
    pub late: Option<Lateness>,
}

/// One line of a journal entry.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PostingView {
    /// The ledger account, in words: the customer's or till's name, or `Cash drawer`.
    pub account: String,
    /// Its kind: `customer`, `till`, `cash_drawer`, `midtrans_clearing`, `fees`, `adjustments`.
    pub account_kind: String,
    /// Rupiah on the debit side; 0 when none.
    pub debit: i64,
    /// Rupiah on the credit side; 0 when none.
    pub credit: i64,
}

/// A journal entry's place in the hash chain.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ChainLink {
    /// Entry number.
    pub entry: i64,
    /// SHA-256 of the entry and its predecessor's hash, 64 hex digits.
    pub hash: String,
    /// What the entry was.
    pub kind: EntryKind,
    /// Customer's name or memo.
    pub label: String,
}

/// A payment with its postings and chain position (`payments.show`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PaymentDetail {
    /// The row.
    pub row: PaymentRow,
    /// Reader's name; `null` when the broker could not vouch for one.
    pub reader: Option<String>,
    /// Balance before; `null` for an unknown card.
    pub balance_before: Option<i64>,
    /// More about a refusal: rupiah missing (`low`), rupiah left of the limit (`limit`).
    pub detail: Option<i64>,
    /// The first payment, when this one is a repeat of it.
    pub first_payment: Option<i64>,
    /// How many repeats of this payment came and were not charged.
    pub repeats: i64,
    /// The lines of its entry; empty when nothing was charged.
    pub postings: Vec<PostingView>,
    /// The entry's predecessor, itself and its successor; empty when nothing was charged.
    pub chain: Vec<ChainLink>,
    /// The entry and its neighbours fit their hashes (recomputed for this answer).
    pub chain_intact: bool,
    /// The entry that takes this one back, if one does.
    pub reversed_by: Option<i64>,
}

/// `payments.reverse`: takes a charged tap back by a linked entry. Returns `PaymentDetail`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct PaymentReverse {
    /// Made by the caller (a UUID): the same id twice reverses once.
    pub request_id: String,
    /// Payment id.
    pub id: i64,
    /// Why; 3 to 200 characters.
    pub reason: String,
}

/// `rejected.list`: newest first, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct RejectedList {
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// Why a message was put on the rejected list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RejectedReason {
    /// Neither a UID, a NIM nor a JSON request.
    NotUnderstood,
    /// Over the size limit.
    TooLarge,
    /// Not valid UTF-8.
    NotUtf8,
    /// A retained message: it may be of any age.
    Retained,
    /// The silent crediting topic of the original system.
    TopupFromAir,
    /// It had waited in a broker while the station was away.
    QueuedWhileAway,
    /// The v2 topic names a reader that does not exist or is revoked.
    UnknownReader,
    /// The sender that the broker vouches for is not the reader the topic names.
    WrongSender,
    /// The signature is missing or does not match.
    WrongMac,
    /// An amount that can not be: negative, zero, a fraction, too large.
    BadAmount,
    /// A UID that can not be an identity: random (first byte 08), wrong check byte.
    BadUid,
    /// All digits, and both a card and a NIM match.
    Ambiguous,
    /// The same id was used before with other content.
    IdReused,
    /// A signed message that is out of sequence: captured and sent again by somebody else.
    Replayed,
    /// No till is set for this sender.
    NoTill,
    /// The station could not carry it out; its log has the cause.
    Failed,
}

/// A message that was not carried out as a tap.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct RejectedRow {
    /// Row id.
    pub id: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Topic, shortened to 80 characters.
    pub topic: String,
    /// Sender, if the broker vouched for one.
    pub sender: Option<String>,
    /// Why.
    pub reason: RejectedReason,
    /// The payload's length in bytes.
    pub bytes: i64,
    /// The payload's beginning, printable, with anything that looks like a card number masked.
    pub excerpt: String,
}
