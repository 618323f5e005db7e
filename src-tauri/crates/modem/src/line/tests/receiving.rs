//! Receiving: commit before acknowledgement and deletion, direct and stored, failed commits, full stores, USSD, calls.

use std::sync::{Arc, Mutex};

use gerai_core::port::BoxFuture;
use gerai_core::port::lines::{LineError, LineHealth, UssdReply, UssdState};

use crate::line::fake::{Bench, Taking, ready};

const STARTED: u64 = 10_000;
const MESSAGE: &str = "07912618010000F0040B912618214365F700006211721034802202C834";

fn stored(bench: &Bench, at: u64) {
    bench.at(at, |world| {
        world.stored.insert(("SM".to_owned(), 3), MESSAGE.to_owned());
        world.say(0, b"\r\n+CMTI: \"SM\",3\r\n");
    });
}

#[test]
fn a_failed_commit_leaves_the_message_in_its_store_until_it_succeeds() {
    let bench = Bench::new();
    bench.world().end = 60_000;
    *bench.door.taking.lock().unwrap() = Taking::Fails;
    stored(&bench, STARTED);
    let door = bench.door.clone();
    bench.at(STARTED + 5_000, move |world| {
        assert_eq!(world.count("AT+CMGD=3"), 0);
        *door.taking.lock().unwrap() = Taking::AtOnce;
    });
    bench.line().1.run();
    assert_eq!(bench.door.taken.lock().unwrap().len(), 2);
    assert!(bench.world().stored.is_empty());
}

#[test]
fn a_slow_commit_does_not_stop_sending() {
    let bench = Bench::new();
    *bench.door.taking.lock().unwrap() = Taking::Never;
    stored(&bench, STARTED);
    let (handle, driver) = bench.line();
    bench.at(STARTED + 1_000, move |_| drop(handle.submit(crate::line::fake::part(), 1)));
    driver.run();
    let world = bench.world();
    assert_eq!((world.ctrl_z, world.count("AT+CMGD=3")), (1, 0));
    // Announced again while its commit is on its way: not handed over twice.
    assert_eq!(bench.door.taken.lock().unwrap().len(), 1);
}

#[test]
fn a_direct_message_is_acknowledged_after_its_commit() {
    let check = |taking: Taking, acknowledged: usize| {
        let bench = Bench::new();
        bench.world().answer("AT+CSMS=1", "+CSMS: 1,1,1|OK");
        *bench.door.taking.lock().unwrap() = taking;
        bench.at(STARTED, |world| {
            world.say(0, format!("\r\n+CMT: ,20\r\n^RSSI: 9\r\n{MESSAGE}\r\n").as_bytes());
        });
        bench.line().1.run();
        assert_eq!(bench.door.taken.lock().unwrap().len(), 1);
        let world = bench.world();
        assert_eq!(world.count("AT+CNMI=2,2,0,1,0"), 2 - acknowledged);
        assert_eq!(world.count("AT+CNMA"), acknowledged);
    };
    check(Taking::AtOnce, 1);
    // Not acknowledged: the network brings it again, and direct delivery is asked for again.
    check(Taking::Fails, 0);
}

#[test]
fn a_message_whose_deletion_fails_is_deleted_later_and_not_taken_twice() {
    let bench = Bench::new();
    bench.world().end = 400_000;
    bench.world().answer("AT+CMGD=3", "+CMS ERROR: 320");
    bench.world().answer("AT+CMGD=3", "*");
    stored(&bench, STARTED);
    bench.at(STARTED + 100, |world| world.say(0, b"\r\n+CMTI: \"SM\",3\r\n"));
    bench.line().1.run();
    assert_eq!(bench.door.taken.lock().unwrap().len(), 1);
    assert_eq!(bench.world().count("AT+CMGD=3"), 3);
    assert!(bench.world().stored.is_empty());
}

#[test]
fn a_listing_that_hangs_is_replaced_by_reading_one_by_one() {
    let bench = Bench::new();
    bench.world().end = 60_000;
    bench.world().default.insert("AT+CMGL=4".to_owned(), "*".to_owned());
    bench.world().stored.insert(("SM".to_owned(), 5), MESSAGE.to_owned());
    bench.line().1.run();
    assert_eq!(bench.door.taken.lock().unwrap().len(), 1);
    let world = bench.world();
    assert_eq!((world.count("AT+CMGL=4"), world.stored.len()), (1, 0));
}

#[test]
fn a_store_nearly_full_is_an_alarm() {
    let bench = Bench::new();
    *bench.door.taking.lock().unwrap() = Taking::Fails;
    for index in 0..20 {
        bench.world().stored.insert(("SM".to_owned(), index), MESSAGE.to_owned());
    }
    bench.world().end = 100_000;
    bench.line().1.run();
    let reports = bench.door.reports.lock().unwrap();
    let full = reports.iter().find(|report| report.trouble.contains("20 of 25")).unwrap();
    assert_eq!((full.health, full.storage), (LineHealth::Ready, Some((20, 50))));
}

type Answers = Arc<Mutex<Vec<BoxFuture<'static, Result<UssdReply, LineError>>>>>;

fn ask(bench: &Bench, at: u64) -> Answers {
    let (handle, driver) = bench.line();
    let answers = Answers::default();
    let list = answers.clone();
    bench.at(at, move |_| list.lock().unwrap().push(handle.ussd("*888#")));
    driver.run();
    answers
}

#[test]
fn ussd_is_answered_pushed_and_given_up() {
    let bench = Bench::new();
    bench.at(STARTED + 1, |world| {
        world.say(4_000, b"\r\n+CUSD: 1,\"Pulsa\r\n1. Ya\r\n2. Tidak\",15\r\n");
        world.say(5_000, b"\r\n+CUSD: 0,\"again\",15\r\n");
    });
    let answer = ready(ask(&bench, STARTED).lock().unwrap().remove(0)).unwrap().unwrap();
    assert_eq!((answer.state, answer.text.as_str()), (UssdState::Answerable, "Pulsa\n1. Ya\n2. Tidak"));
    assert_eq!(bench.door.pushed.lock().unwrap()[0].text, "again");

    let bench = Bench::new();
    bench.world().end = 100_000;
    bench.at(STARTED + 1, |world| world.say(75_000, b"\r\n+CUSD: 0,\"late\",15\r\n"));
    let answer = ready(ask(&bench, STARTED).lock().unwrap().remove(0)).unwrap();
    assert_eq!(answer, Err(LineError::Timeout(60_000)));
    assert_eq!(bench.world().count("AT+CUSD=2"), 1);
    assert_eq!(bench.door.pushed.lock().unwrap()[0].text, "late");
}

#[test]
fn a_call_is_told_once_with_or_without_its_number() {
    let bench = Bench::new();
    bench.world().end = 60_000;
    bench.at(STARTED, |world| {
        for ring in 0..4 {
            world.say(ring * 4_000, b"\r\nRING\r\n\r\n+CLIP: \"+6281234567890\",145\r\n");
        }
        world.say(17_000, b"\r\nNO CARRIER\r\n");
        world.say(30_000, b"\r\nRING\r\n");
        world.say(34_000, b"\r\nRING\r\n");
    });
    bench.line().1.run();
    assert_eq!(*bench.door.calls.lock().unwrap(), ["+6281234567890", ""]);
}
