//! The routing rules: one versioned document.

use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// The stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesRow {
    /// Rises by one at each change.
    pub version: i64,
    /// JSON.
    pub rules: String,
    /// When it was changed.
    pub changed: Option<UnixMs>,
    /// By whom.
    pub by: String,
}

/// The rules as they are.
pub fn get(db: &Db) -> StoreResult<RulesRow> {
    Ok(db.query_row("SELECT version, rules, changed_ms, changed_by FROM routing", [], |row| {
        Ok(RulesRow {
            version: row.get(0)?,
            rules: row.get(1)?,
            changed: row.get::<_, Option<i64>>(2)?.map(UnixMs),
            by: row.get(3)?,
        })
    })?)
}

/// Replaces the rules of this version. `false`: somebody changed them meanwhile.
pub fn set(db: &Db, version: i64, rules: &str, by: &str, now: UnixMs) -> StoreResult<bool> {
    let changed = db.execute(
        "UPDATE routing SET version = version + 1, rules = ?2, changed_ms = ?3, changed_by = ?4 WHERE version = ?1",
        params![version, rules, now.0, by],
    )?;
    Ok(changed == 1)
}
