//! The recovery file: made once, used once, at the station itself, loudly.

use gerai_app::access::Surface;
use gerai_app::contract::{ApiError, ErrorCode, Event, dispatch};
use serde_json::{Value, json};

use crate::people_support::{PASSWORD, owned};
use crate::support::Desk;

const NEW: &str = "sandi setelah pulih";

async fn make(desk: &Desk) -> String {
    let made = desk.give("recovery.make", json!({})).await;
    assert!(made["file_name"].as_str().unwrap().ends_with(".txt"));
    made["text"].as_str().unwrap().to_owned()
}

async fn use_it(desk: &Desk, file: &str, name: &str) -> Result<Value, ApiError> {
    desk.turn_clock(20 * 60_000);
    desk.stranger("recovery.use", json!({ "file": file, "name": name, "password": NEW })).await
}

fn row(health: &Value) -> Option<String> {
    let rows = health["rows"].as_array().unwrap();
    rows.iter().find(|row| row["part"] == "recovery").map(|row| row["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_owner_comes_back_by_the_stick() {
    let (desk, owner) = owned().await;
    let view = desk.ask(&owner, "session.current", json!({})).await.unwrap();
    assert_eq!(view["suggest_recovery"], json!(true));
    assert_eq!(row(&desk.give("health.show", json!({})).await).as_deref(), Some("recovery_none"));
    let file = make(&desk).await;
    assert_eq!(row(&desk.give("health.show", json!({})).await), None);
    let view = desk.ask(&owner, "session.current", json!({})).await.unwrap();
    assert_eq!(view["suggest_recovery"], json!(false));
    desk.second_factor(&owner).await;
    let counter = desk.counter().await;
    let state = desk.give("recovery.show", json!({})).await;
    assert_eq!((&state["made_by"], &state["used_ms"]), (&json!("local command line"), &Value::Null));

    let mut events = desk.app.events();
    let view = use_it(&desk, &file, "RINA").await.unwrap();
    assert_eq!(
        (&view["role"], &view["totp"], &view["must_change"]),
        (&json!("owner"), &json!(false), &json!(false))
    );
    let mut heard = Vec::new();
    while let Ok(event) = events.try_recv() {
        heard.push(event);
    }
    assert!(
        heard.contains(&Event::People) && heard.contains(&Event::Health) && heard.contains(&Event::Audit)
    );
    for old in [&owner, &counter] {
        let ended = desk.ask(old, "session.current", json!({})).await.unwrap_err();
        assert_eq!(ended.code, ErrorCode::SignedOut, "every session ended");
    }
    let old = json!({ "name": "rina", "password": PASSWORD });
    assert_eq!(desk.try_sign_in(old).await.unwrap_err().code, ErrorCode::SignInRefused);
    let session = desk.try_sign_in(json!({ "name": "rina", "password": NEW })).await.unwrap();
    let record = desk.audit().into_iter().find(|record| record.act == "recovery.use").unwrap();
    assert_eq!(record.actor, "rina");
    assert!(record.subject.contains("2 sessions ended"), "{}", record.subject);

    let health = desk.ask(&session, "health.show", json!({})).await.unwrap();
    assert_eq!(row(&health).as_deref(), Some("recovery_used"));
    let desk = desk.restart().await;
    assert_eq!(row(&desk.give("health.show", json!({})).await).as_deref(), Some("recovery_used"), "it stays");
    let again = use_it(&desk, &file, "rina").await.unwrap_err();
    assert!(again.message.contains("no valid recovery file"), "used up: {again}");
    let state = desk.ask(&session, "recovery.seen", json!({})).await;
    assert_eq!(state.unwrap_err().code, ErrorCode::Locked, "time has passed");
    let state = desk.give("recovery.seen", json!({})).await;
    assert_eq!((&state["used_ms"], &state["made_ms"]), (&Value::Null, &Value::Null));
    assert_eq!(row(&desk.give("health.show", json!({})).await).as_deref(), Some("recovery_none"));
}

#[tokio::test]
async fn somebody_new_or_set_aside_can_be_made_owner() {
    let (desk, _) = owned().await;
    let id = desk.person("siti", "cashier").await;
    let away = json!({ "id": id, "role": "cashier", "active": false });
    desk.give("operators.update", away).await;
    let file = make(&desk).await;
    let view = use_it(&desk, &file, "siti").await.unwrap();
    assert_eq!((&view["role"], &view["active"]), (&json!("owner"), &json!(true)));
    let file = make(&desk).await;
    let view = use_it(&desk, &file, "orang baru").await.unwrap();
    assert_eq!(view["role"], json!("owner"));
    desk.try_sign_in(json!({ "name": "orang baru", "password": NEW })).await.unwrap();
}

#[tokio::test]
async fn files_that_do_not_fit_are_named_as_what_they_are() {
    let (desk, owner) = owned().await;
    let (other, _) = owned().await;
    let none = use_it(&desk, &make(&other).await, "rina").await.unwrap_err();
    assert!(none.message.contains("belongs to station"), "{none}");
    let first = make(&desk).await;
    let file = make(&desk).await;
    let older = use_it(&desk, &first, "rina").await.unwrap_err();
    assert!(older.message.contains("not the newest one"), "{older}");
    let torn = use_it(&desk, &file[..file.len() - 20], "rina").await.unwrap_err();
    assert!(torn.message.contains("damaged"), "{torn}");
    for rubbish in ["", "hello", "{}"] {
        let error = use_it(&desk, rubbish, "rina").await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Refused, Some("file")), "{error}");
        assert!(error.message.contains("not a recovery file"), "{error}");
    }
    desk.turn_clock(20 * 60_000);
    let short = json!({ "file": file, "name": "rina", "password": "pendek" });
    assert_eq!(desk.stranger("recovery.use", short).await.unwrap_err().field.as_deref(), Some("password"));
    let secret = file.lines().find_map(|line| line.strip_prefix("Code: ")).unwrap();
    let trail = format!("{:?}", desk.audit());
    assert!(!trail.contains(secret) && trail.contains("belongs to station"), "{trail}");
    assert!(desk.ask(&owner, "session.current", json!({})).await.is_ok(), "nobody was signed out");
    use_it(&desk, &file, "rina").await.expect("it is still good after all that");
}

#[tokio::test]
async fn only_at_the_station_itself_and_not_by_guessing() {
    let (desk, _) = owned().await;
    let file = make(&desk).await;
    let asked = json!({ "file": file, "name": "rina", "password": NEW });
    for (surface, loopback) in
        [(Surface::Browser, false), (Surface::Api, true), (Surface::CounterWindow, true)]
    {
        let caller = desk.app.caller(surface, None, "192.168.1.9", loopback).await;
        let refused = dispatch(&desk.app, &caller, "recovery.use", asked.clone()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden, "{surface:?}");
    }
    for _ in 0..6 {
        let guess = json!({ "file": "hello", "name": "rina", "password": NEW });
        desk.stranger("recovery.use", guess).await.unwrap_err();
    }
    let held = desk.stranger("recovery.use", asked.clone()).await.unwrap_err();
    assert_eq!(held.code, ErrorCode::SignInRefused, "{held}");
    desk.turn_clock(20 * 60_000);
    let window = desk.app.caller(Surface::ConsoleWindow, None, "", true).await;
    dispatch(&desk.app, &window, "recovery.use", asked).await.unwrap();
}
