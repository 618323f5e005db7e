//! Ledger accounts, their balances, and the customers behind some of them.

use gerai_core::ledger::AccountKind;
use gerai_core::ledger::Standing;
use gerai_core::money::Rupiah;
use gerai_core::time::{UnixMs, WibDay};
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreError, StoreResult};

/// The cash drawer's account.
pub const CASH_DRAWER: i64 = 1;
/// The account that corrections by people are made against.
pub const ADJUSTMENTS: i64 = 4;

/// A balance as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Sum of posted postings.
    pub settled: Rupiah,
    /// Held by pending entries.
    pub held: Rupiah,
    /// The day `spent` counts.
    pub spent_day: WibDay,
    /// Charged on that day.
    pub spent: Rupiah,
}

impl Balance {
    /// What was charged on `day`.
    #[must_use]
    pub fn spent_on(&self, day: WibDay) -> Rupiah {
        if self.spent_day == day { self.spent } else { Rupiah::ZERO }
    }
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Account number.
    pub account_id: i64,
    /// Name.
    pub name: String,
    /// NIM.
    pub nim: Option<String>,
    /// Standing.
    pub state: Standing,
    /// Why it is not active.
    pub reason: String,
    /// When it was made.
    pub created: UnixMs,
}

/// A customer in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// The customer.
    pub customer: Customer,
    /// UID of the newest active card.
    pub uid: Option<String>,
    /// Balance.
    pub settled: i64,
    /// Held.
    pub held: i64,
}

/// Which customers a list has.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Part of a name, or the beginning of a NIM or UID; empty: all.
    pub query: String,
    /// Only frozen ones.
    pub frozen: bool,
    /// Only those who can spend less than this.
    pub below: Option<i64>,
}

/// Makes a ledger account with a zero balance.
pub fn open_ledger_account(db: &Db, kind: AccountKind) -> StoreResult<i64> {
    db.prepare_cached("INSERT INTO ledger_account (kind) VALUES (?1)")?.execute([kind.word()])?;
    let account_id = db.last_insert_rowid();
    db.prepare_cached("INSERT INTO balance (account_id, floor) VALUES (?1, ?2)")?
        .execute((account_id, kind.floor().map(|floor| floor.0)))?;
    Ok(account_id)
}

/// A balance; zero for an account that does not exist.
pub fn balance(db: &Db, account_id: i64) -> StoreResult<Balance> {
    let found = db
        .prepare_cached("SELECT settled, held, spent_day, spent FROM balance WHERE account_id = ?1")?
        .query_row([account_id], |row| {
            Ok(Balance {
                settled: Rupiah(row.get(0)?),
                held: Rupiah(row.get(1)?),
                spent_day: WibDay(row.get(2)?),
                spent: Rupiah(row.get(3)?),
            })
        })
        .optional()?;
    Ok(found.unwrap_or(Balance {
        settled: Rupiah::ZERO,
        held: Rupiah::ZERO,
        spent_day: WibDay(0),
        spent: Rupiah::ZERO,
    }))
}

/// Kind and name of a ledger account, for people.
pub fn ledger_account_name(db: &Db, account_id: i64) -> StoreResult<Option<(AccountKind, String)>> {
    let found = db
        .prepare_cached(
            "SELECT a.kind, coalesce(c.name, t.name, '') FROM ledger_account a
             LEFT JOIN customer c ON c.account_id = a.account_id
             LEFT JOIN till t ON t.account_id = a.account_id WHERE a.account_id = ?1",
        )?
        .query_row([account_id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
        .optional()?;
    Ok(found.and_then(|(kind, name)| AccountKind::of_word(&kind).map(|kind| (kind, name))))
}

/// Makes a customer with an account of its own.
pub fn create_customer(db: &Db, name: &str, nim: Option<&str>, now: UnixMs) -> StoreResult<i64> {
    let account_id = open_ledger_account(db, AccountKind::Customer)?;
    db.prepare_cached("INSERT INTO customer (account_id, name, nim, created_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute((account_id, name, nim, now.0))?;
    Ok(account_id)
}

/// One customer.
pub fn customer(db: &Db, account_id: i64) -> StoreResult<Option<Customer>> {
    Ok(db
        .prepare_cached(
            "SELECT account_id, name, nim, state, reason, created_ms FROM customer WHERE account_id = ?1",
        )?
        .query_row([account_id], read_customer)
        .optional()?)
}

/// The customer with exactly this NIM.
pub fn customer_by_nim(db: &Db, nim: &str) -> StoreResult<Option<Customer>> {
    Ok(db
        .prepare_cached(
            "SELECT account_id, name, nim, state, reason, created_ms FROM customer WHERE nim = ?1",
        )?
        .query_row([nim], read_customer)
        .optional()?)
}

/// Changes a customer's standing.
pub fn set_customer_state(db: &Db, account_id: i64, state: Standing, reason: &str) -> StoreResult<()> {
    db.execute(
        "UPDATE customer SET state = ?2, reason = ?3 WHERE account_id = ?1",
        (account_id, state.word(), reason),
    )?;
    Ok(())
}

/// How many customers there are, and what they are owed in all.
pub fn totals(db: &Db) -> StoreResult<(i64, i64)> {
    Ok(db.query_row(
        "SELECT count(*), coalesce(sum(b.settled), 0) FROM customer c JOIN balance b USING (account_id)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Sum over all ledger accounts: zero, as every entry sums to zero.
pub fn sum(db: &Db) -> StoreResult<i64> {
    Ok(db.query_row("SELECT coalesce(sum(settled), 0) FROM balance", [], |row| row.get(0))?)
}

/// Customers by name; `after` is the account number of the last row of the page before.
pub fn list_customers(
    db: &Db,
    filter: &CustomerFilter,
    after: Option<i64>,
    limit: i64,
) -> StoreResult<Vec<CustomerRow>> {
    let sql = format!(
        "SELECT c.account_id, c.name, c.nim, c.state, c.reason, c.created_ms,
           (SELECT uid FROM card k WHERE k.account_id = c.account_id AND k.state = 'active' ORDER BY card_id DESC LIMIT 1),
           b.settled, b.held
         FROM customer c JOIN balance b USING (account_id)
         WHERE {CUSTOMER_MATCHES}
           AND (?4 IS NULL OR (c.name COLLATE NOCASE, c.account_id) >
             (SELECT name COLLATE NOCASE, account_id FROM customer WHERE account_id = ?4))
         ORDER BY c.name COLLATE NOCASE, c.account_id LIMIT ?5"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let query = filter.query.trim();
    let rows = statement.query_map((query, filter.frozen, filter.below, after, limit), |row| {
        Ok(CustomerRow {
            customer: read_customer(row)?,
            uid: row.get(6)?,
            settled: row.get(7)?,
            held: row.get(8)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many customers a filter matches.
pub fn count_customers(db: &Db, filter: &CustomerFilter) -> StoreResult<i64> {
    let sql =
        format!("SELECT count(*) FROM customer c JOIN balance b USING (account_id) WHERE {CUSTOMER_MATCHES}");
    Ok(db
        .prepare_cached(&sql)?
        .query_row((filter.query.trim(), filter.frozen, filter.below), |row| row.get(0))?)
}

const CUSTOMER_MATCHES: &str =
    "(?1 = '' OR instr(lower(c.name), lower(?1)) > 0 OR instr(coalesce(c.nim, ''), ?1) = 1
   OR EXISTS (SELECT 1 FROM card k WHERE k.account_id = c.account_id AND instr(k.uid, upper(?1)) = 1))
   AND (?2 = 0 OR c.state = 'frozen') AND (?3 IS NULL OR b.settled - b.held < ?3)";

fn read_customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        account_id: row.get(0)?,
        name: row.get(1)?,
        nim: row.get(2)?,
        state: Standing::of_word(&row.get::<_, String>(3)?),
        reason: row.get(4)?,
        created: UnixMs(row.get(5)?),
    })
}

/// Whether an error is a UNIQUE constraint on this column (`table.column`).
#[must_use]
pub fn is_taken(error: &StoreError, column: &str) -> bool {
    matches!(error, StoreError::Refused(cause) if cause.contains("UNIQUE") && cause.contains(column))
}
