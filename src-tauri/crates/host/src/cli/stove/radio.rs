//! `gerai stove radio`: Bluetooth. The radio is the station's, so one has to run.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::taking::answered;
use super::upkeep_args::Radio;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Side, table, text};
use crate::cli::station::{Need, Reach};

/// Carries `gerai stove radio` out.
pub async fn run(reach: &Reach, command: Radio, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Radio::Scan { seconds } => {
            let heard = reach.call(Need::Running, "radio.scan", json!({ "seconds": seconds })).await?;
            Ok(output.show(&heard, || heard_text(&heard)))
        }
        Radio::Describe { address } => {
            let offered = reach.call(Need::Running, "radio.describe", json!({ "address": address })).await?;
            Ok(output.show(&offered, || offered_text(&offered)))
        }
        Radio::Read { address, remark } => {
            let args = json!({ "address": address, "note": remark.note, "position": remark.position });
            let taken = reach.call(Need::Running, "radio.read", args).await?;
            Ok(answered(output, &taken, std::slice::from_ref(&taken)))
        }
    }
}

fn heard_text(heard: &Value) -> String {
    let columns = [
        ("Address", Side::Left),
        ("Name", Side::Left),
        ("Signal", Side::Right),
        ("Stove", Side::Left),
        ("Services", Side::Left),
    ];
    let row = |device: &Value| {
        let signal = device["rssi_dbm"].as_i64().map_or_else(|| "–".to_owned(), |dbm| format!("{dbm} dBm"));
        let likely = if device["likely"] == json!(true) { "likely" } else { "" };
        vec![
            text(device, "address"),
            text(device, "name"),
            signal,
            likely.to_owned(),
            words(&device["services"]),
        ]
    };
    let rows: Vec<Vec<String>> = heard.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "Nothing was heard. Go nearer to the stove, and look longer with --seconds 30.".to_owned();
    }
    table(&columns, &rows)
}

fn offered_text(offered: &Value) -> String {
    let columns = [("Service", Side::Left), ("Characteristic", Side::Left), ("Can", Side::Left)];
    let of = |service: &Value| -> Vec<Vec<String>> {
        let all = service["characteristics"].as_array().into_iter().flatten();
        let rows = all.map(|one| vec![text(service, "uuid"), text(one, "uuid"), words(&one["abilities"])]);
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            vec![vec![text(service, "uuid"), "–".to_owned(), String::new()]]
        } else {
            rows
        }
    };
    let rows: Vec<Vec<String>> = offered.as_array().into_iter().flatten().flat_map(of).collect();
    if rows.is_empty() {
        return "It offers no services.".to_owned();
    }
    table(&columns, &rows)
        + "Where the token is read and written: `gerai config set stove.ble_service`, `stove.ble_read`, `stove.ble_write`.\n"
}

fn words(list: &Value) -> String {
    let words: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.join(" ").replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_what_they_offer_are_tables() {
        let heard = json!([{ "address": "AA:BB", "name": "Kompor", "rssi_dbm": -58, "services": ["1809"], "likely": true },
            { "address": "CC:DD", "name": "", "rssi_dbm": null, "services": [], "likely": false }]);
        assert_eq!(
            heard_text(&heard),
            "Address  Name     Signal  Stove   Services\nAA:BB    Kompor  -58 dBm  likely  1809\nCC:DD                  –\n"
        );
        let offered = json!([{ "uuid": "1809", "characteristics": [
            { "uuid": "2a1c", "abilities": ["read", "write_without_response"] }] }, { "uuid": "180a", "characteristics": [] }]);
        let said = offered_text(&offered);
        assert!(
            said.contains("1809     2a1c            read write without response\n180a     –\n"),
            "{said}"
        );
    }
}
