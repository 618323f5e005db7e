//! Wrong tries by account and by address, kept over a restart. Keys are hashes: what was typed as a name may have been
//! a password.

use gerai_core::time::UnixMs;
use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// Rows older than this are swept.
const KEPT_MS: i64 = 86_400_000;
/// Rows at most: a flood of made-up names must not eat the disk.
pub const ROWS_MAX: i64 = 4_096;

/// Tries counted against a key, and when the last one was.
pub fn get(db: &Db, key_hash: &[u8; 32]) -> StoreResult<Option<(i64, UnixMs)>> {
    Ok(db
        .prepare_cached("SELECT misses, last_ms FROM sign_in_try WHERE key_hash = ?1")?
        .query_row([key_hash], |row| Ok((row.get(0)?, UnixMs(row.get(1)?))))
        .optional()?)
}

/// Counts one more. When the table is full, the row with the fewest and oldest tries makes room: a flood of new keys
/// pushes itself out, not the keys that are being held back.
pub fn count(db: &Db, key_hash: &[u8; 32], now: UnixMs) -> StoreResult<()> {
    db.execute("DELETE FROM sign_in_try WHERE last_ms <= ?1", [now.0 - KEPT_MS])?;
    db.execute(
        "DELETE FROM sign_in_try WHERE (SELECT count(*) FROM sign_in_try) >= ?2 AND key_hash <> ?1
           AND key_hash = (SELECT key_hash FROM sign_in_try ORDER BY misses, last_ms LIMIT 1)
           AND NOT EXISTS (SELECT 1 FROM sign_in_try WHERE key_hash = ?1)",
        (key_hash, ROWS_MAX),
    )?;
    db.prepare_cached(
        "INSERT INTO sign_in_try (key_hash, misses, last_ms) VALUES (?1, 1, ?2)
         ON CONFLICT (key_hash) DO UPDATE SET misses = misses + 1, last_ms = excluded.last_ms",
    )?
    .execute((key_hash, now.0))?;
    Ok(())
}

/// Takes one try back that was none.
pub fn take_back(db: &Db, key_hash: &[u8; 32]) -> StoreResult<()> {
    db.execute("DELETE FROM sign_in_try WHERE key_hash = ?1 AND misses <= 1", [key_hash])?;
    db.execute("UPDATE sign_in_try SET misses = misses - 1 WHERE key_hash = ?1", [key_hash])?;
    Ok(())
}

/// Forgives a key everything.
pub fn forgive(db: &Db, key_hash: &[u8; 32]) -> StoreResult<()> {
    db.execute("DELETE FROM sign_in_try WHERE key_hash = ?1", [key_hash])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenMode, Store, StoreError};

    const NOW: UnixMs = UnixMs(1_000_000_000);

    #[test]
    fn a_flood_of_names_pushes_itself_out_and_old_rows_go() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let held = [0xFF; 32];
        let rows = move |db: &Db| -> StoreResult<i64> {
            Ok(db.query_row("SELECT count(*) FROM sign_in_try", [], |row| row.get(0))?)
        };
        let kept = store.writer().unwrap().submit_blocking(move |db| -> Result<_, StoreError> {
            for _ in 0..7 {
                count(db, &held, NOW)?;
            }
            for n in 0..ROWS_MAX + 50 {
                let mut key = [0; 32];
                key[..8].copy_from_slice(&n.to_be_bytes());
                count(db, &key, NOW.plus(n))?;
            }
            let full = rows(db)?;
            let still = get(db, &held)?;
            take_back(db, &held)?;
            let less = get(db, &held)?;
            count(db, &[1; 32], NOW.plus(KEPT_MS + ROWS_MAX + 50))?;
            Ok((full, still, less, rows(db)?))
        });
        assert_eq!(kept.unwrap(), (ROWS_MAX, Some((7, NOW)), Some((6, NOW)), 1));
    }

    #[test]
    fn what_is_forgiven_or_taken_back_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let left = store.writer().unwrap().submit_blocking(|db| -> Result<_, StoreError> {
            count(db, &[1; 32], NOW)?;
            take_back(db, &[1; 32])?;
            take_back(db, &[1; 32])?;
            count(db, &[2; 32], NOW)?;
            forgive(db, &[2; 32])?;
            Ok((get(db, &[1; 32])?, get(db, &[2; 32])?))
        });
        assert_eq!(left.unwrap(), (None, None));
    }
}
