//! Customers and their cards.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::PaymentRow;

/// Whether a customer's account may be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AccountState {
    /// May pay and be topped up.
    Active,
    /// Neither pays nor is topped up until thawed.
    Frozen,
    /// Closed for good; its balance was zero.
    Closed,
}

/// Whether a card may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CardState {
    /// May pay.
    Active,
    /// Blocked for now.
    Frozen,
    /// Reported lost: every tap is refused and shown.
    Lost,
    /// Retired for good.
    Closed,
}

/// Which customers a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AccountFilter {
    /// All.
    #[default]
    All,
    /// Balance below the price of the default till (or Rp 10.000 where it has none).
    Low,
    /// Frozen accounts.
    Frozen,
}

/// `accounts.list`: by name, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct AccountsList {
    /// Which.
    pub filter: AccountFilter,
    /// Part of a name, or the beginning of a NIM or card UID.
    pub query: String,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// A customer in a list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct AccountRow {
    /// Account id.
    pub id: i64,
    /// The customer's name.
    pub name: String,
    /// Student or member number that the button readers send (NIM), if there is one.
    pub nim: Option<String>,
    /// Newest active card, masked: `•••• 01C2`; `null` without a card.
    pub card: Option<String>,
    /// Balance in rupiah.
    pub balance: i64,
    /// Held (pending) rupiah, already taken off what may be spent.
    pub held: i64,
    /// State.
    pub state: AccountState,
    /// Balance is below the default till's price.
    pub low: bool,
}

/// A card, masked.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CardView {
    /// Card id.
    pub id: i64,
    /// Masked UID: `•••• 01C2`. `cards.reveal` shows it whole.
    pub uid: String,
    /// Length of the UID in bytes: 4, 7 or 10.
    pub uid_bytes: i64,
    /// State.
    pub state: CardState,
    /// Why it is in that state; empty for active.
    pub reason: String,
    /// When it was enrolled, Unix milliseconds.
    pub enrolled_ms: i64,
}

/// Another movement on an account: a top-up, a reversal, an adjustment.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct Movement {
    /// Journal entry number.
    pub entry: i64,
    /// What it was.
    pub kind: EntryKind,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Rupiah; positive adds to the customer's balance.
    pub amount: i64,
    /// Balance after it.
    pub balance: i64,
    /// Memo, e.g. the till's name or the reason of a reversal.
    pub memo: String,
}

/// Kinds of journal entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EntryKind {
    /// A card tap that was charged.
    Tap,
    /// Cash put on an account at the desk.
    CashTopup,
    /// Money that came in through Midtrans.
    MidtransTopup,
    /// A correction by a person.
    Adjustment,
    /// Takes an earlier entry back.
    Reversal,
    /// A fee.
    Fee,
}

/// One customer with cards and latest movements (`accounts.show`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct AccountDetail {
    /// The row.
    pub row: AccountRow,
    /// Why it is frozen or closed; empty when active.
    pub reason: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// Its cards, newest first.
    pub cards: Vec<CardView>,
    /// The last 20 movements, newest first.
    pub movements: Vec<Movement>,
    /// The last 10 payment attempts, newest first, refused ones too.
    pub payments: Vec<PaymentRow>,
    /// Charged so far in this WIB day, in rupiah.
    pub spent_today: i64,
}

/// `accounts.create`: a customer, with a first card and opening cash if given. Returns `AccountDetail`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct AccountCreate {
    /// Made by the caller (a UUID): the same id twice makes one customer.
    pub request_id: String,
    /// Name, 1 to 80 characters.
    pub name: String,
    /// NIM: 5 to 15 digits; unique.
    #[serde(default)]
    pub nim: Option<String>,
    /// Card UID: 8, 14 or 20 hex digits (10 with check byte); spaces, `:` and `-` are fine.
    #[serde(default)]
    pub uid: Option<String>,
    /// Cash taken at the desk and put on the account at once, in rupiah.
    #[serde(default)]
    pub opening: Option<i64>,
}

/// `accounts.set_state`: freeze, thaw, close. Returns `AccountDetail`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct AccountSetState {
    /// Account id.
    pub id: i64,
    /// The new state.
    pub state: AccountState,
    /// Why; required for frozen and closed.
    #[serde(default)]
    pub reason: String,
}

/// `accounts.topup`: cash at the desk. Returns `TopupReceipt`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct TopupRequest {
    /// Made by the caller (a UUID): the same id twice adds the money once.
    pub request_id: String,
    /// Account id.
    pub account_id: i64,
    /// Rupiah, 1 or more.
    pub amount: i64,
}

/// What a top-up did.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct TopupReceipt {
    /// Journal entry number.
    pub entry: i64,
    /// Account id.
    pub account_id: i64,
    /// Rupiah added.
    pub amount: i64,
    /// Balance after it.
    pub balance: i64,
    /// This request id had been carried out before: nothing was added now.
    pub repeated: bool,
}

/// `cards.enrol`: a card for an existing customer. Returns `AccountDetail`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct CardEnrol {
    /// Card UID, as in `AccountCreate`.
    pub uid: String,
    /// Account id.
    pub account_id: i64,
    /// True: the customer's other active cards become lost (a replacement).
    #[serde(default)]
    pub replaces: bool,
}

/// `cards.set_state`. Returns `AccountDetail`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct CardSetState {
    /// Card id.
    pub id: i64,
    /// The new state.
    pub state: CardState,
    /// Why; required for all but active.
    #[serde(default)]
    pub reason: String,
}

/// `cards.reveal`: the whole UID; the act is recorded.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CardRevealed {
    /// The UID, upper-case hex.
    pub uid: String,
}

/// A card in `cards.list`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CardRow {
    /// The card.
    pub card: CardView,
    /// Whose it is.
    pub account_id: i64,
    /// Whose it is.
    pub account_name: String,
}

/// A card nobody knows, tapped lately and offered for enrolment (`cards.unknown`, newest first, at most 20).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct UnknownCard {
    /// The UID whole: the person enrolling compares it with the card in their hand.
    pub uid: String,
    /// Where it was tapped last.
    pub till: Option<String>,
    /// When, Unix milliseconds.
    pub last_ms: i64,
    /// How many times.
    pub taps: i64,
}

/// `cards.dismiss`: take an unknown card off the offers until it is tapped again.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct CardDismiss {
    /// The UID.
    pub uid: String,
}
