//! Meters that were replaced, as people said.

use gerai_core::stove::replacement::Replacement;
use gerai_core::stove::{MilliKwh, UnixS};
use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// A replacement and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What was said.
    pub replacement: Replacement,
    /// Why.
    pub note: String,
    /// Who.
    pub by: String,
}

/// Writes one down.
pub fn add(db: &Db, stove_id: i64, told: &Told, now: UnixMs) -> StoreResult<()> {
    let figures = told.replacement;
    db.execute(
        "INSERT INTO stove_replacement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            stove_id,
            figures.at.0,
            figures.last_total.map(|total| total.0),
            figures.first_total.map(|total| total.0),
            told.note,
            told.by,
            now.0
        ],
    )?;
    db.execute("UPDATE stove SET epoch = epoch + 1 WHERE stove_id = ?1", [stove_id])?;
    Ok(())
}

/// Takes one back. `false`: there is none at that time.
pub fn remove(db: &Db, stove_id: i64, at: UnixS) -> StoreResult<bool> {
    let removed = db.execute(
        "DELETE FROM stove_replacement WHERE stove_id = ?1 AND at_s = ?2",
        params![stove_id, at.0],
    )?;
    if removed > 0 {
        db.execute("UPDATE stove SET epoch = epoch - 1 WHERE stove_id = ?1", [stove_id])?;
    }
    Ok(removed > 0)
}

/// Of a stove, in order of time.
pub fn of(db: &Db, stove_id: i64) -> StoreResult<Vec<Told>> {
    let mut statement = db.prepare_cached(
        "SELECT at_s, last_total, first_total, note, by FROM stove_replacement WHERE stove_id = ?1 ORDER BY at_s",
    )?;
    let rows = statement.query_map([stove_id], |row| {
        let total = |column| row.get::<_, Option<i64>>(column).map(|total| total.map(MilliKwh));
        Ok(Told {
            replacement: Replacement {
                at: UnixS(row.get(0)?),
                last_total: total(1)?,
                first_total: total(2)?,
            },
            note: row.get(3)?,
            by: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
