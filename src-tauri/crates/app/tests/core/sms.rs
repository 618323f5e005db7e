//! Short messages on their usual way: accepted, sealed, written down before a modem has them, sent, reported, wiped. What
//! is wrong is refused at the door.

use gerai_app::contract::ErrorCode;
use gerai_core::port::lines::LineHealth;
use serde_json::{Value, json};

use crate::sms_support::{Answer, Post, imei};

#[tokio::test]
async fn a_message_is_on_the_disk_before_a_modem_has_it_and_wiped_after() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Later]);
    let id = post.send("0812-3456-7890", "Pesanan Anda siap diambil").await;
    let given = post.given(1).await.remove(0);
    assert_eq!(given.intent, ("submitting".to_owned(), "submitting".to_owned()), "before the modem had it");
    assert_eq!((given.to.as_str(), given.text.as_str()), ("+6281234567890", "Pesanan Anda siap diambil"));
    assert_eq!((given.concat, given.more), (None, false));
    let now = post.show(id).await;
    assert_eq!(
        (&now["row"]["state"], &now["text"]),
        (&json!("submitting"), &json!("Pesanan Anda siap diambil"))
    );
    post.modems.now(gerai_core::port::lines::Submitted::Sent { reference: 77 });
    let sent = post.until(id, "sent").await;
    assert_eq!((&sent["parts"][0]["reference"], &sent["text"]), (&json!(77), &Value::Null));
    assert_eq!(
        post.figure("SELECT count(*) FROM sms_message WHERE body_sealed IS NULL AND key_wrapped IS NULL"),
        1
    );
    assert_eq!(sent["row"]["to"], json!("+62 812 •••• 890"));
    let route = &sent["route"];
    assert_eq!(
        (&route["code"], &route["line_id"], &route["candidates"][0]["verdict"]),
        (&json!("chosen"), &json!(1), &json!("chosen")),
        "{route}"
    );
    assert!(!route["text"].as_str().unwrap().is_empty());
    post.status(1, 77, "6281234567890", 0x20).await;
    assert_eq!(post.show(id).await["row"]["state"], json!("sent"), "the centre still tries");
    post.status(1, 77, "081234567890", 0x00).await;
    let done = post.until(id, "delivered").await;
    assert!(done["row"]["done_ms"].is_i64());
    let steps: Vec<&str> =
        done["steps"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap()).collect();
    assert_eq!(steps, ["queued", "leased", "submitting", "sent", "delivered"]);
    post.status(1, 77, "081234567890", 0x46).await;
    assert_eq!(post.show(id).await["row"]["state"], json!("delivered"), "a delivery is not taken back");
}

/// Wherever the bytes could be: as they are, in UTF-16 of both orders, in hexadecimal digits and in base64.
fn found(dir: &std::path::Path, secret: &str) -> Vec<String> {
    use base64::Engine;
    let utf16 = |order: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let hex = gerai_core::hex::lower(secret.as_bytes());
    let base64 = base64::engine::general_purpose::STANDARD.encode(&secret[..secret.len() / 3 * 3]);
    let needles = [
        secret.as_bytes().to_vec(),
        utf16(u16::to_be_bytes),
        utf16(u16::to_le_bytes),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        base64.into_bytes(),
    ];
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for (form, needle) in needles.iter().enumerate() {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                found.push(format!("{} form {form}", path.display()));
            }
        }
    }
    found
}

#[tokio::test]
async fn no_text_and_no_number_is_on_the_disk_or_in_the_trail() {
    let post = Post::open(1).await;
    let (text, code) = ("Kenari-7391-Jingga-Utara", "Kode Anda 48151623-kenari");
    post.modems.answer(&imei(1), [Answer::Later, Answer::Doubt]);
    let first = post.send("081234567890", text).await;
    post.given(1).await;
    let second = post.code("081298765432", code).await;
    let third = post
        .order(json!({ "to": ["081311112222"], "text": text, "at_ms": post.desk.clock_ms() + 60_000 }))
        .await;
    post.desk.give("sms.reveal", json!({ "id": first })).await;
    post.desk.give("block.add", json!({ "number": "081355556666", "note": "minta" })).await;
    post.desk.give("templates.save", json!({ "id": null, "name": "a", "text": text })).await;
    post.try_order(json!({ "to": ["081355556666"], "text": text })).await.unwrap_err();
    post.try_order(json!({ "to": ["0812345678x"], "text": text })).await.unwrap_err();
    let content = gerai_core::port::lines::InboundContent::Deliver {
        sender: "+6281377778888".to_owned(),
        text: gerai_core::secret::Secret::new(text.to_owned()),
        binary: false,
        concat: None,
        smsc_at: None,
        flash: false,
    };
    post.inbound(1, content, 9).await;
    let dir = post.desk.database().parent().unwrap().to_owned();
    let hidden = [
        text,
        code,
        "6281234567890",
        "6281298765432",
        "6281311112222",
        "6281355556666",
        "6281377778888",
        "081234567890",
        "0812345678x",
    ];
    for secret in hidden {
        assert_eq!(found(&dir, secret), Vec::<String>::new(), "{secret}");
    }
    std::fs::write(dir.join("planted"), text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        .unwrap();
    assert_eq!(found(&dir, text).len(), 1, "the search finds what is there");
    std::fs::remove_file(dir.join("planted")).unwrap();
    let trail: String = post.desk.audit().iter().map(|record| format!("{record:?}\n")).collect();
    for secret in hidden {
        assert!(!trail.contains(secret) && !trail.contains(&secret[1..]), "{secret} in {trail}");
    }
    let lists = post.desk.give("sms.list", json!({})).await.to_string();
    for secret in hidden {
        assert!(!lists.contains(secret), "{secret}");
    }
    for id in [first, second, third] {
        let detail = post.show(id).await;
        assert_eq!(detail["text"].is_null(), detail["row"]["class"] == "otp", "{detail}");
    }
}

#[tokio::test]
async fn a_request_id_sends_once() {
    let post = Post::open(1).await;
    let order =
        json!({ "request_id": "a-1", "to": ["081234567890", "+62 813 1111 2222", "888"], "text": "Halo" });
    let first = post.desk.give("sms.send", order.clone()).await;
    assert_eq!((first["ids"].as_array().unwrap().len(), &first["repeated"]), (3, &json!(false)));
    let again = post.desk.give("sms.send", order.clone()).await;
    assert_eq!((&again["ids"], &again["repeated"]), (&first["ids"], &json!(true)));
    for (field, value) in [
        ("text", json!("Halo!")),
        ("to", json!(["081234567890"])),
        ("flash", json!(true)),
        ("priority", json!(1)),
        ("line_id", json!(1)),
    ] {
        let mut other = order.clone();
        other[field] = value;
        let refused = post.desk.try_give("sms.send", other).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::RequestReused, "{field}");
    }
    post.given(3).await;
    let code = json!({ "request_id": "a-2", "to": ["081234567890"], "text": "Kode 112233" });
    let id = post.code_with(code.clone()).await.unwrap();
    assert_eq!(post.code_with(code.clone()).await.unwrap(), id);
    let mut other = code.clone();
    other["text"] = json!("Kode 445566");
    assert_eq!(post.code_with(other).await.unwrap_err().code, ErrorCode::RequestReused);
    post.until(id, "sent").await;
    post.given(4).await;
    let post = post.restart().await;
    post.health(1, LineHealth::Ready).await;
    let again = post.desk.give("sms.send", order).await;
    assert_eq!((&again["ids"], &again["repeated"]), (&first["ids"], &json!(true)));
    assert_eq!(post.code_with(code).await.unwrap(), id, "after a restart as well");
    post.sentinel().await;
    post.given(1).await;
}

#[tokio::test]
async fn wrong_numbers_are_told_apart_and_can_be_left_out() {
    let post = Post::open(1).await;
    post.desk.give("block.add", json!({ "number": "081355556666" })).await;
    post.rules(json!([{ "prefix": "62899", "label": "Tri", "deny": true, "lines": [] }])).await;
    let long = "8".repeat(40);
    let bad =
        ["", "  ", "abc", "0812x", "+", "+123", &long, "٠٨١٢٣٤٥٦٧٨٩", "0899123456", "081355556666", "\u{0}"];
    for number in bad {
        let order = json!({ "to": [number], "text": "x" });
        let refused = post.try_order(order).await.unwrap_err();
        assert!(matches!(refused.code, ErrorCode::Invalid | ErrorCode::Refused), "{number}: {refused}");
    }
    let mut all: Vec<&str> = bad.to_vec();
    all.extend(["081234567890", "888", "+62 812 3456 7890", "0062 813 1234 5678"]);
    let sent = post
        .desk
        .give("sms.send", json!({ "request_id": "m-1", "to": all, "text": "x", "skip_bad": true }))
        .await;
    assert_eq!(sent["ids"].as_array().unwrap().len(), 3, "{sent}");
    let mut left: Vec<i64> =
        sent["left_out"].as_array().unwrap().iter().map(|row| row["place"].as_i64().unwrap()).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13], "{sent}");
    let why = |place: i64| {
        sent["left_out"].as_array().unwrap().iter().find(|row| row["place"] == place).unwrap()["why"].clone()
    };
    assert_eq!((why(8), why(9), why(13)), (json!("denied"), json!("blocked"), json!("twice")));
    let to: Vec<String> = post.given(3).await.into_iter().map(|given| given.to).collect();
    assert_eq!(to, ["+6281234567890", "888", "+6281312345678"]);
    for count in [0, 10_001] {
        let many: Vec<String> = (0..count).map(|n| format!("08120000{n:05}")).collect();
        let refused = post.try_order(json!({ "to": many, "text": "x" })).await.unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("to"));
    }
}

#[tokio::test]
async fn a_blocked_number_among_many_stops_all_of_them() {
    let post = Post::open(0).await;
    post.desk.give("block.add", json!({ "number": "081200000299" })).await;
    let many: Vec<String> = (0..300).map(|n| format!("081200000{n:03}")).collect();
    let refused = post.try_order(json!({ "to": many, "text": "x" })).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(post.figure("SELECT count(*) FROM sms_message"), 0, "all or none");
    let unknown =
        post.try_order(json!({ "to": ["0812345678"], "text": "x", "line_id": 7 })).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn texts_of_every_size() {
    let post = Post::open(1).await;
    for wrong in [String::new(), "a".repeat(20_001), "中".repeat(17_086), "😀".repeat(20_000)] {
        let refused = post.try_order(json!({ "to": ["081234567890"], "text": wrong })).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("text")));
    }
    let mut so_far = 0;
    for (text, parts) in [
        ("a".to_owned(), 1),
        ("nol \0 byte".to_owned(), 1),
        ("😀".repeat(36), 2),
        ("שלום \u{202e}مرحبا".to_owned(), 1),
        ("a".repeat(20_000), 131),
        ("中".repeat(17_085), 255),
    ] {
        let id = post.send("081234567890", &text).await;
        post.until(id, "sent").await;
        so_far += parts;
        let given = post.given(so_far).await.split_off(so_far - parts);
        assert_eq!(given.iter().map(|part| part.text.as_str()).collect::<String>(), text);
        assert!(
            given.iter().all(|part| part.concat.map(|c| c.reference) == given[0].concat.map(|c| c.reference))
        );
        let places: Vec<usize> =
            given.iter().filter_map(|part| part.concat).map(|c| usize::from(c.sequence)).collect();
        assert_eq!(places, if parts > 1 { (1..=parts).collect() } else { Vec::new() });
        assert!(given.iter().enumerate().all(|(place, part)| part.more == (place + 1 < parts)));
    }
    for (field, value) in [("priority", json!(6)), ("deadline_ms", json!(1)), ("request_id", json!("a b"))] {
        let mut order = json!({ "to": ["081234567890"], "text": "x" });
        order[field] = value;
        assert_eq!(post.try_order(order).await.unwrap_err().field.as_deref(), Some(field));
    }
}

#[tokio::test]
async fn pause_cancel_schedule_and_the_send_window() {
    let post = Post::open(1).await;
    post.desk.give("sms.pause", json!({ "paused": true })).await;
    let waiting = post.send("081234567890", "a").await;
    let shown = post.show(waiting).await;
    assert_eq!(shown["row"]["reason"]["code"], json!("paused"));
    let post = post.restart().await;
    post.health(1, LineHealth::Ready).await;
    assert_eq!(
        post.desk.give("sms.counts", json!({})).await["paused"],
        json!(true),
        "a restart does not end it"
    );
    let taken = post.desk.give("sms.cancel", json!({ "ids": [waiting, 99] })).await;
    assert_eq!((&taken["changed"], &taken["too_late"]), (&json!(1), &json!(1)));
    let gone = post.show(waiting).await;
    assert_eq!((&gone["row"]["state"], &gone["text"]), (&json!("cancelled"), &Value::Null));
    let urgent = [(0, "b"), (5, "c"), (-5, "d")];
    let mut ids = Vec::new();
    for (priority, text) in urgent {
        ids.push(post.order(json!({ "to": ["081234567890"], "text": text, "priority": priority })).await);
    }
    let code = post.code("081234567890", "Kode 123456").await;
    assert_eq!(post.modems.count(), 0);
    post.desk.give("sms.pause", json!({ "paused": false })).await;
    post.until(code, "sent").await;
    let texts: Vec<String> = post.given(4).await.into_iter().map(|given| given.text).collect();
    assert_eq!(texts, ["Kode 123456", "c", "b", "d"]);

    let at = post.desk.clock_ms() + 3_600_000;
    let later = post.order(json!({ "to": ["081234567890"], "text": "e", "at_ms": at })).await;
    let shown = post.show(later).await;
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["reason"]["until_ms"]),
        (&json!("scheduled"), &json!(at))
    );
    post.turn(3_599_999);
    post.sentinel().await;
    assert_eq!(post.show(later).await["row"]["state"], json!("scheduled"));
    post.turn(1);
    post.until(later, "sent").await;

    // 13:00; from 14:00 on ordinary messages leave.
    post.set(json!({ "window_from": 14 * 60, "window_to": 20 * 60 })).await;
    let closed = post.send("081234567890", "f").await;
    let shown = post.show(closed).await;
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["reason"]["code"]),
        (&json!("queued"), &json!("window"))
    );
    let short = post
        .order(json!({ "to": ["081234567890"], "text": "g", "deadline_ms": post.desk.clock_ms() + 60_000 }))
        .await;
    let code = post.code("081234567890", "Kode 654321").await;
    post.until(code, "sent").await;
    post.turn(60_000);
    post.until(short, "expired").await;
    post.turn(3_540_000);
    post.until(closed, "sent").await;
}

#[tokio::test]
async fn deadlines_hold_when_the_clock_jumps() {
    let post = Post::open(1).await;
    post.health(1, LineHealth::Searching).await;
    let early = post
        .order(json!({ "to": ["081234567890"], "text": "a", "deadline_ms": post.desk.clock_ms() + 60_000 }))
        .await;
    let late = post.send("081234567890", "b").await;
    post.turn(-7_200_000);
    post.health(1, LineHealth::Ready).await;
    post.until(early, "sent").await;
    post.until(late, "sent").await;
    post.health(1, LineHealth::Searching).await;
    let stale = post.send("081234567890", "c").await;
    post.turn(25 * 3_600_000);
    post.until(stale, "expired").await;
    post.health(1, LineHealth::Ready).await;
    post.sentinel().await;
    assert_eq!(post.modems.count(), 3);
    let counts = post.wait("counted", async || {
        let counts = post.desk.give("sms.counts", json!({})).await;
        (counts["failed_today"] == 1).then_some(counts)
    });
    assert_eq!(counts.await["waiting"], json!(0));
}

#[tokio::test]
async fn a_message_that_comes_back_from_its_line_after_its_deadline_is_not_sent() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Later]);
    let deadline = post.desk.clock_ms() + 60_000;
    let id = post.order(json!({ "to": ["081234567890"], "text": "a", "deadline_ms": deadline })).await;
    post.given(1).await;
    post.turn(60_001);
    post.modems.now(crate::sms_support::refused(gerai_core::port::lines::Scope::Line, true));
    post.until(id, "expired").await;
    post.turn(60_000);
    post.sentinel().await;
    post.given(2).await;
}
