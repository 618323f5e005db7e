//! Many at once: sums stay exact, limits hold, requests are carried out once.

use std::sync::Arc;

use gerai_app::access::Caller;
use gerai_app::contract::dispatch;
use gerai_core::port::TapDoor;
use serde_json::json;

use crate::support::{Desk, inbound};

/// 64 tasks of taps, top-ups and reversals on one card: the balance is what the accepted acts come to, to the rupiah.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_on_one_card() {
    let desk = Arc::new(Desk::open().await);
    let view = desk.give("settings.get", json!({})).await;
    let mut settings = view["settings"].clone();
    settings["payments"]["double_tap_seconds"] = json!(0);
    desk.give("settings.set", json!({ "version": view["version"], "settings": settings })).await;
    desk.reader("kantin-01", false).await;

    let mut tasks = Vec::new();
    for task in 0..64_i64 {
        let desk = Arc::clone(&desk);
        tasks.push(tokio::spawn(async move {
            let (mut added, mut reversed) = (0, 0);
            for round in 0..20_i64 {
                let id = format!("{task}-{round}");
                match (task + round) % 4 {
                    0 => {
                        let request =
                            json!({ "request_id": id, "account_id": desk.account, "amount": 7_001 });
                        if dispatch(&desk.app, &Caller::local(), "accounts.topup", request).await.is_ok() {
                            added += 7_001;
                        }
                    }
                    3 => {
                        let payment = desk.payments().await.into_iter().find(|p| p["outcome"] == "ok");
                        let Some(payment) = payment else { continue };
                        let request = json!({ "request_id": id, "id": payment["id"], "reason": "uji coba" });
                        if dispatch(&desk.app, &Caller::local(), "payments.reverse", request).await.is_ok() {
                            reversed += 1;
                        }
                    }
                    _ => {
                        let payload = format!(r#"{{"id":"{id}","uid":"5A3F01C2"}}"#);
                        desk.door.take(inbound("iot/v2/kantin-01/deduct", payload.as_bytes())).await.unwrap();
                    }
                }
            }
            (added, reversed)
        }));
    }
    let (mut added, mut reversed) = (0, 0);
    for task in tasks {
        let (a, r) = task.await.unwrap();
        (added, reversed) = (added + a, reversed + r);
    }
    let charged = desk.give("payments.list", json!({ "filter": "paid" })).await["total"].as_i64().unwrap();
    assert!(charged > 0 && reversed > 0, "{charged} {reversed}");
    assert_eq!(desk.balance(desk.account).await, 50_000 + added - 5_000 * charged + 5_000 * reversed);
    let tills = desk.give("tills.list", json!({})).await;
    assert_eq!(tills[0]["taps_today"], json!(charged));
    desk.assert_whole().await;
}

/// The same request from many callers at once is carried out once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_request_id_from_everywhere() {
    let desk = Arc::new(Desk::open().await);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let desk = Arc::clone(&desk);
            tokio::spawn(async move {
                let request = json!({ "request_id": "t-1", "account_id": desk.account, "amount": 10_000 });
                desk.give("accounts.topup", request).await
            })
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        let receipt = task.await.unwrap();
        assert_eq!((&receipt["balance"], &receipt["entry"]), (&json!(60_000), &json!(2)));
        first += i32::from(receipt["repeated"] == json!(false));
    }
    assert_eq!(first, 1);
    assert_eq!(desk.balance(desk.account).await, 60_000);
    let other = json!({ "request_id": "t-1", "account_id": desk.account, "amount": 10_001 });
    let refused = desk.try_give("accounts.topup", other).await.unwrap_err();
    assert_eq!(refused.code, gerai_app::contract::ErrorCode::RequestReused);
}

#[tokio::test]
async fn a_refused_topup_stays_refused() {
    let desk = Desk::open().await;
    let request = json!({ "request_id": "t-1", "account_id": desk.account, "amount": 1_960_000 });
    for _ in 0..2 {
        let refused = desk.try_give("accounts.topup", request.clone()).await.unwrap_err();
        assert_eq!(refused.code, gerai_app::contract::ErrorCode::Refused);
        desk.turn_clock(10_000);
        desk.legacy(b"5A3F01C2").await;
        desk.turn_clock(10_000);
        desk.legacy(b"5A3F01C2").await;
    }
    for amount in [0, -1, i64::MAX, i64::MIN] {
        let request =
            json!({ "request_id": format!("x{amount}"), "account_id": desk.account, "amount": amount });
        assert!(desk.try_give("accounts.topup", request).await.is_err(), "{amount}");
    }
    desk.assert_whole().await;
}
