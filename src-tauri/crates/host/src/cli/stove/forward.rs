//! `gerai stove forward`: what goes on to the server.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::figures::{NO_STOVE, card, looked_for, page_text, when};
use super::upkeep_args::{Forward, ForwardCommand};
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Side, number, text};
use crate::cli::passwords::new_password;
use crate::cli::station::{Need, Reach};

/// Carries `gerai stove forward` out.
pub async fn run(reach: &Reach, asked: Forward, output: &Output) -> Result<ExitCode, Failure> {
    let command = match asked.command {
        Some(command) => command,
        None => {
            if asked.retry {
                let done = reach.call(Need::Write, "forward.retry", json!({})).await?;
                output.note(&format!("{done}"));
            }
            ForwardCommand::Status
        }
    };
    let status = match command {
        ForwardCommand::List { state, stove, paging } => {
            let args =
                json!({ "state": state, "stove": stove, "cursor": paging.cursor, "limit": paging.limit });
            let page = looked_for(reach.call(Need::Read, "forward.list", args).await, NO_STOVE)?;
            return Ok(output.show(&page, || list_text(&page)));
        }
        ForwardCommand::Retry { ids, all } => {
            let some = !ids.is_empty() || all.is_some();
            let done = reach.call(Need::Write, "forward.retry", json!({ "ids": ids, "all": all })).await?;
            return Ok(output.show(&done, || retried_text(some, number(&done, "count"))));
        }
        ForwardCommand::Status => reach.call(Need::Read, "forward.status", Value::Null).await?,
        ForwardCommand::Pause => reach.call(Need::Write, "forward.pause", json!({ "paused": true })).await?,
        ForwardCommand::Resume => {
            reach.call(Need::Write, "forward.pause", json!({ "paused": false })).await?
        }
        ForwardCommand::Password { password_stdin, remove } => {
            let password = if remove { String::new() } else { new_password(password_stdin)? };
            reach.call(Need::Write, "forward.set_password", json!({ "password": password })).await?
        }
    };
    if reach.running().await?.is_none() {
        output.note("No station runs on this folder: nothing is sent until one does.");
    }
    Ok(output.show(&status, || status_text(&status)))
}

/// `some`: named ones, not simply what waits.
fn retried_text(some: bool, count: i64) -> String {
    match (some, count) {
        (false, _) => "What waits is tried at once.".to_owned(),
        (true, 0) => "Nothing to try again: none of these was rejected or given up.".to_owned(),
        (true, count) => format!("Tried again: {count}."),
    }
}

fn status_text(status: &Value) -> String {
    let password = if status["has_password"] == json!(true) { "kept in the vault" } else { "none" };
    let or_none =
        |field: &str| status[field].as_str().filter(|text| !text.is_empty()).unwrap_or("none").to_owned();
    card(&[
        ("Forwarding", phase(status)),
        ("Server", or_none("url")),
        ("User", or_none("user")),
        ("Password", password.to_owned()),
        ("Waiting", number(status, "queued").to_string()),
        ("Being sent", number(status, "sending").to_string()),
        ("Rejected", number(status, "rejected").to_string()),
        ("Given up", number(status, "dead").to_string()),
        ("Accepted today", number(status, "accepted_today").to_string()),
        ("Oldest waiting", when(status, "oldest_ms")),
        ("Next try", when(status, "next_try_ms")),
        ("Last accepted", when(status, "last_accepted_ms")),
        ("Trouble", text(status, "trouble")),
    ])
}

/// The phase, with the next step where a person has to do something.
fn phase(status: &Value) -> String {
    match status["phase"].as_str().unwrap_or_default() {
        "off" => {
            let lacks = if status["url"] == "" {
                "set stove.forward_url"
            } else if status["user"] == "" {
                "set stove.forward_user"
            } else {
                "set the password with `gerai stove forward password`"
            };
            format!("off: {lacks}")
        }
        "paused" => "paused: `gerai stove forward resume` goes on".to_owned(),
        "sign_in_refused" => "the server refuses the user or the password".to_owned(),
        other => other.to_owned(),
    }
}

fn list_text(page: &Value) -> String {
    let columns = [
        ("Reading", Side::Right),
        ("Stove", Side::Left),
        ("Read", Side::Left),
        ("State", Side::Left),
        ("Sent", Side::Right),
        ("Next try", Side::Left),
        ("HTTP", Side::Right),
        ("Answer", Side::Left),
    ];
    let row = |row: &Value| {
        let waits = row["state"] == "queued";
        vec![
            number(row, "id").to_string(),
            text(row, "stove"),
            when(row, "t_ms"),
            text(row, "state"),
            number(row, "attempts").to_string(),
            if waits && row["due_ms"].is_null() { "in its turn".to_owned() } else { when(row, "due_ms") },
            text(row, "last_status"),
            text(row, "last_answer"),
        ]
    };
    page_text(page, &columns, row, "No such readings.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(phase: &str) -> Value {
        json!({ "phase": phase, "url": "https://server.example", "user": "", "has_password": false, "queued": 3, "sending": 0,
            "rejected": 1, "dead": 0, "accepted_today": 0, "oldest_ms": 0, "next_try_ms": null, "last_accepted_ms": null,
            "trouble": "the server answers 503" })
    }

    #[test]
    fn the_state_names_what_is_lacking() {
        let said = status_text(&status("off"));
        assert!(said.starts_with("Forwarding      off: set stove.forward_user\n"), "{said}");
        assert!(
            said.contains("Waiting         3\n") && said.contains("Trouble         the server answers 503\n"),
            "{said}"
        );
        assert!(!said.contains("Next try"), "{said}");
        assert!(status_text(&status("paused")).contains("forward resume"));
    }

    #[test]
    fn a_reading_on_its_way_is_a_line() {
        let page = json!({ "next": null, "total": 1, "rows": [{ "id": 7, "stove": "00000000001", "t_ms": 0, "at_ms": 0,
            "state": "queued", "method": "qrcode", "attempts": 0, "due_ms": null, "last_status": null, "last_answer": "",
            "last_ms": null }] });
        let said = list_text(&page);
        assert!(
            said.contains("7  00000000001  1970-01-01 07:00:00  queued     0  in its turn     –\n"),
            "{said}"
        );
    }
}
