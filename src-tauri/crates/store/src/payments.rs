//! Payments: every tap that was understood, charged or not, with the outcome that repeats are answered with.
//! Append-only and hash-chained like the journal.

use gerai_core::ledger::chain::{Canonical, GENESIS, Hash};
use gerai_core::money::Rupiah;
use gerai_core::tap::Outcome;
use gerai_core::tap::decide::LastPaid;
use gerai_core::tap::wire::{LegacyAnswer, V2Result, legacy_answer};
use gerai_core::time::{UnixMs, WibDay};
use rusqlite::{OptionalExtension, Row};

use crate::{Db, StoreError, StoreResult};

/// Which wire format a tap came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The legacy topic.
    Legacy,
    /// A v2 topic.
    V2,
}

/// A payment before it has its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentDraft {
    /// Wire format.
    pub source: Source,
    /// Reader, if the broker or the topic names one.
    pub reader: Option<String>,
    /// The reader's request id.
    pub request_id: Option<String>,
    /// SHA-256 of what the request asked for.
    pub fingerprint: Hash,
    /// When it was decided.
    pub at: UnixMs,
    /// WIB day.
    pub wib_day: WibDay,
    /// Till.
    pub till_id: Option<i64>,
    /// The armed sale it paid.
    pub sale: Option<i64>,
    /// Card digits, one spelling.
    pub card: String,
    /// The payload as received, for legacy answers.
    pub echo: String,
    /// Customer.
    pub account_id: Option<i64>,
    /// Amount it was about.
    pub amount: Rupiah,
    /// What it came to.
    pub outcome: Outcome,
    /// Rupiah missing or left.
    pub detail: Option<Rupiah>,
    /// Balance before.
    pub balance_before: Option<Rupiah>,
    /// Balance after.
    pub balance_after: Option<Rupiah>,
    /// Journal entry, when charged.
    pub entry_id: Option<i64>,
    /// The payment it repeats.
    pub first_id: Option<i64>,
}

/// A stored payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its number.
    pub payment_id: i64,
    /// The rest.
    pub draft: PaymentDraft,
    /// Its link in the payments' chain.
    pub hash: Hash,
}

/// Which payments a list has.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    /// `Some(true)`: charged; `Some(false)`: refused.
    pub paid: Option<bool>,
    /// Only this till.
    pub till_id: Option<i64>,
    /// Only this customer.
    pub account_id: Option<i64>,
    /// Only this WIB day.
    pub wib_day: Option<i32>,
}

const COLUMNS: &str = "payment_id, source, reader, request_id, fingerprint, at_ms, wib_day, till_id, sale, card, echo, \
    account_id, amount, outcome, detail, balance_before, balance_after, entry_id, first_id, hash";

impl PaymentDraft {
    /// Its link after `previous`.
    #[must_use]
    pub fn hash(&self, previous: &Hash, payment_id: i64) -> Hash {
        let mut bytes = Canonical::new("gerai payment 1", previous);
        bytes
            .int(payment_id)
            .text(source_word(self.source))
            .maybe_text(self.reader.as_deref())
            .maybe_text(self.request_id.as_deref())
            .bytes(&self.fingerprint)
            .int(self.at.0)
            .int(i64::from(self.wib_day.0))
            .maybe_int(self.till_id)
            .maybe_int(self.sale)
            .text(&self.card)
            .text(&self.echo)
            .maybe_int(self.account_id)
            .int(self.amount.0)
            .text(self.outcome.word())
            .maybe_int(self.detail.map(|v| v.0))
            .maybe_int(self.balance_before.map(|v| v.0))
            .maybe_int(self.balance_after.map(|v| v.0))
            .maybe_int(self.entry_id)
            .maybe_int(self.first_id);
        bytes.finish()
    }
}

impl Payment {
    /// The legacy answer to it. A repeat gets the first payment's answer again, byte for byte.
    pub fn legacy_answer(&self, first: Option<&Payment>) -> LegacyAnswer {
        let draft = first.map_or(&self.draft, |first| &first.draft);
        let balance = draft.balance_after.unwrap_or(Rupiah::ZERO);
        legacy_answer(draft.outcome, &draft.echo, draft.amount, balance)
    }

    /// The v2 result of it.
    pub fn v2_result(&self, first: Option<&Payment>) -> V2Result {
        V2Result {
            id: self.draft.request_id.clone().unwrap_or_default(),
            st: self.draft.outcome,
            bal: self.draft.balance_after.map_or(0, |balance| balance.0),
            tx: first.map_or(self.draft.entry_id, |first| first.draft.entry_id),
        }
    }
}

/// Appends a payment. Answers with the stored row.
pub fn append(db: &Db, draft: PaymentDraft) -> StoreResult<Payment> {
    let last = db
        .prepare_cached("SELECT payment_id, hash FROM payment ORDER BY payment_id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last, previous): (i64, Hash) = last.unwrap_or((0, GENESIS));
    let payment_id = last + 1;
    let hash = draft.hash(&previous, payment_id);
    db.prepare_cached(&format!(
        "INSERT INTO payment ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"
    ))?
    .execute(rusqlite::params![
        payment_id,
        source_word(draft.source),
        draft.reader,
        draft.request_id,
        draft.fingerprint,
        draft.at.0,
        draft.wib_day.0,
        draft.till_id,
        draft.sale,
        draft.card,
        draft.echo,
        draft.account_id,
        draft.amount.0,
        draft.outcome.word(),
        draft.detail.map(|v| v.0),
        draft.balance_before.map(|v| v.0),
        draft.balance_after.map(|v| v.0),
        draft.entry_id,
        draft.first_id,
        hash,
    ])?;
    let payment = Payment { payment_id, draft, hash };
    remember_paid(db, &payment)?;
    Ok(payment)
}

/// One payment.
pub fn get(db: &Db, payment_id: i64) -> StoreResult<Option<Payment>> {
    one(db, "payment_id = ?1", [payment_id])
}

/// The payment that this reader's request came to, if it came before.
pub fn by_request(db: &Db, reader: &str, request_id: &str) -> StoreResult<Option<Payment>> {
    one(db, "reader = ?1 AND request_id = ?2", [reader, request_id])
}

/// The payment that an entry belongs to.
pub fn by_entry(db: &Db, entry_id: i64) -> StoreResult<Option<Payment>> {
    one(db, "entry_id = ?1", [entry_id])
}

/// The last charged tap of a customer's card at a till.
pub fn last_paid(db: &Db, account_id: i64, till_id: i64, card: &str) -> StoreResult<Option<LastPaid>> {
    Ok(db
        .prepare_cached(
            "SELECT payment_id, at_ms, sale FROM last_paid WHERE account_id = ?1 AND till_id = ?2 AND card = ?3",
        )?
        .query_row((account_id, till_id, card), |row| {
            Ok(LastPaid { payment_id: row.get(0)?, at: UnixMs(row.get(1)?), sale: row.get(2)? })
        })
        .optional()?)
}

fn remember_paid(db: &Db, payment: &Payment) -> StoreResult<()> {
    let draft = &payment.draft;
    if let (Outcome::Ok, Some(account_id), Some(till_id)) = (draft.outcome, draft.account_id, draft.till_id) {
        db.prepare_cached(
            "INSERT INTO last_paid (account_id, till_id, card, payment_id, at_ms, sale) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET payment_id = excluded.payment_id, at_ms = excluded.at_ms, sale = excluded.sale",
        )?
        .execute((account_id, till_id, &draft.card, payment.payment_id, draft.at.0, draft.sale))?;
    }
    Ok(())
}

/// How many repeats of a payment came.
pub fn repeats(db: &Db, payment_id: i64) -> StoreResult<i64> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM payment WHERE first_id = ?1")?
        .query_row([payment_id], |row| row.get(0))?)
}

/// Payments, newest first; `before` is the last one of the page before.
pub fn list(db: &Db, filter: &PaymentFilter, before: Option<i64>, limit: i64) -> StoreResult<Vec<Payment>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM payment WHERE {} AND (?5 IS NULL OR payment_id < ?5) ORDER BY payment_id DESC LIMIT ?6",
        condition(filter)
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement
        .query_map((filter.paid, filter.till_id, filter.account_id, filter.wib_day, before, limit), read)?;
    rows.map(|row| row?).collect()
}

/// How many payments a filter matches.
pub fn count(db: &Db, filter: &PaymentFilter) -> StoreResult<i64> {
    let sql = format!("SELECT count(*) FROM payment WHERE {}", condition(filter));
    Ok(db
        .prepare_cached(&sql)?
        .query_row((filter.paid, filter.till_id, filter.account_id, filter.wib_day), |row| row.get(0))?)
}

/// Only the conditions that are asked for, so that SQLite picks the index that fits them.
fn condition(filter: &PaymentFilter) -> String {
    let mut sql = String::from("(?1 IS NULL OR (outcome = 'ok') = ?1)");
    let mut add = |asked: bool, column: &str, place: u8| {
        if asked {
            sql.push_str(&format!(" AND {column} = ?{place}"));
        } else {
            // Every parameter stands in the text, whatever the filter, so that binding stays the same.
            sql.push_str(&format!(" AND ?{place} IS NULL"));
        }
    };
    add(filter.till_id.is_some(), "till_id", 2);
    add(filter.wib_day.is_some(), "wib_day", 4);
    if filter.account_id.is_some() {
        // Refused ones by their own index, charged ones through the customer's postings.
        sql.push_str(
            " AND payment_id IN (SELECT payment_id FROM payment WHERE account_id = ?3 AND outcome <> 'ok'
               UNION ALL SELECT q.payment_id FROM posting s JOIN payment q USING (entry_id) WHERE s.account_id = ?3)",
        );
    } else {
        sql.push_str(" AND ?3 IS NULL");
    }
    sql
}

fn one(db: &Db, condition: &str, parameters: impl rusqlite::Params) -> StoreResult<Option<Payment>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM payment WHERE {condition}"))?
        .query_row(parameters, read)
        .optional()?
        .transpose()
}

/// Walks all payments from the first, in order.
pub(crate) fn each(db: &Db, mut visit: impl FnMut(Payment) -> StoreResult<bool>) -> StoreResult<()> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM payment ORDER BY payment_id"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !visit(read(row)??)? {
            break;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoreResult<Payment>> {
    let (payment_id, source, outcome): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(13)?);
    let source = match source.as_str() {
        "legacy" => Source::Legacy,
        "v2" => Source::V2,
        _ => return Ok(Err(StoreError::Damaged(format!("payment {payment_id} has an unknown source")))),
    };
    let Some(outcome) = Outcome::of_word(&outcome) else {
        return Ok(Err(StoreError::Damaged(format!("payment {payment_id} has an unknown outcome"))));
    };
    let draft = PaymentDraft {
        source,
        reader: row.get(2)?,
        request_id: row.get(3)?,
        fingerprint: row.get(4)?,
        at: UnixMs(row.get(5)?),
        wib_day: WibDay(row.get(6)?),
        till_id: row.get(7)?,
        sale: row.get(8)?,
        card: row.get(9)?,
        echo: row.get(10)?,
        account_id: row.get(11)?,
        amount: Rupiah(row.get(12)?),
        outcome,
        detail: row.get::<_, Option<i64>>(14)?.map(Rupiah),
        balance_before: row.get::<_, Option<i64>>(15)?.map(Rupiah),
        balance_after: row.get::<_, Option<i64>>(16)?.map(Rupiah),
        entry_id: row.get(17)?,
        first_id: row.get(18)?,
    };
    Ok(Ok(Payment { payment_id, draft, hash: row.get(19)? }))
}

fn source_word(source: Source) -> &'static str {
    match source {
        Source::Legacy => "legacy",
        Source::V2 => "v2",
    }
}
