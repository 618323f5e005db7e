//! Messages that were not carried out as a tap.

use gerai_core::time::{UnixMs, WibDay};

use crate::{Db, StoreResult};

/// A rejected message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Its number; 0 before it is stored.
    pub rejected_id: i64,
    /// When.
    pub at: UnixMs,
    /// WIB day.
    pub wib_day: WibDay,
    /// Topic, shortened.
    pub topic: String,
    /// Sender that the broker vouched for.
    pub sender: Option<String>,
    /// A word of the contract's `RejectedReason`.
    pub reason: String,
    /// Length of the payload.
    pub bytes: i64,
    /// Its beginning, masked.
    pub excerpt: String,
    /// What was answered.
    pub answer: Option<String>,
}

/// Stores one. Answers with its number.
pub fn add(db: &Db, row: &Rejected) -> StoreResult<i64> {
    db.prepare_cached(
        "INSERT INTO rejected (at_ms, wib_day, topic, sender, reason, bytes, excerpt, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        row.at.0,
        row.wib_day.0,
        &row.topic,
        &row.sender,
        &row.reason,
        row.bytes,
        &row.excerpt,
        &row.answer,
    ))?;
    Ok(db.last_insert_rowid())
}

/// Newest first; `before` is the last one of the page before.
pub fn list(db: &Db, before: Option<i64>, limit: i64) -> StoreResult<Vec<Rejected>> {
    let mut statement = db.prepare_cached(
        "SELECT rejected_id, at_ms, wib_day, topic, sender, reason, bytes, excerpt, answer FROM rejected
         WHERE ?1 IS NULL OR rejected_id < ?1 ORDER BY rejected_id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((before, limit), |row| {
        Ok(Rejected {
            rejected_id: row.get(0)?,
            at: UnixMs(row.get(1)?),
            wib_day: WibDay(row.get(2)?),
            topic: row.get(3)?,
            sender: row.get(4)?,
            reason: row.get(5)?,
            bytes: row.get(6)?,
            excerpt: row.get(7)?,
            answer: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many there are; on one day, if one is given.
pub fn count(db: &Db, day: Option<WibDay>) -> StoreResult<i64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM rejected WHERE ?1 IS NULL OR wib_day = ?1")?
        .query_row([day.map(|d| d.0)], |row| row.get(0))?)
}
