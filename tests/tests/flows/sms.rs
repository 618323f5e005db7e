//! Short messages through a whole station: the release program on a passphrase vault, and modems made of software that live
//! in the test, so that they and their count of what really went out outlive every death of the station.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::port::Clock;
use gerai_core::time::UnixMs;
use gerai_modem::sim::{Order, SimOptions, Simulator, text_sha256};
use serde_json::{Value, json};

use crate::run_with_secrets::{Place, Running};
use crate::station::{control, try_control};

/// Passphrase of the vault.
pub const PASSPHRASE: &str = "jangan-simpan-di-sini-7731";

/// A clock of the modems' own: their stamps need not be the station's.
pub struct ModemsClock(Instant);

impl Clock for ModemsClock {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_780_000_000).plus(i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Modems that a station on this place finds.
pub fn modems(place: &Place, count: usize, delay_ms: u64) -> Simulator {
    let announce = place.path("data").join("sim-modems");
    std::fs::create_dir_all(&announce).unwrap();
    let profiles = ["huawei", "quectel", "zte", "simcom", "wavecom", "telit", "generic"];
    Simulator::start(&SimOptions {
        count,
        profiles: profiles.map(str::to_owned).to_vec(),
        delay_ms,
        report_delay_ms: 30,
        announce: Some(announce),
        ..SimOptions::new(Arc::new(ModemsClock(Instant::now())))
    })
    .unwrap()
}

/// A place with free ports and a token for programs, made before the station runs.
pub fn place() -> Place {
    let place = Place::new(PASSPHRASE);
    for port in ["http", "mqtt", "ws", "mqtts"] {
        place.prepare(&["config", "set", &format!("network.{port}_port"), "0"]);
    }
    place
}

/// Gives a command over the control socket; `None` when the station died meanwhile.
pub fn ask(place: &Place, command: &str, arguments: &Value) -> Option<Value> {
    let answer = try_control(&place.path("data"), command, arguments.clone())?;
    assert!(answer.get("error").is_none_or(Value::is_null), "{command}: {answer}");
    Some(answer["ok"].clone())
}

/// Like `ask`, of a station that lives.
pub fn must(place: &Place, command: &str, arguments: Value) -> Value {
    control(&place.path("data"), command, arguments)
}

/// How often each text really went out, by its hash.
pub fn on_air(simulator: &Simulator) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for sent in simulator.oracle(0) {
        *counts.entry(sent.text_sha256).or_insert(0) += 1;
    }
    counts
}

/// How often this text went out.
pub fn times(counts: &HashMap<String, usize>, text: &str) -> usize {
    counts.get(&text_sha256(text)).copied().unwrap_or(0)
}

/// Waits until something is so, at most a while.
pub fn until(what: &str, seconds: u64, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !so() {
        assert!(Instant::now() < deadline, "{what}: not within {seconds} s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until so many lines are ready.
pub fn lines_ready(place: &Place, count: usize) {
    until(&format!("{count} lines ready"), 60, || {
        let lines = must(place, "lines.list", json!({}));
        let ready = lines.as_array().unwrap().iter().filter(|line| line["status"] == "ready");
        ready.count() >= count
    });
}

pub fn send(place: &Place, id: &str, to: &str, text: &str) -> Option<i64> {
    let asked = json!({ "request_id": id, "to": [to], "text": text });
    ask(place, "sms.send", &asked)?["ids"][0].as_i64()
}

pub fn state(place: &Place, id: i64) -> String {
    must(place, "sms.show", json!({ "id": id }))["row"]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_message_goes_out_once_is_delivered_and_tells_why_that_sim() {
    let place = place();
    let simulator = modems(&place, 4, 50);
    let station = Running::start(&place, "station.log", None);
    lines_ready(&place, 4);
    let said =
        place.must(&["sms", "send", "--to", "0812-3456-7890", "--text", "-", "--wait"], "Halo dari Gerai");
    let said: Value = serde_json::from_str(&said).unwrap();
    let message = &said["messages"][0];
    let id = message["row"]["id"].as_i64().unwrap();
    assert_eq!(message["row"]["to"], "+62 812 •••• 890", "{message}");
    assert_eq!(message["route"]["candidates"].as_array().unwrap().len(), 4, "{message}");
    until("delivered", 20, || state(&place, id) == "delivered");
    assert_eq!(times(&on_air(&simulator), "Halo dari Gerai"), 1);
    let balance: Value = serde_json::from_str(&place.must(&["ussd", "*888#"], "")).unwrap();
    assert!(balance["balance"].as_i64().unwrap() > 0, "{balance}");
    let long = "Pesan panjang dengan €uro. ".repeat(20);
    let id = send(&place, "panjang", "081234567891", &long).unwrap();
    until("delivered", 20, || state(&place, id) == "delivered");
    let detail = must(&place, "sms.show", json!({ "id": id }));
    assert!(detail["parts"].as_array().unwrap().len() > 2, "{detail}");
    let line = detail["row"]["line_id"].clone();
    assert!(
        detail["parts"].as_array().unwrap().iter().all(|part| part["state"] == "delivered"),
        "{line} {detail}"
    );
    drop(station);
}

#[test]
fn a_modem_that_is_plugged_in_elsewhere_is_the_same_line() {
    let place = place();
    let simulator = modems(&place, 2, 20);
    let _station = Running::start(&place, "station.log", None);
    lines_ready(&place, 2);
    let before = must(&place, "lines.list", json!({}));
    let imei = simulator.modem(0).imei();
    let line =
        |lines: &Value| lines.as_array().unwrap().iter().find(|line| line["imei"] == json!(imei)).cloned();
    let was = line(&before).unwrap();
    simulator.modem(0).order(Order::Unplug).unwrap();
    until("absent", 20, || line(&must(&place, "lines.list", json!({}))).unwrap()["status"] == "absent");
    // What waits for it goes on waiting, and by nobody else.
    let asked = json!({ "request_id": "menunggu", "to": ["081234567890"], "text": "tunggu jalurnya", "line_id": was["id"] });
    let id = must(&place, "sms.send", asked)["ids"][0].as_i64().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(state(&place, id), "queued");
    simulator.modem(0).order(Order::Replug { same: false }).unwrap();
    until("delivered", 20, || state(&place, id) == "delivered");
    let now = line(&must(&place, "lines.list", json!({}))).unwrap();
    assert_eq!(now["id"], was["id"]);
    assert_ne!(now["port"], was["port"], "it came back by another name");
    assert_eq!(times(&on_air(&simulator), "tunggu jalurnya"), 1);
}
