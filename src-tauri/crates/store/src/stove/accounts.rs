//! Accounts of the stove endpoint, and the sign-ins of phones: bearer and refresh tokens as SHA-256.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreResult};

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Hash of its password.
    pub password_hash: String,
    /// It may sign in.
    pub active: bool,
    /// When it was made.
    pub made: UnixMs,
    /// When it last sent something.
    pub last: Option<UnixMs>,
}

const COLUMNS: &str = "name, password_hash, active, made_ms, last_ms";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        name: row.get(0)?,
        password_hash: row.get(1)?,
        active: row.get(2)?,
        made: UnixMs(row.get(3)?),
        last: row.get::<_, Option<i64>>(4)?.map(UnixMs),
    })
}

/// One account.
pub fn get(db: &Db, name: &str) -> StoreResult<Option<Account>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM stove_account WHERE name = ?1"))?
        .query_row([name], account)
        .optional()?)
}

/// All, by name.
pub fn list(db: &Db) -> StoreResult<Vec<Account>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM stove_account ORDER BY name LIMIT 1000"))?;
    Ok(statement.query_map([], account)?.collect::<Result<_, _>>()?)
}

/// Makes or changes one. Whoever was signed in with it is signed out.
pub fn save(db: &Db, name: &str, password_hash: &str, active: bool, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "INSERT INTO stove_account (name, password_hash, active, made_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, active = excluded.active",
        params![name, password_hash, active, now.0],
    )?;
    db.execute("DELETE FROM stove_session WHERE account = ?1 COLLATE NOCASE", [name])?;
    Ok(())
}

/// Removes one. `false`: there was none.
pub fn remove(db: &Db, name: &str) -> StoreResult<bool> {
    db.execute("DELETE FROM stove_session WHERE account = ?1 COLLATE NOCASE", [name])?;
    Ok(db.execute("DELETE FROM stove_account WHERE name = ?1", [name])? == 1)
}

/// A phone signed in: what it shows from now on. Old ones that are over are forgotten.
pub fn open_session(
    db: &Db,
    token_hash: &[u8; 32],
    account: &str,
    kind: &str,
    until: UnixMs,
    now: UnixMs,
) -> StoreResult<()> {
    db.execute("DELETE FROM stove_session WHERE until_ms < ?1", [now.0])?;
    db.execute(
        "INSERT INTO stove_session (token_hash, account, kind, until_ms) VALUES (?1, ?2, ?3, ?4)",
        params![token_hash, account, kind, until.0],
    )?;
    Ok(())
}

/// Whose token this is, if it is alive and its account active.
pub fn session(db: &Db, token_hash: &[u8; 32], kind: &str, now: UnixMs) -> StoreResult<Option<String>> {
    Ok(db
        .prepare_cached(
            "SELECT a.name FROM stove_session t JOIN stove_account a ON a.name = t.account
             WHERE t.token_hash = ?1 AND t.kind = ?2 AND t.until_ms > ?3 AND a.active = 1",
        )?
        .query_row(params![token_hash, kind, now.0], |row| row.get(0))
        .optional()?)
}

/// A token was used up.
pub fn close_session(db: &Db, token_hash: &[u8; 32]) -> StoreResult<()> {
    db.execute("DELETE FROM stove_session WHERE token_hash = ?1", [token_hash])?;
    Ok(())
}

/// The account sent something.
pub fn used(db: &Db, name: &str, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached("UPDATE stove_account SET last_ms = ?2 WHERE name = ?1")?
        .execute(params![name, now.0])?;
    Ok(())
}
