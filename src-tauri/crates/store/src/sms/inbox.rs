//! What came in: messages, put together from their parts, calls, and what could not be read.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use super::queue::SealedBody;
use crate::{Db, StoreResult};

/// Something that came in.
#[derive(Clone)]
pub struct InboxRow {
    /// Id.
    pub id: i64,
    /// `sms`, `call`, `unreadable`.
    pub kind: String,
    /// The line.
    pub line_id: i64,
    /// When its first part came.
    pub at: UnixMs,
    /// Service centre's time.
    pub smsc: Option<UnixMs>,
    /// The sender, sealed; `None`: withheld.
    pub sender_sealed: Option<Vec<u8>>,
    /// Parts in all.
    pub total: i64,
    /// Parts that are here.
    pub here: i64,
    /// Complete, or waited for long enough.
    pub whole: bool,
    /// Why a PDU could not be read.
    pub note: String,
    /// Somebody opened it.
    pub read: bool,
}

const COLUMNS: &str =
    "inbox_id, kind, line_id, at_ms, smsc_ms, sender_sealed, total, here, whole, note, read_ms IS NOT NULL";

fn row(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    Ok(InboxRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        line_id: row.get(2)?,
        at: UnixMs(row.get(3)?),
        smsc: row.get::<_, Option<i64>>(4)?.map(UnixMs),
        sender_sealed: row.get(5)?,
        total: row.get(6)?,
        here: row.get(7)?,
        whole: row.get(8)?,
        note: row.get(9)?,
        read: row.get(10)?,
    })
}

/// A new row.
#[derive(Clone)]
pub struct NewInbox {
    /// `sms`, `call`, `unreadable`.
    pub kind: &'static str,
    /// The line.
    pub line_id: i64,
    /// Now.
    pub at: UnixMs,
    /// Service centre's time.
    pub smsc: Option<UnixMs>,
    /// The sender, sealed.
    pub sender_sealed: Option<Vec<u8>>,
    /// Keyed hash of the sender.
    pub sender_tag: [u8; 16],
    /// Concatenation: reference, wide, total.
    pub concat: Option<(u16, bool, u8)>,
    /// Class 0.
    pub flash: bool,
    /// Why a PDU could not be read.
    pub note: String,
}

/// Adds a row.
pub fn add(db: &Db, new: &NewInbox) -> StoreResult<i64> {
    let (reference, wide, total) = match new.concat {
        Some((reference, wide, total)) => (Some(reference), wide, total),
        None => (None, false, 1),
    };
    db.prepare_cached(
        "INSERT INTO inbox (kind, line_id, at_ms, smsc_ms, sender_sealed, sender_tag, reference, wide, total, whole,
           flash, note) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
    )?
    .execute(params![
        new.kind,
        new.line_id,
        new.at.0,
        new.smsc.map(|at| at.0),
        new.sender_sealed,
        new.sender_tag,
        reference,
        wide,
        total,
        reference.is_none(),
        new.flash,
        new.note
    ])?;
    Ok(db.last_insert_rowid())
}

/// An unfinished message of a sender.
pub struct OpenRow {
    /// Its id.
    pub id: i64,
    /// The line it comes by.
    pub line_id: i64,
    /// When its first part came.
    pub at: UnixMs,
    /// Parts that are here: place, and keyed hash of the text.
    pub here: Vec<(u8, [u8; 16])>,
}

/// The unfinished messages of a sender with this reference, width and total, the newest first.
pub fn open(
    db: &Db,
    sender_tag: &[u8; 16],
    (reference, wide, total): (u16, bool, u8),
) -> StoreResult<Vec<OpenRow>> {
    let mut statement = db.prepare_cached(
        "SELECT inbox_id, line_id, at_ms FROM inbox INDEXED BY inbox_open
         WHERE whole = 0 AND sender_tag = ?1 AND reference = ?2 AND total = ?3 AND wide = ?4
         ORDER BY inbox_id DESC LIMIT 16",
    )?;
    let rows: Vec<(i64, i64, i64)> = statement
        .query_map(params![sender_tag, reference, total, wide], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut parts =
        db.prepare_cached("SELECT sequence, text_tag FROM inbox_part WHERE inbox_id = ?1 ORDER BY sequence")?;
    let mut open = Vec::with_capacity(rows.len());
    for (id, line_id, at) in rows {
        let here = parts.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        open.push(OpenRow { id, line_id, at: UnixMs(at), here });
    }
    Ok(open)
}

/// Adds a part; `true` when the message is whole now.
pub fn add_part(db: &Db, id: i64, sequence: u8, text: &SealedBody, text_tag: &[u8; 16]) -> StoreResult<bool> {
    db.prepare_cached("INSERT INTO inbox_part VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        id,
        sequence,
        text.sealed,
        text.wrapped,
        text.key_id,
        text_tag
    ])?;
    Ok(db
        .prepare_cached(
            "UPDATE inbox SET here = here + 1, whole = max(whole, here + 1 >= total) WHERE inbox_id = ?1
             RETURNING whole",
        )?
        .query_row([id], |row| row.get(0))?)
}

/// Remembers a PDU. `false`: it was taken in before.
pub fn remember(
    db: &Db,
    imei: &str,
    smsc: Option<UnixMs>,
    sender_tag: &[u8; 16],
    pdu_hash: &[u8; 32],
    now: UnixMs,
) -> StoreResult<bool> {
    let added = db
        .prepare_cached("INSERT OR IGNORE INTO inbox_seen VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![imei, smsc.map_or(0, |at| at.0), sender_tag, pdu_hash, now.0])?;
    Ok(added == 1)
}

/// Forgets which PDUs were taken in before `before`.
pub fn forget_seen(db: &Db, before: UnixMs) -> StoreResult<usize> {
    Ok(db.execute("DELETE FROM inbox_seen WHERE at_ms < ?1", [before.0])?)
}

/// Whether an unfinished message was begun before `before`.
pub fn any_open_before(db: &Db, before: UnixMs) -> StoreResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM inbox WHERE whole = 0 AND at_ms < ?1)";
    Ok(db.prepare_cached(sql)?.query_row([before.0], |row| row.get(0))?)
}

/// Unfinished messages begun before `before` are shown as they are.
pub fn give_up_waiting(db: &Db, before: UnixMs) -> StoreResult<usize> {
    Ok(db.execute("UPDATE inbox SET whole = 1 WHERE whole = 0 AND at_ms < ?1", [before.0])?)
}

/// A page, newest first.
pub fn page(
    db: &Db,
    unread: bool,
    line_id: Option<i64>,
    before: Option<i64>,
    limit: i64,
) -> StoreResult<Vec<InboxRow>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM inbox WHERE inbox_id < ?1 AND (?2 = 0 OR read_ms IS NULL)
           AND (?3 IS NULL OR line_id = ?3) ORDER BY inbox_id DESC LIMIT ?4"
    ))?;
    let before = before.unwrap_or(i64::MAX);
    Ok(statement.query_map(params![before, unread, line_id, limit], row)?.collect::<Result<_, _>>()?)
}

/// How many there are, and how many nobody has opened.
pub fn counts(db: &Db) -> StoreResult<(i64, i64)> {
    let all = db.query_row("SELECT count(*) FROM inbox", [], |row| row.get(0))?;
    let unread = db.query_row(
        "SELECT count(*) FROM inbox INDEXED BY inbox_unread WHERE read_ms IS NULL",
        [],
        |row| row.get(0),
    )?;
    Ok((all, unread))
}

/// One row.
pub fn get(db: &Db, id: i64) -> StoreResult<Option<InboxRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM inbox WHERE inbox_id = ?1"))?
        .query_row([id], row)
        .optional()?)
}

/// Parts that are here, by place.
pub fn parts(db: &Db, id: i64) -> StoreResult<Vec<(u8, SealedBody)>> {
    let mut statement = db.prepare_cached(
        "SELECT sequence, text_sealed, key_wrapped, key_id FROM inbox_part WHERE inbox_id = ?1 ORDER BY sequence",
    )?;
    let rows = statement.query_map([id], |row| {
        Ok((row.get(0)?, SealedBody { sealed: row.get(1)?, wrapped: row.get(2)?, key_id: row.get(3)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Somebody opened it. `true`: for the first time.
pub fn mark_read(db: &Db, id: i64, now: UnixMs) -> StoreResult<bool> {
    Ok(db.execute(
        "UPDATE inbox SET read_ms = ?2 WHERE inbox_id = ?1 AND read_ms IS NULL",
        params![id, now.0],
    )? == 1)
}

/// Removes a row and its parts. `false`: there was none.
pub fn remove(db: &Db, id: i64) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM inbox WHERE inbox_id = ?1", [id])? == 1)
}

/// Forgets what came in before `before`.
pub fn forget(db: &Db, before: UnixMs) -> StoreResult<usize> {
    Ok(db.execute("DELETE FROM inbox WHERE at_ms < ?1", [before.0])?)
}
