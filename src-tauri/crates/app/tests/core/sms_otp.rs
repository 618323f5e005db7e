//! Codes: first in the queue, short of life, seen by nobody, sent a second time at most, and unreadable afterwards.

use gerai_app::access::{Caller, SessionChange};
use gerai_app::contract::{ErrorCode, dispatch};
use gerai_core::port::lines::LineHealth;
use serde_json::{Value, json};

use crate::people_support::PASSWORD;
use crate::sms_support::{Answer, Post, imei};

const TO: &str = "081234567890";
const MINUTE: i64 = 60_000;

async fn person(post: &Post, name: &str, role: &str) -> Caller {
    post.desk.give("operators.add", json!({ "name": name, "password": PASSWORD, "role": role })).await;
    let caller = post.desk.browser(None).await;
    let typed = json!({ "name": name, "password": PASSWORD });
    dispatch(&post.desk.app, &caller, "session.sign_in", typed).await.unwrap();
    match caller.take_session_change() {
        Some(SessionChange::Opened { token, .. }) => post.desk.browser(Some(token)).await,
        _ => panic!("no session"),
    }
}

#[tokio::test]
async fn a_code_lives_ten_minutes_and_is_wiped() {
    let post = Post::open(1).await;
    post.health(1, LineHealth::Searching).await;
    let now = post.desk.clock_ms();
    let id = post.code(TO, "Kode 112233").await;
    let shown = post.show(id).await;
    assert_eq!((&shown["row"]["deadline_ms"], &shown["text"]), (&json!(now + 10 * MINUTE), &Value::Null));
    let own =
        post.code_with(json!({ "to": [TO], "text": "Kode 1", "deadline_ms": now + MINUTE })).await.unwrap();
    let long = post
        .code_with(json!({ "to": [TO], "text": "Kode 2", "deadline_ms": now + 90 * MINUTE }))
        .await
        .unwrap();
    assert_eq!(post.show(long).await["row"]["deadline_ms"], json!(now + 30 * MINUTE), "no code lives longer");
    let late = json!({ "to": [TO], "text": "Kode 3", "at_ms": now + 30 * MINUTE + 1 });
    let refused = post.code_with(late).await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("at_ms"));
    post.turn(MINUTE);
    post.until(own, "expired").await;
    post.turn(9 * MINUTE - 1);
    post.nudge();
    assert_eq!(post.show(id).await["row"]["state"], json!("queued"));
    post.turn(1);
    let shown = post.until(id, "expired").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("deadline"));
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE body_sealed IS NOT NULL"), 1);
    post.health(1, LineHealth::Ready).await;
    post.until(long, "sent").await;
    let given = post.given(1).await;
    assert_eq!(given[0].validity, Some(20), "the network is told how long it is of use");
}

#[tokio::test]
async fn a_key_is_destroyed_when_its_codes_are_over() {
    let post = Post::open(1).await;
    post.health(1, LineHealth::Searching).await;
    let now = post.desk.clock_ms();
    let spare = post.code(TO, "Kode 111111").await;
    let epoch = post.figure(
        "SELECT key_id FROM sms_message WHERE message_id = (SELECT max(message_id) FROM sms_message)",
    );
    let entry = format!("sms-key/{epoch}");
    post.turn(14 * MINUTE);
    let last = json!({ "to": [TO], "text": "Kode 222222", "deadline_ms": now + 44 * MINUTE });
    let last = post.code_with(last).await.unwrap();
    post.turn(MINUTE);
    let new = post.code(TO, "Kode 333333").await;
    assert_ne!(
        post.figure("SELECT max(key_id) FROM sms_message"),
        epoch,
        "a new quarter of an hour, a new key"
    );
    let mut day = None;
    gerai_app::tend_sms(&post.desk.app, &mut day).await;
    assert!(post.desk.vault.names().contains(&entry), "the last code still lives");
    post.turn(29 * MINUTE);
    for id in [spare, last, new] {
        post.until(id, "expired").await;
    }
    post.turn(MINUTE);
    gerai_app::tend_sms(&post.desk.app, &mut day).await;
    let names = post.desk.vault.names();
    assert!(!names.contains(&entry), "{names:?}");
    assert_eq!(post.figure("SELECT count(*) FROM sms_key WHERE kind = 'otp' AND destroyed_ms IS NULL"), 0);
}

#[tokio::test]
async fn a_code_whose_key_is_gone_is_lost() {
    let post = Post::open(1).await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    let id = post.code(TO, "Kode 111111").await;
    let entry = post.desk.vault.names().into_iter().find(|name| name.starts_with("sms-key/")).unwrap();
    post.desk.vault.entries.lock().unwrap().retain(|name, _| !name.ends_with(&entry));
    let post = post.restart().await;
    post.health(1, LineHealth::Ready).await;
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    let shown = post.until(id, "lost").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("unreadable"));
    post.sentinel().await;
    post.given(1).await;
}

#[tokio::test]
async fn without_a_vault_nothing_is_written_down() {
    let post = Post::open(1).await;
    post.sentinel().await;
    post.desk.vault.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let post = post.restart().await;
    let order = json!({ "to": [TO], "text": "a", "request_id": "v-1" });
    let refused = post.try_order(order.clone()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable);
    post.desk.vault.away.store(false, std::sync::atomic::Ordering::SeqCst);
    let app = post.desk.app.clone();
    assert!(tokio::task::spawn_blocking(move || app.load_sms_keys()).await.unwrap());
    post.health(1, LineHealth::Ready).await;
    let id = post.order(order).await;
    post.until(id, "sent").await;
}

#[tokio::test]
async fn a_test_code_of_a_person_waits_for_another_one() {
    let post = Post::open(1).await;
    let (rina, siti) = (person(&post, "rina", "owner").await, person(&post, "siti", "administrator").await);
    let give = async |who: &Caller, command: &str, arguments: Value| {
        dispatch(&post.desk.app, who, command, arguments).await
    };
    let order = json!({ "request_id": "t-1", "to": [TO], "text": "Kode 123456", "class": "otp" });
    let sent = give(&siti, "sms.send", order.clone()).await.unwrap();
    let id = sent["ids"][0].as_i64().unwrap();
    let again = give(&siti, "sms.send", order.clone()).await.unwrap();
    assert_eq!((&again["ids"], &again["repeated"]), (&sent["ids"], &json!(true)));
    post.sentinel().await;
    let shown = post.show(id).await;
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["reason"]["code"]),
        (&json!("held"), &json!("approval"))
    );
    post.desk.give("sms.release", json!({})).await;
    let refused = post.desk.try_give("sms.resolve", json!({ "id": id, "verdict": "send_again" })).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::Refused);
    let waiting = give(&siti, "approvals.list", json!({ "waiting": true })).await.unwrap();
    assert_eq!(waiting["rows"].as_array().unwrap().len(), 1);
    assert!(!waiting.to_string().contains("123456"), "{waiting}");
    let decide = json!({ "id": waiting["rows"][0]["id"], "approve": true });
    assert_eq!(give(&siti, "approvals.decide", decide.clone()).await.unwrap_err().code, ErrorCode::Forbidden);
    give(&rina, "approvals.decide", decide).await.unwrap();
    post.until(id, "sent").await;
    post.given(2).await;

    // Scheduling it is no way round.
    let mut planned = order.clone();
    planned["request_id"] = json!("t-2");
    planned["at_ms"] = json!(post.desk.clock_ms() + MINUTE);
    let sent = give(&siti, "sms.send", planned).await.unwrap();
    let id = sent["ids"][0].as_i64().unwrap();
    assert_eq!(post.show(id).await["row"]["state"], json!("held"));
    let waiting = give(&rina, "approvals.list", json!({ "waiting": true })).await.unwrap();
    give(&rina, "approvals.decide", json!({ "id": waiting["rows"][0]["id"], "approve": true }))
        .await
        .unwrap();
    post.sentinel().await;
    assert_ne!(post.show(id).await["row"]["state"], json!("sent"), "not before its time");
    post.turn(MINUTE);
    post.until(id, "sent").await;

    // One that nobody decides expires, and an approval after that says so.
    let mut third = order;
    third["request_id"] = json!("t-3");
    let id = give(&siti, "sms.send", third).await.unwrap()["ids"][0].as_i64().unwrap();
    post.turn(10 * MINUTE);
    post.until(id, "expired").await;
    let waiting = give(&rina, "approvals.list", json!({ "waiting": true })).await.unwrap();
    let late = json!({ "id": waiting["rows"][0]["id"], "approve": true });
    let answer = give(&rina, "approvals.decide", late).await;
    assert!(answer.is_err() || answer.unwrap()["state"] != json!("carried_out"));
    post.sentinel().await;
}

#[tokio::test]
async fn a_code_in_doubt_goes_once_more_while_it_has_a_minute() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Doubt]);
    let id = post.code("081322223333", "Kode 112233").await;
    let shown = post.until(id, "sent").await;
    assert_eq!((&shown["resent"], shown["parts"].as_array().unwrap().len()), (&json!(true), 2), "{shown}");
    post.modems.answer(&imei(1), [Answer::Doubt, Answer::Doubt]);
    let id = post.code(TO, "Kode 445566").await;
    post.until(id, "in_doubt").await;
    post.sentinel().await;
    post.given(5).await;
    let post = post.die().await;
    post.health(1, LineHealth::Ready).await;
    post.sentinel().await;
    post.given(1).await;
    assert_eq!(post.show(id).await["row"]["state"], json!("in_doubt"), "never a third time");
    post.turn(10 * MINUTE);
    let shown = post.until(id, "expired").await;
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE body_sealed IS NOT NULL"), 0, "{shown}");

    post.status(1, 76, TO, 0).await;
    post.until(id, "delivered").await;

    let short =
        json!({ "to": ["081300001111"], "text": "Kode 9", "deadline_ms": post.desk.clock_ms() + MINUTE - 1 });
    post.modems.answer(&imei(1), [Answer::Doubt]);
    let id = post.code_with(short).await.unwrap();
    post.until(id, "in_doubt").await;
    post.sentinel().await;
    post.given(3).await;
    // The look at deadlines leaves out what is in a modem; a code in doubt is still wiped in time.
    post.turn(MINUTE);
    post.until(id, "expired").await;
    post.status(1, 77, "081300001111", 0).await;
    post.until(id, "delivered").await;
}

#[tokio::test]
async fn codes_may_be_kept_in_memory_only() {
    let post = Post::open(1).await;
    post.set(json!({ "volatile_otp": true })).await;
    let id = post.code(TO, "Kode 112233").await;
    post.until(id, "sent").await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    let kept = post.code(TO, "Kode 778899").await;
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE body_sealed IS NOT NULL"), 0);
    assert_eq!(post.figure("SELECT count(*) FROM sms_key WHERE kind = 'otp'"), 0);
    let post = post.restart().await;
    let shown = post.until(kept, "lost").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("volatile_lost"));
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    post.health(1, LineHealth::Ready).await;
    // In doubt twice, an operator sends it once more: its text is still there.
    post.modems.answer(&imei(1), [Answer::Doubt, Answer::Doubt]);
    let id = post.code(TO, "Kode 246810").await;
    post.until(id, "in_doubt").await;
    post.desk.give("sms.resolve", json!({ "id": id, "verdict": "send_again" })).await;
    post.until(id, "sent").await;
}
