//! Taps: what is charged, what is answered, what a repeat gets.

use gerai_core::secret::Secret;
use gerai_core::tap::mac::{sign_request, sign_result};
use serde_json::{Value, json};

use crate::support::{Desk, inbound};

#[tokio::test]
async fn the_original_readers_get_the_original_answers() {
    let desk = Desk::open().await;
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(
        desk.results(1).await,
        [("iot/success".to_owned(), "Successfully deducted 5000 for 5A3F01C2\nBalance: 45000".to_owned())]
    );
    let poor = desk.customer("Dewi", "7B9004D1", 1_200).await;
    desk.legacy(b"7b:90:04:d1").await;
    assert_eq!(
        desk.results(1).await,
        [(
            "iot/failed".to_owned(),
            "Insufficient balance for 7b:90:04:d1 to deduct 5000\nBalance: 1200".to_owned()
        )]
    );
    assert_eq!((desk.balance(desk.account).await, desk.balance(poor).await), (45_000, 1_200));
    desk.assert_whole().await;
}

#[tokio::test]
async fn a_double_tap_pays_once_and_hears_the_first_answer_again() {
    let desk = Desk::open().await;
    desk.legacy(b"5A3F01C2").await;
    desk.turn_clock(2_999);
    desk.legacy(b"5A3F01C2").await;
    let heard = desk.results(2).await;
    assert_eq!(heard[0], heard[1]);
    desk.turn_clock(1);
    desk.legacy(b"5A3F01C2").await;
    assert!(
        desk.results(1).await[0].1.ends_with("Balance: 40000"),
        "the window is counted from the first tap"
    );
    let outcomes: Vec<Value> = desk.payments().await.iter().map(|p| p["outcome"].clone()).collect();
    assert_eq!(outcomes, ["ok", "dup", "ok"]);
    desk.assert_whole().await;
}

#[tokio::test]
async fn a_v2_request_is_carried_out_once() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    let mut heard = Vec::new();
    for repeat in 0..5 {
        desk.v2("kantin-01", r#"{"id":"b1-1","uid":"5A3F01C2"}"#).await;
        heard.extend(desk.results(if repeat == 0 { 2 } else { 1 }).await);
        desk.turn_clock(60_000);
    }
    let own: Vec<&(String, String)> =
        heard.iter().filter(|(topic, _)| topic == "iot/v2/kantin-01/result").collect();
    assert_eq!(own.len(), 5);
    assert!(own.iter().all(|(_, body)| body == &own[0].1), "byte for byte");
    let result: Value = serde_json::from_str(&own[0].1).unwrap();
    assert_eq!(
        (&result["st"], &result["bal"], &result["id"]),
        (&json!("ok"), &json!(45_000), &json!("b1-1"))
    );
    assert_eq!(heard.len(), 6, "and the legacy mirror lights up once");
    assert_eq!(desk.balance(desk.account).await, 45_000);

    desk.v2("kantin-01", r#"{"id":"b1-1","uid":"5A3F01C3"}"#).await;
    assert!(
        desk.results(1).await[0].1.contains(r#""st":"err""#),
        "the same id with other content is refused"
    );
    assert_eq!(desk.rejected().await[0]["reason"], json!("id_reused"));
    desk.assert_whole().await;
}

#[tokio::test]
async fn refusals_are_stored_and_stay_refusals() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    let poor = desk.customer("Dewi", "7B9004D1", 1_000).await;
    desk.v2("kantin-01", r#"{"id":"b1-1","uid":"7B9004D1"}"#).await;
    desk.give("accounts.topup", json!({ "request_id": "t-1", "account_id": poor, "amount": 50_000 })).await;
    desk.v2("kantin-01", r#"{"id":"b1-1","uid":"7B9004D1"}"#).await;
    let heard = desk.results(3).await;
    assert_eq!(heard[0].1, heard[2].1);
    assert!(heard[0].1.contains(r#""st":"low""#));
    assert_eq!(desk.balance(poor).await, 51_000);
}

#[tokio::test]
async fn signed_readers_and_forged_messages() {
    let desk = Desk::open().await;
    let key = desk.reader("kantin-01", true).await["key"].as_str().unwrap().to_owned();
    let key = Secret::new(gerai_core::hex::bytes(&key).unwrap());
    let signed = |id: &str| {
        let mac = sign_request(&key, "kantin-01", id, "5A3F01C2", None, Some(17));
        format!(r#"{{"id":"{id}","uid":"5A3F01C2","ts":17,"mac":"{mac}"}}"#)
    };
    desk.v2("kantin-01", &signed("7-100")).await;
    let result: Value = serde_json::from_str(&desk.results(2).await[0].1).unwrap();
    assert_eq!(
        result["mac"],
        json!(sign_result(&key, "kantin-01", "7-100", "ok", 45_000, result["tx"].as_i64()))
    );

    // Unsigned, wrongly signed, signed for another id; then a message of an earlier boot and one far behind.
    let forged = r#"{"id":"7-101","uid":"5A3F01C2","mac":"00000000000000000000000000000000"}"#;
    for payload in [
        r#"{"id":"7-101","uid":"5A3F01C2"}"#.to_owned(),
        forged.to_owned(),
        signed("7-100").replace("7-100", "7-101"),
        signed("6-999"),
        signed("7-1"),
    ] {
        desk.turn_clock(10_000);
        desk.v2("kantin-01", &payload).await;
        assert!(desk.results(1).await[0].1.contains(r#""st":"auth""#), "{payload}");
    }
    assert_eq!(desk.balance(desk.account).await, 45_000);

    // Nor does the reader's broker password alone open the shared topic.
    let mut unsigned = inbound("iot/deduct", b"5A3F01C2");
    unsigned.sender = Some("kantin-01".to_owned());
    desk.take(unsigned).await.unwrap();
    assert_eq!(desk.results(1).await[0].1, "Failed auth for 5A3F01C2\nBalance: 0");
    assert_eq!(desk.balance(desk.account).await, 45_000);

    // A forger cannot use up the id of the real message.
    desk.v2("kantin-01", &signed("7-101")).await;
    assert!(desk.results(2).await[0].1.contains(r#""st":"ok""#));

    // A device that is set up anew begins to count anew.
    let key =
        desk.give("readers.rotate", json!({ "name": "kantin-01" })).await["key"].as_str().unwrap().to_owned();
    let key = Secret::new(gerai_core::hex::bytes(&key).unwrap());
    let mac = sign_request(&key, "kantin-01", "1-1", "5A3F01C2", None, None);
    desk.turn_clock(10_000);
    desk.v2("kantin-01", &format!(r#"{{"id":"1-1","uid":"5A3F01C2","mac":"{mac}"}}"#)).await;
    assert!(desk.results(2).await[0].1.contains(r#""st":"ok""#));
    desk.assert_whole().await;
}

#[tokio::test]
async fn the_sender_the_broker_vouches_for_must_be_the_reader_of_the_topic() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    desk.reader("kantin-02", false).await;
    let mut message = inbound("iot/v2/kantin-01/deduct", br#"{"id":"a-1","uid":"5A3F01C2"}"#);
    message.sender = Some("kantin-02".to_owned());
    desk.take(message).await.unwrap();
    assert_eq!(desk.rejected().await[0]["reason"], json!("wrong_sender"));
    assert_eq!(desk.balance(desk.account).await, 50_000);
}

#[tokio::test]
async fn old_taps_are_never_charged() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    let waited = |topic: &str, payload: &[u8], ms| {
        let mut message = inbound(topic, payload);
        message.waited_ms = Some(ms);
        message
    };
    desk.take(waited("iot/deduct", b"5A3F01C2", 50)).await.unwrap();
    assert_eq!(desk.rejected().await[0]["reason"], json!("queued_while_away"));
    desk.take(waited("iot/v2/kantin-01/deduct", br#"{"id":"a-1","uid":"5A3F01C2"}"#, 10_001)).await.unwrap();
    assert_eq!(desk.balance(desk.account).await, 50_000);
    desk.take(waited("iot/v2/kantin-01/deduct", br#"{"id":"a-2","uid":"5A3F01C2"}"#, 10_000)).await.unwrap();
    assert_eq!(desk.balance(desk.account).await, 45_000);
    let rows = desk.payments().await;
    assert_eq!(
        (&rows[1]["outcome"], &rows[1]["late"]),
        (&json!("late"), &json!({ "tap_ms": 10_001, "result_ms": null }))
    );
    assert_eq!((&rows[0]["outcome"], &rows[0]["late"]), (&json!("ok"), &Value::Null), "in time is not late");
    // Once late, always late: the reader's retry of the same id is not charged either.
    desk.v2("kantin-01", r#"{"id":"a-1","uid":"5A3F01C2"}"#).await;
    assert_eq!(desk.balance(desk.account).await, 45_000);
}

#[tokio::test]
async fn late_results_light_nothing() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    desk.air.down.store(true, std::sync::atomic::Ordering::SeqCst);
    desk.v2("kantin-01", r#"{"id":"a-1","uid":"5A3F01C2"}"#).await;
    desk.turn_clock(30_001);
    desk.air.down.store(false, std::sync::atomic::Ordering::SeqCst);
    let heard = desk.results(1).await;
    let result: Value = serde_json::from_str(&heard[0].1).unwrap();
    assert_eq!(
        (&result["st"], &result["was"], &result["bal"]),
        (&json!("late"), &json!("ok"), &json!(45_000))
    );
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(desk.results(0).await.is_empty(), "nothing on the legacy topics");
    // By how much is noted with the mark, which goes with a later transaction.
    for _ in 0..400 {
        if desk.payments().await[0]["late"] != Value::Null {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let late = json!({ "tap_ms": null, "result_ms": 30_001 });
    assert_eq!(desk.payments().await[0]["late"], late);
    let counter = desk.give("counter.show", json!({})).await;
    assert_eq!(counter["result"], Value::Null, "it lights nothing");
    assert_eq!((&counter["history"][0]["late"], &counter["history"][0]["outcome"]), (&late, &json!("ok")));
    desk.assert_whole().await;
}

#[tokio::test]
async fn day_limits_count_in_wib_days() {
    let desk = Desk::open().await;
    let rich = desk.customer("Budi", "AABBCCDD", 900_000).await;
    let view = desk.give("settings.get", json!({})).await;
    let mut settings = view["settings"].clone();
    settings["payments"]["max_per_day"] = json!(12_000);
    desk.give("settings.set", json!({ "version": view["version"], "settings": settings })).await;
    for _ in 0..3 {
        desk.legacy(b"AABBCCDD").await;
        desk.turn_clock(60_000);
    }
    assert_eq!(desk.balance(rich).await, 890_000);
    assert_eq!(desk.payments().await[0]["outcome"], json!("limit"));
    desk.turn_clock(12 * 3_600_000);
    desk.legacy(b"AABBCCDD").await;
    assert_eq!(desk.balance(rich).await, 885_000, "a new day has begun");
    desk.assert_whole().await;
}

#[tokio::test]
async fn nims_and_cards_are_never_guessed() {
    let desk = Desk::open().await;
    let new = json!({ "request_id": "n-1", "name": "Agus", "nim": "13520040", "opening": 20_000 });
    let agus = desk.give("accounts.create", new).await["row"]["id"].as_i64().unwrap();
    desk.legacy(b"13520040").await;
    assert_eq!(desk.balance(agus).await, 15_000);
    desk.turn_clock(5_000);
    let other = desk.customer("Putri", "13520040", 20_000).await;
    desk.legacy(b"13520040").await;
    assert_eq!(desk.rejected().await[0]["reason"], json!("ambiguous"));
    assert_eq!((desk.balance(agus).await, desk.balance(other).await), (15_000, 20_000));
}
