//! `gerai modem`: lines, detection, and modems made of software.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Side, number, table, text};
use super::sms_args::Modem;
use super::station::{Need, Reach};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Modem, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Modem::List => {
            let lines = reach.call(Need::Read, "lines.list", Value::Null).await?;
            Ok(output.show(&lines, || lines_text(&lines)))
        }
        Modem::Detect { probe } => {
            let ports = reach.call(Need::Running, "lines.detect", json!({ "probe": probe })).await?;
            Ok(output.show(&ports, || ports_text(&ports)))
        }
        Modem::Sim(sim) => super::sim::run(reach, sim, output).await,
    }
}

fn lines_text(lines: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Name", Side::Left),
        ("State", Side::Left),
        ("Operator", Side::Left),
        ("Signal", Side::Right),
        ("Port", Side::Left),
        ("Modem", Side::Left),
        ("Today", Side::Right),
        ("Queue", Side::Right),
        ("Trouble", Side::Left),
    ];
    let row = |line: &Value| {
        vec![
            number(line, "id").to_string(),
            text(&line["settings"], "name"),
            text(line, "status"),
            text(line, "operator"),
            line["signal_dbm"].as_i64().map_or_else(String::new, |dbm| format!("{dbm} dBm")),
            text(line, "port"),
            text(line, "model"),
            number(&line["usage"], "today").to_string(),
            number(line, "queue").to_string(),
            text(line, "trouble"),
        ]
    };
    let rows: Vec<Vec<String>> = lines.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "No modems. Plug one in, or try `gerai modem sim`.".to_owned();
    }
    table(&columns, &rows)
}

fn ports_text(ports: &Value) -> String {
    let columns = [
        ("Port", Side::Left),
        ("USB", Side::Left),
        ("What", Side::Left),
        ("Modem", Side::Left),
        ("Baud", Side::Right),
        ("Note", Side::Left),
    ];
    let row = |port: &Value| {
        vec![
            text(port, "port"),
            text(port, "usb"),
            text(port, "product"),
            text(port, "surely_modem"),
            text(port, "baud"),
            text(port, "note"),
        ]
    };
    let rows: Vec<Vec<String>> = ports.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "No serial ports. Plug a modem in and look again.".to_owned();
    }
    table(&columns, &rows)
}
