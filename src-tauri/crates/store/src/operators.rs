//! People who sign in, and sessions.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

/// An operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// Number.
    pub operator_id: i64,
    /// Sign-in name.
    pub name: String,
    /// `owner`, `operator` or `cashier`.
    pub role: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// May sign in.
    pub active: bool,
}

/// Whose a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOf {
    /// An operator's.
    Operator(i64),
    /// A till's counter.
    Till(i64),
}

/// Adds an operator.
pub fn add(db: &Db, name: &str, role: &str, password_hash: &str, now: UnixMs) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO operator (name, role, password_hash, created_ms) VALUES (?1, ?2, ?3, ?4)",
        (name, role, password_hash, now.0),
    )?;
    Ok(db.last_insert_rowid())
}

/// A new password; ends the operator's sessions.
pub fn set_password(db: &Db, operator_id: i64, password_hash: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET password_hash = ?2 WHERE operator_id = ?1",
        (operator_id, password_hash),
    )?;
    db.execute("DELETE FROM session WHERE operator_id = ?1", [operator_id])?;
    Ok(())
}

/// One operator by name (case does not matter).
pub fn by_name(db: &Db, name: &str) -> StoreResult<Option<Operator>> {
    Ok(db
        .prepare_cached(
            "SELECT operator_id, name, role, password_hash, active FROM operator WHERE name = ?1",
        )?
        .query_row([name], read)
        .optional()?)
}

/// One operator.
pub fn get(db: &Db, operator_id: i64) -> StoreResult<Option<Operator>> {
    Ok(db
        .prepare_cached(
            "SELECT operator_id, name, role, password_hash, active FROM operator WHERE operator_id = ?1",
        )?
        .query_row([operator_id], read)
        .optional()?)
}

/// All operators, oldest first.
pub fn list(db: &Db) -> StoreResult<Vec<Operator>> {
    let mut statement = db.prepare(
        "SELECT operator_id, name, role, password_hash, active FROM operator ORDER BY operator_id",
    )?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Whether there is an owner.
pub fn has_owner(db: &Db) -> StoreResult<bool> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM operator WHERE role = 'owner')", [], |row| row.get(0))?)
}

/// Opens a session; old ones are swept.
pub fn open_session(
    db: &Db,
    token_hash: &[u8; 32],
    of: SessionOf,
    now: UnixMs,
    expires: UnixMs,
) -> StoreResult<()> {
    let (operator, till) = match of {
        SessionOf::Operator(id) => (Some(id), None),
        SessionOf::Till(id) => (None, Some(id)),
    };
    db.execute("DELETE FROM session WHERE expires_ms <= ?1", [now.0])?;
    db.execute(
        "INSERT INTO session (token_hash, operator_id, till_id, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (token_hash, operator, till, now.0, expires.0),
    )?;
    Ok(())
}

/// Whose a live session is.
pub fn session(db: &Db, token_hash: &[u8; 32], now: UnixMs) -> StoreResult<Option<SessionOf>> {
    let found: Option<(Option<i64>, Option<i64>)> = db
        .prepare_cached("SELECT operator_id, till_id FROM session WHERE token_hash = ?1 AND expires_ms > ?2")?
        .query_row((token_hash, now.0), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(operator, till)| operator.map(SessionOf::Operator).or(till.map(SessionOf::Till))))
}

/// Ends a session.
pub fn close_session(db: &Db, token_hash: &[u8; 32]) -> StoreResult<()> {
    db.execute("DELETE FROM session WHERE token_hash = ?1", [token_hash])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        operator_id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        password_hash: row.get(3)?,
        active: row.get(4)?,
    })
}
