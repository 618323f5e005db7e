//! The ledger on a real file: what SQLite itself refuses, and what `verify` finds after somebody tampered.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

mod unguarded;

use gerai_core::ledger::chain::GENESIS;
use gerai_core::ledger::entry::{EntryDraft, EntryKind, Phase};
use gerai_core::money::Rupiah;
use gerai_core::tap::Outcome;
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::journal::{self, Spending};
use gerai_store::outbox::{self, Cause, Channel};
use gerai_store::payments::{self, PaymentDraft, Source};
use gerai_store::verify::{Verified, verify};
use gerai_store::{Db, OpenMode, Store, StoreError, StoreResult, accounts, tills};

const NOW: UnixMs = UnixMs(1_795_323_600_000);
const DAY: WibDay = WibDay(20_779);

struct Ledger {
    dir: tempfile::TempDir,
    store: Option<Store>,
    customer: i64,
    till: i64,
    till_account: i64,
}

fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&Db) -> StoreResult<T> + Send + 'static,
) -> StoreResult<T> {
    store.writer().unwrap().submit_blocking(work)
}

impl Ledger {
    /// A customer with Rp 100.000, a till, and three taps of Rp 10.000, the second one taken back.
    fn with_history() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let (customer, till, till_account) = write(&store, |db| {
            let customer = accounts::create_customer(db, "Siti Rahmawati", Some("13520040"), NOW)?;
            let till = tills::create(db, "Meja 1", "", Some(Rupiah(10_000)))?;
            Ok((customer, till, tills::get(db, till)?.unwrap().account_id))
        })
        .unwrap();
        let ledger = Self { dir, store: Some(store), customer, till, till_account };
        ledger.topup(100_000).unwrap();
        for n in 0..3 {
            ledger.tap(&format!("b-{n}")).unwrap();
        }
        ledger.reverse(3).unwrap();
        ledger
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn topup(&self, amount: i64) -> StoreResult<i64> {
        let customer = self.customer;
        write(self.store(), move |db| {
            let entry = EntryDraft::transfer(
                EntryKind::CashTopup,
                NOW,
                DAY,
                "rina",
                accounts::CASH_DRAWER,
                customer,
                Rupiah(amount),
            );
            journal::append(db, &entry.unwrap(), Spending::None)
        })
    }

    fn tap(&self, id: &str) -> StoreResult<()> {
        let (customer, till, till_account, id) = (self.customer, self.till, self.till_account, id.to_owned());
        write(self.store(), move |db| {
            let amount = Rupiah(10_000);
            let before = accounts::balance(db, customer)?.settled;
            let entry =
                EntryDraft::transfer(EntryKind::Tap, NOW, DAY, "kantin-01", customer, till_account, amount)
                    .unwrap();
            let entry_id = journal::append(db, &entry, Spending::Spend { account_id: customer, amount })?;
            let payment = payments::append(
                db,
                PaymentDraft {
                    source: Source::V2,
                    reader: Some("kantin-01".to_owned()),
                    request_id: Some(id),
                    fingerprint: GENESIS,
                    at: NOW,
                    wib_day: DAY,
                    till_id: Some(till),
                    sale: None,
                    card: "5A3F01C2".to_owned(),
                    echo: "5A3F01C2".to_owned(),
                    account_id: Some(customer),
                    amount,
                    outcome: Outcome::Ok,
                    detail: None,
                    balance_before: Some(before),
                    balance_after: before.checked_sub(amount),
                    entry_id: Some(entry_id),
                    first_id: None,
                },
            )?;
            let body = payment.v2_result(None).to_json("", None, false);
            outbox::put(
                db,
                Cause::Payment(payment.payment_id),
                &Channel::V2("kantin-01".to_owned()),
                &body,
                NOW,
            )
        })
    }

    fn reverse(&self, entry_id: i64) -> StoreResult<i64> {
        let customer = self.customer;
        write(self.store(), move |db| {
            let original = journal::postings(db, entry_id)?;
            let entry = EntryDraft::reversal(entry_id, &original, NOW, DAY, "rina", "salah harga").unwrap();
            let back = Spending::GiveBack { account_id: customer, amount: Rupiah(10_000) };
            journal::append(db, &entry, back)
        })
    }

    fn verify(&self) -> Verified {
        self.store().read(verify).unwrap()
    }

    /// Changes the file behind the station's back, with the guards taken off.
    fn tamper(&mut self, sql: &str) -> Verified {
        drop(self.store.take());
        let path = self.dir.path().join("gerai.db");
        let db = Db::open(&path).unwrap();
        unguarded::take_guards_off(&db);
        db.execute_batch(sql).unwrap();
        drop(db);
        Store::open(&path, OpenMode::ReadOnly).unwrap().read(verify).unwrap()
    }
}

#[test]
fn an_honest_history_verifies() {
    let ledger = Ledger::with_history();
    let report = ledger.verify();
    assert_eq!((report.bad, report.entries, report.payments, report.outbox), (None, 5, 3, 3));
    let balance = ledger.store().read(|db| accounts::balance(db, ledger.customer)).unwrap();
    assert_eq!((balance.settled, balance.spent_on(DAY)), (Rupiah(80_000), Rupiah(20_000)));
}

#[test]
fn sqlite_itself_refuses_to_bend_the_journal() {
    let ledger = Ledger::with_history();
    for sql in [
        "UPDATE journal_entry SET memo = 'x' WHERE entry_id = 1",
        "DELETE FROM journal_entry WHERE entry_id = 5",
        "UPDATE posting SET amount = 1 WHERE entry_id = 1 AND line = 0",
        "DELETE FROM posting WHERE entry_id = 1",
        "INSERT INTO posting VALUES (1, 9, 1, 5)",
        "INSERT INTO journal_entry VALUES (6, 'fee', 'posted', 0, 0, '', '', NULL, NULL, zeroblob(32))",
        "INSERT INTO posting VALUES (9, 0, 1, -5), (9, 1, 2, 5);
         INSERT INTO journal_entry VALUES (9, 'fee', 'posted', 0, 0, '', '', NULL, NULL, zeroblob(32))",
        "INSERT INTO posting VALUES (6, 0, 1, -5), (6, 1, 2, 6);
         INSERT INTO journal_entry VALUES (6, 'fee', 'posted', 0, 0, '', '', NULL, NULL, zeroblob(32))",
        "UPDATE payment SET amount = 1",
        "DELETE FROM payment",
        "UPDATE balance SET settled = -1 WHERE account_id = 5",
        "DELETE FROM ledger_account WHERE account_id = 1",
        "INSERT INTO ledger_account (kind) VALUES ('cash_drawer')",
    ] {
        let refused = write(ledger.store(), move |db| Ok(db.execute_batch(sql)?));
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{sql}");
    }
    assert_eq!(ledger.verify().bad, None);
}

#[test]
fn a_customer_never_falls_below_zero_and_an_entry_is_reversed_once() {
    let ledger = Ledger::with_history();
    for n in 10..18 {
        ledger.tap(&format!("b-{n}")).unwrap();
    }
    assert!(
        matches!(ledger.tap("b-99"), Err(StoreError::Refused(_))),
        "a CHECK holds even if a rule did not"
    );
    assert!(matches!(ledger.reverse(3), Err(StoreError::Refused(_))), "taken back twice");
    assert_eq!(ledger.verify().bad, None);
}

#[test]
fn the_same_request_id_is_stored_once() {
    let ledger = Ledger::with_history();
    let again = ledger.tap("b-1");
    assert!(matches!(&again, Err(StoreError::Refused(cause)) if cause.contains("UNIQUE")), "{again:?}");
    assert_eq!(ledger.verify().entries, 5, "and its whole unit was undone");
}

#[test]
fn holds_are_posted_or_voided_once() {
    let ledger = Ledger::with_history();
    let (customer, till) = (ledger.customer, ledger.till_account);
    let resolve = move |phase: Phase, pending_id: Option<i64>| {
        move |db: &Db| {
            let transfer =
                EntryDraft::transfer(EntryKind::Tap, NOW, DAY, "r", customer, till, Rupiah(80_000)).unwrap();
            journal::append(db, &EntryDraft { phase, pending_id, ..transfer }, Spending::None)
        }
    };
    let hold = write(ledger.store(), resolve(Phase::Pending, None)).unwrap();
    assert!(write(ledger.store(), resolve(Phase::Pending, None)).is_err(), "held money is not spent twice");
    write(ledger.store(), resolve(Phase::Voided, Some(hold))).unwrap();
    assert!(write(ledger.store(), resolve(Phase::Posted, Some(hold))).is_err(), "resolved once");
    assert_eq!(ledger.verify().bad, None);
}

#[test]
fn verify_names_the_first_bad_row() {
    for (sql, row) in [
        ("UPDATE journal_entry SET memo = 'y' WHERE entry_id = 2", "journal_entry 2"),
        ("UPDATE journal_entry SET at_ms = at_ms + 1 WHERE entry_id = 4", "journal_entry 4"),
        ("UPDATE journal_entry SET hash = zeroblob(32) WHERE entry_id = 3", "journal_entry 3"),
        ("UPDATE journal_entry SET kind = 'fee' WHERE entry_id = 1", "journal_entry 1"),
        ("UPDATE journal_entry SET phase = 'bent' WHERE entry_id = 1", "journal_entry 1"),
        ("DELETE FROM journal_entry WHERE entry_id = 2", "journal_entry 3"),
        ("DELETE FROM journal_entry WHERE entry_id = 5", "posting of entry 5"),
        ("UPDATE posting SET amount = amount * 2 WHERE entry_id = 2", "journal_entry 2"),
        ("UPDATE posting SET account_id = 4 WHERE entry_id = 2 AND line = 1", "journal_entry 2"),
        ("UPDATE balance SET settled = settled + 1 WHERE account_id = 5", "balance 5"),
        ("UPDATE balance SET held = 1 WHERE account_id = 5", "balance 5"),
        ("UPDATE balance SET floor = NULL WHERE account_id = 5", "balance 5"),
        ("UPDATE balance SET spent = 0 WHERE account_id = 5", "balance 5"),
        ("DELETE FROM balance WHERE account_id = 6", "balance 6"),
        ("UPDATE payment SET amount = 9000 WHERE payment_id = 2", "payment 2"),
        ("UPDATE payment SET card = '5A3F01C3' WHERE payment_id = 3", "payment 3"),
        ("DELETE FROM payment WHERE payment_id = 1", "payment 2"),
        ("DELETE FROM payment WHERE payment_id = 3", "journal_entry 4"),
        ("UPDATE last_paid SET payment_id = 1", "last_paid of payment 3"),
        ("DELETE FROM last_paid", "last_paid of payment 3"),
        ("UPDATE outbox SET body = replace(body, 'ok', 'low') WHERE outbox_id = 1", "outbox 1"),
        ("UPDATE outbox SET reader = 'other' WHERE outbox_id = 2", "outbox 2"),
        ("DELETE FROM outbox WHERE outbox_id = 3", "payment 3"),
        ("UPDATE outbox_mark SET sent_through = 99", "outbox_mark mqtt"),
    ] {
        let report = Ledger::with_history().tamper(sql);
        assert_eq!(report.bad.as_ref().map(|(row, _)| row.as_str()), Some(row), "{sql}: {:?}", report.bad);
    }
}
