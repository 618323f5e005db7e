//! One stove in words: what people set, what it said last, what was replaced, what was refused, visits in vain, and the change
//! of its key or number. Called by the commands of the registry; it asks the station nothing.

use serde_json::{Value, json};

use super::change;
use super::figures::{card, energy, place, when, word};
use crate::cli::money::wib;
use crate::cli::output::{Side, number, table, text};

/// Energy of the running month; `≈`: some of it is spread between sparse readings.
pub fn month(stove: &Value) -> String {
    let estimated = if stove["month_estimated"] == json!(true) { "≈ " } else { "" };
    format!("{estimated}{}", energy(stove, "month_used"))
}

/// A stove (`stoves.get`).
pub fn detail_text(detail: &Value) -> String {
    let row = &detail["row"];
    let key = if row["registered"] == json!(true) { "registered" } else { "none is registered" };
    let flags = number(row, "open_flags");
    let worst = if flags > 0 {
        format!("{flags} to judge, the worst: {}", word(row, "worst"))
    } else {
        "none to judge".to_owned()
    };
    let tariff = text(detail, "tariff");
    let mut said = card(&[
        ("Stove", text(row, "id")),
        ("Label", text(row, "label")),
        ("Place", text(row, "place")),
        ("Position", place(row)),
        ("Note", text(detail, "note")),
        ("Tariff", if tariff.is_empty() { "default".to_owned() } else { tariff }),
        ("Number before", text(detail, "previous_id")),
        ("Key", key.to_owned()),
        ("Last reading", when(row, "last_t_ms")),
        ("Last seen", when(row, "last_seen_ms")),
        ("Signature", word(row, "signature")),
        ("Counter", energy(row, "total")),
        ("This month", month(row)),
        ("Readings", number(row, "readings").to_string()),
        ("Flags", worst),
        ("For the server", format!("{} waiting", number(row, "waiting"))),
    ]);
    if let Some(id) = detail["ask_replacement"]["id"].as_i64() {
        said.push_str(&format!(
            "\nThe counter ran backwards in reading {id}. If the meter was replaced: gerai stove replace-meter {} --reason WHY\n",
            text(row, "id")
        ));
    }
    for part in [replacements_text(detail), evidence_text(detail), visits_text(detail)] {
        if !part.is_empty() {
            said.push('\n');
            said.push_str(&part);
        }
    }
    if !detail["change"].is_null() {
        said.push('\n');
        said.push_str(&change::text_of(&detail["change"]));
    }
    said
}

fn rows_in(detail: &Value, field: &str, row: impl Fn(&Value) -> Vec<String>) -> Vec<Vec<String>> {
    detail[field].as_array().into_iter().flatten().map(row).collect()
}

fn replacements_text(detail: &Value) -> String {
    let columns = [
        ("Meter replaced", Side::Left),
        ("Old at its end", Side::Right),
        ("New at its beginning", Side::Right),
        ("By", Side::Left),
        ("Why", Side::Left),
    ];
    let rows = rows_in(detail, "replacements", |one| {
        vec![
            wib(number(one, "at_ms")),
            energy(one, "last_total"),
            energy(one, "first_total"),
            text(one, "by"),
            text(one, "note"),
        ]
    });
    if rows.is_empty() { String::new() } else { table(&columns, &rows) }
}

fn evidence_text(detail: &Value) -> String {
    let columns = [
        ("Evidence", Side::Left),
        ("Signature", Side::Left),
        ("Way", Side::Left),
        ("By", Side::Left),
        ("Times", Side::Right),
        ("It says", Side::Left),
    ];
    let rows = rows_in(detail, "evidence", |one| {
        vec![
            wib(number(one, "last_ms")),
            word(one, "signature"),
            text(one, "source"),
            text(one, "officer"),
            number(one, "scans").to_string(),
            text(one, "payload"),
        ]
    });
    if rows.is_empty() { String::new() } else { table(&columns, &rows) }
}

fn visits_text(detail: &Value) -> String {
    let columns = [("Not read", Side::Left), ("Why", Side::Left), ("By", Side::Left), ("Note", Side::Left)];
    let rows = rows_in(detail, "unread_visits", |one| {
        vec![wib(number(one, "at_ms")), text(one, "reason"), text(one, "officer"), text(one, "note")]
    });
    if rows.is_empty() { String::new() } else { table(&columns, &rows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stove_says_what_is_known_of_it() {
        let detail = json!({
            "row": { "id": "00000000001", "label": "Bu Siti", "place": "", "position": { "lat": -6.9, "lon": 107.6 },
                "registered": true, "readings": 3, "last_t_ms": 0, "last_seen_ms": null, "total": 10_000, "month_used": 5,
                "month_estimated": true, "open_flags": 1, "worst": "alarm", "signature": "valid_previous_key",
                "evidence": 0, "unread": 0, "waiting": 2, "change": null },
            "note": "", "tariff": "", "previous_id": null,
            "replacements": [{ "at_ms": 0, "last_total": 7, "first_total": null, "note": "burnt", "by": "budi" }],
            "ask_replacement": { "id": 9 }, "evidence": [], "unread_visits": [], "change": null,
        });
        let said = detail_text(&detail);
        for part in [
            "Position        -6.90000,107.60000\n",
            "Tariff          default\n",
            "Signature       valid previous key\n",
            "This month      ≈ 0.005 kWh\n",
            "Flags           1 to judge, the worst: alarm\n",
            "reading 9. If the meter was replaced: gerai stove replace-meter 00000000001 --reason WHY",
            "1970-01-01 07:00:00       0.007 kWh                     –  budi  burnt\n",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("Last seen") && !said.contains("Evidence"), "{said}");
    }
}
