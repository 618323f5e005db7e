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

/// A command with one line on standard input.
fn gerai_typed(data: &Path, arguments: &[&str], line: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_gerai"))
        .args(arguments)
        .env("GERAI_DATA", data)
        .env("GERAI_VAULT", "memory")
        .env_remove("RUST_LOG")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn people_and_the_recovery_stick() {
    let (folder, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = folder.path();
    let add = |name: &str, role: &str| {
        let arguments = ["operator", "add", "--name", name, "--role", role, "--password-stdin"];
        gerai_typed(data, &arguments, "rahasia panjang\n")
    };
    let added = add("ani", "owner");
    assert!(String::from_utf8_lossy(&added.stdout).contains("gerai operator recovery make"), "{added:?}");
    assert_eq!(add("siti", "cashier").status.code(), Some(0));
    let update = ["operator", "update", "--name", "SITI", "--role", "auditor", "--active", "no", "--json"];
    let updated = only_document(&gerai(data, &update));
    assert_eq!((&updated["role"], &updated["active"]), (&"auditor".into(), &false.into()));
    let last = gerai(data, &["operator", "update", "--name", "ani", "--active", "no", "--json"]);
    assert_eq!(only_document(&last)["error"]["code"], "refused");
    let rules = only_document(&gerai(data, &["operator", "roles", "--json"]));
    assert!(rules.as_array().unwrap().len() > 40);
    assert_eq!(only_document(&gerai(data, &["operator", "sessions", "--json"])), serde_json::json!([]));
    assert_eq!(gerai(data, &["operator", "sign-out", "--all"]).status.code(), Some(0));

    let to = stick.path().to_str().unwrap();
    let none = gerai(data, &["operator", "recovery", "make", "--to", "/no/such/folder/file.txt"]);
    assert_eq!(none.status.code(), Some(1));
    let made = only_document(&gerai(data, &["operator", "recovery", "make", "--to", to, "--json"]));
    let file = made["file"].as_str().unwrap().to_owned();
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("BERKAS PEMULIHAN") && written.contains("RECOVERY FILE"), "{written}");
    assert_eq!(std::fs::read_dir(stick.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = gerai(data, &["operator", "recovery", "make", "--to", &file, "--json"]);
    assert_eq!(again.status.code(), Some(1), "never over an existing file, which stays good");

    let recover = ["operator", "recover", "--from", &file, "--name", "ani", "--password-stdin", "--json"];
    let torn = stick.path().join("torn.txt");
    std::fs::write(&torn, &written[..written.len() - 30]).unwrap();
    let mut from_torn = recover;
    from_torn[3] = torn.to_str().unwrap();
    let refused = only_document(&gerai_typed(data, &from_torn, "sandi setelah pulih\n"));
    assert!(refused["error"]["message"].as_str().unwrap().contains("damaged"), "{refused}");
    let owner = only_document(&gerai_typed(data, &recover, "sandi setelah pulih\n"));
    assert_eq!((&owner["name"], &owner["role"]), (&"ani".into(), &"owner".into()));
    let used = gerai_typed(data, &recover, "sandi setelah pulih\n");
    assert_eq!(used.status.code(), Some(1), "it works once");
    let shown = gerai(data, &["operator", "recovery", "show"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("ani became owner"), "{shown:?}");
    let seen = only_document(&gerai(data, &["operator", "recovery", "seen", "--json"]));
    assert!(seen["used_ms"].is_null(), "{seen}");
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

#[test]
fn stoves_without_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("station");
    let stove = |words: &str| {
        let words: Vec<&str> = ["--json", "stove"].into_iter().chain(words.split(' ')).collect();
        let answer = gerai(&data, &words);
        (answer.status.code(), only_document(&answer))
    };
    let code = |words: &str| stove(words).1["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(stove("add 00000000001 --label Siti --position -6.8915,107.6107").0, Some(0));
    assert_eq!(code("add 00000000001"), "taken", "a known one is not saved over");
    let (_, edited) = stove("edit 00000000001 --note lantai");
    assert_eq!(edited["row"]["label"], "Siti", "what is left out stays");
    assert_eq!(edited["row"]["position"]["lat"], -6.8915);
    assert_eq!(code("edit 000000000001 --note x"), "invalid");
    assert_eq!(code("show 00000000002"), "not_found");

    let taken = "take VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";
    assert_eq!(stove(taken).1["signature"], "demo_key");
    assert_eq!(stove("readings --signature demo_key").1["rows"][0]["id"], 1);
    assert_eq!(stove("readings --signature valid").1["total"], 0);
    let (_, judged) = stove("judge 1 --as edited --total 10,5 --reason seen");
    assert_eq!(judged["row"]["judged_total"], 10_500);
    assert_eq!(stove("tariffs save default --from 2022-01 --up-to 1=415 --above 1.445").0, Some(0));
    assert_eq!(
        stove("tariffs save default --from 2022-07 --above 1.699").1["steps"].as_array().unwrap().len(),
        2
    );
    let (_, chart) = stove("chart 00000000001 --month 2022-03");
    assert_eq!(chart["bars"].as_array().unwrap().len(), 31);
    assert_eq!(chart["readings"], 0, "what a public key signed is in no chart");
    assert_eq!(code("reading 1 --frame picture.png"), "not_found");
    assert_eq!(code("radio scan"), "unavailable", "the radio is the station's");

    let csv = folder.path().join("readings.csv");
    assert_eq!(stove(&format!("export --out {}", csv.display())).1["written"], 1);
    assert!(std::fs::read_to_string(&csv).unwrap().contains(",10500,qrcode,1,,\n"));
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "a secret of the stove, long enough\n").unwrap();
    let (_, registered) = stove(&format!("keys register 00000000001 --secret-file {}", secret.display()));
    assert_eq!(registered["key_id"], 1);
    assert!(registered["secret"].is_null(), "a given secret is not shown again");
    let made = folder.path().join("made");
    let (_, registered) = stove(&format!("keys register 00000000003 --new --out {}", made.display()));
    assert!(
        registered["secret"].is_null() && std::fs::read(&made).unwrap().len() >= 32,
        "it is in the file alone"
    );
    assert_eq!(stove("forward pause").1["phase"], "off");
}
