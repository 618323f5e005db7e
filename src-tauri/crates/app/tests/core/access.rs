//! Who may do what: expectations by hand, over every command.

use gerai_app::access::{Caller, SessionChange, Surface};
use gerai_app::contract::{COMMANDS, ErrorCode, dispatch};
use gerai_core::secret::Secret;
use serde_json::{Value, json};

use crate::support::Desk;

/// Commands that anybody may give.
const PUBLIC: [&str; 4] = ["station.status", "session.sign_in", "session.sign_out", "counter.pair"];
/// Commands about the caller's own session.
const OWN: [&str; 1] = ["session.current"];
/// Commands that a counter's session and a cashier may give.
const COUNTER: [&str; 3] = ["tills.arm", "tills.cancel", "counter.show"];
/// Commands that only look: an auditor may give them too.
const VIEW: [&str; 16] = [
    "accounts.list",
    "accounts.show",
    "cards.list",
    "cards.unknown",
    "payments.list",
    "payments.show",
    "rejected.list",
    "tills.list",
    "readers.list",
    "health.show",
    "ledger.verify",
    "ledger.stats",
    "settings.get",
    "audit.list",
    "audit.verify",
    "audit.export",
];
/// Commands for administrators and owners.
const ADMINISTRATOR: [&str; 16] = [
    "operators.list",
    "operators.add",
    "operators.reset",
    "payments.reverse",
    "tills.create",
    "tills.update",
    "readers.add",
    "readers.update",
    "readers.rotate",
    "health.accept_clock",
    "settings.set",
    "broker.set_password",
    "accounts.adjust",
    "approvals.list",
    "approvals.decide",
    "approvals.withdraw",
];
/// Commands for owners only.
const OWNER: [&str; 4] = ["tokens.list", "tokens.issue", "tokens.revoke", "tokens.rotate_keys"];

fn token(caller: &Caller) -> Option<Secret<String>> {
    match caller.take_session_change() {
        Some(SessionChange::Opened { token, .. }) => Some(token),
        _ => None,
    }
}

async fn owned() -> (Desk, Secret<String>) {
    let desk = Desk::open().await;
    let caller = desk.browser(None).await;
    let new = json!({
        "station_name": "Kantin", "language": "id", "owner_name": "rina", "password": "kata sandi panjang",
        "till_name": "Meja 1", "price": 5_000, "readers_on_lan": false,
    });
    dispatch(&desk.app, &caller, "owner.create", new).await.unwrap();
    let token = token(&caller).unwrap();
    (desk, token)
}

async fn sign_in(desk: &Desk, name: &str) -> Secret<String> {
    let caller = desk.browser(None).await;
    dispatch(
        &desk.app,
        &caller,
        "session.sign_in",
        json!({ "name": name, "password": "kata sandi panjang" }),
    )
    .await
    .unwrap();
    token(&caller).unwrap()
}

#[tokio::test]
async fn every_command_for_every_caller() {
    let (desk, owner) = owned().await;
    for role in ["administrator", "operator", "cashier", "auditor"] {
        desk.give("operators.add", json!({ "name": role, "password": "kata sandi panjang", "role": role }))
            .await;
    }
    let code = desk.give("tills.pairing_code", json!({ "id": desk.till })).await["code"].clone();
    let screen = desk.browser(None).await;
    dispatch(&desk.app, &screen, "counter.pair", json!({ "code": code })).await.unwrap();
    let callers = [
        ("nobody", None),
        ("owner", Some(owner)),
        ("administrator", Some(sign_in(&desk, "administrator").await)),
        ("operator", Some(sign_in(&desk, "operator").await)),
        ("cashier", Some(sign_in(&desk, "cashier").await)),
        ("auditor", Some(sign_in(&desk, "auditor").await)),
        ("counter", token(&screen)),
    ];
    for command in COMMANDS {
        for (who, token) in &callers {
            // Signing somebody out would end the test; first run is over.
            if matches!(command.name, "session.sign_out" | "owner.create") {
                continue;
            }
            let caller = desk.browser(token.clone()).await;
            let refused = match dispatch(&desk.app, &caller, command.name, json!({ "junk": true })).await {
                Err(error) => matches!(error.code, ErrorCode::SignedOut | ErrorCode::Forbidden),
                Ok(_) => false,
            };
            let may = PUBLIC.contains(&command.name)
                || match *who {
                    "nobody" => false,
                    _ if OWN.contains(&command.name) => true,
                    "owner" => true,
                    "administrator" => !OWNER.contains(&command.name),
                    "operator" => !OWNER.contains(&command.name) && !ADMINISTRATOR.contains(&command.name),
                    "auditor" => VIEW.contains(&command.name),
                    _ => COUNTER.contains(&command.name),
                };
            assert_eq!(refused, !may, "{who} gives {}", command.name);
        }
    }
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
    let again = sign_in(&desk, "rina").await;
    let caller = desk.browser(Some(again.clone())).await;
    dispatch(&desk.app, &caller, "session.sign_out", Value::Null).await.unwrap();
    assert_eq!(list(&desk, &again).await, Err(ErrorCode::SignedOut));
    let third = sign_in(&desk, "rina").await;
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
