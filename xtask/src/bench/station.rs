//! This station through MQTT: a release build on a fresh folder, loaded by its own virtual readers.

use std::path::Path;

use anyhow::{Result, bail};

use super::raw::from_json;
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
    let started = Station::start_in(&binary, &folder.join("station"));
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
    let printed = capture(&mut station.command(binary, &words))?;
    let measure = from_json(&printed)?;
    if measure.per_second <= 0.0 {
        bail!("no tap was answered: {}", printed.trim());
    }
    Ok(measure)
}
