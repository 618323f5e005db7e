//! Which line carries a message, on the real board: rules, limits, pauses, failures, swapped SIMs; and what is set for lines.

use gerai_app::contract::ErrorCode;
use gerai_core::port::lines::{LineHealth, PortFound, Scope, UssdReply, UssdState};
use serde_json::{Value, json};

use crate::sms_support::{Answer, Post, iccid, imei, report};

const TELKOMSEL: &str = "081234567890";
const INDOSAT: &str = "081512345678";

async fn line_of(post: &Post, id: i64) -> i64 {
    post.until(id, "sent").await["row"]["line_id"].as_i64().unwrap()
}

#[tokio::test]
async fn rules_choose_and_one_pool_never_waits_for_another() {
    let post = Post::open(3).await;
    post.line_set(3, json!({ "is_default": true })).await;
    post.rules(json!([
        { "prefix": "62812", "label": "Telkomsel", "deny": false, "lines": [[1]] },
        { "prefix": "62815", "label": "Indosat", "deny": false, "lines": [[2], [1]] },
        { "prefix": "62899", "label": "Tri", "deny": true, "lines": [] },
    ]))
    .await;
    assert_eq!(line_of(&post, post.send(TELKOMSEL, "a").await).await, 1);
    assert_eq!(line_of(&post, post.send(INDOSAT, "b").await).await, 2);
    assert_eq!(line_of(&post, post.send("+14155550100", "c").await).await, 3);
    assert_eq!(line_of(&post, post.send("888", "d").await).await, 3, "short codes have no prefix");
    let pinned = post.order(json!({ "to": [TELKOMSEL], "text": "e", "line_id": 3 })).await;
    assert_eq!(line_of(&post, pinned).await, 3);
    assert_eq!(
        post.try_order(json!({ "to": ["0899123456"], "text": "f" })).await.unwrap_err().code,
        ErrorCode::Invalid
    );
    let asked = json!({ "number": INDOSAT });
    let told = post.desk.give("routing.test", asked.clone()).await;
    assert_eq!(
        (&told["prefix"], &told["line_id"], &told["label"]),
        (&json!("62815"), &json!(2), &json!("Indosat"))
    );

    post.health(1, LineHealth::Searching).await;
    post.health(2, LineHealth::Searching).await;
    let mut waiting = Vec::new();
    for _ in 0..40 {
        waiting.push(post.order(json!({ "to": [TELKOMSEL], "text": "g", "line_id": 1 })).await);
    }
    let code = json!({ "to": [TELKOMSEL], "text": "Kode 123456", "line_id": 1 });
    let code = post.code_with(code).await.unwrap();
    assert_eq!(
        line_of(&post, post.send(TELKOMSEL, "h").await).await,
        3,
        "the rule's line is down: the default one"
    );
    assert_eq!(line_of(&post, post.send("+14155550100", "h").await).await, 3);
    let down = post.show(waiting[0]).await;
    assert_eq!(down["row"]["reason"]["code"], json!("line_down"), "{down}");
    assert_eq!(post.desk.give("lines.show", json!({ "id": 1 })).await["queue"], json!(41));
    post.health(1, LineHealth::Ready).await;
    post.until(code, "sent").await;
    for id in waiting {
        assert_eq!(line_of(&post, id).await, 1);
    }
    assert_eq!(line_of(&post, post.send(INDOSAT, "j").await).await, 1, "the second choice");
    let told = post.desk.give("routing.test", asked).await;
    assert_eq!(told["line_id"], json!(1));
}

#[tokio::test]
async fn what_is_blocked_or_denied_while_it_waits_fails_and_others_go() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Refused(Scope::Message, false)]);
    let wrong = post.send("081300000001", "a").await;
    let shown = post.until(wrong, "failed").await;
    assert_eq!((&shown["row"]["reason"]["code"], &shown["text"]), (&json!("number"), &Value::Null));
    assert!(shown["row"]["reason"]["text"].as_str().unwrap().contains("42"));
    post.health(1, LineHealth::Searching).await;
    let (blocked, denied, good) = (
        post.send("081300000002", "b").await,
        post.send("0899123456", "c").await,
        post.send(TELKOMSEL, "d").await,
    );
    post.desk.give("block.add", json!({ "number": "081300000002", "note": "minta berhenti" })).await;
    post.rules(json!([{ "prefix": "62899", "label": "", "deny": true, "lines": [] }])).await;
    post.health(1, LineHealth::Ready).await;
    post.until(good, "sent").await;
    assert_eq!(post.until(blocked, "failed").await["row"]["reason"]["code"], json!("blocked"));
    assert_eq!(post.until(denied, "failed").await["row"]["reason"]["code"], json!("denied"));
    post.given(2).await;
}

#[tokio::test]
async fn a_rule_that_is_changed_moves_what_waits() {
    let post = Post::open(2).await;
    post.rules(json!([{ "prefix": "62812", "label": "", "deny": false, "lines": [[1]] }])).await;
    post.health(1, LineHealth::Searching).await;
    post.health(2, LineHealth::Searching).await;
    let ids = [post.send(TELKOMSEL, "a").await, post.send(TELKOMSEL, "b").await];
    let pinned = post.order(json!({ "to": [TELKOMSEL], "text": "c", "line_id": 1 })).await;
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE pool = '62812+'"), 2);
    post.rules(json!([{ "prefix": "628", "label": "", "deny": false, "lines": [[2]] }])).await;
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE pool = '628+'"), 2);
    post.health(2, LineHealth::Ready).await;
    for id in ids {
        assert_eq!(line_of(&post, id).await, 2);
    }
    assert_eq!(post.show(pinned).await["row"]["state"], json!("queued"));
    assert_eq!(post.figure("SELECT count(*) FROM sms_message WHERE pool = '=1'"), 1);
    let old = post.desk.try_give("routing.set", json!({ "version": 0, "rules": [] })).await.unwrap_err();
    assert_eq!(old.code, ErrorCode::Taken);
    let unknown = json!({ "version": 2, "rules": [{ "prefix": "1", "lines": [[9]] }] });
    assert_eq!(post.desk.try_give("routing.set", unknown).await.unwrap_err().code, ErrorCode::NotFound);
    // A line's own prefixes are rules.
    post.line_set(1, json!({ "prefixes": ["62815"] })).await;
    post.health(1, LineHealth::Ready).await;
    assert_eq!(line_of(&post, post.send(INDOSAT, "d").await).await, 1);
}

#[tokio::test]
async fn a_line_that_is_not_for_programs_holds_nobody_up() {
    let post = Post::open(2).await;
    post.line_set(2, json!({ "send_from_api": false, "is_default": true })).await;
    post.health(1, LineHealth::Searching).await;
    for n in 0..20 {
        let order = json!({ "request_id": format!("p-{n}"), "to": [TELKOMSEL], "text": "a" });
        post.as_program("sms.send", order).await.unwrap();
    }
    assert_eq!(line_of(&post, post.send(TELKOMSEL, "b").await).await, 2);
    assert_eq!(post.modems.count(), 1);
    post.health(1, LineHealth::Ready).await;
    let given = post.given(21).await;
    assert!(given[1..].iter().all(|part| part.imei == imei(1)));
}

#[tokio::test]
async fn a_fifth_of_a_limit_is_kept_for_codes() {
    let post = Post::open(1).await;
    post.line_set(1, json!({ "limits": { "per_day": 5 } })).await;
    for _ in 0..4 {
        line_of(&post, post.send(TELKOMSEL, "a").await).await;
    }
    let waits = post.send(TELKOMSEL, "b").await;
    let long = post.send(INDOSAT, &"c".repeat(200)).await;
    post.until(post.code(TELKOMSEL, "Kode 123456").await, "sent").await;
    let shown = post.show(waits).await;
    assert_eq!(
        (&shown["row"]["state"], &shown["row"]["reason"]["code"]),
        (&json!("queued"), &json!("limit_day"))
    );
    let post = post.die().await;
    post.health(1, LineHealth::Ready).await;
    let usage = post.desk.give("lines.show", json!({ "id": 1 })).await["usage"].take();
    assert_eq!((&usage["today"], &usage["today_otp"], &usage["left_otp"]), (&json!(5), &json!(1), &json!(0)));
    assert_eq!(post.modems.count(), 0);
    // Midnight.
    post.turn(12 * 3_600_000);
    post.until(waits, "sent").await;
    post.until(long, "sent").await;
    let usage = post.desk.give("lines.show", json!({ "id": 1 })).await["usage"].take();
    assert_eq!((&usage["today"], &usage["left_normal"]), (&json!(3), &json!(1)), "{usage}");
}

#[tokio::test]
async fn pauses_between_messages_and_parts_a_second() {
    let post = Post::open(1).await;
    post.line_set(1, json!({ "limits": { "gap_min_ms": 30_000, "gap_max_ms": 30_000 } })).await;
    line_of(&post, post.send(TELKOMSEL, "a").await).await;
    let waits = post.send(TELKOMSEL, "b").await;
    post.until(post.code(TELKOMSEL, "Kode 123456").await, "sent").await;
    assert_eq!(post.show(waits).await["row"]["reason"]["code"], json!("gap"));
    post.turn(29_999);
    post.until(post.code(TELKOMSEL, "Kode 123457").await, "sent").await;
    post.turn(30_000);
    line_of(&post, waits).await;
    post.line_set(1, json!({ "limits": { "per_second": 1 } })).await;
    post.turn(1_000);
    let long = post.send(TELKOMSEL, &"c".repeat(500)).await;
    for parts in 1..=4 {
        post.given(4 + parts).await;
        post.nudge();
        post.desk.give("lines.list", json!({})).await;
        post.given(4 + parts).await;
        post.turn(1_000);
    }
    line_of(&post, long).await;
    post.turn(1_000);
    let long = post.send(TELKOMSEL, &"d".repeat(200)).await;
    post.given(9).await;
    post.turn(-3_600_000);
    line_of(&post, long).await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_leaves_no_line_resting() {
    let post = Post::open(1).await;
    post.modems.answer(&imei(1), [Answer::Refused(Scope::Network, true)]);
    let id = post.send(TELKOMSEL, "a").await;
    post.given(1).await;
    assert_eq!(post.until(id, "queued").await["row"]["reason"]["code"], json!("network"));
    post.turn(-7_200_000);
    assert_eq!(line_of(&post, id).await, 1);
    post.given(2).await;
}

#[tokio::test]
async fn a_package_is_used_up_and_stays_so() {
    let post = Post::open(1).await;
    let tariff = json!([{ "prefix": "", "price": 300, "after": 0, "price_after": 0 }]);
    let packages = json!([{ "prefixes": ["62812"], "left": 3, "until_ms": null }]);
    post.line_set(1, json!({ "tariff": tariff, "packages": packages })).await;
    let first = post.send(TELKOMSEL, &"a".repeat(200)).await;
    assert_eq!(post.until(first, "sent").await["row"]["cost"], json!(0));
    // What is read anew in between does not give it back.
    post.rules(json!([])).await;
    let second = post.send(TELKOMSEL, &"b".repeat(200)).await;
    assert_eq!(post.until(second, "sent").await["row"]["cost"], json!(300));
    gerai_app::tend_sms(&post.desk.app, &mut None).await;
    let post = post.restart().await;
    post.health(1, LineHealth::Ready).await;
    let line = post.desk.give("lines.show", json!({ "id": 1 })).await;
    assert_eq!(line["settings"]["packages"][0]["left"], json!(0), "{line}");
    // A refused message gives its money back.
    post.modems.answer(&imei(1), [Answer::Refused(Scope::Message, false)]);
    let bad = post.send(INDOSAT, "c").await;
    post.until(bad, "failed").await;
    assert_eq!(post.figure("SELECT sum(cost) FROM sim_usage"), 300);
}

#[tokio::test]
async fn another_sim_waits_for_an_operator() {
    let post = Post::open(2).await;
    post.reported(1, report(1, "8962999900001111222", LineHealth::Ready)).await;
    post.wait("the swap is seen", async || {
        (post.desk.give("lines.show", json!({ "id": 1 })).await["status"] == "sim_swapped").then_some(())
    })
    .await;
    let pinned = post.order(json!({ "to": [TELKOMSEL], "text": "a", "line_id": 1 })).await;
    assert_eq!(line_of(&post, post.send(TELKOMSEL, "b").await).await, 2);
    assert_eq!(line_of(&post, post.send(TELKOMSEL, "c").await).await, 2);
    let shown = post.show(pinned).await;
    assert_eq!(shown["row"]["reason"]["code"], json!("sim_swapped"));
    let line = post.desk.give("lines.show", json!({ "id": 1 })).await;
    assert_eq!((&line["status"], &line["iccid_tail"]), (&json!("sim_swapped"), &json!("0001")));
    let line = post.desk.give("lines.confirm_sim", json!({ "id": 1 })).await;
    assert_eq!((&line["status"], &line["iccid_tail"]), (&json!("ready"), &json!("1222")));
    line_of(&post, pinned).await;
    let nothing = post.desk.try_give("lines.confirm_sim", json!({ "id": 1 })).await.unwrap_err();
    assert_eq!(nothing.code, ErrorCode::Refused);
    // The old one back: that is another one again; and back once more without anybody's word.
    for (sim, status) in [(iccid(1), "sim_swapped"), ("8962999900001111222".to_owned(), "ready")] {
        post.reported(1, report(1, &sim, LineHealth::Ready)).await;
        post.wait(status, async || {
            (post.desk.give("lines.show", json!({ "id": 1 })).await["status"] == status).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_set_for_a_line_is_kept_and_its_pin_only_in_the_vault() {
    let post = Post::open(0).await;
    // A SIM behind its PIN: what is set meanwhile is its own afterwards.
    post.reported(1, report(1, "", LineHealth::PinWanted)).await;
    let mut settings = post.desk.give("lines.show", json!({ "id": 1 })).await["settings"].take();
    settings["name"] = json!("Kasir");
    settings["msisdn"] = json!("+6281277776666");
    settings["limits"]["per_day"] = json!(90);
    let save = json!({ "id": 1, "settings": settings, "pin": "7391" });
    let saved = post.desk.give("lines.save", save).await;
    assert_eq!((&saved["has_pin"], &saved["settings"]["name"]), (&json!(true), &json!("Kasir")), "{saved}");
    assert_eq!(post.modems.setups.lock().unwrap()[0].pin.as_ref().unwrap().expose(), "7391");
    post.health(1, LineHealth::Ready).await;
    let line = post.desk.give("lines.show", json!({ "id": 1 })).await;
    assert_eq!(line["settings"]["limits"]["per_day"], json!(90), "{line}");
    assert_eq!(line["msisdn"], json!("+62 812 •••• 666"));
    for wrong in ["123", "123456789", "12a4"] {
        let save = json!({ "id": 1, "settings": line["settings"], "pin": wrong });
        assert_eq!(post.desk.try_give("lines.save", save).await.unwrap_err().field.as_deref(), Some("pin"));
    }
    let bytes = std::fs::read(post.desk.database()).unwrap();
    let wal = std::fs::read(post.desk.database().with_extension("db-wal")).unwrap_or_default();
    for file in [bytes, wal] {
        assert!(!String::from_utf8_lossy(&file).contains("7391"));
    }
    let trail: String = post.desk.audit().iter().map(|record| format!("{record:?}\n")).collect();
    assert!(!trail.contains("7391") && !trail.contains("81277776666"), "{trail}");
    let here = post.desk.try_give("lines.remove", json!({ "id": 1 })).await.unwrap_err();
    assert_eq!(here.code, ErrorCode::Refused);
    post.health(1, LineHealth::Absent).await;
    post.desk.give("lines.remove", json!({ "id": 1 })).await;
    assert_eq!(post.desk.give("lines.list", json!({})).await, json!([]));
    assert!(!post.desk.vault.names().iter().any(|name| name.starts_with("sim-pin")));
    post.health(1, LineHealth::Ready).await;
    assert_eq!(
        post.desk.give("lines.list", json!({})).await[0]["id"],
        json!(1),
        "it is the same when it is back"
    );
}

#[tokio::test]
async fn the_console_and_ussd_leave_records_without_what_was_said() {
    let post = Post::open(1).await;
    for wrong in [
        "AT+CMGS=23",
        "at+cpin=\"1234\"",
        "AT + CMGS = 23",
        "AT+CSQ;+CMGW",
        "ATD112;",
        "AT+CMGS=12?",
        "AT+CMGF=1",
        "AT+CSIM=10,\"00\"",
    ] {
        let refused =
            post.desk.try_give("lines.command", json!({ "id": 1, "command": wrong })).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Refused, "{wrong}");
    }
    assert!(post.modems.commands.lock().unwrap().is_empty());
    let answer = post.desk.give("lines.command", json!({ "id": 1, "command": "AT+CNUM" })).await;
    assert_eq!(answer["lines"][1], json!("OK"));
    assert!(!answer.to_string().contains("81234567890"), "{answer}");
    let reply = UssdReply { state: UssdState::Answerable, text: "Sisa pulsa Rp 12.500. 1. Beli".to_owned() };
    post.modems.ussd.lock().unwrap().push_back(Ok(reply));
    let turn = post.desk.give("ussd.send", json!({ "line_id": null, "text": "*888#" })).await;
    assert_eq!((&turn["answerable"], &turn["balance"]), (&json!(true), &json!(12_500)));
    post.desk.give("ussd.cancel", json!({ "id": 1 })).await;
    assert_eq!(post.desk.give("ussd.list", json!({ "id": 1 })).await.as_array().unwrap().len(), 2);
    post.wait("the balance is there", async || {
        (post.desk.give("lines.show", json!({ "id": 1 })).await["balance"]["amount"] == 12_500).then_some(())
    })
    .await;
    let found = PortFound {
        port: "/dev/ttyUSB7".to_owned(),
        usb: "10c4:ea60".to_owned(),
        product: "CP2102".to_owned(),
        surely_modem: false,
        line: None,
        baud: Some(115_200),
        note: String::new(),
    };
    post.modems.found.lock().unwrap().push(found);
    post.desk.give("lines.detect", json!({})).await;
    assert_eq!(post.figure("SELECT count(*) FROM sms_port"), 0, "nobody asked for it");
    post.desk.give("lines.detect", json!({ "probe": ["/dev/ttyUSB7"] })).await;
    assert_eq!(post.figure("SELECT baud FROM sms_port"), 115_200);
    post.desk.give("lines.wake", json!({ "id": 1 })).await;
    assert_eq!(post.modems.woken.lock().unwrap().len(), 1);
    post.desk.give("sms.release", json!({})).await;
    post.line_set(1, json!({ "name": "Kasir" })).await;
    post.reported(1, report(1, "8962999900001111222", LineHealth::Ready)).await;
    post.wait("the swap is seen", async || {
        (post.desk.give("lines.show", json!({ "id": 1 })).await["status"] == "sim_swapped").then_some(())
    })
    .await;
    post.desk.give("lines.confirm_sim", json!({ "id": 1 })).await;
    post.health(1, LineHealth::Absent).await;
    let absent =
        post.desk.try_give("ussd.send", json!({ "line_id": null, "text": "*1#" })).await.unwrap_err();
    assert_eq!(absent.code, ErrorCode::Unavailable);
    post.desk.give("lines.remove", json!({ "id": 1 })).await;
    let trail = post.desk.audit();
    for act in [
        "lines.command",
        "ussd.send",
        "ussd.cancel",
        "lines.detect",
        "lines.wake",
        "sms.release",
        "lines.save",
        "lines.confirm_sim",
        "lines.remove",
    ] {
        let record =
            trail.iter().find(|r| r.act == act && r.outcome == gerai_core::audit::AuditOutcome::Done);
        assert!(record.is_some(), "{act} left no record");
    }
    let whole: String = trail.iter().map(|record| format!("{record:?}\n")).collect();
    assert!(!whole.contains("*888#") && !whole.contains("12.500") && !whole.contains("1234"), "{whole}");
}
