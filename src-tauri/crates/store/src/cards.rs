//! Cards, and cards nobody knows.

use gerai_core::card::CardUid;
use gerai_core::ledger::Standing;
use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreResult};

/// An enrolled card.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// Card number.
    pub card_id: i64,
    /// UID, upper-case hex.
    pub uid: String,
    /// Whose it is.
    pub account_id: i64,
    /// Standing.
    pub state: Standing,
    /// Why it is not active.
    pub reason: String,
    /// When it was enrolled.
    pub enrolled: UnixMs,
}

/// A card nobody knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Unknown {
    /// UID.
    pub uid: String,
    /// Name of the till of its last tap.
    pub till: Option<String>,
    /// When that was.
    pub last: UnixMs,
    /// How many taps.
    pub taps: i64,
}

/// Unknown cards kept; older ones make room.
const UNKNOWN_KEPT: i64 = 500;

/// Enrols a card.
pub fn enrol(db: &Db, uid: &CardUid, account_id: i64, now: UnixMs) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO card (uid, account_id, enrolled_ms) VALUES (?1, ?2, ?3)",
        (uid.as_str(), account_id, now.0),
    )?;
    let card_id = db.last_insert_rowid();
    db.execute("DELETE FROM unknown_card WHERE uid = ?1", [uid.as_str()])?;
    Ok(card_id)
}

/// The card with this UID.
pub fn by_uid(db: &Db, uid: &str) -> StoreResult<Option<Card>> {
    Ok(db
        .prepare_cached(
            "SELECT card_id, uid, account_id, state, reason, enrolled_ms FROM card WHERE uid = ?1",
        )?
        .query_row([uid], read)
        .optional()?)
}

/// One card.
pub fn get(db: &Db, card_id: i64) -> StoreResult<Option<Card>> {
    Ok(db
        .prepare_cached(
            "SELECT card_id, uid, account_id, state, reason, enrolled_ms FROM card WHERE card_id = ?1",
        )?
        .query_row([card_id], read)
        .optional()?)
}

/// A customer's cards, newest first.
pub fn of_account(db: &Db, account_id: i64) -> StoreResult<Vec<Card>> {
    let mut statement = db.prepare_cached(
        "SELECT card_id, uid, account_id, state, reason, enrolled_ms FROM card WHERE account_id = ?1 ORDER BY card_id DESC",
    )?;
    Ok(statement.query_map([account_id], read)?.collect::<Result<_, _>>()?)
}

/// All cards, newest first, with their customer's name; `before` is the last card of the page before.
pub fn list(db: &Db, query: &str, before: Option<i64>, limit: i64) -> StoreResult<Vec<(Card, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT k.card_id, k.uid, k.account_id, k.state, k.reason, k.enrolled_ms, c.name
         FROM card k JOIN customer c USING (account_id)
         WHERE (?1 = '' OR instr(k.uid, upper(?1)) = 1 OR instr(lower(c.name), lower(?1)) > 0)
           AND (?2 IS NULL OR k.card_id < ?2) ORDER BY k.card_id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((query.trim(), before, limit), |row| Ok((read(row)?, row.get(6)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many cards a query matches.
pub fn count(db: &Db, query: &str) -> StoreResult<i64> {
    Ok(db
        .prepare_cached(
            "SELECT count(*) FROM card k JOIN customer c USING (account_id)
             WHERE (?1 = '' OR instr(k.uid, upper(?1)) = 1 OR instr(lower(c.name), lower(?1)) > 0)",
        )?
        .query_row([query.trim()], |row| row.get(0))?)
}

/// Changes a card's standing.
pub fn set_state(db: &Db, card_id: i64, state: Standing, reason: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE card SET state = ?2, reason = ?3 WHERE card_id = ?1",
        (card_id, state.word(), reason),
    )?;
    Ok(())
}

/// Remembers that a card nobody knows was tapped.
pub fn note_unknown(db: &Db, uid: &str, till_id: Option<i64>, now: UnixMs) -> StoreResult<()> {
    db.prepare_cached(
        "INSERT INTO unknown_card (uid, till_id, last_ms, taps) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT (uid) DO UPDATE SET till_id = excluded.till_id, last_ms = excluded.last_ms, taps = taps + 1, dismissed = 0",
    )?
    .execute((uid, till_id, now.0))?;
    db.prepare_cached(
        "DELETE FROM unknown_card WHERE uid IN (SELECT uid FROM unknown_card ORDER BY last_ms DESC LIMIT -1 OFFSET ?1)",
    )?
    .execute([UNKNOWN_KEPT])?;
    Ok(())
}

/// The latest cards nobody knows.
pub fn unknown(db: &Db, limit: i64) -> StoreResult<Vec<Unknown>> {
    let mut statement = db.prepare_cached(
        "SELECT u.uid, t.name, u.last_ms, u.taps FROM unknown_card u LEFT JOIN till t USING (till_id)
         WHERE u.dismissed = 0 ORDER BY u.last_ms DESC, u.uid LIMIT ?1",
    )?;
    let rows = statement.query_map([limit], |row| {
        Ok(Unknown { uid: row.get(0)?, till: row.get(1)?, last: UnixMs(row.get(2)?), taps: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes an unknown card off the offers until its next tap.
pub fn dismiss_unknown(db: &Db, uid: &str) -> StoreResult<()> {
    db.execute("UPDATE unknown_card SET dismissed = 1 WHERE uid = ?1", [uid])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Card> {
    Ok(Card {
        card_id: row.get(0)?,
        uid: row.get(1)?,
        account_id: row.get(2)?,
        state: Standing::of_word(&row.get::<_, String>(3)?),
        reason: row.get(4)?,
        enrolled: UnixMs(row.get(5)?),
    })
}
