//! The table, the ratios, and the marked part of `docs/benchmarks.md` that they replace.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Measure, Measures};

const BEGIN: &str = "<!-- bench:payments -->";
const END: &str = "<!-- /bench:payments -->";

/// What the page holds when it is made for the first time.
const PAGE: &str = "\
# Benchmarks

Measured side by side with what a user would otherwise run, on one machine in one run, by a command of this repository.
Nothing here is a test: a loaded machine gives lower numbers, and the machine is named with them.

## Payments

`cargo xtask bench payments` rewrites this part.

<!-- bench:payments -->
<!-- /bench:payments -->

What the rows mean:

- **fsync** is one writer that appends 256 bytes and waits for the disk each time: the price of one durable fact.
- **ledger** is the whole payment (checks, double entry, hash chain, outbox) called directly, 64 callers at once.
- **station** is `gerai serve` with its own broker, tapped by virtual readers over MQTT: from publishing the tap
  to receiving the result, committed with `synchronous=FULL`.
- **Django peer** is the payment flow of the course project that this one replaces, re-created in
  `tests/bench/django_peer`: Django on SQLite with its default settings, paho at QoS 0, mosquitto. *By itself* calls its transaction without MQTT.
";

/// The table, the ratios and the machine, as Markdown.
pub fn text(measures: &Measures, facts: &[(&str, String)]) -> String {
    let mut text = String::from("| | in flight | a second | p50 ms | p99 ms |\n|---|---:|---:|---:|---:|\n");
    row(&mut text, "fsync of a 256-byte append", "1", measures.fsync.as_ref());
    row(&mut text, "ledger, group commit, no MQTT", "64", measures.ledger.as_ref());
    for (in_flight, measure) in &measures.station {
        row(&mut text, "**station**, tap to result over MQTT", &in_flight.to_string(), Some(measure));
    }
    row(&mut text, "Django peer, by itself", "1", measures.django_alone.as_ref());
    for (in_flight, measure) in &measures.django {
        row(&mut text, "Django peer, tap to result over MQTT", &in_flight.to_string(), Some(measure));
    }
    text.push_str("\n| | measured | aim |\n|---|---:|---:|\n");
    ratios(&mut text, measures);
    text.push('\n');
    for gap in &measures.gaps {
        // A table cell or a list item is one line.
        writeln!(text, "- {}", gap.replace('\n', " ")).ok();
    }
    if !measures.gaps.is_empty() {
        text.push('\n');
    }
    let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    writeln!(text, "Measured on: {}.", facts.join("; ")).ok();
    text
}

fn row(text: &mut String, what: &str, in_flight: &str, measure: Option<&Measure>) {
    match measure {
        Some(m) => {
            let digits = if m.per_second < 100.0 { 1 } else { 0 };
            writeln!(
                text,
                "| {what} | {in_flight} | {:.digits$} | {:.2} | {:.2} |",
                m.per_second, m.p50_ms, m.p99_ms
            )
            .ok()
        }
        None => writeln!(text, "| {what} | {in_flight} | not measured | | |").ok(),
    };
}

fn ratios(text: &mut String, measures: &Measures) {
    let station = measures.station_at(64);
    let mut line = |what: &str, measured: Option<String>, aim: &str| {
        writeln!(text, "| {what} | {} | {aim} |", measured.unwrap_or_else(|| "not measured".to_owned())).ok();
    };
    let over = |a: Option<&Measure>, b: Option<&Measure>| Some(a?.per_second / b?.per_second);
    line(
        "station over Django peer, 64 in flight",
        over(station, measures.django_at(64)).map(|ratio| format!("{ratio:.0} ×")),
        "≥ 100 ×",
    );
    line(
        "station over ledger without MQTT, 64 in flight",
        over(station, measures.ledger.as_ref()).map(|ratio| format!("{:.0} %", ratio * 100.0)),
        "≥ 60 %",
    );
    let aim = measures.fsync.as_ref().map(|fsync| fsync.p50_ms + 3.0);
    line(
        "station's p50 with 1 in flight, against one fsync + 3 ms",
        measures.station_at(1).map(|m| format!("{:.2} ms", m.p50_ms)),
        &aim.map_or_else(|| "≤ fsync + 3 ms".to_owned(), |aim| format!("≤ {aim:.2} ms")),
    );
}

/// Puts the text between the marks of the page; makes the page when there is none.
pub fn write(page: &Path, text: &str) -> Result<()> {
    let old = fs::read_to_string(page).unwrap_or_else(|_| PAGE.to_owned());
    let new =
        replaced(&old, text, (BEGIN, END)).with_context(|| format!("cannot rewrite {}", page.display()))?;
    if let Some(folder) = page.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(page, new).with_context(|| format!("cannot write {}", page.display()))?;
    println!("written to {}", page.display());
    Ok(())
}

/// Puts the text of one benchmark between its marks of the page, `<!-- bench:NAME -->`; a page that has no such part yet
/// gets one with this heading.
pub fn write_part(page: &Path, text: &str, (name, heading): (&str, &str)) -> Result<()> {
    let mut old = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let marks = (format!("<!-- bench:{name} -->"), format!("<!-- /bench:{name} -->"));
    if !old.contains(&marks.0) {
        old.push_str(&format!(
            "\n## {heading}\n\n`cargo xtask bench {name}` rewrites this part.\n\n{}\n{}\n",
            marks.0, marks.1
        ));
    }
    let new = replaced(&old, text, (&marks.0, &marks.1))
        .with_context(|| format!("cannot rewrite {}", page.display()))?;
    fs::write(page, new).with_context(|| format!("cannot write {}", page.display()))?;
    println!("written to {}", page.display());
    Ok(())
}

/// A page with another text between two of its marks.
pub fn replaced(page: &str, text: &str, (first, last): (&str, &str)) -> Result<String> {
    let (Some(begin), Some(end)) = (page.find(first), page.find(last)) else {
        bail!("the marks {first} and {last} are not both there");
    };
    if end < begin {
        bail!("the mark {last} comes before {first}");
    }
    Ok(format!("{}{first}\n\n{}\n\n{}", &page[..begin], text.trim_end(), &page[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(per_second: f64) -> Measure {
        Measure { per_second, p50_ms: 1.0, p99_ms: 2.0 }
    }

    #[test]
    fn a_page_gets_a_part_once_and_keeps_the_others() {
        let folder = std::env::temp_dir().join(format!("gerai-bench-page-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let page = folder.join("page.md");
        fs::write(&page, "# Page\n").unwrap();
        write_part(&page, "first", ("sms", "Short messages")).unwrap();
        write_part(&page, "other", ("qr", "QR codes")).unwrap();
        write_part(&page, "second", ("sms", "Short messages")).unwrap();
        let text = fs::read_to_string(&page).unwrap();
        assert_eq!(text.matches("## Short messages").count(), 1, "{text}");
        assert!(text.contains("\n\nsecond\n\n") && text.contains("\n\nother\n\n"), "{text}");
        assert!(!text.contains("first"), "{text}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_page_is_rewritten_between_its_marks_only() {
        let once = replaced(PAGE, "first", (BEGIN, END)).unwrap();
        let twice = replaced(&once, "second", (BEGIN, END)).unwrap();
        assert!(twice.contains("\nsecond\n") && !twice.contains("first"));
        assert_eq!(replaced(&twice, "second", (BEGIN, END)).unwrap(), twice);
        assert!(twice.starts_with("# Benchmarks") && twice.contains("What the rows mean"));
        assert!(replaced("no marks", "x", (BEGIN, END)).is_err());
    }

    #[test]
    fn ratios_are_those_of_the_rows() {
        let measures = Measures {
            fsync: Some(measure(300.0)),
            ledger: Some(measure(10_000.0)),
            station: vec![(1, measure(200.0)), (64, measure(7_000.0))],
            django: vec![(64, measure(28.0))],
            ..Measures::default()
        };
        let text = text(&measures, &[("kernel", "Linux".to_owned())]);
        assert!(text.contains("| 250 × | ≥ 100 × |"), "{text}");
        assert!(text.contains("| 70 % | ≥ 60 % |"), "{text}");
        assert!(text.contains("| 1.00 ms | ≤ 4.00 ms |"), "{text}");
        assert!(text.contains("| Django peer, by itself | 1 | not measured | | |"), "{text}");
    }
}
