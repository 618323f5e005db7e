//! The main job: an original reader taps, the answer comes back byte for byte, the ledger is whole.

use std::time::Duration;

use serde_json::json;

use crate::reader::OriginalReader;
use crate::station::{Station, folder, gerai, must};

const WAIT: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_millis(700);

#[test]
fn an_original_reader_gets_byte_identical_answers() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    let station = Station::start(folder.path());
    station.customer("Siti Rahmawati", "5A3F01C2", 11_000);
    let (user, password) = station.reader(&["--name", "kantin", "--legacy"]);
    let mut reader = OriginalReader::connect(station.mqtt, &user, &password);
    let mut second = OriginalReader::connect(station.mqtt, &user, &password);

    let expect = |reader: &mut OriginalReader, topic: &str, text: &str| {
        assert_eq!(reader.hear(WAIT), Some((topic.to_owned(), text.to_owned())));
    };
    reader.publish("iot/deduct", b"5A3F01C2", false);
    let paid = "Successfully deducted 5000 for 5A3F01C2\nBalance: 6000";
    expect(&mut reader, "iot/success", paid);
    expect(&mut second, "iot/success", paid);
    // The nervous second touch: the same answer, nothing charged.
    reader.publish("iot/deduct", b"5A3F01C2", false);
    expect(&mut reader, "iot/success", paid);
    expect(&mut second, "iot/success", paid);
    must(folder.path(), &["config", "set", "payments.double_tap_seconds", "0"]);
    reader.publish("iot/deduct", b"5A3F01C2", false);
    expect(&mut reader, "iot/success", "Successfully deducted 5000 for 5A3F01C2\nBalance: 1000");
    reader.publish("iot/deduct", b"5A3F01C2", false);
    expect(&mut reader, "iot/failed", "Insufficient balance for 5A3F01C2 to deduct 5000\nBalance: 1000");
    reader.publish("iot/deduct", b"DEADBEEF", false);
    expect(&mut reader, "iot/failed", "Failed unknown for DEADBEEF\nBalance: 0");
    reader.publish("iot/deduct", b"\x01\x02 not a card", false);
    expect(&mut reader, "iot/failed", "Failed err for ?? not a card\nBalance: 0");
    // What must have no answer and no effect: a retained tap, the crediting topic.
    reader.publish("iot/deduct", b"5A3F01C2", true);
    reader.publish("iot/topup", b"5A3F01C2", false);
    assert_eq!(reader.hear(QUIET), None);
    assert_eq!(station.balance("5A3F01C2"), 1_000);
    station.verify();
}

#[test]
fn the_virtual_reader_goes_the_whole_way() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    let station = Station::start(folder.path());
    station.customer("Siti Rahmawati", "5A3F01C2", 50_000);
    let tap = station.must(&["reader", "tap", "--uid", "5A3F01C2"]);
    assert_eq!((&tap["outcome"], &tap["balance"]), (&json!("ok"), &json!(45_000)));
    let (done, again) = gerai(folder.path(), &["reader", "tap", "--uid", "5A3F01C2"]);
    assert!(!done);
    assert_eq!(again["outcome"], json!("dup"));
    let (_, unknown) = gerai(folder.path(), &["reader", "tap", "--uid", "DEADBEEF"]);
    assert_eq!(unknown["outcome"], json!("unknown"));
    let (_, named) = gerai(folder.path(), &["reader", "tap", "--uid", "5A3F01C2", "--amount", "7000"]);
    assert_eq!(named["outcome"], json!("dup"), "another request inside the window");
    station.verify();
}

#[test]
fn one_station_per_folder_and_commands_without_one() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    // Without a station the command line opens the ledger for one act.
    let made = must(
        folder.path(),
        &["account", "add", "--name", "Siti", "--card", "5A3F01C2", "--opening", "20000"],
    );
    assert_eq!(made["row"]["balance"], json!(20_000));
    let station = Station::start(folder.path());
    assert_eq!(station.balance("5A3F01C2"), 20_000);
    let (started, error) = gerai(folder.path(), &["serve"]);
    assert!(!started && error["error"]["message"].as_str().unwrap().contains("already runs"), "{error}");
    // Two top-ups with one id are one.
    for _ in 0..2 {
        station.must(&["account", "topup", "--card", "5A3F01C2", "--amount", "5000", "--request-id", "t-1"]);
    }
    assert_eq!(station.balance("5A3F01C2"), 25_000);
    drop(station);
    let report = must(folder.path(), &["ledger", "verify"]);
    assert_eq!(report["ok"], json!(true));
}

#[test]
fn an_old_copy_of_the_database_is_refused() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    must(folder.path(), &["account", "add", "--name", "Siti", "--card", "5A3F01C2", "--opening", "20000"]);
    let database = folder.path().join("gerai.db");
    let old = std::fs::read(&database).unwrap();
    let station = Station::start(folder.path());
    station.must(&["account", "topup", "--card", "5A3F01C2", "--amount", "5000"]);
    // The head is written down once a second.
    std::thread::sleep(Duration::from_millis(2_500));
    drop(station);
    for name in ["gerai.db-wal", "gerai.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    std::fs::write(&database, old).unwrap();
    let (started, error) = gerai(folder.path(), &["serve"]);
    assert!(!started && error["error"]["message"].as_str().unwrap().contains("journal entry 2"), "{error}");
}
