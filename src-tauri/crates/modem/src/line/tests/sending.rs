//! Sending: the good way, every byte at which the plug can be pulled, silence, busy modems, late and foreign answers.

use std::sync::{Arc, Mutex};

use gerai_core::port::BoxFuture;
use gerai_core::port::lines::{LineHealth, Scope, Submitted};

use crate::line::fake::{Bench, ICCID, IMEI, part, ready};

/// When the fake modem is surely initialised.
const STARTED: u64 = 10_000;

type Outcomes = Arc<Mutex<Vec<BoxFuture<'static, Submitted>>>>;

/// Runs a line that is given `count` messages once it is ready; what became of them.
fn send(bench: &Bench, count: u64) -> Vec<Submitted> {
    let (handle, driver) = bench.line();
    let outcomes = Outcomes::default();
    let list = outcomes.clone();
    bench.at(STARTED, move |_| {
        for ticket in 0..count {
            list.lock().unwrap().push(handle.submit(part(), ticket));
        }
    });
    driver.run();
    let outcomes: Vec<_> = outcomes.lock().unwrap().drain(..).collect();
    outcomes.into_iter().map(|outcome| ready(outcome).expect("every message is answered")).collect()
}

#[test]
fn a_line_initialises_sends_and_receives() {
    let bench = Bench::new();
    bench.world().stored.insert(("ME".to_owned(), 7), "0791261".repeat(8));
    bench.at(12_000, |world| {
        world.stored.insert(("SM".to_owned(), 3), "07912618".repeat(6));
        world.say(0, b"\r\n+CMTI: \"SM\",3\r\n");
    });
    assert_eq!(send(&bench, 2), [Submitted::Sent { reference: 1 }, Submitted::Sent { reference: 2 }]);
    let taken = bench.door.taken.lock().unwrap();
    assert_eq!(taken.len(), 2);
    assert!(bench.world().stored.is_empty(), "deleted after the commit");
    let reports = bench.door.reports.lock().unwrap();
    let ready = reports.iter().find(|report| report.health == LineHealth::Ready).unwrap();
    assert_eq!((ready.key.imei.as_str(), ready.key.iccid.as_str()), (IMEI, ICCID));
    assert_eq!((ready.operator.as_str(), ready.signal_dbm), ("GERAI", Some(-73)));
    assert_eq!(reports.last().unwrap().health, LineHealth::Absent);
}
