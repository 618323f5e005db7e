//! `gerai stove list|map|show|add|edit|unread|import|replace-meter`: the registry of stoves.

use std::path::Path;
use std::process::ExitCode;

use gerai_app::contract::{ApiError, ErrorCode};
use serde_json::{Value, json};

use super::args::{Labels, List, MapOf, ReplaceMeter};
use super::figures::{NO_STOVE, energy, looked_for, page_text, place, rows_of, when, word};
use super::filter_args::Remark;
use super::read_text;
use super::sheet::{detail_text, month};
use crate::cli::failure::Failure;
use crate::cli::money::wib;
use crate::cli::output::{Output, Side, number, shown, text};
use crate::cli::station::{Need, Reach, Session};

/// Stoves that are asked for at a time.
const PAGE: i64 = 200;

/// `gerai stove list`.
pub async fn list(reach: &Reach, list: &List, output: &Output) -> Result<ExitCode, Failure> {
    let args = json!({
        "search": list.search, "flagged": list.flagged, "unread": list.unread, "registered": list.registered,
        "read": list.read, "cursor": list.paging.cursor, "limit": list.paging.limit,
    });
    let page = reach.call(Need::Read, "stoves.list", args).await?;
    let narrowed = list.search.is_some()
        || list.flagged
        || list.unread
        || list.registered.is_some()
        || list.read.is_some();
    Ok(output.show(&page, || stoves_text(&page, narrowed)))
}

fn stoves_text(page: &Value, narrowed: bool) -> String {
    let columns = [
        ("Stove", Side::Left),
        ("Label", Side::Left),
        ("Last reading", Side::Left),
        ("Counter", Side::Right),
        ("This month", Side::Right),
        ("Flags", Side::Right),
        ("Unread", Side::Right),
        ("Waiting", Side::Right),
        ("Signature", Side::Left),
    ];
    let row = |stove: &Value| {
        vec![
            text(stove, "id"),
            text(stove, "label"),
            when(stove, "last_t_ms"),
            energy(stove, "total"),
            month(stove),
            number(stove, "open_flags").to_string(),
            number(stove, "unread").to_string(),
            number(stove, "waiting").to_string(),
            word(stove, "signature"),
        ]
    };
    let none = if narrowed {
        "No such stoves."
    } else {
        "No stoves. Scan one, or import a list with `gerai stove import`."
    };
    page_text(page, &columns, row, none)
}

/// `gerai stove month`.
pub async fn progress(reach: &Reach, output: &Output) -> Result<ExitCode, Failure> {
    let month = reach.call(Need::Read, "stoves.month", json!({})).await?;
    Ok(output.show(&month, || {
        let (read, all) = (number(&month, "read"), number(&month, "stoves"));
        let next = if read < all { "; `gerai stove list --read no` names the others" } else { "" };
        format!("{read} of {all} stoves are read in {}{next}.", text(&month, "month"))
    }))
}

/// `gerai stove map`: every stove with a place, from all pages.
pub async fn map(reach: &Reach, asked: &MapOf, output: &Output) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Read).await?;
    let found = placed(&session, asked).await;
    session.close().await;
    let document = json!({ "rows": found? });
    Ok(output.show(&document, || map_text(&document)))
}

async fn placed(session: &Session, asked: &MapOf) -> Result<Vec<Value>, Failure> {
    let (mut all, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let args =
            json!({ "unread": asked.unread, "flagged": asked.flagged, "cursor": cursor, "limit": PAGE });
        let mut page = session.call("stoves.list", args).await?;
        all.extend(rows_of(&page).filter(|stove| !stove["position"].is_null()).cloned());
        cursor = page["next"].take();
        if cursor.is_null() {
            return Ok(all);
        }
    }
}

fn map_text(document: &Value) -> String {
    let columns = [
        ("Stove", Side::Left),
        ("Position", Side::Left),
        ("Label", Side::Left),
        ("Place", Side::Left),
        ("Last reading", Side::Left),
        ("Unread", Side::Right),
    ];
    let row = |stove: &Value| {
        vec![
            text(stove, "id"),
            place(stove),
            text(stove, "label"),
            text(stove, "place"),
            when(stove, "last_t_ms"),
            number(stove, "unread").to_string(),
        ]
    };
    page_text(
        document,
        &columns,
        row,
        "No stoves with a place. Set one with `gerai stove edit ID --position LAT,LON`.",
    )
}

/// `gerai stove show`.
pub async fn show(reach: &Reach, id: &str, output: &Output) -> Result<ExitCode, Failure> {
    let detail = reach.call(Need::Read, "stoves.get", json!({ "id": id })).await;
    let detail = looked_for(detail, NO_STOVE)?;
    Ok(output.show(&detail, || detail_text(&detail)))
}

/// `gerai stove add`. One that is known is not saved over.
pub async fn add(reach: &Reach, id: &str, labels: &Labels, output: &Output) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Write).await?;
    let outcome = async {
        match session.call("stoves.get", json!({ "id": id })).await {
            Ok(_) => Err(ApiError::new(
                ErrorCode::Taken,
                format!("stove {} is known already", id.trim()),
                "Change it with `gerai stove edit`.",
            )
            .into()),
            Err(failure) if failure.code == "not_found" => save(&session, id, labels, &Value::Null).await,
            Err(failure) => Err(failure),
        }
    };
    let saved = outcome.await;
    session.close().await;
    let saved = saved?;
    Ok(output.show(&saved, || format!("Added stove {}.\n{}", text(&saved["row"], "id"), detail_text(&saved))))
}

/// `gerai stove edit`.
pub async fn edit(reach: &Reach, id: &str, labels: &Labels, output: &Output) -> Result<ExitCode, Failure> {
    if labels.is_empty() {
        return Err(Failure::invalid(
            "nothing to change is named",
            "Add --label, --place, --note, --tariff or --position.",
        ));
    }
    let session = reach.open(Need::Write).await?;
    let outcome = async {
        let known = looked_for(session.call("stoves.get", json!({ "id": id })).await, NO_STOVE)?;
        save(&session, id, labels, &known).await
    };
    let saved = outcome.await;
    session.close().await;
    let saved = saved?;
    Ok(output.show(&saved, || detail_text(&saved)))
}

/// Saves what was named over what is known.
async fn save(session: &Session, id: &str, labels: &Labels, known: &Value) -> Result<Value, Failure> {
    let (row, empty) = (&known["row"], String::new());
    let named = |named: &Option<String>, kept: &Value| {
        named.clone().unwrap_or_else(|| kept.as_str().unwrap_or(&empty).to_owned())
    };
    let args = json!({
        "id": id,
        "label": named(&labels.label, &row["label"]),
        "place": named(&labels.place, &row["place"]),
        "note": named(&labels.note, &known["note"]),
        "tariff": named(&labels.tariff, &known["tariff"]),
        "position": labels.position.as_ref().unwrap_or(&known["set_position"]),
    });
    looked_for(session.call("stoves.save", args).await, "`gerai stove tariffs list` shows the tariffs.")
}

/// `gerai stove unread`.
pub async fn unread(
    reach: &Reach,
    id: &str,
    reason: &str,
    remark: &Remark,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let args = json!({ "stove": id, "reason": reason, "note": remark.note, "position": remark.position });
    let visit = reach.call(Need::Write, "readings.unread", args).await?;
    Ok(output.show(&visit, || {
        format!(
            "Noted: stove {} could not be read at {} WIB ({}).",
            text(&visit, "stove"),
            wib(number(&visit, "at_ms")),
            shown(&text(&visit, "reason"))
        )
    }))
}

/// `gerai stove replace-meter`. Without a time it is that of the reading which asks for it.
pub async fn replace_meter(
    reach: &Reach,
    replace: ReplaceMeter,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let session = reach.open(Need::Write).await?;
    let outcome = async {
        if replace.undo {
            let args = json!({ "id": replace.id, "at_ms": replace.at, "note": replace.reason });
            return looked_for(session.call("stoves.undo_replacement", args).await, NO_STOVE);
        }
        let at = match replace.at {
            Some(at) => at,
            None => asked_at(&session, &replace.id).await?,
        };
        let args = json!({
            "id": replace.id, "at_ms": at, "last_total": replace.last, "first_total": replace.first,
            "note": replace.reason,
        });
        looked_for(session.call("stoves.replace_meter", args).await, NO_STOVE)
    };
    let saved = outcome.await;
    session.close().await;
    let saved = saved?;
    Ok(output.show(&saved, || detail_text(&saved)))
}

async fn asked_at(session: &Session, id: &str) -> Result<i64, Failure> {
    let known = looked_for(session.call("stoves.get", json!({ "id": id })).await, NO_STOVE)?;
    known["ask_replacement"]["t_ms"].as_i64().ok_or_else(|| {
        Failure::invalid(
            format!("no reading of stove {id} ran backwards, so nothing says when its meter was replaced"),
            "Say it with --at \"2026-11-22 07:30\" (WIB).",
        )
    })
}

/// `gerai stove import`.
pub async fn import(reach: &Reach, file: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let text = read_text(file)?;
    let report = reach.call(Need::Write, "stoves.import", json!({ "text": text })).await?;
    Ok(output.show(&report, || import_text(&report)))
}

fn import_text(report: &Value) -> String {
    let mut said = format!(
        "Added {}, changed {}, refused {}, with {} keys.",
        number(report, "added"),
        number(report, "changed"),
        number(report, "refused"),
        number(report, "keys")
    );
    for line in report["lines"].as_array().into_iter().flatten() {
        said.push_str(&format!("\nLine {}: {}", number(line, "line"), shown(&text(line, "message"))));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_tells_every_line_that_needs_a_look() {
        let report = json!({ "added": 1, "changed": 0, "refused": 1, "keys": 1, "lines": [
            { "line": 2, "stove": "00000000001", "outcome": "changed", "message": "its secret is weak: short" },
            { "line": 3, "stove": "", "outcome": "refused", "message": "no number" }] });
        assert_eq!(
            import_text(&report),
            "Added 1, changed 0, refused 1, with 1 keys.\nLine 2: its secret is weak: short\nLine 3: no number"
        );
    }
}
