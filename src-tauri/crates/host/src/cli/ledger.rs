//! `gerai ledger`: verify, export, stats.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{Format, Ledger};
use super::csv::csv_text;
use super::failure::Failure;
use super::money::{rupiah, wib};
use super::new_file::new_file;
use super::output::{Output, number, text};
use super::station::{Need, Reach, Session};

const COLUMNS: [&str; 12] = [
    "id",
    "time_wib",
    "at_ms",
    "outcome",
    "name",
    "account_id",
    "card",
    "till",
    "amount",
    "balance",
    "entry",
    "reversed",
];

/// Carries the command out.
pub async fn run(reach: &Reach, command: Ledger, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Ledger::Verify => {
            let report = reach.call(Need::Read, "ledger.verify", Value::Null).await?;
            output.show(&report, || verify_text(&report));
            Ok(if report["ok"] == json!(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Ledger::Stats => {
            let stats = reach.call(Need::Read, "ledger.stats", Value::Null).await?;
            Ok(output.show(&stats, || stats_text(&stats)))
        }
        Ledger::Export { format, out } => {
            let format = if output.is_json() && out.is_none() { Format::Json } else { format };
            let session = reach.open(Need::Read).await?;
            let outcome = export(&session, format, out.as_deref()).await;
            session.close().await;
            let written = outcome?;
            let Some(path) = out else { return Ok(ExitCode::SUCCESS) };
            let document = json!({ "file": path, "payments": written });
            Ok(output.show(&document, || format!("Wrote {written} payments to {}.", path.display())))
        }
    }
}

fn verify_text(report: &Value) -> String {
    let checked = format!(
        "{} entries, {} payments and {} results checked",
        number(report, "entries"),
        number(report, "payments"),
        number(report, "outbox")
    );
    if report["ok"] == json!(true) {
        return format!("The ledger is whole: {checked}.\nHead {}", text(report, "head"));
    }
    format!(
        "The ledger is damaged at {}: {}.\n{checked}. Stop the station, keep the folder as it is, and restore the last \
         good backup into a new one.",
        text(report, "bad_row"),
        text(report, "problem")
    )
}

fn stats_text(stats: &Value) -> String {
    format!(
        "Entries            {}\nPayments           {}\nCustomers          {}\nOwed to customers  {}\n\
         Taps today         {}\nTaken today        {}\nDatabase           {} KiB",
        number(stats, "entries"),
        number(stats, "payments"),
        number(stats, "accounts"),
        rupiah(number(stats, "customer_balances")),
        number(stats, "taps_today"),
        rupiah(number(stats, "taken_today")),
        number(stats, "database_bytes") / 1024
    )
}

/// Writes every payment attempt, page by page; gives back how many.
async fn export(session: &Session, format: Format, out: Option<&Path>) -> Result<u64, Failure> {
    let mut target: Box<dyn Write> = match out {
        Some(path) => Box::new(BufWriter::new(new_file(path)?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    };
    match format {
        Format::Csv => writeln!(target, "{}", COLUMNS.join(","))?,
        Format::Json => write!(target, "{{\"payments\":[")?,
    }
    let (mut written, mut cursor) = (0_u64, Value::Null);
    loop {
        let mut page = session.call("payments.list", json!({ "cursor": cursor, "limit": 200 })).await?;
        for row in page["rows"].as_array().into_iter().flatten() {
            match format {
                Format::Csv => writeln!(target, "{}", csv_line(row))?,
                Format::Json => write!(target, "{}{row}", if written == 0 { "" } else { "," })?,
            }
            written += 1;
        }
        cursor = page["next"].take();
        if cursor.is_null() {
            break;
        }
    }
    if format == Format::Json {
        writeln!(target, "]}}")?;
    }
    target.flush()?;
    Ok(written)
}

fn csv_line(row: &Value) -> String {
    let fields = COLUMNS.map(|column| match column {
        "time_wib" => wib(number(row, "at_ms")),
        column => match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => csv_text(text),
            other => other.to_string(),
        },
    });
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_every_column() {
        let row = json!({ "id": 7, "at_ms": 0, "outcome": "unknown", "name": null, "account_id": null, "card": "•••• 01C2",
            "till": "Meja 1", "amount": 5000, "balance": null, "entry": null, "reversed": false });
        assert_eq!(csv_line(&row), "7,1970-01-01 07:00:00,0,unknown,,,•••• 01C2,Meja 1,5000,,,false");
    }
}
