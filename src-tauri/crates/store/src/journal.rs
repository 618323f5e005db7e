//! The journal: appends balanced, chained entries and moves the balances they change, in the caller's transaction.

use gerai_core::ledger::chain::{GENESIS, Hash, entry_hash};
use gerai_core::ledger::entry::{EntryDraft, EntryKind, Phase, Posting};
use gerai_core::ledger::fold::effect;
use gerai_core::money::Rupiah;
use gerai_core::time::{UnixMs, WibDay};
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreError, StoreResult};

/// What an entry does to its payer's day limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spending {
    /// Nothing.
    None,
    /// A customer spends on this day.
    Spend {
        /// The customer.
        account_id: i64,
        /// How much.
        amount: Rupiah,
    },
    /// A spending of the same day is taken back.
    GiveBack {
        /// The customer.
        account_id: i64,
        /// How much.
        amount: Rupiah,
    },
}

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number: dense from 1.
    pub entry_id: i64,
    /// What it records.
    pub entry: EntryDraft,
    /// Its link.
    pub hash: Hash,
}

/// The newest entry's number and link; 0 and genesis for an empty journal.
pub fn head(db: &Db) -> StoreResult<(i64, Hash)> {
    let head = db
        .prepare_cached("SELECT entry_id, hash FROM journal_entry ORDER BY entry_id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(head.unwrap_or((0, GENESIS)))
}

/// Appends an entry, moves balances and spending. Answers with its number.
/// A balance that would pass its floor or overflow fails the unit of work (a CHECK constraint).
pub fn append(db: &Db, entry: &EntryDraft, spending: Spending) -> StoreResult<i64> {
    entry.check().map_err(|error| StoreError::Refused(error.to_string()))?;
    let (last, previous) = head(db)?;
    let entry_id = last + 1;
    let mut insert_posting = db
        .prepare_cached("INSERT INTO posting (entry_id, line, account_id, amount) VALUES (?1, ?2, ?3, ?4)")?;
    for (line, posting) in (0_i64..).zip(&entry.postings) {
        insert_posting.execute((entry_id, line, posting.account_id, posting.amount.0))?;
    }
    let hash = entry_hash(&previous, entry_id, entry);
    db.prepare_cached(
        "INSERT INTO journal_entry (entry_id, kind, phase, at_ms, wib_day, actor, memo, pending_id, reverses_id, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute((
        entry_id,
        entry.kind.word(),
        entry.phase.word(),
        entry.at.0,
        entry.wib_day.0,
        &entry.actor,
        &entry.memo,
        entry.pending_id,
        entry.reverses_id,
        hash,
    ))?;
    let mut move_balance = db.prepare_cached(
        "UPDATE balance SET settled = settled + ?2, held = held + ?3,
           spent = CASE WHEN ?4 = 0 THEN spent WHEN spent_day = ?5 THEN max(spent + ?4, 0) ELSE max(?4, 0) END,
           spent_day = CASE WHEN ?4 = 0 THEN spent_day ELSE ?5 END
         WHERE account_id = ?1",
    )?;
    for posting in &entry.postings {
        let change = effect(entry.phase, entry.pending_id.is_some(), posting.amount);
        let spent = spent_by(spending, posting.account_id);
        let moved = move_balance.execute((
            posting.account_id,
            change.settled,
            change.held,
            spent,
            entry.wib_day.0,
        ))?;
        if moved != 1 {
            return Err(StoreError::Refused(format!("ledger account {} does not exist", posting.account_id)));
        }
    }
    Ok(entry_id)
}

fn spent_by(spending: Spending, account: i64) -> i64 {
    match spending {
        Spending::Spend { account_id, amount } if account_id == account => amount.0,
        Spending::GiveBack { account_id, amount } if account_id == account => amount.0.saturating_neg(),
        Spending::None | Spending::Spend { .. } | Spending::GiveBack { .. } => 0,
    }
}

/// One entry with its postings.
pub fn get(db: &Db, entry_id: i64) -> StoreResult<Option<StoredEntry>> {
    let found = db
        .prepare_cached(
            "SELECT entry_id, kind, phase, at_ms, wib_day, actor, memo, pending_id, reverses_id, hash
             FROM journal_entry WHERE entry_id = ?1",
        )?
        .query_row([entry_id], read_entry)
        .optional()?;
    let Some(read) = found else { return Ok(None) };
    let mut stored = read?;
    stored.entry.postings = postings(db, entry_id)?;
    Ok(Some(stored))
}

/// The lines of an entry, in order.
pub fn postings(db: &Db, entry_id: i64) -> StoreResult<Vec<Posting>> {
    let mut statement =
        db.prepare_cached("SELECT account_id, amount FROM posting WHERE entry_id = ?1 ORDER BY line")?;
    let rows = statement
        .query_map([entry_id], |row| Ok(Posting { account_id: row.get(0)?, amount: Rupiah(row.get(1)?) }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The entry that takes `entry_id` back, if one does.
pub fn reversed_by(db: &Db, entry_id: i64) -> StoreResult<Option<i64>> {
    Ok(db
        .prepare_cached("SELECT entry_id FROM journal_entry WHERE reverses_id = ?1")?
        .query_row([entry_id], |row| row.get(0))
        .optional()?)
}

/// The latest WIB day of any entry or payment.
pub fn latest_day(db: &Db) -> StoreResult<Option<WibDay>> {
    let day: Option<i32> = db.query_row(
        "SELECT max(day) FROM (SELECT max(wib_day) AS day FROM (SELECT wib_day FROM journal_entry ORDER BY entry_id DESC LIMIT 1)
           UNION ALL SELECT max(wib_day) FROM (SELECT wib_day FROM payment ORDER BY payment_id DESC LIMIT 1))",
        [],
        |row| row.get(0),
    )?;
    Ok(day.map(WibDay))
}

/// A movement on one account, for its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRow {
    /// The entry.
    pub entry_id: i64,
    /// What it was.
    pub kind: EntryKind,
    /// When.
    pub at: UnixMs,
    /// Signed amount on this account.
    pub amount: i64,
    /// Balance after it.
    pub balance: i64,
    /// Its memo.
    pub memo: String,
}

/// The newest posted movements of an account, newest first.
pub fn movements(db: &Db, account_id: i64, limit: i64) -> StoreResult<Vec<MovementRow>> {
    let mut statement = db.prepare_cached(
        "SELECT e.entry_id, e.kind, e.at_ms, p.amount, e.memo
         FROM posting p JOIN journal_entry e ON e.entry_id = p.entry_id
         WHERE p.account_id = ?1 AND e.phase = 'posted' ORDER BY p.entry_id DESC LIMIT ?2",
    )?;
    let mut balance = crate::accounts::balance(db, account_id)?.settled.0;
    let rows = statement.query_map((account_id, limit), |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, i64>(3)?,
            row.get(4)?,
        ))
    })?;
    let mut movements = Vec::new();
    for row in rows {
        let (entry_id, kind, at, amount, memo) = row?;
        movements.push(MovementRow {
            entry_id,
            kind: kind_of(&kind)?,
            at: UnixMs(at),
            amount,
            balance,
            memo,
        });
        balance = balance.saturating_sub(amount);
    }
    Ok(movements)
}

/// Reads a row of `journal_entry` (columns in table order), without its postings.
pub(crate) fn read_entry(row: &Row<'_>) -> rusqlite::Result<StoreResult<StoredEntry>> {
    let (entry_id, kind, phase): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (Ok(kind), Some(phase)) = (kind_of(&kind), Phase::of_word(&phase)) else {
        return Ok(Err(StoreError::Damaged(format!(
            "journal entry {entry_id} has an unknown kind or phase"
        ))));
    };
    Ok(Ok(StoredEntry {
        entry_id,
        entry: EntryDraft {
            kind,
            phase,
            at: UnixMs(row.get(3)?),
            wib_day: WibDay(row.get(4)?),
            actor: row.get(5)?,
            memo: row.get(6)?,
            pending_id: row.get(7)?,
            reverses_id: row.get(8)?,
            postings: Vec::new(),
        },
        hash: row.get(9)?,
    }))
}

fn kind_of(word: &str) -> StoreResult<EntryKind> {
    EntryKind::of_word(word)
        .ok_or_else(|| StoreError::Damaged(format!("`{word}` is no kind of journal entry")))
}
