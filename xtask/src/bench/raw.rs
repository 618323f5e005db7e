//! The two yardsticks: what the disk gives, and what the ledger gives when nothing stands before it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Measure;
use crate::process::capture;
use crate::workspace::Workspace;

const FSYNC_SECONDS: u64 = 4;

/// One writer that appends 256 bytes and waits for the disk, over and over.
pub fn fsync(folder: &Path) -> Result<Measure> {
    let path = folder.join("fsync.bin");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .context("cannot open a file to append to")?;
    let block = [0x47_u8; 256];
    let mut took = Vec::new();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(FSYNC_SECONDS) {
        let begun = Instant::now();
        file.write_all(&block).context("cannot append")?;
        file.sync_all().context("cannot fsync")?;
        took.push(begun.elapsed());
    }
    let measure = summarise(&mut took, started.elapsed());
    println!(
        "  {:.0} a second, p50 {:.2} ms, p99 {:.2} ms",
        measure.per_second, measure.p50_ms, measure.p99_ms
    );
    Ok(measure)
}

/// The ledger itself under group commit: an example of the crate `gerai-app` drives it and prints one JSON line.
pub fn ledger(workspace: &Workspace, folder: &Path) -> Result<Measure> {
    let data = folder.join("ledger");
    let mut example = workspace.cargo();
    example
        .args(["run", "--quiet", "--release", "--package", "gerai-app", "--example", "ledger_rate", "--"])
        .args(["--clients", "64", "--seconds", "5", "--data"])
        .arg(&data);
    let measure = from_json(&capture(&mut example)?)?;
    println!(
        "  {:.0} a second, p50 {:.2} ms, p99 {:.2} ms",
        measure.per_second, measure.p50_ms, measure.p99_ms
    );
    Ok(measure)
}

/// Reads `{"per_second", "p50_ms", "p99_ms"}` from a program's last line of output.
pub fn from_json(printed: &str) -> Result<Measure> {
    let line = printed.lines().rev().find(|line| !line.trim().is_empty()).context("it printed nothing")?;
    // A document may also be spread over lines; then it is the whole output.
    let value: serde_json::Value = serde_json::from_str(line)
        .or_else(|_| serde_json::from_str(printed))
        .with_context(|| format!("its output is not JSON: {line}"))?;
    let number = |name: &str| {
        value[name].as_f64().with_context(|| format!("its JSON has no number `{name}`: {value}"))
    };
    Ok(Measure { per_second: number("per_second")?, p50_ms: number("p50_ms")?, p99_ms: number("p99_ms")? })
}

fn summarise(took: &mut [Duration], total: Duration) -> Measure {
    took.sort();
    let at = |share: f64| {
        let index = (took.len() as f64 * share) as usize;
        took.get(index.min(took.len().saturating_sub(1))).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    };
    Measure { per_second: took.len() as f64 / total.as_secs_f64(), p50_ms: at(0.5), p99_ms: at(0.99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_the_sorted_list() {
        let mut took: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        let measure = summarise(&mut took, Duration::from_secs(10));
        assert_eq!(measure, Measure { per_second: 10.0, p50_ms: 51.0, p99_ms: 100.0 });
    }

    #[test]
    fn json_is_read_from_the_last_line_or_from_all_lines() {
        let want = Measure { per_second: 12.5, p50_ms: 1.0, p99_ms: 2.0 };
        assert_eq!(from_json("starting\n{\"per_second\":12.5,\"p50_ms\":1,\"p99_ms\":2}\n").unwrap(), want);
        assert_eq!(from_json("{\n \"per_second\":12.5,\n\"p50_ms\":1,\n\"p99_ms\":2\n}\n").unwrap(), want);
        assert!(from_json("{}").unwrap_err().to_string().contains("per_second"));
    }
}
