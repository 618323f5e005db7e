//! The audit trail on a real file: whatever is changed in it behind the station's back is found and named.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

mod unguarded;

use gerai_core::audit::{AuditOutcome, AuditRecord};
use gerai_core::time::UnixMs;
use gerai_store::audit::{self, AuditFilter, AuditVerified};
use gerai_store::{Db, OpenMode, Store, StoreResult};

fn record(n: i64) -> AuditRecord {
    AuditRecord {
        at: UnixMs(1_795_323_600_000 + n),
        actor: ["rina", "local command line", "token kas"][n as usize % 3].to_owned(),
        operator_id: (n % 3 == 0).then_some(7),
        surface: "browser".to_owned(),
        peer: if n % 2 == 0 { "192.168.1.9".to_owned() } else { String::new() },
        act: if n % 2 == 0 { "settings.set" } else { "session.sign_in" }.to_owned(),
        outcome: if n == 4 { AuditOutcome::Refused } else { AuditOutcome::Done },
        subject: format!("version {n}"),
        before: (n % 2 == 0).then(|| r#"{"a":1}"#.to_owned()),
        after: (n % 2 == 0).then(|| r#"{"a":2}"#.to_owned()),
    }
}

/// Five records, and a connection that no guard of the schema holds back.
fn unguarded() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gerai.db");
    let store = Store::open(&path, OpenMode::Write).unwrap();
    let writer = store.writer().unwrap();
    writer
        .submit_blocking(|db| -> StoreResult<()> {
            (1..=5).try_for_each(|n| audit::append(db, &record(n)).map(drop))
        })
        .unwrap();
    drop(store);
    let db = Db::open(&path).unwrap();
    unguarded::take_guards_off(&db);
    db.execute_batch("PRAGMA synchronous = OFF;").unwrap();
    (dir, db)
}

/// Does something to the trail, checks it, and puts it back.
fn after(db: &Db, sql: &str) -> AuditVerified {
    db.execute_batch("BEGIN").unwrap();
    db.execute_batch(sql).unwrap();
    let report = audit::verify(db).unwrap();
    db.execute_batch("ROLLBACK").unwrap();
    report
}

#[test]
fn an_honest_trail_is_whole() {
    let (_dir, db) = unguarded();
    let report = audit::verify(&db).unwrap();
    assert_eq!((report.records, report.bad.clone()), (5, None));
    assert_eq!(audit::head(&db).unwrap(), (5, report.head));
}

#[test]
fn any_flipped_byte_of_any_column_of_any_row_is_named() {
    let (_dir, db) = unguarded();
    let mut flips = 0;
    for column in ["actor", "surface", "peer", "act", "outcome", "subject", "before", "after", "hash"] {
        let cast = if column == "hash" { "BLOB" } else { "TEXT" };
        for id in 1..=5 {
            let sql = format!("SELECT CAST({column} AS BLOB) FROM audit WHERE audit_id = {id}");
            let stored: Option<Vec<u8>> = db.query_row(&sql, [], |row| row.get(0)).unwrap();
            for place in 0..stored.as_ref().map_or(0, Vec::len) {
                let mut bytes = stored.clone().unwrap();
                bytes[place] ^= 1 << (place % 8);
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let report = after(
                    &db,
                    &format!("UPDATE audit SET {column} = CAST(x'{hex}' AS {cast}) WHERE audit_id = {id}"),
                );
                let row = report.bad.map(|(row, _)| row);
                assert_eq!(row, Some(format!("audit {id}")), "{column} of {id}, byte {place}");
                flips += 1;
            }
            let empty = if stored.is_some() { "NULL" } else { "''" };
            if matches!(column, "before" | "after") {
                let report =
                    after(&db, &format!("UPDATE audit SET {column} = {empty} WHERE audit_id = {id}"));
                assert_eq!(report.bad.map(|(row, _)| row), Some(format!("audit {id}")));
            }
        }
    }
    assert!(flips > 300, "{flips}");
}

#[test]
fn any_flipped_bit_of_any_number_is_named() {
    let (_dir, db) = unguarded();
    for id in 1..=5 {
        for bit in 0..63 {
            let report = after(
                &db,
                &format!(
                    "UPDATE audit SET at_ms = (at_ms | (1 << {bit})) - (at_ms & (1 << {bit})) WHERE audit_id = {id}"
                ),
            );
            assert_eq!(report.bad.map(|(row, _)| row), Some(format!("audit {id}")), "at_ms bit {bit}");
        }
        let other = after(
            &db,
            &format!("UPDATE audit SET operator_id = coalesce(operator_id, 0) + 1 WHERE audit_id = {id}"),
        );
        assert_eq!(other.bad.map(|(row, _)| row), Some(format!("audit {id}")));
        let moved = after(&db, &format!("UPDATE audit SET audit_id = 900 + {id} WHERE audit_id = {id}"));
        // The gap is named by the row after it, at the end by the moved row itself.
        let named = if id == 5 { 905 } else { id + 1 };
        assert_eq!(moved.bad.map(|(row, _)| row), Some(format!("audit {named}")));
    }
}

#[test]
fn deleted_swapped_inserted_and_cut_off_rows_are_found() {
    let (_dir, db) = unguarded();
    let whole = audit::verify(&db).unwrap();
    let named = |sql: &str| after(&db, sql).bad.map(|(row, _)| row);
    assert_eq!(named("DELETE FROM audit WHERE audit_id = 1").as_deref(), Some("audit 2"));
    assert_eq!(named("DELETE FROM audit WHERE audit_id = 3").as_deref(), Some("audit 4"));
    let close_gap = "DELETE FROM audit WHERE audit_id = 3; UPDATE audit SET audit_id = 3 WHERE audit_id = 4;
                     UPDATE audit SET audit_id = 4 WHERE audit_id = 5";
    assert_eq!(named(close_gap).as_deref(), Some("audit 3"));
    let swap =
        "UPDATE audit SET audit_id = 99 WHERE audit_id = 2; UPDATE audit SET audit_id = 2 WHERE audit_id = 4;
                UPDATE audit SET audit_id = 4 WHERE audit_id = 99";
    assert_eq!(named(swap).as_deref(), Some("audit 2"));
    let copy = "INSERT INTO audit SELECT 6, at_ms, actor, operator_id, surface, peer, act, outcome, subject, before, after,
                hash FROM audit WHERE audit_id = 5";
    assert_eq!(named(copy).as_deref(), Some("audit 6"));
    // A trail whose end is cut off is whole in itself: the head that is kept beside the database shows it.
    let cut = after(&db, "DELETE FROM audit WHERE audit_id >= 4");
    assert_eq!((cut.bad, cut.records), (None, 3));
    assert_ne!(cut.head, whole.head);
    assert!(audit::get(&db, 5).unwrap().is_some_and(|record| record.hash == whole.head));
}

#[test]
fn sqlite_itself_refuses_to_bend_the_trail() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
    let writer = store.writer().unwrap();
    writer.submit_blocking(|db| audit::append(db, &record(1)).map(drop)).unwrap();
    for sql in [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "INSERT INTO audit VALUES (9, 0, '', NULL, '', '', '', 'done', '', NULL, NULL, zeroblob(32))",
    ] {
        let bent = writer.submit_blocking(move |db| -> StoreResult<()> { Ok(db.execute_batch(sql)?) });
        assert!(bent.is_err(), "{sql}");
    }
}

#[test]
fn pages_and_filters() {
    let (_dir, db) = unguarded();
    let ids = |filter: &AuditFilter, before| -> Vec<i64> {
        audit::list(&db, filter, before, 2).unwrap().iter().map(|record| record.audit_id).collect()
    };
    let all = AuditFilter::default();
    assert_eq!((ids(&all, None), ids(&all, Some(4)), ids(&all, Some(2))), (vec![5, 4], vec![3, 2], vec![1]));
    let acts = AuditFilter { act: Some("session.".to_owned()), ..AuditFilter::default() };
    assert_eq!((ids(&acts, None), audit::count(&db, &acts).unwrap()), (vec![5, 3], 3));
    let refused = AuditFilter { outcome: Some(AuditOutcome::Refused), ..AuditFilter::default() };
    assert_eq!(ids(&refused, None), [4]);
    let from =
        AuditFilter { from: Some(UnixMs(1_795_323_600_002)), until: Some(UnixMs(1_795_323_600_004)), ..all };
    assert_eq!(ids(&from, None), [3, 2]);
    let percent = AuditFilter { act: Some("%".to_owned()), ..AuditFilter::default() };
    assert_eq!(audit::count(&db, &percent).unwrap(), 0, "a filter is text, not a pattern");
    let oldest: Vec<i64> = audit::after(&db, 2, 2).unwrap().iter().map(|record| record.audit_id).collect();
    assert_eq!(oldest, [3, 4]);
}
