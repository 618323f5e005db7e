//! A hundred thousand messages: lists page through them, figures are right, and what the dispatcher does for one of them
//! does not grow with the queue.

use gerai_core::port::lines::LineHealth;
use gerai_store::{OpenMode, Store, StoreError};
use serde_json::json;

use crate::sms_support::Post;

const MANY: i64 = 100_000;

/// Copies the newest message until there are so many.
fn multiply(post: &Post) {
    let store = Store::open(&post.desk.database(), OpenMode::Write).unwrap();
    let columns = "origin, class, state, pool, rank, ready, deadline_ms, number_sealed, number_tag, tail_tag, \
                   body_sealed, key_wrapped, key_id, alphabet, parts, created_ms";
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
         INSERT INTO sms_message ({columns}) SELECT {columns} FROM n, (SELECT {columns} FROM sms_message LIMIT 1)"
    );
    let written = store
        .writer()
        .unwrap()
        .submit_blocking(move |db| -> Result<usize, StoreError> { Ok(db.execute(&sql, ())?) });
    assert_eq!(i64::try_from(written.unwrap()).unwrap(), MANY - 1);
}

#[tokio::test]
async fn a_long_queue_is_paged_and_counted() {
    let post = Post::open(1).await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    post.send("081234567890", "a").await;
    let post = tokio::task::spawn_blocking(move || {
        multiply(&post);
        post
    })
    .await
    .unwrap();
    let counts = post.wait("counted", async || {
        let counts = post.desk.give("sms.counts", json!({})).await;
        (counts["waiting"] == MANY).then_some(counts)
    });
    assert_eq!(counts.await["in_doubt"], json!(0));
    let (mut cursor, mut seen) = (json!(null), Vec::new());
    for _ in 0..3 {
        let asked = json!({ "filter": "waiting", "cursor": cursor, "limit": 200 });
        let page = post.desk.give("sms.list", asked).await;
        assert_eq!(page["total"], json!(MANY));
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
        cursor = page["next"].clone();
    }
    assert_eq!(seen, (MANY - 599..=MANY).rev().collect::<Vec<_>>());
    for (filter, total) in [("failed", 0), ("gone", 0), ("in_doubt", 0), ("all", MANY)] {
        assert_eq!(post.desk.give("sms.list", json!({ "filter": filter })).await["total"], json!(total));
    }
    let number = post.desk.give("sms.list", json!({ "number": "+62 812-3456-7890", "limit": 1 })).await;
    assert_eq!(number["total"], json!(MANY));

    // A code overtakes all of them, and they leave in order.
    let code = post.code("081234567890", "Kode 123456").await;
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    post.wait("a good many", async || (post.modems.count() > 300).then_some(())).await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    let given = post.modems.given.lock().unwrap().clone();
    let ids: Vec<i64> = given.iter().map(|part| i64::try_from(part.ticket >> 8).unwrap()).collect();
    assert_eq!(ids[0], code);
    assert_eq!(ids[1..], (1..i64::try_from(ids.len()).unwrap()).collect::<Vec<_>>());
    let taken = post.desk.give("sms.cancel", json!({ "all_waiting": true })).await;
    assert!(taken["changed"].as_i64().unwrap() >= MANY - i64::try_from(ids.len()).unwrap() - 1, "{taken}");
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    post.health(1, LineHealth::Ready).await;
    post.sentinel().await;
}

#[tokio::test]
async fn a_mailing_lets_others_pass_and_priority_counts_first() {
    let post = Post::open(1).await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    let mailing = |first: i64, count: i64, priority: i64| {
        let to: Vec<String> = (0..count).map(|n| format!("0812{:08}", first + n)).collect();
        json!({ "request_id": format!("m{first}"), "to": to, "text": "Undangan rapat", "priority": priority })
    };
    let ids = |accepted: serde_json::Value| -> Vec<i64> {
        accepted["ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect()
    };
    let many = ids(post.desk.give("sms.send", mailing(10_000_000, 40, 0)).await);
    let few = ids(post.desk.give("sms.send", mailing(20_000_000, 3, 0)).await);
    let one = post.send("081234567890", "Pesanan Anda siap").await;
    let urgent = ids(post.desk.give("sms.send", mailing(30_000_000, 40, 1)).await);
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    let given: Vec<i64> =
        post.given(84).await.iter().map(|part| i64::try_from(part.ticket >> 8).unwrap()).collect();
    assert_eq!(given, [urgent, few, vec![one], many].concat());
}
