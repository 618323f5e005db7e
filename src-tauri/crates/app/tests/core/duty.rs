//! Who is on duty at a counter: by name and PIN, on a screen that stays paired.

use gerai_app::contract::{ApiError, ErrorCode};
use serde_json::{Value, json};

use crate::people_support::{PASSWORD, owned};
use crate::support::Desk;

const PIN: &str = "739104";

async fn with_pin(desk: &Desk, name: &str, role: &str) -> i64 {
    let id = desk.person(name, role).await;
    let session = desk.sign_in(name).await;
    desk.ask(&session, "session.set_pin", json!({ "password": PASSWORD, "pin": PIN })).await.unwrap();
    id
}

fn code(outcome: Result<impl Sized, ApiError>) -> Result<(), ErrorCode> {
    outcome.map(drop).map_err(|error| error.code)
}

fn by(name: &str, pin: &str) -> Value {
    json!({ "name": name, "pin": pin })
}

#[tokio::test]
async fn acts_at_the_counter_are_recorded_under_who_is_on_duty() {
    let (desk, owner) = owned().await;
    let id = with_pin(&desk, "kasir", "cashier").await;
    with_pin(&desk, "auditor", "auditor").await;
    let till = desk.give("tills.create", json!({ "name": "Meja 2", "price": null })).await["id"].clone();
    let pairing = desk.give("tills.pairing_code", json!({ "id": till })).await["code"].clone();
    let screen = desk.browser(None).await;
    gerai_app::contract::dispatch(&desk.app, &screen, "counter.pair", json!({ "code": pairing }))
        .await
        .unwrap();
    let counter = crate::people_support::token(&screen).unwrap();
    let arm = json!({ "id": till, "amount": 500 });
    desk.ask(&counter, "tills.arm", arm.clone()).await.unwrap();
    for wrong in [by("kasir", "739105"), by("nobody", PIN), by("auditor", PIN), by("rina", PIN)] {
        let refused = desk.ask(&counter, "counter.switch", wrong).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::SignInRefused);
        assert_eq!(refused.message, "name or PIN is wrong, or the PIN rests", "nobody learns which");
    }
    let view = desk.ask(&counter, "counter.switch", by("KASIR", PIN)).await.unwrap();
    assert_eq!((&view["operator"]["name"], &view["till_id"]), (&json!("kasir"), &till));
    assert_eq!(desk.ask(&counter, "counter.show", json!({})).await.unwrap()["on_duty"], json!("kasir"));
    desk.ask(&counter, "tills.arm", arm.clone()).await.unwrap();
    desk.ask(&counter, "tills.cancel", json!({ "id": till })).await.unwrap();
    assert_eq!(
        code(desk.ask(&counter, "payments.list", json!({})).await),
        Err(ErrorCode::Forbidden),
        "the counter does no more than before"
    );
    desk.ask(&counter, "counter.leave", json!({})).await.unwrap();
    desk.ask(&counter, "tills.arm", arm.clone()).await.unwrap();
    let trail = desk.audit();
    let armed: Vec<_> = trail.iter().filter(|record| record.act == "tills.arm").collect();
    let actors: Vec<&str> = armed.iter().map(|record| record.actor.as_str()).collect();
    let nobody = format!("counter {till}");
    assert_eq!(actors, [nobody.as_str(), "kasir", nobody.as_str()]);
    assert_eq!(armed[1].operator_id, Some(id));

    let not_a_counter = desk.ask(&owner, "counter.switch", by("kasir", PIN)).await;
    assert_eq!(code(not_a_counter), Err(ErrorCode::Forbidden));
}

#[tokio::test]
async fn nobody_is_on_duty_for_ever() {
    let (desk, owner) = owned().await;
    let id = with_pin(&desk, "kasir", "cashier").await;
    let counter = desk.counter().await;
    let on_duty = async || desk.ask(&counter, "counter.show", json!({})).await.unwrap()["on_duty"].clone();
    desk.ask(&counter, "counter.switch", by("kasir", PIN)).await.unwrap();
    desk.turn_clock(11 * 3_600_000);
    assert_eq!(on_duty().await, json!("kasir"));
    desk.turn_clock(3_600_000);
    assert_eq!(on_duty().await, Value::Null, "no longer than a sign-in lasts");
    desk.ask(&counter, "counter.switch", by("kasir", PIN)).await.unwrap();
    let owner = match desk.ask(&owner, "session.current", json!({})).await {
        Ok(_) => owner,
        Err(_) => desk.sign_in("rina").await,
    };
    let auditor = json!({ "id": id, "role": "auditor", "active": true });
    desk.ask(&owner, "operators.update", auditor).await.unwrap();
    assert_eq!(on_duty().await, Value::Null, "an auditor has no business there");
    let away = json!({ "id": id, "role": "cashier", "active": false });
    desk.ask(&owner, "operators.update", away).await.unwrap();
    assert_eq!(on_duty().await, Value::Null);
    assert_eq!(code(desk.ask(&counter, "counter.show", json!({})).await), Ok(()), "the screen stays paired");
}

#[tokio::test]
async fn wrong_pins_at_the_counter_rest_the_pin() {
    let (desk, _) = owned().await;
    with_pin(&desk, "kasir", "cashier").await;
    let counter = desk.counter().await;
    let mut tries = Vec::new();
    for _ in 0..5 {
        tries.push(desk.ask(&counter, "counter.switch", by("kasir", "739105")).await.unwrap_err().code);
        desk.turn_clock(20 * 60_000);
    }
    assert_eq!(tries, [ErrorCode::SignInRefused; 5]);
    let right = desk.ask(&counter, "counter.switch", by("kasir", PIN)).await;
    assert_eq!(code(right), Err(ErrorCode::SignInRefused), "it rests");
    desk.turn_clock(20 * 60_000);
    desk.sign_in("kasir").await;
    desk.ask(&counter, "counter.switch", by("kasir", PIN))
        .await
        .expect("a sign-in with the password woke it");
}
