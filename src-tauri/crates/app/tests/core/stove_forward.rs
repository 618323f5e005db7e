//! Readings go on to a server that fails in every way: none is missing, each is taken once, in order.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use gerai_app::ForwardPace;
use gerai_core::port::upstream::{Answer, Grant, SignInFault};
use gerai_core::secret::Secret;
use serde_json::json;

use crate::stove_support::{Kitchen, NOON_S, token, token_of};

fn failed() -> Answer {
    Answer::Failed { status: 500, why: "oops".to_owned() }
}

fn away() -> Answer {
    Answer::Unreachable("connection refused".to_owned())
}

#[tokio::test]
async fn of_one_stove_in_the_order_of_its_time_and_several_at_once() {
    let mut kitchen = Kitchen::open().await;
    let tokens: Vec<String> = (0..5).map(|n| token(NOON_S - 500 + n, 10_000 + n, 2_000 + n)).collect();
    // They come in in another order.
    for n in [2, 0, 4, 1, 3] {
        kitchen.take(&tokens[n]).await;
    }
    let others: Vec<String> =
        (1..8).map(|n| token_of(&format!("000000001{n:02}"), "x", NOON_S, n, 1)).collect();
    for other in &others {
        kitchen.take(other).await;
    }
    assert_eq!(kitchen.round().await, ForwardPace::Idle);
    let took = kitchen.server.took.lock().unwrap().clone();
    let own: Vec<&String> = took.iter().filter(|token| tokens.contains(token)).collect();
    assert_eq!(own, tokens.iter().collect::<Vec<_>>());
    assert_eq!(took.len(), 12);
    assert_eq!(kitchen.server.signed_in.load(Ordering::SeqCst), 1, "one sign-in for all");
    let status = kitchen.desk.give("forward.status", json!({})).await;
    assert_eq!((&status["accepted_today"], &status["queued"]), (&json!(12), &json!(0)));
    assert_eq!(status["phase"], "idle");
}

#[tokio::test]
async fn a_sign_in_that_is_over_is_renewed_and_a_known_reading_is_taken() {
    let mut kitchen = Kitchen::open().await;
    kitchen.take(&token(NOON_S, 1_000, 100)).await;
    kitchen.server.says([Answer::Unauthorized, Answer::Duplicate { status: 409 }]);
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["accepted"]);
    assert_eq!(kitchen.server.signed_in.load(Ordering::SeqCst), 2);
    // It is renewed before it ends.
    kitchen.desk.turn_clock(3 * 3_600_000 - 59_000);
    kitchen.take(&token(NOON_S + 1, 1_001, 101)).await;
    kitchen.round().await;
    assert_eq!(kitchen.server.signed_in.load(Ordering::SeqCst), 3);
    // A server that takes none of its own tokens is not asked for ever.
    kitchen.take(&token(NOON_S + 2, 1_002, 102)).await;
    kitchen.server.says([Answer::Unauthorized, Answer::Unauthorized]);
    assert!(matches!(kitchen.round().await, ForwardPace::Until(_)));
    assert_eq!(kitchen.desk.give("forward.status", json!({})).await["phase"], "sign_in_refused");
    kitchen.settle().await;
    assert_eq!(kitchen.states().await, ["accepted", "accepted", "accepted"]);
}

#[tokio::test]
async fn a_refused_reading_is_shown_stops_no_other_and_is_retried_by_hand() {
    let mut kitchen = Kitchen::open().await;
    for n in 0..3 {
        kitchen.take(&token(NOON_S - 100 + n, 1_000 + n, 100 + n)).await;
    }
    kitchen.server.says([Answer::Rejected { status: 422, why: "stove is not known".to_owned() }]);
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["rejected", "accepted", "accepted"]);
    let row = kitchen.desk.give("forward.list", json!({ "state": "rejected" })).await["rows"][0].take();
    assert_eq!((&row["last_status"], &row["last_answer"]), (&json!(422), &json!("stove is not known")));
    let retried = kitchen.desk.give("forward.retry", json!({ "ids": [row["id"]] })).await;
    assert_eq!(retried["count"], 1);
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["accepted"; 3]);
    assert_eq!(kitchen.desk.give("forward.retry", json!({ "all": "dead" })).await["count"], 0);
}

#[tokio::test]
async fn the_server_says_how_long_and_a_person_may_not_wait() {
    let mut kitchen = Kitchen::open().await;
    kitchen.take(&token(NOON_S, 1_000, 100)).await;
    kitchen.server.says([Answer::RetryAfter { status: 429, seconds: 120 }]);
    let until = kitchen.desk.clock_ms() + 120_000;
    assert_eq!(kitchen.round().await, ForwardPace::Until(gerai_core::time::UnixMs(until)));
    kitchen.desk.turn_clock(119_999);
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["queued"]);
    kitchen.desk.give("forward.retry", json!({})).await;
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["accepted"]);
    // Paused, nothing leaves, hurry or not.
    kitchen.desk.give("forward.pause", json!({ "paused": true })).await;
    kitchen.take(&token(NOON_S + 1, 1_001, 101)).await;
    kitchen.desk.give("forward.retry", json!({})).await;
    assert_eq!(kitchen.round().await, ForwardPace::Idle);
    assert_eq!(kitchen.desk.give("forward.status", json!({})).await["phase"], "paused");
    let mut kitchen = kitchen.die().await;
    assert_eq!(kitchen.round().await, ForwardPace::Idle, "paused over a restart too");
    kitchen.desk.give("forward.pause", json!({ "paused": false })).await;
    kitchen.round().await;
    assert_eq!(kitchen.states().await, ["accepted", "accepted"]);
}

#[tokio::test]
async fn one_poisonous_reading_is_given_up_after_a_day_and_a_dead_server_loses_nothing() {
    let mut kitchen = Kitchen::open().await;
    let poison = token(NOON_S, 1_000, 100);
    poison.clone_into(&mut kitchen.server.poison.lock().unwrap());
    kitchen.take(&poison).await;
    for _ in 0..20 {
        kitchen.desk.turn_clock(6 * 3_600_000);
        if let ForwardPace::Until(at) = kitchen.round().await {
            kitchen.desk.turn_clock((at.0 - kitchen.desk.clock_ms()).max(0) + 1);
        }
    }
    assert_eq!(kitchen.states().await, ["queued"], "days of failures with nothing taken give nothing up");
    // The server takes another stove's reading, and still fails at this one.
    kitchen.take(&token_of("00000000002", "x", NOON_S, 1, 1)).await;
    for _ in 0..8 {
        if let ForwardPace::Until(at) = kitchen.round().await {
            kitchen.desk.turn_clock((at.0 - kitchen.desk.clock_ms()).max(0) + 1);
        }
    }
    assert_eq!(kitchen.states().await, ["dead", "accepted"]);
    kitchen.server.poison.lock().unwrap().clear();
    kitchen.desk.give("forward.retry", json!({ "all": "dead" })).await;
    kitchen.settle().await;
    assert_eq!(kitchen.states().await, ["accepted", "accepted"]);
}

#[tokio::test]
async fn a_wrong_password_is_told_and_no_password_is_off() {
    let mut kitchen = Kitchen::open().await;
    kitchen.take(&token(NOON_S, 1_000, 100)).await;
    kitchen.desk.give("forward.set_password", json!({ "password": "salah" })).await;
    kitchen.round().await;
    let status = kitchen.desk.give("forward.status", json!({})).await;
    assert_eq!(status["phase"], "sign_in_refused");
    assert!(status["trouble"].as_str().unwrap().contains("password"), "{status}");
    kitchen.desk.give("forward.set_password", json!({ "password": "" })).await;
    assert_eq!(kitchen.round().await, ForwardPace::Idle);
    assert_eq!(kitchen.desk.give("forward.status", json!({})).await["phase"], "off");
    let right = json!({ "password": crate::stove_support::PASSWORD });
    kitchen.desk.give("forward.set_password", right).await;
    kitchen.settle().await;
    assert_eq!(kitchen.states().await, ["accepted"]);
}

/// Drawn from a fixed seed (xorshift), so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[tokio::test]
async fn a_week_of_every_failure_with_kills_between_any_two_steps() {
    let mut kitchen = Kitchen::open().await;
    let (mut dice, mut sent) = (Dice(0x9E37_79B9_7F4A_7C15), Vec::new());
    let begin = kitchen.desk.clock_ms();
    let mut nth = 0;
    while kitchen.desk.clock_ms() - begin < 7 * 86_400_000 {
        // Some readings come in.
        for _ in 0..dice.below(4) {
            nth += 1;
            let t = kitchen.desk.clock_ms() / 1_000;
            let one = token_of(&format!("0000000010{}", dice.below(5)), "x", t, nth, 1);
            kitchen.take(&one).await;
            sent.push(one);
            kitchen.desk.turn_clock(1_000);
        }
        // The server has a mood for each of the next answers.
        for _ in 0..dice.below(6) {
            let answer = match dice.below(7) {
                0 => failed(),
                1 | 2 => away(),
                3 => Answer::Unauthorized,
                4 => Answer::RetryAfter { status: 503, seconds: dice.below(7_200) },
                _ => break,
            };
            kitchen.server.says([answer]);
        }
        if dice.below(4) == 0 {
            let fault = match dice.below(3) {
                0 => SignInFault::Unreachable("no route".to_owned()),
                1 => SignInFault::Failed { status: 502, why: String::new() },
                _ => SignInFault::RetryAfter { seconds: 60 },
            };
            kitchen.server.sign_ins.lock().unwrap().push_back(Err(fault));
        }
        kitchen.server.lose_answers.store(dice.below(5) == 0, Ordering::SeqCst);
        // The station is killed somewhere in the round, or after it.
        let polls = dice.below(40);
        let killed = {
            let mut round = Box::pin(kitchen.forwarder.round());
            let mut finished = false;
            for _ in 0..polls {
                let step = std::time::Duration::from_micros(300);
                if tokio::time::timeout(step, &mut round).await.is_ok() {
                    finished = true;
                    break;
                }
            }
            !finished && dice.below(2) == 0
        };
        if killed || dice.below(20) == 0 {
            kitchen = kitchen.die().await;
        }
        kitchen.desk.turn_clock(i64::try_from(dice.below(4 * 3_600_000)).unwrap());
    }
    kitchen.server.script.lock().unwrap().clear();
    kitchen.server.sign_ins.lock().unwrap().clear();
    kitchen.server.lose_answers.store(false, Ordering::SeqCst);
    kitchen = kitchen.die().await;
    kitchen.settle().await;
    kitchen.desk.give("forward.retry", json!({ "all": "dead" })).await;
    kitchen.settle().await;
    let took = kitchen.server.took.lock().unwrap().clone();
    assert!(sent.len() > 50, "{}", sent.len());
    assert_eq!(took.iter().collect::<BTreeSet<_>>(), sent.iter().collect::<BTreeSet<_>>(), "none is missing");
    assert_eq!(took.len(), sent.len(), "each is taken once");
    assert_eq!(kitchen.states().await.iter().filter(|state| *state != "accepted").count(), 0);
    let grant = Grant { token: Secret::new("hidden-bearer".to_owned()), life: None };
    assert!(!format!("{grant:?}").contains("hidden-bearer"));
}
