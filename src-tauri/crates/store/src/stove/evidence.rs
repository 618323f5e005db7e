//! Tokens that none of a stove's registered keys made. No readings: they are kept to be looked at, and never forwarded.

use gerai_core::stove::TokenHash;
use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, params};

use crate::{Db, StoreResult};

/// A token that is evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Id.
    pub evidence_id: i64,
    /// As it came.
    pub token: String,
    /// The verdict.
    pub signature: String,
    /// How it came in first.
    pub source: String,
    /// Who brought it first.
    pub officer: String,
    /// When it came in first.
    pub at: UnixMs,
    /// When it came in last.
    pub last: UnixMs,
    /// How often.
    pub scans: i64,
}

/// A token to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewEvidence<'a> {
    /// The stove it names.
    pub stove_id: i64,
    /// Its identity.
    pub hash: TokenHash,
    /// Its text.
    pub token: &'a str,
    /// The verdict.
    pub signature: &'a str,
    /// How it came in.
    pub source: &'a str,
    /// Who brought it.
    pub officer: &'a str,
    /// When.
    pub at: UnixMs,
    /// The same within this long is the same scan, milliseconds.
    pub once_within_ms: i64,
}

/// Keeps it; one that is known is counted. `true`: it is new.
pub fn keep(db: &Db, new: &NewEvidence<'_>) -> StoreResult<bool> {
    let known: Option<(i64, i64)> = db
        .prepare_cached("SELECT evidence_id, last_ms FROM stove_evidence WHERE hash = ?1")?
        .query_row([new.hash.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, last)) = known {
        if new.at.0.saturating_sub(last) >= new.once_within_ms {
            db.prepare_cached(
                "UPDATE stove_evidence SET scans = scans + 1, last_ms = ?2 WHERE evidence_id = ?1",
            )?
            .execute(params![id, new.at.0])?;
        }
        return Ok(false);
    }
    db.prepare_cached(
        "INSERT INTO stove_evidence (stove_id, hash, token, signature, source, officer, at_ms, last_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?
    .execute(params![
        new.stove_id,
        new.hash.0,
        new.token,
        new.signature,
        new.source,
        new.officer,
        new.at.0
    ])?;
    db.prepare_cached(
        "UPDATE stove SET evidence = evidence + 1, last_ms = max(coalesce(last_ms, 0), ?2) WHERE stove_id = ?1",
    )?
    .execute(params![new.stove_id, new.at.0])?;
    Ok(true)
}

/// Of a stove, the newest first.
pub fn of(db: &Db, stove_id: i64, limit: i64) -> StoreResult<Vec<Evidence>> {
    let mut statement = db.prepare_cached(
        "SELECT evidence_id, token, signature, source, officer, at_ms, last_ms, scans FROM stove_evidence
         WHERE stove_id = ?1 ORDER BY evidence_id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map([stove_id, limit], |row| {
        Ok(Evidence {
            evidence_id: row.get(0)?,
            token: row.get(1)?,
            signature: row.get(2)?,
            source: row.get(3)?,
            officer: row.get(4)?,
            at: UnixMs(row.get(5)?),
            last: UnixMs(row.get(6)?),
            scans: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
