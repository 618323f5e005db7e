//! `gerai stove readings|reading|judge`: what stoves said, and what people say of it.

use std::path::Path;
use std::process::ExitCode;

use base64::Engine;
use serde_json::{Value, json};

use super::args::Judge;
use super::figures::{NO_READING, card, energy, kwh, looked_for, page_text, place, when, word};
use super::filter_args::{Filter, Paging};
use crate::cli::failure::Failure;
use crate::cli::money::wib;
use crate::cli::new_file::new_file;
use crate::cli::output::{Output, Side, number, shown, table, text};
use crate::cli::station::{Need, Reach};

/// `gerai stove readings`.
pub async fn list(
    reach: &Reach,
    filter: &Filter,
    paging: &Paging,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let args = json!({ "filter": filter.json(), "cursor": paging.cursor, "limit": paging.limit });
    let page = reach.call(Need::Read, "readings.list", args).await?;
    Ok(output.show(&page, || list_text(&page)))
}

fn list_text(page: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Stove", Side::Left),
        ("Read", Side::Left),
        ("Counter", Side::Right),
        ("Month", Side::Right),
        ("Signature", Side::Left),
        ("Standing", Side::Left),
        ("Way", Side::Left),
        ("By", Side::Left),
        ("Flags", Side::Left),
        ("Server", Side::Left),
    ];
    let row = |reading: &Value| {
        let counts = if reading["judged_total"].is_null() { "total" } else { "judged_total" };
        vec![
            number(reading, "id").to_string(),
            text(reading, "stove"),
            when(reading, "t_ms"),
            energy(reading, counts),
            energy(reading, "month"),
            word(reading, "signature"),
            text(reading, "standing"),
            text(reading, "source"),
            text(reading, "officer"),
            rules(reading),
            text(reading, "forward"),
        ]
    };
    page_text(page, &columns, row, "No readings.")
}

fn rules(reading: &Value) -> String {
    let flags = reading["flags"].as_array().into_iter().flatten();
    flags.map(|flag| text(flag, "rule")).collect::<Vec<_>>().join(" ")
}

/// `gerai stove reading`.
pub async fn show(
    reach: &Reach,
    id: i64,
    frame: Option<&Path>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let Some(path) = frame else {
        let detail =
            looked_for(reach.call(Need::Read, "readings.get", json!({ "id": id })).await, NO_READING)?;
        return Ok(output.show(&detail, || detail_text(&detail)));
    };
    let picture = reach.call(Need::Read, "readings.frame", json!({ "id": id })).await?;
    let png = base64::engine::general_purpose::STANDARD
        .decode(picture["png"].as_str().unwrap_or_default())
        .map_err(anyhow::Error::from)?;
    std::io::Write::write_all(&mut new_file(path)?, &png)?;
    let document = json!({ "id": id, "file": path.display().to_string(), "bytes": png.len() });
    Ok(output.show(&document, || format!("The picture of reading {id} is in {}.", path.display())))
}

fn detail_text(detail: &Value) -> String {
    let row = &detail["row"];
    let mut said = card(&[
        ("Reading", number(row, "id").to_string()),
        ("Stove", format!("{} {}", text(row, "stove"), text(row, "label")).trim_end().to_owned()),
        ("Read", when(row, "t_ms")),
        ("Came in", format!("{} by {} ({})", when(row, "at_ms"), text(row, "officer"), text(row, "source"))),
        ("Times", number(row, "scans").to_string()),
        ("Counter", energy(row, "total")),
        ("Month", energy(row, "month")),
        ("Means", means(row)),
        ("Signature", word(row, "signature")),
        ("Standing", text(row, "standing")),
        ("Counts instead", energy(row, "judged_total")),
        ("Note", text(row, "note")),
        ("Position", place(row)),
        ("Picture", if row["frame"] == json!(true) { "kept: --frame FILE" } else { "" }.to_owned()),
        ("Meter", format!("number {} of this stove", number(detail, "epoch") + 1)),
        ("Key", text(detail, "slot")),
        ("Oddities", listed(&detail["oddities"])),
        ("Payload", text(detail, "payload")),
        ("Hash", text(detail, "hash")),
        ("Before it", beside(&detail["previous"])),
        ("After it", beside(&detail["next"])),
        ("Server", forwarded(&detail["forward"])),
    ]);
    for flag in row["flags"].as_array().into_iter().flatten() {
        said.push_str(&format!("{}\n", flag_text(flag)));
    }
    said + &judgements_text(detail)
}

fn means(row: &Value) -> String {
    let Some(volts) = row["volts"].as_i64() else { return String::new() };
    let milliamps = number(row, "milliamps");
    let pf = number(row, "centi_pf");
    format!(
        "{volts} V, {}.{:03} A, {} W, power factor {}.{:02}",
        milliamps / 1_000,
        milliamps % 1_000,
        number(row, "watts"),
        pf / 100,
        pf % 100
    )
}

fn listed(words: &Value) -> String {
    let words: Vec<&str> = words.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.join(", ").replace('_', " ")
}

fn beside(reading: &Value) -> String {
    if reading.is_null() {
        return String::new();
    }
    format!("reading {}, {}, {}", number(reading, "id"), when(reading, "t_ms"), energy(reading, "total"))
}

fn forwarded(forward: &Value) -> String {
    if forward.is_null() {
        return String::new();
    }
    let status = forward["last_status"].as_i64().map(|status| format!(", HTTP {status}")).unwrap_or_default();
    let answer = forward["last_answer"].as_str().filter(|answer| !answer.is_empty());
    let answer = answer.map(|answer| format!(", “{answer}”")).unwrap_or_default();
    format!("{}, attempts: {}{status}{answer}", text(forward, "state"), number(forward, "attempts"))
}

/// `ALARM counter backwards: previous 190.250 kWh, total 12.000 kWh`.
fn flag_text(flag: &Value) -> String {
    let figures = flag["figures"].as_object().into_iter().flatten();
    let figures: Vec<String> = figures.map(|(name, value)| figure(name, value)).collect();
    let line =
        format!("{} {}: {}", text(flag, "severity").to_uppercase(), word(flag, "rule"), figures.join(", "));
    shown(line.trim_end_matches([':', ' ']))
}

/// A figure of a flag with its unit, which its name tells.
fn figure(name: &str, value: &Value) -> String {
    let told = value.as_str().unwrap_or("–");
    let Ok(number) = told.parse::<i64>() else { return format!("{} {told}", name.replace('_', " ")) };
    let (plain, value) = match name {
        "previous" | "total" | "month" | "previous_month" | "used" | "possible" | "by_total" | "by_month" => {
            (name, kwh(number))
        }
        "t" | "newest" => (name, wib(number.saturating_mul(1_000))),
        "centi_pf" => ("power_factor", format!("{}.{:02}", number / 100, number.abs() % 100)),
        "volts" => (name, format!("{number} V")),
        "seconds" => ("after", seconds(number)),
        name => match name.rsplit_once('_') {
            Some((plain, "s")) => (plain, seconds(number)),
            Some((plain, "mw")) => (plain, format!("{} W", number / 1_000)),
            _ => (name, number.to_string()),
        },
    };
    format!("{} {value}", plain.replace('_', " "))
}

/// `3 d 4 h`, `5 min`, `20 s`: the two largest units.
fn seconds(all: i64) -> String {
    let parts = [(all / 86_400, "d"), (all / 3_600 % 24, "h"), (all / 60 % 60, "min"), (all % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count != 0).unwrap_or(3);
    let shown = parts.iter().skip(first).take(2).filter(|(count, _)| *count != 0);
    let shown: Vec<String> = shown.map(|(count, unit)| format!("{count} {unit}")).collect();
    if shown.is_empty() { "0 s".to_owned() } else { shown.join(" ") }
}

fn judgements_text(detail: &Value) -> String {
    let columns = [
        ("Judged", Side::Left),
        ("Standing", Side::Left),
        ("Counter", Side::Right),
        ("By", Side::Left),
        ("Why", Side::Left),
    ];
    let row = |one: &Value| {
        vec![
            wib(number(one, "at_ms")),
            text(one, "standing"),
            energy(one, "total"),
            text(one, "by"),
            text(one, "reason"),
        ]
    };
    let rows: Vec<Vec<String>> = detail["judgements"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() { String::new() } else { format!("\n{}", table(&columns, &rows)) }
}

/// `gerai stove judge`.
pub async fn judge(reach: &Reach, judge: Judge, output: &Output) -> Result<ExitCode, Failure> {
    let args = json!({
        "id": judge.id, "step": judge.word.step(), "total": judge.total, "reason": judge.reason,
    });
    let detail = looked_for(reach.call(Need::Write, "readings.judge", args).await, NO_READING)?;
    Ok(output.show(&detail, || detail_text(&detail)))
}

#[cfg(test)]
mod tests {
    use gerai_app::contract::JudgeStep;

    use clap::ValueEnum;

    use super::*;
    use crate::cli::stove::args::Word;

    #[test]
    fn every_word_on_a_reading_is_a_step_of_the_contract() {
        assert_eq!(Word::value_variants().len(), 4);
        assert!(Word::value_variants().iter().all(|word| JudgeStep::parse(word.step()).is_some()));
    }

    #[test]
    fn a_reading_says_its_figures_and_flags() {
        let row = json!({ "id": 7, "stove": "00000000001", "label": "", "t_ms": 0, "at_ms": 1_000, "total": 10_000,
            "month": 2_000, "volts": 220, "milliamps": 6_050, "watts": 1_330, "centi_pf": 99, "signature": "valid",
            "standing": "edited", "judged_total": 11_000, "source": "bluetooth", "officer": "budi", "note": "",
            "position": null, "scans": 1, "frame": true,
            "flags": [{ "rule": "counter_backwards", "severity": "alarm", "figures": { "previous": "12000" } },
                { "rule": "gap", "severity": "notice", "figures": { "seconds": "3715200", "allowed_s": "3024000" } }] });
        let detail = json!({ "row": row, "payload": "V01;1", "hash": "ab", "slot": "APIKEY01", "epoch": 0, "oddities": ["padding"],
            "previous": null, "next": { "id": 8, "t_ms": 0, "total": 10_001 }, "judgements": [],
            "forward": { "state": "rejected", "attempts": 2, "last_status": 422, "last_answer": "no" } });
        let said = detail_text(&detail);
        for part in [
            "Means           220 V, 6.050 A, 1330 W, power factor 0.99\n",
            "Counts instead  11.000 kWh\n",
            "Picture         kept: --frame FILE\n",
            "After it        reading 8, 1970-01-01 07:00:00, 10.001 kWh\n",
            "Server          rejected, attempts: 2, HTTP 422, “no”\n",
            "ALARM counter backwards: previous 12.000 kWh\nNOTICE gap: allowed 35 d, after 43 d\n",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!said.contains("Before it"), "{said}");
    }
}
