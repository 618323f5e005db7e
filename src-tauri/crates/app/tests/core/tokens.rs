//! API tokens: what they open, and what no token opens. Forged ones are signed here, with a plain HMAC of this test.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use gerai_app::access::Caller;
use gerai_app::contract::{ApiError, COMMANDS, ErrorCode, dispatch};
use gerai_core::port::Vault;
use gerai_core::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::Desk;

async fn owned() -> Desk {
    let desk = Desk::open().await;
    desk.give("operators.add", json!({ "name": "rina", "password": "kata sandi panjang", "role": "owner" }))
        .await;
    desk
}

async fn issue(desk: &Desk, role: &str) -> (String, Value) {
    let mut issued = desk.give("tokens.issue", json!({ "name": "kas", "role": role, "hours": 1 })).await;
    (issued["token"].as_str().unwrap().to_owned(), issued["row"].take())
}

async fn caller(desk: &Desk, token: &str) -> Result<Caller, ApiError> {
    // Each try from an address of its own: the wait after wrong ones is another test's.
    let peer = format!("10.0.0.{:?}", std::time::Duration::from_nanos(u64::try_from(token.len()).unwrap()));
    desk.app.caller_of_token(&Secret::new(token.to_owned()), &peer, false).await
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&B64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn forged(header: &Value, claims: &Value, key: &[u8]) -> String {
    let message = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&message).finalize().into_bytes();
    format!("{message}.{}", B64.encode(mac))
}

/// The station's own key, as whoever stole the vault would have it.
fn key_of(desk: &Desk, claims: &Value, kid: &str) -> Vec<u8> {
    let name = format!("{}/token-key/{kid}", claims["iss"].as_str().unwrap());
    desk.vault.get(&name).unwrap().expose().clone()
}

#[tokio::test]
async fn a_token_opens_what_its_role_may_and_nothing_of_a_persons() {
    let desk = owned().await;
    let (token, row) = issue(&desk, "operator").await;
    assert_eq!(
        (&row["valid"], &row["role"], &row["made_by"]),
        (&json!(true), &json!("operator"), &json!("local command line"))
    );
    let program = caller(&desk, &token).await.unwrap();
    let list = dispatch(&desk.app, &program, "accounts.list", json!({})).await.unwrap();
    assert_eq!(list["total"], json!(1));
    let topup = json!({ "request_id": "api-1", "account_id": desk.account, "amount": 500 });
    dispatch(&desk.app, &program, "accounts.topup", topup).await.unwrap();
    let record =
        desk.give("audit.list", json!({ "act": "accounts.topup", "limit": 1 })).await["rows"][0].take();
    assert_eq!((&record["actor"], &record["surface"]), (&json!("token kas"), &json!("api")));
    for command in ["session.current", "settings.set", "tokens.list", "tokens.issue", "approvals.decide"] {
        let refused = dispatch(&desk.app, &program, command, json!({})).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden, "{command}");
    }
    for command in COMMANDS.iter().filter(|command| format!("{:?}", command.access) == "Person") {
        let refused = dispatch(&desk.app, &program, command.name, json!({})).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden, "{}", command.name);
    }
    let listed = desk.give("tokens.list", json!({})).await;
    assert!(!listed.to_string().contains(token.split('.').next_back().unwrap()));
    for (field, asked) in [
        ("role", json!({ "name": "x", "role": "owner", "hours": 1 })),
        ("hours", json!({ "name": "x", "role": "auditor", "hours": 0 })),
        ("hours", json!({ "name": "x", "role": "auditor", "hours": 2_161 })),
        ("name", json!({ "name": " ", "role": "auditor", "hours": 1 })),
    ] {
        assert_eq!(desk.try_give("tokens.issue", asked).await.unwrap_err().field.as_deref(), Some(field));
    }
}

#[tokio::test]
async fn no_other_token_opens_anything() {
    let desk = owned().await;
    let (token, row) = issue(&desk, "auditor").await;
    let (kid, said) = (row["kid"].as_str().unwrap().to_owned(), claims(&token));
    let key = key_of(&desk, &said, &kid);
    let header = json!({ "typ": "JWT", "alg": "HS256", "kid": kid });
    caller(&desk, &forged(&header, &said, &key)).await.unwrap();
    let with = |field: &str, value: Value| {
        let mut changed = said.clone();
        changed[field] = value;
        changed
    };
    let without = |field: &str| {
        let mut changed = said.clone();
        changed.as_object_mut().unwrap().remove(field);
        changed
    };
    let head = |alg: &str, kid: Option<&str>| json!({ "typ": "JWT", "alg": alg, "kid": kid });
    let parts: Vec<&str> = token.split('.').collect();
    let mut wrong = vec![
        ("empty".to_owned(), String::new()),
        ("rubbish".to_owned(), "rubbish".to_owned()),
        ("dots".to_owned(), "...".to_owned()),
        ("huge".to_owned(), format!("{token}{}", "A".repeat(100_000))),
        ("long".to_owned(), "A.".repeat(900)),
        ("no signature".to_owned(), format!("{}.{}.", parts[0], parts[1])),
        ("two parts".to_owned(), format!("{}.{}", parts[0], parts[1])),
        ("other key".to_owned(), forged(&header, &said, &[7; 32])),
        ("empty key".to_owned(), forged(&header, &said, &[])),
        (
            "critical".to_owned(),
            forged(&json!({ "alg": "HS256", "kid": kid, "crit": ["x"], "x": 1 }), &said, &key),
        ),
        ("never issued".to_owned(), forged(&header, &with("jti", json!("AAAAAAAAAAAAAAAAAAAAAA")), &key)),
        ("other role".to_owned(), forged(&header, &with("role", json!("administrator")), &key)),
        ("owner".to_owned(), forged(&header, &with("role", json!("owner")), &key)),
        ("other station".to_owned(), forged(&header, &with("iss", json!("another")), &key)),
        ("stations".to_owned(), forged(&header, &with("iss", json!([said["iss"], "x"])), &key)),
        ("other audience".to_owned(), forged(&header, &with("aud", json!("portal")), &key)),
        ("audiences".to_owned(), forged(&header, &with("aud", json!(["gerai-api", "x"])), &key)),
        ("ended".to_owned(), forged(&header, &with("exp", json!(1)), &key)),
        ("ended before 1970".to_owned(), forged(&header, &with("exp", json!(i64::MIN)), &key)),
        (
            "not yet".to_owned(),
            forged(&header, &with("nbf", json!(said["nbf"].as_i64().unwrap() + 31)), &key),
        ),
        ("much later".to_owned(), forged(&header, &with("nbf", json!(i64::MAX)), &key)),
        (
            "made later".to_owned(),
            forged(&header, &with("iat", json!(said["iat"].as_i64().unwrap() + 31)), &key),
        ),
        ("text for a time".to_owned(), forged(&header, &with("exp", json!("9999999999")), &key)),
    ];
    for alg in ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "", "hs256"] {
        wrong.push((format!("alg {alg}"), forged(&head(alg, Some(&kid)), &said, &key)));
        wrong.push((
            format!("alg {alg}, unsigned"),
            format!("{}.{}.", B64.encode(head(alg, Some(&kid)).to_string()), parts[1]),
        ));
    }
    for other in ["x", "unknown-kid", "../../reader-key/a", "' OR 1=1 --", &"k".repeat(40)] {
        wrong.push((format!("kid {other}"), forged(&head("HS256", Some(other)), &said, &key)));
    }
    wrong.push(("no kid".to_owned(), forged(&head("HS256", None), &said, &key)));
    for field in ["iss", "aud", "exp", "nbf", "iat", "jti", "role"] {
        wrong.push((format!("no {field}"), forged(&header, &without(field), &key)));
    }
    for cut in [1, 10, token.len() / 2, token.len() - 1] {
        wrong.push((format!("cut to {cut}"), token[..cut].to_owned()));
    }
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'Q' } else { b'A' };
        wrong.push((format!("byte {place}"), String::from_utf8(bytes).unwrap()));
    }
    for (peer, (what, token)) in wrong.into_iter().enumerate() {
        let tried = desk.app.caller_of_token(&Secret::new(token), &format!("peer {peer}"), false).await;
        assert_eq!(tried.err().map(|error| error.code), Some(ErrorCode::SignedOut), "{what}");
    }
    let other = owned().await;
    let (foreign, _) = issue(&other, "auditor").await;
    assert_eq!(caller(&desk, &foreign).await.err().unwrap().code, ErrorCode::SignedOut);
    caller(&desk, &token).await.unwrap();
}

#[tokio::test]
async fn tokens_end_are_revoked_and_outlive_their_key() {
    let desk = owned().await;
    let (first, row) = issue(&desk, "auditor").await;
    let (second, _) = issue(&desk, "auditor").await;
    caller(&desk, &first).await.unwrap();
    let gone = desk.give("tokens.revoke", json!({ "jti": row["jti"] })).await;
    assert_eq!(gone["valid"], json!(false));
    desk.give("tokens.revoke", json!({ "jti": row["jti"] })).await;
    assert_eq!(caller(&desk, &first).await.err().unwrap().code, ErrorCode::SignedOut);
    assert_eq!(
        desk.try_give("tokens.revoke", json!({ "jti": "x" })).await.unwrap_err().code,
        ErrorCode::NotFound
    );

    desk.turn_clock(1_800_000);
    desk.give("tokens.rotate_keys", json!({})).await;
    let (third, new) = issue(&desk, "auditor").await;
    assert_ne!(new["kid"], row["kid"]);
    caller(&desk, &second).await.unwrap();
    assert_eq!(desk.vault.names().len(), 2, "the old key still verifies");
    desk.turn_clock(1_800_000);
    assert_eq!(caller(&desk, &second).await.err().unwrap().code, ErrorCode::SignedOut, "its hour is over");
    caller(&desk, &third).await.unwrap();
    let app = desk.app.clone();
    tokio::task::spawn_blocking(move || app.forget_token_keys()).await.unwrap().unwrap();
    assert_eq!(desk.vault.names(), [format!("token-key/{}", new["kid"].as_str().unwrap())]);
    desk.turn_clock(1_800_000 + 29_000);
    caller(&desk, &third).await.unwrap();
    desk.turn_clock(1_000);
    assert_eq!(caller(&desk, &third).await.err().unwrap().code, ErrorCode::SignedOut);
    // A key of which every token is revoked goes at once.
    desk.give("tokens.rotate_keys", json!({})).await;
    desk.give("tokens.rotate_keys", json!({})).await;
    assert_eq!(desk.vault.names().len(), 1);
}

#[tokio::test]
async fn a_vault_that_lost_the_key_is_said_and_never_papered_over() {
    let desk = owned().await;
    let (_, row) = issue(&desk, "auditor").await;
    desk.give("tokens.rotate_keys", json!({})).await;
    let (token, new) = issue(&desk, "auditor").await;
    drop(row);
    let name =
        format!("{}/token-key/{}", claims(&token)["iss"].as_str().unwrap(), new["kid"].as_str().unwrap());
    // As after a restart with another keychain: the memory has no key either.
    let again = desk.reopened().await;
    desk.vault.remove(&name).unwrap();
    let (local, ask) = (Caller::local(), json!({ "name": "x", "role": "auditor", "hours": 1 }));
    let refused = dispatch(&again, &local, "tokens.issue", ask).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unavailable);
    let tried = again.caller_of_token(&Secret::new(token), "10.0.0.1", false).await;
    assert_eq!(tried.err().unwrap().code, ErrorCode::Unavailable);
}

#[tokio::test]
async fn guesses_wait_and_are_recorded_once_a_minute() {
    let desk = owned().await;
    let (token, row) = issue(&desk, "auditor").await;
    let try_from = async |token: &str, peer: &str| {
        desk.app
            .caller_of_token(&Secret::new(token.to_owned()), peer, false)
            .await
            .map(drop)
            .map_err(|e| e.code)
    };
    for _ in 0..5 {
        assert_eq!(try_from("guess", "10.0.0.1").await, Err(ErrorCode::SignedOut));
    }
    assert_eq!(try_from(&token, "10.0.0.1").await, Err(ErrorCode::SignInRefused), "a right one waits too");
    assert_eq!(try_from(&token, "10.0.0.2").await, Ok(()));
    let recorded =
        async || desk.give("audit.list", json!({ "act": "api.token" })).await["total"].as_i64().unwrap();
    assert_eq!(recorded().await, 1);
    desk.turn_clock(60_000);
    assert_eq!(try_from(&token, "10.0.0.1").await, Ok(()));
    // A token that we made and that ended is no guess: other programs of its machine are not held up.
    desk.give("tokens.revoke", json!({ "jti": row["jti"] })).await;
    for _ in 0..20 {
        assert_eq!(try_from(&token, "10.0.0.1").await, Err(ErrorCode::SignedOut));
    }
    assert_eq!(recorded().await, 2);
    let record = desk.give("audit.list", json!({ "act": "api.token", "limit": 1 })).await["rows"][0].take();
    assert!(
        record["subject"].as_str().unwrap().contains("revoked") && record["peer"] == "10.0.0.1",
        "{record}"
    );
    assert!(!record.to_string().contains(token.split('.').next_back().unwrap()));
}
