//! The command line from outside: exit codes, one JSON document, and what it says when there is no station.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn gerai(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gerai"))
        .args(arguments)
        .env("GERAI_DATA", data)
        .env("GERAI_VAULT", "memory")
        .env_remove("RUST_LOG")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn only_document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn wrong_command_lines_are_code_two_with_a_document_on_request() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["no-such-command"][..], &["account", "topup", "--card", "5A3F01C2"], &["account", "show"]]
    {
        assert_eq!(gerai(folder.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
    for amount in ["-5", "0", "1.5", "5e3"] {
        let answer = gerai(folder.path(), &["account", "topup", "--id", "1", "--amount", amount, "--json"]);
        assert_eq!(answer.status.code(), Some(2), "{amount}");
        assert_eq!(only_document(&answer)["error"]["code"], "usage", "{amount}");
    }
    assert_eq!(gerai(folder.path(), &["--version"]).status.code(), Some(0));
}

#[test]
fn without_a_station_the_next_step_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let tap = gerai(folder.path(), &["reader", "tap", "--uid", "5A3F01C2", "--json"]);
    assert_eq!(tap.status.code(), Some(1));
    let error = only_document(&tap)["error"].clone();
    assert_eq!(error["code"], "unavailable");
    assert!(error["help"].as_str().unwrap().contains("gerai serve"), "{error}");
    let list = gerai(folder.path(), &["account", "list"]);
    assert_eq!(list.status.code(), Some(1));
    assert!(list.stdout.is_empty());
    assert!(String::from_utf8_lossy(&list.stderr).contains("gerai serve"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "reading made nothing");
}

#[test]
fn passwords_are_never_arguments_and_never_asked_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let add = gerai(folder.path(), &["operator", "add", "--name", "ani", "--password", "rahasia-panjang"]);
    assert_eq!(add.status.code(), Some(2), "there is no such argument");
    let add = gerai(folder.path(), &["operator", "add", "--name", "ani", "--json"]);
    assert_eq!(add.status.code(), Some(1));
    assert!(only_document(&add)["error"]["help"].as_str().unwrap().contains("--password-stdin"));
}

#[test]
fn the_doctor_speaks_without_a_station() {
    let folder = tempfile::tempdir().unwrap();
    let answer = gerai(folder.path(), &["doctor", "--json"]);
    let rows = only_document(&answer)["rows"].as_array().unwrap().clone();
    let part = |name: &str| rows.iter().find(|row| row["part"] == name).unwrap().clone();
    assert_eq!(part("station")["state"], "attention");
    assert_eq!(part("folder")["state"], "good");
    assert_eq!(part("vault")["state"], "good");
    assert_eq!(part("ledger")["state"], "unused");
    assert!(rows.iter().filter(|row| row["state"] == "bad").all(|row| row["next_step"] != ""));
    assert_eq!(answer.status.code(), Some(0));
}

#[test]
fn a_file_is_not_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("letter.txt");
    std::fs::write(&file, "hello").unwrap();
    let answer = gerai(&file, &["operator", "add", "--name", "ani", "--json"]);
    assert_eq!(answer.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "hello");
}

#[test]
fn the_trail_is_checked_exported_and_a_cut_end_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let document = |arguments: &[&str]| only_document(&gerai(folder.path(), arguments));
    let id = document(&["account", "add", "--name", "Siti", "--opening", "50000", "--json"])["row"]["id"]
        .to_string();
    let adjust =
        ["account", "adjust", "--id", &id, "--amount", "-7.000", "--reason", "salah ketik", "--json"];
    assert_eq!(document(&adjust)["balance"], 43_000);
    for amount in ["0", "x", "--"] {
        let wrong =
            gerai(folder.path(), &["account", "adjust", "--id", &id, "--amount", amount, "--reason", "abc"]);
        assert_eq!(wrong.status.code(), Some(2), "{amount}");
    }
    assert_eq!(document(&["audit", "verify", "--json"])["ok"], true);
    let listed = document(&["audit", "list", "--act", "accounts.", "--json"]);
    assert_eq!(listed["rows"][0]["before"]["balance"], 50_000);
    let out = folder.path().join("trail.jsonl");
    let export = document(&["audit", "export", "--to", out.to_str().unwrap(), "--json"]);
    let lines: Vec<Value> = std::fs::read_to_string(&out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(export["records"], lines.len());
    assert_eq!(lines.last().unwrap()["act"], "audit.export", "taking a copy is an act too");
    assert_eq!(document(&["approval", "list", "--json"])["total"], 0);
    assert_eq!(gerai(folder.path(), &["approval", "decide", "1"]).status.code(), Some(2), "say which");

    // The newest records vanish behind the station's back.
    let text = std::fs::read_to_string(folder.path().join("ledger.head")).unwrap();
    let newest = lines.last().unwrap()["id"].as_i64().unwrap();
    assert!(text.lines().nth(1).unwrap().starts_with(&format!("audit {newest} ")), "{text}");
    let db = gerai_store::Db::open(folder.path().join("gerai.db")).unwrap();
    db.execute_batch(&format!("DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE audit_id = {newest}"))
        .unwrap();
    drop(db);
    let refused = gerai(folder.path(), &["account", "add", "--name", "Budi", "--json"]);
    assert_eq!(refused.status.code(), Some(1));
    let message = only_document(&refused)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("audit record {newest}")), "{message}");
    let doctor = gerai(folder.path(), &["doctor", "--json"]);
    assert_eq!(doctor.status.code(), Some(1));
    let rows = only_document(&doctor)["rows"].as_array().unwrap().clone();
    let audit = rows.iter().find(|row| row["part"] == "audit").unwrap();
    assert!(
        audit["state"] == "bad" && audit["summary"].as_str().unwrap().contains(&newest.to_string()),
        "{audit}"
    );
}
