//! The queue: messages go in, and wait at the head of their pool. How they go on is in `course`.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreResult};

/// A message as it goes in.
#[derive(Clone)]
pub struct NewMessage {
    /// Where it came from.
    pub origin: String,
    /// Asked for by a program.
    pub from_api: bool,
    /// `otp` or `normal`.
    pub class: &'static str,
    /// `queued` or `scheduled`.
    pub state: &'static str,
    /// Word for why it waits; empty: its turn.
    pub cause: &'static str,
    /// Which lines may carry it.
    pub pool: String,
    /// Place in the queue: lower goes first.
    pub rank: i64,
    /// −5 to 5, as asked.
    pub priority: i64,
    /// Not before.
    pub due: Option<UnixMs>,
    /// Not after.
    pub deadline: UnixMs,
    /// The number, sealed.
    pub number_sealed: Vec<u8>,
    /// Keyed hash of the canonical number.
    pub number_tag: [u8; 16],
    /// Keyed hash of its last eight digits.
    pub tail_tag: [u8; 16],
    /// The text, sealed; `None`: only in memory.
    pub body: Option<SealedBody>,
    /// `gsm7` or `ucs2`.
    pub alphabet: &'static str,
    /// Short messages it takes.
    pub parts: u16,
    /// Concatenation reference.
    pub reference: Option<u16>,
    /// Class 0.
    pub flash: bool,
    /// Ask for a report.
    pub report: bool,
    /// When it was accepted.
    pub created: UnixMs,
}

/// A sealed text and its wrapped key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBody {
    /// The text, sealed by a key of its own.
    pub sealed: Vec<u8>,
    /// That key, wrapped.
    pub wrapped: Vec<u8>,
    /// By which key.
    pub key_id: i64,
}

/// Puts a message in; its id.
pub fn insert(db: &Db, message: &NewMessage) -> StoreResult<i64> {
    let body = message.body.as_ref();
    db.prepare_cached(
        "INSERT INTO sms_message (origin, class, state, cause, pool, rank, priority, ready, due_ms, deadline_ms,
           number_sealed, number_tag, tail_tag, body_sealed, key_wrapped, key_id, alphabet, parts, reference, flash,
           report, created_ms, from_api)
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23)",
    )?
    .execute(params![
        message.origin,
        message.class,
        message.state,
        message.cause,
        message.pool,
        message.rank,
        message.priority,
        message.due.is_none(),
        message.due.map(|due| due.0),
        message.deadline.0,
        message.number_sealed,
        message.number_tag,
        message.tail_tag,
        body.map(|body| &body.sealed),
        body.map(|body| &body.wrapped),
        body.map(|body| body.key_id),
        message.alphabet,
        message.parts,
        message.reference,
        message.flash,
        message.report,
        message.created.0,
        message.from_api,
    ])?;
    Ok(db.last_insert_rowid())
}

/// A message at the head of the queue, with all that is needed to send it.
#[derive(Clone)]
pub struct Head {
    /// Its id.
    pub id: i64,
    /// Asked for by a program.
    pub from_api: bool,
    /// `otp` or `normal`.
    pub class: String,
    /// Which lines may carry it.
    pub pool: String,
    /// Place in the queue.
    pub rank: i64,
    /// Not after.
    pub deadline: UnixMs,
    /// The number, sealed.
    pub number_sealed: Vec<u8>,
    /// Keyed hash of the number.
    pub number_tag: [u8; 16],
    /// The text; `None`: only in memory.
    pub body: Option<SealedBody>,
    /// `gsm7` or `ucs2`.
    pub alphabet: String,
    /// Short messages it takes.
    pub parts: u16,
    /// Concatenation reference.
    pub reference: Option<u16>,
    /// Class 0.
    pub flash: bool,
    /// Ask for a report.
    pub report: bool,
    /// Tries so far.
    pub attempts: i64,
    /// It is sent for the second time.
    pub resent: bool,
}

const HEAD: &str = "message_id, from_api, class, pool, rank, deadline_ms, number_sealed, number_tag, body_sealed, \
                    key_wrapped, key_id, alphabet, parts, reference, flash, report, attempts, resent";

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let sealed: Option<Vec<u8>> = row.get(8)?;
    let wrapped: Option<Vec<u8>> = row.get(9)?;
    let key_id: Option<i64> = row.get(10)?;
    let body = match (sealed, wrapped, key_id) {
        (Some(sealed), Some(wrapped), Some(key_id)) => Some(SealedBody { sealed, wrapped, key_id }),
        _ => None,
    };
    Ok(Head {
        id: row.get(0)?,
        from_api: row.get(1)?,
        class: row.get(2)?,
        pool: row.get(3)?,
        rank: row.get(4)?,
        deadline: UnixMs(row.get(5)?),
        number_sealed: row.get(6)?,
        number_tag: row.get(7)?,
        body,
        alphabet: row.get(11)?,
        parts: row.get(12)?,
        reference: row.get(13)?,
        flash: row.get(14)?,
        report: row.get(15)?,
        attempts: row.get(16)?,
        resent: row.get(17)?,
    })
}

/// The first messages of a pool, in order, from `after` (rank and id) on.
pub fn heads(db: &Db, pool: &str, after: Option<(i64, i64)>, limit: i64) -> StoreResult<Vec<Head>> {
    let (rank, id) = after.unwrap_or((i64::MIN, 0));
    let mut statement = db.prepare_cached(&format!(
        "SELECT {HEAD} FROM sms_message INDEXED BY sms_queue
         WHERE state = 'queued' AND ready = 1 AND pool = ?1 AND (rank, message_id) > (?2, ?3)
         ORDER BY rank, message_id LIMIT ?4"
    ))?;
    Ok(statement.query_map(params![pool, rank, id, limit], head)?.collect::<Result<_, _>>()?)
}

/// One message, whatever its state.
pub fn head_of(db: &Db, id: i64) -> StoreResult<Option<Head>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {HEAD} FROM sms_message WHERE message_id = ?1"))?;
    Ok(statement.query_row([id], head).optional()?)
}

/// Pools in which something waits. Steps from pool to pool: a long queue is not read through.
pub fn pools(db: &Db) -> StoreResult<Vec<String>> {
    let mut statement = db.prepare_cached(
        "WITH RECURSIVE step(pool) AS (
           SELECT min(pool) FROM sms_message INDEXED BY sms_queue WHERE state = 'queued' AND ready = 1
           UNION ALL
           SELECT (SELECT min(m.pool) FROM sms_message m INDEXED BY sms_queue
                   WHERE m.state = 'queued' AND m.ready = 1 AND m.pool > step.pool)
           FROM step WHERE step.pool IS NOT NULL
         )
         SELECT pool FROM step WHERE pool IS NOT NULL",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// How many messages wait in a pool, counted up to `most`.
pub fn waiting_in(db: &Db, pool: &str, most: i64) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM sms_message INDEXED BY sms_queue
             WHERE state = 'queued' AND ready = 1 AND pool = ?1 LIMIT ?2)",
        )?
        .query_row(params![pool, most], |row| row.get(0))?)
}

/// Whether any number or text is sealed.
pub fn any_sealed(db: &Db) -> StoreResult<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sms_message) OR EXISTS (SELECT 1 FROM inbox)
                 OR EXISTS (SELECT 1 FROM sms_block) OR EXISTS (SELECT 1 FROM sms_template)";
    Ok(db.query_row(sql, [], |row| row.get(0))?)
}

/// Whether sending is paused.
pub fn paused(db: &Db) -> StoreResult<bool> {
    Ok(db.query_row("SELECT paused FROM sms_switch", [], |row| row.get(0))?)
}

/// Pauses sending, or lets it go on.
pub fn set_paused(db: &Db, paused: bool) -> StoreResult<()> {
    db.execute("UPDATE sms_switch SET paused = ?1", [paused])?;
    Ok(())
}

/// What a request id came to before: its fingerprint, first id and count.
pub fn request(db: &Db, origin: &str, request_id: &str) -> StoreResult<Option<([u8; 32], i64, i64)>> {
    Ok(db
        .prepare_cached(
            "SELECT fingerprint, first_id, count FROM sms_request WHERE origin = ?1 AND request_id = ?2",
        )?
        .query_row(params![origin, request_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?)
}

/// Keeps what a request id came to.
pub fn keep_request(
    db: &Db,
    origin: &str,
    request_id: &str,
    fingerprint: &[u8; 32],
    (first, count): (i64, i64),
    at: UnixMs,
) -> StoreResult<()> {
    db.prepare_cached("INSERT INTO sms_request VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        origin,
        request_id,
        fingerprint,
        first,
        count,
        at.0
    ])?;
    Ok(())
}

/// Forgets what ended before `before`, at most `limit` messages; how many it were.
pub fn forget(db: &Db, before: UnixMs, limit: i64) -> StoreResult<usize> {
    db.execute("DELETE FROM sms_request WHERE at_ms < ?1", [before.0])?;
    Ok(db.execute(
        "DELETE FROM sms_message WHERE message_id IN
           (SELECT message_id FROM sms_message WHERE created_ms < ?1 AND state IN
             ('sent','delivered','failed','expired','cancelled','lost') ORDER BY message_id LIMIT ?2)",
        params![before.0, limit],
    )?)
}
