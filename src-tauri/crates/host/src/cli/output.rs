//! What a command prints: text for people, or exactly one JSON document for programs. Failures go to standard error as
//! text, and with `--json` to standard output as a document as well.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;

/// Where and how a command answers.
pub struct Output {
    json: bool,
}

/// How a column of a table is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Output {
    /// `json`: one document instead of text.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Answers with a document, or the text that says the same.
    pub fn show(&self, document: &Value, text: impl FnOnce() -> String) -> ExitCode {
        if self.json {
            print(&format!("{document}\n"))
        } else {
            print(&ended(text()))
        }
        ExitCode::SUCCESS
    }

    /// Says something beside the answer.
    pub fn note(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Only a document will do.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Says what failed.
    pub fn fail(&self, failure: &Failure) -> ExitCode {
        let mut text = format!("gerai: {}", shown(&failure.message));
        if !failure.help.is_empty() {
            text.push_str(&format!("\n       {}", shown(&failure.help)));
        }
        self.note(&text);
        if self.json {
            self.show_failure_document(&failure.code, &failure.message, &failure.help);
        }
        ExitCode::FAILURE
    }

    /// The document of a failure.
    pub fn show_failure_document(&self, code: &str, message: &str, help: &str) {
        print(&format!("{}\n", json!({ "error": { "code": code, "message": message, "help": help } })));
    }
}

/// Whoever reads us may have gone: that is no failure of ours.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn ended(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Text of others, without what could drive a terminal.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// A table with aligned columns, a line a row.
pub fn table(columns: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let cell = |text: &str| shown(text.trim()).replace('\n', " ");
    let mut widths: Vec<usize> = columns.iter().map(|(title, _)| title.chars().count()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let titles: Vec<String> = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
    let mut lines = String::new();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells = row.iter().zip(&widths).zip(columns).map(|((text, width), (_, side))| match side {
            Side::Left => format!("{text:<width$}"),
            Side::Right => format!("{text:>width$}"),
        });
        lines.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        lines.push('\n');
    }
    lines
}

/// A field of an answer as text; `–` where it is null.
pub fn text(value: &Value, field: &str) -> String {
    match value.get(field) {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(other) => other.to_string(),
    }
}

/// A field of an answer as a whole number; 0 where it is none.
pub fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up_and_cannot_drive_a_terminal() {
        let columns = [("Name", Side::Left), ("Balance", Side::Right)];
        let rows = [
            vec!["Siti".to_owned(), "Rp 5".to_owned()],
            vec!["\u{1b}[2JBudi\n".to_owned(), "Rp 50.000".to_owned()],
        ];
        let want = "Name        Balance\nSiti           Rp 5\n\u{fffd}[2JBudi  Rp 50.000\n";
        assert_eq!(table(&columns, &rows), want);
    }
}
