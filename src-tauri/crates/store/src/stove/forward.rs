//! Readings on their way to the server. Of one stove they go one after the other, in the order of its own time; `stove_queue`
//! says which stoves have something that waits, and until when. A row that is `sending` when the station starts was cut off:
//! it is queued again, and the server tells repeats apart.

use std::collections::BTreeMap;

use gerai_core::time::{UnixMs, WibDay};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use crate::{Db, StoreResult};

/// A reading goes on its way.
pub fn enqueue(db: &Db, reading_id: i64, stove_id: i64, t: i64, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO stove_forward (reading_id, stove_id, t, state) VALUES (?1, ?2, ?3, 'queued')",
    )?
    .execute([reading_id, stove_id, t])?;
    db.prepare_cached("INSERT OR IGNORE INTO stove_queue (stove_id, due_ms) VALUES (?1, ?2)")?
        .execute([stove_id, now.0])?;
    Ok(())
}

/// At the start: what was being sent waits again. How many.
pub fn recover(db: &Db) -> StoreResult<usize> {
    let cut_off = db.execute(
        "UPDATE stove_forward SET state = 'queued' WHERE state IN ('queued','sending') AND state = 'sending'",
        [],
    )?;
    db.execute("UPDATE stove_queue SET busy = 0 WHERE busy = 1", [])?;
    Ok(cut_off)
}

/// The reading that is next of its stove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The reading.
    pub reading_id: i64,
    /// Its stove.
    pub stove_id: i64,
    /// As it is forwarded.
    pub token: String,
    /// How it was read.
    pub method: String,
    /// How often it was sent.
    pub attempts: i64,
    /// Since when every attempt failed at the server.
    pub failing: Option<UnixMs>,
}

/// Stoves whose turn it is, the longest waiting first.
pub fn due(db: &Db, now: UnixMs, limit: i64) -> StoreResult<Vec<i64>> {
    let mut statement = db.prepare_cached(
        "SELECT stove_id FROM stove_queue INDEXED BY stove_queue_due WHERE busy = 0 AND due_ms <= ?1
         ORDER BY due_ms LIMIT ?2",
    )?;
    Ok(statement.query_map([now.0, limit], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// When the next stove's turn is, beyond those on their way.
pub fn next_due(db: &Db) -> StoreResult<Option<UnixMs>> {
    let next: Option<i64> = db
        .prepare_cached("SELECT min(due_ms) FROM stove_queue INDEXED BY stove_queue_due WHERE busy = 0")?
        .query_row([], |row| row.get(0))?;
    Ok(next.map(UnixMs))
}

/// Marks the first reading of a stove as being sent. `None`: nothing waits; the stove leaves the queue.
pub fn begin(db: &Db, stove_id: i64) -> StoreResult<Option<Head>> {
    let head = db
        .prepare_cached(
            "SELECT f.reading_id, f.stove_id, r.token, r.method, f.attempts, f.failing_ms
             FROM stove_forward f INDEXED BY stove_forward_order JOIN stove_reading r ON r.reading_id = f.reading_id
             WHERE f.stove_id = ?1 AND f.state IN ('queued','sending') ORDER BY f.t, f.reading_id LIMIT 1",
        )?
        .query_row([stove_id], |row| {
            Ok(Head {
                reading_id: row.get(0)?,
                stove_id: row.get(1)?,
                token: row.get(2)?,
                method: row.get(3)?,
                attempts: row.get(4)?,
                failing: row.get::<_, Option<i64>>(5)?.map(UnixMs),
            })
        })
        .optional()?;
    let Some(mut head) = head else {
        db.prepare_cached("DELETE FROM stove_queue WHERE stove_id = ?1")?.execute([stove_id])?;
        return Ok(None);
    };
    head.attempts += 1;
    db.prepare_cached(
        "UPDATE stove_forward SET state = 'sending', attempts = attempts + 1 WHERE reading_id = ?1",
    )?
    .execute([head.reading_id])?;
    db.prepare_cached("UPDATE stove_queue SET busy = 1 WHERE stove_id = ?1")?.execute([stove_id])?;
    Ok(Some(head))
}

/// What the server said of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// `accepted`, `rejected`, `dead`, or `queued` again.
    pub state: &'static str,
    /// HTTP status, when there was one.
    pub status: Option<i64>,
    /// In words.
    pub answer: String,
    /// Since when every attempt fails at the server.
    pub failing: Option<UnixMs>,
    /// The stove's next turn.
    pub due: UnixMs,
}

/// Writes the answer down and lets the stove's next reading have its turn.
pub fn answered(db: &Db, head: &Head, answered: &Answered, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove_forward SET state = ?2, last_status = ?3, last_answer = ?4, failing_ms = ?5, last_ms = ?6
         WHERE reading_id = ?1",
    )?
    .execute(params![
        head.reading_id,
        answered.state,
        answered.status,
        answered.answer,
        answered.failing.map(|at| at.0),
        now.0
    ])?;
    if answered.state == "accepted" {
        db.prepare_cached(
            "INSERT INTO stove_forward_day VALUES (?1, 1) ON CONFLICT (day) DO UPDATE SET accepted = accepted + 1",
        )?
        .execute([WibDay::of(now).0])?;
        db.prepare_cached("UPDATE stove_switch SET last_accepted_ms = ?1")?.execute([now.0])?;
    }
    db.prepare_cached(
        "UPDATE stove_queue SET busy = 0, due_ms = ?2 WHERE stove_id = ?1 AND EXISTS
           (SELECT 1 FROM stove_forward f INDEXED BY stove_forward_order
            WHERE f.stove_id = ?1 AND f.state IN ('queued','sending'))",
    )?
    .execute([head.stove_id, answered.due.0])?;
    db.prepare_cached(
        "DELETE FROM stove_queue WHERE stove_id = ?1 AND NOT EXISTS
           (SELECT 1 FROM stove_forward f INDEXED BY stove_forward_order
            WHERE f.stove_id = ?1 AND f.state IN ('queued','sending'))",
    )?
    .execute([head.stove_id])?;
    Ok(())
}

/// Rejected or given-up readings go on their way again: these ids, or all of a state. How many.
pub fn retry(db: &Db, ids: &[i64], all: Option<&str>, now: UnixMs) -> StoreResult<usize> {
    let mut count = 0;
    let set = "UPDATE stove_forward SET state = 'queued', failing_ms = NULL WHERE state IN ('rejected','dead') \
               AND state <> 'accepted'";
    for id in ids {
        count += db.prepare_cached(&format!("{set} AND reading_id = ?1"))?.execute([id])?;
    }
    if let Some(state) = all {
        count += db.execute(&format!("{set} AND state = ?1"), [state])?;
    }
    if count > 0 {
        db.execute(
            "INSERT OR IGNORE INTO stove_queue (stove_id, due_ms)
             SELECT DISTINCT stove_id, ?1 FROM stove_forward WHERE state IN ('queued','sending')",
            [now.0],
        )?;
    }
    Ok(count)
}

/// Everything that waits may go at once. How many readings that are.
pub fn all_due(db: &Db, now: UnixMs) -> StoreResult<usize> {
    db.execute("UPDATE stove_queue SET due_ms = ?1 WHERE due_ms > ?1", [now.0])?;
    let waiting = "SELECT count(*) FROM stove_forward WHERE state IN ('queued','sending')";
    let count: i64 = db.query_row(waiting, [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Whether forwarding is paused, and when the server last took one.
pub fn switch(db: &Db) -> StoreResult<(bool, Option<UnixMs>)> {
    Ok(db.query_row("SELECT paused, last_accepted_ms FROM stove_switch", [], |row| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.map(UnixMs)))
    })?)
}

/// Pauses forwarding, or lets it go on.
pub fn set_paused(db: &Db, paused: bool) -> StoreResult<()> {
    db.execute("UPDATE stove_switch SET paused = ?1", [paused])?;
    Ok(())
}

/// Readings by state, without accepted ones. Reads an index through: not for every event.
pub fn counts(db: &Db) -> StoreResult<BTreeMap<String, i64>> {
    let mut statement = db.prepare_cached(
        "SELECT state, count(*) FROM stove_forward INDEXED BY stove_forward_state WHERE state <> 'accepted' GROUP BY state",
    )?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Readings accepted in a WIB day.
pub fn accepted_on(db: &Db, day: WibDay) -> StoreResult<i64> {
    Ok(db
        .query_row("SELECT accepted FROM stove_forward_day WHERE day = ?1", [day.0], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

/// When the oldest reading that waits came in.
pub fn oldest(db: &Db) -> StoreResult<Option<UnixMs>> {
    Ok(db
        .query_row(
            "SELECT r.scanned_ms FROM stove_forward f INDEXED BY stove_forward_state
             JOIN stove_reading r ON r.reading_id = f.reading_id
             WHERE f.state = 'queued' AND f.state <> 'accepted' ORDER BY f.reading_id LIMIT 1",
            [],
            |row| row.get(0).map(UnixMs),
        )
        .optional()?)
}

/// Readings of a stove that wait.
pub fn waiting_of(db: &Db, stove_id: i64) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM stove_forward INDEXED BY stove_forward_order
             WHERE stove_id = ?1 AND state IN ('queued','sending')",
        )?
        .query_row([stove_id], |row| row.get(0))?)
}

/// A reading on its way, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardRow {
    /// The reading.
    pub reading_id: i64,
    /// The stove's number.
    pub number: String,
    /// The stove's time.
    pub t: Option<i64>,
    /// When it came in.
    pub at: UnixMs,
    /// Its state.
    pub state: String,
    /// How it was read.
    pub method: String,
    /// How often it was sent.
    pub attempts: i64,
    /// Its stove's next turn.
    pub due: Option<UnixMs>,
    /// The last HTTP status.
    pub status: Option<i64>,
    /// The last answer.
    pub answer: String,
    /// When it came.
    pub last: Option<UnixMs>,
}

const COLUMNS: &str = "f.reading_id, s.number, r.t, r.scanned_ms, f.state, r.method, f.attempts, \
                       CASE WHEN f.state = 'queued' THEN (SELECT due_ms FROM stove_queue q WHERE q.stove_id = f.stove_id) END, \
                       f.last_status, f.last_answer, f.last_ms";
const TABLES: &str =
    "JOIN stove_reading r ON r.reading_id = f.reading_id JOIN stove s ON s.stove_id = f.stove_id";

fn row(row: &Row<'_>) -> rusqlite::Result<ForwardRow> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|at| at.map(UnixMs));
    Ok(ForwardRow {
        reading_id: row.get(0)?,
        number: row.get(1)?,
        t: row.get(2)?,
        at: UnixMs(row.get(3)?),
        state: row.get(4)?,
        method: row.get(5)?,
        attempts: row.get(6)?,
        due: time(7)?,
        status: row.get(8)?,
        answer: row.get(9)?,
        last: time(10)?,
    })
}

fn condition(state: Option<&str>, stove_id: Option<i64>) -> (&'static str, String, Vec<Value>) {
    let (mut sql, mut values) = (String::from("1"), Vec::<Value>::new());
    if let Some(state) = state {
        sql.push_str(" AND f.state = ?");
        values.push(state.to_owned().into());
        if state != "accepted" {
            sql.push_str(" AND f.state <> 'accepted'");
        }
    }
    if let Some(stove_id) = stove_id {
        sql.push_str(" AND f.stove_id = ?");
        values.push(stove_id.into());
    }
    let index = match (stove_id, state) {
        (Some(_), _) => "INDEXED BY stove_forward_of",
        (None, Some(state)) if state != "accepted" => "INDEXED BY stove_forward_state",
        (None, _) => "NOT INDEXED",
    };
    (index, sql, values)
}

/// A page, newest first, older than `before`.
pub fn page(
    db: &Db,
    state: Option<&str>,
    stove_id: Option<i64>,
    before: Option<i64>,
    limit: i64,
) -> StoreResult<Vec<ForwardRow>> {
    let (index, clause, mut values) = condition(state, stove_id);
    values.push(before.unwrap_or(i64::MAX).into());
    values.push(limit.into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stove_forward f {index} {TABLES} WHERE {clause} AND f.reading_id < ?
         ORDER BY f.reading_id DESC LIMIT ?"
    ))?;
    Ok(statement.query_map(params_from_iter(values), row)?.collect::<Result<_, _>>()?)
}

/// How many match, counted up to `most`.
pub fn count(db: &Db, state: Option<&str>, stove_id: Option<i64>, most: i64) -> StoreResult<i64> {
    let (index, clause, mut values) = condition(state, stove_id);
    values.push(most.into());
    Ok(db
        .prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM stove_forward f {index} WHERE {clause} LIMIT ?)"
        ))?
        .query_row(params_from_iter(values), |row| row.get(0))?)
}

/// One reading's way.
pub fn get(db: &Db, reading_id: i64) -> StoreResult<Option<ForwardRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM stove_forward f {TABLES} WHERE f.reading_id = ?1"))?
        .query_row([reading_id], row)
        .optional()?)
}
