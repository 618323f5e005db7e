//! kill -9 of the station at every state of a message, again and again: what was accepted goes out exactly once, or is in
//! doubt and says so; nothing is sent a second time, nothing is lost. The modems count what really left.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::run_with_secrets::{Place, Running};
use crate::sms::{lines_ready, modems, must, on_air, place, send, state, times, until};
use crate::station::try_control;

/// Deaths: twenty-five at each point. `cargo xtask torture sms` asks for more.
const ROUNDS: usize = 200;
/// Messages that are sent in each life.
const MESSAGES: usize = 4;
const LINES: usize = 4;

/// Where the station dies. `None`: by a signal, some time into the load.
const POINTS: [Option<&str>; 8] = [
    Some("sms-before-commit"),
    Some("after-commit"),
    Some("sms-after-intent"),
    Some("sms-before-ctrl-z"),
    Some("sms-after-ctrl-z"),
    Some("sms-after-final"),
    Some("sms-after-result"),
    None,
];

/// What a test knows of one message.
struct Asked {
    request: String,
    text: String,
    /// Its id, once a station said that it is accepted.
    id: Option<i64>,
}

fn number(n: usize) -> String {
    format!("0812{:08}", 10_000_000 + n)
}

#[test]
fn kills_at_every_state_send_nothing_twice_and_lose_nothing() {
    let rounds = std::env::var("GERAI_TORTURE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let place = place();
    let simulator = modems(&place, LINES, 15);
    let mut asked: Vec<Asked> = Vec::new();
    let mut died = BTreeMap::new();
    for round in 0..rounds {
        let point = POINTS[round % POINTS.len()];
        let crash_at = point.map(|label| format!("{label}:{}", 1 + (round / POINTS.len()) % 5));
        let station = Running::try_start(&place, "station.log", crash_at.as_deref());
        for n in 0..MESSAGES {
            // Every third is long: it dies between its parts, too.
            let tail: String = if n % 3 == 2 {
                (0..25).map(|word| format!(" {word}.{round}.{n}")).collect()
            } else {
                String::new()
            };
            asked.push(Asked {
                request: format!("r{round}-{n}"),
                text: format!("pesan {round} {n}{tail}"),
                id: None,
            });
        }
        let alive = station.is_some() && live(&place, station, point, &mut asked, round);
        *died.entry(point.unwrap_or("signal")).or_insert(0) += usize::from(!alive);
    }
    let _station = Running::start(&place, "station.log", None);
    lines_ready(&place, LINES);
    accept(&place, &mut asked);
    settle(&place, &asked);
    let counts = on_air(&simulator);
    let mut doubts = 0;
    for message in &asked {
        let id = message.id.unwrap();
        let state = state(&place, id);
        let parts: Vec<usize> = gerai_core::sms::text::split(&message.text, false)
            .unwrap()
            .iter()
            .map(|part| times(&counts, part))
            .collect();
        assert!(
            parts.iter().all(|times| *times <= 1),
            "{}: sent twice ({state}): {parts:?}",
            message.request
        );
        match state.as_str() {
            "sent" | "delivered" => {
                assert!(parts.iter().all(|times| *times == 1), "{}: {parts:?}", message.request)
            }
            "in_doubt" => doubts += 1,
            other => panic!("{} is {other}", message.request),
        }
    }
    // What an operator says goes out, and only what had not left.
    let doubtful: Vec<&Asked> =
        asked.iter().filter(|message| state(&place, message.id.unwrap()) == "in_doubt").collect();
    for message in &doubtful {
        let parts = gerai_core::sms::text::split(&message.text, false).unwrap();
        let all = parts.iter().all(|part| times(&counts, part) == 1);
        let none = parts.iter().all(|part| times(&counts, part) == 0);
        let verdict = if none { "send_again" } else { "assume_sent" };
        assert!(all || none || parts.len() > 1, "{}", message.request);
        // A report may settle it at this very moment: then there is nothing to say any more.
        let word = json!({ "id": message.id, "verdict": verdict });
        assert!(try_control(&place.path("data"), "sms.resolve", word).is_some());
    }
    until("what was in doubt", 60, || {
        doubtful
            .iter()
            .all(|message| matches!(state(&place, message.id.unwrap()).as_str(), "sent" | "delivered"))
    });
    println!("{rounds} deaths, {} messages, {doubts} in doubt; {died:?}", asked.len());
    // A point that is never reached proves nothing.
    for point in POINTS {
        let name = point.unwrap_or("signal");
        let at = died.get(name).copied().unwrap_or(0);
        assert!(at * POINTS.len() * 3 >= rounds, "the station hardly ever died at {name}: {died:?}");
    }
}

/// One life of a station: what is not accepted yet is given to it until it dies. `true`: it lived, and was killed then.
fn live(
    place: &Place,
    station: Option<Running>,
    point: Option<&str>,
    asked: &mut [Asked],
    round: usize,
) -> bool {
    let Some(mut station) = station else { return false };
    let begun = Instant::now();
    let end = if point.is_some() {
        Duration::from_secs(4)
    } else {
        Duration::from_millis(300 + (round as u64 * 37) % 700)
    };
    while begun.elapsed() < end && station.is_running() {
        accept(place, asked);
        std::thread::sleep(Duration::from_millis(20));
    }
    let alive = station.is_running() && point.is_some();
    station.kill();
    alive
}

/// Gives the station what it has not accepted, with the request ids it may know already.
fn accept(place: &Place, asked: &mut [Asked]) {
    for (n, message) in asked.iter_mut().enumerate().filter(|(_, message)| message.id.is_none()) {
        message.id = send(place, &message.request, &number(n), &message.text);
        if message.id.is_none() {
            return;
        }
    }
}

/// Waits until nothing moves any more.
fn settle(place: &Place, asked: &[Asked]) {
    let mut moving: Vec<String> = Vec::new();
    for _ in 0..120 {
        let waiting = must(place, "sms.counts", json!({}))["waiting"].as_i64();
        moving = asked
            .iter()
            .filter(|_| waiting != Some(0) || moving.is_empty())
            .map(|message| (message, state(place, message.id.unwrap())))
            .filter(|(_, state)| !matches!(state.as_str(), "sent" | "delivered" | "in_doubt"))
            .map(|(message, _)| must(place, "sms.show", json!({ "id": message.id })).to_string())
            .collect();
        if moving.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    panic!("these neither went out nor are in doubt: {moving:#?}");
}
