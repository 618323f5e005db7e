//! `gerai stove chart`: energy or power of a day, a month or a year as a table with a bar in each row; `--json` gives all of it.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Chart;
use super::figures::{NO_STOVE, energy, kwh, looked_for};
use crate::cli::failure::Failure;
use crate::cli::money::{rupiah, wib};
use crate::cli::output::{Output, Side, number, table, text};
use crate::cli::station::{Need, Reach};

/// Characters of the longest bar.
const BAR: i64 = 24;

/// Carries `gerai stove chart` out.
pub async fn run(reach: &Reach, asked: Chart, output: &Output) -> Result<ExitCode, Failure> {
    let (range, at) = match (asked.day, asked.year, asked.month) {
        (Some(day), _, _) => ("day", day),
        (None, Some(year), _) => ("year", year),
        (None, None, month) => ("month", month.flatten()),
    };
    let args = json!({ "id": asked.id, "range": range, "at": at });
    let chart = looked_for(reach.call(Need::Read, "stoves.chart", args).await, NO_STOVE)?;
    Ok(output.show(&chart, || chart_text(&chart)))
}

fn chart_text(chart: &Value) -> String {
    let known = rows(chart, "bars").iter().any(|one| !one["used"].is_null());
    let used = if known || !rows(chart, "steps").is_empty() {
        kwh(number(chart, "used"))
    } else {
        "use not known, two readings tell it".to_owned()
    };
    let mut said = format!("Stove {}, {}: {used}", text(chart, "id"), text(chart, "at"));
    if let Some(cost) = chart["cost"].as_i64() {
        said.push_str(&format!(", {}", rupiah(cost)));
    }
    if let Some(before) = chart["year_before"].as_i64() {
        said.push_str(&format!("; the year before {}", kwh(before)));
    }
    said.push_str(&format!(" (readings: {})\n\n", number(chart, "readings")));
    let drawn = if chart["range"] == "day" { power_text(chart) } else { bars_text(chart) };
    said + &drawn
}

fn rows<'a>(chart: &'a Value, field: &str) -> &'a [Value] {
    chart[field].as_array().map_or(&[][..], Vec::as_slice)
}

/// A bar in proportion; whatever is not nothing is seen.
fn bar(value: i64, most: i64) -> String {
    if value <= 0 || most <= 0 {
        return String::new();
    }
    let length = value.saturating_mul(BAR).saturating_add(most / 2) / most;
    "█".repeat(usize::try_from(length.clamp(1, BAR)).unwrap_or(1))
}

fn bars_text(chart: &Value) -> String {
    let bars = rows(chart, "bars");
    let most = bars.iter().map(|one| number(one, "used")).max().unwrap_or(0);
    let costs = bars.iter().any(|one| !one["cost"].is_null());
    let mut columns = vec![("WIB", Side::Left), ("Energy", Side::Right), ("Year before", Side::Right)];
    if costs {
        columns.push(("Cost", Side::Right));
    }
    columns.extend([("", Side::Left), ("", Side::Left)]);
    let row = |one: &Value| {
        let mut cells = vec![text(one, "period"), energy(one, "used"), energy(one, "year_before")];
        if costs {
            cells.push(one["cost"].as_i64().map_or_else(|| "–".to_owned(), rupiah));
        }
        cells.extend([bar(number(one, "used"), most), remarks(one)]);
        cells
    };
    let rows: Vec<Vec<String>> = bars.iter().map(row).collect();
    table(&columns, &rows)
}

/// What has to be known to read a bar rightly.
fn remarks(one: &Value) -> String {
    if one["used"].is_null() {
        return String::new();
    }
    let is = |field: &str| one[field] == json!(true);
    let told = [
        (is("estimated"), "estimated"),
        (!is("complete"), "not all of it is known"),
        (is("backwards"), "the counter ran backwards"),
    ];
    let told: Vec<&str> = told.iter().filter(|(told, _)| *told).map(|(_, word)| *word).collect();
    told.join(", ")
}

fn power_text(chart: &Value) -> String {
    let (steps, points) = (rows(chart, "steps"), rows(chart, "points"));
    if steps.is_empty() && points.is_empty() {
        return "No two readings enclose any of this day, and none told its power.\n".to_owned();
    }
    let most = steps.iter().chain(points).map(|one| number(one, "watts")).max().unwrap_or(0);
    let watts = |one: &Value| format!("{} W", number(one, "watts"));
    let mut said = String::new();
    if !steps.is_empty() {
        let columns = [
            ("From (WIB)", Side::Left),
            ("To", Side::Left),
            ("Mean power", Side::Right),
            ("", Side::Left),
            ("", Side::Left),
        ];
        let row = |one: &Value| {
            let estimated = if one["estimated"] == json!(true) { "estimated" } else { "" };
            vec![
                clock(one, "from_ms"),
                if one["to_ms"] == chart["to_ms"] { "24:00:00".to_owned() } else { clock(one, "to_ms") },
                watts(one),
                bar(number(one, "watts"), most),
                estimated.to_owned(),
            ]
        };
        said.push_str(&table(&columns, &steps.iter().map(row).collect::<Vec<_>>()));
    }
    if !points.is_empty() {
        let columns = [("Told at (WIB)", Side::Left), ("Power", Side::Right), ("", Side::Left)];
        let row = |one: &Value| vec![clock(one, "t_ms"), watts(one), bar(number(one, "watts"), most)];
        said.push_str(if said.is_empty() { "" } else { "\n" });
        said.push_str(&table(&columns, &points.iter().map(row).collect::<Vec<_>>()));
    }
    said
}

/// The time of the day in WIB.
fn clock(one: &Value, field: &str) -> String {
    wib(number(one, field)).split_off(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_vanish() {
        assert_eq!(bar(100, 100).chars().count(), 24);
        assert_eq!(bar(50, 100).chars().count(), 12);
        assert_eq!(bar(1, 1_000_000).chars().count(), 1);
        assert_eq!(bar(0, 100), "");
        assert_eq!(bar(-5, 100), "");
        assert_eq!(bar(i64::MAX, i64::MAX).chars().count(), 1, "saturates instead of overflowing");
    }

    #[test]
    fn a_month_is_a_table_of_its_days() {
        let day = |period: &str, used: Option<i64>, estimated: bool| {
            json!({ "period": period, "used": used, "estimated": estimated, "complete": true, "backwards": false,
                "cost": null, "year_before": null })
        };
        let chart = json!({ "id": "00000000001", "range": "month", "at": "2026-11", "used": 4_500, "year_before": 1_000,
            "cost": 6_500, "readings": 3, "steps": [], "points": [],
            "bars": [day("2026-11-01", Some(3_000), false), day("2026-11-02", Some(1_500), true), day("2026-11-03", None, false)] });
        let said = chart_text(&chart);
        let want =
            "Stove 00000000001, 2026-11: 4.500 kWh, Rp 6.500; the year before 1.000 kWh (readings: 3)\n\n";
        assert!(said.starts_with(want), "{said}");
        assert!(
            said.contains(&format!("2026-11-01  3.000 kWh            –  {}\n", "█".repeat(24))),
            "{said}"
        );
        assert!(said.contains(&format!("{}{}  estimated\n", "█".repeat(12), " ".repeat(12))), "{said}");
        assert!(said.ends_with("2026-11-03          –            –\n"), "{said}");
    }

    #[test]
    fn a_day_shows_power() {
        let chart = json!({ "id": "00000000001", "range": "day", "at": "1970-01-01", "used": 0, "year_before": null, "cost": null,
            "readings": 2, "bars": [], "points": [{ "t_ms": 0, "watts": 1_500 }],
            "steps": [{ "from_ms": 0, "to_ms": 3_600_000, "watts": 750, "estimated": false }] });
        let said = chart_text(&chart);
        assert!(said.contains("07:00:00    08:00:00       750 W  ████████████\n"), "{said}");
        assert!(said.contains("07:00:00       1500 W  ████████████████████████\n"), "{said}");
        let empty = json!({ "id": "1", "range": "day", "at": "1970-01-01", "steps": [], "points": [] });
        assert!(chart_text(&empty).contains("No two readings"));
        assert!(chart_text(&empty).starts_with("Stove 1, 1970-01-01: use not known"));
    }
}
