//! Readers: broker logins and what is known of the devices behind them.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

/// A reader's login.
#[derive(Clone, PartialEq, Eq)]
pub struct Reader {
    /// Name: MQTT user name and id in v2 topics.
    pub name: String,
    /// `v2`, `legacy` or `screen`.
    pub kind: String,
    /// Its till; `None`: the default till.
    pub till_id: Option<i64>,
    /// `$7$` PBKDF2-SHA512 hash of its password, as mosquitto keeps them.
    pub password_hash: String,
    /// Its requests must be signed.
    pub signed: bool,
    /// It may name amounts.
    pub may_set_amount: bool,
    /// It may not connect.
    pub revoked: bool,
    /// Its latest boot and the highest sequence number seen in it.
    pub sequence: Option<(String, i64)>,
}

const COLUMNS: &str = "name, kind, till_id, password_hash, signed, may_set_amount, revoked, boot, sequence";

/// Adds a reader.
pub fn add(db: &Db, reader: &Reader, now: UnixMs) -> StoreResult<()> {
    db.execute(
        "INSERT INTO reader (name, kind, till_id, password_hash, signed, may_set_amount, revoked, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            &reader.name,
            &reader.kind,
            reader.till_id,
            &reader.password_hash,
            reader.signed,
            reader.may_set_amount,
            reader.revoked,
            now.0,
        ),
    )?;
    Ok(())
}

/// Changes what a reader may do.
pub fn update(
    db: &Db,
    name: &str,
    till_id: Option<i64>,
    may_set_amount: bool,
    revoked: bool,
) -> StoreResult<()> {
    db.execute(
        "UPDATE reader SET till_id = ?2, may_set_amount = ?3, revoked = ?4 WHERE name = ?1",
        (name, till_id, may_set_amount, revoked),
    )?;
    Ok(())
}

/// A new password. The device starts over with it, so its boots and numbers do too.
pub fn set_password(db: &Db, name: &str, password_hash: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE reader SET password_hash = ?2, boot = NULL, sequence = NULL WHERE name = ?1",
        (name, password_hash),
    )?;
    Ok(())
}

/// Remembers the highest sequence number of a boot.
pub fn set_sequence(db: &Db, name: &str, boot: &str, sequence: i64) -> StoreResult<()> {
    db.prepare_cached("UPDATE reader SET boot = ?2, sequence = ?3 WHERE name = ?1")?
        .execute((name, boot, sequence))?;
    Ok(())
}

/// One reader.
pub fn get(db: &Db, name: &str) -> StoreResult<Option<Reader>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM reader WHERE name = ?1"))?
        .query_row([name], read)
        .optional()?)
}

/// All readers, by name.
pub fn list(db: &Db) -> StoreResult<Vec<Reader>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM reader ORDER BY name"))?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Reader> {
    Ok(Reader {
        name: row.get(0)?,
        kind: row.get(1)?,
        till_id: row.get(2)?,
        password_hash: row.get(3)?,
        signed: row.get(4)?,
        may_set_amount: row.get(5)?,
        revoked: row.get(6)?,
        sequence: row.get::<_, Option<String>>(7)?.zip(row.get::<_, Option<i64>>(8)?),
    })
}
