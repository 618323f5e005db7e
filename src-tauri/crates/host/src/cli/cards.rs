//! `gerai card`: enrol, block, list. Also finds whose card a UID is, for the other commands.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Card;
use super::failure::Failure;
use super::output::{Output, Side, number, table, text};
use super::station::{Need, Reach, Session};

/// Pages of 200 are the largest the contract gives; this many are shown before a query is asked for.
const LIST_PAGES_MAX: usize = 25;

/// Carries the command out.
pub async fn run(reach: &Reach, command: Card, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Card::Enrol { card, account, replaces } => {
            let args = json!({ "uid": card, "account_id": account, "replaces": replaces });
            let detail = reach.call(Need::Write, "cards.enrol", args).await?;
            Ok(output.show(&detail, || format!("{} has the card now.", text(&detail["row"], "name"))))
        }
        Card::Block { card, lost, reason } => block(reach, &card, lost, &reason, output).await,
        Card::List { query } => {
            let session = reach.open(Need::Read).await?;
            let listed = all_rows(&session, "cards.list", &query).await;
            session.close().await;
            let listed = listed?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
    }
}

async fn block(
    reach: &Reach,
    uid: &str,
    lost: bool,
    reason: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Write).await?;
    let outcome = async {
        let found = find(&session, uid).await?;
        let state = if lost { "lost" } else { "frozen" };
        let args = json!({ "id": found.card_id, "state": state, "reason": reason });
        session.call("cards.set_state", args).await
    }
    .await;
    session.close().await;
    let detail = outcome?;
    Ok(output.show(&detail, || format!("The card of {} is blocked.", text(&detail["row"], "name"))))
}

/// A card and whose it is.
pub struct Found {
    /// The card.
    pub card_id: i64,
    /// Whose it is.
    pub account_id: i64,
}

/// Finds the one card that has this UID.
pub async fn find(session: &Session, uid: &str) -> Result<Found, Failure> {
    let uid = normal_uid(uid)?;
    let page = session.call("cards.list", json!({ "query": uid, "limit": 200 })).await?;
    let fits = |row: &&Value| {
        let card = &row["card"];
        let ending = text(card, "uid").chars().filter(char::is_ascii_hexdigit).collect::<String>();
        number(card, "uid_bytes") == (uid.len() / 2) as i64 && uid.ends_with(&ending)
    };
    let rows: Vec<&Value> =
        page["rows"].as_array().map(|rows| rows.iter().filter(fits).collect()).unwrap_or_default();
    match rows.as_slice() {
        [one] => Ok(Found { card_id: number(&one["card"], "id"), account_id: number(one, "account_id") }),
        [] => Err(Failure::not_found(
            "no customer has this card",
            "Look at `gerai card list`, or give it to a customer with `gerai card enrol`.",
        )),
        _ => Err(Failure::invalid("several cards fit this UID", "Name the customer with --id instead.")),
    }
}

/// A UID as the station keeps it: upper-case hex without separators, without a check byte.
fn normal_uid(text: &str) -> Result<String, Failure> {
    let hex: String =
        text.chars().filter(|c| !matches!(c, ' ' | ':' | '-')).collect::<String>().to_ascii_uppercase();
    let bytes: Option<Vec<u8>> = (hex.is_ascii() && hex.len().is_multiple_of(2))
        .then(|| (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect())
        .flatten();
    match bytes.as_deref() {
        Some([_, _, _, _] | [_, _, _, _, _, _, _] | [_, _, _, _, _, _, _, _, _, _]) => Ok(hex),
        Some([a, b, c, d, check]) if a ^ b ^ c ^ d == *check => Ok(hex[..8].to_owned()),
        _ => Err(Failure::invalid(
            "this is no card UID",
            "Write 8, 14 or 20 hex digits, for example 5A3F01C2.",
        )),
    }
}

/// Every row of a list, as `{"rows":[…],"total":N}`.
pub async fn all_rows(session: &Session, command: &str, query: &str) -> Result<Value, Failure> {
    let mut rows: Vec<Value> = Vec::new();
    let mut cursor = Value::Null;
    let mut total = 0;
    for _ in 0..LIST_PAGES_MAX {
        let mut page =
            session.call(command, json!({ "query": query, "cursor": cursor, "limit": 200 })).await?;
        total = number(&page, "total");
        cursor = page["next"].take();
        if let Value::Array(more) = page["rows"].take() {
            rows.extend(more);
        }
        if cursor.is_null() {
            break;
        }
    }
    Ok(json!({ "rows": rows, "total": total }))
}

/// Says when a list was cut.
pub fn cut(listed: &Value) -> String {
    let shown = listed["rows"].as_array().map_or(0, Vec::len);
    let total = number(listed, "total");
    if total > shown as i64 {
        format!("{shown} of {total} shown; narrow it with --query.\n")
    } else {
        String::new()
    }
}

fn list_text(listed: &Value) -> String {
    let columns =
        [("Card", Side::Left), ("State", Side::Left), ("Id", Side::Right), ("Customer", Side::Left)];
    let row = |row: &Value| {
        vec![
            text(&row["card"], "uid"),
            text(&row["card"], "state"),
            text(row, "account_id"),
            text(row, "account_name"),
        ]
    };
    let rows: Vec<Vec<String>> =
        listed["rows"].as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    if rows.is_empty() {
        return "No cards. Add one with `gerai card enrol`.".to_owned();
    }
    table(&columns, &rows) + &cut(listed)
}

#[cfg(test)]
mod tests {
    use super::normal_uid;

    #[test]
    fn uids_are_brought_into_one_form() {
        for text in ["5a3f01c2", "5A:3F:01:C2", "5A 3F 01 C2", "5A3F01C2A6"] {
            assert_eq!(normal_uid(text).unwrap(), "5A3F01C2", "{text}");
        }
        assert_eq!(normal_uid("04A1B2C3D4E5F6").unwrap(), "04A1B2C3D4E5F6");
        for text in ["", "5A3F01", "5A3F01C2A7", "zz3f01c2", "５Ａ３Ｆ０１Ｃ２", "5A3F01C2AA"] {
            assert!(normal_uid(text).is_err(), "{text}");
        }
    }
}
