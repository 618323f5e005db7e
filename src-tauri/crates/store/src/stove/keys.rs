//! Keys of stoves: which there are and in which slot. The secrets are in the vault, `stove-key/<stove_id>/<key_id>`.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreResult};

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Id.
    pub key_id: i64,
    /// Its stove.
    pub stove_id: i64,
    /// `making`, `current`, `previous`, `pending`, `retired`.
    pub slot: String,
    /// When it was made or registered.
    pub made: UnixMs,
    /// JSON list of what is weak about it.
    pub warnings: String,
}

fn key(row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow {
        key_id: row.get(0)?,
        stove_id: row.get(1)?,
        slot: row.get(2)?,
        made: UnixMs(row.get(3)?),
        warnings: row.get(4)?,
    })
}

const COLUMNS: &str = "key_id, stove_id, slot, made_ms, warnings";

/// A new key's row, before the vault has it.
pub fn add(db: &Db, stove_id: i64, warnings: &str, by: &str, now: UnixMs) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO stove_key (stove_id, slot, made_ms, made_by, warnings) VALUES (?1, 'making', ?2, ?3, ?4)",
        params![stove_id, now.0, by, warnings],
    )?;
    Ok(db.last_insert_rowid())
}

/// The key in a slot.
pub fn in_slot(db: &Db, stove_id: i64, slot: &str) -> StoreResult<Option<KeyRow>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stove_key WHERE stove_id = ?1 AND slot = ?2
               AND slot IN ('current','previous','pending')"
        ))?
        .query_row(params![stove_id, slot], key)
        .optional()?)
}

/// Keys of a stove that are in use.
pub fn of(db: &Db, stove_id: i64) -> StoreResult<Vec<KeyRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stove_key WHERE stove_id = ?1 AND slot IN ('current','previous','pending')"
    ))?;
    Ok(statement.query_map([stove_id], key)?.collect::<Result<_, _>>()?)
}

/// All keys in use, some after `after`, for reading them out of the vault.
pub fn alive(db: &Db, after: i64, limit: i64) -> StoreResult<Vec<KeyRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stove_key WHERE key_id > ?1 AND slot IN ('current','previous','pending')
         ORDER BY key_id LIMIT ?2"
    ))?;
    Ok(statement.query_map([after, limit], key)?.collect::<Result<_, _>>()?)
}

/// Puts a key into a slot; whatever was there is retired.
pub fn put(db: &Db, stove_id: i64, key_id: i64, slot: &str, now: UnixMs) -> StoreResult<()> {
    retire(db, stove_id, slot, now)?;
    db.execute("UPDATE stove_key SET slot = ?2 WHERE key_id = ?1", params![key_id, slot])?;
    Ok(())
}

/// A key becomes the current one, the one so far the previous one.
pub fn promote(db: &Db, stove_id: i64, key_id: i64, now: UnixMs) -> StoreResult<()> {
    retire(db, stove_id, "previous", now)?;
    db.execute(
        "UPDATE stove_key SET slot = 'previous' WHERE stove_id = ?1 AND slot = 'current'",
        [stove_id],
    )?;
    db.execute("UPDATE stove_key SET slot = 'current' WHERE key_id = ?1", [key_id])?;
    Ok(())
}

/// Nothing needs the key in this slot any more.
pub fn retire(db: &Db, stove_id: i64, slot: &str, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE stove_key SET slot = 'retired', retired_ms = ?3 WHERE stove_id = ?1 AND slot = ?2
           AND slot IN ('current','previous','pending')",
        params![stove_id, slot, now.0],
    )?;
    Ok(())
}

/// Keys whose vault entries are to be removed: retired before `retired`, or begun before `unfinished` and never finished.
pub fn spent(db: &Db, retired: UnixMs, unfinished: UnixMs) -> StoreResult<Vec<KeyRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stove_key
         WHERE (slot = 'retired' AND retired_ms < ?1) OR (slot = 'making' AND made_ms < ?2) LIMIT 1000"
    ))?;
    Ok(statement.query_map([retired.0, unfinished.0], key)?.collect::<Result<_, _>>()?)
}

/// The vault holds it no more.
pub fn forget(db: &Db, key_id: i64) -> StoreResult<()> {
    db.execute("UPDATE stove_change SET key_id = NULL WHERE key_id = ?1", [key_id])?;
    db.execute("DELETE FROM stove_key WHERE key_id = ?1 AND slot IN ('retired','making')", [key_id])?;
    Ok(())
}
