//! Corrections of balances, and the second person.

use gerai_app::access::{Caller, SessionChange};
use gerai_app::contract::{ApiError, ErrorCode, dispatch};
use serde_json::{Value, json};

use crate::support::Desk;

const PASSWORD: &str = "kata sandi panjang";

/// A desk with an owner and two administrators; none of their passwords is to be changed.
async fn people() -> (Desk, Caller, Caller, Caller) {
    let desk = Desk::open().await;
    for (name, role) in [("rina", "owner"), ("siti", "administrator"), ("budi", "administrator")] {
        desk.give("operators.add", json!({ "name": name, "password": PASSWORD, "role": role })).await;
    }
    let (rina, siti, budi) =
        (sign_in(&desk, "rina").await, sign_in(&desk, "siti").await, sign_in(&desk, "budi").await);
    (desk, rina, siti, budi)
}

async fn sign_in(desk: &Desk, name: &str) -> Caller {
    let caller = desk.browser(None).await;
    dispatch(&desk.app, &caller, "session.sign_in", json!({ "name": name, "password": PASSWORD }))
        .await
        .unwrap();
    match caller.take_session_change() {
        Some(SessionChange::Opened { token, .. }) => desk.browser(Some(token)).await,
        _ => panic!("no session"),
    }
}

async fn give(desk: &Desk, who: &Caller, command: &str, arguments: Value) -> Result<Value, ApiError> {
    dispatch(&desk.app, who, command, arguments).await
}

fn correction(desk: &Desk, id: &str, amount: i64) -> Value {
    json!({ "request_id": id, "account_id": desk.account, "amount": amount, "reason": "salah ketik" })
}

async fn set_security(desk: &Desk, who: &Caller, changes: Value) -> Result<Value, ApiError> {
    let mut view = give(desk, who, "settings.get", json!({})).await.unwrap();
    for (name, value) in changes.as_object().unwrap() {
        view["settings"]["security"][name] = value.clone();
    }
    give(desk, who, "settings.set", view).await
}

async fn acts(desk: &Desk, act: &str) -> Vec<Value> {
    desk.give("audit.list", json!({ "act": act })).await["rows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn corrections_go_both_ways_once_and_within_limits() {
    let desk = Desk::open().await;
    let up = desk.give("accounts.adjust", correction(&desk, "a-1", 7_000)).await;
    assert_eq!((&up["kind"], &up["balance"]), (&json!("done"), &json!(57_000)));
    let again = desk.give("accounts.adjust", correction(&desk, "a-1", 7_000)).await;
    assert_eq!(again, up, "the same id is made once");
    let other = desk.try_give("accounts.adjust", correction(&desk, "a-1", 8_000)).await.unwrap_err();
    assert_eq!(other.code, ErrorCode::RequestReused);
    let down = desk.give("accounts.adjust", correction(&desk, "a-2", -57_000)).await;
    assert_eq!(down["balance"], json!(0));
    for (id, amount) in [("b-1", -1), ("b-2", 0), ("b-3", i64::MIN), ("b-4", i64::MAX), ("b-5", 900_000_000)]
    {
        let refused = desk.try_give("accounts.adjust", correction(&desk, id, amount)).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.field.as_deref()),
            (ErrorCode::Refused, Some("amount")),
            "{amount}"
        );
    }
    // A refusal stays one, even when there is money now.
    desk.give("accounts.adjust", correction(&desk, "a-3", 5)).await;
    let still = desk.try_give("accounts.adjust", correction(&desk, "b-1", -1)).await.unwrap_err();
    assert_eq!(still.code, ErrorCode::Refused);
    let mut silent = correction(&desk, "c-1", 5);
    silent["reason"] = json!("  ");
    assert_eq!(desk.try_give("accounts.adjust", silent).await.unwrap_err().field.as_deref(), Some("reason"));

    desk.give("accounts.set_state", json!({ "id": desk.account, "state": "frozen", "reason": "hilang" }))
        .await;
    desk.give("accounts.adjust", correction(&desk, "d-1", -5)).await;
    desk.give("accounts.set_state", json!({ "id": desk.account, "state": "closed", "reason": "pindah" }))
        .await;
    let closed = desk.try_give("accounts.adjust", correction(&desk, "d-2", 5)).await.unwrap_err();
    assert_eq!(closed.code, ErrorCode::Refused);

    let detail = desk.give("accounts.show", json!({ "id": desk.account })).await;
    let newest = &detail["movements"][0];
    assert_eq!((&newest["kind"], &newest["memo"]), (&json!("adjustment"), &json!("salah ketik")));
    let record =
        &acts(&desk, "accounts.adjust").await.into_iter().rfind(|row| row["result"] == "done").unwrap();
    assert_eq!((&record["before"]["balance"], &record["after"]["balance"]), (&json!(50_000), &json!(57_000)));
    desk.assert_whole().await;
}

#[tokio::test]
async fn a_large_correction_waits_for_another_person() {
    let (desk, rina, siti, budi) = people().await;
    set_security(&desk, &rina, json!({ "two_person": true, "two_person_above": 10_000 })).await.unwrap();
    let small = give(&desk, &siti, "accounts.adjust", correction(&desk, "s-1", -10_000)).await.unwrap();
    assert_eq!(small["kind"], json!("done"), "up to the limit nobody is asked");
    let asked = give(&desk, &siti, "accounts.adjust", correction(&desk, "s-2", 10_001)).await.unwrap();
    assert_eq!(asked["kind"], json!("waiting"));
    let again = give(&desk, &siti, "accounts.adjust", correction(&desk, "s-2", 10_001)).await.unwrap();
    assert_eq!(again, asked, "the same request is one approval");
    let other = give(&desk, &siti, "accounts.adjust", correction(&desk, "s-2", 10_002)).await.unwrap_err();
    assert_eq!(other.code, ErrorCode::RequestReused);
    assert_eq!(desk.balance(desk.account).await, 40_000);

    let id = asked["approval_id"].clone();
    let own = give(&desk, &siti, "approvals.decide", json!({ "id": id, "approve": true })).await.unwrap_err();
    assert_eq!(own.code, ErrorCode::Forbidden);
    let mine = give(&desk, &siti, "approvals.list", json!({ "waiting": true })).await.unwrap();
    assert_eq!(
        (&mine["rows"][0]["may_decide"], &mine["rows"][0]["may_withdraw"]),
        (&json!(false), &json!(true))
    );
    let done = give(&desk, &budi, "approvals.decide", json!({ "id": id, "approve": true })).await.unwrap();
    assert_eq!((&done["state"], &done["decided_by"]), (&json!("carried_out"), &json!("budi")));
    assert_eq!(desk.balance(desk.account).await, 50_001);
    let twice =
        give(&desk, &rina, "approvals.decide", json!({ "id": id, "approve": true })).await.unwrap_err();
    assert_eq!(twice.code, ErrorCode::Refused);
    let after = give(&desk, &siti, "accounts.adjust", correction(&desk, "s-2", 10_001)).await.unwrap();
    assert_eq!((&after["kind"], &after["balance"]), (&json!("done"), &json!(50_001)));

    let record = &acts(&desk, "accounts.adjust").await[0];
    let subject = record["subject"].as_str().unwrap();
    assert!(subject.contains("asked by siti") && subject.contains("approved by budi"), "{subject}");
    assert_eq!(acts(&desk, "approvals.decide").await.len(), 3, "two refusals and the decision");
    desk.assert_whole().await;
}

#[tokio::test]
async fn what_waits_is_refused_withdrawn_expired_or_overtaken() {
    let (desk, rina, siti, budi) = people().await;
    set_security(&desk, &rina, json!({ "two_person": true, "two_person_above": 0, "approval_hours": 1 }))
        .await
        .unwrap();
    let ask = async |id: &str, amount: i64| {
        give(&desk, &siti, "accounts.adjust", correction(&desk, id, amount)).await.unwrap()["approval_id"]
            .clone()
    };
    let decide = async |who: &Caller, id: &Value, approve: bool, note: &str| {
        give(&desk, who, "approvals.decide", json!({ "id": id, "approve": approve, "note": note })).await
    };
    let refused = ask("r-1", 5).await;
    assert_eq!(decide(&budi, &refused, false, "").await.unwrap_err().field.as_deref(), Some("note"));
    assert_eq!(decide(&budi, &refused, false, "kurang jelas").await.unwrap()["state"], json!("refused"));
    let why = give(&desk, &siti, "accounts.adjust", correction(&desk, "r-1", 5)).await.unwrap_err();
    assert!(why.code == ErrorCode::Refused && why.message.contains("kurang jelas"), "{why}");

    let taken_back = ask("r-2", 5).await;
    let strange = give(&desk, &budi, "approvals.withdraw", json!({ "id": taken_back })).await.unwrap_err();
    assert_eq!(strange.code, ErrorCode::Forbidden);
    let back = give(&desk, &siti, "approvals.withdraw", json!({ "id": taken_back })).await.unwrap();
    assert_eq!(back["state"], json!("withdrawn"));
    assert_eq!(decide(&budi, &taken_back, true, "").await.unwrap_err().code, ErrorCode::Refused);

    // Money that was there when it was asked for is spent meanwhile.
    let (first, second) = (ask("r-3", -50_000).await, ask("r-4", -50_000).await);
    assert_eq!(decide(&budi, &first, true, "").await.unwrap()["state"], json!("carried_out"));
    let failed = decide(&budi, &second, true, "").await.unwrap();
    assert_eq!(failed["state"], json!("failed"));
    assert!(failed["note"].as_str().unwrap().contains("no more than that"), "{failed}");

    let (soon, late) = (ask("r-5", 7).await, ask("r-6", 9).await);
    assert_eq!(decide(&budi, &soon, true, "").await.unwrap()["state"], json!("carried_out"));
    desk.turn_clock(3_600_000);
    assert!(decide(&budi, &late, true, "").await.unwrap_err().message.contains("expired"));
    let app = desk.app.clone();
    tokio::task::spawn_blocking(move || app.expire_approvals()).await.unwrap().unwrap();
    assert_eq!(acts(&desk, "approvals.expire").await.len(), 1);
    assert_eq!(desk.balance(desk.account).await, 7);
    desk.assert_whole().await;
}

#[tokio::test]
async fn the_command_line_is_one_person_and_a_token_is_none() {
    let (desk, rina, siti, _) = people().await;
    set_security(&desk, &rina, json!({ "two_person": true, "two_person_above": 0 })).await.unwrap();
    let local = desk.give("accounts.adjust", correction(&desk, "l-1", 5)).await["approval_id"].clone();
    let own = desk.try_give("approvals.decide", json!({ "id": local, "approve": true })).await.unwrap_err();
    assert_eq!(own.code, ErrorCode::Forbidden);
    give(&desk, &siti, "approvals.decide", json!({ "id": local, "approve": true })).await.unwrap();
    let theirs = give(&desk, &siti, "accounts.adjust", correction(&desk, "l-2", 6)).await.unwrap();
    desk.give("approvals.decide", json!({ "id": theirs["approval_id"], "approve": true })).await;
    assert_eq!(desk.balance(desk.account).await, 50_011);

    let issue = json!({ "name": "kas", "role": "administrator", "hours": 1 });
    let token = desk.give("tokens.issue", issue).await["token"].as_str().unwrap().to_owned();
    let token = gerai_core::secret::Secret::new(token);
    let program = desk.app.caller_of_token(&token, "127.0.0.1", true).await.unwrap();
    let asks = give(&desk, &program, "accounts.adjust", correction(&desk, "l-3", 7)).await.unwrap_err();
    assert_eq!(asks.code, ErrorCode::Refused);
    let waits = give(&desk, &siti, "accounts.adjust", correction(&desk, "l-4", 8)).await.unwrap();
    let decide = json!({ "id": waits["approval_id"], "approve": true });
    assert_eq!(
        give(&desk, &program, "approvals.decide", decide).await.unwrap_err().code,
        ErrorCode::Forbidden
    );
    desk.assert_whole().await;
}

#[tokio::test]
async fn the_rule_itself_is_weakened_by_two_only() {
    let (desk, rina, siti, _) = people().await;
    set_security(&desk, &rina, json!({ "two_person": true, "two_person_above": 10_000 })).await.unwrap();
    set_security(&desk, &rina, json!({ "two_person_above": 5_000 })).await.unwrap();
    let mixed =
        set_security(&desk, &rina, json!({ "two_person": false, "session_hours": 5 })).await.unwrap_err();
    assert_eq!((mixed.code, mixed.field.as_deref()), (ErrorCode::Refused, Some("security.two_person")));
    let raised = set_security(&desk, &rina, json!({ "two_person_above": 5_001 })).await.unwrap();
    assert!(raised["waiting"].is_i64(), "{raised}");
    let off = set_security(&desk, &rina, json!({ "two_person": false })).await.unwrap();
    assert_eq!(off["settings"]["security"]["two_person"], json!(true), "nothing is changed yet");
    assert_ne!(off["waiting"], raised["waiting"]);
    let again = set_security(&desk, &rina, json!({ "two_person": false })).await.unwrap();
    assert_eq!(again["waiting"], off["waiting"]);
    // Other settings may change meanwhile, and stay as they were changed.
    set_security(&desk, &siti, json!({ "session_hours": 6 })).await.unwrap();
    let done = give(&desk, &siti, "approvals.decide", json!({ "id": off["waiting"], "approve": true }))
        .await
        .unwrap();
    assert_eq!(done["state"], json!("carried_out"));
    let now = desk.give("settings.get", json!({})).await;
    let security = &now["settings"]["security"];
    assert_eq!((&security["two_person"], &security["session_hours"]), (&json!(false), &json!(6)));
    let free = give(&desk, &rina, "accounts.adjust", correction(&desk, "w-1", 9_000)).await.unwrap();
    assert_eq!(free["kind"], json!("done"));
    set_security(&desk, &rina, json!({ "two_person_above": 1_000_000 })).await.unwrap();
    assert_eq!(acts(&desk, "settings.set").await.iter().filter(|row| row["result"] == "refused").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_deciders_at_once_carry_it_out_once() {
    let (desk, rina, siti, budi) = people().await;
    set_security(&desk, &rina, json!({ "two_person": true, "two_person_above": 0 })).await.unwrap();
    for round in 0..8 {
        let asked = give(&desk, &siti, "accounts.adjust", correction(&desk, &format!("c-{round}"), 100))
            .await
            .unwrap();
        let tries: Vec<_> = (0..6)
            .map(|n| {
                let (app, who) = (desk.app.clone(), if n % 2 == 0 { rina.clone() } else { budi.clone() });
                let decide = json!({ "id": asked["approval_id"], "approve": true });
                tokio::spawn(async move { dispatch(&app, &who, "approvals.decide", decide).await })
            })
            .collect();
        let mut done = 0;
        for tried in tries {
            match tried.await.unwrap() {
                Ok(view) => {
                    assert_eq!(view["state"], json!("carried_out"));
                    done += 1;
                }
                Err(error) => assert_eq!(error.code, ErrorCode::Refused),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(desk.balance(desk.account).await, 50_000 + 100 * (round + 1));
    }
    desk.assert_whole().await;
}
