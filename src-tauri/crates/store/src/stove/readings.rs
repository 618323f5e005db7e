//! Readings: written once with their verdicts, found by hash and by time. Flags are judged anew when a neighbour comes in;
//! what the stove sent stays as it is.

use gerai_core::stove::months::Sample;
use gerai_core::stove::series::Point;
use gerai_core::stove::{MilliKwh, TokenHash, UnixS};
use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use super::Place;
use crate::{Db, StoreResult};

/// The figures of a known version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// By the stove's clock, Unix seconds.
    pub t: i64,
    /// Lifetime counter, thousandths of a kilowatt-hour.
    pub total: i64,
    /// Counter of the month.
    pub month: i64,
    /// Volts, thousandths of an ampere, watts, hundredths of the power factor.
    pub electrical: Option<(i64, i64, i64, i64)>,
    /// Which key the stove says that it used.
    pub slot: i64,
}

/// A reading to write.
#[derive(Debug, Clone, Copy)]
pub struct NewReading<'a> {
    /// Its stove.
    pub stove_id: i64,
    /// Its identity.
    pub hash: TokenHash,
    /// As it is kept and forwarded.
    pub token: &'a str,
    /// Its grammar.
    pub version: i64,
    /// What it says; `None`: the version is not known.
    pub figures: Option<Figures>,
    /// Which meter.
    pub epoch: u32,
    /// Part of the series.
    pub in_series: bool,
    /// The verdict.
    pub signature: &'a str,
    /// JSON list of flags.
    pub flags: &'a str,
    /// The worst: 0 to 3.
    pub severity: i64,
    /// `raw` or `validated`.
    pub standing: &'a str,
    /// What was odd about its envelope.
    pub oddities: &'a str,
    /// How it came in.
    pub source: &'a str,
    /// How it was read.
    pub method: &'a str,
    /// Who.
    pub officer: &'a str,
    /// A note.
    pub note: &'a str,
    /// Where.
    pub position: Option<Place>,
    /// When.
    pub at: UnixMs,
}

/// Writes it.
pub fn add(db: &Db, new: &NewReading<'_>) -> StoreResult<i64> {
    let figures = new.figures;
    let electrical = figures.and_then(|figures| figures.electrical);
    db.prepare_cached(
        "INSERT INTO stove_reading (stove_id, hash, token, version, t, total, month, volts, milliamps, watts, centi_pf,
           slot, epoch, in_series, signature, flags, severity, standing, oddities, source, method, officer, note, lat, lon,
           scanned_ms, last_scan_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
           ?24, ?25, ?26, ?26)",
    )?
    .execute(params![
        new.stove_id,
        new.hash.0,
        new.token,
        new.version,
        figures.map(|figures| figures.t),
        figures.map(|figures| figures.total),
        figures.map(|figures| figures.month),
        electrical.map(|e| e.0),
        electrical.map(|e| e.1),
        electrical.map(|e| e.2),
        electrical.map(|e| e.3),
        figures.map(|figures| figures.slot),
        new.epoch,
        new.in_series,
        new.signature,
        new.flags,
        new.severity,
        new.standing,
        new.oddities,
        new.source,
        new.method,
        new.officer,
        new.note,
        new.position.map(|place| place.0),
        new.position.map(|place| place.1),
        new.at.0
    ])?;
    Ok(db.last_insert_rowid())
}

/// A reading that is known already: its id and when it last came in.
pub fn by_hash(db: &Db, hash: &TokenHash) -> StoreResult<Option<(i64, UnixMs)>> {
    Ok(db
        .prepare_cached("SELECT reading_id, last_scan_ms FROM stove_reading WHERE hash = ?1")?
        .query_row([hash.0], |row| Ok((row.get(0)?, UnixMs(row.get(1)?))))
        .optional()?)
}

/// It came in once more.
pub fn scanned_again(db: &Db, reading_id: i64, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached("UPDATE stove_reading SET scans = scans + 1, last_scan_ms = ?2 WHERE reading_id = ?1")?
        .execute(params![reading_id, now.0])?;
    Ok(())
}

/// Identities of the readings of one time.
pub fn at_time(db: &Db, stove_id: i64, t: i64) -> StoreResult<Vec<TokenHash>> {
    let mut statement = db.prepare_cached(
        "SELECT hash FROM stove_reading INDEXED BY stove_reading_time WHERE stove_id = ?1 AND t = ?2",
    )?;
    Ok(statement.query_map([stove_id, t], |row| row.get(0).map(TokenHash))?.collect::<Result<_, _>>()?)
}

/// A neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its id.
    pub reading_id: i64,
    /// What the rules need of it.
    pub point: Point,
    /// Its flags, JSON.
    pub flags: String,
    /// Its verdict.
    pub signature: String,
    /// Its standing.
    pub standing: String,
}

const NEIGHBOUR: &str = "reading_id, t, total, month, epoch, hash, flags, signature, standing";

fn neighbour(row: &Row<'_>) -> rusqlite::Result<Neighbour> {
    Ok(Neighbour {
        reading_id: row.get(0)?,
        point: Point {
            t: UnixS(row.get(1)?),
            total: MilliKwh(row.get(2)?),
            month: MilliKwh(row.get(3)?),
            epoch: row.get(4)?,
            hash: TokenHash(row.get(5)?),
        },
        flags: row.get(6)?,
        signature: row.get(7)?,
        standing: row.get(8)?,
    })
}

/// The latest of the series with an earlier time.
pub fn previous(db: &Db, stove_id: i64, t: i64) -> StoreResult<Option<Neighbour>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {NEIGHBOUR} FROM stove_reading INDEXED BY stove_reading_time
             WHERE stove_id = ?1 AND t < ?2 AND in_series = 1 ORDER BY t DESC LIMIT 1"
        ))?
        .query_row([stove_id, t], neighbour)
        .optional()?)
}

/// The earliest of the series with a later time.
pub fn next(db: &Db, stove_id: i64, t: i64) -> StoreResult<Option<Neighbour>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {NEIGHBOUR} FROM stove_reading INDEXED BY stove_reading_time
             WHERE stove_id = ?1 AND t > ?2 AND in_series = 1 ORDER BY t LIMIT 1"
        ))?
        .query_row([stove_id, t], neighbour)
        .optional()?)
}

/// The series from a time on, in order, for judging it anew.
pub fn series_from(db: &Db, stove_id: i64, from: i64) -> StoreResult<Vec<Neighbour>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {NEIGHBOUR} FROM stove_reading INDEXED BY stove_reading_time
         WHERE stove_id = ?1 AND t >= ?2 AND in_series = 1 ORDER BY t"
    ))?;
    Ok(statement.query_map([stove_id, from], neighbour)?.collect::<Result<_, _>>()?)
}

/// Flags that were judged anew, and the standing by the rules.
pub fn set_flags(db: &Db, reading_id: i64, flags: &str, severity: i64, standing: &str) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove_reading SET flags = ?2, severity = ?3, standing = ?4 WHERE reading_id = ?1",
    )?
    .execute(params![reading_id, flags, severity, standing])?;
    Ok(())
}

/// A verdict that was reached anew, with a key that was registered later.
pub fn set_signature(
    db: &Db,
    reading_id: i64,
    signature: &str,
    in_series: bool,
    standing: &str,
) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove_reading SET signature = ?2, in_series = ?3, standing = ?4 WHERE reading_id = ?1",
    )?
    .execute(params![reading_id, signature, in_series, standing])?;
    Ok(())
}

/// A person's or a rule's word on a reading.
pub fn set_standing(db: &Db, reading_id: i64, standing: &str, total: Option<i64>) -> StoreResult<()> {
    db.execute(
        "UPDATE stove_reading SET standing = ?2, judged_total = ?3 WHERE reading_id = ?1",
        params![reading_id, standing, total],
    )?;
    Ok(())
}

/// Meters are counted anew from a replacement on.
pub fn set_epochs(db: &Db, stove_id: i64, from: i64, epoch: u32) -> StoreResult<()> {
    db.execute(
        "UPDATE stove_reading SET epoch = ?3 WHERE stove_id = ?1 AND t >= ?2",
        params![stove_id, from, epoch],
    )?;
    Ok(())
}

/// Readings that nobody could verify when they came in, some after `after`: id, token, flags, whether in the series.
pub fn unverified(
    db: &Db,
    stove_id: i64,
    after: i64,
    limit: i64,
) -> StoreResult<Vec<(i64, String, String, bool)>> {
    let mut statement = db.prepare_cached(
        "SELECT reading_id, token, flags, in_series FROM stove_reading INDEXED BY stove_reading_of
         WHERE stove_id = ?1 AND reading_id > ?2 AND signature IN ('unknown_stove', 'demo_key')
         ORDER BY reading_id LIMIT ?3",
    )?;
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    Ok(statement.query_map([stove_id, after, limit], row)?.collect::<Result<_, _>>()?)
}

/// Samples of the series in `from..until`, with the last one before and the first one after.
pub fn samples(db: &Db, stove_id: i64, from: i64, until: i64) -> StoreResult<Vec<(Sample, Option<i64>)>> {
    let sample = |row: &Row<'_>| {
        let total = MilliKwh(row.get(1)?);
        Ok((Sample { t: UnixS(row.get(0)?), total, epoch: row.get(2)? }, row.get(3)?))
    };
    let select = "SELECT t, figure, epoch, watts FROM stove_reading INDEXED BY stove_reading_time
                  WHERE stove_id = ?1 AND in_series = 1 AND ";
    let mut all = Vec::new();
    let mut before = db.prepare_cached(&format!("{select} t < ?2 ORDER BY t DESC LIMIT 1"))?;
    all.extend(before.query_row([stove_id, from], sample).optional()?);
    let mut inside = db.prepare_cached(&format!("{select} t >= ?2 AND t < ?3 ORDER BY t"))?;
    for found in inside.query_map([stove_id, from, until], sample)? {
        all.push(found?);
    }
    let mut after = db.prepare_cached(&format!("{select} t >= ?2 ORDER BY t LIMIT 1"))?;
    all.extend(after.query_row([stove_id, until], sample).optional()?);
    Ok(all)
}
