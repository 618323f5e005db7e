//! The shape of the house, checked against the manifests and the sources.
//!
//! Cargo already refuses an import that no manifest names; this test refuses the manifest. The tables below are
//! written by hand from `docs/architecture.md`: a new crate, or a new direction, is a decision to be made there first.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate, the crates of ours it may import, and what it must never import.
struct Rule {
    name: &'static str,
    may: &'static [&'static str],
    never: &'static [&'static str],
}

/// Crates that touch the world: sockets, ports, cameras, keychains, windows.
const ADAPTERS: &[&str] = &[
    "axum",
    "btleplug",
    "interprocess",
    "keyring-core",
    "lapin",
    "mqtt5",
    "nokhwa",
    "rumqttc",
    "secret-service",
    "serialport",
    "tauri",
    "tokio-tungstenite",
    "tower-http",
];

const RULES: &[Rule] = &[
    Rule {
        name: "gerai-core",
        may: &[],
        never: &["tokio", "rusqlite", "getrandom", "rand", "chrono", "time"],
    },
    Rule { name: "gerai-store", may: &["gerai-core"], never: &[] },
    Rule { name: "gerai-app", may: &["gerai-core", "gerai-store"], never: &["rusqlite"] },
    Rule { name: "gerai-modem", may: &["gerai-core"], never: &["tauri", "rusqlite", "axum", "keyring-core"] },
    Rule {
        name: "gerai-broker",
        may: &["gerai-core"],
        never: &["tauri", "rusqlite", "axum", "keyring-core"],
    },
    Rule { name: "gerai-sense", may: &["gerai-core"], never: &["tauri", "rusqlite", "axum", "keyring-core"] },
    Rule {
        name: "gerai-web",
        may: &["gerai-app", "gerai-core"],
        never: &["tauri", "rusqlite", "rumqttc", "keyring-core"],
    },
    Rule {
        name: "gerai-host",
        may: &[
            "gerai-app",
            "gerai-broker",
            "gerai-core",
            "gerai-modem",
            "gerai-sense",
            "gerai-store",
            "gerai-web",
        ],
        never: &["tauri"],
    },
    Rule {
        name: "gerai-desktop",
        may: &["gerai-app", "gerai-host"],
        never: &["rusqlite", "rumqttc", "axum"],
    },
    Rule {
        name: "gerai-tests",
        may: &[
            "gerai-app",
            "gerai-broker",
            "gerai-core",
            "gerai-host",
            "gerai-modem",
            "gerai-store",
            "gerai-web",
        ],
        never: &["tauri"],
    },
    Rule { name: "gerai-fuzz", may: &["gerai-core", "gerai-modem"], never: &["tauri"] },
    Rule { name: "xtask", may: &[], never: &["tokio", "tauri"] },
];

/// These crates reach the world only through the ports of `gerai-core`.
const WITHOUT_ADAPTERS: &[&str] = &["gerai-core", "gerai-store", "gerai-app"];

/// Files that may be longer than [`LINES_MAX`], each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// A file that is longer is split.
const LINES_MAX: usize = 400;

/// Folders that hold nothing written by hand.
const NOT_OURS: &[&str] =
    &[".git", "target", "node_modules", "dist", "gen", "paraglide", "test-results", "coverage", ".venv"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All files below the root with one of these endings, by path from the root.
fn files(endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let shown = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            if endings.iter().any(|ending| shown.ends_with(ending))
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.insert(shown, text);
            }
        }
    }
    assert!(!found.is_empty(), "no file with {endings:?} found below {}", root().display());
    found
}

fn manifests() -> BTreeMap<String, toml::Table> {
    let packages = files(&["Cargo.toml"]).into_iter().filter(|(path, _)| path != "Cargo.toml");
    let parsed = packages.map(|(path, text)| (path, text.parse::<toml::Table>().unwrap()));
    parsed.map(|(_, table)| (table["package"]["name"].as_str().unwrap().to_owned(), table)).collect()
}

/// Names of the dependencies of these kinds, those of single platforms included.
fn dependencies(manifest: &toml::Table, kinds: &[&str]) -> Vec<String> {
    let mut tables: Vec<&toml::Table> = vec![manifest];
    if let Some(platforms) = manifest.get("target").and_then(toml::Value::as_table) {
        tables.extend(platforms.values().filter_map(toml::Value::as_table));
    }
    let lists = tables.iter().flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    let named = lists.flat_map(|list| {
        list.iter().map(|(name, value)| {
            // `alias = { package = "real-name" }` imports the real one.
            value.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned()
        })
    });
    named.collect()
}

const SHIPPED: &[&str] = &["dependencies", "build-dependencies"];
const TESTS: &[&str] = &["dev-dependencies"];

/// What the crate may import, what those may, and so on down: its tests may set up all that lies below it.
fn below(rule: &Rule) -> Vec<&'static str> {
    let mut found: Vec<&str> = rule.may.to_vec();
    let mut next = 0;
    while let Some(name) = found.get(next).copied() {
        next += 1;
        let more = RULES.iter().filter(|rule| rule.name == name).flat_map(|rule| rule.may);
        let new: Vec<_> = more.copied().filter(|name| !found.contains(name)).collect();
        found.extend(new);
    }
    found
}

#[test]
fn every_import_follows_the_direction_table() {
    let mut wrong = Vec::new();
    for (name, manifest) in manifests() {
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            wrong.push(format!(
                "{name} has no rule: say in docs/architecture.md who may import it, then here"
            ));
            continue;
        };
        for (kinds, may) in [(SHIPPED, rule.may.to_vec()), (TESTS, below(rule))] {
            for dependency in dependencies(&manifest, kinds) {
                let ours = dependency.starts_with("gerai-") || dependency == "xtask";
                if ours && !may.contains(&dependency.as_str()) {
                    wrong.push(format!("{name} imports {dependency}; it may import {may:?}"));
                }
                let adapter =
                    WITHOUT_ADAPTERS.contains(&rule.name) && ADAPTERS.contains(&dependency.as_str());
                if adapter || rule.never.contains(&dependency.as_str()) {
                    wrong.push(format!("{name} must never import {dependency}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_desktop_names_tauri() {
    for (name, manifest) in manifests() {
        let all = [SHIPPED, TESTS].concat();
        let named =
            dependencies(&manifest, &all).into_iter().find(|dependency| dependency.starts_with("tauri"));
        assert!(named.is_none() || name == "gerai-desktop", "{name} imports {named:?}");
    }
}

#[test]
fn the_root_is_virtual_and_builds_without_webkit() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    assert!(!manifest.contains_key("package"), "the root Cargo.toml is a workspace, not a package");
    let defaults = manifest["workspace"]["default-members"].as_array().unwrap();
    for member in defaults.iter().map(|member| member.as_str().unwrap()) {
        assert!(member != "src-tauri" && member != "tests", "a plain `cargo test` must not build {member}");
    }
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for (path, text) in files(&[".rs", ".ts", ".svelte"]) {
        let lines = text.lines().count();
        let listed = LONG_FILES.iter().any(|(name, _)| *name == path);
        if lines > LINES_MAX && !listed {
            long.push(format!("{path}: {lines} lines; split it at {LINES_MAX}"));
        }
        if lines <= LINES_MAX && listed {
            long.push(format!("{path} is short again: take it off the list"));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_rust_file_says_what_it_is() {
    let silent: Vec<_> = files(&[".rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "these files do not open with `//!`: {silent:?}");
}

#[test]
fn the_clock_is_read_in_one_place() {
    // Written in two halves, so that this file does not find itself.
    let wall = ["SystemTime", "::now"].concat();
    let monotonic = ["Instant", "::now"].concat();
    for (path, text) in files(&[".rs"]) {
        // An example is a program of its own, below the host: it brings its own clock.
        let host = path.starts_with("src-tauri/crates/host/") || path.contains("/examples/");
        assert!(host || !text.contains(&wall), "{path} reads the wall clock; take it from the clock port");
        let rules = path.starts_with("src-tauri/crates/core/");
        assert!(!rules || !text.contains(&monotonic), "{path} reads a clock; rules get the time passed in");
    }
}

#[test]
fn the_repository_stands_alone() {
    let folders = ["spec", "design", "seeds", "tools", "hooks"].map(|name| format!("shared/{name}"));
    let endings = [
        ".rs", ".ts", ".svelte", ".md", ".toml", ".yml", ".yaml", ".json", ".sh", ".html", ".css", ".py",
        ".sql", "/run",
    ];
    for (path, text) in files(&endings) {
        let named = folders.iter().find(|folder| text.contains(*folder));
        assert!(
            named.is_none(),
            "{path} names {named:?}, which a user who clones this repository does not have"
        );
    }
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let names: Vec<String> = files(&[".sql"])
        .into_keys()
        .filter_map(|path| path.strip_prefix("migrations/").map(str::to_owned))
        .collect();
    for (index, name) in names.iter().enumerate() {
        assert!(
            name.starts_with(&format!("{:04}_", index + 1)),
            "migrations/{name} is number {} in line",
            index + 1
        );
    }
}
