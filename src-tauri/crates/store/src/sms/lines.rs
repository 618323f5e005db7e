//! Lines (modems) and SIMs: what operators have set for them, and what is remembered of them.

use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreResult};

/// A modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// Id of the line.
    pub line_id: i64,
    /// Serial number of the modem.
    pub imei: String,
    /// The SIM whose traffic an operator has agreed to.
    pub sim_id: Option<i64>,
    /// Another SIM that is in it now.
    pub found_sim: Option<i64>,
    /// Name.
    pub name: String,
    /// JSON: what else is set for the modem.
    pub settings: String,
    /// Maker and model, as last seen.
    pub model: String,
}

/// A SIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimRow {
    /// Its id.
    pub sim_id: i64,
    /// Serial number.
    pub iccid: String,
    /// IMSI, when known.
    pub imsi: String,
    /// Operator's name, as last seen.
    pub operator: String,
    /// JSON: limits, prices, packages, balance checks.
    pub settings: String,
    /// Balance in rupiah, and when it was read.
    pub balance: Option<(i64, UnixMs)>,
    /// Until when the SIM lives.
    pub expires: Option<UnixMs>,
}

const LINE: &str = "line_id, imei, sim_id, found_sim, name, settings, model";
const SIM: &str = "sim_id, iccid, imsi, operator, settings, balance, balance_ms, expires_ms";

fn line(row: &Row<'_>) -> rusqlite::Result<LineRow> {
    Ok(LineRow {
        line_id: row.get(0)?,
        imei: row.get(1)?,
        sim_id: row.get(2)?,
        found_sim: row.get(3)?,
        name: row.get(4)?,
        settings: row.get(5)?,
        model: row.get(6)?,
    })
}

fn sim(row: &Row<'_>) -> rusqlite::Result<SimRow> {
    let amount: Option<i64> = row.get(5)?;
    let read: Option<i64> = row.get(6)?;
    Ok(SimRow {
        sim_id: row.get(0)?,
        iccid: row.get(1)?,
        imsi: row.get(2)?,
        operator: row.get(3)?,
        settings: row.get(4)?,
        balance: amount.zip(read.map(UnixMs)),
        expires: row.get::<_, Option<i64>>(7)?.map(UnixMs),
    })
}

/// All lines that were not removed, by id.
pub fn list(db: &Db) -> StoreResult<Vec<LineRow>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {LINE} FROM line WHERE removed = 0 ORDER BY line_id"))?;
    Ok(statement.query_map([], line)?.collect::<Result<_, _>>()?)
}

/// One line.
pub fn get(db: &Db, line_id: i64) -> StoreResult<Option<LineRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {LINE} FROM line WHERE line_id = ?1 AND removed = 0"))?
        .query_row([line_id], line)
        .optional()?)
}

/// A line by its modem, also a removed one.
pub fn by_imei(db: &Db, imei: &str) -> StoreResult<Option<LineRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {LINE} FROM line WHERE imei = ?1"))?
        .query_row([imei], line)
        .optional()?)
}

/// A modem that was never seen, or one that was removed and is back.
pub fn add(db: &Db, imei: &str, model: &str, now: UnixMs) -> StoreResult<LineRow> {
    let number: i64 =
        db.query_row("SELECT count(*) + 1 FROM line WHERE removed = 0", [], |row| row.get(0))?;
    db.execute(
        "INSERT INTO line (imei, name, model, created_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (imei) DO UPDATE SET removed = 0, model = excluded.model",
        params![imei, format!("Jalur {number}"), model, now.0],
    )?;
    let found = by_imei(db, imei)?;
    found.ok_or_else(|| crate::StoreError::Refused("a line that was just written is not there".to_owned()))
}

/// Which SIM is the line's, and which other one is in it.
pub fn set_sims(db: &Db, line_id: i64, sim_id: Option<i64>, found: Option<i64>) -> StoreResult<()> {
    db.execute(
        "UPDATE line SET sim_id = ?2, found_sim = ?3 WHERE line_id = ?1",
        params![line_id, sim_id, found],
    )?;
    Ok(())
}

/// What is set for a modem.
pub fn save(db: &Db, line_id: i64, name: &str, settings: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE line SET name = ?2, settings = ?3 WHERE line_id = ?1",
        params![line_id, name, settings],
    )?;
    Ok(())
}

/// Takes a line off the list; what it sent stays.
pub fn remove(db: &Db, line_id: i64) -> StoreResult<()> {
    db.execute("UPDATE line SET removed = 1 WHERE line_id = ?1", [line_id])?;
    Ok(())
}

/// One SIM.
pub fn sim_of(db: &Db, sim_id: i64) -> StoreResult<Option<SimRow>> {
    Ok(db
        .prepare_cached(&format!("SELECT {SIM} FROM sim WHERE sim_id = ?1"))?
        .query_row([sim_id], sim)
        .optional()?)
}

/// The SIM of this serial number, made when it was never seen; what was newly learnt of it is kept.
pub fn sim_by_iccid(db: &Db, iccid: &str, imsi: &str, operator: &str) -> StoreResult<SimRow> {
    db.execute(
        "INSERT INTO sim (iccid, imsi, operator) VALUES (?1, ?2, ?3)
         ON CONFLICT (iccid) DO UPDATE SET
           imsi = CASE WHEN excluded.imsi = '' THEN imsi ELSE excluded.imsi END,
           operator = CASE WHEN excluded.operator = '' THEN operator ELSE excluded.operator END",
        params![iccid, imsi, operator],
    )?;
    Ok(db.query_row(&format!("SELECT {SIM} FROM sim WHERE iccid = ?1"), [iccid], sim)?)
}

/// What is set for a SIM.
pub fn save_sim(db: &Db, sim_id: i64, settings: &str) -> StoreResult<()> {
    db.execute("UPDATE sim SET settings = ?2 WHERE sim_id = ?1", params![sim_id, settings])?;
    Ok(())
}

/// A balance that was read.
pub fn set_balance(
    db: &Db,
    sim_id: i64,
    amount: i64,
    at: UnixMs,
    expires: Option<UnixMs>,
) -> StoreResult<()> {
    db.execute(
        "UPDATE sim SET balance = ?2, balance_ms = ?3, expires_ms = coalesce(?4, expires_ms) WHERE sim_id = ?1",
        params![sim_id, amount, at.0, expires.map(|at| at.0)],
    )?;
    Ok(())
}

/// Ports that a person has allowed, with the baud rate found.
pub fn ports(db: &Db) -> StoreResult<Vec<(String, u32)>> {
    let mut statement = db.prepare_cached("SELECT port, baud FROM sms_port ORDER BY port")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Allows a port.
pub fn allow_port(db: &Db, port: &str, baud: u32) -> StoreResult<()> {
    db.execute(
        "INSERT INTO sms_port VALUES (?1, ?2) ON CONFLICT (port) DO UPDATE SET baud = excluded.baud",
        params![port, baud],
    )?;
    Ok(())
}
