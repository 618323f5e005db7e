//! The tables of `bench sms`, the bars of `docs/benchmarks.md`.

use std::fmt::Write as _;

use super::many::{LINES, Many};
use super::{Measures, Row, peers};

/// Everything as Markdown.
pub fn text(measures: &Measures, facts: &[(&str, String)]) -> String {
    let mut text = String::from("One modem:\n\n");
    senders(&mut text, &measures.rows);
    if let Some(many) = &measures.many {
        lines(&mut text, many);
    }
    text.push_str("\n| bar | measured | aim | |\n|---|---:|---:|---|\n");
    bars(&mut text, measures);
    text.push('\n');
    for gap in &measures.gaps {
        writeln!(text, "- {}", gap.replace('\n', " ")).ok();
    }
    if !measures.gaps.is_empty() {
        text.push('\n');
    }
    for peer in peers::ALL {
        writeln!(text, "{} as tuned: {}.", peer.name(), peer.tuned()).ok();
    }
    text.push_str("The station runs with its defaults, delivery reports asked for.\n\n");
    if let Some(fsync) = &measures.fsync {
        writeln!(
            text,
            "Disk: {:.0} syncs of a 256-byte append a second, p50 {:.2} ms, p99 {:.2} ms.",
            fsync.per_second, fsync.p50_ms, fsync.p99_ms
        )
        .ok();
    }
    let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    writeln!(text, "Measured on: {}.", facts.join("; ")).ok();
    text
}

/// Three figures that matter, or so.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn senders(text: &mut String, rows: &[Row]) {
    let mut row = |what: &str, cell: &dyn Fn(&Row) -> Option<String>| {
        write!(text, "| {what} |").ok();
        for sender in rows {
            write!(text, " {} |", cell(sender).unwrap_or_else(|| "not measured".to_owned())).ok();
        }
        text.push('\n');
    };
    row("", &|sender| Some(sender.name.to_owned()));
    row("---", &|_| Some("---:".to_owned()));
    let pair = |(p50, p99): (f64, f64)| format!("{} / {}", shown(p50), shown(p99));
    row("handed over to `AT+CMGS`, p50 / p99 ms", &|s| Some(pair(s.one.as_ref()?.to_command)));
    row("handed over to Ctrl-Z, p50 / p99 ms", &|s| Some(pair(s.one.as_ref()?.to_submit)));
    row("accepted to Ctrl-Z, p50 / p99 ms", &|s| Some(pair(s.one.as_ref()?.answer_to_submit)));
    row("final result to the next Ctrl-Z, p50 ms", &|s| Some(shown(s.one.as_ref()?.next_ms)));
    row("messages a second, network 0 ms", &|s| Some(shown(s.one.as_ref()?.rate_fast)));
    row("messages a second, network 3,000 ms", &|s| Some(format!("{:.4}", s.one.as_ref()?.rate_slow)));
    row("processor a message, ms", &|s| Some(shown(s.one.as_ref()?.cpu_ms)));
    row("memory, MiB", &|s| Some(shown(s.one.as_ref()?.rss_mib)));
    row("copies sent after SIGKILL between Ctrl-Z and final result", &|s| Some(s.copies?.to_string()));
}

fn lines(text: &mut String, many: &Many) {
    writeln!(text, "\nThe station with {LINES} modems:\n").ok();
    let mut row = |what: &str, empty: String, full: String| {
        writeln!(text, "| {what} | {empty} | {full} |").ok();
    };
    row("", "empty queue".to_owned(), format!("{} messages waiting", many.waiting.0));
    row("---", "---:".to_owned(), "---:".to_owned());
    let share = |(worst, mean): (f64, f64)| format!("{worst:.2} / {mean:.2} %");
    row(
        "share of the network's time used, worst line / mean, network 3,000 ms",
        share(many.share),
        share(many.share_full),
    );
    let latency = |one: &super::One| format!("{} / {}", shown(one.to_submit.0), shown(one.to_submit.1));
    row("handed over to Ctrl-Z, p50 / p99 ms", latency(&many.latency.0), latency(&many.latency.1));
    row("memory, MiB", shown(many.rss_mib.0), shown(many.rss_mib.1));
    row("messages a second in all, network 0 ms", shown(many.rate), String::new());
    row("processor to send a message, ms, network 0 ms", shown(many.cpu_ms.1), String::new());
    row("processor to send a message, ms, network 3,000 ms", shown(many.cpu_slow_ms), String::new());
    row("processor to accept a message, ms", shown(many.cpu_ms.0), String::new());
    row("messages accepted a second", String::new(), shown(many.waiting.1));
    row("wake-ups a second, idle", shown(many.idle.0), String::new());
    row("processor, idle, per cent of a core", shown(many.idle.1), String::new());
}

fn bars(text: &mut String, measures: &Measures) {
    let mut bar = |what: &str, measured: Option<f64>, unit: &str, aim: Option<f64>, most: bool| {
        let (Some(measured), Some(aim)) = (measured, aim) else {
            writeln!(text, "| {what} | not measured | | |").ok();
            return;
        };
        let met = if most { measured <= aim } else { measured >= aim };
        let (sign, word) = (if most { "≤" } else { "≥" }, if met { "met" } else { "missed" });
        writeln!(text, "| {what} | {}{unit} | {sign} {}{unit} | {word} |", shown(measured), shown(aim)).ok();
    };
    let station = measures.rows.first().and_then(|row| row.one.as_ref());
    let fsync = measures.fsync.as_ref().map(|fsync| fsync.p50_ms);
    // COMMIT is the last thing before the answer: one sync after handing over at the earliest.
    bar(
        "handed over to Ctrl-Z less the sync of the COMMIT, p50: one sync and 2 ms",
        station.zip(fsync).map(|(one, fsync)| one.to_submit.0 - fsync),
        " ms",
        fsync.map(|fsync| fsync + 2.0),
        true,
    );
    bar("handed over to Ctrl-Z, p99", station.map(|one| one.to_submit.1), " ms", Some(20.0), true);
    let many = measures.many.as_ref();
    bar(
        "share of the network's time, worst of 64 lines",
        many.map(|many| many.share.0),
        " %",
        Some(99.5),
        false,
    );
    bar("processor to send a message under load", many.map(|many| many.cpu_ms.1), " ms", Some(0.3), true);
    bar("wake-ups a second, idle, one modem", measures.idle.map(|idle| idle.0), "", Some(1.0), true);
    let added = measures.idle.zip(measures.idle_without).map(|(with, without)| with.0 - without.0);
    bar("of them by short messages: more than with `sms.enabled = false`", added, "", Some(1.0), true);
    bar("wake-ups a second, idle, 64 modems", many.map(|many| many.idle.0), "", Some(1.0), true);
    let copies = measures.rows.first().and_then(|row| row.copies).map(|copies| copies as f64);
    bar("copies of a message whose sender was killed", copies, "", Some(1.0), true);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Measure;

    #[test]
    fn bars_say_whether_they_are_met() {
        let one = super::super::One { to_submit: (2.0, 30.0), ..Default::default() };
        let measures = Measures {
            fsync: Some(Measure { per_second: 2000.0, p50_ms: 0.5, p99_ms: 1.0 }),
            rows: vec![
                Row { name: "station", one: Some(one), copies: Some(1) },
                Row { name: "Kannel", one: None, copies: None },
            ],
            many: Some(Many::default()),
            ..Measures::default()
        };
        let text = text(&measures, &[("kernel", "Linux".to_owned())]);
        assert!(text.contains("| 1.50 ms | ≤ 2.50 ms | met |"), "{text}");
        assert!(text.contains("| 30.0 ms | ≤ 20.0 ms | missed |"), "{text}");
        assert!(
            text.contains("| copies sent after SIGKILL between Ctrl-Z and final result | 1 | not measured |"),
            "{text}"
        );
        assert!(text.contains("\nThe station with 64 modems:\n\n|  | empty queue |"), "{text}");
    }
}
