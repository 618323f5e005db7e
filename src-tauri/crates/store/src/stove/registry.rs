//! Stoves: one row each, made when a person or a token first names its number. The row also keeps what lists show of its
//! newest reading, so that a list reads no readings.

use gerai_core::time::UnixMs;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::{Place, place};
use crate::{Db, StoreResult};

/// A stove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stove {
    /// Id.
    pub stove_id: i64,
    /// Its number, eleven digits.
    pub number: String,
    /// The number before the last change of number.
    pub previous_number: Option<String>,
    /// What people call it.
    pub label: String,
    /// Where it stands, in words.
    pub place: String,
    /// Anything else.
    pub note: String,
    /// Where it stands, set by hand.
    pub position: Option<Place>,
    /// Where it was last read.
    pub seen_position: Option<Place>,
    /// Its tariff; empty: the default one.
    pub tariff: String,
    /// Meters that were replaced.
    pub epoch: u32,
    /// Its newest reading's own time.
    pub last_t: Option<i64>,
    /// Its newest lifetime counter.
    pub last_total: Option<i64>,
    /// Verdict on its newest reading.
    pub last_signature: Option<String>,
    /// When something last came in.
    pub last_ms: Option<i64>,
    /// Readings.
    pub readings: i64,
    /// Evidence.
    pub evidence: i64,
    /// Visits without a reading since the last one.
    pub unread: i64,
    /// It has a current key.
    pub registered: bool,
}

const COLUMNS: &str = "s.stove_id, s.number, s.previous_number, s.label, s.place, s.note, s.lat, s.lon, s.seen_lat, \
                       s.seen_lon, s.tariff, s.epoch, s.last_t, s.last_total, s.last_signature, s.last_ms, s.readings, \
                       s.evidence, s.unread, EXISTS (SELECT 1 FROM stove_key k WHERE k.stove_id = s.stove_id \
                       AND k.slot = 'current')";

fn stove(row: &Row<'_>) -> rusqlite::Result<Stove> {
    Ok(Stove {
        stove_id: row.get(0)?,
        number: row.get(1)?,
        previous_number: row.get(2)?,
        label: row.get(3)?,
        place: row.get(4)?,
        note: row.get(5)?,
        position: place(row.get(6)?, row.get(7)?),
        seen_position: place(row.get(8)?, row.get(9)?),
        tariff: row.get(10)?,
        epoch: row.get(11)?,
        last_t: row.get(12)?,
        last_total: row.get(13)?,
        last_signature: row.get(14)?,
        last_ms: row.get(15)?,
        readings: row.get(16)?,
        evidence: row.get(17)?,
        unread: row.get(18)?,
        registered: row.get(19)?,
    })
}

/// The stove that a number means: of now, of a change of number that is under way, or before the last one.
pub fn resolve(db: &Db, number: &str) -> StoreResult<Option<i64>> {
    Ok(db
        .prepare_cached(
            "SELECT coalesce(
               (SELECT stove_id FROM stove WHERE number = ?1),
               (SELECT stove_id FROM stove_change WHERE open = 1 AND new_number IS NOT NULL AND new_number = ?1),
               (SELECT max(stove_id) FROM stove WHERE previous_number IS NOT NULL AND previous_number = ?1))",
        )?
        .query_row([number], |row| row.get(0))?)
}

/// As `resolve`; a number that is not known becomes a stove.
pub fn ensure(db: &Db, number: &str, now: UnixMs) -> StoreResult<i64> {
    if let Some(stove_id) = resolve(db, number)? {
        return Ok(stove_id);
    }
    db.prepare_cached("INSERT INTO stove (number, created_ms) VALUES (?1, ?2)")?
        .execute(params![number, now.0])?;
    Ok(db.last_insert_rowid())
}

/// One stove.
pub fn get(db: &Db, stove_id: i64) -> StoreResult<Option<Stove>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM stove s WHERE s.stove_id = ?1"))?
        .query_row([stove_id], stove)
        .optional()?)
}

/// One stove, by any number that means it.
pub fn find(db: &Db, number: &str) -> StoreResult<Option<Stove>> {
    match resolve(db, number)? {
        Some(stove_id) => get(db, stove_id),
        None => Ok(None),
    }
}

/// What a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Number that begins so, or part of label or place.
    pub search: Option<String>,
    /// With open warnings or alarms.
    pub flagged: bool,
    /// With visits without a reading.
    pub unread: bool,
    /// With or without a key.
    pub registered: Option<bool>,
    /// With keys of any kind or a change.
    pub keyed: bool,
    /// With a change of key or number that is not over.
    pub changing: bool,
    /// Whose newest reading is (`true`) or is not (`false`) of this moment (Unix seconds) or later.
    pub read_since: Option<(bool, i64)>,
    /// A stove with this number has its key elsewhere: it is none without a key.
    pub keyed_elsewhere: Option<&'static str>,
}

impl Filter {
    fn sql(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = (String::from("1"), Vec::new());
        if let Some(search) = &self.search {
            sql.push_str(
                " AND (substr(s.number, 1, length(?)) = ? OR instr(lower(s.label), ?) > 0 OR instr(lower(s.place), ?) > 0)",
            );
            let lower = search.to_lowercase();
            values.extend([search.clone(), search.clone(), lower.clone(), lower].map(Value::from));
        }
        if self.flagged {
            sql.push_str(
                " AND EXISTS (SELECT 1 FROM stove_reading r WHERE r.stove_id = s.stove_id AND r.severity >= 2
                              AND r.standing = 'raw')",
            );
        }
        if self.unread {
            sql.push_str(" AND s.unread > 0");
        }
        if let Some(registered) = self.registered {
            let not = if registered { "" } else { "NOT " };
            sql.push_str(&format!(
                " AND ({not}EXISTS (SELECT 1 FROM stove_key k WHERE k.stove_id = s.stove_id AND k.slot = 'current')"
            ));
            if let Some(number) = self.keyed_elsewhere {
                sql.push_str(if registered { " OR s.number = ?" } else { " AND s.number <> ?" });
                values.push(number.to_owned().into());
            }
            sql.push(')');
        }
        if self.keyed {
            sql.push_str(
                " AND EXISTS (SELECT 1 FROM stove_key k WHERE k.stove_id = s.stove_id
                              AND k.slot IN ('current','previous','pending'))",
            );
        }
        if self.changing {
            sql.push_str(
                " AND EXISTS (SELECT 1 FROM stove_change c WHERE c.stove_id = s.stove_id AND c.open = 1)",
            );
        }
        match self.read_since {
            Some((true, since)) => {
                sql.push_str(" AND s.last_t >= ?");
                values.push(since.into());
            }
            Some((false, since)) => {
                sql.push_str(" AND (s.last_t IS NULL OR s.last_t < ?)");
                values.push(since.into());
            }
            None => {}
        }
        (sql, values)
    }
}

/// A page by number, after `after`.
pub fn page(db: &Db, filter: &Filter, after: Option<&str>, limit: i64) -> StoreResult<Vec<Stove>> {
    let (clause, mut values) = filter.sql();
    values.push(after.unwrap_or("").to_owned().into());
    values.push(limit.into());
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stove s WHERE {clause} AND s.number > ? ORDER BY s.number LIMIT ?"
    ))?;
    Ok(statement.query_map(params_from_iter(values), stove)?.collect::<Result<_, _>>()?)
}

/// How many match, counted up to `most`.
pub fn count(db: &Db, filter: &Filter, most: i64) -> StoreResult<i64> {
    let (clause, mut values) = filter.sql();
    values.push(most.into());
    Ok(db
        .prepare_cached(&format!("SELECT count(*) FROM (SELECT 1 FROM stove s WHERE {clause} LIMIT ?)"))?
        .query_row(params_from_iter(values), |row| row.get(0))?)
}

/// What people set.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// What people call it.
    pub label: String,
    /// Where it stands, in words.
    pub place: String,
    /// Anything else.
    pub note: String,
    /// Its tariff.
    pub tariff: String,
    /// Where it stands.
    pub position: Option<Place>,
}

/// Sets all of it.
pub fn label(db: &Db, stove_id: i64, labels: &Labels) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove SET label = ?2, place = ?3, note = ?4, tariff = ?5, lat = ?6, lon = ?7 WHERE stove_id = ?1",
    )?
    .execute(params![
        stove_id,
        labels.label,
        labels.place,
        labels.note,
        labels.tariff,
        labels.position.map(|place| place.0),
        labels.position.map(|place| place.1)
    ])?;
    Ok(())
}

/// What a reading that came in changes of its stove's row.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Its time and counter, when it is part of the series.
    pub point: Option<(i64, i64)>,
    /// The verdict.
    pub signature: &'a str,
    /// When it came in.
    pub at: UnixMs,
    /// Where.
    pub position: Option<Place>,
}

/// A reading was stored.
pub fn seen(db: &Db, stove_id: i64, seen: &Seen<'_>) -> StoreResult<()> {
    db.prepare_cached(
        "UPDATE stove SET readings = readings + 1, unread = 0, last_ms = max(coalesce(last_ms, 0), ?2),
           seen_lat = coalesce(?3, seen_lat), seen_lon = coalesce(?4, seen_lon)
         WHERE stove_id = ?1",
    )?
    .execute(params![
        stove_id,
        seen.at.0,
        seen.position.map(|at| at.0),
        seen.position.map(|at| at.1)
    ])?;
    let Some((t, total)) = seen.point else {
        // A stove that has shown nothing but tokens outside the series is known by their verdict.
        db.prepare_cached("UPDATE stove SET last_signature = ?2 WHERE stove_id = ?1 AND last_t IS NULL")?
            .execute(params![stove_id, seen.signature])?;
        return Ok(());
    };
    db.prepare_cached(
        "UPDATE stove SET last_t = ?2, last_total = ?3, last_signature = ?4
         WHERE stove_id = ?1 AND (last_t IS NULL OR last_t < ?2)",
    )?
    .execute(params![stove_id, t, total, seen.signature])?;
    Ok(())
}

/// The number was changed. The old one still means this stove.
pub fn renumber(db: &Db, stove_id: i64, number: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE stove SET previous_number = number, number = ?2 WHERE stove_id = ?1 AND number <> ?2",
        params![stove_id, number],
    )?;
    Ok(())
}

/// Whether a stove has this very number now.
pub fn is_taken(db: &Db, number: &str) -> StoreResult<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM stove WHERE number = ?1)")?
        .query_row([number], |row| row.get(0))?)
}

/// Warnings and alarms that nobody has judged: how many (counted up to `most`) and the worst.
pub fn open_flags(db: &Db, stove_id: i64, most: i64) -> StoreResult<(i64, Option<i64>)> {
    Ok(db
        .prepare_cached(
            "SELECT count(*), max(severity) FROM (SELECT severity FROM stove_reading INDEXED BY stove_reading_open
               WHERE stove_id = ?1 AND severity >= 2 AND standing = 'raw' ORDER BY severity DESC LIMIT ?2)",
        )?
        .query_row(params![stove_id, most], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Meters that were replaced, and the newest reading's time.
pub fn at(db: &Db, stove_id: i64) -> StoreResult<(u32, Option<i64>)> {
    Ok(db
        .prepare_cached("SELECT epoch, last_t FROM stove WHERE stove_id = ?1")?
        .query_row([stove_id], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
