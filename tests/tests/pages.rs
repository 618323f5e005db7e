//! The pages about security name files and tests as proof: all of them exist.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text of all our files, by their path from the root.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = ["src-tauri", "tests", "ui/src", "ui/e2e", "docs", "xtask"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, text);
            }
        }
    }
    found
}

/// What stands between backticks, table rows apart.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn has_function(text: &str, name: &str) -> bool {
    match name.strip_suffix('…') {
        Some(start) => text.contains(&format!("fn {start}")),
        None => text.contains(&format!("fn {name}(")),
    }
}

/// Faults of one page.
fn faults(page: &str, text: &str, sources: &BTreeMap<String, String>) -> (usize, Vec<String>) {
    let (mut checked, mut faults) = (0, Vec::new());
    for (number, line) in text.lines().enumerate() {
        // A test named without its file is in the one named before it.
        let mut files: Vec<&String> = Vec::new();
        for word in quoted(line) {
            let (file, test) = match word.split_once(": ") {
                Some((file, test)) => (Some(file), Some(test)),
                None if word.contains(".rs") || word.ends_with(".ts") || word.ends_with(".svelte") => {
                    (Some(word), None)
                }
                None if word.matches('_').count() >= 2 && !word.contains(['.', '/', ' ', '=', '-']) => {
                    (None, Some(word))
                }
                None => (None, None),
            };
            let is_file =
                file.is_some_and(|file| [".rs", ".ts", ".svelte"].iter().any(|end| file.ends_with(end)));
            if let Some(file) = file.filter(|_| is_file) {
                let end = format!("/{file}");
                files = sources.keys().filter(|path| format!("/{path}").ends_with(&end)).collect();
                checked += 1;
                if files.is_empty() {
                    faults.push(format!("{page}:{}: there is no {file}", number + 1));
                }
            }
            if let Some(test) = test.filter(|_| is_file || file.is_none()) {
                checked += 1;
                if !files.iter().any(|file| has_function(&sources[*file], test)) {
                    faults.push(format!("{page}:{}: there is no test {test} in {files:?}", number + 1));
                }
            }
        }
    }
    (checked, faults)
}

#[test]
fn what_the_security_pages_name_exists() {
    let sources = sources();
    for (page, at_least) in PAGES {
        let (checked, faults) = faults(page, &sources[*page], &sources);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(checked >= *at_least, "{page}: only {checked} names were looked at");
    }
}

#[test]
fn a_name_that_is_nowhere_is_found() {
    let sources = sources();
    let page = "| `web/src/guard.rs` | `web/src/gard.rs` | `web/tests/tls.rs: one_port_speaks_both`, `one_port_speaks_none` |";
    let (checked, faults) = faults("page", page, &sources);
    assert_eq!((checked, faults.len()), (5, 2), "{faults:?}");
}

/// The pages, and how many names each has at least.
const PAGES: &[(&str, usize)] = &[("docs/asvs.md", 120), ("docs/threats.md", 60)];
