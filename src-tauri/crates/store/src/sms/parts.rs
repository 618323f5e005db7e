//! Parts that were given to a modem. A row is written and synced before the modem gets the part: whatever dies afterwards,
//! the station knows that this part may have left.

use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// A part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its message.
    pub message_id: i64,
    /// Place, from 1.
    pub sequence: u8,
    /// 0, or 1 when the message was sent again.
    pub round: u8,
    /// The line.
    pub line_id: i64,
    /// Its SIM.
    pub sim_id: Option<i64>,
    /// `submitting`, `sent`, `in_doubt`, `delivered`, `failed`.
    pub state: String,
    /// TP-MR.
    pub reference: Option<u8>,
    /// When it was given to the modem.
    pub submitted: UnixMs,
    /// When the network took it.
    pub sent: Option<UnixMs>,
    /// TP-ST.
    pub report_status: Option<u8>,
    /// When the report came.
    pub report: Option<UnixMs>,
}

/// Which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartKey {
    /// Its message.
    pub message_id: i64,
    /// Place, from 1.
    pub sequence: u8,
    /// 0, or 1 when the message was sent again.
    pub round: u8,
}

/// Writes the intent. A part that was certainly not sent before is written anew.
pub fn intend(db: &Db, key: PartKey, line_id: i64, sim_id: Option<i64>, at: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO sms_part (message_id, sequence, round, line_id, sim_id, state, submitted_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, 'submitting', ?6)
         ON CONFLICT DO UPDATE SET line_id = excluded.line_id, sim_id = excluded.sim_id, state = 'submitting',
           submitted_ms = excluded.submitted_ms",
    )?
    .execute(params![key.message_id, key.sequence, key.round, line_id, sim_id, at.0])?;
    Ok(())
}

/// The network took it with this reference. A report may have come before the modem's word: it stays.
pub fn sent(db: &Db, key: PartKey, reference: Option<u8>, at: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE sms_part SET reference = coalesce(?4, reference), sent_ms = ?5,
           state = CASE WHEN state IN ('submitting','in_doubt') THEN 'sent' ELSE state END
         WHERE message_id = ?1 AND sequence = ?2 AND round = ?3",
    )?
    .execute(params![key.message_id, key.sequence, key.round, reference, at.0])?;
    Ok(())
}

/// It may have left.
pub fn in_doubt(db: &Db, key: PartKey) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE sms_part SET state = 'in_doubt'
         WHERE message_id = ?1 AND sequence = ?2 AND round = ?3 AND state = 'submitting'",
    )?
    .execute(params![key.message_id, key.sequence, key.round])?;
    Ok(())
}

/// It certainly did not leave.
pub fn withdraw(db: &Db, key: PartKey) -> StoreResult<()> {
    db.prepare_cached(
        "DELETE FROM sms_part WHERE message_id = ?1 AND sequence = ?2 AND round = ?3 AND state = 'submitting'",
    )?
    .execute(params![key.message_id, key.sequence, key.round])?;
    Ok(())
}

/// All parts in the middle of being sent become parts in doubt.
pub fn doubt_all(db: &Db, message_id: i64) -> StoreResult<usize> {
    Ok(db.execute(
        "UPDATE sms_part SET state = 'in_doubt' WHERE message_id = ?1 AND state = 'submitting'",
        [message_id],
    )?)
}

/// Gives every part in doubt this state: an operator's word, or a late reply.
pub fn settle(db: &Db, message_id: i64, state: &str, at: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE sms_part SET state = ?2, sent_ms = CASE WHEN ?2 = 'sent' THEN ?3 ELSE sent_ms END
         WHERE message_id = ?1 AND state IN ('in_doubt','submitting')",
        params![message_id, state, at.0],
    )?;
    Ok(())
}

/// What a report says.
pub fn reported(db: &Db, key: PartKey, state: Option<&str>, status: u8, at: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE sms_part SET report_status = ?5, report_ms = ?6, state = coalesce(?4, state)
         WHERE message_id = ?1 AND sequence = ?2 AND round = ?3",
    )?
    .execute(params![key.message_id, key.sequence, key.round, state, status, at.0])?;
    Ok(())
}

/// Parts that a report is compared with, of each kind.
const CANDIDATES_MAX: u32 = 64;
const COLUMNS: &str = "p.message_id, p.sequence, p.round, p.line_id, p.sim_id, p.state, p.reference, p.submitted_ms, \
                       p.sent_ms, p.report_status, p.report_ms";

fn part(row: &rusqlite::Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        message_id: row.get(0)?,
        sequence: row.get(1)?,
        round: row.get(2)?,
        line_id: row.get(3)?,
        sim_id: row.get(4)?,
        state: row.get(5)?,
        reference: row.get(6)?,
        submitted: UnixMs(row.get(7)?),
        sent: row.get::<_, Option<i64>>(8)?.map(UnixMs),
        report_status: row.get(9)?,
        report: row.get::<_, Option<i64>>(10)?.map(UnixMs),
    })
}

/// Parts of a message, in order.
pub fn of(db: &Db, message_id: i64) -> StoreResult<Vec<Part>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM sms_part p WHERE p.message_id = ?1 ORDER BY p.round, p.sequence"
    ))?;
    Ok(statement.query_map([message_id], part)?.collect::<Result<_, _>>()?)
}

/// Parts of a line that a report with this reference could be about: those with the reference, and those that have none
/// (in doubt, or still on their way). Whether the recipient's last digits fit is told apart.
pub fn candidates(
    db: &Db,
    line_id: i64,
    reference: u8,
    tail_tag: &[u8; 16],
    since: UnixMs,
) -> StoreResult<Vec<(Part, bool)>> {
    // The newest of a reference: a SIM gives each of the 256 out again and again.
    let mut statement = db.prepare_cached(&format!(
        "SELECT * FROM (SELECT {COLUMNS}, m.tail_tag = ?3 FROM sms_part p JOIN sms_message m USING (message_id)
           WHERE p.line_id = ?1 AND p.reference = ?2 AND p.submitted_ms >= ?4
           ORDER BY p.submitted_ms DESC LIMIT {CANDIDATES_MAX})
         UNION ALL
         SELECT * FROM (SELECT {COLUMNS}, m.tail_tag = ?3 FROM sms_part p JOIN sms_message m USING (message_id)
           WHERE p.line_id = ?1 AND p.reference IS NULL AND p.submitted_ms >= ?4
             AND p.state IN ('in_doubt','submitting')
           ORDER BY p.submitted_ms DESC LIMIT {CANDIDATES_MAX})"
    ))?;
    let rows = statement
        .query_map(params![line_id, reference, tail_tag, since.0], |row| Ok((part(row)?, row.get(11)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Parts of a line that asked for a report and were sent in a time: how many, and how many of them got one.
pub fn report_rate(db: &Db, line_id: i64, from: UnixMs, to: UnixMs) -> StoreResult<(i64, i64)> {
    Ok(db
        .prepare_cached(
            "SELECT count(*), count(p.report_ms) FROM sms_part p JOIN sms_message m USING (message_id)
             WHERE p.line_id = ?1 AND p.reference BETWEEN 0 AND 255 AND p.submitted_ms BETWEEN ?2 AND ?3 AND m.report = 1",
        )?
        .query_row(params![line_id, from.0, to.0], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
