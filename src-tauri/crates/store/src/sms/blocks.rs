//! Numbers that get nothing.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, params};

use crate::{Db, StoreResult};

/// A blocked number.
#[derive(Clone)]
pub struct Block {
    /// Id.
    pub block_id: i64,
    /// The number, sealed.
    pub number_sealed: Vec<u8>,
    /// Why.
    pub note: String,
    /// Since when.
    pub at: UnixMs,
    /// By whom.
    pub by: String,
}

fn block(row: &rusqlite::Row<'_>) -> rusqlite::Result<Block> {
    Ok(Block {
        block_id: row.get(0)?,
        number_sealed: row.get(1)?,
        note: row.get(2)?,
        at: UnixMs(row.get(3)?),
        by: row.get(4)?,
    })
}

/// Blocks a number; one that is blocked already keeps its row and gets the new note.
pub fn add(
    db: &Db,
    number_tag: &[u8; 16],
    number_sealed: &[u8],
    note: &str,
    by: &str,
    now: UnixMs,
) -> StoreResult<Block> {
    db.execute(
        "INSERT INTO sms_block (number_tag, number_sealed, note, at_ms, by) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (number_tag) DO UPDATE SET note = excluded.note",
        params![number_tag, number_sealed, note, now.0, by],
    )?;
    Ok(db.query_row(
        "SELECT block_id, number_sealed, note, at_ms, by FROM sms_block WHERE number_tag = ?1",
        [number_tag],
        block,
    )?)
}

/// Lets a number have messages again. `false`: it was not blocked.
pub fn remove(db: &Db, block_id: i64) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM sms_block WHERE block_id = ?1", [block_id])? == 1)
}

/// Id of a blocked number.
pub fn find(db: &Db, number_tag: &[u8; 16]) -> StoreResult<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT block_id FROM sms_block WHERE number_tag = ?1")?
        .query_row([number_tag], |row| row.get(0))
        .optional()?)
}

/// All, newest first.
pub fn list(db: &Db, limit: i64) -> StoreResult<Vec<Block>> {
    let mut statement = db.prepare_cached(
        "SELECT block_id, number_sealed, note, at_ms, by FROM sms_block ORDER BY block_id DESC LIMIT ?1",
    )?;
    Ok(statement.query_map([limit], block)?.collect::<Result<_, _>>()?)
}
