//! By how much payments came late: their tap on its way in, their result on its way out. Written beside the payment, whose
//! own row never changes; a payment without a row here was in time, or nobody knows better.

use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// What is known of a late payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lateness {
    /// Its tap had waited in the broker this many milliseconds at most when it was decided.
    pub tap_ms: Option<i64>,
    /// Its result could leave only so many milliseconds after it was decided.
    pub result_ms: Option<i64>,
}

/// Notes how long a late tap had waited, at most.
pub fn tap_waited(db: &Db, payment_id: i64, waited_ms: i64) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO payment_late (payment_id, tap_ms) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET tap_ms = excluded.tap_ms",
    )?
    .execute((payment_id, waited_ms))?;
    Ok(())
}

/// Notes how late a result left. Of several results of a payment the latest counts; noting one twice changes nothing.
pub fn result_left(db: &Db, payment_id: i64, late_ms: i64) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO payment_late (payment_id, result_ms) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET result_ms = max(coalesce(result_ms, 0), excluded.result_ms)",
    )?
    .execute((payment_id, late_ms))?;
    Ok(())
}

/// What is known of a payment.
pub fn of(db: &Db, payment_id: i64) -> StoreResult<Lateness> {
    Ok(db
        .prepare_cached("SELECT tap_ms, result_ms FROM payment_late WHERE payment_id = ?1")?
        .query_row([payment_id], |row| Ok(Lateness { tap_ms: row.get(0)?, result_ms: row.get(1)? }))
        .optional()?
        .unwrap_or_default())
}
