//! Tokens come in: known ones, conflicts, late ones, evidence, unknown stoves; and what people say of readings.

use std::sync::atomic::Ordering;

use gerai_core::stove::rotation::message::new_secret;
use serde_json::json;

use crate::stove_support::{Kitchen, NOON_S, SECRET, STOVE, rules, token, token_of};
use crate::support::Desk;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

#[tokio::test]
async fn the_same_token_again_is_success_and_counted_once_in_three_seconds() {
    let kitchen = Kitchen::open().await;
    let one = token(NOON_S, 10_000, 2_000);
    let taken = kitchen.live(&one).await;
    assert_eq!((&taken["outcome"], &taken["signature"]), (&json!("taken"), &json!("valid")));
    assert_eq!(taken["reading"]["standing"], "validated");
    for (wait, scans) in [(0, 1), (2_999, 1), (1, 2), (10_000, 3)] {
        kitchen.desk.turn_clock(wait);
        // However it is wrapped, it is the same.
        let again = kitchen.take(&format!("  \"{one}\"\r\n")).await;
        assert_eq!((&again["outcome"], &again["reading"]["scans"]), (&json!("known"), &json!(scans)));
    }
    assert_eq!(kitchen.states().await, ["queued"]);
    let stove = kitchen.desk.give("stoves.get", json!({ "id": STOVE })).await;
    assert_eq!((&stove["row"]["readings"], &stove["row"]["total"]), (&json!(1), &json!(10_000)));
}

#[tokio::test]
async fn late_ones_are_sorted_in_and_the_one_after_is_judged_anew() {
    let kitchen = Kitchen::open().await;
    kitchen.take(&token(NOON_S - 3 * HOUR, 10_000, 2_000)).await;
    let last = kitchen.take(&token(NOON_S - HOUR, 11_000, 3_000)).await;
    assert_eq!(rules(&last["reading"]), [""; 0]);
    let late = kitchen.take(&token(NOON_S - 2 * HOUR, 11_500, 3_500)).await;
    assert_eq!(rules(&late["reading"]), ["time_not_increasing"]);
    assert_eq!(late["reading"]["standing"], "validated", "a late arrival is no fault");
    let last = kitchen.desk.give("readings.get", json!({ "id": last["reading"]["id"] })).await;
    assert_eq!(rules(&last["row"]), ["counter_backwards"]);
    assert_eq!((&last["row"]["standing"], &last["row"]["worst"]), (&json!("raw"), &json!("alarm")));
    assert_eq!(last["previous"]["id"], late["reading"]["id"]);
    assert_eq!(last["used"], json!(null), "less than before is no use");
    let late = kitchen.desk.give("readings.get", json!({ "id": late["reading"]["id"] })).await;
    assert_eq!(late["used"], 1_500);
    let other = kitchen.take(&token(NOON_S - HOUR, 11_001, 3_001)).await;
    assert_eq!(rules(&other["reading"]), ["conflict", "time_not_increasing"]);
    assert_eq!(kitchen.states().await.len(), 4, "a conflict goes to the server as well");
    let flagged = kitchen.desk.give("stoves.list", json!({ "flagged": true })).await;
    assert_eq!(flagged["rows"][0]["open_flags"], 2);
    let filter = json!({ "filter": { "stove": STOVE, "flag": "conflict" } });
    assert_eq!(kitchen.desk.give("readings.list", filter).await["total"], 1);
}

#[tokio::test]
async fn a_replaced_meter_is_a_persons_word() {
    let kitchen = Kitchen::open().await;
    kitchen.take(&token(NOON_S - 2 * DAY, 95_000, 2_000)).await;
    let new = kitchen.take(&token(NOON_S - DAY, 500, 500)).await;
    assert_eq!(rules(&new["reading"]), ["counter_backwards"]);
    let detail = kitchen.desk.give("stoves.get", json!({ "id": STOVE })).await;
    assert_eq!(detail["ask_replacement"]["id"], new["reading"]["id"]);
    let told = |last: i64| {
        json!({ "id": STOVE, "at_ms": (NOON_S - DAY - HOUR) * 1_000, "last_total": last, "first_total": 0,
                "note": "rusak" })
    };
    let refused = kitchen.desk.try_give("stoves.replace_meter", told(94_999)).await.unwrap_err();
    assert!(refused.message.contains("95.000"), "{refused}");
    let detail = kitchen.desk.give("stoves.replace_meter", told(96_000)).await;
    assert_eq!((&detail["ask_replacement"], &detail["row"]["open_flags"]), (&json!(null), &json!(0)));
    let chart = json!({ "id": STOVE, "range": "month" });
    assert_eq!(kitchen.desk.give("stoves.chart", chart).await["used"], 1_500);
    let chart = json!({ "id": STOVE, "range": "year" });
    assert_eq!(kitchen.desk.give("stoves.chart", chart).await["used"], 1_500);
    let next = kitchen.take(&token(NOON_S, 1_200, 1_200)).await;
    let next = kitchen.desk.give("readings.get", json!({ "id": next["reading"]["id"] })).await;
    assert_eq!((&next["used"], &next["epoch"]), (&json!(700), &json!(1)));
    let first = kitchen.desk.give("readings.get", json!({ "id": next["previous"]["id"] })).await;
    assert_eq!(first["used"], json!(null), "another meter before it");
    // It was another stove's meter: taken back, the reading asks again, and its use is not known until somebody says.
    let at_ms = (NOON_S - DAY - HOUR) * 1_000;
    let undo = |at_ms: i64| json!({ "id": STOVE, "at_ms": at_ms, "note": "kompor sebelah" });
    let refused = kitchen.desk.try_give("stoves.undo_replacement", undo(at_ms + 1_000)).await.unwrap_err();
    assert!(refused.message.contains("no meter"), "{refused}");
    let detail = kitchen.desk.give("stoves.undo_replacement", undo(at_ms)).await;
    assert_eq!(detail["ask_replacement"]["id"], new["reading"]["id"]);
    assert_eq!((&detail["replacements"], &detail["row"]["month_used"]), (&json!([]), &json!(null)));
}

#[tokio::test]
async fn a_meter_that_was_replaced_at_the_very_reading_loses_no_energy() {
    let kitchen = Kitchen::open().await;
    let one = kitchen.take(&token(NOON_S - 3 * DAY, 190_250, 2_000)).await;
    assert_eq!(one["reading"]["total"], 190_250);
    let stove = kitchen.desk.give("stoves.get", json!({ "id": STOVE })).await;
    assert_eq!(stove["row"]["month_used"], json!(null), "one reading tells no use");
    let chart = kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": "year" })).await;
    assert!(chart["bars"].as_array().unwrap().iter().all(|bar| bar["used"].is_null()), "{chart}");
    kitchen.take(&token(NOON_S - 2 * DAY, 12_000, 2_000)).await;
    kitchen.take(&token(NOON_S - DAY, 14_000, 4_000)).await;
    let told = json!({ "id": STOVE, "at_ms": (NOON_S - 2 * DAY) * 1_000, "last_total": 191_500,
                       "first_total": 10_000, "note": "meter terbakar" });
    let detail = kitchen.desk.give("stoves.replace_meter", told).await;
    assert_eq!(detail["row"]["month_used"], 1_250 + 2_000 + 2_000);
    for range in ["month", "year"] {
        let chart = kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": range })).await;
        assert_eq!(chart["used"], 5_250, "{chart}");
        assert!(chart["bars"].as_array().unwrap().iter().all(|bar| bar["backwards"] == false), "{chart}");
    }
}

#[tokio::test]
async fn a_forged_token_is_evidence_and_a_demo_key_an_alarm() {
    let kitchen = Kitchen::open().await;
    let forged = token_of(STOVE, "somebody else's secret", NOON_S, 1_000, 1_000);
    for scans in [1, 2] {
        let taken = kitchen.take(&forged).await;
        assert_eq!((&taken["outcome"], &taken["code"]), (&json!("evidence"), &json!("signature_invalid")));
        assert!(taken["reading"].is_null());
        let stove = kitchen.desk.give("stoves.get", json!({ "id": STOVE })).await;
        assert_eq!((&stove["evidence"][0]["scans"], &stove["row"]["readings"]), (&json!(scans), &json!(0)));
        kitchen.desk.turn_clock(5_000);
    }
    let demo = kitchen.take(&token_of(STOVE, "your-256-bit-secret", NOON_S, 1_000, 1_000)).await;
    assert_eq!((&demo["outcome"], &demo["code"]), (&json!("evidence"), &json!("signature_demo_key")));
    assert_eq!(kitchen.states().await, [""; 0], "evidence goes nowhere");
    let none = kitchen.take("not a token").await;
    assert_eq!((&none["outcome"], &none["code"]), (&json!("unreadable"), &json!("token_parts")));
}

#[tokio::test]
async fn an_unknown_stove_is_kept_and_verified_when_its_key_comes() {
    let kitchen = Kitchen::open().await;
    let (stove, secret) = ("00000000077", "the key that comes later, long enough");
    let good = kitchen.take(&token_of(stove, secret, NOON_S - HOUR, 10_000, 1_000)).await;
    let bad = kitchen.take(&token_of(stove, "another", NOON_S, 99_000, 1_000)).await;
    assert_eq!((&good["signature"], &good["outcome"]), (&json!("unknown_stove"), &json!("taken")));
    assert_eq!(good["reading"]["standing"], "raw");
    assert_eq!(kitchen.states().await, ["queued", "queued"], "the server judges");
    let list = kitchen.desk.give("stoves.list", json!({ "registered": false })).await;
    assert_eq!(list["rows"][0]["id"], stove);
    kitchen.desk.give("stove_keys.register", json!({ "stove": stove, "secret": secret })).await;
    for (reading, signature, standing) in [(&good, "valid", "validated"), (&bad, "invalid", "raw")] {
        let now = kitchen.desk.give("readings.get", json!({ "id": reading["reading"]["id"] })).await;
        assert_eq!(
            (&now["row"]["signature"], &now["row"]["standing"]),
            (&json!(signature), &json!(standing))
        );
    }
}

#[tokio::test]
async fn what_people_say_stands_beside_the_reading_and_counts() {
    let kitchen = Kitchen::open().await;
    let taken = async |t: i64, total: i64| kitchen.take(&token(t, total, total)).await["reading"].clone();
    let (_, wrong, _) =
        (taken(NOON_S - 2 * DAY, 1_000).await, taken(NOON_S - DAY, 90_000).await, taken(NOON_S, 3_000).await);
    let judge = async |step: &str, total: Option<i64>, reason: &str| {
        let asked = json!({ "id": wrong["id"], "step": step, "total": total, "reason": reason });
        kitchen.desk.try_give("readings.judge", asked).await
    };
    assert_eq!(judge("accept", None, " ").await.unwrap_err().field.as_deref(), Some("reason"));
    let estimated = judge("estimate", None, "layar rusak").await.unwrap();
    assert_eq!(
        (&estimated["row"]["judged_total"], &estimated["row"]["total"]),
        (&json!(2_000), &json!(90_000))
    );
    let edited = judge("edit", Some(1_700), "dibaca ulang").await.unwrap();
    assert_eq!(edited["judgements"][0]["reason"], "dibaca ulang");
    assert!(judge("estimate", None, "lagi").await.is_err(), "a person's figure is taken back first");
    let chart =
        kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": "month", "at": "2026-11" })).await;
    let bars: Vec<i64> =
        chart["bars"].as_array().unwrap().iter().filter_map(|bar| bar["used"].as_i64()).collect();
    assert_eq!((bars.iter().sum::<i64>(), chart["used"].as_i64()), (2_000, Some(2_000)));
    let restored = judge("restore", None, "salah").await.unwrap();
    assert_eq!(
        (&restored["row"]["judged_total"], &restored["row"]["standing"]),
        (&json!(null), &json!("raw"))
    );
    assert_eq!(restored["token"].as_str().map(str::len), Some(118), "what the stove sent never changed");
}

#[tokio::test]
async fn charts_of_years_and_what_they_cost() {
    let kitchen = Kitchen::open().await;
    let prices = json!({ "name": "default", "steps": [{ "from": "2026-01", "monthly_fee": 1_000,
        "tiers": [{ "up_to": 20_000, "per_kwh": 100 }, { "up_to": null, "per_kwh": 1_000 }] }] });
    kitchen.desk.give("stove_tariffs.save", prices).await;
    // 30 kWh a month of thirty days, read every ten days, from a year before.
    for step in 0..40 {
        let t = NOON_S - (40 - step) * 10 * DAY;
        kitchen.take(&token(t, 10_000 + step * 10_000, 1_000)).await;
    }
    let chart =
        kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": "year", "at": "2026" })).await;
    let october = &chart["bars"][9];
    assert_eq!((&october["period"], &october["used"]), (&json!("2026-10"), &json!(31_000)));
    assert_eq!((&october["estimated"], &october["complete"]), (&json!(true), &json!(true)));
    assert_eq!(october["cost"], 2_000 + 11_000 + 1_000);
    let november = &chart["bars"][10];
    assert!(november["year_before"].as_i64().unwrap() > 20_000, "{november}");
    let month =
        kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": "month", "at": "2026-10" })).await;
    assert_eq!((&month["used"], &month["cost"]), (&json!(31_000), &json!(14_000)));
    assert_eq!(month["bars"].as_array().unwrap().len(), 31);
    let day =
        kitchen.desk.give("stoves.chart", json!({ "id": STOVE, "range": "day", "at": "2026-10-05" })).await;
    assert_eq!((&day["steps"][0]["watts"], &day["steps"][0]["estimated"]), (&json!(41), &json!(true)));
    assert_eq!(day["points"], json!([]), "a QR token tells no power");
}

#[tokio::test]
async fn a_vault_that_is_away_makes_nothing_unverified() {
    let kitchen = Kitchen::open().await;
    let (desk, server) = (kitchen.desk, kitchen.server);
    drop(kitchen.forwarder);
    let desk = desk.restart().await;
    desk.vault.away.store(true, Ordering::SeqCst);
    let app = std::sync::Arc::clone(&desk.app);
    assert_eq!(tokio::task::spawn_blocking(move || app.load_stove_keys()).await.unwrap(), 1);
    let one = json!({ "token": token(NOON_S, 10_000, 2_000) });
    let refused = desk.try_give("readings.take", one.clone()).await.unwrap_err();
    assert!(refused.message.contains("vault"), "{refused}");
    // Stoves without a key go on.
    desk.give("readings.take", json!({ "token": token_of("00000000002", "x", NOON_S, 1, 1) })).await;
    desk.vault.away.store(false, Ordering::SeqCst);
    let kitchen = Kitchen::on(desk, server).await;
    assert_eq!(kitchen.desk.give("readings.take", one).await["signature"], "valid");
}

#[tokio::test]
async fn before_the_keys_are_read_at_the_start_no_registered_stove_is_an_unknown_one() {
    let kitchen = Kitchen::open().await;
    drop(kitchen.forwarder);
    // Nothing has read the vault yet.
    let desk = kitchen.desk.restart().await;
    let mine = json!({ "token": token(NOON_S, 10_000, 2_000) });
    assert_eq!(desk.give("readings.take", mine).await["signature"], "valid");
    let forged = json!({ "token": token_of(STOVE, "not its secret, of whatever length", NOON_S + 60, 1, 1) });
    assert_eq!(desk.give("readings.take", forged).await["outcome"], "evidence");
    let foreign = json!({ "token": token_of("00000000002", "x", NOON_S, 1, 1) });
    assert_eq!(desk.give("readings.take", foreign).await["signature"], "unknown_stove");
}

#[tokio::test]
async fn the_month_says_who_is_not_read_yet() {
    let kitchen = Kitchen::open().await;
    let desk = &kitchen.desk;
    let others = "id,label\n00000000031,Lama\n00000000032,Belum";
    desk.give("stoves.import", json!({ "text": others })).await;
    desk.give("readings.take", json!({ "token": token(NOON_S, 1_000, 100) })).await;
    // Read last month, and brought in now.
    let october = token_of("00000000031", SECRET, NOON_S - 30 * 86_400, 1_000, 100);
    desk.give("readings.take", json!({ "token": october })).await;
    let month = desk.give("stoves.month", json!({})).await;
    assert_eq!(month, json!({ "month": "2026-11", "stoves": 3, "read": 1 }));
    let numbers = async |read: bool| {
        let list = desk.give("stoves.list", json!({ "read": read })).await;
        assert_eq!(list["total"].as_u64().unwrap() as usize, list["rows"].as_array().unwrap().len());
        list["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(true).await, [STOVE]);
    assert_eq!(numbers(false).await, ["00000000031", "00000000032"]);
    assert_eq!(desk.give("stove_keys.list", json!({ "changing": true })).await["total"], 0);
    desk.give("stove_keys.change", json!({ "stove": STOVE, "step": "begin" })).await;
    let changing = desk.give("stove_keys.list", json!({ "changing": true })).await;
    assert_eq!((&changing["total"], &changing["rows"][0]["stove"]), (&json!(1), &json!(STOVE)));
}

#[tokio::test]
async fn a_list_of_stoves_with_a_report_for_each_line_that_needs_a_look() {
    let desk = Desk::open().await;
    let text = "id;secret;label;lat;lon\n00000000011;satu-rahasia-yang-panjang-sekali-ya-1;Dapur 11;-6.2;106.8\n\
                00000000012;pendek;;;\n123;;;;\n00000000013;;Dapur 13;;\n";
    let report = desk.give("stoves.import", json!({ "text": text })).await;
    let counts = ["added", "changed", "refused", "keys"].map(|name| report[name].as_i64().unwrap());
    assert_eq!(counts, [3, 0, 1, 2]);
    let lines = report["lines"].as_array().unwrap();
    assert_eq!((&lines[0]["line"], &lines[1]["line"]), (&json!(3), &json!(4)), "{report}");
    let again = desk.give("stoves.import", json!({ "text": "id,label\n00000000011,Baru" })).await;
    assert_eq!((&again["changed"], &again["keys"]), (&json!(1), &json!(0)));
    let stove = desk.give("stoves.get", json!({ "id": "00000000011" })).await;
    assert_eq!((&stove["row"]["label"], &stove["row"]["registered"]), (&json!("Baru"), &json!(true)));
    assert_eq!(stove["row"]["position"]["lat"], -6.2);
    let keys = desk.give("stove_keys.list", json!({})).await;
    assert_eq!(keys["total"], 2);
    assert_eq!(keys["rows"][1]["current"]["warnings"], json!(["short"]));
    let unread = json!({ "stove": "00000000013", "reason": "rumah kosong" });
    desk.give("readings.unread", unread).await;
    let list = desk.give("stoves.list", json!({ "unread": true })).await;
    assert_eq!((&list["rows"][0]["id"], &list["total"]), (&json!("00000000013"), &json!(1)));
    let written = format!("{:?}", desk.audit());
    assert!(!written.contains("satu-rahasia") && !written.contains("pendek"), "{written}");
    let made = desk.give("stove_keys.register", json!({ "stove": "00000000014" })).await;
    let random = gerai_core::secret::Secret::new(vec![1; 32]);
    assert_eq!(made["secret"].as_str().unwrap().len(), new_secret(&random).unwrap().expose().len());
    assert_ne!(made["secret"], json!(SECRET));
}
