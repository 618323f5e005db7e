//! One-time codes for a forgotten password, as SHA-256 of enough random bits.

use gerai_core::time::UnixMs;

use crate::{Db, StoreResult};

/// Keeps a new code of an operator; older ones are worth nothing from now on.
pub fn keep(db: &Db, hash: &[u8; 32], operator_id: i64, now: UnixMs, expires: UnixMs) -> StoreResult<()> {
    forget(db, operator_id)?;
    db.execute("DELETE FROM reset_code WHERE expires_ms <= ?1", [now.0])?;
    db.execute(
        "INSERT INTO reset_code (code_hash, operator_id, made_ms, expires_ms) VALUES (?1, ?2, ?3, ?4)",
        (hash, operator_id, now.0, expires.0),
    )?;
    Ok(())
}

/// When the newest open code of an operator was made.
pub fn newest(db: &Db, operator_id: i64) -> StoreResult<Option<UnixMs>> {
    let newest: Option<i64> = db.query_row(
        "SELECT max(made_ms) FROM reset_code WHERE operator_id = ?1 AND used_ms IS NULL",
        [operator_id],
        |row| row.get(0),
    )?;
    Ok(newest.map(UnixMs))
}

/// Uses a code up. Answers whether it was good.
pub fn redeem(db: &Db, hash: &[u8; 32], operator_id: i64, now: UnixMs) -> StoreResult<bool> {
    let used = db.execute(
        "UPDATE reset_code SET used_ms = ?3
         WHERE code_hash = ?1 AND operator_id = ?2 AND used_ms IS NULL AND expires_ms > ?3",
        (hash, operator_id, now.0),
    )?;
    Ok(used == 1)
}

/// An operator's codes are worth nothing any more.
pub fn forget(db: &Db, operator_id: i64) -> StoreResult<()> {
    db.execute("DELETE FROM reset_code WHERE operator_id = ?1", [operator_id])?;
    Ok(())
}
