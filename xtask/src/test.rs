//! `cargo xtask test`: every check there is, in the order in which they cost least to fail.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::counts::Counts;
use crate::process::{find_program, npm, run, run_counting, succeeds};
use crate::station::{Station, temporary_folder};
use crate::steps::{self, Step};
use crate::workspace::Workspace;
use crate::{install, packages, stamp, ui};

const STEPS: &[Step] = &[
    Step { name: "system", what: "system packages for the tests", after: &[], run: system },
    Step { name: "format", what: "rustfmt has nothing to change", after: &[], run: format },
    Step { name: "ui-install", what: "npm packages", after: &[], run: ui_install },
    Step { name: "ui-check", what: "types of the screens", after: &["ui-install"], run: ui_check },
    Step { name: "ui-test", what: "unit tests of the screens", after: &["ui-install"], run: ui_test },
    Step { name: "ui-build", what: "the screens, built", after: &["ui-install"], run: ui_build },
    Step { name: "unit", what: "unit tests of the crates", after: &["system", "ui-build"], run: unit },
    Step {
        name: "bindings",
        what: "generated types are the committed ones",
        after: &["unit"],
        run: bindings,
    },
    Step { name: "lint", what: "clippy finds nothing", after: &["system", "ui-build"], run: lint },
    Step {
        name: "gerai",
        what: "release build with crash points",
        after: &["system", "ui-build"],
        run: gerai,
    },
    Step { name: "station", what: "whole-station tests from outside", after: &["gerai"], run: station },
    Step { name: "browser", what: "the screens in a real browser", after: &["gerai"], run: browser },
    Step { name: "desktop", what: "the desktop app, built", after: &["system", "ui-build"], run: desktop },
    Step { name: "window", what: "a real window, looked at", after: &["desktop", "gerai"], run: window },
];

/// Runs the steps asked for; `Ok(false)` when one failed.
pub fn run_tests(workspace: &Workspace, arguments: &[String]) -> Result<bool> {
    let mut only = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => {
                for step in STEPS {
                    println!("{:<12} {}", step.name, step.what);
                }
                return Ok(true);
            }
            "--only" => match words.next() {
                Some(names) => only.extend(names.split(',').map(str::to_owned)),
                None => {
                    bail!(crate::Usage("`--only` wants the name of a step; --list names them".to_owned()))
                }
            },
            other => bail!(crate::Usage(format!("`test` does not know `{other}`"))),
        }
    }
    let chosen = steps::choose(STEPS, &only).map_err(|error| crate::Usage(error.to_string()))?;
    workspace.prune_cache()?;
    let outcomes = steps::run(workspace, &chosen);
    Ok(steps::summarise(&outcomes))
}

fn system(_: &Workspace, _: &mut Counts) -> Result<()> {
    install::ensure(&[
        &packages::HEADLESS,
        &packages::DESKTOP,
        &packages::WINDOW_TESTS,
        &packages::BROWSER_TESTS,
        &packages::REAL_PARTS,
        &packages::SENSE_TESTS,
    ])
}

fn format(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    run(workspace.cargo().args(["fmt", "--all", "--", "--check", "-l"])).context("type `cargo fmt --all`")
}

fn ui_install(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    ui::install(&workspace.root)
}

fn ui_check(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    run(npm(&workspace.root).args(["run", "check"]))
}

fn ui_test(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    run_counting(npm(&workspace.root).arg("test"), counts)
}

fn ui_build(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    ui::build(&workspace.root)
}

fn unit(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    run_counting(workspace.cargo().arg("test"), counts)
}

/// The unit tests have just written the TypeScript types anew: git tells whether they came out as committed.
fn bindings(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    let git = || {
        let mut git = Command::new("git");
        git.current_dir(&workspace.root);
        git
    };
    if find_program("git").is_none() || !succeeds(git().args(["rev-parse", "--is-inside-work-tree"])) {
        println!("  not a git checkout: nothing to compare with");
        return Ok(());
    }
    run(git().args(["diff", "--exit-code", "--stat", "--", "ui/src/bindings"])).context(
        "ui/src/bindings is older than the contract; commit what `cargo test -p gerai-app` wrote there",
    )?;
    let unknown = crate::process::capture(git().args(["ls-files", "--others", "--", "ui/src/bindings"]))?;
    if !unknown.trim().is_empty() {
        bail!("the contract has new types; commit them:\n{}", unknown.trim_end());
    }
    Ok(())
}

fn lint(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    run(workspace.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn gerai(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    let mut build = workspace.cargo();
    build.args([
        "build",
        "--release",
        "--package",
        "gerai-host",
        "--bin",
        "gerai",
        "--features",
        "crash-points",
    ]);
    run(&mut build)
}

fn station(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    let python = interop_clients(workspace)?;
    let mut tests = workspace.cargo();
    tests
        .args(["test", "--package", "gerai-tests"])
        .env("GERAI_BIN", workspace.binary("release", "gerai"))
        .env("GERAI_INTEROP_PYTHON", python);
    run_counting(&mut tests, counts)
}

/// The MQTT clients of other people that the brokers are tried with; answers with the Python that has paho.
fn interop_clients(workspace: &Workspace) -> Result<PathBuf> {
    let sources = workspace.root.join("tests/interop");
    let environment = workspace.target.join("interop-venv");
    install::python_environment(&environment, &sources.join("requirements.txt"))?;
    let hash = stamp::hash_of(&[sources.join("package-lock.json")], &[])?;
    let kept = sources.join("node_modules/.gerai-stamp");
    if !stamp::is_fresh(&kept, &hash) {
        run(npm(&workspace.root).current_dir(&sources).args(["ci", "--no-audit", "--no-fund"]))?;
        stamp::keep(&kept, &hash)?;
    }
    Ok(environment.join("bin/python"))
}

fn browser(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    let binary = workspace.binary("release", "gerai");
    let station = Station::start(&binary, &temporary_folder("browser"), &[])?;
    let mut tests = npm(&workspace.root);
    tests
        .args(["run", "e2e"])
        .env("GERAI_BIN", &binary)
        .env("GERAI_BASE_URL", &station.url)
        .env("GERAI_DATA", &station.data)
        .env("GERAI_PID", station.pid().to_string())
        .env("GERAI_VAULT", "memory");
    if let Some(browser) = packages::BROWSERS.iter().find_map(|name| find_program(name)) {
        tests.env("CHROMIUM", browser);
    }
    let result = run_counting(&mut tests, counts);
    if result.is_err() {
        println!("  the station's own words are in {}", station.log.display());
    }
    result
}

fn desktop(workspace: &Workspace, _: &mut Counts) -> Result<()> {
    run(workspace.cargo().args(["build", "--package", "gerai-desktop"]))
}

/// On a virtual display, with a session bus of its own: nothing of the developer's desktop is touched.
fn window(workspace: &Workspace, counts: &mut Counts) -> Result<()> {
    let cargo = workspace.cargo();
    let mut tests = Command::new("xvfb-run");
    tests
        .current_dir(&workspace.root)
        .args(["--auto-servernum", "--server-args", "-screen 0 1280x800x24", "dbus-run-session", "--"])
        .arg(cargo.get_program())
        .args(["test", "--package", "gerai-tests", "--test", "window", "--", "--ignored", "--nocapture"])
        // One display has one focus.
        .arg("--test-threads=1")
        .envs(cargo.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))))
        .env_remove("WAYLAND_DISPLAY")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("GERAI_DESKTOP_BIN", workspace.binary("debug", "gerai-desktop"))
        .env("GERAI_BIN", workspace.binary("release", "gerai"))
        .env("GERAI_SCREENSHOTS", screenshots(workspace));
    run_counting(&mut tests, counts)
}

fn screenshots(workspace: &Workspace) -> PathBuf {
    workspace.root.join("target/xtask/screenshots")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_point_backwards() {
        for (index, step) in STEPS.iter().enumerate() {
            for need in step.after {
                assert!(
                    STEPS[..index].iter().any(|earlier| earlier.name == *need),
                    "{} needs {need}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn an_unknown_step_is_wrong_usage() {
        let error =
            run_tests(&Workspace::for_tests(), &["--only".to_owned(), "nothing".to_owned()]).unwrap_err();
        assert!(error.is::<crate::Usage>(), "{error}");
    }
}
