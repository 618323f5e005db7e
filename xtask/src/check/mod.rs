//! `cargo xtask check-windows` and `check-macos`: does the code type-check for a system that is not this one?
//!
//! Slow, so no part of `cargo xtask test`. What is fetched and built is kept, so a second run costs little.

mod sources;
mod toolchain;

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::process::{find_program, run, shown};
use crate::workspace::Workspace;
use crate::{install, packages, ui};
use toolchain::Toolchain;

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";

/// The crates that make the binary `gerai`.
const HEADLESS: &[&str] =
    &["gerai-core", "gerai-store", "gerai-app", "gerai-broker", "gerai-web", "gerai-host"];
const DESKTOP: &str = "gerai-desktop";

/// What the user asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// The windows of the desktop app as well.
    desktop: bool,
}

fn read(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--desktop" => options.desktop = true,
            other => bail!(crate::Usage(format!("this check does not know `{other}`; it takes --desktop"))),
        }
    }
    Ok(options)
}

/// Windows (GNU ABI), with MinGW for the C parts.
pub fn windows(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let options = read(arguments)?;
    step("system packages", || install::ensure(&[&packages::HEADLESS, &packages::WINDOWS_CHECK]))?;
    let compiler = "x86_64-w64-mingw32-gcc";
    find_program(compiler).with_context(|| {
        format!("`{compiler}` is not on the PATH: install MinGW-w64 for 64-bit Windows, then try again")
    })?;
    let toolchain = step("the standard library for Windows", || Toolchain::find(workspace, WINDOWS))?;
    screens(workspace, &options)?;
    step("type-checking for Windows", || {
        let mut cargo = toolchain.cargo(workspace);
        cargo.arg("check");
        check(&mut cargo, &toolchain, WINDOWS, &options)
    })
}

/// macOS on Apple silicon, with zig for the C parts. Nothing is linked: that needs Apple's SDK.
pub fn macos(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let options = read(arguments)?;
    step("system packages", || install::ensure(&[&packages::HEADLESS, &packages::MACOS_CHECK]))?;
    let toolchain = step("the standard library for macOS", || Toolchain::find(workspace, MACOS))?;
    let python = toolchain::cache(workspace)?.join("zig");
    step("zig", || {
        install::python_environment(&python, &workspace.root.join("xtask/check-requirements.txt"))
    })?;
    screens(workspace, &options)?;
    step("type-checking for macOS", || {
        let mut zig = toolchain.dress(Command::new(python.join("bin/cargo-zigbuild")), workspace);
        // cargo-zigbuild looks for a Python with ziglang, and for cargo, on the PATH.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [python.join("bin")].into_iter().chain(std::env::split_paths(&path));
        zig.env("PATH", std::env::join_paths(folders)?).current_dir(&workspace.root).arg("check");
        check(&mut zig, &toolchain, MACOS, &options)
    })
}

fn check(command: &mut Command, toolchain: &Toolchain, target: &str, options: &Options) -> Result<()> {
    command.args(["--target", target]);
    toolchain.build_std(command);
    for name in HEADLESS.iter().chain(options.desktop.then_some(&DESKTOP)) {
        command.args(["--package", name]);
    }
    run(command).with_context(|| format!("the code does not type-check for {target}"))?;
    let with = if options.desktop { ", the desktop app included" } else { "" };
    println!("\nThe code type-checks for {target}{with}. Nothing was linked or run.");
    Ok(())
}

/// The desktop app carries the screens inside it.
fn screens(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.desktop {
        return Ok(());
    }
    step("the screens", || {
        ui::install(&workspace.root)?;
        ui::build(&workspace.root)
    })
}

fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n── {what}");
    let started = Instant::now();
    let done = work()?;
    println!("── {what}: {} s", started.elapsed().as_secs());
    Ok(done)
}

/// A program's output in one line, for finding out about a toolchain.
fn ask(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", shown(command), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_arguments() {
        assert!(read(&["--desktop".to_owned()]).unwrap().desktop);
        assert!(read(&["--release".to_owned()]).unwrap_err().is::<crate::Usage>());
    }
}
