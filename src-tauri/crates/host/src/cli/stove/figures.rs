//! Figures of stoves as people read and type them: energy, moments, places, pages and lines of a card. Nothing here asks
//! the station anything, and nothing is decided: what a command takes is checked by the station.

use gerai_core::stove::MilliKwh;
use gerai_core::time::{WibDay, WibMonth};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::money::wib;
use crate::cli::output::{Side, number, shown, table, text};

/// Lists count up to this many.
const COUNTED_MAX: i64 = 10_000;
/// Milliseconds of an hour, a minute and a second.
const CLOCK_MS: [i64; 3] = [3_600_000, 60_000, 1_000];

/// Thousandths of a kilowatt-hour: `10.000 kWh`.
pub fn kwh(milli: i64) -> String {
    MilliKwh(milli).to_string()
}

/// Energy of a field; `–` where it is not known.
pub fn energy(row: &Value, field: &str) -> String {
    row[field].as_i64().map_or_else(|| "–".to_owned(), kwh)
}

/// A moment of a field, in WIB; `–` where it is not known.
pub fn when(row: &Value, field: &str) -> String {
    row[field].as_i64().map_or_else(|| "–".to_owned(), wib)
}

/// A word of the contract for people: `valid_previous_key` as `valid previous key`.
pub fn word(row: &Value, field: &str) -> String {
    text(row, field).replace('_', " ")
}

/// A place: `-6.89150,107.61070`, as `--position` takes it; `–` where it is not known.
pub fn place(row: &Value) -> String {
    let at = |axis: &str| row["position"][axis].as_f64();
    at("lat").zip(at("lon")).map_or_else(|| "–".to_owned(), |(lat, lon)| format!("{lat:.5},{lon:.5}"))
}

/// Reads `184.372` or `184,372` kilowatt-hours; gives thousandths.
pub fn parse_kwh(typed: &str) -> Result<i64, String> {
    let (whole, part) = typed.trim().split_once(['.', ',']).unwrap_or((typed.trim(), "0"));
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole, 5) || !digits(part, 3) {
        return Err("write kilowatt-hours, for example 184.372".to_owned());
    }
    let milli = |text: &str| text.parse::<i64>().map_err(|error| error.to_string());
    Ok(milli(whole)? * 1_000 + milli(&format!("{part:0<3}"))?)
}

/// Reads `2026-11-22`, `2026-11-22 07:30` or `2026-11-22 07:30:05`, WIB; gives Unix milliseconds.
pub fn parse_moment(typed: &str) -> Result<i64, String> {
    let wrong = || "write a day or a moment in WIB: 2026-11-22 or \"2026-11-22 07:30\"".to_owned();
    let (date, clock) = typed.trim().split_once([' ', 'T']).unwrap_or((typed.trim(), "00:00"));
    let day = day_of(date).ok_or_else(wrong)?;
    let parts: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(wrong());
    }
    let mut at = day.starts().0;
    for ((part, unit), most) in parts.iter().zip(CLOCK_MS).zip([23, 59, 59]) {
        let value = two_digits(part).filter(|value| *value <= most).ok_or_else(wrong)?;
        at += i64::from(value) * unit;
    }
    Ok(at)
}

fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A day that the calendar has.
fn day_of(date: &str) -> Option<WibDay> {
    let month = WibMonth::parse(date.get(..7)?)?;
    let number = two_digits(date.get(7..)?.strip_prefix('-')?).filter(|number| *number > 0)?;
    let day = WibDay::from_date(month.year(), month.number(), number);
    (day.month() == month).then_some(day)
}

/// Reads `LAT,LON` in degrees, south and west below zero; an empty text is no place.
pub fn parse_position(typed: &str) -> Result<Value, String> {
    if typed.trim().is_empty() {
        return Ok(Value::Null);
    }
    let degrees = |text: &str| text.trim().parse::<f64>().ok().filter(|degrees| degrees.is_finite());
    let found = typed.split_once(',').and_then(|(lat, lon)| degrees(lat).zip(degrees(lon)));
    let (lat, lon) = found
        .ok_or_else(|| "write latitude and longitude in degrees, such as -6.8915,107.6107".to_owned())?;
    Ok(json!({ "lat": lat, "lon": lon }))
}

/// Rows of a page.
pub fn rows_of(page: &Value) -> impl Iterator<Item = &Value> {
    page["rows"].as_array().into_iter().flatten()
}

/// A page as a table, with how many there are and how the next ones are asked for.
pub fn page_text(
    page: &Value,
    columns: &[(&str, Side)],
    row: impl Fn(&Value) -> Vec<String>,
    none: &str,
) -> String {
    let rows: Vec<Vec<String>> = rows_of(page).map(row).collect();
    if rows.is_empty() {
        return none.to_owned();
    }
    table(columns, &rows) + &more(page, rows.len())
}

fn more(page: &Value, shown: usize) -> String {
    let Some(next) = page["next"].as_i64() else { return String::new() };
    let total = number(page, "total");
    let of = if total >= COUNTED_MAX { format!("{COUNTED_MAX} or more") } else { total.to_string() };
    format!("{shown} of {of}; the next ones: --cursor {next}\n")
}

/// Names and values, a line each; lines without a value are left out.
pub fn card(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let said = lines.iter().filter(|(_, value)| !value.is_empty() && value != "–");
    said.map(|(name, value)| format!("{name:<width$}  {}\n", shown(value).replace('\n', " "))).collect()
}

/// What is not there is looked for with a command, not in the console's list.
pub fn looked_for<T>(outcome: Result<T, Failure>, next: &str) -> Result<T, Failure> {
    outcome.map_err(|failure| match failure.code.as_str() {
        "not_found" => Failure { help: next.to_owned(), ..failure },
        _ => failure,
    })
}

/// The next step when there is no such stove.
pub const NO_STOVE: &str = "`gerai stove list` shows the stoves; `gerai stove add` makes one.";
/// The next step when there is no such reading.
pub const NO_READING: &str = "`gerai stove readings` shows the readings with their ids.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_is_whole_thousandths() {
        assert_eq!(kwh(10_000), "10.000 kWh");
        assert_eq!(kwh(-5), "-0.005 kWh");
        let good = [
            ("184.372", 184_372),
            ("184,3", 184_300),
            ("0", 0),
            (" 99999.999 ", 99_999_999),
            ("7.05", 7_050),
        ];
        for (typed, milli) in good {
            assert_eq!(parse_kwh(typed), Ok(milli), "{typed}");
        }
        for typed in ["", ".", "5.", ".5", "-1", "1.2345", "100000", "1.2.3", "1e3", "１"] {
            assert!(parse_kwh(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn moments_are_wib_and_of_this_calendar() {
        for (typed, text) in [
            ("2026-11-22", "2026-11-22 00:00:00"),
            ("2026-11-22 07:30", "2026-11-22 07:30:00"),
            ("2024-02-29T23:59:59", "2024-02-29 23:59:59"),
        ] {
            assert_eq!(wib(parse_moment(typed).unwrap()), text);
        }
        let bad = [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-11-00",
            "2026-11-22 24:00",
            "2026-11-22 7:30",
            "22.11.2026",
        ];
        for typed in
            bad.into_iter().chain(["2026-11-22 07", "2026-11-22 07:30:05:01", "2026-11-é", "2026-11-+1"])
        {
            assert!(parse_moment(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_place_is_two_numbers_or_none() {
        let at = parse_position("-6.8915, 107.6107").unwrap();
        assert_eq!(place(&json!({ "position": at })), "-6.89150,107.61070");
        assert_eq!(parse_position(""), Ok(Value::Null));
        assert_eq!(place(&json!({ "position": null })), "–");
        for typed in ["-6.8915", "a,b", "NaN,0", "1,2,3", ","] {
            assert!(parse_position(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_page_says_how_to_ask_for_the_next() {
        let page = json!({ "rows": [{ "id": 1 }], "next": 1, "total": 7 });
        let row = |row: &Value| vec![text(row, "id")];
        let said = page_text(&page, &[("Id", Side::Right)], row, "None.");
        assert_eq!(said, "Id\n 1\n1 of 7; the next ones: --cursor 1\n");
        let none = json!({ "rows": [], "next": null, "total": 0 });
        assert_eq!(page_text(&none, &[("Id", Side::Right)], row, "None."), "None.");
    }

    #[test]
    fn a_card_leaves_out_what_is_not_known() {
        let said = card(&[("Stove", "1".to_owned()), ("Counter", "–".to_owned()), ("Note", String::new())]);
        assert_eq!(said, "Stove    1\n");
    }
}
