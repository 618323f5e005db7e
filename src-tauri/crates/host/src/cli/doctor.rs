//! `gerai doctor`: every part of the station with its next step. A running station is asked; without one the folder, the
//! vault and the ledger are looked at from outside.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Side, table, text};
use super::station::{Need, Reach};
use crate::station::head;
use crate::vault;

/// Carries the command out.
pub async fn run(reach: &Reach, output: &Output) -> Result<ExitCode, Failure> {
    let view = match reach.running().await {
        Ok(Some(_)) => reach.call(Need::Running, "health.show", Value::Null).await?,
        Ok(None) => json!({ "rows": without_station(reach).await }),
        Err(failure) => json!({ "rows": [row("station", "bad", failure.message, &failure.help)] }),
    };
    let rows = view["rows"].as_array().cloned().unwrap_or_default();
    let bad = rows.iter().any(|row| row["state"] == json!("bad"));
    output.show(&view, || rows_text(&rows));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn row(part: &str, state: &str, summary: impl Into<String>, next_step: &str) -> Value {
    json!({ "part": part, "group": "station", "state": state, "summary": summary.into(), "next_step": next_step,
        "code": format!("doctor_{part}_{state}"), "values": {} })
}

async fn without_station(reach: &Reach) -> Vec<Value> {
    let folder = &reach.options().folder;
    let place = folder.path().display();
    let mut rows =
        vec![row("station", "attention", "no station runs on this folder", "Start one with `gerai serve`.")];
    if !folder.path().exists() {
        rows.push(row(
            "folder",
            "attention",
            format!("{place} does not exist yet"),
            "The first start makes it.",
        ));
        return rows;
    }
    match folder.lock() {
        Ok(_lock) => rows.push(row("folder", "good", format!("{place} is there, private and free"), "")),
        Err(error) => rows.push(row("folder", "bad", error.to_string(), "")),
    }
    rows.extend(disk(folder.path()));
    rows.push(keychain(reach).await);
    rows.push(ledger(reach).await);
    rows.push(audit(reach).await);
    rows
}

fn disk(folder: &std::path::Path) -> Option<Value> {
    let free = crate::disk::free_bytes(folder)?;
    let summary = format!("{} MiB free", free / (1024 * 1024));
    Some(if free < crate::disk::LOW_BYTES {
        row("disk", "bad", summary, "Free some space: a full disk stops the ledger.")
    } else {
        row("disk", "good", summary, "")
    })
}

async fn keychain(reach: &Reach) -> Value {
    let options = reach.options();
    let id = match options.folder.station_id() {
        Ok(id) => id,
        Err(error) => return row("vault", "bad", format!("{error:#}"), "Restore the folder from a backup."),
    };
    let vault = vault::open(options, &id, false);
    let asked = tokio::task::spawn_blocking(move || vault.status()).await;
    let only_some = "Payments work without it; a password of another broker and signed readers do not.";
    let status = match asked {
        Ok(status) => status,
        Err(error) => return row("vault", "attention", error.to_string(), only_some),
    };
    let missing = status.entries.iter().filter(|entry| entry.held == Some(false)).count();
    match (status.answer, status.unfinished) {
        (Err(why), _) => row("vault", "attention", why, only_some),
        (Ok(_), _) if missing > 0 => row(
            "vault",
            "bad",
            format!("it lacks {missing} secrets that this station had put there"),
            "See `gerai vault status`; restore the keychain or the vault file, or set those secrets anew.",
        ),
        (Ok(_), Some(unfinished)) => row("vault", "attention", unfinished, only_some),
        (Ok(summary), None) => row("vault", "good", summary, ""),
    }
}

async fn ledger(reach: &Reach) -> Value {
    if !reach.options().folder.has_station() {
        return row("ledger", "unused", "there is no ledger yet", "");
    }
    let report = match reach.call(Need::Read, "ledger.verify", Value::Null).await {
        Ok(report) => report,
        Err(failure) => return row("ledger", "bad", failure.message, &failure.help),
    };
    if report["ok"] == json!(true) {
        return row("ledger", "good", format!("{} entries, all in order", text(&report, "entries")), "");
    }
    let summary = format!("damaged at {}: {}", text(&report, "bad_row"), text(&report, "problem"));
    row("ledger", "bad", summary, "Keep the folder as it is and restore the last good backup into a new one.")
}

async fn audit(reach: &Reach) -> Value {
    const HELP: &str = "Keep a copy of the folder, and compare with the last backup or export.";
    if !reach.options().folder.has_station() {
        return row("audit", "unused", "there is no audit trail yet", "");
    }
    let report = match reach.call(Need::Read, "audit.verify", Value::Null).await {
        Ok(report) => report,
        Err(failure) => return row("audit", "bad", failure.message, &failure.help),
    };
    if report["ok"] != json!(true) {
        let summary = format!("damaged at {}: {}", text(&report, "bad_row"), text(&report, "problem"));
        return row("audit", "bad", summary, HELP);
    }
    match lost_record(reach).await {
        Ok(None) => row("audit", "good", format!("{} records, all in order", text(&report, "records")), ""),
        Ok(Some(lost)) => {
            row("audit", "bad", format!("audit {lost} was there and is gone, or is another one"), HELP)
        }
        Err(failure) => row("audit", "bad", failure.message, &failure.help),
    }
}

/// The record that the file beside the database names, when the trail lacks it: its end was cut off.
async fn lost_record(reach: &Reach) -> Result<Option<i64>, Failure> {
    let Some((record, hash)) = head::read(&reach.options().folder).audit.filter(|head| head.0 > 0) else {
        return Ok(None);
    };
    let asked = json!({ "cursor": record + 1, "limit": 1 });
    let found = reach.call(Need::Read, "audit.list", asked).await?;
    let newest = &found["rows"][0];
    let same = newest["id"] == json!(record) && newest["hash"] == json!(gerai_core::hex::lower(&hash));
    Ok((!same).then_some(record))
}

fn rows_text(rows: &[Value]) -> String {
    let columns =
        [("Part", Side::Left), ("State", Side::Left), ("What", Side::Left), ("Next step", Side::Left)];
    let line = |row: &Value| {
        vec![text(row, "part"), text(row, "state"), text(row, "summary"), text(row, "next_step")]
    };
    table(&columns, &rows.iter().map(line).collect::<Vec<_>>())
}
