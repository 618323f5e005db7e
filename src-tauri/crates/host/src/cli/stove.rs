//! `gerai stove`: readings, stoves and what waits for the server, through the station. What needs no station (reading,
//! checking, signing and showing a token) is in `stove_token`.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use super::failure::Failure;
use super::money::wib;
use super::output::{Output, Side, number, shown, table, text};
use super::station::{Need, Reach, Session};
use super::stove_args::{Stove, StoveScan};
use super::{stove_export, stove_token};

/// Largest file that is read: a photo, or a list of stoves.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Between two looks at what the camera has read.
const LOOK: Duration = Duration::from_millis(200);

/// Carries the command out.
pub async fn run(reach: &Reach, command: Stove, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Stove::Decode { token } => stove_token::decode(&token, output),
        Stove::Verify { token, secret_file } => stove_token::verify(&token, secret_file.as_deref(), output),
        Stove::Sign { payload, secret_file, whole } => {
            stove_token::sign(&payload, &secret_file, whole, output)
        }
        Stove::Qr { token, out } => stove_token::qr(&token, out.as_deref(), output),
        Stove::Scan(scan) => take_all(reach, scan, output).await,
        Stove::Take { token, note } => {
            let token = stove_token::given(&token)?;
            let args = json!({ "token": token, "source": "paste", "note": note });
            let taken = reach.call(Need::Write, "readings.take", args).await?;
            Ok(answered(output, &taken, std::slice::from_ref(&taken)))
        }
        Stove::List { search, limit } => {
            let page =
                reach.call(Need::Read, "stoves.list", json!({ "search": search, "limit": limit })).await?;
            Ok(output.show(&page, || stoves_text(&page)))
        }
        Stove::Readings { stove, limit } => {
            let args = json!({ "filter": { "stove": stove }, "limit": limit });
            let page = reach.call(Need::Read, "readings.list", args).await?;
            Ok(output.show(&page, || readings_text(&page)))
        }
        Stove::Export(export) => stove_export::run(reach, &export, output).await,
        Stove::Import { file } => {
            let text = String::from_utf8(read_file(&file)?).map_err(|_| {
                Failure::invalid(format!("{} is not UTF-8", file.display()), "Save it as UTF-8.")
            })?;
            let report = reach.call(Need::Write, "stoves.import", json!({ "text": text })).await?;
            Ok(output.show(&report, || import_text(&report)))
        }
        Stove::Forward { retry } => {
            if retry {
                let done = reach.call(Need::Write, "forward.retry", json!({})).await?;
                output.note(&format!("{done}"));
            }
            let status = reach.call(Need::Read, "forward.status", Value::Null).await?;
            Ok(output.show(&status, || fields_text(&status)))
        }
    }
}

/// A file, or standard input for `-`.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| {
            Failure::invalid(format!("cannot read {}: {error}", path.display()), "Name a file that exists.")
        })?)
    };
    source.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::invalid(
            format!("{} is larger than {} MiB", path.display(), FILE_BYTES_MAX >> 20),
            "Choose a smaller one.",
        ));
    }
    Ok(bytes)
}

async fn take_all(reach: &Reach, scan: StoveScan, output: &Output) -> Result<ExitCode, Failure> {
    if scan.cameras {
        let cameras = reach.call(Need::Running, "scan.cameras", Value::Null).await?;
        return Ok(output.show(&cameras, || cameras_text(&cameras)));
    }
    let session = reach.open(Need::Running).await?;
    let done = if scan.images.is_empty() {
        by_camera(&session, &scan, output).await
    } else {
        from_pictures(&session, &scan, output).await
    };
    session.close().await;
    done
}

/// One picture that cannot be read does not keep the others from being taken.
async fn from_pictures(session: &Session, scan: &StoveScan, output: &Output) -> Result<ExitCode, Failure> {
    let (mut all, mut failed) = (Vec::new(), false);
    for path in &scan.images {
        let bytes = read_file(path)?;
        let image = base64::engine::general_purpose::STANDARD.encode(bytes);
        let args = json!({ "image": image, "note": scan.note });
        match session.call("readings.take_image", args).await {
            Ok(taken) => all.extend(taken["codes"].as_array().cloned().unwrap_or_default()),
            Err(error) => {
                failed = true;
                output.note(&format!("{}: {} {}", path.display(), error.message, error.help));
            }
        }
    }
    let document = json!({ "codes": all });
    let code = answered(output, &document, &all);
    Ok(if failed { ExitCode::FAILURE } else { code })
}

/// Until Ctrl-C: each new verdict is a line.
async fn by_camera(session: &Session, scan: &StoveScan, output: &Output) -> Result<ExitCode, Failure> {
    let begun = session.call("scan.start", json!({ "camera": scan.camera, "note": scan.note })).await?;
    let (mut seen, mut said, mut all) = (number(&begun, "verdicts"), String::new(), Vec::new());
    output.note("Hold the stove's code 10 to 15 cm before the camera. Ctrl-C ends.");
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
        let state = session.call("scan.state", Value::Null).await?;
        let trouble = state["trouble_text"].as_str().unwrap_or_default();
        if trouble != said {
            trouble.clone_into(&mut said);
            if !trouble.is_empty() {
                output.note(&shown(trouble));
            }
        }
        if number(&state, "verdicts") != seen {
            seen = number(&state, "verdicts");
            if !output.is_json() {
                output.note(&taken_text(&state["last"]));
            }
            all.push(state["last"].clone());
        }
    }
    session.call("scan.stop", Value::Null).await?;
    let document = json!({ "codes": all });
    Ok(output.show(&document, || format!("{} read.", all.len())))
}

/// Exit code 1 when nothing was taken.
fn answered(output: &Output, document: &Value, taken: &[Value]) -> ExitCode {
    let code = output.show(document, || {
        if taken.is_empty() {
            return "No stove's code was found.".to_owned();
        }
        taken.iter().map(taken_text).collect::<Vec<_>>().join("\n")
    });
    let good = |taken: &Value| matches!(taken["outcome"].as_str(), Some("taken" | "known"));
    if taken.iter().any(good) { code } else { ExitCode::FAILURE }
}

fn taken_text(taken: &Value) -> String {
    let reading = &taken["reading"];
    let mut line = match taken["outcome"].as_str() {
        Some("taken") => format!("Stove {}: taken", text(taken, "stove")),
        Some("known") => format!("Stove {}: already known", text(taken, "stove")),
        Some("evidence") => format!("Stove {}: not taken, kept as evidence", text(taken, "stove")),
        _ => "Not a stove's token".to_owned(),
    };
    if let Some(signature) = taken["signature"].as_str() {
        write!(line, "; signature {}", signature.replace('_', " ")).ok();
    }
    if let Some(total) = reading["total"].as_i64() {
        write!(line, "; {}", kwh(total)).ok();
    }
    let rules = reading["flags"].as_array().into_iter().flatten();
    let rules: Vec<String> = rules.map(|flag| text(flag, "rule").replace('_', " ")).collect();
    if !rules.is_empty() {
        write!(line, "; {}", rules.join(", ")).ok();
    }
    if let Some(message) = taken["message"].as_str().filter(|message| !message.is_empty()) {
        write!(line, "\n  {}", shown(message)).ok();
    }
    line
}

/// Thousandths of a kilowatt-hour.
fn kwh(milli: i64) -> String {
    format!("{}{}.{:03} kWh", if milli < 0 { "-" } else { "" }, milli.abs() / 1_000, milli.abs() % 1_000)
}

fn when(row: &Value, field: &str) -> String {
    row[field].as_i64().map_or_else(|| "–".to_owned(), wib)
}

fn energy(row: &Value, field: &str) -> String {
    row[field].as_i64().map_or_else(|| "–".to_owned(), kwh)
}

pub fn rows_of(page: &Value) -> impl Iterator<Item = &Value> {
    page["rows"].as_array().into_iter().flatten()
}

fn stoves_text(page: &Value) -> String {
    let columns = [
        ("Stove", Side::Left),
        ("Label", Side::Left),
        ("Last reading", Side::Left),
        ("Counter", Side::Right),
        ("This month", Side::Right),
        ("Flags", Side::Right),
        ("Waiting", Side::Right),
        ("Signature", Side::Left),
    ];
    let row = |stove: &Value| {
        vec![
            text(stove, "id"),
            text(stove, "label"),
            when(stove, "last_t_ms"),
            energy(stove, "total"),
            energy(stove, "month_used"),
            number(stove, "open_flags").to_string(),
            number(stove, "waiting").to_string(),
            text(stove, "signature").replace('_', " "),
        ]
    };
    let rows: Vec<Vec<String>> = rows_of(page).map(row).collect();
    if rows.is_empty() {
        return "No stoves. Scan one, or import a list with `gerai stove import`.".to_owned();
    }
    table(&columns, &rows)
}

fn readings_text(page: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Stove", Side::Left),
        ("Read", Side::Left),
        ("Counter", Side::Right),
        ("Month", Side::Right),
        ("Signature", Side::Left),
        ("Flags", Side::Left),
        ("Server", Side::Left),
    ];
    let row = |reading: &Value| {
        let flags = reading["flags"].as_array().into_iter().flatten();
        vec![
            number(reading, "id").to_string(),
            text(reading, "stove"),
            when(reading, "t_ms"),
            energy(reading, "total"),
            energy(reading, "month"),
            text(reading, "signature").replace('_', " "),
            flags.map(|flag| text(flag, "rule")).collect::<Vec<_>>().join(" "),
            text(reading, "forward"),
        ]
    };
    let rows: Vec<Vec<String>> = rows_of(page).map(row).collect();
    if rows.is_empty() {
        return "No readings.".to_owned();
    }
    table(&columns, &rows)
}

fn cameras_text(cameras: &Value) -> String {
    let columns =
        [("Id", Side::Left), ("Camera", Side::Left), ("Largest", Side::Left), ("Trouble", Side::Left)];
    let row = |camera: &Value| {
        let largest = &camera["formats"][0];
        let size = largest["width"].as_i64().map(|width| format!("{width}×{}", number(largest, "height")));
        vec![text(camera, "id"), text(camera, "name"), size.unwrap_or_default(), text(camera, "trouble_text")]
    };
    let rows: Vec<Vec<String>> = cameras.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "No camera was found. Plug one in, or give picture files.".to_owned();
    }
    table(&columns, &rows)
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
        if line["outcome"] == "refused" {
            write!(said, "\nLine {}: {}", number(line, "line"), shown(&text(line, "message"))).ok();
        }
    }
    said
}

/// Every field of an answer on a line of its own.
fn fields_text(document: &Value) -> String {
    let fields = document.as_object().into_iter().flatten();
    let width = document.as_object().into_iter().flatten().map(|(name, _)| name.len()).max().unwrap_or(0);
    fields
        .map(|(name, _)| format!("{:<width$}  {}", name.replace('_', " "), shown(&text(document, name))))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_whole_thousandths() {
        assert_eq!(kwh(10_000), "10.000 kWh");
        assert_eq!(kwh(-5), "-0.005 kWh");
    }

    #[test]
    fn a_verdict_is_one_line_with_what_was_found() {
        let taken = json!({ "outcome": "taken", "stove": "00000000001", "signature": "demo_key", "message": "",
            "reading": { "total": 10_000, "flags": [{ "rule": "pf_above_1" }] } });
        assert_eq!(
            taken_text(&taken),
            "Stove 00000000001: taken; signature demo key; 10.000 kWh; pf above 1"
        );
    }
}
