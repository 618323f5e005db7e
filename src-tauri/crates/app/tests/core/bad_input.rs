//! Bad input at the MQTT door: each has a stored row and a word, and no effect on any other tap.

use gerai_app::contract::ErrorCode;
use serde_json::{Value, json};

use crate::support::{Desk, inbound};

#[tokio::test]
async fn every_bad_legacy_message_is_listed_and_charges_nothing() {
    let desk = Desk::open().await;
    let huge = vec![b'7'; 70_000];
    let cases: [(&[u8], &str); 12] = [
        (b"", "not_understood"),
        (b"hello", "not_understood"),
        (b"13520040,5000", "not_understood"),
        (b"{\"uid\":", "not_understood"),
        (b"[\"5A3F01C2\"]", "not_understood"),
        (b"\x00\x01\x02", "not_understood"),
        (b"\xc3\x28", "not_utf8"),
        (&huge, "too_large"),
        (b"08A1B2C3", "bad_uid"),
        (b"5A3F01C2FF", "bad_uid"),
        (br#"{"uid":"5A3F01C2","amt":-5000}"#, "bad_amount"),
        (br#"{"uid":"5A3F01C2","amt":0.5}"#, "bad_amount"),
    ];
    for (payload, reason) in cases {
        desk.turn_clock(1_000);
        desk.legacy(payload).await;
        let row = desk.rejected().await[0].clone();
        assert_eq!(
            row["reason"],
            json!(reason),
            "{:?}",
            String::from_utf8_lossy(&payload[..payload.len().min(40)])
        );
        assert_eq!(row["bytes"], json!(payload.len()));
        let (topic, body) = desk.results(1).await.remove(0);
        assert!(topic == "iot/failed" && body.len() <= 230 && body.starts_with("Failed err for "), "{body}");
    }
    desk.turn_clock(1_000);
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(desk.balance(desk.account).await, 45_000, "and the next tap pays as ever");
    desk.assert_whole().await;
}

#[tokio::test]
async fn retained_and_foreign_messages() {
    let desk = Desk::open().await;
    let mut retained = inbound("iot/deduct", b"5A3F01C2");
    retained.retained = true;
    for (message, reason) in [
        (retained, "retained"),
        (inbound("iot/topup", b"5A3F01C2"), "topup_from_air"),
        (inbound("iot/v2/nobody/deduct", br#"{"id":"a-1","uid":"5A3F01C2"}"#), "unknown_reader"),
        (inbound("iot/v2/+/deduct", br#"{"id":"a-1","uid":"5A3F01C2"}"#), "unknown_reader"),
        (inbound("iot/other", b"5A3F01C2"), "not_understood"),
    ] {
        desk.take(message).await.unwrap();
        assert_eq!(desk.rejected().await[0]["reason"], json!(reason));
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(desk.results(0).await.is_empty(), "nobody known waits for an answer");
    assert_eq!(desk.balance(desk.account).await, 50_000);
}

#[tokio::test]
async fn bad_v2_messages_are_answered_on_the_readers_own_topic() {
    let desk = Desk::open().await;
    desk.reader("kantin-01", false).await;
    for (payload, id) in [
        ("5A3F01C2", ""),
        (r#"{"uid":"5A3F01C2"}"#, ""),
        (r#"{"id":"a-1"}"#, "a-1"),
        (r#"{"id":"a-2","uid":"zz"}"#, "a-2"),
        (r#"{"id":"a-3","uid":"5A3F01C2","amt":1e3}"#, "a-3"),
        (r#"{"id":"a-4","uid":"5A3F01C2","amt":9223372036854775807}"#, "a-4"),
    ] {
        desk.turn_clock(1_000);
        desk.v2("kantin-01", payload).await;
        let (topic, body) = desk.results(1).await.remove(0);
        let result: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (topic.as_str(), &result["st"], &result["id"]),
            ("iot/v2/kantin-01/result", &json!("err"), &json!(id))
        );
    }
    // An amount from the air is only good if it is the till's own, or the reader may name amounts.
    desk.v2("kantin-01", r#"{"id":"a-5","uid":"5A3F01C2","amt":1}"#).await;
    assert!(desk.results(2).await[0].1.contains(r#""st":"err""#));
    assert_eq!(desk.balance(desk.account).await, 50_000);
    desk.assert_whole().await;
}

#[tokio::test]
async fn a_flood_of_junk_is_counted_and_taps_go_on() {
    let desk = Desk::open().await;
    for _ in 0..2_000 {
        desk.legacy(b"junk").await;
    }
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(desk.balance(desk.account).await, 45_000);
    assert_eq!(desk.rejected().await.len(), 20);
    desk.turn_clock(1_000);
    desk.legacy(b"junk").await;
    assert_eq!(desk.rejected().await[0]["excerpt"], json!("junk (+1980 more like it)"));
}

#[tokio::test]
async fn an_unknown_card_is_offered_for_enrolment_and_never_made() {
    let desk = Desk::open().await;
    desk.legacy(b"DEADBEEF").await;
    assert_eq!(desk.results(1).await[0].1, "Failed unknown for DEADBEEF\nBalance: 0");
    let offered = desk.give("cards.unknown", json!({})).await;
    assert_eq!((&offered[0]["uid"], &offered[0]["till"]), (&json!("DEADBEEF"), &json!("Meja 1")));
    assert_eq!(desk.give("accounts.list", json!({})).await["total"], json!(1));
    desk.customer("Baru", "DEADBEEF", 10_000).await;
    assert_eq!(desk.give("cards.unknown", json!({})).await, json!([]));
}

#[tokio::test]
async fn frozen_lost_and_closed() {
    let desk = Desk::open().await;
    let card = desk.give("accounts.show", json!({ "id": desk.account })).await["cards"][0]["id"].clone();
    let outcome = |desk: &Desk| {
        desk.turn_clock(10_000);
        let door = std::sync::Arc::clone(&desk.door);
        async move {
            use gerai_core::port::TapDoor;
            door.take(inbound("iot/deduct", b"5A3F01C2")).await.unwrap();
        }
    };
    for (command, state, want) in [
        ("accounts.set_state", "frozen", "frozen"),
        ("accounts.set_state", "active", "ok"),
        ("cards.set_state", "frozen", "frozen"),
        ("cards.set_state", "lost", "lost"),
        ("cards.set_state", "active", "ok"),
        ("cards.set_state", "closed", "frozen"),
    ] {
        let id = if command.starts_with("cards") { card.clone() } else { json!(desk.account) };
        desk.give(command, json!({ "id": id, "state": state, "reason": "uji coba" })).await;
        outcome(&desk).await;
        assert_eq!(desk.payments().await[0]["outcome"], json!(want), "{command} {state}");
    }
    let refused =
        desk.try_give("cards.set_state", json!({ "id": card, "state": "active" })).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused, "a closed card stays closed");
    let refused = desk
        .try_give("accounts.set_state", json!({ "id": desk.account, "state": "closed", "reason": "pindah" }))
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Refused, "an account is closed empty");
}

#[tokio::test]
async fn clock_jumps_open_no_new_day() {
    let desk = Desk::open().await;
    // The test clock turns both readings; only the guard's own tests can part them. Here: setting it back.
    desk.turn_clock(13 * 3_600_000);
    desk.legacy(b"5A3F01C2").await;
    let before = desk.give("accounts.show", json!({ "id": desk.account })).await["spent_today"].clone();
    desk.turn_clock(-13 * 3_600_000);
    desk.turn_clock(10_000);
    assert_eq!(desk.give("accounts.show", json!({ "id": desk.account })).await["spent_today"], before);
    assert_eq!(before, json!(5_000));
}
