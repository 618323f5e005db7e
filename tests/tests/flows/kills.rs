//! kill -9 of the station under MQTT load, fifty times: at labelled points of the flow (the process aborts itself there)
//! and at moments nobody chose. No acknowledged tap is lost, none is doubled, the ledger is whole each time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::reader::{Heard, Request, v2_reader};
use crate::station::{Station, folder, must};

/// Rounds: one kill each.
const ROUNDS: usize = 50;
const READERS: usize = 3;
const TAPS: usize = 12;
const OPENING: i64 = 4_000_000;
const PRICE: i64 = 5_000;

/// Where the station dies. `None`: by a signal, some time into the load.
const POINTS: [Option<&str>; 5] =
    [Some("before-commit"), Some("after-commit"), Some("before-ack"), Some("after-publish"), None];

fn card(reader: usize) -> String {
    format!("BEEF00{reader:02X}")
}

#[test]
fn fifty_kills_lose_and_double_nothing() {
    let folder = folder();
    let port = crate::brokers::free_port().to_string();
    Station::prepare(
        folder.path(),
        &[
            ("payments.double_tap_seconds", "0"),
            ("network.mqtt_port", &port),
            ("payments.max_per_day", "1000000000"),
            ("payments.max_balance", "1000000000"),
        ],
    );
    let logins: Vec<(String, String)> = (0..READERS)
        .map(|n| {
            let opening = OPENING.to_string();
            must(
                folder.path(),
                &["account", "add", "--name", "Siti", "--card", &card(n), "--opening", &opening],
            );
            let made = must(folder.path(), &["reader", "add", "--name", &format!("kantin-{n}")]);
            (made["username"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
        })
        .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut charged = [0_i64; READERS];
    let mut died = BTreeMap::new();
    for round in 0..ROUNDS {
        let point = POINTS[round % POINTS.len()];
        // Group commit makes few transactions, and fewer hand-outs, of many taps: the counts are small.
        let crash_at = point.map(|label| match label {
            "after-publish" => format!("{label}:{}", 2 + (round / 5) % 2),
            _ => format!("{label}:{}", 2 + (round * 7) % 6),
        });
        let mut station = Station::start_to_crash(folder.path(), crash_at.as_deref());
        let tasks: Vec<_> = logins
            .iter()
            .cloned()
            .enumerate()
            .map(|(n, (user, password))| {
                let requests: Vec<Request> = (0..TAPS)
                    .map(|tap| {
                        let id = format!("{round}-{tap}");
                        Request { payload: format!(r#"{{"id":"{id}","uid":"{}"}}"#, card(n)), id }
                    })
                    .collect();
                let port = port.parse().unwrap();
                runtime.spawn(async move {
                    v2_reader(port, &user, &password, requests, |_| 2, Duration::from_secs(60)).await
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(60 + (round as u64 * 37) % 140));
        if let Some(station) = station.as_mut().filter(|_| point.is_none()) {
            station.kill();
        }
        let alive = station.and_then(|station| survivor(station, &tasks));
        *died.entry(point.unwrap_or("signal")).or_insert(0) += i32::from(alive.is_none());
        // One that lives would still die at its point, in the middle of the questions below.
        drop(alive);
        let _running = Station::start(folder.path());
        collect(&runtime, tasks, &mut charged);
        check(folder.path(), &charged, round);
    }
    // A point that is never reached proves nothing.
    for point in POINTS {
        let name = point.unwrap_or("signal");
        assert!(
            died.get(name).copied().unwrap_or(0) >= 5,
            "the station hardly ever died at {name}: {died:?}"
        );
    }
}

/// Waits until the station is dead, or all readers have what they wanted; the station, if it lives.
fn survivor<T>(mut station: Station, tasks: &[tokio::task::JoinHandle<T>]) -> Option<Station> {
    for _ in 0..200 {
        if !station.is_running() || tasks.iter().all(tokio::task::JoinHandle::is_finished) {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    station.is_running().then_some(station)
}

fn collect(
    runtime: &tokio::runtime::Runtime,
    tasks: Vec<tokio::task::JoinHandle<Heard>>,
    charged: &mut [i64; READERS],
) {
    for (reader, task) in tasks.into_iter().enumerate() {
        let heard = runtime.block_on(task).unwrap();
        assert_eq!(heard.len(), TAPS, "every tap has its result in the end");
        charged[reader] += heard.values().filter(|result| result["st"] == "ok").count() as i64;
        assert!(heard.values().all(|result| result["st"] == "ok"), "{heard:?}");
    }
}

/// Balances are what the readers were told, and the ledger is whole.
fn check(folder: &std::path::Path, charged: &[i64; READERS], round: usize) {
    for (reader, taps) in charged.iter().enumerate() {
        let shown = must(folder, &["account", "show", "--card", &card(reader)]);
        assert_eq!(shown["row"]["balance"], json!(OPENING - PRICE * taps), "round {round}, reader {reader}");
    }
    let report = must(folder, &["ledger", "verify"]);
    assert_eq!(report["ok"], json!(true), "round {round}: {report}");
}
