//! Signing in with an authenticator: codes once, clocks that are off, phones that are lost, vaults that are locked.

use std::sync::atomic::Ordering;

use gerai_app::contract::ErrorCode;
use gerai_core::audit::AuditOutcome;
use serde_json::json;

use crate::people_support::{PASSWORD, Token, owned, secret_of};
use crate::support::Desk;

/// The code of an error and the field that it names.
type Refused = (ErrorCode, Option<String>);

async fn with_code(desk: &Desk, code: &str) -> Result<Token, Refused> {
    let typed = json!({ "name": "rina", "password": PASSWORD, "code": code });
    desk.try_sign_in(typed).await.map_err(|error| (error.code, error.field))
}

fn wrong() -> Refused {
    (ErrorCode::SecondFactor, Some("code".to_owned()))
}

#[tokio::test]
async fn a_factor_is_asked_for_once_it_is_confirmed() {
    let (desk, owner) = owned().await;
    let elsewhere = desk.sign_in("rina").await;
    let begun = desk.ask(&owner, "totp.begin", json!({})).await.unwrap();
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Kantin:rina?secret="), "{begun}");
    assert!(begun["qr"].as_array().unwrap().len() >= 21);
    assert!(desk.vault.names().is_empty(), "nothing is kept before it is confirmed");
    desk.sign_in("rina").await;

    let secret = secret_of(&begun);
    let proof = |password: &str, code: String| json!({ "password": password, "code": code });
    let wrong_password = desk.ask(&owner, "totp.confirm", proof("x", desk.code(&secret, 0))).await;
    assert_eq!(wrong_password.unwrap_err().code, ErrorCode::SignInRefused);
    let too_old = desk.ask(&owner, "totp.confirm", proof(PASSWORD, desk.code(&secret, -5))).await;
    assert_eq!(too_old.unwrap_err().code, ErrorCode::SecondFactor);
    desk.ask(&owner, "totp.confirm", proof(PASSWORD, desk.code(&secret, 0))).await.unwrap();
    assert_eq!(desk.vault.names(), ["totp/1"]);
    let gone = desk.ask(&elsewhere, "session.current", json!({})).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::SignedOut, "who showed less elsewhere signs in anew");
    assert_eq!(desk.ask(&owner, "totp.begin", json!({})).await.unwrap_err().code, ErrorCode::Taken);

    let asked = desk.try_sign_in(json!({ "name": "rina", "password": PASSWORD })).await.unwrap_err();
    assert_eq!((asked.code, asked.field), (ErrorCode::SecondFactor, None));
    let neither = json!({ "name": "rina", "password": "x", "code": desk.code(&secret, 1) });
    assert_eq!(desk.try_sign_in(neither).await.unwrap_err().code, ErrorCode::SignInRefused);
    let used = desk.code(&secret, 0);
    assert_eq!(with_code(&desk, &used).await.unwrap_err(), wrong(), "confirming used it up");
    let session = with_code(&desk, &desk.code(&secret, 1)).await.unwrap();
    let rows = desk.ask(&session, "sessions.list", json!({})).await.unwrap();
    assert!(rows.as_array().unwrap().iter().all(|row| row["strong"] == true), "{rows}");
    let hidden = std::fs::read(desk.database()).unwrap();
    assert!(!hidden.windows(20).any(|part| part == secret), "the secret is in the vault only");
}

#[tokio::test]
async fn a_code_works_once_and_a_clock_may_be_one_step_off() {
    let (desk, owner) = owned().await;
    let (secret, _) = desk.second_factor(&owner).await;
    desk.turn_clock(120_000);
    for off in [-2, 2] {
        assert_eq!(with_code(&desk, &desk.code(&secret, off)).await.unwrap_err(), wrong(), "{off}");
    }
    let late = desk.code(&secret, -1);
    with_code(&desk, &late).await.unwrap();
    assert_eq!(with_code(&desk, &late).await.unwrap_err(), wrong(), "replayed");
    let early = desk.code(&secret, 1);
    with_code(&desk, &early).await.unwrap();
    let between = desk.code(&secret, 0);
    assert_eq!(with_code(&desk, &between).await.unwrap_err(), wrong(), "older than one that was used");
    let desk = desk.restart().await;
    assert_eq!(with_code(&desk, &early).await.unwrap_err(), wrong(), "replayed after a restart");
}

#[tokio::test]
async fn two_at_once_with_one_code_are_one_sign_in() {
    let (desk, owner) = owned().await;
    let (secret, _) = desk.second_factor(&owner).await;
    desk.turn_clock(120_000);
    let code = desk.code(&secret, 0);
    let (a, b) = tokio::join!(with_code(&desk, &code), with_code(&desk, &code));
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

#[tokio::test]
async fn recovery_codes_stand_in_each_once() {
    let (desk, owner) = owned().await;
    let (secret, codes) = desk.second_factor(&owner).await;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 29 && code.matches('-').count() == 5), "{codes:?}");
    let session = with_code(&desk, &codes[3].to_lowercase().replace('-', " ")).await.unwrap();
    assert_eq!(with_code(&desk, &codes[3]).await.unwrap_err(), wrong(), "used");
    assert_eq!(with_code(&desk, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").await.unwrap_err(), wrong());
    let told = desk.audit().into_iter().rev().find(|record| record.subject.contains("9 left"));
    assert_eq!(told.unwrap().act, "session.sign_in");

    desk.turn_clock(60_000);
    let proof = json!({ "password": PASSWORD, "code": desk.code(&secret, 0) });
    let fresh = desk.ask(&session, "totp.new_codes", proof).await.unwrap();
    assert_eq!(with_code(&desk, &codes[4]).await.unwrap_err(), wrong(), "older codes are worth nothing");
    with_code(&desk, fresh["codes"][0].as_str().unwrap()).await.unwrap();

    let half = json!({ "password": PASSWORD, "code": "" });
    assert_eq!(desk.ask(&session, "totp.remove", half).await.unwrap_err().code, ErrorCode::SecondFactor);
    let proof = json!({ "password": PASSWORD, "code": fresh["codes"][1] });
    desk.ask(&session, "totp.remove", proof).await.unwrap();
    assert!(desk.vault.names().is_empty());
    desk.sign_in("rina").await;
}

#[tokio::test]
async fn a_locked_vault_says_so_and_recovery_codes_still_work() {
    let (desk, owner) = owned().await;
    let (secret, codes) = desk.second_factor(&owner).await;
    desk.turn_clock(60_000);
    desk.vault.away.store(true, Ordering::SeqCst);
    for _ in 0..8 {
        let away = with_code(&desk, &desk.code(&secret, 0)).await.unwrap_err();
        assert_eq!(away.0, ErrorCode::Unavailable, "never a wrong try");
    }
    with_code(&desk, &codes[0]).await.unwrap();
    desk.vault.away.store(false, Ordering::SeqCst);
    with_code(&desk, &desk.code(&secret, 0)).await.unwrap();
    desk.vault.entries.lock().unwrap().clear();
    desk.turn_clock(60_000);
    let typed = json!({ "name": "rina", "password": PASSWORD, "code": desk.code(&secret, 0) });
    let gone = desk.try_sign_in(typed).await.unwrap_err();
    assert!(gone.message.contains("no longer holds"), "{gone}");
    assert!(desk.vault.names().is_empty(), "no new secret is made");
}

#[tokio::test]
async fn a_known_password_gives_no_more_guesses_of_the_code() {
    let (desk, owner) = owned().await;
    let (secret, _) = desk.second_factor(&owner).await;
    desk.turn_clock(60_000);
    for _ in 0..5 {
        assert_eq!(with_code(&desk, "000000").await.unwrap_err(), wrong());
        // The right password alone asks for the code: it must not forgive the wrong ones.
        let _ = desk.try_sign_in(json!({ "name": "rina", "password": PASSWORD })).await;
    }
    let (code, _) = with_code(&desk, &desk.code(&secret, 0)).await.unwrap_err();
    assert_eq!(code, ErrorCode::SignInRefused, "held back");
    let misses = desk.audit().into_iter().filter(|record| record.outcome == AuditOutcome::Refused);
    let misses: Vec<_> = misses.map(|record| (record.act, record.subject)).collect();
    assert_eq!(misses.len(), 5, "{misses:?}");
    assert!(misses.iter().all(|(act, why)| act == "session.sign_in" && why == "rina: wrong code"));
}
