//! Requests of people, by the id their screen made: what was done, refusals too, so that a repeat is answered and
//! never done twice.

use gerai_core::ledger::chain::Hash;
use gerai_core::time::UnixMs;
use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// The caller's id.
    pub request_id: String,
    /// The command.
    pub command: String,
    /// SHA-256 of what it asked for.
    pub fingerprint: Hash,
    /// When.
    pub at: UnixMs,
    /// Customer it was about.
    pub account_id: Option<i64>,
    /// Journal entry it made.
    pub entry_id: Option<i64>,
    /// Balance after it.
    pub balance: Option<i64>,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// Stores one.
pub fn put(db: &Db, request: &StoredRequest) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO request (request_id, command, fingerprint, at_ms, account_id, entry_id, balance, refusal)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        &request.request_id,
        &request.command,
        request.fingerprint,
        request.at.0,
        request.account_id,
        request.entry_id,
        request.balance,
        &request.refusal,
    ))?;
    Ok(())
}

/// The request with this id.
pub fn get(db: &Db, request_id: &str) -> StoreResult<Option<StoredRequest>> {
    Ok(db
        .prepare_cached(
            "SELECT request_id, command, fingerprint, at_ms, account_id, entry_id, balance, refusal
             FROM request WHERE request_id = ?1",
        )?
        .query_row([request_id], |row| {
            Ok(StoredRequest {
                request_id: row.get(0)?,
                command: row.get(1)?,
                fingerprint: row.get(2)?,
                at: UnixMs(row.get(3)?),
                account_id: row.get(4)?,
                entry_id: row.get(5)?,
                balance: row.get(6)?,
                refusal: row.get(7)?,
            })
        })
        .optional()?)
}
