//! The health page and the ledger's own checks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a part of the station is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum HealthState {
    /// Works.
    Good,
    /// Works, but somebody should look.
    Attention,
    /// Does not work.
    Bad,
    /// Not used.
    Unused,
}

/// One part of the station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthRow {
    /// A stable name: `ledger`, `broker`, `link`, `reader:<name>`, `outbox`, `vault`, `disk`, `clock`, `web`,
    /// `recovery`.
    /// `tls`.
    pub part: String,
    /// The group it stands in: `payments` or `station`.
    pub group: String,
    /// How it is.
    pub state: HealthState,
    /// What is so, with figures. English.
    pub summary: String,
    /// The next step; empty when there is nothing to do. English.
    pub next_step: String,
    /// For translation: a stable code such as `broker_embedded_up`, and its figures.
    pub code: String,
    /// Figures of `code`, by name.
    pub values: std::collections::BTreeMap<String, String>,
}

/// The health page (`health.show`).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HealthView {
    /// Rows, grouped.
    pub rows: Vec<HealthRow>,
    /// How many need somebody.
    pub attention: i64,
    /// Readers connected now.
    pub readers_online: i64,
    /// Results that wait to be published.
    pub outbox_depth: i64,
    /// The newest journal entry's number; 0 in an empty ledger.
    pub last_entry: i64,
    /// Messages rejected in this WIB day.
    pub rejected_today: i64,
}

/// `ledger.verify`: everything replayed from genesis.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VerifyReport {
    /// Every entry, balance, chain link, payment and outbox row is as it must be.
    pub ok: bool,
    /// Journal entries checked.
    pub entries: i64,
    /// Payment attempts checked.
    pub payments: i64,
    /// Outbox rows checked.
    pub outbox: i64,
    /// Hash of the newest entry, 64 hex digits.
    pub head: String,
    /// The first bad row, e.g. `journal_entry 17`; `null` when all is well.
    pub bad_row: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// `ledger.stats`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LedgerStats {
    /// Journal entries.
    pub entries: i64,
    /// Payment attempts.
    pub payments: i64,
    /// Customers.
    pub accounts: i64,
    /// What the station owes its customers, in rupiah.
    pub customer_balances: i64,
    /// Sum over all ledger accounts: always 0.
    pub sum: i64,
    /// Charged taps in this WIB day.
    pub taps_today: i64,
    /// Rupiah taken in this WIB day.
    pub taken_today: i64,
    /// Size of the database in bytes.
    pub database_bytes: i64,
}
