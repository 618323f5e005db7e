//! People who sign in.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult, sessions};

const COLUMNS: &str = "operator_id, name, role, password_hash, active, created_ms, pin_hash, pin_misses, totp_since_ms, totp_step, must_change, contact_sealed";

/// An operator.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// Number.
    pub operator_id: i64,
    /// Sign-in name.
    pub name: String,
    /// `owner`, `administrator`, `operator`, `cashier` or `auditor`.
    pub role: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// May sign in.
    pub active: bool,
    /// Added at.
    pub created: UnixMs,
    /// Argon2id of the PIN.
    pub pin_hash: Option<String>,
    /// Wrong PINs since the last right one.
    pub pin_misses: i64,
    /// A second factor is asked for since then.
    pub totp_since: Option<UnixMs>,
    /// The newest time step whose code was accepted.
    pub totp_step: Option<i64>,
    /// The password was set by somebody else.
    pub must_change: bool,
    /// Where a reset code may go, sealed.
    pub contact_sealed: Option<Vec<u8>>,
}

/// Adds an operator.
pub fn add(db: &Db, name: &str, role: &str, password_hash: &str, now: UnixMs) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO operator (name, role, password_hash, created_ms) VALUES (?1, ?2, ?3, ?4)",
        (name, role, password_hash, now.0),
    )?;
    Ok(db.last_insert_rowid())
}

/// A new password; ends the operator's sessions but for `keep`. `must_change`: it was chosen by somebody else.
pub fn set_password(
    db: &Db,
    operator_id: i64,
    password_hash: &str,
    must_change: bool,
    keep: Option<i64>,
) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET password_hash = ?2, must_change = ?3, pin_misses = 0 WHERE operator_id = ?1",
        (operator_id, password_hash, must_change),
    )?;
    sessions::close_all(db, operator_id, keep)?;
    Ok(())
}

/// One operator by name (case does not matter).
pub fn by_name(db: &Db, name: &str) -> StoreResult<Option<Operator>> {
    let sql = format!("SELECT {COLUMNS} FROM operator WHERE name = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([name], read).optional()?)
}

/// One operator.
pub fn get(db: &Db, operator_id: i64) -> StoreResult<Option<Operator>> {
    let sql = format!("SELECT {COLUMNS} FROM operator WHERE operator_id = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([operator_id], read).optional()?)
}

/// All operators, oldest first.
pub fn list(db: &Db) -> StoreResult<Vec<Operator>> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM operator ORDER BY operator_id"))?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Whether there is an owner.
pub fn has_owner(db: &Db) -> StoreResult<bool> {
    Ok(db.query_row("SELECT EXISTS (SELECT 1 FROM operator WHERE role = 'owner')", [], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        operator_id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        password_hash: row.get(3)?,
        active: row.get(4)?,
        created: UnixMs(row.get(5)?),
        pin_hash: row.get(6)?,
        pin_misses: row.get(7)?,
        totp_since: row.get::<_, Option<i64>>(8)?.map(UnixMs),
        totp_step: row.get(9)?,
        must_change: row.get(10)?,
        contact_sealed: row.get(11)?,
    })
}
