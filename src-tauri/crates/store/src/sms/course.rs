//! The course of a message: leased, sent, in doubt, back in the queue, ended. Each is one change of one row; the texts of
//! what has ended, and of what the network took, are wiped by the same change.

use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// A decision of the router, as it is stored with a message.
#[derive(Clone)]
pub struct Lease {
    /// The message.
    pub id: i64,
    /// The line.
    pub line_id: i64,
    /// Its SIM.
    pub sim_id: Option<i64>,
    /// JSON: why this line.
    pub route: Option<String>,
    /// Rupiah for all parts.
    pub cost: Option<i64>,
    /// Now.
    pub at: UnixMs,
}

/// Gives a queued message to a line. `false`: it is not queued any more.
pub fn lease(db: &Db, lease: &Lease) -> StoreResult<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE sms_message SET state = 'submitting', cause = '', cause_text = '', line_id = ?2, sim_id = ?3,
               route = coalesce(?4, route), cost = ?5, leased_ms = ?6, attempts = attempts + 1
             WHERE message_id = ?1 AND state = 'queued'",
        )?
        .execute(params![
            lease.id,
            lease.line_id,
            lease.sim_id,
            lease.route,
            lease.cost,
            lease.at.0
        ])?;
    Ok(changed == 1)
}

/// Why something is as it is.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// Word.
    pub word: String,
    /// Sentence.
    pub text: String,
}

/// The network took all parts: the text is wiped.
pub fn sent(db: &Db, id: i64, at: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE sms_message SET state = 'sent', sent_ms = ?2, body_sealed = NULL, key_wrapped = NULL
         WHERE message_id = ?1 AND state IN ('submitting','in_doubt')",
    )?
    .execute(params![id, at.0])?;
    Ok(())
}

/// Ends a message in this state; its text is wiped.
pub fn end(db: &Db, id: i64, state: &str, cause: &Cause, at: UnixMs) -> StoreResult<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE sms_message SET state = ?2, cause = ?3, cause_text = ?4, done_ms = ?5, body_sealed = NULL,
               key_wrapped = NULL, sent_ms = CASE WHEN ?2 = 'delivered' THEN coalesce(sent_ms, ?5) ELSE sent_ms END
             WHERE message_id = ?1 AND state NOT IN ('delivered','failed','expired','cancelled','lost')",
        )?
        .execute(params![id, state, cause.word, cause.text, at.0])?;
    Ok(changed == 1)
}

/// A report says that a message arrived which had been given up.
pub fn delivered_late(db: &Db, id: i64, at: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE sms_message SET state = 'delivered', cause = '', cause_text = '', done_ms = ?2,
           sent_ms = coalesce(sent_ms, ?2)
         WHERE message_id = ?1 AND state IN ('failed','expired')",
        params![id, at.0],
    )?;
    Ok(())
}

/// A message may have left.
pub fn in_doubt(db: &Db, id: i64, cause: &Cause) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE sms_message SET state = 'in_doubt', cause = ?2, cause_text = ?3
         WHERE message_id = ?1 AND state IN ('submitting','leased')",
    )?
    .execute(params![id, cause.word, cause.text])?;
    Ok(())
}

/// Puts a message back into the queue.
#[derive(Clone)]
pub struct Requeue {
    /// The message.
    pub id: i64,
    /// Its pool: another one when it is bound to a line now.
    pub pool: Option<String>,
    /// Not before; `None`: at once.
    pub due: Option<UnixMs>,
    /// Why it waits.
    pub cause: Cause,
    /// It goes out for a second time.
    pub resend: bool,
}

/// Puts a message back into the queue, from any state that has not ended.
pub fn requeue(db: &Db, back: &Requeue) -> StoreResult<bool> {
    let changed = db
        .prepare_cached(
            "UPDATE sms_message SET state = 'queued', ready = ?2, due_ms = ?3, cause = ?4, cause_text = ?5,
               pool = coalesce(?6, pool), resent = max(resent, ?7), line_id = NULL
             WHERE message_id = ?1 AND state IN ('queued','scheduled','held','leased','submitting','in_doubt')",
        )?
        .execute(params![
            back.id,
            back.due.is_none(),
            back.due.map(|due| due.0),
            back.cause.word,
            back.cause.text,
            back.pool,
            back.resend
        ])?;
    Ok(changed == 1)
}

/// What is due comes into the queue; the pools it came into, and when the next is due.
pub fn release_due(db: &Db, now: UnixMs, limit: i64) -> StoreResult<(Vec<String>, Option<UnixMs>)> {
    let mut statement = db.prepare_cached(
        "UPDATE sms_message SET state = 'queued', ready = 1, cause = '', cause_text = ''
         WHERE message_id IN (SELECT message_id FROM sms_message INDEXED BY sms_due
           WHERE ready = 0 AND state IN ('queued','scheduled') AND due_ms <= ?1 LIMIT ?2)
         RETURNING pool",
    )?;
    let mut pools: Vec<String> =
        statement.query_map(params![now.0, limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
    pools.sort();
    pools.dedup();
    let next: Option<i64> = db
        .prepare_cached(
            "SELECT min(due_ms) FROM sms_message INDEXED BY sms_due
             WHERE ready = 0 AND state IN ('queued','scheduled')",
        )?
        .query_row([], |row| row.get(0))?;
    Ok((pools, next.map(UnixMs)))
}

/// Messages whose time is up end as `expired`: those that have not left, and codes in doubt. How many, and when the
/// next one's time is up.
pub fn expire(db: &Db, now: UnixMs, limit: i64) -> StoreResult<(Vec<i64>, Option<UnixMs>)> {
    let mut statement = db.prepare_cached(
        "UPDATE sms_message SET state = 'expired', cause = 'deadline', cause_text =
             CASE state WHEN 'in_doubt' THEN 'in doubt until its deadline' ELSE 'did not leave before its deadline' END,
             done_ms = ?1, body_sealed = NULL, key_wrapped = NULL
         WHERE message_id IN (SELECT message_id FROM sms_message INDEXED BY sms_deadline
           WHERE state IN ('queued','scheduled','held','in_doubt') AND deadline_ms <= ?1
             AND (state <> 'in_doubt' OR class = 'otp') LIMIT ?2)
         RETURNING message_id",
    )?;
    let ids = statement.query_map(params![now.0, limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let next: Option<i64> = db
        .prepare_cached(
            "SELECT min(deadline_ms) FROM sms_message INDEXED BY sms_deadline
             WHERE state IN ('queued','scheduled','held','in_doubt') AND deadline_ms > ?1",
        )?
        .query_row([now.0], |row| row.get(0))?;
    Ok((ids, next.map(UnixMs)))
}

/// A message that a station left in the middle of sending.
pub struct Unfinished {
    /// Its id.
    pub id: i64,
    /// `otp` or `normal`.
    pub class: String,
    /// Its deadline.
    pub deadline: UnixMs,
    /// It had been sent a second time already.
    pub resent: bool,
    /// Its line.
    pub line_id: Option<i64>,
}

/// Messages in the middle of being sent.
pub fn unfinished(db: &Db) -> StoreResult<Vec<Unfinished>> {
    let mut statement = db.prepare_cached(
        "SELECT message_id, class, deadline_ms, resent, line_id FROM sms_message INDEXED BY sms_active
         WHERE state IN ('leased','submitting','in_doubt','held') AND state IN ('leased','submitting')",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Unfinished {
            id: row.get(0)?,
            class: row.get(1)?,
            deadline: UnixMs(row.get(2)?),
            resent: row.get(3)?,
            line_id: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Codes whose text was in memory only and is gone with it end as `lost`.
pub fn lose_volatile(db: &Db, now: UnixMs) -> StoreResult<usize> {
    Ok(db.execute(
        "UPDATE sms_message SET state = 'lost', cause = 'volatile_lost',
           cause_text = 'its text was kept in memory only, and the station was restarted', done_ms = ?1
         WHERE state IN ('queued','scheduled','held','in_doubt') AND body_sealed IS NULL AND class = 'otp'",
        [now.0],
    )?)
}

/// Takes messages back that have not left: these ids, or all that wait. How many.
pub fn cancel(db: &Db, ids: Option<&[i64]>, by: &str, now: UnixMs) -> StoreResult<i64> {
    const SET: &str =
        "UPDATE sms_message SET state = 'cancelled', cause = 'cancelled', cause_text = ?1, done_ms = ?2,
       body_sealed = NULL, key_wrapped = NULL WHERE state IN ('scheduled','queued','held')";
    let changed = match ids {
        None => db.execute(SET, params![by, now.0])?,
        Some(ids) => {
            let mut statement = db.prepare_cached(&format!("{SET} AND message_id = ?3"))?;
            let mut changed = 0;
            for id in ids {
                changed += statement.execute(params![by, now.0, id])?;
            }
            changed
        }
    };
    Ok(i64::try_from(changed).unwrap_or(i64::MAX))
}

/// All held messages go into the queue, but for those that wait for a second person. How many.
pub fn release_held(db: &Db) -> StoreResult<i64> {
    let changed = db.execute(
        "UPDATE sms_message SET state = 'queued', ready = 1, due_ms = NULL, cause = '', cause_text = ''
         WHERE state = 'held' AND cause <> 'approval'",
        [],
    )?;
    Ok(i64::try_from(changed).unwrap_or(i64::MAX))
}

/// Moves queued messages to other pools after the rules changed. `pool_of` answers with the new pool of a sealed number.
/// Works in steps: `after` is the last id of the step before; answers with the last id of this one, `None` at the end.
pub fn repool(
    db: &Db,
    after: i64,
    limit: i64,
    mut pool_of: impl FnMut(&[u8], &str) -> Option<String>,
) -> StoreResult<Option<i64>> {
    let rows: Vec<(i64, Vec<u8>, String)> = db
        .prepare_cached(
            "SELECT message_id, number_sealed, pool FROM sms_message INDEXED BY sms_phase
             WHERE phase = 'waiting' AND message_id > ?1 ORDER BY message_id LIMIT ?2",
        )?
        .query_map(params![after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let last = rows.last().map(|(id, _, _)| *id);
    let full = i64::try_from(rows.len()).unwrap_or(i64::MAX) == limit;
    let mut update = db.prepare_cached("UPDATE sms_message SET pool = ?2 WHERE message_id = ?1")?;
    for (id, sealed, pool) in rows {
        if let Some(new) = pool_of(&sealed, &pool).filter(|new| *new != pool) {
            update.execute(params![id, new])?;
        }
    }
    Ok(last.filter(|_| full))
}
