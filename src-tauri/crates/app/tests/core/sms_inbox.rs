//! What comes in: messages and their parts in any order, twice or never, calls, what cannot be read, and reports that are
//! about one of our messages or about none.

use gerai_core::port::lines::{Concat, InboundContent, LineDoor, LineKey};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use serde_json::{Value, json};

use crate::sms_support::{Answer, Post, iccid, imei};

const HOUR: i64 = 3_600_000;

fn deliver(sender: &str, text: &str, place: Option<(u16, u8, u8)>) -> InboundContent {
    InboundContent::Deliver {
        sender: sender.to_owned(),
        text: Secret::new(text.to_owned()),
        binary: false,
        concat: place.map(|(reference, total, sequence)| Concat { reference, wide: false, total, sequence }),
        smsc_at: Some(UnixMs(1_795_323_000_000)),
        flash: false,
    }
}

async fn rows(post: &Post) -> Vec<Value> {
    post.desk.give("inbox.list", json!({})).await["rows"].as_array().unwrap().clone()
}

async fn text(post: &Post, row: &Value) -> String {
    let shown = post.desk.give("inbox.show", json!({ "id": row["id"] })).await;
    shown["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn parts_come_in_any_order_and_twice() {
    let post = Post::open(1).await;
    let from = "+6281399998888";
    for (hash, sequence, part) in
        [(1, 3, "tiga"), (2, 1, "satu "), (3, 3, "tiga"), (4, 2, "dua "), (2, 1, "satu ")]
    {
        post.inbound(1, deliver(from, part, Some((7, 3, sequence))), hash).await;
    }
    let all = rows(&post).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((&all[0]["parts"], &all[0]["parts_total"]), (&json!(3), &json!(3)));
    assert_eq!((&all[0]["from"], &all[0]["unread"]), (&json!("+62 813 •••• 888"), &json!(true)));
    assert_eq!(text(&post, &all[0]).await, "satu dua tiga");
    assert_eq!(rows(&post).await[0]["unread"], json!(false));
    // The reference comes round; another sender has the same one; impossible places are messages by themselves.
    post.inbound(1, deliver(from, "baru", Some((7, 3, 1))), 5).await;
    post.inbound(1, deliver("+6281300001111", "lain", Some((7, 3, 2))), 6).await;
    for (hash, place) in [(7, (7, 1, 1)), (8, (7, 2, 3)), (9, (7, 0, 0)), (10, (7, 3, 0))] {
        post.inbound(1, deliver(from, "sendiri", Some(place)), hash).await;
    }
    let all = rows(&post).await;
    assert_eq!(all.len(), 7);
    for row in &all[..4] {
        assert_eq!((&row["parts"], &row["parts_total"]), (&json!(1), &json!(1)));
    }
    let revealed = post.desk.give("inbox.reveal", json!({ "id": all[0]["id"] })).await;
    assert_eq!(revealed["number"], json!(from));
    post.desk.give("inbox.remove", json!({ "id": all[0]["id"] })).await;
    post.inbound(1, deliver(from, "sendiri", Some((7, 3, 0))), 10).await;
    assert_eq!(rows(&post).await.len(), 6, "what was removed does not come back with a repeated PDU");
    for act in ["inbox.show", "inbox.reveal", "inbox.remove"] {
        assert_eq!(post.desk.audit().iter().filter(|record| record.act == act).count(), 1, "{act}");
    }
}

#[tokio::test]
async fn a_missing_part_is_a_gap_and_what_comes_too_late_begins_anew() {
    let post = Post::open(1).await;
    let from = "+6281399998888";
    for (hash, sequence, part) in [(1, 1, "a"), (2, 4, "d")] {
        post.inbound(1, deliver(from, part, Some((9, 4, sequence))), hash).await;
    }
    post.turn(23 * HOUR);
    gerai_app::tend_sms(&post.desk.app, &mut None).await;
    assert_eq!(post.figure("SELECT count(*) FROM inbox WHERE whole = 0"), 1);
    post.inbound(1, deliver(from, "b", Some((9, 4, 2))), 3).await;
    post.turn(HOUR + 1);
    gerai_app::tend_sms(&post.desk.app, &mut None).await;
    assert_eq!(post.figure("SELECT count(*) FROM inbox WHERE whole = 0"), 0);
    let all = rows(&post).await;
    assert_eq!((&all[0]["parts"], &all[0]["parts_total"]), (&json!(3), &json!(4)));
    assert_eq!(text(&post, &all[0]).await, "ab[…]d");
    post.inbound(1, deliver(from, "c", Some((9, 4, 3))), 4).await;
    assert_eq!(rows(&post).await.len(), 2);
}

#[tokio::test]
async fn what_came_in_survives_a_restart_and_codes_are_covered() {
    let post = Post::open(1).await;
    let bank = "Kode OTP Anda 482913. JANGAN BERIKAN kepada siapa pun.";
    post.inbound(1, deliver("BANKKITA", bank, None), 1).await;
    post.inbound(1, deliver("+6281399998888", &"x".repeat(500), None), 2).await;
    post.inbound(
        1,
        InboundContent::Unreadable { pdu: Secret::new("07916218".to_owned()), why: "too short".to_owned() },
        3,
    )
    .await;
    let key = LineKey { imei: imei(1), iccid: iccid(1) };
    post.door.called(&key, "+6281399998888", UnixMs(post.desk.clock_ms()));
    post.door.called(&key, "", UnixMs(post.desk.clock_ms()));
    post.wait("five rows", async || (rows(&post).await.len() == 5).then_some(())).await;
    let post = post.die().await;
    let all = post
        .wait("the keys are there", async || {
            let all = rows(&post).await;
            all.iter().all(|row| row["from"] != "••••").then_some(all)
        })
        .await;
    let find = |kind: &str, from: &str| {
        all.iter().find(|row| row["kind"] == kind && row["from"] == from).unwrap_or_else(|| panic!("{all:?}"))
    };
    let covered = find("sms", "BANKKITA");
    assert!(!covered["excerpt"].as_str().unwrap().contains("482913"), "{covered}");
    assert_eq!(text(&post, covered).await, bank);
    assert_eq!(find("sms", "+62 813 •••• 888")["excerpt"].as_str().unwrap().len(), 80);
    find("call", "+62 813 •••• 888");
    let withheld = find("call", "");
    let refused = post.desk.try_give("inbox.reveal", json!({ "id": withheld["id"] })).await.unwrap_err();
    assert_eq!(refused.code, gerai_app::contract::ErrorCode::NotFound);
    let wrong = find("unreadable", "");
    assert_eq!(wrong["excerpt"], json!("too short"));
    let shown = post.desk.give("inbox.show", json!({ "id": wrong["id"] })).await;
    assert_eq!((&shown["pdu"], &shown["text"]), (&json!("07916218"), &json!("too short")));
    let counts = post.desk.give("sms.counts", json!({})).await;
    assert_eq!(counts["unread"], json!(3));
    post.inbound(1, deliver("BANKKITA", bank, None), 1).await;
    assert_eq!(rows(&post).await.len(), 5, "the same PDU again after a restart");
    let missing = post.desk.try_give("inbox.show", json!({ "id": 99 })).await.unwrap_err();
    assert_eq!(missing.code, gerai_app::contract::ErrorCode::NotFound);
}

#[tokio::test]
async fn reports_find_their_message_and_no_other() {
    let post = Post::open(1).await;
    let (to, other) = ("081234567890", "081300001111");
    post.modems.answer(&imei(1), [Answer::Sent(5), Answer::Sent(5), Answer::Sent(6)]);
    let old = post.send(to, "a").await;
    post.until(old, "sent").await;
    post.turn(1_000);
    // 256 messages later the reference comes round.
    let new = post.send(to, "b").await;
    post.until(new, "sent").await;
    let third = post.send(other, "c").await;
    post.until(third, "sent").await;
    post.status(1, 6, to, 0).await;
    post.status(1, 9, to, 0).await;
    post.status(1, 5, other, 0).await;
    post.status(2, 5, to, 0).await;
    for id in [old, new, third] {
        assert_eq!(post.show(id).await["row"]["state"], json!("sent"), "{id}");
    }
    post.status(1, 5, "+6281234567890", 0).await;
    post.until(new, "delivered").await;
    assert_eq!(post.show(old).await["row"]["state"], json!("sent"));
    post.status(1, 5, "81234567890", 0).await;
    post.until(old, "delivered").await;
    post.status(1, 6, other, 0x02).await;
    assert_eq!(post.show(third).await["row"]["state"], json!("sent"), "replaced is not delivered");
    post.status(1, 6, other, 0x45).await;
    let shown = post.until(third, "failed").await;
    assert_eq!(shown["row"]["reason"]["code"], json!("report_failed"));
    post.turn(80 * HOUR);
    let last = post.send(to, "d").await;
    post.until(last, "sent").await;
    post.turn(73 * HOUR);
    let reference = u8::try_from(post.modems.count()).unwrap();
    post.status(1, reference, to, 0).await;
    assert_eq!(post.show(last).await["row"]["state"], json!("sent"), "too late to be about it");
}
