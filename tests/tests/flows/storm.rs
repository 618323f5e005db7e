//! Every message ×1–10, shuffled, 30 % dropped, the broker restarted in the middle: balances equal a model exactly.

use std::time::Duration;

use serde_json::json;

use crate::brokers::{Mosquitto, STATION_PASSWORD};
use crate::reader::{Request, v2_reader};
use crate::station::{Station, folder, must};

const CARDS: usize = 5;
const READERS: usize = 3;
const REQUESTS: usize = 40;
const OPENING: i64 = 60_000;
const PRICE: i64 = 5_000;

/// A small generator, so that a failing run can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn card(number: usize) -> String {
    format!("C0FFEE{number:02X}")
}

#[test]
fn repeated_shuffled_dropped_and_the_broker_restarted() {
    let (folder, at_broker) = (folder(), folder());
    Station::prepare(folder.path(), &[("payments.double_tap_seconds", "0")]);
    for number in 0..CARDS {
        let opening = OPENING.to_string();
        must(
            folder.path(),
            &["account", "add", "--name", "Siti", "--card", &card(number), "--opening", &opening],
        );
    }
    let logins: Vec<(String, String)> = (0..READERS)
        .map(|n| {
            let made = must(folder.path(), &["reader", "add", "--name", &format!("kantin-{n}")]);
            (made["username"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
        })
        .collect();
    let mut broker = Mosquitto::exported(folder.path(), at_broker.path());
    let station = external(folder.path(), &broker);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut tasks = Vec::new();
    for (number, (user, password)) in logins.iter().cloned().enumerate() {
        let mut dice = Dice(7 + number as u64);
        let mut requests: Vec<Request> = (0..REQUESTS)
            .map(|n| {
                let (id, uid) = (format!("{number}-{n}"), card(dice.below(CARDS as u64) as usize));
                Request { payload: format!(r#"{{"id":"{id}","uid":"{uid}"}}"#), id }
            })
            .collect();
        for place in (1..requests.len()).rev() {
            requests.swap(place, dice.below(place as u64 + 1) as usize);
        }
        let copies: Vec<usize> =
            (0..REQUESTS).map(|_| if dice.below(10) < 3 { 0 } else { 1 + dice.below(10) as usize }).collect();
        let port = broker.port;
        tasks.push(runtime.spawn(async move {
            let heard =
                v2_reader(port, &user, &password, requests.clone(), |n| copies[n], Duration::from_secs(90))
                    .await;
            (requests, heard)
        }));
    }
    std::thread::sleep(Duration::from_millis(600));
    broker.kill();
    std::thread::sleep(Duration::from_millis(300));
    broker.start();

    let mut charged = [0_i64; CARDS];
    for task in tasks {
        let (requests, heard) = runtime.block_on(task).unwrap();
        assert_eq!(heard.len(), requests.len(), "every request has a result");
        for request in requests {
            let result = &heard[&request.id];
            let number = (0..CARDS).find(|n| request.payload.contains(&card(*n))).unwrap();
            match result["st"].as_str().unwrap() {
                "ok" => charged[number] += 1,
                "low" | "late" => {}
                other => panic!("{other}: {result}"),
            }
        }
    }
    for (number, taps) in charged.iter().enumerate() {
        assert_eq!(station.balance(&card(number)), OPENING - PRICE * taps, "card {number}");
    }
    assert!(charged.iter().sum::<i64>() > 20, "{charged:?}");
    let payments = must(folder.path(), &["ledger", "stats"])["payments"].clone();
    assert_eq!(payments, json!(READERS * REQUESTS), "one payment row per request, whatever was repeated");
    station.verify();
}

/// A station on an external broker. The memory vault forgets, so the password is set once it runs.
pub fn external(folder: &std::path::Path, broker: &Mosquitto) -> Station {
    let port = broker.port.to_string();
    for (name, value) in [
        ("broker.host", "127.0.0.1"),
        ("broker.port", port.as_str()),
        ("broker.username", "gerai-station"),
        ("broker.mode", "external"),
    ] {
        must(folder, &["config", "set", name, value]);
    }
    let station = Station::start(folder);
    crate::station::control(folder, "broker.set_password", json!({ "password": STATION_PASSWORD }));
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let health = crate::station::gerai(folder, &["doctor"]).1;
        let up = health["rows"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["part"] == "link" && row["state"] == "good");
        if up {
            return station;
        }
        assert!(std::time::Instant::now() < deadline, "{health}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
