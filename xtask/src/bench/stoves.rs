//! `cargo xtask bench stoves`: how many readings a second are verified and stored, and how long a stove's charts take out of
//! a database of millions. The measuring is an example of `gerai-app`. Numbers are reported, never asserted.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::report::write_part;
use super::{machine, raw};
use crate::process::capture;
use crate::station::temporary_folder;
use crate::workspace::Workspace;
use crate::{install, packages};

/// Readings in the large database.
const ROWS: &str = "10000000";
const ROWS_QUICK: &str = "300000";

/// Measures, prints, and rewrites the marked part of `docs/benchmarks.md`; with `quick` a small database, and nothing is
/// written down.
pub fn stoves(workspace: &Workspace, quick: bool) -> Result<()> {
    println!("── packages and builds");
    install::ensure(&[&packages::HEADLESS])?;
    let folder = temporary_folder("stoves");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let facts = machine::facts(&folder);
    println!("\n── fsync: 256-byte appends");
    let fsync = raw::fsync(&folder);
    let rows = if quick { ROWS_QUICK } else { ROWS };
    println!("\n── readings, then {rows} of them (filling takes some minutes)");
    let mut example = workspace.cargo();
    example
        .args(["run", "--quiet", "--release", "--package", "gerai-app", "--example", "stove_rate", "--"])
        .args(["--rows", rows, "--data"])
        .arg(&folder);
    let printed = capture(&mut example);
    fs::remove_dir_all(&folder).ok();
    let printed = printed?;
    let line = printed.lines().rev().find(|line| !line.trim().is_empty()).context("it printed nothing")?;
    let told: Value =
        serde_json::from_str(line).with_context(|| format!("its output is not JSON: {line}"))?;

    let mut text = table(&told);
    if let Ok(fsync) = fsync {
        text.push_str(&format!("\nDisk: {:.0} syncs of a 256-byte append a second.\n", fsync.per_second));
    }
    let machine: Vec<String> = facts.iter().map(|(name, fact)| format!("{name} {fact}")).collect();
    text.push_str(&format!("Measured on: {}.\n", machine.join("; ")));
    println!("\n{text}");
    if quick {
        println!("a quick run is not written down");
        return Ok(());
    }
    write_part(&workspace.root.join("docs/benchmarks.md"), &text, ("stoves", "Stove readings"))
}

fn table(told: &Value) -> String {
    let figure =
        |value: &Value| value.as_f64().map_or_else(|| "not measured".to_owned(), |n| format!("{n:.2}"));
    let per_second =
        told["per_second"].as_f64().map_or_else(|| "not measured".to_owned(), |n| format!("{n:.0}"));
    let chart = |name: &str| {
        let times = &told[name];
        format!("{} / {}", figure(&times["median"]), figure(&times["slowest"]))
    };
    format!(
        "| what | measured | aim |\n|---|---:|---:|\n\
         | readings verified and stored a second, in batches | {per_second} | ≥ 5,000 |\n\
         | month chart of one stove among {} readings, median / slowest ms | {} | ≤ 20 |\n\
         | its year chart, median / slowest ms | {} | |\n",
        told["rows"],
        chart("month_ms"),
        chart("year_ms")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said() {
        let told = serde_json::json!({ "per_second": 25308.4, "rows": 10, "month_ms": { "median": 1.8, "slowest": 2.6 } });
        let text = table(&told);
        assert!(text.contains("| 25308 | ≥ 5,000 |") && text.contains("| 1.80 / 2.60 | ≤ 20 |"), "{text}");
        assert!(text.contains("| not measured / not measured |"), "{text}");
    }
}
