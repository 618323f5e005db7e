//! `gerai stove export`: all readings to a file, as CSV or as a document a line.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Export;
use super::figures::rows_of;
use crate::cli::csv::csv_text;
use crate::cli::failure::Failure;
use crate::cli::new_file::new_file;
use crate::cli::output::{Output, text};
use crate::cli::station::{Need, Reach, Session};

/// Rows that are asked for at a time.
const PAGE: i64 = 200;
/// Columns of an export; energy in thousandths of a kilowatt-hour, as in the contract.
const COLUMNS: [&str; 17] = [
    "id",
    "stove",
    "label",
    "t_ms",
    "at_ms",
    "total",
    "month",
    "volts",
    "milliamps",
    "watts",
    "centi_pf",
    "signature",
    "standing",
    "source",
    "officer",
    "note",
    "forward",
];

/// Columns behind the flags; `judged_total` is the counter that counts instead, where somebody judged.
const MORE_COLUMNS: [&str; 3] = ["judged_total", "method", "scans"];

/// Carries `gerai stove export` out. It is recorded, so it writes; but it makes no station where there is none. A file that is
/// not whole does not stay.
pub async fn run(reach: &Reach, export: &Export, output: &Output) -> Result<ExitCode, Failure> {
    reach.options().folder.must_have_station().map_err(anyhow::Error::from)?;
    let session = reach.open(Need::Write).await?;
    let written = write_file(&session, export).await;
    session.close().await;
    let written = written?;
    let document = json!({ "written": written, "file": export.out.display().to_string() });
    Ok(output.show(&document, || format!("{written} readings in {}.", export.out.display())))
}

async fn write_file(session: &Session, export: &Export) -> Result<u64, Failure> {
    let mut file = BufWriter::new(new_file(&export.out)?);
    let written = write_rows(session, export, &mut file).await;
    let written = written.and_then(|written| Ok(file.flush().map(|()| written)?));
    if written.is_err() {
        drop(file);
        std::fs::remove_file(&export.out).ok();
    }
    written
}

async fn write_rows(session: &Session, export: &Export, file: &mut impl Write) -> Result<u64, Failure> {
    let csv = export.format == "csv";
    if csv {
        writeln!(file, "{},flags,{},lat,lon", COLUMNS.join(","), MORE_COLUMNS.join(","))?;
    }
    let (mut written, mut after) = (0, Value::Null);
    loop {
        let args = json!({ "filter": export.filter.json(), "after": after, "limit": PAGE });
        let mut page = session.call("readings.export", args).await?;
        for row in rows_of(&page) {
            if csv {
                writeln!(file, "{}", csv_line(row))?;
            } else {
                writeln!(file, "{row}")?;
            }
            written += 1;
        }
        after = page["next"].take();
        if after.is_null() {
            return Ok(written);
        }
    }
}

fn csv_line(row: &Value) -> String {
    let field = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => csv_text(text),
        other => other.to_string(),
    };
    let mut fields: Vec<String> = COLUMNS.iter().map(|column| field(&row[column])).collect();
    let flags = row["flags"].as_array().into_iter().flatten();
    fields.push(flags.map(|flag| text(flag, "rule")).collect::<Vec<_>>().join(" "));
    fields.extend(MORE_COLUMNS.iter().map(|column| field(&row[column])));
    fields.extend(["lat", "lon"].map(|axis| field(&row["position"][axis])));
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_an_export_has_every_column() {
        let row = json!({ "id": 1, "stove": "00000000001", "label": "Bu, Siti", "t_ms": 5, "at_ms": 6, "total": 7,
            "month": 8, "volts": null, "signature": "valid", "standing": "raw", "source": "webcam", "officer": "budi",
            "note": "=1", "forward": "accepted", "judged_total": 9, "method": "qrcode", "scans": 2,
            "position": { "lat": -6.5, "lon": 107.25 }, "flags": [{ "rule": "gap" }, { "rule": "em_above_e" }] });
        let want = "1,00000000001,\"Bu, Siti\",5,6,7,8,,,,,valid,raw,webcam,budi,'=1,accepted,gap em_above_e,9,qrcode,2,-6.5,107.25";
        assert_eq!(csv_line(&row), want);
    }
}
