//! `gerai reader`: add, list, tap. `simulate` has its own file.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{Reader, ReaderAdd};
use super::failure::Failure;
use super::money::{rupiah, wib};
use super::output::{Output, Side, number, table, text};
use super::passwords::from_standard_input;
use super::simulate;
use super::station::{Need, Reach, Session};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Reader, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Reader::Add(add) => {
            let session = reach.open(Need::Write).await?;
            let outcome = add_reader(&session, add).await;
            session.close().await;
            let credentials = outcome?;
            Ok(output.show(&credentials, || credentials_text(&credentials)))
        }
        Reader::List => {
            let listed = reach.call(Need::Read, "readers.list", Value::Null).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
        Reader::Tap { uid, reader, amount } => {
            let args = json!({ "uid": uid, "reader": reader, "amount": amount });
            let result = reach.call(Need::Running, "readers.tap", args).await?;
            output.show(&result, || tap_text(&result));
            Ok(if result["outcome"] == json!("ok") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Reader::Simulate(load) => simulate::run(reach, &load, output).await,
    }
}

async fn add_reader(session: &Session, add: ReaderAdd) -> Result<Value, Failure> {
    let till_id = match &add.till {
        Some(name) => Some(till_named(session, name, add.price).await?),
        None => None,
    };
    let kind = match (add.legacy, add.screen) {
        (true, _) => "legacy",
        (_, true) => "screen",
        _ => "v2",
    };
    let password = if add.password_stdin { Some(from_standard_input()?) } else { None };
    let args = json!({
        "name": add.name, "kind": kind, "till_id": till_id, "password": password, "signed": add.signed,
        "may_set_amount": add.may_set_amount,
    });
    session.call("readers.add", args).await
}

/// The till of that name; with a price, it is made where there is none.
async fn till_named(session: &Session, name: &str, price: Option<i64>) -> Result<i64, Failure> {
    let tills = session.call("tills.list", Value::Null).await?;
    let tills = tills.as_array().map_or(&[][..], Vec::as_slice);
    if let Some(till) = tills.iter().find(|till| till["name"] == json!(name)) {
        return Ok(number(till, "id"));
    }
    if price.is_some() {
        let save = json!({ "name": name, "price": price, "is_default": tills.is_empty() });
        return Ok(number(&session.call("tills.create", save).await?, "id"));
    }
    let known: Vec<String> = tills.iter().map(|till| text(till, "name")).collect();
    let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    Err(Failure::not_found(
        format!("there is no till `{name}` (there are: {known})"),
        "Add --price RUPIAH to make it with that fixed price, or make it in the console.",
    ))
}

fn credentials_text(credentials: &Value) -> String {
    let mut lines = format!(
        "User name  {}\nPassword   {}\n",
        text(credentials, "username"),
        text(credentials, "password")
    );
    if let Some(key) = credentials["key"].as_str() {
        lines.push_str(&format!("Key        {key}\n"));
    }
    for broker in credentials["broker"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        lines.push_str(&format!("Broker     {broker}\n"));
    }
    lines + "Write this down now: it is not shown again."
}

fn list_text(listed: &Value) -> String {
    let columns = [
        ("Name", Side::Left),
        ("Kind", Side::Left),
        ("Till", Side::Left),
        ("Now", Side::Left),
        ("Last seen (WIB)", Side::Left),
        ("Last tap", Side::Left),
        ("Trouble", Side::Left),
    ];
    let row = |row: &Value| {
        let now = match (row["revoked"] == json!(true), number(row, "connections")) {
            (true, _) => "revoked",
            (false, 0) => "away",
            (false, _) => "connected",
        };
        vec![
            text(row, "name"),
            text(row, "kind"),
            row["till"].as_str().unwrap_or("(default)").to_owned(),
            now.to_owned(),
            row["last_seen_ms"].as_i64().map_or_else(|| "never".to_owned(), wib),
            text(row, "last_outcome"),
            text(row, "trouble"),
        ]
    };
    let rows: Vec<Vec<String>> =
        listed.as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    if rows.is_empty() {
        return "No readers. Add one with `gerai reader add --name NAME`.".to_owned();
    }
    table(&columns, &rows)
}

fn tap_text(result: &Value) -> String {
    let what = match result["outcome"].as_str().unwrap_or_default() {
        "ok" => "Paid",
        "low" => "Refused: not enough balance",
        "frozen" => "Refused: the card or account is frozen",
        "lost" => "Refused: the card was reported lost",
        "unknown" => "Refused: no customer has this card",
        "dup" => "Paid already: the same tap again",
        "limit" => "Refused: above the limit",
        "unarmed" => "Refused: the till waits for an amount",
        "late" => "Refused: the tap came too late",
        "auth" => "Refused: the signature does not match",
        _ => "Refused",
    };
    format!(
        "{what}. Balance {}. Answered in {} ms.",
        rupiah(number(result, "balance")),
        number(result, "answer_ms")
    )
}
