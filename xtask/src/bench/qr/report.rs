//! The tables of `bench qr` and the bars, for `docs/benchmarks.md`.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::Value;

/// What one reader came to at one picture size.
struct Score<'a> {
    value: &'a Value,
}

impl<'a> Score<'a> {
    fn of(row: &'a Value, height: u64) -> Result<Self> {
        let sizes = row["sizes"].as_array().context("a row without sizes")?;
        let value = sizes.iter().find(|size| size["height"] == height);
        Ok(Self { value: value.with_context(|| format!("a row without {height} lines"))? })
    }

    fn number(&self, name: &str) -> f64 {
        self.value[name].as_f64().unwrap_or(0.0)
    }

    fn share(&self, part: &str, of: &str) -> f64 {
        100.0 * self.number(part) / self.number(of).max(1.0)
    }

    fn rate(&self) -> f64 {
        self.share("read", "codes")
    }

    fn large_rate(&self) -> f64 {
        self.share("large_read", "large")
    }
}

/// Everything as Markdown.
pub fn text(measured: &Value, gaps: &[String], facts: &[(&str, String)], seed: &str) -> Result<String> {
    let rows = measured["rows"].as_array().context("the measuring program gave no rows")?;
    let chain = rows.first().context("the measuring program gave no chain")?;
    let mut text = String::from(
        "| | 720p read | 720p ms, hit / miss | 480p read | 480p read, module ≥ 2.5 px | 480p ms, hit / miss | wrong |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for row in rows {
        let (high, low) = (Score::of(row, 720)?, Score::of(row, 480)?);
        let times = |score: &Score| format!("{:.1} / {:.1}", score.number("hit_ms"), score.number("miss_ms"));
        writeln!(
            text,
            "| {} | {:.1} % | {} | {:.1} % | {:.1} % | {} | {} |",
            row["name"].as_str().unwrap_or("?"),
            high.rate(),
            times(&high),
            low.rate(),
            low.large_rate(),
            times(&low),
            high.number("wrong") + low.number("wrong")
        )
        .ok();
    }
    conditions(&mut text, rows)?;
    bars(&mut text, rows, chain)?;
    for gap in gaps {
        writeln!(text, "\n- {}", gap.replace('\n', " ")).ok();
    }
    let unpack = |height: u64| {
        let list = measured["unpack_ms"].as_array().into_iter().flatten();
        list.filter(|size| size["height"] == height).find_map(|size| size["ms"].as_f64()).unwrap_or(0.0)
    };
    writeln!(
        text,
        "\n{} frames, seed {seed}. JPEG to grey, which only the chain's row includes: {:.1} ms at 720p, {:.1} ms at 480p. \
         Corners are {:.2} modules off on average.",
        measured["frames"],
        unpack(720),
        unpack(480),
        measured["corner_error"].as_f64().unwrap_or(0.0)
    )
    .ok();
    let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    writeln!(text, "Measured on: {}.", facts.join("; ")).ok();
    Ok(text)
}

/// What the chain and zbar read of each condition.
fn conditions(text: &mut String, rows: &[Value]) -> Result<()> {
    let shown: Vec<&Value> = rows
        .iter()
        .filter(|row| row["name"].as_str().is_some_and(|name| name.starts_with("chain") || name == "zbar"))
        .collect();
    text.push_str("\n| read of |");
    for row in &shown {
        let name = row["name"].as_str().unwrap_or("?");
        write!(text, " {name}, 720p | {name}, 480p |").ok();
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(shown.len() * 2));
    text.push('\n');
    let first = Score::of(shown.first().context("no chain")?, 720)?;
    let names: Vec<String> =
        first.value["conditions"].as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect();
    for name in names {
        write!(text, "| {name} |").ok();
        for row in &shown {
            for height in [720, 480] {
                let score = Score::of(row, height)?;
                let count = &score.value["conditions"][&name];
                write!(text, " {} of {} |", count[0], count[1]).ok();
            }
        }
        text.push('\n');
    }
    Ok(())
}

fn bars(text: &mut String, rows: &[Value], chain: &Value) -> Result<()> {
    let (high, low) = (Score::of(chain, 720)?, Score::of(chain, 480)?);
    text.push_str("\n| bar | measured | aim | |\n|---|---:|---:|---|\n");
    let mut bar = |what: &str, measured: String, aim: &str, met: bool| {
        let verdict = if met { "met" } else { "missed" };
        writeln!(text, "| {what} | {measured} | {aim} | {verdict} |").ok();
    };
    let rate = high.rate();
    bar("chain, codes read at 720p", format!("{rate:.1} %"), "≥ 95 %", rate >= 95.0);
    let rate = low.large_rate();
    bar("chain, codes read at 480p, module ≥ 2.5 px", format!("{rate:.1} %"), "≥ 75 %", rate >= 75.0);
    let wrong = high.number("wrong") + low.number("wrong");
    bar("chain, false reads", format!("{wrong}"), "0", wrong == 0.0);
    let each = |ms: f64| if ms > 0.0 { 1000.0 / ms } else { 0.0 };
    for (size, score) in [("720p", &high), ("480p", &low)] {
        let (hits, misses) = (each(score.number("hit_ms")), each(score.number("miss_ms")));
        let what = format!("frames a second that are read, {size}, one core, JPEG to text");
        bar(&what, format!("{hits:.0}"), "≥ 60", hits >= 60.0);
        let what = format!("frames a second that are not read, {size}, one core, JPEG to text");
        bar(&what, format!("{misses:.0}"), "≥ 20", misses >= 20.0);
    }
    if let Some(zbar) = rows.iter().find(|row| row["name"] == "zbar") {
        let rate = Score::of(zbar, 720)?.rate();
        bar("zbar at 720p, or the set is too easy", format!("{rate:.1} %"), "≤ 92 %", rate <= 92.0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(name: &str, read: u32, hit_ms: f64) -> Value {
        let size = |height: u32| {
            json!({
                "height": height, "codes": 200, "read": read, "wrong": 0, "large": 100, "large_read": 80,
                "hit_ms": hit_ms, "miss_ms": 40.0, "conditions": { "blur": [read / 10, 20] },
            })
        };
        json!({ "name": name, "sizes": [size(480), size(720)] })
    }

    #[test]
    fn bars_are_judged_by_the_chains_row() {
        let measured = json!({
            "frames": 440, "corner_error": 0.2, "unpack_ms": [{ "height": 720, "ms": 3.5 }],
            "rows": [row("chain, JPEG to text", 190, 20.0), row("zbar", 120, 21.0)],
        });
        let text = text(&measured, &[], &[("kernel", "Linux".to_owned())], SEED).unwrap();
        assert!(text.contains("| chain, codes read at 720p | 95.0 % | ≥ 95 % | met |"), "{text}");
        assert!(
            text.contains("| chain, codes read at 480p, module ≥ 2.5 px | 80.0 % | ≥ 75 % | met |"),
            "{text}"
        );
        assert!(text.contains("720p, one core, JPEG to text | 50 | ≥ 60 | missed |"), "{text}");
        assert!(text.contains("720p, one core, JPEG to text | 25 | ≥ 20 | met |"), "{text}");
        assert!(text.contains("| zbar at 720p, or the set is too easy | 60.0 % | ≤ 92 % | met |"), "{text}");
        assert!(text.contains("| blur | 19 of 20 | 19 of 20 | 12 of 20 | 12 of 20 |"), "{text}");
    }

    const SEED: &str = "1";
}
