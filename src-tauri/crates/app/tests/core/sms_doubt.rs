//! In doubt: what may have left is never sent again blindly, and what ends the doubt. Messages of several parts, and
//! stations that die in between.

use gerai_core::port::lines::{LineDoor, LineHealth, LineKey, Scope, Submitted};
use serde_json::{Value, json};

use crate::sms_support::{Answer, Post, iccid, imei, refused};

const TO: &str = "081234567890";

async fn in_doubt(post: &Post, text: &str) -> i64 {
    post.modems.answer(&imei(1), [Answer::Doubt]);
    let id = post.send(TO, text).await;
    let shown = post.until(id, "in_doubt").await;
    assert_eq!((&shown["row"]["reason"]["code"], &shown["text"]), (&json!("modem_silent"), &json!(text)));
    id
}

fn key() -> LineKey {
    LineKey { imei: imei(1), iccid: iccid(1) }
}

async fn resolve(post: &Post, id: i64, verdict: &str) -> Value {
    post.desk.give("sms.resolve", json!({ "id": id, "verdict": verdict })).await
}

#[tokio::test]
async fn a_message_in_doubt_is_not_sent_again_by_time_or_restart() {
    let post = Post::open(1).await;
    let id = in_doubt(&post, "a").await;
    post.sentinel().await;
    post.turn(48 * 3_600_000);
    post.sentinel().await;
    let post = post.restart().await;
    post.health(1, LineHealth::Ready).await;
    post.sentinel().await;
    let post = post.die().await;
    post.health(1, LineHealth::Ready).await;
    post.sentinel().await;
    post.given(1).await;
    assert_eq!(post.show(id).await["row"]["state"], json!("in_doubt"));
    let refused = post.desk.try_give("sms.resolve", json!({ "id": id + 1, "verdict": "send_again" })).await;
    assert_eq!(refused.unwrap_err().code, gerai_app::contract::ErrorCode::Refused, "that one was sent");
    post.desk.give("sms.cancel", json!({ "ids": [id] })).await;
    assert_eq!(
        post.show(id).await["row"]["state"],
        json!("in_doubt"),
        "what may have left is not taken back"
    );
}

#[tokio::test]
async fn an_operator_a_report_or_a_late_answer_ends_a_doubt() {
    let post = Post::open(1).await;
    let sent = in_doubt(&post, "a").await;
    assert_eq!(resolve(&post, sent, "assume_sent").await["row"]["state"], json!("sent"));
    let failed = in_doubt(&post, "b").await;
    let shown = resolve(&post, failed, "assume_failed").await;
    assert_eq!((&shown["row"]["state"], &shown["text"]), (&json!("failed"), &Value::Null));
    let again = in_doubt(&post, "c").await;
    resolve(&post, again, "send_again").await;
    let shown = post.until(again, "sent").await;
    assert_eq!(
        (&shown["parts"][0]["state"], &shown["parts"][1]["state"]),
        (&json!("failed"), &json!("sent"))
    );
    post.given(4).await;

    let reported = in_doubt(&post, "d").await;
    post.status(1, 201, TO, 0).await;
    let shown = post.until(reported, "delivered").await;
    assert_eq!(shown["parts"][0]["reference"], json!(201));
    let late = in_doubt(&post, "e").await;
    let ticket = post.given(6).await[5].ticket;
    post.door.late_result(&key(), ticket, 88);
    let shown = post.until(late, "sent").await;
    assert_eq!((&shown["parts"][0]["reference"], &shown["text"]), (&json!(88), &Value::Null));
    post.status(1, 88, TO, 0).await;
    post.until(late, "delivered").await;

    // The late answer comes before the doubt was heard of.
    post.modems.answer(&imei(1), [Answer::Later]);
    let both = post.send(TO, "f").await;
    let ticket = post.given(7).await[6].ticket;
    post.door.late_result(&key(), ticket, 89);
    post.modems.now(Submitted::InDoubt { why: "silence".to_owned() });
    post.until(both, "sent").await;
    // Two in doubt to one phone: a report about either says nothing.
    let (one, two) = (in_doubt(&post, "g").await, in_doubt(&post, "h").await);
    post.status(1, 200, TO, 0).await;
    for id in [one, two] {
        assert_eq!(post.show(id).await["row"]["state"], json!("in_doubt"));
    }
    let trail = post.desk.audit();
    let acts: Vec<_> = trail.iter().filter(|record| record.act == "sms.resolve").collect();
    assert_eq!(acts.len(), 3);
    assert!(acts.iter().all(|record| record.outcome == gerai_core::audit::AuditOutcome::Done));
}

#[tokio::test]
async fn a_station_that_dies_while_a_modem_sends_leaves_a_doubt() {
    let post = Post::open(2).await;
    post.modems.answer(&imei(1), [Answer::Later]);
    post.modems.answer(&imei(2), [Answer::Later]);
    let first = post.order(json!({ "to": [TO], "text": "a", "line_id": 1 })).await;
    let second = post.order(json!({ "to": [TO], "text": "b", "line_id": 1 })).await;
    let code = post.code_with(json!({ "to": [TO], "text": "Kode 135790", "line_id": 2 })).await.unwrap();
    post.given(2).await;
    let post = post.die().await;
    let shown = post.until(first, "in_doubt").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("station_died"));
    post.health(1, LineHealth::Ready).await;
    post.health(2, LineHealth::Ready).await;
    post.until(second, "sent").await;
    let again = post.until(code, "sent").await;
    assert_eq!(again["resent"], json!(true), "a code goes once more");
    post.given(2).await;
    assert_eq!(post.show(first).await["row"]["state"], json!("in_doubt"));
}

#[tokio::test]
async fn a_station_that_is_stopped_takes_back_what_no_modem_has() {
    let post = Post::open(1).await;
    post.health(1, LineHealth::Searching).await;
    let id = post.send(TO, "a").await;
    // Somebody else writes: the intent cannot commit before the station is stopped.
    let database = post.desk.database();
    let ((held, holding), (release, released)) =
        (tokio::sync::oneshot::channel(), std::sync::mpsc::sync_channel(1));
    let holder = std::thread::spawn(move || {
        let store = gerai_store::Store::open(&database, gerai_store::OpenMode::Write).unwrap();
        let write = store.writer().unwrap().submit_blocking(move |_| {
            held.send(()).unwrap();
            released.recv().unwrap();
            Ok::<(), gerai_store::StoreError>(())
        });
        write.unwrap();
    });
    holding.await.unwrap();
    post.health(1, LineHealth::Ready).await;
    post.stop();
    release.send(()).unwrap();
    let post = post.restart().await;
    holder.join().unwrap();
    assert_eq!(post.show(id).await["row"]["state"], json!("queued"));
    assert_eq!(post.figure("SELECT coalesce(sum(normal), 0) FROM sim_usage"), 0);
    post.health(1, LineHealth::Ready).await;
    post.until(id, "sent").await;
    post.given(1).await;
}

#[tokio::test]
async fn all_parts_go_by_one_line_with_one_reference() {
    let post = Post::open(2).await;
    let id = post.send(TO, &"a".repeat(400)).await;
    post.until(id, "sent").await;
    let given = post.given(3).await;
    assert!(given.iter().all(|part| part.imei == given[0].imei));
    assert!(given.iter().all(|part| part.intent == ("submitting".to_owned(), "submitting".to_owned())));
    for (place, reference) in [(2, 3), (0, 1)] {
        post.status(1, reference, TO, 0).await;
        assert_eq!(post.show(id).await["row"]["state"], json!("sent"), "part {place} of three");
    }
    post.status(1, 2, TO, 0).await;
    post.until(id, "delivered").await;
    let other = post.send(TO, &"b".repeat(400)).await;
    post.until(other, "sent").await;
    let second = post.given(6).await;
    assert_ne!(second[5].imei, given[0].imei, "lines take turns");
    post.status(2, 4, TO, 0).await;
    post.status(2, 5, TO, 0x41).await;
    let shown = post.until(other, "failed").await;
    assert!(shown["row"]["reason"]["text"].as_str().unwrap().contains("0x41"), "{shown}");
}

#[tokio::test]
async fn a_part_in_doubt_holds_the_rest_and_the_rest_follows_by_the_same_line() {
    let post = Post::open(2).await;
    post.modems.answer(&imei(1), [Answer::Sent(1), Answer::Doubt]);
    let id = post.send(TO, &"a".repeat(400)).await;
    post.until(id, "in_doubt").await;
    let ticket = post.given(2).await[1].ticket;
    post.sentinel().await;
    post.modems.answer(&imei(2), []);
    post.door.late_result(&key(), ticket, 7);
    post.until(id, "sent").await;
    let given = post.given(4).await;
    assert_eq!((given[3].imei.as_str(), given[3].concat.unwrap().sequence), (imei(1).as_str(), 3));
    assert_eq!(given[3].concat.unwrap().reference, given[0].concat.unwrap().reference);
    let used = post.figure("SELECT sum(normal) FROM sim_usage");
    assert_eq!(used, 4, "three parts and the sentinel");

    post.modems.answer(&imei(1), [Answer::Sent(8), Answer::Doubt]);
    let other = post.order(json!({ "to": [TO], "text": "b".repeat(400), "line_id": 1 })).await;
    post.until(other, "in_doubt").await;
    resolve(&post, other, "assume_sent").await;
    post.until(other, "sent").await;
    let shown = post.show(other).await;
    assert_eq!(shown["parts"].as_array().unwrap().len(), 3, "{shown}");
}

#[tokio::test]
async fn a_part_that_is_refused_leaves_the_rest_with_its_line() {
    let post = Post::open(2).await;
    post.modems.answer(&imei(1), [Answer::Sent(1), Answer::Refused(Scope::Line, true)]);
    let id = post.send(TO, &"a".repeat(400)).await;
    post.given(2).await;
    let shown = post.until(id, "queued").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("line"));
    post.sentinel().await;
    assert_eq!(post.show(id).await["row"]["state"], json!("queued"), "the other line does not take it");
    assert_eq!(post.figure("SELECT sum(normal) FROM sim_usage"), 2, "one part and the sentinel");
    let post = post.die().await;
    post.health(2, LineHealth::Ready).await;
    post.sentinel().await;
    assert_eq!(post.modems.count(), 1);
    post.health(1, LineHealth::Ready).await;
    post.until(id, "sent").await;
    let given = post.given(3).await;
    let places: Vec<u8> = given[1..].iter().map(|part| part.concat.unwrap().sequence).collect();
    assert_eq!((places, given[1].imei.clone()), (vec![2, 3], imei(1)));

    post.modems.answer(&imei(1), [Answer::Sent(9), Answer::Refused(Scope::Message, false)]);
    let bad = post.order(json!({ "to": [TO], "text": "b".repeat(400), "line_id": 1 })).await;
    let shown = post.until(bad, "failed").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("number"));
}

#[tokio::test]
async fn a_station_that_dies_between_two_parts_knows_where_it_was() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Sent(1), Answer::Later]);
    let id = post.send(TO, &"a".repeat(400)).await;
    post.given(2).await;
    let post = post.die().await;
    post.health(1, LineHealth::Ready).await;
    let shown = post.until(id, "in_doubt").await;
    assert_eq!(
        (&shown["parts"][0]["state"], &shown["parts"][1]["state"]),
        (&json!("sent"), &json!("in_doubt"))
    );
    post.status(1, 55, TO, 0).await;
    post.until(id, "sent").await;
    let given = post.given(1).await;
    assert_eq!(given[0].concat.unwrap().sequence, 3);
}

#[tokio::test]
async fn a_report_may_come_before_the_answer() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Later]);
    let id = post.send(TO, "a").await;
    post.given(1).await;
    post.status(1, 31, TO, 0).await;
    assert_eq!(post.show(id).await["row"]["state"], json!("submitting"));
    post.modems.now(Submitted::Sent { reference: 31 });
    post.until(id, "delivered").await;
}

#[tokio::test]
async fn a_resting_line_lets_another_one_go() {
    let post = Post::open(2).await;
    post.modems.answer(&imei(1), [Answer::Later]);
    let id = post.send(TO, "a").await;
    post.given(1).await;
    post.modems.now(refused(Scope::Line, false));
    let shown = post.until(id, "sent").await;
    assert_eq!((&shown["row"]["line_id"], &shown["attempts"]), (&json!(2), &json!(2)));
}
