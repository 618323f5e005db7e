//! Who may do what: expectations by hand, over every command.

use gerai_app::access::Surface;
use gerai_app::contract::{ApiError, COMMANDS, ErrorCode, dispatch};
use gerai_core::audit::AuditOutcome;
use gerai_core::secret::Secret;
use serde_json::{Value, json};

use crate::hand::{HAND, JUNK, refused};
use crate::people_support::{PASSWORD, owned, token};
use crate::support::Desk;

#[tokio::test]
async fn every_command_for_every_caller() {
    let (desk, owner) = owned().await;
    for role in ["administrator", "operator", "cashier", "auditor"] {
        desk.person(role, role).await;
    }
    let new = json!({ "name": "baru", "password": PASSWORD, "role": "administrator" });
    desk.ask(&owner, "operators.add", new).await.unwrap();
    let locked = desk.sign_in("rina").await;
    desk.ask(&locked, "session.lock", json!({})).await.unwrap();
    let callers = [
        ('N', None),
        ('O', Some(owner)),
        ('A', Some(desk.sign_in("administrator").await)),
        ('P', Some(desk.sign_in("operator").await)),
        ('C', Some(desk.sign_in("cashier").await)),
        ('U', Some(desk.sign_in("auditor").await)),
        ('K', Some(desk.counter().await)),
        ('L', Some(locked)),
        ('M', Some(desk.sign_in("baru").await)),
    ];
    let junk: Value = serde_json::from_str(JUNK).unwrap();
    for command in COMMANDS {
        for (who, token) in &callers {
            let caller = desk.browser(token.clone()).await;
            let error = dispatch(&desk.app, &caller, command.name, junk.clone()).await.unwrap_err();
            let code = serde_json::to_value(error.code).unwrap();
            let want = refused(command.name, *who).unwrap_or("invalid");
            assert_eq!(code, want, "{who} gives {}", command.name);
        }
    }
    assert_eq!(HAND.len(), COMMANDS.len(), "the table by hand names a command that is gone");
}

#[tokio::test]
async fn the_second_factor_can_be_asked_of_those_who_manage() {
    let (desk, owner) = owned().await;
    desk.person("kasir", "cashier").await;
    let mut settings = desk.give("settings.get", json!({})).await;
    settings["settings"]["security"]["require_second_factor"] = json!(true);
    desk.ask(&owner, "settings.set", settings).await.unwrap();
    let code = |outcome: Result<Value, ApiError>| outcome.map(drop).map_err(|error| error.code);
    for command in ["operators.list", "recovery.show", "health.accept_clock"] {
        let outcome = desk.ask(&owner, command, json!({})).await;
        assert_eq!(code(outcome), Err(ErrorCode::SecondFactorNeeded), "{command}");
    }
    let refusal = desk.audit().pop().unwrap();
    assert_eq!((refusal.act.as_str(), refusal.outcome), ("health.accept_clock", AuditOutcome::Refused));
    assert_eq!(code(desk.ask(&owner, "payments.list", json!({})).await), Ok(()), "daily work goes on");
    let others = desk.ask(&owner, "sessions.list", json!({ "all": true })).await;
    assert_eq!(code(others), Err(ErrorCode::SecondFactorNeeded), "others' sessions are for administrators");
    let cashier = desk.sign_in("kasir").await;
    assert_eq!(code(desk.ask(&cashier, "counter.show", json!({})).await), Ok(()));
    desk.second_factor(&owner).await;
    assert_eq!(code(desk.ask(&owner, "operators.list", json!({})).await), Ok(()));
}

#[tokio::test]
async fn the_first_owner_is_made_once_and_only_here() {
    let desk = Desk::open().await;
    let new = json!({
        "station_name": "Kantin", "language": "id", "owner_name": "rina", "password": "kata sandi panjang",
        "till_name": "Kasir", "price": null, "readers_on_lan": false,
    });
    let far = desk.app.caller(Surface::Browser, None, "192.168.1.9", false).await;
    let refused = dispatch(&desk.app, &far, "owner.create", new.clone()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    let refused = dispatch(&desk.app, &far, "payments.list", json!({})).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::FirstRun);
    let mut short = new.clone();
    short["password"] = json!("pendek");
    let here = desk.browser(None).await;
    assert_eq!(
        dispatch(&desk.app, &here, "owner.create", short).await.unwrap_err().field.as_deref(),
        Some("password")
    );
    dispatch(&desk.app, &here, "owner.create", new.clone()).await.unwrap();
    assert_eq!(dispatch(&desk.app, &here, "owner.create", new).await.unwrap_err().code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_never_say_which_half_was_wrong() {
    let (desk, _) = owned().await;
    let attempt = async |name: &str, password: &str| {
        let caller = desk.browser(None).await;
        dispatch(&desk.app, &caller, "session.sign_in", json!({ "name": name, "password": password })).await
    };
    let (unknown, wrong) =
        (attempt("nobody", "x").await.unwrap_err(), attempt("rina", "x").await.unwrap_err());
    assert_eq!((unknown.message, unknown.code), (wrong.message, wrong.code));
    for _ in 0..4 {
        attempt("rina", "x").await.unwrap_err();
    }
    let held = attempt("rina", "kata sandi panjang").await.unwrap_err();
    assert!(held.help.contains("seconds"), "{held}");
    desk.turn_clock(60_000);
    attempt("RINA", "kata sandi panjang").await.unwrap();
}

#[tokio::test]
async fn sessions_end() {
    let (desk, owner) = owned().await;
    let list = async |desk: &Desk, token: &Secret<String>| {
        let caller = desk.browser(Some(token.clone())).await;
        dispatch(&desk.app, &caller, "payments.list", Value::Null).await.map_err(|error| error.code)
    };
    assert!(list(&desk, &owner).await.is_ok());
    desk.turn_clock(12 * 3_600_000);
    assert_eq!(list(&desk, &owner).await, Err(ErrorCode::SignedOut), "twelve hours are over");
    let again = desk.sign_in("rina").await;
    let caller = desk.browser(Some(again.clone())).await;
    dispatch(&desk.app, &caller, "session.sign_out", Value::Null).await.unwrap();
    assert_eq!(list(&desk, &again).await, Err(ErrorCode::SignedOut));
    let third = desk.sign_in("rina").await;
    desk.give("operators.reset", json!({ "name": "rina", "password": "sandi yang baru" })).await;
    assert_eq!(list(&desk, &third).await, Err(ErrorCode::SignedOut), "a reset signs out everywhere");
    assert_eq!(list(&desk, &Secret::new("forged".to_owned())).await, Err(ErrorCode::SignedOut));
}

#[tokio::test]
async fn a_counter_keeps_to_its_till_and_a_code_works_once() {
    let (desk, _) = owned().await;
    let other = desk.give("tills.create", json!({ "name": "Meja 2", "price": null })).await["id"].clone();
    let code = desk.give("tills.pairing_code", json!({ "id": other })).await["code"].clone();
    let screen = desk.browser(None).await;
    dispatch(&desk.app, &screen, "counter.pair", json!({ "code": code })).await.unwrap();
    let counter = desk.browser(token(&screen)).await;
    let view = dispatch(&desk.app, &counter, "counter.show", json!({})).await.unwrap();
    assert_eq!(view["till"], json!("Meja 2"));
    dispatch(&desk.app, &counter, "tills.arm", json!({ "id": other, "amount": 500 })).await.unwrap();
    for (command, arguments) in [
        ("counter.show", json!({ "till_id": desk.till })),
        ("tills.arm", json!({ "id": desk.till, "amount": 500 })),
        ("tills.cancel", json!({ "id": desk.till })),
    ] {
        assert_eq!(
            dispatch(&desk.app, &counter, command, arguments).await.unwrap_err().code,
            ErrorCode::Forbidden
        );
    }
    let again = desk.browser(None).await;
    let used = dispatch(&desk.app, &again, "counter.pair", json!({ "code": code })).await.unwrap_err();
    assert_eq!(used.code, ErrorCode::PairingRefused);
}

#[tokio::test]
async fn settings_are_changed_on_what_was_seen() {
    let (desk, _) = owned().await;
    let view = desk.give("settings.get", json!({})).await;
    desk.give("settings.set", view.clone()).await;
    let stale = desk.try_give("settings.set", view.clone()).await.unwrap_err();
    assert_eq!(stale.code, ErrorCode::Taken);
    let mut bad = desk.give("settings.get", json!({})).await;
    bad["settings"]["payments"]["topic_prefix"] = json!("a/b");
    assert_eq!(
        desk.try_give("settings.set", bad).await.unwrap_err().field.as_deref(),
        Some("payments.topic_prefix")
    );
}
