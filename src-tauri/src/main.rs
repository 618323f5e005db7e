//! Gerai's desktop: the console and the counter in windows of their own. Reads its arguments before it touches anything
//! that needs a display, becomes the station of its data folder (or joins the one that runs there), and hands every
//! command of its windows to the contract. The only program that knows Tauri.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod desk;
mod events;
mod ipc;
mod shell;
mod windows;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use gerai_host::dumps;
use gerai_host::logging;
use gerai_host::options::{Options, VaultKind};

/// Gerai's windows: the console and the counter. For the command line, see `gerai --help`.
#[derive(Parser)]
#[command(name = "gerai-desktop", version, about)]
struct Arguments {
    /// The station's data folder [default: the system's own place]
    #[arg(long, env = "GERAI_DATA", value_name = "DIR", hide_env_values = true)]
    data: Option<PathBuf>,
    /// No money is real: use a throw-away folder (or a new one named by --data)
    #[arg(long)]
    try_out: bool,
    /// Where secrets are kept
    #[arg(long, env = "GERAI_VAULT", value_enum, hide = true)]
    vault: Option<VaultKind>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logging::start(true);
    dumps::forbid(dumps::Scope::NoFile);
    if !has_display() {
        eprintln!(
            "gerai-desktop: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)\n               \
             Start the station without a window: gerai serve"
        );
        return ExitCode::FAILURE;
    }
    match open(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gerai-desktop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn open(arguments: Arguments) -> anyhow::Result<()> {
    let options = Options::new(arguments.data, arguments.vault)?;
    let (options, throw_away) = if arguments.try_out { options.for_try_out()? } else { (options, false) };
    let outcome = shell::run(&options);
    if throw_away && let Err(error) = std::fs::remove_dir_all(options.folder.path()) {
        tracing::warn!(%error, "The try-out folder could not be removed");
    }
    outcome
}

/// Without a display the window toolkit ends the process in a way nobody understands: look first.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
