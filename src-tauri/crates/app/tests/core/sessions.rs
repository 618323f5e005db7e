//! Sessions: locking, unlocking, tokens that are planted or stolen, waits that outlive a restart.

use gerai_app::access::Surface;
use gerai_app::contract::{ApiError, ErrorCode, dispatch};
use gerai_core::secret::Secret;
use serde_json::{Value, json};

use crate::people_support::{PASSWORD, Token, owned, token};
use crate::support::Desk;

const PIN: &str = "739104";
const MINUTE: i64 = 60_000;

fn code(outcome: Result<impl Sized, ApiError>) -> Result<(), ErrorCode> {
    outcome.map(drop).map_err(|error| error.code)
}

async fn looks(desk: &Desk, session: &Token) -> Result<(), ErrorCode> {
    code(desk.ask(session, "payments.list", json!({})).await)
}

async fn give_pin(desk: &Desk, session: &Token) {
    desk.ask(session, "session.set_pin", json!({ "password": PASSWORD, "pin": PIN })).await.unwrap();
}

#[tokio::test]
async fn an_idle_session_locks_and_stays_locked() {
    let (desk, owner) = owned().await;
    desk.turn_clock(14 * MINUTE);
    let view = desk.ask(&owner, "session.touch", json!({})).await.unwrap();
    assert_eq!((&view["locked"], &view["idle_lock_s"]), (&json!(false), &json!(900)));
    desk.turn_clock(14 * MINUTE);
    assert_eq!(looks(&desk, &owner).await, Ok(()), "somebody was there a quarter of an hour ago");
    desk.turn_clock(MINUTE);
    assert_eq!(looks(&desk, &owner).await, Err(ErrorCode::Locked));
    let view = desk.ask(&owner, "session.touch", json!({})).await.unwrap();
    assert_eq!(view["locked"], json!(true), "moving the mouse unlocks nothing");
    assert_eq!(view["operator"]["name"], json!("rina"));
    let mut settings = desk.give("settings.get", json!({})).await;
    settings["settings"]["security"]["idle_lock_minutes"] = json!(0);
    desk.give("settings.set", settings).await;
    assert_eq!(looks(&desk, &owner).await, Err(ErrorCode::Locked), "a longer limit opens nothing");
    desk.turn_clock(-20 * MINUTE);
    assert_eq!(looks(&desk, &owner).await, Err(ErrorCode::Locked), "nor does a clock that is set back");
    desk.renew(&owner, "session.unlock", json!({ "password": PASSWORD })).await.unwrap();
}

#[tokio::test]
async fn the_counter_window_beside_a_locked_console_shows_and_does_nothing() {
    let (desk, owner) = owned().await;
    desk.ask(&owner, "session.lock", json!({})).await.unwrap();
    let window = async |surface, command: &str, arguments: Value| {
        let caller = desk.app.caller(surface, Some(owner.clone()), "", true).await;
        code(dispatch(&desk.app, &caller, command, arguments).await)
    };
    let till = json!({ "id": desk.till, "amount": 500 });
    assert_eq!(window(Surface::CounterWindow, "counter.show", json!({})).await, Ok(()));
    for (command, arguments) in
        [("tills.arm", till.clone()), ("tills.cancel", till), ("payments.list", json!({}))]
    {
        assert_eq!(
            window(Surface::CounterWindow, command, arguments).await,
            Err(ErrorCode::Locked),
            "{command}"
        );
    }
    assert_eq!(window(Surface::ConsoleWindow, "counter.show", json!({})).await, Err(ErrorCode::Locked));
    let caller = desk.app.caller(Surface::CounterWindow, Some(owner.clone()), "", true).await;
    assert!(desk.app.may_listen(&caller).is_ok());
}

#[tokio::test]
async fn unlocking_shows_who_it_is_and_renews_the_token() {
    let (desk, owner) = owned().await;
    give_pin(&desk, &owner).await;
    desk.ask(&owner, "session.lock", json!({})).await.unwrap();
    for wrong in [json!({}), json!({ "password": PASSWORD, "pin": PIN })] {
        assert_eq!(code(desk.ask(&owner, "session.unlock", wrong).await), Err(ErrorCode::Invalid));
    }
    for wrong in [json!({ "password": "x" }), json!({ "pin": "739105" })] {
        assert_eq!(code(desk.ask(&owner, "session.unlock", wrong).await), Err(ErrorCode::SignInRefused));
    }
    let fresh = desk.renew(&owner, "session.unlock", json!({ "pin": PIN })).await.unwrap();
    assert_eq!(looks(&desk, &fresh).await, Ok(()));
    assert_eq!(
        looks(&desk, &owner).await,
        Err(ErrorCode::SignedOut),
        "the old token was seen by a locked screen"
    );
    desk.turn_clock(12 * 60 * MINUTE);
    assert_eq!(looks(&desk, &fresh).await, Err(ErrorCode::SignedOut), "unlocking makes no session longer");
}

#[tokio::test]
async fn a_pin_rests_after_five_wrong_ones() {
    let (desk, owner) = owned().await;
    for pin in ["123456", "111111", "12345", "abcdef"] {
        let asked = json!({ "password": PASSWORD, "pin": pin });
        let error = desk.ask(&owner, "session.set_pin", asked).await.unwrap_err();
        assert_eq!(error.field.as_deref(), Some("pin"), "{pin}");
    }
    give_pin(&desk, &owner).await;
    desk.ask(&owner, "session.lock", json!({})).await.unwrap();
    let unlock = async |pin: &str| {
        desk.turn_clock(20 * MINUTE);
        code(desk.ask(&owner, "session.unlock", json!({ "pin": pin })).await)
    };
    for _ in 0..5 {
        assert_eq!(unlock("999990").await, Err(ErrorCode::SignInRefused));
    }
    assert_eq!(unlock(PIN).await, Err(ErrorCode::SignInRefused), "it rests");
    let people = desk.give("operators.list", json!({})).await;
    assert_eq!(people[0]["pin"], json!(false));
    desk.turn_clock(20 * MINUTE);
    let fresh = desk.renew(&owner, "session.unlock", json!({ "password": PASSWORD })).await.unwrap();
    desk.ask(&fresh, "session.lock", json!({})).await.unwrap();
    desk.renew(&fresh, "session.unlock", json!({ "pin": PIN })).await.expect("a password woke it");
}

#[tokio::test]
async fn waits_outlive_a_restart_and_hold_the_account_and_the_address() {
    let (desk, _) = owned().await;
    desk.person("siti", "operator").await;
    let attempt = async |desk: &Desk, peer: &str, name: &str, password: &str| {
        let caller = desk.app.caller(Surface::Browser, None, peer, false).await;
        let typed = json!({ "name": name, "password": password });
        code(dispatch(&desk.app, &caller, "session.sign_in", typed).await)
    };
    for _ in 0..9 {
        let _ = attempt(&desk, "192.168.1.9", "rina", "x").await;
        desk.turn_clock(20_000);
    }
    let desk = desk.restart().await;
    let held = Err(ErrorCode::SignInRefused);
    desk.turn_clock(-20_000);
    assert_eq!(attempt(&desk, "192.168.1.7", "RINA", PASSWORD).await, held, "the account, from elsewhere");
    assert_eq!(attempt(&desk, "192.168.1.9", "siti", PASSWORD).await, held, "the address, for another");
    assert_eq!(attempt(&desk, "192.168.1.7", "siti", PASSWORD).await, Ok(()), "nobody else waits");
    desk.turn_clock(15 * MINUTE);
    assert_eq!(attempt(&desk, "192.168.1.9", "rina", PASSWORD).await, Ok(()));
}

#[tokio::test]
async fn many_tries_at_once_are_no_way_around_the_wait() {
    let (desk, _) = owned().await;
    let one = async |n: usize| {
        let caller = desk.app.caller(Surface::Browser, None, &format!("10.0.0.{n}"), false).await;
        let typed = json!({ "name": "rina", "password": "x" });
        dispatch(&desk.app, &caller, "session.sign_in", typed).await.unwrap_err().message
    };
    let (a, b, c, d) = tokio::join!(one(1), one(2), one(3), one(4));
    let (e, f, g, h) = tokio::join!(one(5), one(6), one(7), one(8));
    let looked_at = [a, b, c, d, e, f, g, h].iter().filter(|text| text.contains("password is wrong")).count();
    assert_eq!(looked_at, 5, "five free tries, however they come");
}

#[tokio::test]
async fn a_planted_token_is_worth_nothing() {
    let (desk, owner) = owned().await;
    let planted = Secret::new("A".repeat(43));
    let caller = desk.browser(Some(planted.clone())).await;
    let typed = json!({ "name": "rina", "password": PASSWORD });
    dispatch(&desk.app, &caller, "session.sign_in", typed.clone()).await.unwrap();
    assert_ne!(token(&caller).unwrap().expose(), planted.expose());
    assert_eq!(looks(&desk, &planted).await, Err(ErrorCode::SignedOut));
    // Somebody else's live token, planted: it ends with the sign-in.
    desk.person("siti", "operator").await;
    let theirs = desk.sign_in("siti").await;
    let caller = desk.browser(Some(theirs.clone())).await;
    dispatch(&desk.app, &caller, "session.sign_in", typed).await.unwrap();
    assert_eq!(looks(&desk, &theirs).await, Err(ErrorCode::SignedOut));
    assert_eq!(looks(&desk, &owner).await, Ok(()));
}

#[tokio::test]
async fn a_new_password_ends_what_was_stolen() {
    let (desk, owner) = owned().await;
    let (stolen, elsewhere) = (owner.clone(), desk.sign_in("rina").await);
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    for (wrong, want) in [
        (change("x", "sandi yang baru"), ErrorCode::SignInRefused),
        (change(PASSWORD, "pendek"), ErrorCode::Invalid),
        (change(PASSWORD, PASSWORD), ErrorCode::Invalid),
    ] {
        assert_eq!(code(desk.ask(&owner, "session.change_password", wrong).await), Err(want));
    }
    let asked = change(PASSWORD, "sandi yang baru");
    let fresh = desk.renew(&owner, "session.change_password", asked).await.unwrap();
    assert_eq!(looks(&desk, &fresh).await, Ok(()));
    for old in [&stolen, &elsewhere] {
        assert_eq!(looks(&desk, old).await, Err(ErrorCode::SignedOut));
    }
    let typed = |password: &str| json!({ "name": "rina", "password": password });
    assert_eq!(code(desk.try_sign_in(typed(PASSWORD)).await), Err(ErrorCode::SignInRefused));
    desk.try_sign_in(typed("sandi yang baru")).await.unwrap();
}

#[tokio::test]
async fn whoever_was_given_a_password_changes_it_first() {
    let (desk, owner) = owned().await;
    let new = json!({ "name": "siti", "password": PASSWORD, "role": "operator" });
    let view = desk.ask(&owner, "operators.add", new).await.unwrap();
    assert_eq!(view["must_change"], json!(true));
    let session = desk.sign_in("siti").await;
    assert_eq!(looks(&desk, &session).await, Err(ErrorCode::MustChange));
    let begin = desk.ask(&session, "totp.begin", json!({})).await;
    assert_eq!(code(begin), Err(ErrorCode::MustChange));
    let asked = json!({ "old": PASSWORD, "new": "kata sandi sendiri" });
    let fresh = desk.renew(&session, "session.change_password", asked).await.unwrap();
    assert_eq!(looks(&desk, &fresh).await, Ok(()));
}

#[tokio::test]
async fn signing_out_elsewhere_and_everywhere() {
    let (desk, owner) = owned().await;
    desk.person("siti", "operator").await;
    desk.person("budi", "administrator").await;
    let (one, two) = (desk.sign_in("siti").await, desk.sign_in("siti").await);
    let counter = desk.counter().await;
    let rows = async |token: &Token, of: Value| desk.ask(token, "sessions.list", of).await;
    let own = rows(&one, json!({})).await.unwrap();
    assert_eq!(own.as_array().unwrap().len(), 2);
    assert_eq!(own.as_array().unwrap().iter().filter(|row| row["current"] == true).count(), 1);
    for others in [json!({ "operator_id": 1 }), json!({ "all": true })] {
        assert_eq!(code(rows(&one, others.clone()).await), Err(ErrorCode::Forbidden));
        assert_eq!(code(desk.ask(&one, "sessions.end_all", others).await), Err(ErrorCode::Forbidden));
    }
    let all = rows(&owner, json!({ "all": true })).await.unwrap();
    let id = |wanted: &str| {
        let row =
            all.as_array().unwrap().iter().find(|row| row["surface"] == wanted || row["operator"] == wanted);
        row.unwrap()["id"].clone()
    };
    assert_eq!(all.as_array().unwrap().len(), 4, "{all}");
    for other in [id("rina"), id("counter"), json!(9_999)] {
        let ended = desk.ask(&one, "sessions.end", json!({ "id": other })).await;
        assert_eq!(code(ended), Err(ErrorCode::Forbidden), "{other}: which there are is nobody's business");
    }
    desk.ask(&one, "sessions.end_all", json!({})).await.unwrap();
    assert_eq!((looks(&desk, &one).await, looks(&desk, &two).await), (Ok(()), Err(ErrorCode::SignedOut)));
    let budi = desk.sign_in("budi").await;
    desk.ask(&budi, "sessions.end", json!({ "id": id("counter") })).await.unwrap();
    assert_eq!(code(desk.ask(&counter, "counter.show", json!({})).await), Err(ErrorCode::SignedOut));
    desk.ask(&owner, "sessions.end_all", json!({ "all": true })).await.unwrap();
    assert_eq!(looks(&desk, &budi).await, Err(ErrorCode::SignedOut));
    assert_eq!(looks(&desk, &owner).await, Ok(()), "who asks stays");
    let subject = desk.audit().pop().unwrap().subject;
    assert_eq!(subject, "everybody: 2 ended");
}
