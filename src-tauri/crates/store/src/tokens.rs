//! API tokens that were issued, by their JWT ID, and the keys that sign them, by their key id. Neither a token nor a key
//! is here: keys are in the vault.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

/// A key that signs tokens, or once did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Key id.
    pub kid: String,
    /// Since when it signs.
    pub made: UnixMs,
    /// Since when it signs no more.
    pub retired: Option<UnixMs>,
    /// From when on it verifies no more.
    pub gone: Option<UnixMs>,
}

/// An issued token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// JWT ID (RFC 7519, section 4.1.7).
    pub jti: String,
    /// What it is for.
    pub name: String,
    /// Role.
    pub role: String,
    /// Key that signed it.
    pub kid: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made: UnixMs,
    /// Ends at.
    pub expires: UnixMs,
    /// Revoked at.
    pub revoked: Option<UnixMs>,
}

const TOKEN: &str = "jti, name, role, kid, made_by, made_ms, expires_ms, revoked_ms";
const KEY: &str = "kid, made_ms, retired_ms, gone_ms";

/// The key that signs now: the newest that is not retired.
pub fn signing_key(db: &Db) -> StoreResult<Option<TokenKey>> {
    let sql = format!(
        "SELECT {KEY} FROM token_key WHERE retired_ms IS NULL ORDER BY made_ms DESC, rowid DESC LIMIT 1"
    );
    Ok(db.prepare_cached(&sql)?.query_row([], read_key).optional()?)
}

/// A key.
pub fn key(db: &Db, kid: &str) -> StoreResult<Option<TokenKey>> {
    let sql = format!("SELECT {KEY} FROM token_key WHERE kid = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([kid], read_key).optional()?)
}

/// Keys that verify no more.
pub fn gone_keys(db: &Db, now: UnixMs) -> StoreResult<Vec<String>> {
    let mut statement = db.prepare_cached("SELECT kid FROM token_key WHERE gone_ms <= ?1")?;
    Ok(statement.query_map([now.0], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Stores a new key, which signs from now on.
pub fn add_key(db: &Db, kid: &str, now: UnixMs) -> StoreResult<()> {
    db.execute("INSERT INTO token_key (kid, made_ms) VALUES (?1, ?2)", (kid, now.0))?;
    Ok(())
}

/// Retires every key that signs: each verifies until the last token it signed has ended. Answers with how many.
pub fn retire_keys(db: &Db, now: UnixMs) -> StoreResult<usize> {
    Ok(db.execute(
        "UPDATE token_key SET retired_ms = ?1,
           gone_ms = max(?1, coalesce((SELECT max(expires_ms) FROM api_token t
                                       WHERE t.kid = token_key.kid AND t.revoked_ms IS NULL), ?1))
         WHERE retired_ms IS NULL",
        [now.0],
    )?)
}

/// Stores an issued token.
pub fn add(db: &Db, token: &ApiToken) -> StoreResult<()> {
    db.execute(
        "INSERT INTO api_token (jti, name, role, kid, made_by, made_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            &token.jti,
            &token.name,
            &token.role,
            &token.kid,
            &token.made_by,
            token.made.0,
            token.expires.0,
        ),
    )?;
    Ok(())
}

/// A token.
pub fn get(db: &Db, jti: &str) -> StoreResult<Option<ApiToken>> {
    let sql = format!("SELECT {TOKEN} FROM api_token WHERE jti = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([jti], read).optional()?)
}

/// The newest tokens first.
pub fn list(db: &Db, limit: i64) -> StoreResult<Vec<ApiToken>> {
    let sql = format!("SELECT {TOKEN} FROM api_token ORDER BY made_ms DESC, rowid DESC LIMIT ?1");
    let mut statement = db.prepare_cached(&sql)?;
    Ok(statement.query_map([limit], read)?.collect::<Result<_, _>>()?)
}

/// Revokes a token; the first time counts.
pub fn revoke(db: &Db, jti: &str, now: UnixMs) -> StoreResult<()> {
    db.execute("UPDATE api_token SET revoked_ms = ?2 WHERE jti = ?1 AND revoked_ms IS NULL", (jti, now.0))?;
    Ok(())
}

fn read_key(row: &Row<'_>) -> rusqlite::Result<TokenKey> {
    Ok(TokenKey {
        kid: row.get(0)?,
        made: UnixMs(row.get(1)?),
        retired: row.get::<_, Option<i64>>(2)?.map(UnixMs),
        gone: row.get::<_, Option<i64>>(3)?.map(UnixMs),
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<ApiToken> {
    Ok(ApiToken {
        jti: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        kid: row.get(3)?,
        made_by: row.get(4)?,
        made: UnixMs(row.get(5)?),
        expires: UnixMs(row.get(6)?),
        revoked: row.get::<_, Option<i64>>(7)?.map(UnixMs),
    })
}
