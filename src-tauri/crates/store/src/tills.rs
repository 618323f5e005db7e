//! Tills: where the money of a tap goes, and what the next tap costs.

use gerai_core::ledger::AccountKind;
use gerai_core::money::Rupiah;
use gerai_core::tap::decide::ArmedSale;
use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

/// A till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    /// Till number.
    pub till_id: i64,
    /// Its ledger account.
    pub account_id: i64,
    /// Name.
    pub name: String,
    /// Place.
    pub place: String,
    /// Fixed price; `None`: amounts are armed.
    pub price: Option<Rupiah>,
    /// Takes legacy taps whose sender has no till.
    pub is_default: bool,
    /// The armed sale, run out or not.
    pub armed: Option<ArmedSale>,
}

const COLUMNS: &str =
    "till_id, account_id, name, place, price, is_default, sale, armed_amount, armed_until_ms";

/// Makes a till with an account of its own. The first one is the default.
pub fn create(db: &Db, name: &str, place: &str, price: Option<Rupiah>) -> StoreResult<i64> {
    let account_id = crate::accounts::open_ledger_account(db, AccountKind::Till)?;
    db.execute(
        "INSERT INTO till (account_id, name, place, price, is_default)
         VALUES (?1, ?2, ?3, ?4, NOT EXISTS (SELECT 1 FROM till))",
        (account_id, name, place, price.map(|p| p.0)),
    )?;
    Ok(db.last_insert_rowid())
}

/// Changes a till. A changed price disarms it.
pub fn update(db: &Db, till_id: i64, name: &str, place: &str, price: Option<Rupiah>) -> StoreResult<()> {
    db.execute(
        "UPDATE till SET name = ?2, place = ?3,
           armed_amount = CASE WHEN price IS ?4 THEN armed_amount END,
           armed_until_ms = CASE WHEN price IS ?4 THEN armed_until_ms END, price = ?4
         WHERE till_id = ?1",
        (till_id, name, place, price.map(|p| p.0)),
    )?;
    Ok(())
}

/// Makes a till the default one.
pub fn make_default(db: &Db, till_id: i64) -> StoreResult<()> {
    db.execute("UPDATE till SET is_default = 0 WHERE is_default = 1", [])?;
    db.execute("UPDATE till SET is_default = 1 WHERE till_id = ?1", [till_id])?;
    Ok(())
}

/// Arms a till: a new sale waits for the next tap.
pub fn arm(db: &Db, till_id: i64, amount: Rupiah, until: UnixMs) -> StoreResult<()> {
    db.execute(
        "UPDATE till SET sale = sale + 1, armed_amount = ?2, armed_until_ms = ?3 WHERE till_id = ?1",
        (till_id, amount.0, until.0),
    )?;
    Ok(())
}

/// Clears what waits.
pub fn disarm(db: &Db, till_id: i64) -> StoreResult<()> {
    db.prepare_cached("UPDATE till SET armed_amount = NULL, armed_until_ms = NULL WHERE till_id = ?1")?
        .execute([till_id])?;
    Ok(())
}

/// One till.
pub fn get(db: &Db, till_id: i64) -> StoreResult<Option<Till>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM till WHERE till_id = ?1"))?
        .query_row([till_id], read)
        .optional()?)
}

/// The default till.
pub fn default(db: &Db) -> StoreResult<Option<Till>> {
    Ok(db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM till WHERE is_default = 1"))?
        .query_row([], read)
        .optional()?)
}

/// All tills, oldest first.
pub fn list(db: &Db) -> StoreResult<Vec<Till>> {
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM till ORDER BY till_id"))?;
    Ok(statement.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Charged taps and their sum on one day, and the time of the last tap of any outcome.
pub fn today(db: &Db, till_id: i64, wib_day: i32) -> StoreResult<(i64, i64, Option<i64>)> {
    let (taps, taken) = db
        .prepare_cached(
            "SELECT count(*), coalesce(sum(amount), 0) FROM payment
             WHERE till_id = ?1 AND outcome = 'ok' AND wib_day = ?2",
        )?
        .query_row((till_id, wib_day), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let last = db
        .prepare_cached("SELECT at_ms FROM payment WHERE till_id = ?1 ORDER BY payment_id DESC LIMIT 1")?
        .query_row([till_id], |row| row.get(0))
        .optional()?;
    Ok((taps, taken, last))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Till> {
    let (sale, amount, until): (i64, Option<i64>, Option<i64>) = (row.get(6)?, row.get(7)?, row.get(8)?);
    Ok(Till {
        till_id: row.get(0)?,
        account_id: row.get(1)?,
        name: row.get(2)?,
        place: row.get(3)?,
        price: row.get::<_, Option<i64>>(4)?.map(Rupiah),
        is_default: row.get(5)?,
        armed: amount.zip(until).map(|(amount, until)| ArmedSale {
            sale,
            amount: Rupiah(amount),
            until: UnixMs(until),
        }),
    })
}
