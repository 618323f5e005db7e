//! What helps when a phone or a password is gone: recovery codes of a second factor, and the one recovery file. Both
//! are kept as SHA-256 of enough random bits.

use gerai_core::time::UnixMs;
use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// The recovery file that is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// SHA-256 of its random bits.
    pub hash: [u8; 32],
    /// Made at.
    pub made: UnixMs,
    /// Name of who made it.
    pub made_by: String,
}

/// A use of a recovery file that no owner has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenUse {
    /// Number of its audit record.
    pub audit_id: i64,
    /// When.
    pub at: UnixMs,
    /// Who became owner.
    pub actor: String,
}

/// Replaces the recovery codes of an operator.
pub fn set_codes(db: &Db, operator_id: i64, hashes: &[[u8; 32]]) -> StoreResult<()> {
    db.execute("DELETE FROM recovery_code WHERE operator_id = ?1", [operator_id])?;
    let mut insert =
        db.prepare_cached("INSERT INTO recovery_code (code_hash, operator_id) VALUES (?1, ?2)")?;
    for hash in hashes {
        insert.execute((hash, operator_id))?;
    }
    Ok(())
}

/// Uses a recovery code up. Answers whether it was good.
pub fn use_code(db: &Db, operator_id: i64, hash: &[u8; 32], now: UnixMs) -> StoreResult<bool> {
    let used = db.execute(
        "UPDATE recovery_code SET used_ms = ?3 WHERE code_hash = ?1 AND operator_id = ?2 AND used_ms IS NULL",
        (hash, operator_id, now.0),
    )?;
    Ok(used == 1)
}

/// Recovery codes that an operator has left.
pub fn codes_left(db: &Db, operator_id: i64) -> StoreResult<i64> {
    Ok(db.query_row(
        "SELECT count(*) FROM recovery_code WHERE operator_id = ?1 AND used_ms IS NULL",
        [operator_id],
        |row| row.get(0),
    )?)
}

/// Keeps a new recovery file; an older one is worth nothing from now on.
pub fn keep_file(db: &Db, hash: &[u8; 32], made_by: &str, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "INSERT OR REPLACE INTO recovery_file (id, file_hash, made_ms, made_by) VALUES (1, ?1, ?2, ?3)",
        (hash, now.0, made_by),
    )?;
    Ok(())
}

/// The valid recovery file.
pub fn file(db: &Db) -> StoreResult<Option<KeptFile>> {
    Ok(db
        .query_row("SELECT file_hash, made_ms, made_by FROM recovery_file WHERE id = 1", [], |row| {
            Ok(KeptFile { hash: row.get(0)?, made: UnixMs(row.get(1)?), made_by: row.get(2)? })
        })
        .optional()?)
}

/// The recovery file is used up.
pub fn forget_file(db: &Db) -> StoreResult<()> {
    db.execute("DELETE FROM recovery_file", [])?;
    Ok(())
}

/// The newest use of a recovery file, unless an owner has acknowledged it since. Read from the audit trail, which
/// nobody can make forget.
pub fn unseen_use(db: &Db) -> StoreResult<Option<UnseenUse>> {
    Ok(db
        .prepare_cached(
            "SELECT audit_id, at_ms, actor FROM audit WHERE act = 'recovery.use' AND outcome = 'done'
               AND audit_id > (SELECT coalesce(max(audit_id), 0) FROM audit WHERE act = 'recovery.seen' AND outcome = 'done')
             ORDER BY audit_id DESC LIMIT 1",
        )?
        .query_row([], |row| {
            Ok(UnseenUse { audit_id: row.get(0)?, at: UnixMs(row.get(1)?), actor: row.get(2)? })
        })
        .optional()?)
}
