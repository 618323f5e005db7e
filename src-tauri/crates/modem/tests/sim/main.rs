//! Simulated modems on real ports, spoken to byte by byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(unix)]

mod faults;
mod support;

use std::time::Duration;

use gerai_modem::sim::{Order, text_sha256};
use support::{Talk, start};

#[test]
fn a_dialogue_by_hand() {
    let simulator = start(1, "huawei");
    let mut talk = Talk::open(&simulator, 0);
    assert_eq!(talk.at("AT"), "AT\r\r\nOK\r\n", "the echo is on at first");
    talk.initialise();
    assert_eq!(talk.at("AT+CGSN"), format!("\r\n{}\r\n\r\nOK\r\n", simulator.modem(0).imei()));
    assert_eq!(talk.at("at^iccid?"), format!("\r\n^ICCID: {}F\r\n\r\nOK\r\n", simulator.modem(0).iccid()));
    assert_eq!(talk.at("AT+CCID"), "\r\nERROR\r\n");
    assert_eq!(talk.at("AT+CPIN?;+CREG?"), "\r\n+CPIN: READY\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    assert!(talk.at("ATI").contains("\r\nModel: E173\r\n"));
}

#[test]
fn what_goes_out_is_counted() {
    let simulator = start(2, "generic");
    let mut talk = Talk::open(&simulator, 0);
    talk.initialise();
    talk.send("+6281234567890", false);
    talk.until("\r\n+CMGS: 0\r\n\r\nOK\r\n");
    let records = simulator.oracle(0);
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].to.as_str(), records[0].mr, records[0].modem), ("+6281234567890", 0, 0));
    assert_eq!(records[0].text.as_deref(), Some("hellohello"));
    assert_eq!(records[0].text_sha256, text_sha256("hellohello"));
    let moments =
        [records[0].command_us, records[0].prompt_us, records[0].submit_us, records[0].final_us.unwrap()];
    assert!(moments.is_sorted());
}

#[test]
fn a_message_to_another_modem_arrives_and_is_reported() {
    let simulator = start(2, "generic");
    let (mut sender, mut receiver) = (Talk::open(&simulator, 0), Talk::open(&simulator, 1));
    sender.initialise();
    receiver.initialise();
    sender.send(&simulator.modem(1).msisdn(), true);
    sender.until("\r\n+CMGS: 0\r\n\r\nOK\r\n");
    let report = sender.until("508200\r\n");
    assert!(report.contains("\r\n+CDS: "), "{report:?}");
    assert!(sender.at("AT+CNMA").ends_with("OK\r\n"));
    receiver.until("\r\n+CMT: ,");
    assert!(receiver.until("37\r\n").contains("0000"), "the user data came through");
    assert_eq!(simulator.modem(1).held(), (1, 0));
    assert!(receiver.at("AT+CNMA").ends_with("OK\r\n"));
    assert_eq!(simulator.modem(1).held(), (0, 0));
}

#[test]
fn unplugged_and_back_by_another_name() {
    let simulator = start(1, "generic");
    let mut talk = Talk::open(&simulator, 0);
    talk.initialise();
    let before = simulator.modem(0).port().unwrap();
    simulator.modem(0).order(Order::Unplug).unwrap();
    assert!(talk.gone());
    assert_eq!(simulator.modem(0).port(), None);
    simulator.modem(0).order(Order::Replug { same: false }).unwrap();
    let after = simulator.modem(0).port().unwrap();
    assert_ne!(before, after);
    let mut talk = Talk::port(&after);
    assert!(talk.at("AT+CMEE?").contains("+CMEE: 0"), "settings went with the power");
    assert_eq!(talk.quiet(Duration::from_millis(50)), "");
}
