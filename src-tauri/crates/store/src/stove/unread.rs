//! Visits at which a stove could not be read, and why.

use gerai_core::time::UnixMs;
use rusqlite::params;

use super::{Place, place};
use crate::{Db, StoreResult};

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Id.
    pub unread_id: i64,
    /// When.
    pub at: UnixMs,
    /// Why.
    pub reason: String,
    /// A note.
    pub note: String,
    /// Who.
    pub officer: String,
    /// Where.
    pub position: Option<Place>,
}

/// Writes one down; its id.
pub fn add(db: &Db, stove_id: i64, visit: &Unread) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO stove_unread (stove_id, at_ms, reason, note, officer, lat, lon) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            stove_id,
            visit.at.0,
            visit.reason,
            visit.note,
            visit.officer,
            visit.position.map(|at| at.0),
            visit.position.map(|at| at.1)
        ],
    )?;
    let unread_id = db.last_insert_rowid();
    db.execute("UPDATE stove SET unread = unread + 1 WHERE stove_id = ?1", [stove_id])?;
    Ok(unread_id)
}

/// Of a stove, the newest first.
pub fn of(db: &Db, stove_id: i64, limit: i64) -> StoreResult<Vec<Unread>> {
    let mut statement = db.prepare_cached(
        "SELECT unread_id, at_ms, reason, note, officer, lat, lon FROM stove_unread WHERE stove_id = ?1
         ORDER BY unread_id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map([stove_id, limit], |row| {
        Ok(Unread {
            unread_id: row.get(0)?,
            at: UnixMs(row.get(1)?),
            reason: row.get(2)?,
            note: row.get(3)?,
            officer: row.get(4)?,
            position: place(row.get(5)?, row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
