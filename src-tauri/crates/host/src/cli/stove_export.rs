//! `gerai stove export`: all readings to a file, as CSV or as a document a line.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::csv::csv_text;
use super::failure::Failure;
use super::new_file::new_file;
use super::output::{Output, text};
use super::station::{Need, Reach, Session};
use super::stove::rows_of;
use super::stove_args::StoveExport;

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

/// Carries `gerai stove export` out.
pub async fn run(reach: &Reach, export: &StoveExport, output: &Output) -> Result<ExitCode, Failure> {
    let mut file = BufWriter::new(new_file(&export.out)?);
    let session = reach.open(Need::Read).await?;
    let written = write_rows(&session, export, &mut file).await;
    session.close().await;
    let written = written?;
    file.flush()?;
    let document = json!({ "written": written, "file": export.out.display().to_string() });
    Ok(output.show(&document, || format!("{written} readings in {}.", export.out.display())))
}

async fn write_rows(session: &Session, export: &StoveExport, file: &mut impl Write) -> Result<u64, Failure> {
    let csv = export.format == "csv";
    if csv {
        writeln!(file, "{},flags", COLUMNS.join(","))?;
    }
    let (mut written, mut after) = (0, Value::Null);
    loop {
        let args = json!({ "filter": { "stove": export.stove }, "after": after, "limit": PAGE });
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
    let mut fields: Vec<String> = COLUMNS
        .iter()
        .map(|column| match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => csv_text(text),
            other => other.to_string(),
        })
        .collect();
    let flags = row["flags"].as_array().into_iter().flatten();
    fields.push(flags.map(|flag| text(flag, "rule")).collect::<Vec<_>>().join(" "));
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_an_export_has_every_column() {
        let row = json!({ "id": 1, "stove": "00000000001", "label": "Bu, Siti", "t_ms": 5, "at_ms": 6, "total": 7,
            "month": 8, "volts": null, "signature": "valid", "standing": "raw", "source": "webcam", "officer": "budi",
            "note": "=1", "forward": "accepted", "flags": [{ "rule": "gap" }, { "rule": "em_above_e" }] });
        let want = "1,00000000001,\"Bu, Siti\",5,6,7,8,,,,,valid,raw,webcam,budi,'=1,accepted,gap em_above_e";
        assert_eq!(csv_line(&row), want);
    }
}
