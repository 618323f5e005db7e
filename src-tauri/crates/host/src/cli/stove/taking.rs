//! `gerai stove scan|take|demo`: tokens into the station, and what became of them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use super::args::Scan;
use super::figures::kwh;
use super::filter_args::Remark;
use super::{read_file, token};
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Side, number, shown, table, text};
use crate::cli::station::{Need, Reach, Session};

/// Between two looks at what the camera has read.
const LOOK: Duration = Duration::from_millis(200);

/// `gerai stove take`.
pub async fn take(reach: &Reach, given: &str, remark: &Remark, output: &Output) -> Result<ExitCode, Failure> {
    let token = token::given(given)?;
    let args = json!({ "token": token, "source": "paste", "note": remark.note, "position": remark.position });
    let taken = reach.call(Need::Write, "readings.take", args).await?;
    Ok(answered(output, &taken, std::slice::from_ref(&taken)))
}

/// `gerai stove demo`. Its secret lives in the station that runs, so one has to run.
pub async fn demo(reach: &Reach, output: &Output) -> Result<ExitCode, Failure> {
    let shown = reach.call(Need::Running, "stove.demo", Value::Null).await?;
    Ok(output.show(&shown, || {
        let rows = shown["rows"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let rows: Vec<Vec<bool>> = rows.map(|row| row.bytes().map(|bit| bit == b'1').collect()).collect();
        format!(
            "{}\nStove      {}\nDisplay    {}\nBluetooth  {}\nTake it with `gerai stove take TOKEN`, or hold the code before the camera.",
            token::blocks(&token::with_quiet_zone(&rows)),
            text(&shown, "id"),
            text(&shown, "token"),
            text(&shown, "bluetooth")
        )
    }))
}

/// `gerai stove scan`.
pub async fn scan(reach: &Reach, scan: Scan, output: &Output) -> Result<ExitCode, Failure> {
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
async fn from_pictures(session: &Session, scan: &Scan, output: &Output) -> Result<ExitCode, Failure> {
    let (mut all, mut failed) = (Vec::new(), false);
    for path in &scan.images {
        match from_picture(session, path, &scan.remark).await {
            Ok(taken) => all.extend(taken["codes"].as_array().cloned().unwrap_or_default()),
            Err(error) => {
                failed = true;
                output.note(&shown(&format!("{}: {} {}", path.display(), error.message, error.help)));
            }
        }
    }
    let document = json!({ "codes": all });
    let code = answered(output, &document, &all);
    Ok(if failed { ExitCode::FAILURE } else { code })
}

async fn from_picture(session: &Session, path: &Path, remark: &Remark) -> Result<Value, Failure> {
    let image = base64::engine::general_purpose::STANDARD.encode(read_file(path)?);
    let args = json!({ "image": image, "note": remark.note, "position": remark.position });
    session.call("readings.take_image", args).await
}

/// Until Ctrl-C: each new verdict is a line.
async fn by_camera(session: &Session, scan: &Scan, output: &Output) -> Result<ExitCode, Failure> {
    // Listens from before the camera begins, and all the time: a Ctrl-C while the station is asked is not lost.
    let mut ended = tokio::spawn(tokio::signal::ctrl_c());
    let (width, height) = scan.size.unzip();
    let wish = json!({
        "camera": scan.camera, "width": width, "height": height, "note": scan.remark.note,
        "position": scan.remark.position,
    });
    let begun = session.call("scan.start", wish).await?;
    output.note("Hold the stove's code 10 to 15 cm before the camera. Ctrl-C ends.");
    let mut watched = Watched { verdicts: number(&begun, "verdicts"), ..Watched::default() };
    let looked = loop {
        tokio::select! {
            _ = &mut ended => break Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
        match session.call("scan.state", Value::Null).await {
            Ok(state) => watched.look(&state, output),
            Err(failure) => break Err(failure),
        }
    };
    // The camera is switched off whatever ended it.
    let stopped = session.call("scan.stop", Value::Null).await;
    looked.and(stopped.map(drop))?;
    let document = json!({ "codes": watched.all });
    Ok(output.show(&document, || format!("{} read.", watched.all.len())))
}

/// What was told of a session so far.
#[derive(Default)]
struct Watched {
    verdicts: i64,
    trouble: String,
    all: Vec<Value>,
}

impl Watched {
    fn look(&mut self, state: &Value, output: &Output) {
        let trouble = state["trouble_text"].as_str().unwrap_or_default();
        if trouble != self.trouble {
            trouble.clone_into(&mut self.trouble);
            if !trouble.is_empty() {
                output.note(&shown(trouble));
            }
        }
        if number(state, "verdicts") != self.verdicts {
            self.verdicts = number(state, "verdicts");
            if !output.is_json() {
                output.note(&taken_text(&state["last"]));
            }
            self.all.push(state["last"].clone());
        }
    }
}

/// Exit code 1 when nothing was taken.
pub fn answered(output: &Output, document: &Value, taken: &[Value]) -> ExitCode {
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
    if let Some(id) = reading["id"].as_i64() {
        write!(line, " as reading {id}").ok();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_one_line_with_what_was_found() {
        let taken = json!({ "outcome": "taken", "stove": "00000000001", "signature": "demo_key", "message": "",
            "reading": { "id": 7, "total": 10_000, "flags": [{ "rule": "power_factor_above_one" }] } });
        assert_eq!(
            taken_text(&taken),
            "Stove 00000000001: taken as reading 7; signature demo key; 10.000 kWh; power factor above one"
        );
        let refused = json!({ "outcome": "unreadable", "stove": "", "signature": null, "reading": null,
            "message": "it has one part" });
        assert_eq!(taken_text(&refused), "Not a stove's token\n  it has one part");
    }
}
