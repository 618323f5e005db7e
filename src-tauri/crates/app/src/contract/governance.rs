//! What watches over people: the audit trail, the second person, corrections of balances, API tokens.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Role;

/// What an audited act came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AuditResult {
    /// Done.
    Done,
    /// Refused.
    Refused,
}

/// `audit.list`: which records, newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct AuditList {
    /// Of this actor.
    #[ts(optional)]
    pub actor: Option<String>,
    /// Acts that begin so, as `session.`.
    #[ts(optional)]
    pub act: Option<String>,
    /// Only these.
    #[ts(optional)]
    pub result: Option<AuditResult>,
    /// From, Unix milliseconds.
    #[ts(optional)]
    pub from_ms: Option<i64>,
    /// Before, Unix milliseconds.
    #[ts(optional)]
    pub until_ms: Option<i64>,
    /// Cursor of the page.
    #[ts(optional)]
    pub cursor: Option<i64>,
    /// Rows of the page, 1 to 200.
    #[ts(optional)]
    pub limit: Option<i64>,
}

/// One record of the audit trail.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct AuditRow {
    /// Number, from 1 without gaps.
    pub id: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// Number of the operator, if it was one: with all other fields it makes the hash.
    pub operator_id: Option<i64>,
    /// From: `browser`, `console`, `counter`, `local`, `api`, `station`; empty for records of the first version.
    pub surface: String,
    /// Address; empty on this machine.
    pub peer: String,
    /// The command.
    pub act: String,
    /// What it came to.
    pub result: AuditResult,
    /// About what; for a refusal also why.
    pub subject: String,
    /// What was there before, secrets redacted.
    #[ts(type = "unknown")]
    pub before: Option<serde_json::Value>,
    /// What is there now.
    #[ts(type = "unknown")]
    pub after: Option<serde_json::Value>,
    /// Its link in the chain, hex.
    pub hash: String,
}

/// `audit.export`: records oldest first, a page at a time. `next` of the page is the `after` of the next one.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct AuditExport {
    /// After this number; 0: from the first.
    pub after: i64,
    /// Rows of the page, 1 to 200.
    #[ts(optional)]
    pub limit: Option<i64>,
}

/// `audit.verify`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct AuditReport {
    /// Nothing is wrong.
    pub ok: bool,
    /// Records checked.
    pub records: i64,
    /// Link of the newest, hex.
    pub head: String,
    /// The first bad row.
    pub bad_row: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// A correction of a customer's balance (`accounts.adjust`), against the station's adjustments account.
#[derive(Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdjustRequest {
    /// Made by the screen: the same id is never carried out twice.
    pub request_id: String,
    /// Whose.
    pub account_id: i64,
    /// Rupiah: above zero gives, below takes.
    pub amount: i64,
    /// Why, 3 to 200 characters.
    pub reason: String,
}

/// State of something that waits for a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ApprovalState {
    /// Waits.
    Waiting,
    /// Approved, and done.
    CarriedOut,
    /// The second person said no.
    Refused,
    /// Who asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// Approved, but it could not be done any more; the note says why.
    Failed,
}

/// Something that waits, or waited, for a second person (`approvals.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ApprovalView {
    /// Number.
    pub id: i64,
    /// The command.
    pub command: String,
    /// What it is about, in words.
    pub subject: String,
    /// Who asked.
    pub asked_by: String,
    /// When, Unix milliseconds.
    pub asked_ms: i64,
    /// Until when it waits.
    pub expires_ms: i64,
    /// State.
    pub state: ApprovalState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_ms: Option<i64>,
    /// What the second person wrote, or why it failed.
    pub note: String,
    /// This session may decide it.
    pub may_decide: bool,
    /// This session may take it back.
    pub may_withdraw: bool,
}

/// `approvals.list`.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ApprovalsList {
    /// Only what waits.
    pub waiting: bool,
    /// Cursor of the page.
    #[ts(optional)]
    pub cursor: Option<i64>,
    /// Rows of the page, 1 to 200.
    #[ts(optional)]
    pub limit: Option<i64>,
}

/// `approvals.decide`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ApprovalDecide {
    /// Which.
    pub id: i64,
    /// Carry it out, or refuse it.
    pub approve: bool,
    /// A word to who asked; needed for a refusal.
    #[serde(default)]
    pub note: String,
}

/// What became of something that may need a second person.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Decided {
    /// It is done.
    Done {
        /// Balance now, for what changed one.
        balance: Option<i64>,
        /// Journal entry that did it.
        entry: Option<i64>,
    },
    /// It waits for a second person.
    Waiting {
        /// The approval's number.
        approval_id: i64,
    },
}

/// A new API token (`tokens.issue`).
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct TokenIssue {
    /// What it is for, 1 to 60 characters.
    pub name: String,
    /// What it may do. Never an owner's rights.
    pub role: Role,
    /// Hours it lives, 1 to 2160 (90 days).
    pub hours: i64,
}

/// A token, shown once.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct TokenIssued {
    /// Its row.
    pub row: TokenRow,
    /// The JWT (RFC 7519), for `Authorization: Bearer`.
    pub token: String,
}

/// An issued token (`tokens.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct TokenRow {
    /// JWT ID.
    pub jti: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Id of the key that signed it.
    pub kid: String,
    /// Who made it.
    pub made_by: String,
    /// When, Unix milliseconds.
    pub made_ms: i64,
    /// Ends at.
    pub expires_ms: i64,
    /// Revoked at.
    pub revoked_ms: Option<i64>,
    /// It would be let in now.
    pub valid: bool,
}

/// `tokens.revoke`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct TokenRevoke {
    /// JWT ID.
    pub jti: String,
}
