//! Changes of a stove's secret or number: one row each, moved on in the transaction that comes before whatever is done.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreResult};

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Id.
    pub change_id: i64,
    /// Its stove.
    pub stove_id: i64,
    /// `secret` or `id`.
    pub kind: String,
    /// The state's word.
    pub state: String,
    /// A write was ever begun.
    pub reached: bool,
    /// It is not over.
    pub open: bool,
    /// The number before, of a change of number.
    pub old_number: Option<String>,
    /// The number after.
    pub new_number: Option<String>,
    /// The key that it brings.
    pub key_id: Option<i64>,
    /// When it began.
    pub begun: UnixMs,
    /// Who began it.
    pub by: String,
    /// When it last moved.
    pub moved: UnixMs,
    /// When the last write began.
    pub wrote: Option<UnixMs>,
    /// What an operator should know.
    pub notice: Option<String>,
    /// Why the last write failed.
    pub trouble: String,
}

const COLUMNS: &str = "change_id, stove_id, kind, state, reached, open, old_number, new_number, key_id, begun_ms, begun_by, \
                       moved_ms, wrote_ms, notice, trouble";

fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        change_id: row.get(0)?,
        stove_id: row.get(1)?,
        kind: row.get(2)?,
        state: row.get(3)?,
        reached: row.get(4)?,
        open: row.get(5)?,
        old_number: row.get(6)?,
        new_number: row.get(7)?,
        key_id: row.get(8)?,
        begun: UnixMs(row.get(9)?),
        by: row.get(10)?,
        moved: UnixMs(row.get(11)?),
        wrote: row.get::<_, Option<i64>>(12)?.map(UnixMs),
        notice: row.get(13)?,
        trouble: row.get(14)?,
    })
}

/// Begins one. Fails where another of this stove is open.
pub fn begin(db: &Db, new: &Change) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO stove_change (stove_id, kind, state, reached, open, old_number, new_number, key_id, begun_ms, begun_by,
           moved_ms) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?8)",
        params![
            new.stove_id,
            new.kind,
            new.state,
            new.reached,
            new.old_number,
            new.new_number,
            new.key_id,
            new.begun.0,
            new.by
        ],
    )?;
    Ok(db.last_insert_rowid())
}

/// Writes where it stands.
pub fn moved(db: &Db, change: &Change) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove_change SET state = ?2, reached = ?3, open = ?4, key_id = ?5, moved_ms = ?6, wrote_ms = ?7,
           notice = ?8, trouble = ?9 WHERE change_id = ?1",
    )?
    .execute(params![
        change.change_id,
        change.state,
        change.reached,
        change.open,
        change.key_id,
        change.moved.0,
        change.wrote.map(|at| at.0),
        change.notice,
        change.trouble
    ])?;
    Ok(())
}

/// The change of a stove that is not over.
pub fn open_of(db: &Db, stove_id: i64) -> StoreResult<Option<Change>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM stove_change WHERE stove_id = ?1 AND open = 1"))?
        .query_row([stove_id], change)
        .optional()?)
}

/// The last change of a stove, over or not.
pub fn last_of(db: &Db, stove_id: i64) -> StoreResult<Option<Change>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stove_change WHERE stove_id = ?1 ORDER BY change_id DESC LIMIT 1"
        ))?
        .query_row([stove_id], change)
        .optional()?)
}

/// Stoves with a change that a token can move on: those open, and the last of each stove that ended well.
pub fn watched(db: &Db) -> StoreResult<Vec<i64>> {
    let mut statement = db.prepare_cached("SELECT stove_id FROM stove_change WHERE open = 1")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
