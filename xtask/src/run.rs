//! `cargo xtask run`: from a fresh machine to an open station.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::process::{run, shown};
use crate::workspace::Workspace;
use crate::{install, packages, ui};

/// What the user asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    headless: bool,
    release: bool,
    /// Handed to the station as they are.
    station: Vec<String>,
}

impl Options {
    /// A try-out on a folder that is removed when it ends.
    fn is_thrown_away(&self) -> bool {
        let given = |name: &str| self.station.iter().any(|argument| argument.starts_with(name));
        given("--try-out") && !given("--data") && std::env::var_os("GERAI_DATA").is_none()
    }
}

/// Installs what is missing, builds, opens the window; without a display it serves and prints the address.
pub fn run_station(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let mut options = read(arguments)?;
    if !options.headless && !has_display() {
        println!(
            "There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): the station will serve without a window."
        );
        options.headless = true;
    }
    let groups: &[&packages::Group] =
        if options.headless { &[&packages::HEADLESS] } else { &[&packages::HEADLESS, &packages::DESKTOP] };

    step(1, "system packages", || install::ensure(groups))?;
    step(2, "npm packages", || ui::install(&workspace.root))?;
    step(3, "the screens", || ui::build(&workspace.root))?;
    let (package, binary) =
        if options.headless { ("gerai-host", "gerai") } else { ("gerai-desktop", "gerai-desktop") };
    step(4, "the station", || {
        let mut build = workspace.cargo();
        build.args(["build", "--package", package, "--bin", binary]);
        if options.release {
            build.arg("--release");
        }
        run(&mut build)
    })?;

    let profile = if options.release { "release" } else { "debug" };
    let mut station = Command::new(workspace.binary(profile, binary));
    if options.headless {
        station.arg("serve");
    } else if without_gpu() && std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        // WebKitGTK draws an empty grey window where it finds no GPU to share buffers with.
        station.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
    if options.is_thrown_away() && std::env::var_os("GERAI_VAULT").is_none() {
        // Its secrets may go with it: so it needs no keychain, which servers and containers do not have.
        station.env("GERAI_VAULT", "memory");
    }
    station.args(&options.station);
    println!("\n── opening: {}", shown(&station));
    become_program(&mut station)
}

fn read(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--headless" => options.headless = true,
            "--release" => options.release = true,
            "--try-out" => options.station.push(argument.clone()),
            "--" => options.station.extend(arguments.by_ref().cloned()),
            other => bail!(crate::Usage(format!(
                "`run` does not know `{other}`; arguments for the station go after `--`"
            ))),
        }
    }
    Ok(options)
}

fn step(number: usize, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n── {number}/4 {what}");
    let started = Instant::now();
    work().with_context(|| format!("step {number} ({what}) failed"))?;
    println!("   {what} {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Windows and macOS always have one.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn without_gpu() -> bool {
    cfg!(target_os = "linux") && !Path::new("/dev/dri/renderD128").exists()
}

/// The station takes this process's place, so that Ctrl-C reaches it and its exit code is ours.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", command.get_program().to_string_lossy()))
}

/// The station runs, and its exit code becomes ours.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    std::process::exit(status.code().unwrap_or(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], headless: bool, release: bool, station: &[&str]) {
        let arguments: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let station = station.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(read(&arguments).unwrap(), Options { headless, release, station });
    }

    #[test]
    fn a_try_out_on_a_folder_of_ones_own_keeps_its_secrets() {
        let thrown_away = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
            read(&arguments).unwrap().is_thrown_away()
        };
        assert!(thrown_away(&["--try-out"]) && !thrown_away(&["--headless"]));
        assert!(!thrown_away(&["--try-out", "--", "--data", "/tmp/x"]));
    }

    #[test]
    fn arguments_are_ours_until_two_dashes() {
        check(&[], false, false, &[]);
        check(&["--release", "--try-out"], false, true, &["--try-out"]);
        check(
            &["--headless", "--", "--data", "/tmp/x", "--release"],
            true,
            false,
            &["--data", "/tmp/x", "--release"],
        );
    }

    #[test]
    fn an_unknown_argument_is_refused() {
        assert!(read(&["--data".to_owned()]).unwrap_err().is::<crate::Usage>());
    }
}
