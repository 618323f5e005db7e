//! PINs, ports that vanish or are taken, modems that fall silent, settings of the operator, and a line at rest.

use std::sync::{Arc, Mutex};

use gerai_core::port::lines::{LineHealth, LineSetup};
use gerai_core::secret::Secret;

use crate::line::fake::{Bench, IMEI, ready};

fn setup(pin: Option<&str>) -> LineSetup {
    LineSetup {
        imei: IMEI.to_owned(),
        active: true,
        pin: pin.map(|pin| Secret::new(pin.to_owned())),
        smsc: "+62811111111".to_owned(),
        baud: 0,
        parity: "none".to_owned(),
        data_bits: 8,
        stop_bits: 1,
        init: vec!["+CLIR=1".to_owned(), "\u{1a}".to_owned()],
    }
}

/// A SIM that asks for its PIN, and a run that gives it this one.
fn locked(bench: &mut Bench, pin: Option<&str>) -> (LineHealth, usize) {
    bench.setup = Some(setup(pin));
    bench.world().default.insert("AT+CPIN?".to_owned(), "+CPIN: SIM PIN|OK".to_owned());
    bench.line().1.run();
    let reports = bench.door.reports.lock().unwrap();
    // The last is the closing one.
    let health = reports[reports.len() - 2].health;
    let tries = bench.world().seen.iter().filter(|(_, seen)| seen.starts_with("AT+CPIN=")).count();
    (health, tries)
}

#[test]
fn a_wrong_pin_is_entered_once_however_often_the_modem_comes_back() {
    let mut bench = Bench::new();
    bench.world().default.insert("AT+CPIN=\"1234\"".to_owned(), "+CME ERROR: 16".to_owned());
    bench.at(15_000, |world| world.plugged = false);
    bench.at(18_000, |world| world.plugged = true);
    assert_eq!(locked(&mut bench, Some("1234")), (LineHealth::PinWrong, 1));
    // The same process, the line started again.
    bench.world().end = 60_000;
    assert_eq!(locked(&mut bench, Some("1234")), (LineHealth::PinWrong, 1));
    bench.world().end = 90_000;
    assert_eq!(locked(&mut bench, Some("4321")).1, 2);
}

#[test]
fn a_right_pin_unlocks_and_is_entered_again_after_a_restart() {
    let mut bench = Bench::new();
    bench.world().end = 60_000;
    for _ in 0..2 {
        bench.world().answer("AT+CPIN?", "+CPIN: SIM PIN|OK");
        bench.world().answer("AT+CPIN?", "+CPIN: READY|OK");
    }
    bench.setup = Some(setup(Some("1234")));
    bench.at(20_000, |world| world.say(0, b"\r\n^SYSSTART\r\n"));
    bench.line().1.run();
    assert_eq!(bench.world().count("AT+CPIN=\"1234\""), 2);
    assert_eq!(bench.world().count("AT+CSCA=\"+62811111111\",145"), 2);
    assert_eq!(bench.world().count("AT+CLIR=1"), 2);
    assert_eq!(bench.world().ctrl_z, 0, "an operator's command never carries a Ctrl-Z");
}

#[test]
fn the_last_try_and_the_puk_are_left_alone() {
    let mut bench = Bench::new();
    bench.world().default.insert("AT+CPINR=\"SIM PIN\"".to_owned(), "+CPINR: SIM PIN,1,3|OK".to_owned());
    assert_eq!(locked(&mut bench, Some("1234")), (LineHealth::PinWrong, 0));
    assert_eq!(locked(&mut Bench::new(), None), (LineHealth::PinWanted, 0));
    assert_eq!(locked(&mut Bench::new(), Some("12\"4")), (LineHealth::PinWrong, 0));

    let mut bench = Bench::new();
    bench.world().answer("AT+CPIN?", "+CPIN: SIM PUK|OK");
    bench.world().default.insert("AT+CPIN?".to_owned(), "+CPIN: SIM PUK|OK".to_owned());
    bench.setup = Some(setup(Some("1234")));
    bench.line().1.run();
    assert!(bench.door.reports.lock().unwrap().iter().any(|report| report.health == LineHealth::PukWanted));
    assert!(!bench.world().seen.iter().any(|(_, seen)| seen.starts_with("AT+CPIN=")));
    bench.setup = None;
}

#[test]
fn no_sim_is_said_and_an_inserted_one_is_found() {
    let bench = Bench::new();
    bench.world().end = 60_000;
    bench.world().default.insert("AT+CPIN?".to_owned(), "+CME ERROR: 10".to_owned());
    bench.at(20_000, |world| {
        world.default.insert("AT+CPIN?".to_owned(), "+CPIN: READY|OK".to_owned());
        world.say(0, b"\r\n^SIMST: 1\r\n");
    });
    bench.line().1.run();
    let healths: Vec<_> = bench.door.reports.lock().unwrap().iter().map(|report| report.health).collect();
    let no_sim = healths.iter().position(|health| *health == LineHealth::NoSim).unwrap();
    assert!(healths[no_sim..].contains(&LineHealth::Ready), "{healths:?}");
}

#[test]
fn an_absent_modem_is_looked_for_and_never_reset() {
    let bench = Bench::new();
    bench.world().end = 200_000;
    bench.at(12_000, |world| world.plugged = false);
    bench.at(100_000, |world| world.plugged = true);
    bench.line().1.run();
    let world = bench.world();
    assert_eq!((world.opens, world.count("AT+CFUN=1,1")), (2, 0));
    let reports = bench.door.reports.lock().unwrap();
    assert!(reports.iter().any(|report| report.health == LineHealth::Absent));
    assert!(reports.iter().all(|report| report.recoveries == 0));
}

#[test]
fn a_port_that_another_program_holds_is_said_to_be_taken() {
    let bench = Bench::new();
    bench.at(12_000, |world| {
        world.plugged = false;
        world.taken = true;
    });
    bench.line().1.run();
    let reports = bench.door.reports.lock().unwrap();
    let taken = reports.iter().find(|report| report.health == LineHealth::PortTaken).unwrap();
    assert!(taken.trouble.contains("another program"), "{}", taken.trouble);
}

#[test]
fn a_mute_modem_climbs_the_ladder_to_quarantine_and_a_word_lets_it_start_again() {
    let bench = Bench::new();
    bench.world().end = 900_000;
    bench.at(12_000, |world| world.mute = true);
    let (handle, driver) = bench.line();
    bench.at(300_000, move |world| {
        world.mute = false;
        handle.wake();
    });
    driver.run();
    let reports = bench.door.reports.lock().unwrap();
    let healths: Vec<_> = reports.iter().map(|report| report.health).collect();
    let quarantined = healths.iter().position(|health| *health == LineHealth::Quarantined).unwrap();
    assert_eq!(reports[quarantined].recoveries, 4);
    assert!(healths[quarantined..].contains(&LineHealth::Ready), "{healths:?}");
}

#[test]
fn a_line_at_rest_wakes_only_to_look_after_its_modem() {
    let bench = Bench::new();
    let waits = Arc::new(Mutex::new(0));
    let (before, after) = (waits.clone(), waits.clone());
    bench.at(20_000, move |world| *before.lock().unwrap() = world.waits);
    bench.at(3_620_000, move |world| {
        let count = world.waits - *after.lock().unwrap();
        *after.lock().unwrap() = count;
    });
    bench.world().end = 3_700_000;
    bench.line().1.run();
    // An hour: 60 checks of 5 commands and 12 looks at two stores, two waits per answer.
    assert!(*waits.lock().unwrap() < 720, "{}", waits.lock().unwrap());
    assert_eq!(bench.door.reports.lock().unwrap().len(), 2, "no news is not told");
}

#[test]
fn a_line_that_is_switched_off_is_left_alone() {
    let mut bench = Bench::new();
    bench.setup = Some(LineSetup { active: false, ..setup(None) });
    bench.line().1.run();
    let reports = bench.door.reports.lock().unwrap();
    assert_eq!(reports.last().unwrap().health, LineHealth::Off);
    assert_eq!(bench.world().count("AT+CMGF=0"), 0);
}

#[test]
fn the_console_gets_the_answer_and_nothing_that_could_hang_the_line() {
    let bench = Bench::new();
    bench.world().answer("AT+CREG?;+CSQ", "+CREG: 1,1|^RSSI: 3|+CSQ: 9,99|OK");
    let (handle, driver) = bench.line();
    let answers = Arc::new(Mutex::new(Vec::new()));
    let list = answers.clone();
    bench.at(15_000, move |_| {
        for command in ["AT+CREG?;+CSQ", "AT+CMGS=3", "ATE0\u{1a}", "+CSQ"] {
            list.lock().unwrap().push(handle.command(command));
        }
    });
    driver.run();
    let answers: Vec<_> = answers.lock().unwrap().drain(..).map(|answer| ready(answer).unwrap()).collect();
    assert_eq!(answers[0].as_ref().unwrap(), &["+CREG: 1,1", "+CSQ: 9,99", "OK"]);
    assert!(answers[1..].iter().all(Result::is_err));
}

#[test]
fn another_sim_after_a_restart_is_another_line_and_nothing_of_it_is_deleted_unread() {
    let bench = Bench::new();
    bench.world().end = 100_000;
    bench.world().default.insert("AT+CMGD=3".to_owned(), "+CMS ERROR: 320".to_owned());
    bench.at(12_000, |world| {
        world.stored.insert(("SM".to_owned(), 3), "00".repeat(20));
        world.say(0, b"\r\n+CMTI: \"SM\",3\r\n");
    });
    bench.at(20_000, |world| {
        world.default.remove("AT+CMGD=3");
        world.stored.insert(("SM".to_owned(), 3), "11".repeat(20));
        world.default.insert("AT+CCID".to_owned(), "+CCID: 89629999999999999999|OK".to_owned());
        world.say(0, b"\r\n^SIMST: 1\r\n");
    });
    bench.line().1.run();
    let taken = bench.door.taken.lock().unwrap();
    assert_eq!(taken.len(), 2);
    assert_ne!(taken[0].key, taken[1].key);
    let reports = bench.door.reports.lock().unwrap();
    let gone = reports.iter().position(|report| report.health == LineHealth::Absent).unwrap();
    assert_eq!((&reports[gone].key, &reports[gone + 1].key), (&taken[0].key, &taken[1].key));
    assert_eq!(bench.world().opens, 1);
}

#[test]
fn a_modem_that_answers_but_takes_no_messages_is_recovered() {
    let bench = Bench::new();
    bench.world().end = 100_000;
    for _ in 0..3 {
        bench.world().answer("AT+CMGS=15", "*");
    }
    let (handle, driver) = bench.line();
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let list = outcomes.clone();
    bench.at(10_000, move |_| {
        for ticket in 0..3 {
            list.lock().unwrap().push(handle.submit(crate::line::fake::part(), ticket));
        }
    });
    driver.run();
    assert_eq!(bench.world().opens, 2);
    let reports = bench.door.reports.lock().unwrap();
    assert!(reports.iter().any(|report| report.health == LineHealth::Recovering && report.recoveries == 1));
}
