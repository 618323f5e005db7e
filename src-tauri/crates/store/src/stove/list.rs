//! Readings as lists and exports show them, in pages by id.

use gerai_core::time::UnixMs;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params_from_iter};

use super::{Place, place};
use crate::{Db, StoreResult};

/// A reading as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingRow {
    /// Id.
    pub reading_id: i64,
    /// Its stove.
    pub stove_id: i64,
    /// The stove's number now.
    pub number: String,
    /// The stove's label.
    pub label: String,
    /// Its identity.
    pub hash: [u8; 32],
    /// As it is kept and forwarded.
    pub token: String,
    /// Its grammar.
    pub version: u8,
    /// By the stove's clock, Unix seconds.
    pub t: Option<i64>,
    /// Lifetime counter, thousandths of a kilowatt-hour.
    pub total: Option<i64>,
    /// Counter of the month.
    pub month: Option<i64>,
    /// Volts.
    pub volts: Option<i64>,
    /// Thousandths of an ampere.
    pub milliamps: Option<i64>,
    /// Watts.
    pub watts: Option<i64>,
    /// Hundredths of the power factor.
    pub centi_pf: Option<i64>,
    /// Which key the stove says that it used.
    pub slot: Option<u8>,
    /// Which meter.
    pub epoch: i64,
    /// Part of the series.
    pub in_series: bool,
    /// The verdict.
    pub signature: String,
    /// JSON list of flags.
    pub flags: String,
    /// The worst: 0 to 3.
    pub severity: i64,
    /// Its standing.
    pub standing: String,
    /// The counter that counts instead.
    pub judged_total: Option<i64>,
    /// What was odd about its envelope.
    pub oddities: String,
    /// How it came in.
    pub source: String,
    /// How it was read.
    pub method: String,
    /// Who.
    pub officer: String,
    /// A note.
    pub note: String,
    /// Where.
    pub position: Option<Place>,
    /// When it came in.
    pub at: UnixMs,
    /// How often.
    pub scans: i64,
    /// On its way to the server.
    pub forward: Option<String>,
    /// Its picture is kept.
    pub frame: bool,
}

const COLUMNS: &str = "r.reading_id, r.stove_id, s.number, s.label, r.hash, r.token, r.version, r.t, r.total, r.month, \
                       r.volts, r.milliamps, r.watts, r.centi_pf, r.slot, r.epoch, r.in_series, r.signature, r.flags, \
                       r.severity, r.standing, r.judged_total, r.oddities, r.source, r.method, r.officer, r.note, r.lat, \
                       r.lon, r.scanned_ms, r.scans, \
                       (SELECT f.state FROM stove_forward f WHERE f.reading_id = r.reading_id), \
                       EXISTS (SELECT 1 FROM stove_frame p WHERE p.reading_id = r.reading_id)";

fn reading(row: &Row<'_>) -> rusqlite::Result<ReadingRow> {
    Ok(ReadingRow {
        reading_id: row.get(0)?,
        stove_id: row.get(1)?,
        number: row.get(2)?,
        label: row.get(3)?,
        hash: row.get(4)?,
        token: row.get(5)?,
        version: row.get(6)?,
        t: row.get(7)?,
        total: row.get(8)?,
        month: row.get(9)?,
        volts: row.get(10)?,
        milliamps: row.get(11)?,
        watts: row.get(12)?,
        centi_pf: row.get(13)?,
        slot: row.get(14)?,
        epoch: row.get(15)?,
        in_series: row.get(16)?,
        signature: row.get(17)?,
        flags: row.get(18)?,
        severity: row.get(19)?,
        standing: row.get(20)?,
        judged_total: row.get(21)?,
        oddities: row.get(22)?,
        source: row.get(23)?,
        method: row.get(24)?,
        officer: row.get(25)?,
        note: row.get(26)?,
        position: place(row.get(27)?, row.get(28)?),
        at: UnixMs(row.get(29)?),
        scans: row.get(30)?,
        forward: row.get(31)?,
        frame: row.get(32)?,
    })
}

/// Which readings.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this stove.
    pub stove_id: Option<i64>,
    /// With this verdict.
    pub signature: Option<&'static str>,
    /// With a flag of this rule.
    pub flag: Option<String>,
    /// With a warning or an alarm.
    pub flagged: bool,
    /// By this way.
    pub source: Option<&'static str>,
    /// With this standing.
    pub standing: Option<&'static str>,
    /// In this state on its way.
    pub forward: Option<&'static str>,
    /// By this officer.
    pub officer: Option<String>,
    /// Came in at or after.
    pub from: Option<UnixMs>,
    /// Came in before.
    pub until: Option<UnixMs>,
}

impl Filter {
    fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = (String::from("1"), Vec::<Value>::new());
        let mut add = |clause: &str, value: Option<Value>| {
            sql.push_str(" AND ");
            sql.push_str(clause);
            values.extend(value);
        };
        if let Some(stove_id) = self.stove_id {
            add("r.stove_id = ?", Some(stove_id.into()));
        }
        if let Some(signature) = self.signature {
            add("r.signature = ?", Some(signature.to_owned().into()));
            if signature != "valid" {
                // For the index of the rare ones.
                add("r.signature <> 'valid'", None);
            }
        }
        if let Some(flag) = &self.flag {
            add("r.severity > 0 AND instr(r.flags, ?) > 0", Some(format!("\"rule\":\"{flag}\"").into()));
        }
        if self.flagged {
            add("r.severity > 0 AND r.severity >= 2", None);
        }
        for (column, word) in [("r.source", self.source), ("r.standing", self.standing)] {
            if let Some(word) = word {
                add(&format!("{column} = ?"), Some(word.to_owned().into()));
            }
        }
        if let Some(officer) = &self.officer {
            add("r.officer = ?", Some(officer.clone().into()));
        }
        match self.forward {
            Some("accepted") => add(
                "EXISTS (SELECT 1 FROM stove_forward f WHERE f.reading_id = r.reading_id AND f.state = 'accepted')",
                None,
            ),
            Some(state) => add(
                "r.reading_id IN (SELECT f.reading_id FROM stove_forward f WHERE f.state = ? AND f.state <> 'accepted')",
                Some(state.to_owned().into()),
            ),
            None => {}
        }
        if let Some(from) = self.from {
            // Ids grow with the time of arrival, but for a clock that was set: the first of these bounds the walk.
            add(
                "r.reading_id >= coalesce((SELECT min(reading_id) FROM (SELECT reading_id FROM stove_reading
                   WHERE scanned_ms >= ? ORDER BY scanned_ms LIMIT 1000)), 0)",
                Some(from.0.into()),
            );
            add("r.scanned_ms >= ?", Some(from.0.into()));
        }
        if let Some(until) = self.until {
            add("r.scanned_ms < ?", Some(until.0.into()));
        }
        (sql, values)
    }
}

/// The tables, and the index that suits a filter best.
fn from(filter: &Filter) -> &'static str {
    if filter.stove_id.is_some() {
        "stove_reading r INDEXED BY stove_reading_of JOIN stove s ON s.stove_id = r.stove_id"
    } else {
        "stove_reading r JOIN stove s ON s.stove_id = r.stove_id"
    }
}

/// A page, newest first, older than `before`.
pub fn page(db: &Db, filter: &Filter, before: Option<i64>, limit: i64) -> StoreResult<Vec<ReadingRow>> {
    let (clause, mut values) = filter.sql();
    values.push(before.unwrap_or(i64::MAX).into());
    values.push(limit.into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {} WHERE {clause} AND r.reading_id < ? ORDER BY r.reading_id DESC LIMIT ?",
        from(filter)
    ))?;
    Ok(statement.query_map(params_from_iter(values), reading)?.collect::<Result<_, _>>()?)
}

/// Readings after an id, oldest first.
pub fn after(db: &Db, filter: &Filter, after: i64, limit: i64) -> StoreResult<Vec<ReadingRow>> {
    let (clause, mut values) = filter.sql();
    values.push(after.into());
    values.push(limit.into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {} WHERE {clause} AND r.reading_id > ? ORDER BY r.reading_id LIMIT ?",
        from(filter)
    ))?;
    Ok(statement.query_map(params_from_iter(values), reading)?.collect::<Result<_, _>>()?)
}

/// How many match, counted up to `most`.
pub fn count(db: &Db, filter: &Filter, most: i64) -> StoreResult<i64> {
    let (clause, mut values) = filter.sql();
    values.push(most.into());
    Ok(db
        .prepare_cached(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM stove_reading r WHERE {clause} LIMIT ?)"
        ))?
        .query_row(params_from_iter(values), |row| row.get(0))?)
}

/// One reading.
pub fn get(db: &Db, reading_id: i64) -> StoreResult<Option<ReadingRow>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stove_reading r JOIN stove s ON s.stove_id = r.stove_id WHERE r.reading_id = ?1"
        ))?
        .query_row([reading_id], reading)
        .optional()?)
}

/// The newest reading of a stove whose counter ran backwards and which nobody judged.
pub fn backwards(db: &Db, stove_id: i64) -> StoreResult<Option<ReadingRow>> {
    Ok(db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM stove_reading r INDEXED BY stove_reading_open JOIN stove s ON s.stove_id = r.stove_id
             WHERE r.stove_id = ?1 AND r.severity >= 2 AND r.severity = 3 AND r.standing = 'raw'
               AND instr(r.flags, 'counter_backwards') > 0 ORDER BY r.t DESC LIMIT 1"
        ))?
        .query_row([stove_id], reading)
        .optional()?)
}
