//! `gerai stove tariffs`: prices of energy over time.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::figures::{kwh, looked_for};
use super::read_text;
use super::upkeep_args::{TariffSave, Tariffs};
use crate::cli::failure::Failure;
use crate::cli::money::rupiah;
use crate::cli::output::{Output, Side, number, shown, table, text};
use crate::cli::station::{Need, Reach, Session};

/// Carries `gerai stove tariffs` out.
pub async fn run(reach: &Reach, command: Tariffs, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Tariffs::List => {
            let listed = reach.call(Need::Read, "stove_tariffs.list", Value::Null).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
        Tariffs::Save(asked) => {
            let session = reach.open(Need::Write).await?;
            let saved = save(&session, &asked).await;
            session.close().await;
            let saved = saved?;
            Ok(output.show(&saved, || list_text(&json!([saved]))))
        }
        Tariffs::Remove { name } => {
            let removed = reach.call(Need::Write, "stove_tariffs.remove", json!({ "name": name })).await;
            let removed = looked_for(removed, "`gerai stove tariffs list` shows the tariffs.")?;
            Ok(output.show(&removed, || format!("The tariff {} is forgotten.", shown(&name))))
        }
    }
}

async fn save(session: &Session, asked: &TariffSave) -> Result<Value, Failure> {
    let steps = match &asked.file {
        Some(file) => steps_of(&read_text(file)?)?,
        None => {
            let known = session.call("stove_tariffs.list", Value::Null).await?;
            let known =
                known.as_array().into_iter().flatten().find(|one| one["name"] == json!(asked.name.trim()));
            with_step(known.map_or(&Value::Null, |one| &one["steps"]), asked)
        }
    };
    session.call("stove_tariffs.save", json!({ "name": asked.name, "steps": steps })).await
}

/// The steps of a document: a tariff as the list shows one, or its steps alone.
fn steps_of(text: &str) -> Result<Value, Failure> {
    let wrong = |why: String| {
        Failure::invalid(
            format!("this is no tariff: {why}"),
            "Write it as `gerai --json stove tariffs list` shows one: {\"steps\": […]}.",
        )
    };
    let document: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let steps = if document.is_array() { &document } else { &document["steps"] };
    if steps.is_array() { Ok(steps.clone()) } else { Err(wrong("it has no `steps`".to_owned())) }
}

/// The known steps, with the one of the named month put in or replaced.
fn with_step(known: &Value, asked: &TariffSave) -> Value {
    let from = asked.from.as_deref().unwrap_or_default().trim();
    let mut tiers: Vec<Value> =
        asked.up_to.iter().map(|(up_to, price)| json!({ "up_to": up_to, "per_kwh": price })).collect();
    tiers.push(json!({ "up_to": null, "per_kwh": asked.above }));
    let others = known.as_array().into_iter().flatten().filter(|step| step["from"] != json!(from));
    let mut steps: Vec<Value> = others.cloned().collect();
    steps.push(json!({ "from": from, "tiers": tiers, "monthly_fee": asked.fee }));
    Value::Array(steps)
}

fn list_text(listed: &Value) -> String {
    let columns = [
        ("Tariff", Side::Left),
        ("From", Side::Left),
        ("Energy of the month", Side::Left),
        ("A kWh", Side::Right),
        ("A month", Side::Right),
    ];
    let mut rows = Vec::new();
    for tariff in listed.as_array().into_iter().flatten() {
        for step in tariff["steps"].as_array().into_iter().flatten() {
            rows.extend(step_rows(&text(tariff, "name"), step));
        }
    }
    if rows.is_empty() {
        return "No tariffs. Add one: gerai stove tariffs save default --from 2026-01 --above 1.445"
            .to_owned();
    }
    table(&columns, &rows)
}

fn step_rows(name: &str, step: &Value) -> Vec<Vec<String>> {
    let mut below: Option<i64> = None;
    let mut rows = Vec::new();
    for tier in step["tiers"].as_array().into_iter().flatten() {
        let range = match (below, tier["up_to"].as_i64()) {
            (_, Some(up_to)) => format!("up to {}", kwh(up_to)),
            (Some(below), None) => format!("above {}", kwh(below)),
            (None, None) => "all".to_owned(),
        };
        let first = rows.is_empty();
        let once = |value: String| if first { value } else { String::new() };
        rows.push(vec![
            name.to_owned(),
            text(step, "from"),
            range,
            rupiah(number(tier, "per_kwh")),
            once(rupiah(number(step, "monthly_fee"))),
        ]);
        below = tier["up_to"].as_i64();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: &str) -> TariffSave {
        TariffSave {
            name: "default".to_owned(),
            from: Some(from.to_owned()),
            up_to: vec![(50_000, 415)],
            above: Some(605),
            fee: 0,
            file: None,
        }
    }

    #[test]
    fn a_saved_month_keeps_the_others() {
        let first = with_step(&Value::Null, &asked("2026-01"));
        let second = with_step(&first, &asked("2026-07"));
        assert_eq!(second.as_array().map(Vec::len), Some(2));
        let again = with_step(&second, &asked("2026-07"));
        assert_eq!(again, second, "the same month is replaced");
    }

    #[test]
    fn a_tariff_is_a_line_a_tier() {
        let listed = json!([{ "name": "default", "steps": with_step(&Value::Null, &asked("2026-01")) }]);
        assert_eq!(
            list_text(&listed),
            "Tariff   From     Energy of the month   A kWh  A month\n\
             default  2026-01  up to 50.000 kWh     Rp 415     Rp 0\n\
             default  2026-01  above 50.000 kWh     Rp 605\n"
        );
    }

    #[test]
    fn a_document_is_a_tariff_or_its_steps() {
        assert!(steps_of("{\"name\":\"x\",\"steps\":[]}").is_ok());
        assert!(steps_of("[]").is_ok());
        assert!(steps_of("{}").unwrap_err().message.contains("no `steps`"));
        assert!(steps_of("nonsense").is_err());
    }
}
