//! Acts that wait for a second person. What was asked is kept as the command and its arguments, which hold no secrets.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::writer::in_savepoint;
use crate::{Db, StoreError, StoreResult};

const COLUMNS: &str = "approval_id, command, arguments, subject, asked_by, asked_name, asked_ms, expires_ms, state, \
                       decided_by, decided_name, decided_ms, note";

/// Something that waits, or waited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Number.
    pub approval_id: i64,
    /// The command.
    pub command: String,
    /// Its arguments, JSON.
    pub arguments: String,
    /// What it is about, in words.
    pub subject: String,
    /// The operator who asked; `None`: the local user.
    pub asked_by: Option<i64>,
    /// Name of who asked.
    pub asked_name: String,
    /// When.
    pub asked: UnixMs,
    /// Until when it waits.
    pub expires: UnixMs,
    /// `waiting`, `carried_out`, `refused`, `withdrawn`, `expired` or `failed`.
    pub state: String,
    /// Name of who decided.
    pub decided_name: Option<String>,
    /// When.
    pub decided: Option<UnixMs>,
    /// What the second person wrote, or why it failed.
    pub note: String,
}

impl Approval {
    /// It can still be decided.
    #[must_use]
    pub fn waits(&self, now: UnixMs) -> bool {
        self.state == "waiting" && self.expires > now
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApproval {
    /// The command.
    pub command: String,
    /// Its arguments, JSON.
    pub arguments: String,
    /// What it is about, in words.
    pub subject: String,
    /// The operator who asks; `None`: the local user.
    pub asked_by: Option<i64>,
    /// Name of who asks.
    pub asked_name: String,
    /// Now.
    pub asked: UnixMs,
    /// Until when it waits.
    pub expires: UnixMs,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The new state.
    pub state: &'static str,
    /// The operator who decided; `None`: the local user, or the station itself.
    pub decided_by: Option<i64>,
    /// Name of who decided.
    pub decided_name: String,
    /// When.
    pub decided: UnixMs,
    /// A word about it.
    pub note: String,
}

/// Stores what is asked; answers with its number.
pub fn put(db: &Db, new: &NewApproval) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO approval (command, arguments, subject, asked_by, asked_name, asked_ms, expires_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            &new.command,
            &new.arguments,
            &new.subject,
            new.asked_by,
            &new.asked_name,
            new.asked.0,
            new.expires.0,
        ),
    )?;
    Ok(db.last_insert_rowid())
}

/// One of them.
pub fn get(db: &Db, approval_id: i64) -> StoreResult<Option<Approval>> {
    let sql = format!("SELECT {COLUMNS} FROM approval WHERE approval_id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([approval_id], read).optional()?)
}

/// The newest one of a command whose arguments have this request id.
pub fn by_request(db: &Db, command: &str, request_id: &str) -> StoreResult<Option<Approval>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approval
         WHERE command = ?1 AND json_extract(arguments, '$.request_id') = ?2 ORDER BY approval_id DESC LIMIT 1"
    );
    Ok(db.prepare_cached(&sql)?.query_row((command, request_id), read).optional()?)
}

/// What waits now of a command with exactly these arguments.
pub fn waiting_for(db: &Db, command: &str, arguments: &str, now: UnixMs) -> StoreResult<Option<Approval>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approval
         WHERE state = 'waiting' AND expires_ms > ?3 AND command = ?1 AND arguments = ?2 LIMIT 1"
    );
    Ok(db.prepare_cached(&sql)?.query_row((command, arguments, now.0), read).optional()?)
}

/// Newest first, older than `before`; `waiting_at`: only what waits at that moment.
pub fn list(
    db: &Db,
    waiting_at: Option<UnixMs>,
    before: Option<i64>,
    limit: i64,
) -> StoreResult<Vec<Approval>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approval
         WHERE (?1 IS NULL OR (state = 'waiting' AND expires_ms > ?1)) AND (?2 IS NULL OR approval_id < ?2)
         ORDER BY approval_id DESC LIMIT ?3"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map((waiting_at.map(|at| at.0), before, limit), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many there are; `waiting_at`: only what waits at that moment.
pub fn count(db: &Db, waiting_at: Option<UnixMs>) -> StoreResult<i64> {
    let sql = "SELECT count(*) FROM approval WHERE ?1 IS NULL OR (state = 'waiting' AND expires_ms > ?1)";
    Ok(db.prepare_cached(sql)?.query_row([waiting_at.map(|at| at.0)], |row| row.get(0))?)
}

/// What waits although its time is over.
pub fn overdue(db: &Db, now: UnixMs) -> StoreResult<Vec<Approval>> {
    let sql = format!("SELECT {COLUMNS} FROM approval WHERE state = 'waiting' AND expires_ms <= ?1");
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.query_map([now.0], read)?.collect::<Result<_, _>>()?)
}

/// Ends what waits. An error when it waits no more: nothing is decided twice.
pub fn decide(db: &Db, approval_id: i64, decision: &Decision) -> StoreResult<()> {
    let changed = db.execute(
        "UPDATE approval SET state = ?2, decided_by = ?3, decided_name = ?4, decided_ms = ?5, note = ?6
         WHERE approval_id = ?1 AND state = 'waiting'",
        (
            approval_id,
            decision.state,
            decision.decided_by,
            &decision.decided_name,
            decision.decided.0,
            &decision.note,
        ),
    )?;
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::Refused(format!("approval {approval_id} does not wait")))
}

/// Tries a part of the transaction: what it wrote is undone when it fails, and the transaction goes on.
pub fn attempt<T, E: From<StoreError>>(db: &Db, work: impl FnOnce(&Db) -> Result<T, E>) -> Result<T, E> {
    in_savepoint(db, work)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Approval> {
    Ok(Approval {
        approval_id: row.get(0)?,
        command: row.get(1)?,
        arguments: row.get(2)?,
        subject: row.get(3)?,
        asked_by: row.get(4)?,
        asked_name: row.get(5)?,
        asked: UnixMs(row.get(6)?),
        expires: UnixMs(row.get(7)?),
        state: row.get(8)?,
        decided_name: row.get(10)?,
        decided: row.get::<_, Option<i64>>(11)?.map(UnixMs),
        note: row.get(12)?,
    })
}
