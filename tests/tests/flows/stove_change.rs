//! Changing a stove's secret and number over Bluetooth, with the station dying at every step of it: the stove is made of
//! software on a private bus and lives on. One token after each death the station knows which value lives in the stove,
//! and the change can be carried to its end.

use serde_json::{Value, json};

use crate::run_with_secrets::{Place, Running};
use crate::sms::{ask, must, place};
use crate::stove_bus::{ADDRESS, Bus, COMMAND_AT, SERVICE, SYSTEM_BUS, Stove, TOKEN_AT};

/// Where the station dies, and at which passing: of the commits from its start to the end of a change, and around the
/// write.
const POINTS: [&str; 4] = ["before-commit", "after-commit", "stove-after-write-begins", "stove-after-write"];
/// More commits than a life with a whole change has; a life that comes to its end is the last of its point.
const PASSINGS_MAX: usize = 60;
/// Steps of one change; more means that it turns in a circle.
const STEPS_MAX: usize = 12;

/// The stove has one of them, and is changed to the other.
const NUMBERS: [&str; 2] = ["70000000042", "70000000043"];
const SECRET: &str = "rahasia-kompor-sebelum-diganti-0001";

/// What is changed, and whether a server other than the station has its say.
#[derive(Debug, Clone, Copy)]
struct Way {
    kind: &'static str,
    server: bool,
}

/// A stove that lives as long as the test, and what it is in truth.
struct Truth {
    bus: Bus,
    file: std::path::PathBuf,
}

impl Truth {
    fn new(folder: &std::path::Path) -> Self {
        let file = folder.join("stove.json");
        std::fs::write(&file, json!({ "number": NUMBERS[0], "secret": SECRET }).to_string()).unwrap();
        let bus = Bus::with(&Stove { token: "", fault: "", part: 244, lives: Some(file.clone()) });
        Self { bus, file }
    }

    fn read(&self) -> Value {
        serde_json::from_slice(&std::fs::read(&self.file).unwrap()).unwrap()
    }

    fn number(&self) -> String {
        self.read()["number"].as_str().unwrap().to_owned()
    }
}

fn prepared() -> (Place, Truth) {
    let place = place();
    let truth = Truth::new(&place.path("stick"));
    for (name, value) in [("ble_service", SERVICE), ("ble_read", TOKEN_AT), ("ble_write", COMMAND_AT)] {
        place.prepare(&["config", "set", &format!("stove.{name}"), value]);
    }
    let place = place.with_env(SYSTEM_BUS, truth.bus.address());
    let station = Running::start(&place, "first.log", None);
    must(&place, "stove_keys.register", json!({ "stove": NUMBERS[0], "secret": SECRET }));
    station.kill();
    (place, truth)
}

/// The one stove's row of keys; `None`: the station died.
fn row(place: &Place) -> Option<Value> {
    Some(ask(place, "stove_keys.list", &json!({}))?["rows"][0].clone())
}

/// Begins a change unless one is open, and carries it to its end; `None`: the station died.
fn change(place: &Place, way: Way) -> Option<()> {
    let mut begun = false;
    for _ in 0..STEPS_MAX {
        let row = row(place)?;
        let stove = row["stove"].as_str().unwrap().to_owned();
        let step = |step: &str| json!({ "stove": stove, "step": step, "address": ADDRESS });
        let open = &row["change"];
        if open.is_null() {
            if begun {
                return Some(());
            }
            begun = true;
            let new_id = if stove == NUMBERS[0] { NUMBERS[1] } else { NUMBERS[0] };
            let begin = json!({ "stove": stove, "step": "begin", "kind": way.kind, "new_id": new_id });
            ask(place, "stove_keys.change", &begin)?;
            continue;
        }
        begun = true;
        match open["next"].as_str().unwrap() {
            "ask_server" => ask(place, "stove_keys.change", &step("server_agrees"))?,
            "write" => ask(place, "stove_keys.change", &step("write"))?,
            "read_token" => ask(place, "radio.read", &json!({ "address": ADDRESS }))?,
            "update_server" => ask(place, "stove_keys.change", &step("server_updated"))?,
            other => panic!("an open change waits for {other}: {row}"),
        };
    }
    panic!("a change does not come to its end: {:?}", row(place));
}

/// After a death: one token, and the station knows.
fn one_token_tells(place: &Place, truth: &Truth, context: &str) {
    let taken = must(place, "radio.read", json!({ "address": ADDRESS }));
    let signature = taken["signature"].as_str().unwrap();
    assert!(signature.starts_with("valid"), "{context}: the stove is locked out: {taken}");
    assert_eq!(taken["outcome"], "taken", "{context}: {taken}");
    let row = row(place).unwrap();
    let waits = row["change"]["next"].as_str().unwrap_or("nothing");
    assert_ne!(waits, "read_token", "{context}: one token told nothing: {row}");
    if waits == "nothing" || waits == "update_server" {
        // The change is over, or proved, or was never begun: the value that lives is the current one.
        let again = must(place, "radio.read", json!({ "address": ADDRESS }));
        assert_eq!(again["signature"], "valid", "{context}: {again}");
        assert_eq!(row["stove"], json!(truth.number()), "{context}");
    }
}

/// How a life with a crash point ended.
#[derive(PartialEq)]
enum End {
    /// Before the station served: nothing of the change is in it.
    AtTheStart,
    /// In the change.
    InTheChange,
    /// Not at all: the change was over before the point was passed so often.
    Never,
}

/// Dies at one passing of one point in a change, and mends.
fn die_and_mend(place: &Place, truth: &Truth, way: Way, point: &str) -> End {
    let context = format!("{way:?} at {point}");
    let Some(station) = Running::try_start(place, "station.log", Some(point)) else {
        return End::AtTheStart;
    };
    let died = change(place, way).is_none();
    // Out of the way: one that did not come to its point yet must not come to it now.
    drop(station);
    let station = Running::start(place, "mended.log", None);
    one_token_tells(place, truth, &context);
    change(place, way).unwrap_or_else(|| panic!("{context}: died without a reason"));
    let taken = must(place, "radio.read", json!({ "address": ADDRESS }));
    assert_eq!(taken["signature"], "valid", "{context}: {taken}");
    let row = row(place).unwrap();
    assert!(row["pending"].is_null() && row["change"].is_null(), "{context}: {row}");
    assert_eq!(row["stove"], json!(truth.number()), "{context}");
    station.kill();
    if died { End::InTheChange } else { End::Never }
}

#[test]
fn a_change_cut_off_at_every_step_locks_nobody_out() {
    let (place, truth) = prepared();
    let ways = [
        Way { kind: "secret", server: false },
        Way { kind: "secret", server: true },
        Way { kind: "id", server: true },
    ];
    let mut deaths = 0;
    for way in ways {
        // Nobody listens there: readings wait, and the change asks people what the server says.
        let url = if way.server { "http://127.0.0.1:9/" } else { "" };
        place.prepare(&["config", "set", "stove.forward_url", url]);
        for point in POINTS {
            let mut here = 0;
            for passing in 1.. {
                match die_and_mend(&place, &truth, way, &format!("{point}:{passing}")) {
                    End::AtTheStart => {}
                    End::InTheChange => here += 1,
                    End::Never => break,
                }
                assert!(passing < PASSINGS_MAX, "{way:?}: a change is never over before {point}:{passing}");
            }
            assert!(here > 0, "{way:?}: it never died at {point}");
            deaths += here;
        }
    }
    let written = String::from_utf8(truth.bus.written().unwrap()).unwrap();
    let writes = written.matches(r#""cmd""#).count();
    assert!(writes >= deaths, "{writes} writes in {deaths} changes");
    println!("{deaths} deaths, {writes} writes");
}
