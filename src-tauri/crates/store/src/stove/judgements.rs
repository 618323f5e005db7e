//! What people said of readings: rows beside them, never over them.

use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// A judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// When.
    pub at: UnixMs,
    /// Standing since then.
    pub standing: String,
    /// The counter that counts, when edited or estimated.
    pub total: Option<i64>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// Writes one down.
pub fn add(db: &Db, reading_id: i64, judgement: &Judgement) -> StoreResult<()> {
    db.execute(
        "INSERT INTO stove_judgement (reading_id, at_ms, standing, total, reason, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            reading_id,
            judgement.at.0,
            judgement.standing,
            judgement.total,
            judgement.reason,
            judgement.by
        ],
    )?;
    Ok(())
}

/// Of a reading, the newest first.
pub fn of(db: &Db, reading_id: i64, limit: i64) -> StoreResult<Vec<Judgement>> {
    let mut statement = db.prepare_cached(
        "SELECT at_ms, standing, total, reason, by FROM stove_judgement WHERE reading_id = ?1
         ORDER BY judgement_id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map([reading_id, limit], |row| {
        Ok(Judgement {
            at: UnixMs(row.get(0)?),
            standing: row.get(1)?,
            total: row.get(2)?,
            reason: row.get(3)?,
            by: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether anybody said anything of a reading.
pub fn any(db: &Db, reading_id: i64) -> StoreResult<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM stove_judgement WHERE reading_id = ?1)")?
        .query_row([reading_id], |row| row.get(0))?)
}
