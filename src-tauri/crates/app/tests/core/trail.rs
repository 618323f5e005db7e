//! The audit trail as the commands write it: nothing changes without a record, and no record holds a secret.

use gerai_app::access::{Caller, SessionChange, Surface};
use gerai_app::contract::{COMMANDS, dispatch};
use serde_json::{Value, json};

use crate::people_support::{PASSWORD, owned};
use crate::support::Desk;
use crate::trail_lists::{BY_HAND, ELSEWHERE, EVERY_CHANGE, OWNERS_LIST, READ_ONLY};

async fn newest(desk: &Desk) -> Value {
    desk.give("audit.list", json!({ "limit": 1 })).await["rows"][0].take()
}

struct Air;

impl gerai_core::port::VirtualReader for Air {
    fn tap(
        &self,
        _: &str,
        _: gerai_core::secret::Secret<String>,
        _: &str,
        _: Vec<u8>,
    ) -> gerai_core::port::BoxFuture<'static, gerai_core::port::VirtualTap> {
        Box::pin(async { gerai_core::port::VirtualTap::Result(r#"{"st":"ok","bal":1,"tx":1}"#.to_owned()) })
    }
}

#[tokio::test]
async fn every_command_is_read_only_or_leaves_a_record() {
    for command in COMMANDS {
        let changing = EVERY_CHANGE.iter().any(|(name, _)| *name == command.name)
            || command.name == BY_HAND
            || ELSEWHERE.contains(&command.name);
        let reading = READ_ONLY.contains(&command.name) || command.name == OWNERS_LIST;
        assert!(changing != reading, "say in this file whether {} changes anything", command.name);
    }
    let desk = Desk::open().await;
    desk.app.set_virtual_reader(Some(std::sync::Arc::new(Air)));
    desk.legacy(b"5A3F01C2").await;
    desk.legacy(b"55667788").await;
    let payment = desk.payments().await.iter().find(|row| row["outcome"] == "ok").unwrap()["id"].clone();
    let mut values =
        vec![("$till", json!(desk.till)), ("$account", json!(desk.account)), ("$payment", payment)];
    let mut session: Caller = desk.browser(None).await;
    for (command, arguments) in EVERY_CHANGE {
        if command == "approvals.decide" {
            let mut view = desk.give("settings.get", json!({})).await;
            view["settings"]["security"]["two_person"] = json!(true);
            view["settings"]["security"]["two_person_above"] = json!(0);
            desk.give("settings.set", view).await;
            let record = newest(&desk).await;
            assert_eq!(
                (&record["act"], &record["after"]["security.two_person"]),
                (&json!("settings.set"), &json!(true))
            );
            let ask =
                json!({ "request_id": "x-9", "account_id": desk.account, "amount": 5, "reason": "salah" });
            let asked = dispatch(&desk.app, &session, "accounts.adjust", ask).await.unwrap();
            values.push(("$approval", asked["approval_id"].clone()));
            let own =
                json!({ "request_id": "x-10", "account_id": desk.account, "amount": 6, "reason": "salah" });
            values.push(("$withdraw", desk.give("accounts.adjust", own).await["approval_id"].clone()));
        }
        let mut text = arguments.to_owned();
        for (name, value) in &values {
            let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text = text.replace(name, &plain);
        }
        // Who signs in or pairs comes from a browser; everything else is given by the station's own user.
        let browser = desk.browser(None).await;
        let caller = match command {
            "owner.create" | "session.sign_in" | "counter.pair" => &browser,
            "session.sign_out" => &session,
            _ => &Caller::local(),
        };
        let before = newest(&desk).await["id"].clone();
        let answer = dispatch(&desk.app, caller, command, serde_json::from_str(&text).unwrap())
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        let act = command.replace("tills.create", "tills.save").replace("tills.update", "tills.save");
        let record = desk.give("audit.list", json!({ "act": act, "limit": 1 })).await["rows"][0].take();
        assert_eq!(record["result"], json!("done"), "{command}");
        assert!(record["id"].as_i64() > before.as_i64(), "{command} left no record");
        if let Some(SessionChange::Opened { token, .. }) = caller.take_session_change()
            && command != "counter.pair"
        {
            session = desk.browser(Some(token)).await;
        }
        if command == "session.sign_out" {
            let again = desk.browser(None).await;
            let rina = json!({ "name": "rina", "password": PASSWORD });
            dispatch(&desk.app, &again, "session.sign_in", rina).await.unwrap();
            let Some(SessionChange::Opened { token, .. }) = again.take_session_change() else { panic!() };
            session = desk.browser(Some(token)).await;
        }
        match command {
            "tills.create" => values.push(("$second", answer["id"].clone())),
            "tills.pairing_code" => values.push(("$code", answer["code"].clone())),
            "tokens.issue" => values.push(("$jti", answer["row"]["jti"].clone())),
            _ => {}
        }
    }
    let report = desk.give("audit.verify", json!({})).await;
    assert_eq!(report["ok"], json!(true), "{report}");
    let written = all(&desk).await;
    for secret in [
        PASSWORD,
        "rahasia-broker-1",
        "rahasia-server-1",
        "rahasia-kompor",
        "rahasia-telepon",
        "5A3F01C2",
        "55667788",
        "11223344",
    ] {
        assert!(!written.contains(secret), "{secret} is in the trail");
    }
    desk.assert_whole().await;
}

#[tokio::test]
async fn what_people_do_with_themselves_leaves_records() {
    let (desk, mut rina) = owned().await;
    let told = async |act: &str| {
        let record = newest(&desk).await;
        assert_eq!((&record["act"], &record["result"]), (&json!(act), &json!("done")));
        record
    };
    desk.ask(&rina, "session.lock", json!({})).await.unwrap();
    told("session.lock").await;
    rina = desk.renew(&rina, "session.unlock", json!({ "password": PASSWORD })).await.unwrap();
    told("session.unlock").await;
    let (secret, _) = desk.second_factor(&rina).await;
    told("totp.confirm").await;
    for command in ["totp.new_codes", "totp.remove"] {
        desk.turn_clock(30_000);
        let proof = json!({ "password": PASSWORD, "code": desk.code(&secret, 0) });
        desk.ask(&rina, command, proof).await.unwrap();
        told(command).await;
    }
    desk.ask(&rina, "session.set_pin", json!({ "password": PASSWORD, "pin": "271805" })).await.unwrap();
    told("session.set_pin").await;
    let kasir = desk.person("kasir", "cashier").await;
    let update = json!({ "id": kasir, "role": "operator", "active": true });
    desk.ask(&rina, "operators.update", update).await.unwrap();
    let record = told("operators.update").await;
    assert_eq!(
        (&record["before"]["role"], &record["after"]["role"]),
        (&json!("cashier"), &json!("operator"))
    );
    let other = desk.sign_in("kasir").await;
    desk.ask(&other, "session.set_pin", json!({ "password": PASSWORD, "pin": "314159" })).await.unwrap();
    let sessions = desk.ask(&rina, "sessions.list", json!({ "operator_id": kasir })).await.unwrap();
    desk.ask(&rina, "sessions.end", json!({ "id": sessions[0]["id"] })).await.unwrap();
    told("sessions.end").await;
    desk.ask(&rina, "sessions.end_all", json!({})).await.unwrap();
    told("sessions.end_all").await;
    let counter = desk.counter().await;
    desk.ask(&counter, "counter.switch", json!({ "name": "kasir", "pin": "314159" })).await.unwrap();
    assert_eq!(told("counter.switch").await["actor"], "kasir");
    desk.ask(&counter, "counter.leave", json!({})).await.unwrap();
    told("counter.leave").await;
    desk.give("vault.rotate", json!({})).await;
    told("vault.rotate").await;
    let new = json!({ "old": PASSWORD, "new": "kata sandi lain lagi" });
    rina = desk.renew(&rina, "session.change_password", new).await.unwrap();
    told("session.change_password").await;
    let file = desk.ask(&rina, "recovery.make", json!({})).await.unwrap()["text"].clone();
    told("recovery.make").await;
    let back = json!({ "file": file, "name": "rina", "password": PASSWORD });
    desk.stranger("recovery.use", back).await.unwrap();
    told("recovery.use").await;
    desk.give("recovery.seen", json!({})).await;
    told("recovery.seen").await;
    let written = all(&desk).await;
    for secret in [PASSWORD, "kata sandi lain lagi", "271805", "314159"] {
        assert!(!written.contains(secret), "{secret} is in the trail");
    }
}

/// The whole trail as it is exported.
async fn all(desk: &Desk) -> String {
    let (mut text, mut after) = (String::new(), json!(0));
    loop {
        let page = desk.give("audit.export", json!({ "after": after, "limit": 7 })).await;
        for row in page["rows"].as_array().unwrap() {
            text.push_str(&format!("{row}\n"));
        }
        after = page["next"].clone();
        if after.is_null() {
            return text;
        }
    }
}

#[tokio::test]
async fn the_export_can_be_checked_without_the_station() {
    let desk = Desk::open().await;
    desk.give("accounts.topup", json!({ "request_id": "t-1", "account_id": desk.account, "amount": 500 }))
        .await;
    let written = all(&desk).await;
    let mut previous = gerai_core::ledger::chain::GENESIS;
    for (place, line) in written.lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let json_text = |field: &str| (!row[field].is_null()).then(|| row[field].to_string());
        let record = gerai_core::audit::AuditRecord {
            at: gerai_core::time::UnixMs(row["at_ms"].as_i64().unwrap()),
            actor: text("actor"),
            operator_id: row["operator_id"].as_i64(),
            surface: text("surface"),
            peer: text("peer"),
            act: text("act"),
            outcome: gerai_core::audit::AuditOutcome::of_word(&text("result")).unwrap(),
            subject: text("subject"),
            before: json_text("before"),
            after: json_text("after"),
        };
        previous = gerai_core::audit::record_hash(&previous, place as i64 + 1, &record);
        assert_eq!(gerai_core::hex::lower(&previous), text("hash"), "{line}");
    }
    assert!(written.lines().count() >= 3, "{written}");
}

#[tokio::test]
async fn refusals_are_recorded_and_a_stranger_cannot_flood_the_trail() {
    let desk = Desk::open().await;
    let new = json!({
        "station_name": "Kantin", "language": "id", "owner_name": "rina", "password": PASSWORD,
        "till_name": "Meja 1", "price": null, "readers_on_lan": false,
    });
    let here = desk.browser(None).await;
    dispatch(&desk.app, &here, "owner.create", new.clone()).await.unwrap();
    let count = async |act: &str| {
        desk.give("audit.list", json!({ "act": act, "result": "refused" })).await["total"].as_i64().unwrap()
    };
    let far = desk.app.caller(Surface::Browser, None, "192.168.1.9", false).await;
    for _ in 0..20 {
        dispatch(&desk.app, &far, "owner.create", new.clone()).await.unwrap_err();
        dispatch(&desk.app, &far, "counter.pair", json!({ "code": "ABCD-EFGH" })).await.unwrap_err();
    }
    assert_eq!((count("owner.create").await, count("counter.pair").await), (1, 5), "then the address waits");
    desk.turn_clock(60_000);
    dispatch(&desk.app, &far, "owner.create", new).await.unwrap_err();
    assert_eq!(count("owner.create").await, 2);
    let topup = json!({ "request_id": "t-9", "account_id": desk.account, "amount": i64::MAX });
    desk.try_give("accounts.topup", topup).await.unwrap_err();
    assert_eq!(count("accounts.topup").await, 1);
}
