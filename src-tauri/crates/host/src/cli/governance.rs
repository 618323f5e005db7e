//! `gerai audit`, `gerai approval`, `gerai token`.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;
use super::governance_args::{Approval, Audit, Token};
use super::money::wib;
use super::new_file::new_file;
use super::output::{Output, Side, number, shown, table, text};
use super::station::{Need, Reach, Session};

/// The audit trail.
pub async fn audit(reach: &Reach, command: Audit, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Audit::List { actor, act, refused, limit } => {
            let result = refused.then_some("refused");
            let asked = json!({ "actor": actor, "act": act, "result": result, "limit": limit });
            let page = reach.call(Need::Read, "audit.list", asked).await?;
            Ok(output.show(&page, || audit_text(&page)))
        }
        Audit::Verify => {
            let report = reach.call(Need::Read, "audit.verify", Value::Null).await?;
            output.show(&report, || verify_text(&report));
            Ok(if report["ok"] == json!(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Audit::Export { to } => {
            // It is recorded, so it writes.
            let session = reach.open(Need::Write).await?;
            let outcome = export(&session, to.as_deref()).await;
            session.close().await;
            let written = outcome?;
            let Some(path) = to else { return Ok(ExitCode::SUCCESS) };
            let document = json!({ "file": path, "records": written });
            Ok(output.show(&document, || format!("Wrote {written} records to {}.", path.display())))
        }
    }
}

/// Writes every record, page by page; gives back how many.
async fn export(session: &Session, to: Option<&Path>) -> Result<u64, Failure> {
    let mut target: Box<dyn Write> = match to {
        Some(path) => Box::new(BufWriter::new(new_file(path)?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    let (mut written, mut after) = (0_u64, 0_i64);
    loop {
        let page = session.call("audit.export", json!({ "after": after, "limit": 200 })).await?;
        for row in page["rows"].as_array().into_iter().flatten() {
            writeln!(target, "{row}")?;
            written += 1;
        }
        match page["next"].as_i64() {
            Some(next) if next > after => after = next,
            _ => break,
        }
    }
    target.flush()?;
    Ok(written)
}

fn audit_text(page: &Value) -> String {
    let columns = [
        ("No.", Side::Right),
        ("Time (WIB)", Side::Left),
        ("Who", Side::Left),
        ("From", Side::Left),
        ("Act", Side::Left),
        ("Result", Side::Left),
        ("About", Side::Left),
    ];
    let row = |row: &Value| {
        let from =
            format!("{} {}", row["surface"].as_str().unwrap_or(""), row["peer"].as_str().unwrap_or(""));
        vec![
            text(row, "id"),
            wib(number(row, "at_ms")),
            text(row, "actor"),
            from,
            text(row, "act"),
            text(row, "result"),
            text(row, "subject"),
        ]
    };
    let rows: Vec<Vec<String>> = page["rows"].as_array().into_iter().flatten().map(row).collect();
    let (count, total) = (rows.len() as i64, number(page, "total"));
    if rows.is_empty() {
        return "No records.".to_owned();
    }
    let more = if total > count { format!("{count} of {total} records\n") } else { String::new() };
    table(&columns, &rows) + &more
}

fn verify_text(report: &Value) -> String {
    let records = number(report, "records");
    if report["ok"] == json!(true) {
        return format!(
            "The audit trail is whole: {records} records checked.\nHead {}",
            text(report, "head")
        );
    }
    format!(
        "The audit trail is damaged at {}: {}.\n{records} records before it are in order. Keep a copy of the folder, and \
         compare with the last backup or export.",
        text(report, "bad_row"),
        text(report, "problem")
    )
}

/// What waits for a second person.
pub async fn approval(reach: &Reach, command: Approval, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Approval::List { all } => {
            let asked = json!({ "waiting": !all, "limit": 200 });
            let page = reach.call(Need::Read, "approvals.list", asked).await?;
            Ok(output.show(&page, || approvals_text(&page, all)))
        }
        Approval::Decide { id, approve, refuse: _, note } => {
            let asked = json!({ "id": id, "approve": approve, "note": note });
            let view = reach.call(Need::Write, "approvals.decide", asked).await?;
            output.show(&view, || decided_text(&view));
            // Approved, and yet it could not be done: a program must see that.
            Ok(if view["state"] == json!("failed") { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
        Approval::Withdraw { id } => {
            let view = reach.call(Need::Write, "approvals.withdraw", json!({ "id": id })).await?;
            Ok(output.show(&view, || decided_text(&view)))
        }
    }
}

fn decided_text(view: &Value) -> String {
    let (id, subject) = (number(view, "id"), shown(&text(view, "subject")));
    let how = match view["state"].as_str() {
        Some("carried_out") => "is carried out".to_owned(),
        Some("refused") => "is refused".to_owned(),
        Some("withdrawn") => "is taken back".to_owned(),
        _ => format!("was approved, but could not be carried out ({})", shown(&text(view, "note"))),
    };
    format!("Approval {id} {how}: {subject}.")
}

fn approvals_text(page: &Value, all: bool) -> String {
    let columns = [
        ("No.", Side::Right),
        ("State", Side::Left),
        ("Asked by", Side::Left),
        ("Until (WIB)", Side::Left),
        ("What", Side::Left),
        ("Decided by", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            text(row, "id"),
            text(row, "state"),
            text(row, "asked_by"),
            wib(number(row, "expires_ms")),
            text(row, "subject"),
            text(row, "decided_by"),
        ]
    };
    let rows: Vec<Vec<String>> = page["rows"].as_array().into_iter().flatten().map(row).collect();
    match (rows.is_empty(), all) {
        (true, true) => "Nobody has asked for anything.".to_owned(),
        (true, false) => "Nothing waits for a second person.".to_owned(),
        (false, _) => table(&columns, &rows),
    }
}

/// API tokens.
pub async fn token(reach: &Reach, command: Token, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Token::Issue { name, role, hours } => {
            let asked = json!({ "name": name, "role": role.word(), "hours": hours });
            let issued = reach.call(Need::Write, "tokens.issue", asked).await?;
            Ok(output.show(&issued, || {
                let row = &issued["row"];
                format!(
                    "Id     {}\nUntil  {} WIB\nToken  {}\nKeep this safe: it is not shown again. Send it as `Authorization: Bearer`.",
                    text(row, "jti"),
                    wib(number(row, "expires_ms")),
                    text(&issued, "token")
                )
            }))
        }
        Token::List => {
            let listed = reach.call(Need::Read, "tokens.list", Value::Null).await?;
            Ok(output.show(&listed, || tokens_text(&listed)))
        }
        Token::Revoke { jti } => {
            let row = reach.call(Need::Write, "tokens.revoke", json!({ "jti": jti })).await?;
            Ok(output.show(&row, || {
                format!("The token for {} lets nobody in any more.", shown(&text(&row, "name")))
            }))
        }
        Token::RotateKeys => {
            let done = reach.call(Need::Write, "tokens.rotate_keys", Value::Null).await?;
            Ok(output.show(&done, || {
                "A new key signs from now on. Tokens of the old one live until they end.".to_owned()
            }))
        }
    }
}

fn tokens_text(listed: &Value) -> String {
    let columns = [
        ("Id", Side::Left),
        ("Name", Side::Left),
        ("Role", Side::Left),
        ("Made by", Side::Left),
        ("Until (WIB)", Side::Left),
        ("Good", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            text(row, "jti"),
            text(row, "name"),
            text(row, "role"),
            text(row, "made_by"),
            wib(number(row, "expires_ms")),
            text(row, "valid"),
        ]
    };
    let rows: Vec<Vec<String>> = listed.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        "No tokens. Make one with `gerai token issue`.".to_owned()
    } else {
        table(&columns, &rows)
    }
}
