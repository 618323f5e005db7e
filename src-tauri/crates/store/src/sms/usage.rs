//! What SIMs have used: short messages by the hour, and whom they went to.

use gerai_core::time::UnixMs;
use rusqlite::params;

use crate::{Db, StoreResult};

/// An hour of a SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourUse {
    /// Begin of the hour.
    pub hour: UnixMs,
    /// Begin of its day.
    pub day: UnixMs,
    /// Normal short messages.
    pub normal: i64,
    /// Codes.
    pub otp: i64,
    /// Rupiah.
    pub cost: i64,
}

/// Adds short messages to an hour; negative figures give back what did not leave.
pub fn add(db: &Db, sim_id: i64, used: HourUse) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO sim_usage (sim_id, hour_ms, day_ms, normal, otp, cost)
         VALUES (?1, ?2, ?3, max(?4, 0), max(?5, 0), ?6)
         ON CONFLICT DO UPDATE SET normal = max(normal + ?4, 0), otp = max(otp + ?5, 0), cost = cost + ?6",
    )?
    .execute(params![sim_id, used.hour.0, used.day.0, used.normal, used.otp, used.cost])?;
    Ok(())
}

/// Hours of a SIM since `since`, oldest first.
pub fn since(db: &Db, sim_id: i64, since: UnixMs) -> StoreResult<Vec<HourUse>> {
    let mut statement = db.prepare_cached(
        "SELECT hour_ms, day_ms, normal, otp, cost FROM sim_usage WHERE sim_id = ?1 AND hour_ms >= ?2 ORDER BY hour_ms",
    )?;
    let rows = statement.query_map(params![sim_id, since.0], |row| {
        Ok(HourUse {
            hour: UnixMs(row.get(0)?),
            day: UnixMs(row.get(1)?),
            normal: row.get(2)?,
            otp: row.get(3)?,
            cost: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Remembers whom a SIM sent to in a day.
pub fn add_recipient(db: &Db, sim_id: i64, day: UnixMs, number_tag: &[u8; 16]) -> StoreResult<()> {
    db.prepare_cached("INSERT OR IGNORE INTO sim_recipient VALUES (?1, ?2, ?3)")?
        .execute(params![sim_id, day.0, number_tag])?;
    Ok(())
}

/// Whom a SIM sent to in a day.
pub fn recipients(db: &Db, sim_id: i64, day: UnixMs) -> StoreResult<Vec<[u8; 16]>> {
    let mut statement =
        db.prepare_cached("SELECT number_tag FROM sim_recipient WHERE sim_id = ?1 AND day_ms = ?2")?;
    Ok(statement.query_map(params![sim_id, day.0], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Adds short messages to a prefix of a SIM's tariff.
pub fn add_prefix(db: &Db, sim_id: i64, day: UnixMs, prefix: &str, parts: i64) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO sim_prefix_use VALUES (?1, ?2, ?3, max(?4, 0))
         ON CONFLICT DO UPDATE SET parts = max(parts + ?4, 0)",
    )?
    .execute(params![sim_id, day.0, prefix, parts])?;
    Ok(())
}

/// Short messages of a SIM in a day by prefix of its tariff.
pub fn by_prefix(db: &Db, sim_id: i64, day: UnixMs) -> StoreResult<Vec<(String, u32)>> {
    let mut statement =
        db.prepare_cached("SELECT prefix, parts FROM sim_prefix_use WHERE sim_id = ?1 AND day_ms = ?2")?;
    let rows = statement.query_map(params![sim_id, day.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets recipients of earlier days, and hours of years ago.
pub fn forget(db: &Db, recipients_before: UnixMs, hours_before: UnixMs) -> StoreResult<()> {
    db.execute("DELETE FROM sim_recipient WHERE day_ms < ?1", [recipients_before.0])?;
    db.execute("DELETE FROM sim_prefix_use WHERE day_ms < ?1", [recipients_before.0])?;
    db.execute("DELETE FROM sim_usage WHERE hour_ms < ?1", [hours_before.0])?;
    Ok(())
}
