//! The outbox: results on their way to readers, in the order they were committed, and the mark of how far they came.

use gerai_core::time::UnixMs;
use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// The one destination so far.
pub const MQTT: &str = "mqtt";

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// `{prefix}/v2/{reader}/result`; the body is signed when it is published.
    V2(String),
    /// `{prefix}/success`.
    Success,
    /// `{prefix}/failed`.
    Failed,
}

/// What caused a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A payment.
    Payment(i64),
    /// A rejected message.
    Rejected(i64),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number.
    pub outbox_id: i64,
    /// What caused it.
    pub cause: Cause,
    /// Where it goes.
    pub channel: Channel,
    /// What is published (v2: before its signature).
    pub body: String,
    /// When it was committed.
    pub at: UnixMs,
}

/// Puts a result into the outbox.
pub fn put(db: &Db, cause: Cause, channel: &Channel, body: &str, at: UnixMs) -> StoreResult<()> {
    let (payment, rejected) = match cause {
        Cause::Payment(id) => (Some(id), None),
        Cause::Rejected(id) => (None, Some(id)),
    };
    let (word, reader) = match channel {
        Channel::V2(reader) => ("v2", Some(reader.as_str())),
        Channel::Success => ("success", None),
        Channel::Failed => ("failed", None),
    };
    db.prepare_cached(
        "INSERT INTO outbox (payment_id, rejected_id, channel, reader, body, at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((payment, rejected, word, reader, body, at.0))?;
    Ok(())
}

/// Rows after `after`, in order.
pub fn after(db: &Db, after: i64, limit: i64) -> StoreResult<Vec<OutboxRow>> {
    let mut statement = db.prepare_cached(
        "SELECT outbox_id, payment_id, rejected_id, channel, reader, body, at_ms FROM outbox
         WHERE outbox_id > ?1 ORDER BY outbox_id LIMIT ?2",
    )?;
    let rows = statement.query_map((after, limit), |row| {
        let (payment, rejected): (Option<i64>, Option<i64>) = (row.get(1)?, row.get(2)?);
        let (word, reader): (String, Option<String>) = (row.get(3)?, row.get(4)?);
        Ok(OutboxRow {
            outbox_id: row.get(0)?,
            // The table's CHECKs say that exactly one cause is set, and a reader with v2 only.
            cause: payment.map_or(Cause::Rejected(rejected.unwrap_or_default()), Cause::Payment),
            channel: match (word.as_str(), reader) {
                ("v2", reader) => Channel::V2(reader.unwrap_or_default()),
                ("success", _) => Channel::Success,
                _ => Channel::Failed,
            },
            body: row.get(5)?,
            at: UnixMs(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The last published row.
pub fn mark(db: &Db) -> StoreResult<i64> {
    Ok(db
        .query_row("SELECT sent_through FROM outbox_mark WHERE destination = ?1", [MQTT], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

/// Moves the mark forward.
pub fn set_mark(db: &Db, through: i64) -> StoreResult<()> {
    db.prepare_cached("UPDATE outbox_mark SET sent_through = max(sent_through, ?2) WHERE destination = ?1")?
        .execute((MQTT, through))?;
    Ok(())
}

/// How many rows wait. `done`: the worker's own count, ahead of the mark, which is written a moment later.
pub fn depth(db: &Db, done: i64) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM outbox WHERE outbox_id > max(?1, (SELECT max(sent_through) FROM outbox_mark))",
        )?
        .query_row([done], |row| row.get(0))?)
}
