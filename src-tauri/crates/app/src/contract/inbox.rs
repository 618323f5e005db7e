//! The inbox, the block list and templates.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What lies in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum InboxKind {
    /// A message.
    Sms,
    /// A call that nobody took.
    Call,
    /// A PDU that could not be read.
    Unreadable,
}

/// `inbox.list`: newest first, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct InboxList {
    /// Only what nobody has read.
    pub unread: bool,
    /// Only this line.
    pub line_id: Option<i64>,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// Something in the inbox.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct InboxRow {
    /// Id.
    pub id: i64,
    /// What it is.
    pub kind: InboxKind,
    /// When its first part came in, Unix milliseconds.
    pub at_ms: i64,
    /// Service centre's time stamp.
    pub smsc_ms: Option<i64>,
    /// Sender, masked; letters and short codes whole; empty: withheld.
    pub from: String,
    /// The line it came by.
    pub line_id: i64,
    /// That line's name.
    pub line: String,
    /// First 80 characters; empty for calls. Codes (4 to 8 digits near a word for them) are covered.
    pub excerpt: String,
    /// Parts that are here.
    pub parts: i64,
    /// Parts it has in all.
    pub parts_total: i64,
    /// Nobody has opened it.
    pub unread: bool,
}

/// `inbox.show`: it counts as read afterwards.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct InboxDetail {
    /// As in the list.
    pub row: InboxRow,
    /// The whole text, with `[…]` where a part is missing; the reason for an unreadable PDU.
    pub text: String,
    /// The PDU of an unreadable one, hexadecimal.
    pub pdu: Option<String>,
}

/// A blocked number (`block.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct BlockedNumber {
    /// Id.
    pub id: i64,
    /// Masked.
    pub number: String,
    /// Why, as typed.
    pub note: String,
    /// Since when, Unix milliseconds.
    pub at_ms: i64,
    /// Who blocked it.
    pub by: String,
}

/// `block.add`.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct BlockAdd {
    /// The number as people write it.
    pub number: String,
    /// Why; up to 200 characters.
    #[serde(default)]
    pub note: String,
}

/// `block.remove`: by id, or by number.
#[derive(Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct BlockRemove {
    /// The row.
    pub id: Option<i64>,
    /// Or the number.
    pub number: Option<String>,
}

/// A text kept for sending again (`templates.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct TemplateView {
    /// Id.
    pub id: i64,
    /// Name, 1 to 60 characters.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// `templates.save`: a new one, or a changed one.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct TemplateSave {
    /// `null`: a new one.
    pub id: Option<i64>,
    /// Name.
    pub name: String,
    /// Text, 1 to 2,000 characters.
    pub text: String,
}
