//! First and last reading of each WIB month and meter of a stove, kept with every reading that comes in. Energy by month
//! needs no more: inside a month the counter's differences add up to last minus first.

use gerai_core::stove::months::Sample;
use gerai_core::stove::{MilliKwh, UnixS};
use gerai_core::time::{WibDay, WibMonth};
use rusqlite::{Row, params};

use crate::{Db, StoreResult};

/// A month of a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Which.
    pub month: WibMonth,
    /// Which meter.
    pub epoch: u32,
    /// Its first reading.
    pub first: Sample,
    /// Its last reading.
    pub last: Sample,
    /// How many.
    pub readings: i64,
    /// The counter ran backwards in it.
    pub backwards: bool,
}

fn month(row: &Row<'_>) -> rusqlite::Result<Month> {
    let epoch = row.get(1)?;
    let sample = |t, total| {
        Ok::<_, rusqlite::Error>(Sample { t: UnixS(row.get(t)?), total: MilliKwh(row.get(total)?), epoch })
    };
    Ok(Month {
        month: WibMonth(row.get(0)?),
        epoch,
        first: sample(2, 3)?,
        last: sample(4, 5)?,
        readings: row.get(6)?,
        backwards: row.get(7)?,
    })
}

/// The month of a stove's time.
#[must_use]
pub fn of(t: UnixS) -> WibMonth {
    WibDay::of(t.ms()).month()
}

/// A reading of the series came in.
pub fn note(db: &Db, stove_id: i64, sample: &Sample, backwards: bool) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO stove_month VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5, 1, ?6)
         ON CONFLICT (stove_id, month, epoch) DO UPDATE SET
           first_total = iif(excluded.first_t < first_t, excluded.first_total, first_total),
           first_t = min(first_t, excluded.first_t),
           last_total = iif(excluded.last_t > last_t, excluded.last_total, last_total),
           last_t = max(last_t, excluded.last_t),
           readings = readings + 1, backwards = max(backwards, excluded.backwards)",
    )?
    .execute(params![stove_id, of(sample.t).0, sample.epoch, sample.t.0, sample.total.0, backwards])?;
    Ok(())
}

/// The months in `from..to`, with the last one before and the first one after, in order of time.
pub fn around(db: &Db, stove_id: i64, from: WibMonth, to: WibMonth) -> StoreResult<Vec<Month>> {
    let columns = "month, epoch, first_t, first_total, last_t, last_total, readings, backwards";
    let mut statement = db.prepare_cached(&format!(
        "SELECT {columns} FROM stove_month WHERE stove_id = ?1
           AND month >= coalesce((SELECT max(month) FROM stove_month WHERE stove_id = ?1 AND month < ?2), ?2)
           AND month <= coalesce((SELECT min(month) FROM stove_month WHERE stove_id = ?1 AND month >= ?3), ?3)
         ORDER BY month, epoch"
    ))?;
    Ok(statement.query_map(params![stove_id, from.0, to.0], month)?.collect::<Result<_, _>>()?)
}

/// Reckons the months of a stove anew from its readings, from a time on: after a judgement or a meter's replacement.
/// Reads all readings of those months.
pub fn rebuild(db: &Db, stove_id: i64, from: UnixS, until: Option<UnixS>) -> StoreResult<()> {
    let first = of(from);
    let last = until.map_or(i32::MAX, |until| of(until).0);
    db.execute(
        "DELETE FROM stove_month WHERE stove_id = ?1 AND month BETWEEN ?2 AND ?3",
        params![stove_id, first.0, last],
    )?;
    let starts = first.first_day().starts().0 / 1_000;
    let ends = match until {
        Some(until) => of(until).next().first_day().starts().0 / 1_000,
        None => i64::MAX,
    };
    let mut statement = db.prepare_cached(
        "SELECT t, figure, epoch, severity = 3 AND instr(flags, 'counter_backwards') > 0
         FROM stove_reading WHERE stove_id = ?1 AND t >= ?2 AND t < ?3 AND in_series = 1 ORDER BY t",
    )?;
    let mut rows = statement.query([stove_id, starts, ends])?;
    while let Some(row) = rows.next()? {
        let sample = Sample { t: UnixS(row.get(0)?), total: MilliKwh(row.get(1)?), epoch: row.get(2)? };
        note(db, stove_id, &sample, row.get(3)?)?;
    }
    Ok(())
}
