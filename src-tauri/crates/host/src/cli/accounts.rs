//! `gerai account`: add, list, show, top up, correct, freeze.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{Account, Whose};
use super::cards::{self, all_rows, cut};
use super::failure::Failure;
use super::money::{rupiah, wib};
use super::output::{Output, Side, number, table, text};
use super::station::{Need, Reach, Session};
use crate::random::request_id;

/// Carries the command out.
pub async fn run(reach: &Reach, command: Account, output: &Output) -> Result<ExitCode, Failure> {
    let need = match command {
        Account::List { .. } | Account::Show(_) => Need::Read,
        Account::Add { .. } | Account::Topup { .. } | Account::Adjust { .. } | Account::Freeze { .. } => {
            Need::Write
        }
    };
    let session = reach.open(need).await?;
    let outcome = carry_out(&session, command, output).await;
    session.close().await;
    outcome
}

async fn carry_out(session: &Session, command: Account, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Account::Add { name, card, nim, opening } => {
            let args = json!({ "request_id": request_id()?, "name": name, "nim": nim, "uid": card, "opening": opening });
            let detail = session.call("accounts.create", args).await?;
            Ok(output.show(&detail, || {
                let row = &detail["row"];
                format!(
                    "Added {} (id {}), balance {}.",
                    text(row, "name"),
                    number(row, "id"),
                    money(row, "balance")
                )
            }))
        }
        Account::List { query } => {
            let listed = all_rows(session, "accounts.list", &query).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
        Account::Show(whose) => {
            let id = account_of(session, &whose).await?;
            let detail = session.call("accounts.show", json!({ "id": id })).await?;
            Ok(output.show(&detail, || detail_text(&detail)))
        }
        Account::Topup { whose, amount, request_id } => {
            top_up(session, &whose, amount, request_id, output).await
        }
        Account::Adjust { whose, amount, reason, request_id: id } => {
            let account_id = account_of(session, &whose).await?;
            let id = id.map_or_else(request_id, Ok)?;
            let args =
                json!({ "request_id": id, "account_id": account_id, "amount": amount, "reason": reason });
            let decided = session.call("accounts.adjust", args).await?;
            Ok(output.show(&decided, || {
                if decided["kind"] == json!("waiting") {
                    return waits(number(&decided, "approval_id"));
                }
                let (entry, balance) = (number(&decided, "entry"), money(&decided, "balance"));
                format!("Corrected by {}, entry {entry}. Balance {balance}.", rupiah(amount))
            }))
        }
        Account::Freeze { whose, reason } => {
            let id = account_of(session, &whose).await?;
            let args = json!({ "id": id, "state": "frozen", "reason": reason });
            let detail = session.call("accounts.set_state", args).await?;
            Ok(output.show(&detail, || format!("The account of {} is frozen.", text(&detail["row"], "name"))))
        }
    }
}

/// Something waits for a second person.
pub fn waits(approval: i64) -> String {
    format!("Nothing is changed yet: a second person has to approve it, as approval {approval}.")
}

async fn top_up(
    session: &Session,
    whose: &Whose,
    amount: i64,
    id: Option<String>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let account_id = account_of(session, whose).await?;
    let id = id.map_or_else(request_id, Ok)?;
    let args = json!({ "request_id": id, "account_id": account_id, "amount": amount });
    let receipt = session.call("accounts.topup", args).await?;
    Ok(output.show(&receipt, || {
        let balance = money(&receipt, "balance");
        if receipt["repeated"] == json!(true) {
            return format!("This top-up had been done before; nothing was added. Balance {balance}.");
        }
        format!("Added {}, entry {}. Balance {balance}.", rupiah(amount), number(&receipt, "entry"))
    }))
}

async fn account_of(session: &Session, whose: &Whose) -> Result<i64, Failure> {
    match (&whose.card, whose.id) {
        (Some(card), _) => Ok(cards::find(session, card).await?.account_id),
        (None, Some(id)) => Ok(id),
        (None, None) => Err(Failure::invalid("no customer is named", "Add --card UID or --id ID.")),
    }
}

fn money(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_i64).map_or_else(|| "–".to_owned(), rupiah)
}

fn list_text(listed: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Name", Side::Left),
        ("NIM", Side::Left),
        ("Card", Side::Left),
        ("Balance", Side::Right),
        ("State", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            text(row, "id"),
            text(row, "name"),
            text(row, "nim"),
            text(row, "card"),
            money(row, "balance"),
            text(row, "state"),
        ]
    };
    let rows: Vec<Vec<String>> = rows_of(listed, "rows").iter().map(row).collect();
    if rows.is_empty() {
        return "No customers. Add one with `gerai account add`.".to_owned();
    }
    table(&columns, &rows) + &cut(listed)
}

fn detail_text(detail: &Value) -> String {
    let row = &detail["row"];
    let mut lines = format!(
        "{} (id {})\nNIM        {}\nState      {}{}\nBalance    {}\nToday      {}\n",
        super::output::shown(&text(row, "name")),
        number(row, "id"),
        text(row, "nim"),
        text(row, "state"),
        detail["reason"]
            .as_str()
            .filter(|why| !why.is_empty())
            .map(|why| format!(" ({why})"))
            .unwrap_or_default(),
        money(row, "balance"),
        money(detail, "spent_today"),
    );
    for card in rows_of(detail, "cards") {
        lines.push_str(&format!("Card       {} {}\n", text(card, "uid"), text(card, "state")));
    }
    let columns = [
        ("Time (WIB)", Side::Left),
        ("Entry", Side::Right),
        ("What", Side::Left),
        ("Amount", Side::Right),
        ("Balance", Side::Right),
        ("Memo", Side::Left),
    ];
    let movement = |row: &Value| {
        vec![
            wib(number(row, "at_ms")),
            text(row, "entry"),
            text(row, "kind"),
            money(row, "amount"),
            money(row, "balance"),
            text(row, "memo"),
        ]
    };
    let movements: Vec<Vec<String>> = rows_of(detail, "movements").iter().map(movement).collect();
    if !movements.is_empty() {
        lines.push('\n');
        lines.push_str(&table(&columns, &movements));
    }
    lines
}

fn rows_of<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
