//! Readings from phones through a whole station to a server that fails in every way, for a simulated week, while the station
//! is killed again and again: none is missing, each is counted once, a stove's readings keep their order, and nothing secret
//! is in a log.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::run_with_secrets::{Place, Running};
use crate::sms::{ask, must, place, until};
use crate::stove_upstream::{BEARER, Mood, PASSWORD, Server, USER, Way};

/// Hours of the week; each takes a moment.
const HOURS: usize = 7 * 24;
/// How long an hour takes here: long enough for some dozen requests. Back-off is what the hour compresses: at its end
/// somebody says that what waits is tried at once.
const HOUR: Duration = Duration::from_millis(150);
const STOVES: usize = 12;
/// The station dies every so many hours.
const KILL_EVERY: usize = 11;
/// Stoves that are sent at once.
const PARALLEL: usize = 4;
/// The first hour, by the stoves' clocks.
const BEGIN_S: usize = 1_795_000_000;

/// Where the station dies. `None`: by a signal, in the middle of the hour.
const POINTS: [Option<&str>; 3] = [None, Some("stove-forward-marked"), Some("stove-forward-answered")];

const PHONE: &str = "ponsel-1";
const PHONE_PASSWORD: &str = "sandi ponsel yang panjang";

fn secret(stove: usize) -> String {
    format!("rahasia-kompor-{stove:02}-tidak-untuk-umum-{}", stove * 7_919)
}

/// A token of a stove. Every third stove is unknown to the station: its readings go on unverified.
fn token(stove: usize, hour: usize) -> String {
    let t = BEGIN_S + hour * 3_600 + stove;
    let total = format!("{:05}.{:03}", hour / 2, stove);
    let payload = URL_SAFE_NO_PAD.encode(format!("V01;{};{t};{total};0000.100;APIKEY01;", number(stove)));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret(stove).as_bytes()).unwrap();
    mac.update(format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{payload}").as_bytes());
    format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn number(stove: usize) -> String {
    format!("{:011}", 31_000_000_000 + stove as u64)
}

/// A token on its way through the station.
struct Read {
    stove: usize,
    hour: usize,
    token: String,
    /// The station said that it has it.
    given: bool,
}

/// A station that forwards to this server, with stoves and a phone.
fn prepared(server: &Server) -> Place {
    let place = place();
    for (name, value) in [
        ("forward_url", format!("http://{}/kompor/", server.addr)),
        ("forward_user", USER.to_owned()),
        ("forward_parallel", PARALLEL.to_string()),
        ("endpoint", "true".to_owned()),
    ] {
        place.prepare(&["config", "set", &format!("stove.{name}"), &value]);
    }
    let station = Running::start(&place, "first.log", None);
    must(&place, "forward.set_password", json!({ "password": PASSWORD }));
    let account = json!({ "name": PHONE, "active": true, "password": PHONE_PASSWORD });
    must(&place, "stove_accounts.save", account);
    for stove in (0..STOVES).filter(|stove| stove % 3 != 2) {
        must(&place, "stove_keys.register", json!({ "stove": number(stove), "secret": secret(stove) }));
    }
    station.kill();
    place
}

fn sign_in(station: &Running) -> String {
    let body = json!({ "username": PHONE, "password": PHONE_PASSWORD });
    let answer = station.raw("/api/v1/auth/token", &body.to_string(), &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["token"].as_str().unwrap().to_owned()
}

/// The phone sends what the station has not taken yet, until the station dies.
fn give(station: &Running, bearer: &str, readings: &mut [Read]) {
    let authorization = format!("Bearer {bearer}");
    for reading in readings.iter_mut().filter(|reading| !reading.given) {
        let body = json!({ "payload": reading.token, "username": PHONE, "method": "qrcode" });
        let headers = [("Authorization", authorization.as_str())];
        match station.try_raw("/api/v1/stove-payload", &body.to_string(), &headers) {
            Ok(answer) if answer.status == 200 => reading.given = true,
            // It died over it.
            Ok(answer) if answer.status == 0 => return,
            Ok(answer) => panic!("{}: {}", answer.status, answer.body),
            Err(_) => return,
        }
    }
}

fn hurry(place: &Place) {
    let _ = ask(place, "forward.retry", &json!({}));
}

#[test]
fn a_week_of_failures_and_deaths_loses_nothing_and_counts_nothing_twice() {
    let seed = std::env::var("GERAI_WEEK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    let server = Server::start(seed);
    let place = prepared(&server);
    let mut station = Running::start(&place, "station-0.log", None);
    let bearer = sign_in(&station);
    let mut readings: Vec<Read> = Vec::new();
    let mut deaths = 0;
    for hour in 0..HOURS {
        server.books().roll_mood();
        for stove in 0..STOVES {
            if server.books().throw(3) > 0 {
                readings.push(Read { stove, hour, token: token(stove, hour), given: false });
            }
        }
        give(&station, &bearer, &mut readings);
        hurry(&place);
        let end = Instant::now() + HOUR;
        if hour % KILL_EVERY == KILL_EVERY - 1 {
            std::thread::sleep(HOUR / 3);
            station.kill();
            deaths += 1;
            let point = POINTS[deaths % POINTS.len()];
            let crash_at = point.map(|label| format!("{label}:{}", 2 + deaths));
            let log = format!("station-{deaths}.log");
            // It may die before it serves: then it is started once more, without a point.
            station = Running::try_start(&place, &log, crash_at.as_deref())
                .unwrap_or_else(|| Running::start(&place, &log, None));
        } else if !station.is_running() {
            // It came to its point in this hour.
            deaths += 1;
            station = Running::start(&place, &format!("station-{deaths}.log"), None);
        }
        std::thread::sleep(end.saturating_duration_since(Instant::now()));
    }
    // The week is over, and so are the troubles.
    server.books().set_mood(Mood::Well);
    station.kill();
    deaths += 1;
    let station = Running::start(&place, "station-last.log", None);
    give(&station, &bearer, &mut readings);
    assert!(readings.iter().all(|reading| reading.given));
    drained(&place);
    compare(&server, &readings, deaths);
    let books = server.books();
    println!(
        "{} readings in {HOURS} hours, {deaths} deaths, {} repeats, {} sign-ins, {} refused once; {:?}",
        readings.len(),
        books.repeats,
        books.sign_ins,
        books.refused.len(),
        books.ways
    );
    drop(books);
    drop(station);
    nothing_secret(&place, &readings);
}

/// What was refused is sent again, and then nothing waits any more.
fn drained(place: &Place) {
    let mut last = Value::Null;
    until("everything is at the server", 120, || {
        must(place, "forward.retry", json!({ "all": "rejected" }));
        hurry(place);
        std::thread::sleep(Duration::from_millis(200));
        last = must(place, "forward.status", json!({}));
        ["queued", "sending", "rejected"].iter().all(|state| last[*state] == json!(0))
    });
    assert_eq!(last["dead"], json!(0), "{last}");
}

fn compare(server: &Server, readings: &[Read], deaths: usize) {
    let books = server.books();
    assert!(books.wrong.is_empty(), "{:#?}", books.wrong);
    let missing: Vec<_> = readings
        .iter()
        .filter(|reading| !books.took.contains_key(&reading.token))
        .map(|reading| (reading.stove, reading.hour))
        .collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
    assert_eq!(books.took.len(), readings.len(), "each once, and nothing else");
    // A repeat after an answer that went out whole is one that died before it was written down.
    let needless: usize = books.took.values().map(|took| took.needless).sum();
    assert!(needless <= deaths * PARALLEL, "{needless} needless repeats at {deaths} deaths");
    // Of what was never refused, a stove's later reading is never taken before an earlier one.
    let mut by_stove: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for reading in readings {
        let took = &books.took[&reading.token];
        if !took.refused && !books.refused.contains_key(&reading.token) {
            by_stove.entry(reading.stove).or_default().push((reading.hour, took.order));
        }
    }
    for (stove, mut kept) in by_stove {
        kept.sort_unstable();
        assert!(kept.is_sorted_by_key(|(_, order)| order), "stove {stove} is out of order: {kept:?}");
        assert!(kept.len() > HOURS / 3, "stove {stove} has {} readings to compare", kept.len());
    }
    // A way that was never taken proves nothing.
    assert!(books.ways.len() >= 14, "{:?}", books.ways);
}

/// At the finest level of all logs: no password, no bearer token, no whole reading.
fn nothing_secret(place: &Place, readings: &[Read]) {
    let mut text = String::new();
    for file in crate::sought::files_below(&place.path("logs")) {
        text.push_str(&String::from_utf8_lossy(&std::fs::read(file).unwrap()));
    }
    assert!(text.contains("TRACE"), "the logs are at their finest");
    for word in [PASSWORD, BEARER, PHONE_PASSWORD, &PHONE_PASSWORD.replace(' ', "+")] {
        assert!(!text.contains(word), "a log holds {word}");
    }
    let told = readings.iter().filter(|reading| text.contains(&reading.token)).count();
    assert_eq!(told, 0, "logs hold whole tokens");
}

#[test]
fn a_server_that_asks_to_wait_is_left_alone_for_that_long() {
    let server = Server::start(1);
    let place = prepared(&server);
    server.books().set_mood(Mood::Always(Way::TooMany429));
    let station = Running::start(&place, "station.log", None);
    let bearer = sign_in(&station);
    let mut readings = vec![Read { stove: 0, hour: 0, token: token(0, 0), given: false }];
    give(&station, &bearer, &mut readings);
    until("it was asked once", 20, || !server.books().times.is_empty());
    server.books().set_mood(Mood::Well);
    until("it is taken by itself", 30, || !server.books().took.is_empty());
    let times = server.books().times.clone();
    assert_eq!(times.len(), 2, "{times:?}");
    assert!(times[1].0 - times[0].0 >= Duration::from_secs(2), "{times:?}");
    drop(station);
}
