//! Operators, their contacts, and passwords that are forgotten.

use std::sync::{Arc, Mutex};

use gerai_app::contract::{ApiError, ErrorCode};
use gerai_core::audit::AuditOutcome;
use gerai_core::contact::Contact;
use gerai_core::port::{BoxFuture, ResetMessage, ResetSender};
use serde_json::{Value, json};

use crate::people_support::{PASSWORD, Token, owned};
use crate::support::Desk;

fn code(outcome: Result<impl Sized, ApiError>) -> Result<(), ErrorCode> {
    outcome.map(drop).map_err(|error| error.code)
}

fn change(id: i64, role: &str, active: bool) -> Value {
    json!({ "id": id, "role": role, "active": active })
}

#[tokio::test]
async fn a_station_keeps_an_owner_and_nobody_locks_themselves_out() {
    let (desk, owner) = owned().await;
    let update = async |token: &Token, asked: Value| code(desk.ask(token, "operators.update", asked).await);
    for role in ["administrator", "auditor"] {
        assert_eq!(update(&owner, change(1, role, true)).await, Err(ErrorCode::Refused), "the last owner");
    }
    assert_eq!(update(&owner, change(1, "owner", false)).await, Err(ErrorCode::Refused), "oneself");
    let last = desk.try_give("operators.update", change(1, "owner", false)).await;
    assert_eq!(code(last), Err(ErrorCode::Refused), "the command line keeps the last owner too");
    assert_eq!(update(&owner, change(99, "operator", true)).await, Err(ErrorCode::NotFound));

    let budi = desk.person("budi", "administrator").await;
    let administrator = desk.sign_in("budi").await;
    for asked in [change(1, "administrator", true), change(1, "owner", false), change(budi, "owner", true)] {
        assert_eq!(update(&administrator, asked.clone()).await, Err(ErrorCode::Forbidden), "{asked}");
    }
    let reset = json!({ "name": "rina", "password": "sandi yang baru" });
    assert_eq!(code(desk.ask(&administrator, "operators.reset", reset).await), Err(ErrorCode::Forbidden));
    let new = json!({ "name": "baru", "password": PASSWORD, "role": "owner" });
    assert_eq!(code(desk.ask(&administrator, "operators.add", new).await), Err(ErrorCode::Forbidden));
    assert_eq!(update(&administrator, change(budi, "administrator", false)).await, Err(ErrorCode::Refused));

    assert_eq!(update(&owner, change(budi, "owner", true)).await, Ok(()));
    assert_eq!(update(&owner, change(1, "administrator", true)).await, Ok(()), "there is another owner now");
    assert_eq!(update(&owner, change(budi, "administrator", true)).await, Err(ErrorCode::Forbidden));
}

#[tokio::test]
async fn who_may_no_longer_sign_in_is_out_at_once() {
    let (desk, owner) = owned().await;
    let siti = desk.person("siti", "operator").await;
    let session = desk.sign_in("siti").await;
    desk.ask(&owner, "operators.update", change(siti, "operator", false)).await.unwrap();
    assert_eq!(code(desk.ask(&session, "payments.list", json!({})).await), Err(ErrorCode::SignedOut));
    let typed = json!({ "name": "siti", "password": PASSWORD });
    assert_eq!(code(desk.try_sign_in(typed).await), Err(ErrorCode::SignInRefused));
    let record = desk.audit().into_iter().rev().find(|record| record.act == "operators.update").unwrap();
    assert_eq!(record.before.as_deref(), Some(r#"{"active":true,"role":"operator"}"#));
    assert_eq!(record.after.as_deref(), Some(r#"{"active":false,"role":"operator"}"#));
    desk.ask(&owner, "operators.update", change(siti, "cashier", true)).await.unwrap();
    assert_eq!(code(desk.ask(&session, "session.current", json!({})).await), Err(ErrorCode::SignedOut));
    desk.sign_in("siti").await;
}

#[tokio::test]
async fn a_reset_takes_what_it_says_and_is_for_others() {
    let (desk, owner) = owned().await;
    desk.person("siti", "operator").await;
    let session = desk.sign_in("siti").await;
    desk.second_factor(&session).await;
    let reset = |more: bool| json!({ "name": "siti", "password": "sandi dari rina", "second_factor": more });
    let view = desk.ask(&owner, "operators.reset", reset(false)).await.unwrap();
    assert_eq!((&view["must_change"], &view["totp"]), (&json!(true), &json!(true)));
    let view = desk.ask(&owner, "operators.reset", reset(true)).await.unwrap();
    assert_eq!((&view["must_change"], &view["totp"]), (&json!(true), &json!(false)));
    assert!(desk.vault.names().is_empty());
    desk.try_sign_in(json!({ "name": "siti", "password": "sandi dari rina" })).await.unwrap();
    let own = json!({ "name": "rina", "password": "sandi tanpa bukti" });
    assert_eq!(
        code(desk.ask(&owner, "operators.reset", own).await),
        Err(ErrorCode::Refused),
        "that is changed"
    );
}

#[tokio::test]
async fn contacts_are_sealed_and_their_key_is_never_made_anew() {
    let (desk, owner) = owned().await;
    let new = |name: &str, contact: &str| json!({ "name": name, "password": PASSWORD, "role": "operator", "contact": contact });
    let wrong = desk.ask(&owner, "operators.add", new("budi", "no address")).await.unwrap_err();
    assert_eq!(wrong.field.as_deref(), Some("contact"));
    let view = desk.ask(&owner, "operators.add", new("siti", "siti.rahma@example.org")).await.unwrap();
    assert_eq!(view["contact"], json!("s•••@example.org"));
    let id = view["id"].clone();
    let phone = json!({ "id": id, "role": "operator", "active": true, "contact": "+62 812 3456 7890" });
    let view = desk.ask(&owner, "operators.update", phone).await.unwrap();
    assert_eq!(view["contact"], json!("•••• 890"));
    for place in ["", "-wal"] {
        let file = format!("{}{place}", desk.database().display());
        let bytes = std::fs::read(file).unwrap_or_default();
        for clear in [&b"siti.rahma"[..], b"81234567890"] {
            assert!(!bytes.windows(clear.len()).any(|part| part == clear), "in clear in the database{place}");
        }
    }
    let shown = format!("{:?}", desk.audit());
    assert!(!shown.contains("siti.rahma") && !shown.contains("81234567890"), "{shown}");

    desk.vault.entries.lock().unwrap().clear();
    let refused = desk.ask(&owner, "operators.add", new("budi", "budi@example.org")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable, "{refused}");
    assert!(desk.vault.names().is_empty(), "never a new key over sealed contacts");
    let people = desk.ask(&owner, "operators.list", json!({})).await.unwrap();
    assert_eq!(people[1]["contact"], json!("•••"), "the list goes on without it");
    let none = json!({ "id": id, "role": "operator", "active": true, "contact": "" });
    desk.ask(&owner, "operators.update", none).await.unwrap();
    desk.ask(&owner, "operators.add", new("budi", "budi@example.org")).await.unwrap();
    assert_eq!(desk.vault.names(), ["contact-key"], "nothing was sealed any more: a first key again");
}

/// Keeps what it was to send.
#[derive(Default)]
struct Post(Mutex<Vec<ResetMessage>>);

impl ResetSender for Post {
    fn can_reach(&self, to: &Contact) -> bool {
        matches!(to, Contact::Email(_))
    }

    fn send(&self, message: ResetMessage) -> BoxFuture<'static, Result<(), String>> {
        self.0.lock().unwrap().push(message);
        Box::pin(async { Ok(()) })
    }
}

async fn post(desk: &Desk) -> Arc<Post> {
    let new =
        json!({ "name": "siti", "password": PASSWORD, "role": "operator", "contact": "siti@example.org" });
    desk.give("operators.add", new).await;
    let post = Arc::new(Post::default());
    desk.app.set_reset_sender(Some(Arc::clone(&post) as Arc<dyn ResetSender>));
    post
}

/// Asks for a code, and waits until the trail tells what became of it.
async fn forgot(desk: &Desk, name: &str) -> Value {
    let told = |desk: &Desk| desk.audit().iter().filter(|record| record.act == "password.forgot").count();
    let before = told(desk);
    let answer = desk.stranger("password.forgot", json!({ "name": name })).await.unwrap();
    for _ in 0..4_000 {
        if told(desk) > before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    answer
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_a_code_that_was_sent() {
    let (desk, owner) = owned().await;
    let nothing = desk.stranger("password.forgot", json!({ "name": "rina" })).await.unwrap();
    assert_eq!(nothing, json!({ "can_send": false }), "no sender, and it says so");
    let post = post(&desk).await;
    let session = desk.sign_in("siti").await;
    let (secret, _) = desk.second_factor(&session).await;

    let known = forgot(&desk, "siti").await;
    for unknown in ["nobody", "rina"] {
        assert_eq!(forgot(&desk, unknown).await, known, "the same for every name");
    }
    let sent: Vec<ResetMessage> = post.0.lock().unwrap().drain(..).collect();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].to.address(), sent[0].minutes), ("siti@example.org", 10));
    let letter = sent[0].code.expose().clone();
    assert!(!letter.contains(PASSWORD) && letter.len() == 29);

    let reset = |name: &str, code: &str| json!({ "name": name, "code": code, "password": "kata sandi baru" });
    let again = async |asked: Value| code(desk.stranger("password.reset", asked).await);
    assert_eq!(again(reset("siti", "AAAA-BBBB")).await, Err(ErrorCode::SignInRefused));
    assert_eq!(again(reset("rina", &letter)).await, Err(ErrorCode::SignInRefused), "another person's");
    assert_eq!(again(reset("nobody", &letter)).await, Err(ErrorCode::SignInRefused));
    assert_eq!(again(reset("siti", &letter.to_lowercase())).await, Ok(()));
    assert_eq!(again(reset("siti", &letter)).await, Err(ErrorCode::SignInRefused), "used");
    assert_eq!(code(desk.ask(&session, "payments.list", json!({})).await), Err(ErrorCode::SignedOut));
    assert_eq!(code(desk.ask(&owner, "payments.list", json!({})).await), Ok(()));
    let typed = json!({ "name": "siti", "password": "kata sandi baru" });
    assert_eq!(code(desk.try_sign_in(typed).await), Err(ErrorCode::SecondFactor), "the factor stays");
    desk.turn_clock(60_000);
    let typed = json!({ "name": "siti", "password": "kata sandi baru", "code": desk.code(&secret, 0) });
    desk.try_sign_in(typed).await.unwrap();
    let done = |act: &str| desk.audit().iter().any(|r| r.act == act && r.outcome == AuditOutcome::Done);
    assert!(done("password.forgot") && done("password.reset"));
    let trail = format!("{:?}", desk.audit());
    for typed in [letter.as_str(), "kata sandi baru", "AAAA-BBBB", "siti@example.org"] {
        assert!(!trail.contains(typed), "what was typed is in the trail");
    }
}

#[tokio::test]
async fn a_code_lives_ten_minutes_and_no_second_one_follows_at_once() {
    let (desk, _) = owned().await;
    let post = post(&desk).await;
    forgot(&desk, "siti").await;
    forgot(&desk, "siti").await;
    desk.turn_clock(61_000);
    forgot(&desk, "siti").await;
    let codes: Vec<String> = post.0.lock().unwrap().iter().map(|sent| sent.code.expose().clone()).collect();
    assert_eq!(codes.len(), 2, "one a minute");
    let reset = |code: &str| json!({ "name": "siti", "code": code, "password": "kata sandi baru" });
    let old = desk.stranger("password.reset", reset(&codes[0])).await;
    assert_eq!(code(old), Err(ErrorCode::SignInRefused), "a newer code makes it worthless");
    desk.turn_clock(600_000);
    let late = desk.stranger("password.reset", reset(&codes[1])).await;
    assert_eq!(code(late), Err(ErrorCode::SignInRefused), "too old");
    for _ in 0..3 {
        let _ = desk.stranger("password.forgot", json!({ "name": "siti" })).await;
    }
    let held = desk.stranger("password.forgot", json!({ "name": "siti" })).await;
    assert_eq!(code(held), Err(ErrorCode::SignInRefused), "asking has its waits too");
}

#[tokio::test]
async fn what_was_typed_is_nowhere() {
    let (desk, owner) = owned().await;
    let typed = "sandi-yang-salah-ketik";
    for (command, arguments) in [
        ("session.sign_in", json!({ "name": typed, "password": typed })),
        ("session.sign_in", json!({ "name": "rina", "password": typed, "code": typed })),
        ("password.reset", json!({ "name": typed, "code": typed, "password": typed })),
        ("counter.pair", json!({ "code": typed })),
        ("recovery.use", json!({ "file": typed, "name": typed, "password": typed })),
    ] {
        desk.stranger(command, arguments).await.unwrap_err();
    }
    let asked = json!({ "old": typed, "new": typed });
    desk.ask(&owner, "session.change_password", asked).await.unwrap_err();
    desk.give("tills.list", json!({})).await;
    let trail = format!("{:?}", desk.audit());
    assert!(trail.contains("no such name") && trail.contains("rina: wrong password"), "{trail}");
    assert!(!trail.contains(typed), "{trail}");
    for place in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{place}", desk.database().display())).unwrap_or_default();
        assert!(!bytes.windows(typed.len()).any(|part| part == typed.as_bytes()), "in the database{place}");
    }
}
