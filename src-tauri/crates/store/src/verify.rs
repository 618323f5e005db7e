//! `ledger verify`: replays everything from genesis on one snapshot and names the first row that is not as it must
//! be: chain links, balanced entries, links between entries, balances, payments, and every outbox row.

use gerai_core::ledger::chain::{GENESIS, Hash, entry_hash};
use gerai_core::ledger::entry::{EntryKind, Phase, Posting};
use gerai_core::ledger::fold::Fold;
use gerai_core::money::Rupiah;
use gerai_core::tap::Outcome;

use crate::journal::{self, StoredEntry};
use crate::outbox::{self, Cause, Channel};
use crate::payments::{self, Payment, Source};
use crate::{Db, StoreResult, rejected};

/// What was checked, and the first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Journal entries checked.
    pub entries: i64,
    /// Payments checked.
    pub payments: i64,
    /// Outbox rows checked.
    pub outbox: i64,
    /// Link of the newest entry.
    pub head: Hash,
    /// The first bad row and what is wrong with it.
    pub bad: Option<(String, String)>,
}

/// Outbox rows checked at a time.
const OUTBOX_PAGE: i64 = 1_000;

/// Checks everything, on one snapshot: the station may go on writing meanwhile.
pub fn verify(db: &Db) -> StoreResult<Verified> {
    db.execute_batch("BEGIN")?;
    let mut check = Check {
        db,
        report: Verified { entries: 0, payments: 0, outbox: 0, head: GENESIS, bad: None },
        fold: Fold::default(),
    };
    let result = check.all();
    db.execute_batch("ROLLBACK")?;
    result?;
    Ok(check.report)
}

struct Check<'a> {
    db: &'a Db,
    report: Verified,
    fold: Fold,
}

impl Check<'_> {
    fn all(&mut self) -> StoreResult<()> {
        self.entries()?;
        for step in [Self::stray_postings, Self::balances, Self::payments, Self::outbox] {
            if self.report.bad.is_none() {
                step(self)?;
            }
        }
        Ok(())
    }

    fn bad(&mut self, row: String, problem: impl Into<String>) {
        self.report.bad.get_or_insert((row, problem.into()));
    }

    fn entries(&mut self) -> StoreResult<()> {
        let db = self.db;
        let mut statement = db.prepare(
            "SELECT entry_id, kind, phase, at_ms, wib_day, actor, memo, pending_id, reverses_id, hash
             FROM journal_entry ORDER BY entry_id",
        )?;
        let mut rows = statement.query([])?;
        let mut previous = GENESIS;
        while let Some(row) = rows.next()? {
            let mut stored = match journal::read_entry(row)? {
                Ok(stored) => stored,
                Err(damage) => {
                    self.bad(format!("journal_entry {}", row.get::<_, i64>(0)?), damage.to_string());
                    return Ok(());
                }
            };
            stored.entry.postings = journal::postings(db, stored.entry_id)?;
            if let Some(problem) = self.entry_problem(&stored, &previous)? {
                self.bad(format!("journal_entry {}", stored.entry_id), problem);
                return Ok(());
            }
            previous = stored.hash;
            self.report.entries += 1;
            self.report.head = stored.hash;
        }
        Ok(())
    }

    fn entry_problem(&mut self, stored: &StoredEntry, previous: &Hash) -> StoreResult<Option<String>> {
        let expected = self.report.entries + 1;
        if stored.entry_id != expected {
            return Ok(Some(format!("its number should be {expected}: an entry is missing")));
        }
        if let Err(error) = stored.entry.check() {
            return Ok(Some(error.to_string()));
        }
        if entry_hash(previous, stored.entry_id, &stored.entry) != stored.hash {
            return Ok(Some("its content does not fit its hash".to_owned()));
        }
        if let Some(problem) = self.link_problem(stored)? {
            return Ok(Some(problem));
        }
        if !self.fold.add(&stored.entry) {
            return Ok(Some("balances overflow at it".to_owned()));
        }
        Ok(None)
    }

    /// A reversal takes back exactly what its original posted; a resolution resolves exactly what was pending.
    fn link_problem(&self, stored: &StoredEntry) -> StoreResult<Option<String>> {
        let entry = &stored.entry;
        for (other_id, reversed) in [(entry.reverses_id, true), (entry.pending_id, false)] {
            let Some(other_id) = other_id else { continue };
            let Some(other) = journal::get(self.db, other_id)? else {
                return Ok(Some(format!("it points at entry {other_id}, which is not there")));
            };
            let wanted: Option<Vec<Posting>> =
                if reversed { negated(&other.entry.postings) } else { Some(other.entry.postings.clone()) };
            let phase = if reversed { Phase::Posted } else { Phase::Pending };
            if other_id >= stored.entry_id
                || other.entry.phase != phase
                || wanted.as_deref() != Some(entry.postings.as_slice())
            {
                return Ok(Some(format!("it does not fit entry {other_id}, which it points at")));
            }
        }
        Ok(None)
    }

    fn stray_postings(&mut self) -> StoreResult<()> {
        let mut statement = self.db.prepare(
            "SELECT entry_id FROM posting WHERE entry_id NOT IN (SELECT entry_id FROM journal_entry) LIMIT 1",
        )?;
        if let Some(row) = statement.query([])?.next()? {
            let entry_id: i64 = row.get(0)?;
            self.bad(format!("posting of entry {entry_id}"), "its entry is not there");
        }
        Ok(())
    }

    fn balances(&mut self) -> StoreResult<()> {
        let mut statement = self.db.prepare(
            "SELECT a.account_id, a.kind, b.settled, b.held, b.floor, b.spent_day, b.spent
             FROM ledger_account a LEFT JOIN balance b USING (account_id) ORDER BY a.account_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (account, kind): (i64, String) = (row.get(0)?, row.get(1)?);
            let derived = self.fold.balance(account);
            let kept: (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            if kept != (Some(derived.settled), Some(derived.held)) {
                self.bad(
                    format!("balance {account}"),
                    format!(
                        "it says {:?} with {:?} held, its postings come to {} with {} held",
                        kept.0, kept.1, derived.settled, derived.held
                    ),
                );
                return Ok(());
            }
            let floor = gerai_core::ledger::AccountKind::of_word(&kind).and_then(|kind| kind.floor());
            if row.get::<_, Option<i64>>(4)? != floor.map(|f| f.0) {
                self.bad(format!("balance {account}"), "its floor is not that of its kind");
                return Ok(());
            }
            let (day, spent): (i32, i64) = (row.get(5)?, row.get(6)?);
            if spent != self.spent(account, &kind, day)? {
                self.bad(format!("balance {account}"), "the sum charged on its day does not fit its taps");
                return Ok(());
            }
        }
        let unknown = self.fold.accounts().find(|(id, _)| !self.account_exists(*id).unwrap_or(false));
        if let Some((id, _)) = unknown {
            self.bad(format!("ledger_account {id}"), "postings name it, but it is not there");
        }
        Ok(())
    }

    fn account_exists(&self, account_id: i64) -> StoreResult<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM ledger_account WHERE account_id = ?1)",
            [account_id],
            |row| row.get(0),
        )?)
    }

    /// What a customer's taps of a day come to, less what was taken back on the same day.
    fn spent(&self, account_id: i64, kind: &str, day: i32) -> StoreResult<i64> {
        if kind != "customer" {
            return Ok(0);
        }
        let spent: i64 = self.db.query_row(
            "SELECT coalesce(-sum(p.amount), 0) FROM posting p JOIN journal_entry e USING (entry_id)
             WHERE p.account_id = ?1 AND e.wib_day = ?2 AND e.phase = 'posted' AND (e.kind = 'tap'
               OR (e.kind = 'reversal' AND EXISTS (SELECT 1 FROM journal_entry o
                     WHERE o.entry_id = e.reverses_id AND o.kind = 'tap' AND o.wib_day = e.wib_day)))",
            (account_id, day),
            |row| row.get(0),
        )?;
        Ok(spent)
    }

    fn payments(&mut self) -> StoreResult<()> {
        let db = self.db;
        let mut previous = GENESIS;
        payments::each(db, |payment| {
            if let Some(problem) = payment_problem(db, &payment, &previous, self.report.payments + 1)? {
                self.bad(format!("payment {}", payment.payment_id), problem);
                return Ok(false);
            }
            previous = payment.hash;
            self.report.payments += 1;
            Ok(true)
        })?;
        if self.report.bad.is_some() {
            return Ok(());
        }
        let missing: Option<i64> = db.query_row(
            "SELECT min(entry_id) FROM journal_entry e WHERE kind = 'tap' AND phase = 'posted'
               AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.entry_id = e.entry_id)",
            [],
            |row| row.get(0),
        )?;
        if let Some(entry_id) = missing {
            self.bad(format!("journal_entry {entry_id}"), "it is a tap, but no payment belongs to it");
        }
        // No index by payment_id: the table is small, one row a card and till.
        let forgotten: Option<i64> = db.query_row(
            "SELECT min(payment_id) FROM (SELECT max(payment_id) AS payment_id, at_ms, sale FROM payment
               WHERE outcome = 'ok' GROUP BY account_id, till_id, card) p
             WHERE NOT EXISTS (SELECT 1 FROM last_paid l WHERE l.payment_id = p.payment_id AND l.at_ms = p.at_ms
               AND l.sale IS p.sale)",
            [],
            |row| row.get(0),
        )?;
        if let Some(payment_id) = forgotten {
            self.bad(
                format!("last_paid of payment {payment_id}"),
                "the double-tap window does not know of it",
            );
        }
        Ok(())
    }

    fn outbox(&mut self) -> StoreResult<()> {
        let mut after = 0;
        loop {
            let page = outbox::after(self.db, after, OUTBOX_PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.outbox_id;
            for row in &page {
                if let Some(problem) = outbox_problem(self.db, row)? {
                    self.bad(format!("outbox {}", row.outbox_id), problem);
                    return Ok(());
                }
                self.report.outbox += 1;
            }
        }
        let silent: Option<i64> = self.db.query_row(
            "SELECT min(payment_id) FROM payment p WHERE (p.payment_id, p.source = 'v2') NOT IN
               (SELECT payment_id, channel = 'v2' FROM outbox WHERE payment_id IS NOT NULL)",
            [],
            |row| row.get(0),
        )?;
        if let Some(payment_id) = silent {
            self.bad(format!("payment {payment_id}"), "its result is not in the outbox");
        }
        let mark = outbox::mark(self.db)?;
        if mark > after {
            self.bad("outbox_mark mqtt".to_owned(), format!("it says {mark}, the last row is {after}"));
        }
        Ok(())
    }
}

fn negated(postings: &[Posting]) -> Option<Vec<Posting>> {
    postings
        .iter()
        .map(|p| p.amount.checked_neg().map(|amount| Posting { account_id: p.account_id, amount }))
        .collect()
}

fn payment_problem(
    db: &Db,
    payment: &Payment,
    previous: &Hash,
    expected: i64,
) -> StoreResult<Option<String>> {
    let draft = &payment.draft;
    if payment.payment_id != expected {
        return Ok(Some(format!("its number should be {expected}: a payment is missing")));
    }
    if draft.hash(previous, payment.payment_id) != payment.hash {
        return Ok(Some("its content does not fit its hash".to_owned()));
    }
    let Some(entry_id) = draft.entry_id else {
        let charged = draft.outcome == Outcome::Ok;
        return Ok(charged.then(|| "it says charged, but has no journal entry".to_owned()));
    };
    let Some(stored) = journal::get(db, entry_id)? else {
        return Ok(Some(format!("its journal entry {entry_id} is not there")));
    };
    let taken =
        stored.entry.postings.iter().find(|p| Some(p.account_id) == draft.account_id).map(|p| p.amount);
    let fits = stored.entry.kind == EntryKind::Tap
        && taken == draft.amount.checked_neg()
        && draft.balance_before.and_then(|before| before.checked_sub(draft.amount)) == draft.balance_after
        && draft.balance_after.is_some_and(|after| after >= Rupiah::ZERO);
    Ok((!fits).then(|| format!("it does not fit its journal entry {entry_id}")))
}

fn outbox_problem(db: &Db, row: &outbox::OutboxRow) -> StoreResult<Option<String>> {
    let fits = match row.cause {
        Cause::Rejected(id) => rejected::list(db, Some(id + 1), 1)?
            .first()
            .is_some_and(|found| found.rejected_id == id && found.answer.as_deref() == Some(&row.body)),
        Cause::Payment(id) => {
            let Some(payment) = payments::get(db, id)? else {
                return Ok(Some(format!("its payment {id} is not there")));
            };
            let first = match payment.draft.first_id {
                None => None,
                Some(first) => payments::get(db, first)?,
            };
            match &row.channel {
                Channel::V2(reader) => {
                    payment.draft.source == Source::V2
                        && payment.draft.reader.as_deref() == Some(reader)
                        && payment.v2_result(first.as_ref()).to_json("", None, false) == row.body
                }
                legacy => {
                    let answer = payment.legacy_answer(first.as_ref());
                    answer.body == row.body && answer.success == (*legacy == Channel::Success)
                }
            }
        }
    };
    Ok((!fits).then(|| "it is not the result of what caused it".to_owned()))
}
