//! Looking at the queue: pages by key, one message whole, and the figures.

use std::collections::BTreeMap;

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params, types::Value};

use crate::{Db, StoreResult};

/// A message, for people.
#[derive(Clone)]
pub struct MessageRow {
    /// Id.
    pub id: i64,
    /// Where it came from.
    pub origin: String,
    /// Asked for by a program.
    pub from_api: bool,
    /// `otp` or `normal`.
    pub class: String,
    /// State.
    pub state: String,
    /// Word and sentence on why.
    pub cause: String,
    /// The sentence.
    pub cause_text: String,
    /// Its pool.
    pub pool: String,
    /// As asked, −5 to 5.
    pub priority: i64,
    /// Not before.
    pub due: Option<UnixMs>,
    /// Not after.
    pub deadline: UnixMs,
    /// The number, sealed.
    pub number_sealed: Vec<u8>,
    /// Keyed hash of the number.
    pub number_tag: [u8; 16],
    /// `gsm7` or `ucs2`.
    pub alphabet: String,
    /// Short messages.
    pub parts: i64,
    /// Class 0.
    pub flash: bool,
    /// The line.
    pub line_id: Option<i64>,
    /// JSON: why this line.
    pub route: Option<String>,
    /// Rupiah.
    pub cost: Option<i64>,
    /// Tries.
    pub attempts: i64,
    /// Sent a second time.
    pub resent: bool,
    /// Accepted.
    pub created: UnixMs,
    /// Given to a line.
    pub leased: Option<UnixMs>,
    /// Taken by the network.
    pub sent: Option<UnixMs>,
    /// Ended.
    pub done: Option<UnixMs>,
}

const COLUMNS: &str = "message_id, origin, class, state, cause, cause_text, pool, priority, due_ms, deadline_ms, \
                       number_sealed, number_tag, alphabet, parts, flash, line_id, route, cost, attempts, resent, \
                       created_ms, leased_ms, sent_ms, done_ms, from_api";

fn message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let time = |column: usize| row.get::<_, Option<i64>>(column).map(|at| at.map(UnixMs));
    Ok(MessageRow {
        id: row.get(0)?,
        origin: row.get(1)?,
        class: row.get(2)?,
        state: row.get(3)?,
        cause: row.get(4)?,
        cause_text: row.get(5)?,
        pool: row.get(6)?,
        priority: row.get(7)?,
        due: time(8)?,
        deadline: UnixMs(row.get(9)?),
        number_sealed: row.get(10)?,
        number_tag: row.get(11)?,
        alphabet: row.get(12)?,
        parts: row.get(13)?,
        flash: row.get(14)?,
        line_id: row.get(15)?,
        route: row.get(16)?,
        cost: row.get(17)?,
        attempts: row.get(18)?,
        resent: row.get(19)?,
        created: UnixMs(row.get(20)?),
        leased: time(21)?,
        sent: time(22)?,
        done: time(23)?,
        from_api: row.get(24)?,
    })
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Phase: `waiting`, `in_doubt`, `gone`, `failed`, `cancelled`.
    pub phase: Option<&'static str>,
    /// Only held ones.
    pub held: bool,
    /// Class.
    pub class: Option<&'static str>,
    /// Line.
    pub line_id: Option<i64>,
    /// Keyed hash of a number.
    pub number_tag: Option<[u8; 16]>,
}

impl Filter {
    fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = (String::from("1"), Vec::new());
        let mut add = |clause: &str, value: Option<Value>| {
            sql.push_str(" AND ");
            sql.push_str(clause);
            values.extend(value);
        };
        if let Some(phase) = self.phase {
            add("phase = ?", Some(phase.to_owned().into()));
        }
        if self.held {
            add("state = 'held'", None);
        }
        if let Some(class) = self.class {
            add("class = ?", Some(class.to_owned().into()));
        }
        if let Some(line_id) = self.line_id {
            add("line_id = ?", Some(line_id.into()));
        }
        if let Some(tag) = self.number_tag {
            add("number_tag = ?", Some(tag.to_vec().into()));
        }
        (sql, values)
    }
}

/// A page, newest first.
pub fn page(db: &Db, filter: &Filter, before: Option<i64>, limit: i64) -> StoreResult<Vec<MessageRow>> {
    let (clause, mut values) = filter.sql();
    values.push(before.unwrap_or(i64::MAX).into());
    values.push(limit.into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM sms_message WHERE {clause} AND message_id < ? ORDER BY message_id DESC LIMIT ?"
    ))?;
    Ok(statement.query_map(rusqlite::params_from_iter(values), message)?.collect::<Result<_, _>>()?)
}

/// How many match, counted up to `most`.
pub fn count(db: &Db, filter: &Filter, most: i64) -> StoreResult<i64> {
    let (clause, mut values) = filter.sql();
    values.push(most.into());
    Ok(db
        .prepare_cached(&format!("SELECT count(*) FROM (SELECT 1 FROM sms_message WHERE {clause} LIMIT ?)"))?
        .query_row(rusqlite::params_from_iter(values), |row| row.get(0))?)
}

/// One message.
pub fn get(db: &Db, id: i64) -> StoreResult<Option<MessageRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sms_message WHERE message_id = ?1"))?
        .query_row([id], message)
        .optional()?)
}

/// Messages by phase. Reads an index through: not for every event.
pub fn phases(db: &Db) -> StoreResult<BTreeMap<String, i64>> {
    let mut statement = db.prepare_cached("SELECT phase, count(*) FROM sms_message GROUP BY phase")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Held messages.
pub fn held(db: &Db) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM sms_message INDEXED BY sms_active
             WHERE state IN ('leased','submitting','in_doubt','held') AND state = 'held'",
        )?
        .query_row([], |row| row.get(0))?)
}

/// Messages that ended in this state since `since`.
pub fn ended_since(db: &Db, state: &str, since: UnixMs) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM sms_message INDEXED BY sms_done WHERE done_ms >= ?2 AND state = ?1",
        )?
        .query_row(params![state, since.0], |row| row.get(0))?)
}
