//! This station through MQTT: a release build on a fresh folder, loaded by its own virtual readers.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Measure, Measures};
use crate::process::capture;
use crate::station::Station;
use crate::workspace::Workspace;

/// Taps that wait for their answer at the same time.
const IN_FLIGHT: &[u32] = &[1, 64, 256];
const SECONDS: u32 = 10;

/// Measures at each number of taps in flight.
pub fn measure(workspace: &Workspace, folder: &Path, measures: &mut Measures) {
    let binary = workspace.binary("release", "gerai");
    // A card that taps again within the double-tap window gets its stored answer: quick, and no payment. Without the
    // window every tap is a payment, as in the peer.
    let settings = [("payments.double_tap_seconds", "0")];
    let started = Station::start(&binary, &folder.join("station"), &settings);
    let Some(station) = measures.keep("station", started) else { return };
    for in_flight in IN_FLIGHT {
        let result = simulate(&station, &binary, *in_flight);
        if let Some(measure) = measures.keep(&format!("station with {in_flight} in flight"), result) {
            println!(
                "  {in_flight} in flight: {:.0} a second, p50 {:.2} ms, p99 {:.2} ms",
                measure.per_second, measure.p50_ms, measure.p99_ms
            );
            measures.station.push((*in_flight, measure));
        }
    }
}

fn simulate(station: &Station, binary: &Path, in_flight: u32) -> Result<Measure> {
    let (in_flight, seconds) = (in_flight.to_string(), SECONDS.to_string());
    let words = ["reader", "simulate", "--in-flight", &in_flight, "--seconds", &seconds];
    paid(&capture(&mut station.command(binary, &words))?)
}

/// Counts what was paid, not what was answered: a refusal is quicker than a payment.
fn paid(printed: &str) -> Result<Measure> {
    let value: serde_json::Value =
        serde_json::from_str(printed).with_context(|| format!("not a JSON document: {}", printed.trim()))?;
    let number = |name: &str| value[name].as_f64().with_context(|| format!("no number `{name}` in {value}"));
    let (ok, answered) = (number("ok")?, number("answered")?);
    if ok < answered {
        println!("  {} of {answered} answers were not payments: {}", answered - ok, value["outcomes"]);
    }
    // Percentiles are over all answers, so they stand for payments only while nearly all answers are.
    if ok < answered * 0.99 || ok == 0.0 {
        bail!("only {ok} of {answered} answers were payments: {}", value["outcomes"]);
    }
    Ok(Measure { per_second: ok / number("seconds")?, p50_ms: number("p50_ms")?, p99_ms: number("p99_ms")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_payments_count() {
        let document = |ok: u32| {
            format!(
                "{{\"ok\":{ok},\"answered\":1000,\"seconds\":10.0,\"p50_ms\":1,\"p99_ms\":2,\"outcomes\":{{}}}}\n"
            )
        };
        assert_eq!(paid(&document(1000)).unwrap(), Measure { per_second: 100.0, p50_ms: 1.0, p99_ms: 2.0 });
        assert!(paid(&document(600)).is_err());
        assert!(paid("{}").is_err());
    }
}
