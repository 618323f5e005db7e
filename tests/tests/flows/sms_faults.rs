//! Modems that fail in every way while messages go out: nothing is sent twice, nothing is lost, and lines that are well do
//! not wait for those that are not.

use serde_json::json;

use gerai_modem::sim::{Order, Simulator};

use crate::run_with_secrets::{Place, Running};
use crate::sms::{lines_ready, modems, must, on_air, place, send, state, times, until};

/// Faults for one modem, in the order of its number.
fn fault(simulator: &Simulator, index: usize) {
    let modem = simulator.modem(index);
    let order = match index % 9 {
        0 => Order::Garbage(2_000),
        1 => Order::Storm { count: 2_000, every_ms: 1 },
        2 => Order::Refuse { count: 2, code: 41 },
        3 => Order::LostFinal(1),
        4 => Order::Unplug,
        5 => Order::Full(true),
        6 => Order::NoPrompt(1),
        7 => Order::FailDelete(3),
        _ => Order::UnplugAtInput(700),
    };
    let _ = modem.order(order);
}

fn mend(simulator: &Simulator, index: usize) {
    let modem = simulator.modem(index);
    let _ = modem.order(Order::Full(false));
    let _ = modem.order(Order::Replug { same: index.is_multiple_of(2) });
}

fn send_all(place: &Place, count: usize) -> Vec<(i64, String)> {
    (0..count)
        .map(|n| {
            let text = format!("pesan ke {n} dari {count}");
            let id = send(place, &format!("f{n}"), &format!("0857{:08}", n + 1), &text).unwrap();
            (id, text)
        })
        .collect()
}

/// Everything went out once, or is in doubt; in doubt is at most what a fault can explain.
fn check(place: &Place, simulator: &Simulator, sent: &[(i64, String)], doubts_max: usize) {
    until("everything sent or in doubt", 240, || {
        let counts = must(place, "sms.counts", json!({}));
        counts["waiting"] == 0
    });
    let counts = on_air(simulator);
    let mut doubts = 0;
    for (id, text) in sent {
        let (state, times) = (state(place, *id), times(&counts, text));
        match state.as_str() {
            "sent" | "delivered" => assert_eq!(times, 1, "{id} is {state}"),
            "in_doubt" => {
                doubts += 1;
                assert!(times <= 1, "{id} was sent {times} times");
            }
            other => panic!("{id} is {other}"),
        }
    }
    assert!(doubts <= doubts_max, "{doubts} in doubt");
}

#[test]
fn four_lines_with_every_fault_send_each_message_once() {
    let place = place();
    let simulator = modems(&place, 4, 30);
    let _station = Running::start(&place, "station.log", None);
    lines_ready(&place, 4);
    let mut sent = send_all(&place, 40);
    for round in 0..9 {
        // One modem is well at any time.
        for index in 0..3 {
            fault(&simulator, index + round);
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
        for index in 0..4 {
            mend(&simulator, index);
        }
        let text = format!("di tengah {round}");
        let id = send(&place, &format!("m{round}"), "081300000001", &text).unwrap();
        sent.push((id, text));
    }
    check(&place, &simulator, &sent, 27);
}

#[test]
fn sixty_four_lines_with_faults_send_each_message_once() {
    let place = place();
    let simulator = modems(&place, 64, 100);
    let _station = Running::start(&place, "station.log", None);
    lines_ready(&place, 64);
    let sent = send_all(&place, 600);
    for index in 0..48 {
        fault(&simulator, index);
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    for index in 0..48 {
        mend(&simulator, index);
    }
    check(&place, &simulator, &sent, 48);
}
