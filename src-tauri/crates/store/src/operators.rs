//! People who sign in.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult, recovery, reset_codes, sessions};

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

/// Adds an operator. `must_change`: the password was chosen by somebody else.
pub fn add(
    db: &Db,
    name: &str,
    role: &str,
    password_hash: &str,
    must_change: bool,
    now: UnixMs,
) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO operator (name, role, password_hash, must_change, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (name, role, password_hash, must_change, now.0),
    )?;
    Ok(db.last_insert_rowid())
}

/// A new password; ends the operator's sessions but for `keep`, and their open reset codes. `must_change`: it was
/// chosen by somebody else.
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
    reset_codes::forget(db, operator_id)?;
    sessions::close_all(db, operator_id, keep)?;
    Ok(())
}

/// Another role, and whether they may sign in.
pub fn set_role(db: &Db, operator_id: i64, role: &str, active: bool) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET role = ?2, active = ?3 WHERE operator_id = ?1",
        (operator_id, role, active),
    )?;
    Ok(())
}

/// Where a reset code may go, sealed; `None` takes it away.
pub fn set_contact(db: &Db, operator_id: i64, sealed: Option<&[u8]>) -> StoreResult<()> {
    db.execute("UPDATE operator SET contact_sealed = ?2 WHERE operator_id = ?1", (operator_id, sealed))?;
    Ok(())
}

/// Whether anybody has a sealed contact.
pub fn any_contact(db: &Db) -> StoreResult<bool> {
    Ok(db.query_row(
        "SELECT EXISTS (SELECT 1 FROM operator WHERE contact_sealed IS NOT NULL)",
        [],
        |row| row.get(0),
    )?)
}

/// A new PIN, or none.
pub fn set_pin(db: &Db, operator_id: i64, pin_hash: Option<&str>) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET pin_hash = ?2, pin_misses = 0 WHERE operator_id = ?1",
        (operator_id, pin_hash),
    )?;
    Ok(())
}

/// Counts a try of the PIN before it is looked at. Answers whether there may be one: the PIN is set and does not rest.
pub fn count_pin_try(db: &Db, operator_id: i64, misses_max: i64) -> StoreResult<bool> {
    let counted = db.execute(
        "UPDATE operator SET pin_misses = pin_misses + 1
         WHERE operator_id = ?1 AND pin_hash IS NOT NULL AND pin_misses < ?2",
        (operator_id, misses_max),
    )?;
    Ok(counted == 1)
}

/// The PIN was right, or a password was: it rests no more.
pub fn wake_pin(db: &Db, operator_id: i64) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET pin_misses = 0 WHERE operator_id = ?1 AND pin_misses > 0",
        [operator_id],
    )?;
    Ok(())
}

/// A second factor is asked for from now on; `step` is the time step of its first code.
pub fn set_totp(db: &Db, operator_id: i64, since: UnixMs, step: i64) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET totp_since_ms = ?2, totp_step = ?3 WHERE operator_id = ?1",
        (operator_id, since.0, step),
    )?;
    Ok(())
}

/// Uses a time step up. Answers whether it was still good: newer than every one before.
pub fn use_totp_step(db: &Db, operator_id: i64, step: i64) -> StoreResult<bool> {
    let used = db.execute(
        "UPDATE operator SET totp_step = ?2
         WHERE operator_id = ?1 AND totp_since_ms IS NOT NULL AND (totp_step IS NULL OR totp_step < ?2)",
        (operator_id, step),
    )?;
    Ok(used == 1)
}

/// No second factor any more, and none of its recovery codes.
pub fn clear_totp(db: &Db, operator_id: i64) -> StoreResult<()> {
    db.execute(
        "UPDATE operator SET totp_since_ms = NULL, totp_step = NULL WHERE operator_id = ?1",
        [operator_id],
    )?;
    recovery::set_codes(db, operator_id, &[])
}

/// How many owners may sign in.
pub fn active_owners(db: &Db) -> StoreResult<i64> {
    Ok(db.query_row("SELECT count(*) FROM operator WHERE role = 'owner' AND active", [], |row| row.get(0))?)
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
