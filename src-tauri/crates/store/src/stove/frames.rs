//! Pictures in which codes were read, as PNG, for as long as the settings say.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, params};

use crate::{Db, StoreResult};

/// Keeps the picture of a reading; the first one stays.
pub fn keep(db: &Db, reading_id: i64, png: &[u8], now: UnixMs) -> StoreResult<()> {
    db.execute(
        "INSERT OR IGNORE INTO stove_frame (reading_id, at_ms, png) VALUES (?1, ?2, ?3)",
        params![reading_id, now.0, png],
    )?;
    Ok(())
}

/// The picture of a reading.
pub fn get(db: &Db, reading_id: i64) -> StoreResult<Option<Vec<u8>>> {
    Ok(db
        .query_row("SELECT png FROM stove_frame WHERE reading_id = ?1", [reading_id], |row| row.get(0))
        .optional()?)
}

/// The picture is not needed any more.
pub fn drop_of(db: &Db, reading_id: i64) -> StoreResult<()> {
    db.prepare_cached("DELETE FROM stove_frame WHERE reading_id = ?1")?.execute([reading_id])?;
    Ok(())
}

/// Whether the reading is accepted by the server: its picture came too late.
pub fn is_accepted(db: &Db, reading_id: i64) -> StoreResult<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM stove_forward WHERE reading_id = ?1 AND state = 'accepted')",
        )?
        .query_row([reading_id], |row| row.get(0))?)
}
