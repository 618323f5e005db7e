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

fn refused_for_now(outcome: &Submitted) -> bool {
    matches!(outcome, Submitted::Refused { scope: Scope::Line, temporary: true, .. })
}

#[test]
fn unplugged_at_every_byte_nothing_sent_is_called_refused() {
    let mut kinds = [0; 3];
    for bytes in 0..200 {
        let bench = Bench::new();
        bench.at(STARTED, move |world| world.budget = Some(bytes));
        let outcome = send(&bench, 1).remove(0);
        let left = bench.world().ctrl_z > 0;
        match &outcome {
            Submitted::Refused { .. } => {
                assert!(!left && refused_for_now(&outcome), "{bytes}: {outcome:?}");
                kinds[0] += 1;
            }
            Submitted::InDoubt { .. } => {
                assert!(left, "{bytes}: {outcome:?}");
                kinds[1] += 1;
            }
            Submitted::Sent { reference } => {
                assert!(left && *reference == 1, "{bytes}: {outcome:?}");
                kinds[2] += 1;
            }
        }
    }
    // `AT+CMGS=15\r`, the prompt, and the PDU with Ctrl-Z but for its last byte; then up to the end of `+CMGS: 1`.
    let pdu = crate::pdu::submit(&part()).unwrap().hex.expose().clone();
    let before = "AT+CMGS=15\r".len() + "\r\n> ".len() + pdu.len() + 1;
    assert_eq!(kinds[..2], [before, "\r\n+CMGS: 1\r".len()]);
}

#[test]
fn silence_after_ctrl_z_is_doubt_and_the_next_message_goes() {
    let bench = Bench::new();
    bench.world().end = 120_000;
    bench.world().answer("^Z", "*");
    let outcomes = send(&bench, 2);
    assert!(matches!(outcomes[0], Submitted::InDoubt { .. }), "{outcomes:?}");
    assert_eq!(outcomes[1], Submitted::Sent { reference: 2 });
    let world = bench.world();
    let sent: Vec<u64> =
        world.seen.iter().filter(|(_, seen)| seen == "AT+CMGS=15").map(|(at, _)| *at).collect();
    assert_eq!(sent, [STARTED, STARTED + 60_000]);
    assert_eq!(world.opens, 1, "one lost result is no reason to reopen");
}

#[test]
fn a_result_after_its_deadline_is_told_late() {
    let bench = Bench::new();
    bench.world().end = 120_000;
    bench.world().answer("^Z", "*");
    bench.at(STARTED + 1, |world| world.say(70_000, b"\r\n+CMGS: 77\r\n\r\nOK\r\n"));
    let outcomes = send(&bench, 1);
    assert!(matches!(outcomes[0], Submitted::InDoubt { .. }));
    assert_eq!(*bench.door.late.lock().unwrap(), [(0, 77)]);
}

#[test]
fn a_result_that_comes_while_the_dialogue_is_brought_in_step_is_not_the_next_messages() {
    let bench = Bench::new();
    bench.world().end = 150_000;
    bench.world().answer("^Z", "*");
    // The second message's `AT+CMGS` is answered with the first one's result before the prompt.
    bench.world().answer("AT+CMGS=15", ">");
    bench.world().answer("AT+CMGS=15", "+CMGS: 77|OK|>");
    let outcomes = send(&bench, 2);
    assert!(matches!(outcomes[0], Submitted::InDoubt { .. }));
    assert_eq!(outcomes[1], Submitted::Sent { reference: 2 });
    assert_eq!(*bench.door.late.lock().unwrap(), [(0, 77)]);
}

#[test]
fn no_prompt_means_nothing_was_sent() {
    let bench = Bench::new();
    bench.world().end = 60_000;
    bench.world().answer("AT+CMGS=15", "*");
    let outcomes = send(&bench, 2);
    assert!(refused_for_now(&outcomes[0]), "{outcomes:?}");
    assert_eq!(outcomes[1], Submitted::Sent { reference: 1 });
}

#[test]
fn errors_are_sorted_by_whom_they_concern() {
    let check = |answer: &str, want: &str| {
        let bench = Bench::new();
        bench.world().answer("^Z", answer);
        let outcome = match send(&bench, 1).remove(0) {
            Submitted::Sent { .. } => "sent".to_owned(),
            Submitted::Refused { scope, temporary, code, .. } => format!("{scope:?} {temporary} {code:?}"),
            Submitted::InDoubt { .. } => "doubt".to_owned(),
        };
        assert_eq!(outcome, want, "{answer}");
    };
    check("+CMS ERROR: 1", "Message false Some(1)");
    check("+CMS ERROR: 38", "Network true Some(38)");
    check("+CMS ERROR: 330", "Line false Some(330)");
    check("+CMS ERROR: 21", "Line true Some(21)");
    check("+CMS ERROR: 332", "doubt");
    check("+CMS ERROR: 500", "doubt");
    check("^RSSI: 12|+CREG: 1|+CMGS: 9|^BOOT: 1,2|OK", "sent");
    // Another command's reply is not ours: `OK` alone says nothing.
    check("+CSQ: 20,99|OK|+CMGS: 5|OK", "sent");
    // The reference without `OK`: the network has it.
    check("+CMGS: 5", "sent");
}

#[test]
fn a_busy_modem_is_asked_again_a_few_times() {
    let bench = Bench::new();
    bench.world().answer("AT+CMGS=15", "+CME ERROR: 515");
    bench.world().answer("AT+CMGS=15", "+CME ERROR: 14");
    assert_eq!(send(&bench, 1), [Submitted::Sent { reference: 1 }]);
    let bench = Bench::new();
    for _ in 0..9 {
        bench.world().answer("AT+CMGS=15", "+CME ERROR: 515");
    }
    assert!(refused_for_now(&send(&bench, 1)[0]));
    assert_eq!(bench.world().count("AT+CMGS=15"), 3);
}

#[test]
fn a_storm_of_notifications_neither_confuses_nor_grows() {
    let bench = Bench::new();
    bench.at(STARTED - 1, |world| world.say(0, &b"\r\n^RSSI: 12\r\n\r\n+CREG: 1\r\n".repeat(2_700)));
    bench.at(STARTED, |world| world.say(0, &vec![b'x'; 1_000_000]));
    assert_eq!(send(&bench, 1), [Submitted::Sent { reference: 1 }]);
}

#[test]
fn a_line_without_network_or_modem_refuses_at_once() {
    let bench = Bench::new();
    bench.world().default.insert("AT+CREG?".to_owned(), "+CREG: 1,2|OK".to_owned());
    assert!(refused_for_now(&send(&bench, 1)[0]));
    let bench = Bench::new();
    bench.world().plugged = false;
    assert!(refused_for_now(&send(&bench, 1)[0]));
    let bench = Bench::new();
    bench.world().mute = true;
    assert!(refused_for_now(&send(&bench, 1)[0]));
}

#[test]
fn more_parts_keep_the_link_where_the_modem_can() {
    let bench = Bench::new();
    let (handle, driver) = bench.line();
    bench.at(STARTED, move |_| {
        let first = gerai_core::port::lines::SubmitPart { more_follow: true, ..part() };
        drop(handle.submit(first, 1));
        drop(handle.submit(part(), 2));
    });
    driver.run();
    let world = bench.world();
    assert_eq!((world.count("AT+CMMS=2"), world.ctrl_z), (1, 2));
}
