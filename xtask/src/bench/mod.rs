//! `cargo xtask bench payments`: this station beside the design it replaces, measured in one run on one machine.
//!
//! Numbers are reported, never asserted: a loaded machine makes them worse, and a test must not depend on that.

mod django;
mod machine;
pub mod qr;
mod raw;
mod report;
pub mod sms;
mod station;
pub mod stoves;

use std::fs;

use anyhow::{Context, Result};

use crate::process::run;
use crate::workspace::Workspace;
use crate::{install, packages, ui};

/// One row of the table: how many payments (or writes) a second, and how long one took.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// Completed a second.
    pub per_second: f64,
    /// Half were faster than this, milliseconds.
    pub p50_ms: f64,
    /// All but one in a hundred were faster than this, milliseconds.
    pub p99_ms: f64,
}

/// Everything that one run measured. `None`: the part to measure could not be run, and the report says why.
#[derive(Debug, Default)]
pub struct Measures {
    /// Appends of 256 bytes, each followed by fsync.
    pub fsync: Option<Measure>,
    /// The ledger with 64 callers waiting at once, without MQTT.
    pub ledger: Option<Measure>,
    /// This station through MQTT: taps in flight, and what came of it.
    pub station: Vec<(u32, Measure)>,
    /// The Django peer without MQTT, one payment after the other.
    pub django_alone: Option<Measure>,
    /// The Django peer through MQTT.
    pub django: Vec<(u32, Measure)>,
    /// What could not be measured, and why.
    pub gaps: Vec<String>,
}

impl Measures {
    /// The station with so many taps in flight.
    pub fn station_at(&self, in_flight: u32) -> Option<&Measure> {
        self.station.iter().find(|(n, _)| *n == in_flight).map(|(_, measure)| measure)
    }

    /// The Django peer with so many taps in flight.
    pub fn django_at(&self, in_flight: u32) -> Option<&Measure> {
        self.django.iter().find(|(n, _)| *n == in_flight).map(|(_, measure)| measure)
    }

    /// Takes a measure, or keeps the reason why there is none.
    fn keep<T>(&mut self, what: &str, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let gap = format!("{what}: not measured, {error:#}");
                println!("  {gap}");
                self.gaps.push(gap);
                None
            }
        }
    }
}

/// Measures, prints, and rewrites the marked part of `docs/benchmarks.md`.
pub fn payments(workspace: &Workspace) -> Result<()> {
    println!("── packages and builds");
    install::ensure(&[&packages::HEADLESS, &packages::BENCH])?;
    ui::install(&workspace.root)?;
    ui::build(&workspace.root)?;
    run(workspace.cargo().args(["build", "--release", "--package", "gerai-host", "--bin", "gerai"]))?;

    // All parts write to the same file system: fsync is what they have in common.
    let folder = workspace.target.join("bench");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

    let facts = machine::facts(&folder);
    let mut measures = Measures::default();
    println!("\n── fsync: 256-byte appends");
    let fsync = raw::fsync(&folder);
    measures.fsync = measures.keep("fsync", fsync);
    println!("\n── ledger: 64 callers, no MQTT");
    let ledger = raw::ledger(workspace, &folder);
    measures.ledger = measures.keep("ledger", ledger);
    println!("\n── station through MQTT");
    station::measure(workspace, &folder, &mut measures);
    println!("\n── Django peer");
    django::measure(workspace, &folder, &mut measures);

    let text = report::text(&measures, &facts);
    println!("\n{text}");
    report::write(&workspace.root.join("docs/benchmarks.md"), &text)
}
