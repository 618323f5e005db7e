//! Which keys seal texts, and until when. The keys themselves are in the vault.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, params};

use crate::{Db, StoreResult};

/// A key's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its id; the vault's entry is `sms-key/<id>`.
    pub key_id: i64,
    /// `otp`, `normal`, `inbox`.
    pub kind: String,
    /// Seals what is accepted before.
    pub until: UnixMs,
    /// Not needed after.
    pub needed: UnixMs,
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<KeyRow> {
    Ok(KeyRow {
        key_id: row.get(0)?,
        kind: row.get(1)?,
        until: UnixMs(row.get(2)?),
        needed: UnixMs(row.get(3)?),
    })
}

/// The key that seals now.
pub fn current(db: &Db, kind: &str, now: UnixMs) -> StoreResult<Option<KeyRow>> {
    Ok(db
        .prepare_cached(
            "SELECT key_id, kind, until_ms, needed_ms FROM sms_key
             WHERE kind = ?1 AND destroyed_ms IS NULL AND from_ms <= ?2 AND until_ms > ?2
             ORDER BY key_id DESC LIMIT 1",
        )?
        .query_row(params![kind, now.0], row)
        .optional()?)
}

/// A new key's row, before anything is sealed by it.
pub fn add(db: &Db, kind: &str, from: UnixMs, until: UnixMs, needed: UnixMs) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO sms_key (kind, from_ms, until_ms, needed_ms) VALUES (?1, ?2, ?3, ?4)",
        params![kind, from.0, until.0, needed.0],
    )?;
    Ok(db.last_insert_rowid())
}

/// Keys that are not destroyed.
pub fn alive(db: &Db) -> StoreResult<Vec<KeyRow>> {
    let mut statement = db.prepare_cached(
        "SELECT key_id, kind, until_ms, needed_ms FROM sms_key WHERE destroyed_ms IS NULL ORDER BY key_id",
    )?;
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}

/// What is accepted at the end of a key's time is in its row within this long, milliseconds.
const GRACE_MS: i64 = 60_000;

/// Keys that seal nothing any more: their time is over, and nothing sealed by them is left or they are needed no longer.
pub fn spent(db: &Db, now: UnixMs) -> StoreResult<Vec<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT key_id FROM sms_key k WHERE destroyed_ms IS NULL AND until_ms <= ?2 AND (needed_ms <= ?1 OR NOT EXISTS
           (SELECT 1 FROM sms_message m INDEXED BY sms_phase
              WHERE m.phase IN ('waiting','in_doubt') AND m.key_id = k.key_id AND m.body_sealed IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM inbox_part p WHERE p.key_id = k.key_id))",
    )?;
    let ended = now.plus(-GRACE_MS);
    Ok(statement.query_map([now.0, ended.0], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The vault holds it no more.
pub fn destroyed(db: &Db, key_id: i64, now: UnixMs) -> StoreResult<()> {
    db.execute("UPDATE sms_key SET destroyed_ms = ?2 WHERE key_id = ?1", params![key_id, now.0])?;
    Ok(())
}

/// When the next key's time is over.
pub fn next_end(db: &Db) -> StoreResult<Option<UnixMs>> {
    let next: Option<i64> = db.query_row(
        "SELECT min(until_ms) FROM sms_key WHERE destroyed_ms IS NULL AND kind = 'otp'",
        [],
        |row| row.get(0),
    )?;
    Ok(next.map(UnixMs))
}
