//! The way of a token over Bluetooth LE: the station's own radio code in a process of its own, with BlueZ made of software
//! on a private bus (`support/bluez.py`). Nothing of this machine's own Bluetooth is touched.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

#[path = "support/bus.rs"]
mod bus;
#[path = "support/look.rs"]
mod look;

use bus::{ADDRESS, Bus, COMMAND_AT, SERVICE, TOKEN_AT};

/// A value of 160 bytes in which every place can be told from its neighbours.
fn token() -> String {
    (0..160_u32).map(|at| char::from_digit((at * 7 + at / 36) % 36, 36).unwrap()).collect()
}

fn fault_begins(printed: &str, beginning: &str) {
    assert!(printed.starts_with(&format!("fault {beginning}")), "{printed}");
}

#[test]
fn heard_described_and_read_whole() {
    let bus = Bus::with_stove(&token(), "");
    assert_eq!(bus.look(&["scan", "1"]), format!("heard {ADDRESS} Some(-48) STOVE-0042 [{SERVICE}]\nend\n"));
    let offered = bus.look(&["describe", ADDRESS]);
    assert!(offered.starts_with(&format!("service {SERVICE}\n")), "{offered}");
    assert!(offered.contains(&format!("  {TOKEN_AT} Abilities {{ read: true, write: false")), "{offered}");
    assert!(offered.contains(&format!("  {COMMAND_AT} Abilities {{ read: false, write: true")), "{offered}");
    assert_eq!(bus.read(&[]), format!("read 160 {}\n", token()));
}

#[test]
fn read_without_a_scan_before_and_by_a_name_in_small_letters() {
    let bus = Bus::with_stove(&token(), "");
    let printed = bus.look(&["read", &ADDRESS.to_lowercase(), "0xFFF0", TOKEN_AT]);
    assert_eq!(printed, format!("read 160 {}\n", token()));
}

#[test]
fn parts_that_are_sent_are_put_together() {
    let bus = Bus::with_parts(&token(), 20);
    assert_eq!(bus.read(&["--notify"]), format!("read 160 {}\n", token()));
}

#[test]
fn a_value_that_was_cut_comes_as_it_is() {
    let bus = Bus::with_stove(&token(), "cut");
    assert_eq!(bus.read(&[]), format!("read 20 {}\n", &token()[..20]));
}

#[test]
fn a_command_is_written_whole() {
    let bus = Bus::with_stove(&token(), "");
    let command = r#"{"id":"00000000001","cmd":"id","data":{"id":"00000000002"}}"#;
    assert_eq!(bus.look_with(&["write", ADDRESS, "fff0", "fff2"], command), "written\n");
    assert_eq!(bus.written().unwrap(), command.as_bytes());
    fault_begins(&bus.look_with(&["write", ADDRESS, "fff0", "fff1"], command), "the stove's service has no");
    let long = "x".repeat(513);
    fault_begins(&bus.look_with(&["write", ADDRESS, "fff0", "fff2"], &long), "513 bytes are too long");
    assert_eq!(bus.written().unwrap(), command.as_bytes(), "nothing more was sent");
}

#[test]
fn a_write_whose_answer_was_lost_is_not_repeated() {
    let bus = Bus::with_stove(&token(), "dropped_written");
    let printed = bus.look_with(&["write", ADDRESS, "fff0", "fff2"], "once");
    fault_begins(&printed, "the connection to the stove broke while writing");
    assert_eq!(bus.written().unwrap(), b"once");
}

#[test]
fn denied() {
    let bus = Bus::with_stove(&token(), "denied");
    fault_begins(&bus.read(&[]), "it was not allowed: Read not permitted");
}

#[test]
fn dropped_for_good_and_dropped_once() {
    let bus = Bus::with_stove(&token(), "dropped");
    fault_begins(&bus.read(&[]), "the connection to the stove broke while reading");
    let bus = Bus::with_stove(&token(), "dropped_once");
    assert_eq!(bus.read(&[]), format!("read 160 {}\n", token()));
}

#[test]
fn refused_for_good_and_refused_once() {
    let bus = Bus::with_stove(&token(), "refused");
    fault_begins(&bus.read(&[]), "the stove was heard but the connection failed: le-connection-abort");
    let bus = Bus::with_stove(&token(), "refused_once");
    assert_eq!(bus.read(&[]), format!("read 160 {}\n", token()));
}

#[test]
fn services_that_never_turn_up_end_by_the_deadline() {
    let bus = Bus::with_stove(&token(), "unresolved");
    let printed = bus.read(&["--deadline-ms", "3000"]);
    fault_begins(&printed, "no answer while asking what the stove offers within 3000 ms");
}

#[test]
fn the_wrong_service_and_the_missing_characteristic() {
    let bus = Bus::with_stove(&token(), "no_characteristic");
    fault_begins(&bus.read(&[]), &format!("the stove's service has no characteristic {TOKEN_AT}"));
    let printed = bus.look(&["read", ADDRESS, "1800", "fff1"]);
    fault_begins(&printed, "the stove has no service 00001800-");
    fault_begins(&bus.look(&["read", ADDRESS, "nonsense", "fff1"]), "`nonsense` is no Bluetooth UUID");
}

#[test]
fn not_heard_off_and_no_adapter() {
    let bus = Bus::with_stove(&token(), "unheard");
    fault_begins(&bus.read(&["--deadline-ms", "3000"]), &format!("the stove {ADDRESS} was not heard"));
    assert_eq!(bus.look(&["scan", "1"]), "end\n");
    fault_begins(&Bus::with_stove(&token(), "off").read(&[]), "Bluetooth is switched off");
    fault_begins(&Bus::with_stove(&token(), "no_adapter").read(&[]), "this computer has no Bluetooth");
}

#[test]
fn no_service_and_no_bus() {
    let bus = Bus::empty();
    fault_begins(&bus.look(&["scan", "1"]), "the system's Bluetooth service does not answer");
    drop(bus);
    let mut look = std::process::Command::new(env!("CARGO_BIN_EXE_gerai-look"));
    let output = look.args(["scan", "1"]).env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus").output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    fault_begins(&printed, "the system's Bluetooth service does not answer");
}
