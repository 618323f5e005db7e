//! Sessions: of an operator, or of one till's counter. Known by the SHA-256 of their token.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

const COLUMNS: &str =
    "session_id, operator_id, till_id, surface, peer, agent, created_ms, expires_ms, seen_ms, locked, strong";

/// Whose a new session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOf {
    /// An operator's.
    Operator(i64),
    /// A till's counter.
    Till(i64),
}

/// A new session.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub of: SessionOf,
    /// `browser`, `console` or `counter`.
    pub surface: &'static str,
    /// Address without port.
    pub peer: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Now.
    pub now: UnixMs,
    /// When it ends.
    pub expires: UnixMs,
    /// With a second factor.
    pub strong: bool,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Number.
    pub session_id: i64,
    /// Whose; of a counter: who is on duty.
    pub operator_id: Option<i64>,
    /// The till of a counter.
    pub till_id: Option<i64>,
    /// `browser`, `console` or `counter`.
    pub surface: String,
    /// Address without port.
    pub peer: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Opened at.
    pub created: UnixMs,
    /// Ends at.
    pub expires: UnixMs,
    /// Last act of a person; of a counter: since when somebody is on duty.
    pub seen: UnixMs,
    /// Locked by somebody, or by being idle.
    pub locked: bool,
    /// With a second factor.
    pub strong: bool,
}

/// Opens a session; ended ones are swept. Answers with its number.
pub fn open(db: &Db, new: &NewSession) -> StoreResult<i64> {
    let (operator, till) = match new.of {
        SessionOf::Operator(id) => (Some(id), None),
        SessionOf::Till(id) => (None, Some(id)),
    };
    db.execute("DELETE FROM session WHERE expires_ms <= ?1", [new.now.0])?;
    db.execute(
        "INSERT INTO session (token_hash, operator_id, till_id, surface, peer, agent, created_ms, expires_ms, seen_ms, strong)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?7, ?9)",
        (
            new.token_hash,
            operator,
            till,
            new.surface,
            &new.peer,
            &new.agent,
            new.now.0,
            new.expires.0,
            new.strong,
        ),
    )?;
    Ok(db.last_insert_rowid())
}

/// The live session of a token.
pub fn by_token(db: &Db, token_hash: &[u8; 32], now: UnixMs) -> StoreResult<Option<Session>> {
    let sql = format!("SELECT {COLUMNS} FROM session WHERE token_hash = ?1 AND expires_ms > ?2");
    Ok(db.prepare_cached(&sql)?.query_row((token_hash, now.0), read).optional()?)
}

/// A session.
pub fn get(db: &Db, session_id: i64) -> StoreResult<Option<Session>> {
    let sql = format!("SELECT {COLUMNS} FROM session WHERE session_id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([session_id], read).optional()?)
}

/// Live sessions, newest first; of one operator or of all.
pub fn list(db: &Db, operator_id: Option<i64>, now: UnixMs) -> StoreResult<Vec<Session>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session WHERE expires_ms > ?1 AND (?2 IS NULL OR operator_id = ?2)
         ORDER BY session_id DESC"
    );
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.query_map((now.0, operator_id), read)?.collect::<Result<_, _>>()?)
}

/// Ends a session. Answers whether there was one.
pub fn close(db: &Db, session_id: i64) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM session WHERE session_id = ?1", [session_id])? > 0)
}

/// Ends the sessions of an operator, but not `keep`; a counter they were on duty at stays, without them. Answers with
/// how many ended.
pub fn close_all(db: &Db, operator_id: i64, keep: Option<i64>) -> StoreResult<i64> {
    db.execute(
        "UPDATE session SET operator_id = NULL WHERE operator_id = ?1 AND till_id IS NOT NULL",
        [operator_id],
    )?;
    let ended = db.execute(
        "DELETE FROM session WHERE operator_id = ?1 AND till_id IS NULL AND session_id IS NOT ?2",
        (operator_id, keep),
    )?;
    Ok(i64::try_from(ended).unwrap_or(i64::MAX))
}

/// Ends every session, counters too, but not `keep`. Answers with how many ended.
pub fn close_everything(db: &Db, keep: Option<i64>) -> StoreResult<i64> {
    let ended = db.execute("DELETE FROM session WHERE session_id IS NOT ?1", [keep])?;
    Ok(i64::try_from(ended).unwrap_or(i64::MAX))
}

/// Gives a session another token; its life stays as long as it was.
pub fn change_token(db: &Db, session_id: i64, token_hash: &[u8; 32]) -> StoreResult<()> {
    db.execute("UPDATE session SET token_hash = ?2 WHERE session_id = ?1", (session_id, token_hash))?;
    Ok(())
}

/// It was shown a second factor.
pub fn set_strong(db: &Db, session_id: i64, strong: bool) -> StoreResult<()> {
    db.execute("UPDATE session SET strong = ?2 WHERE session_id = ?1", (session_id, strong))?;
    Ok(())
}

/// A person did something in it.
pub fn touch(db: &Db, session_id: i64, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached("UPDATE session SET seen_ms = max(seen_ms, ?2) WHERE session_id = ?1")?
        .execute((session_id, now.0))?;
    Ok(())
}

/// Locks or unlocks it.
pub fn set_locked(db: &Db, session_id: i64, locked: bool, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE session SET locked = ?2, seen_ms = max(seen_ms, ?3) WHERE session_id = ?1",
        (session_id, locked, now.0),
    )?;
    Ok(())
}

/// Who is on duty at a counter's session, and since when.
pub fn set_duty(db: &Db, session_id: i64, operator_id: Option<i64>, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE session SET operator_id = ?2, seen_ms = max(seen_ms, ?3) WHERE session_id = ?1 AND till_id IS NOT NULL",
        (session_id, operator_id, now.0),
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        session_id: row.get(0)?,
        operator_id: row.get(1)?,
        till_id: row.get(2)?,
        surface: row.get(3)?,
        peer: row.get(4)?,
        agent: row.get(5)?,
        created: UnixMs(row.get(6)?),
        expires: UnixMs(row.get(7)?),
        seen: UnixMs(row.get(8)?),
        locked: row.get(9)?,
        strong: row.get(10)?,
    })
}
