//! `cargo xtask torture sms`: the station killed at every state of a message, as often as one likes.

use anyhow::{Context, Result};

use crate::process::run;
use crate::workspace::Workspace;
use crate::{install, packages, ui};

/// Deaths without a number given: about an hour.
const ROUNDS: u32 = 10_000;

/// Kills the station so many times while messages go out, and counts what really left.
pub fn sms(workspace: &Workspace, rounds: Option<&str>) -> Result<()> {
    let rounds = match rounds {
        None => ROUNDS,
        Some(number) => number.parse().with_context(|| format!("`{number}` is no number of deaths"))?,
    };
    install::ensure(&[&packages::HEADLESS])?;
    ui::install(&workspace.root)?;
    ui::build(&workspace.root)?;
    run(workspace.cargo().args([
        "build",
        "--release",
        "--package",
        "gerai-host",
        "--bin",
        "gerai",
        "--features",
        "crash-points",
    ]))?;
    run(workspace
        .cargo()
        .args(["test", "--package", "gerai-tests", "--test", "flows", "sms_kills", "--", "--nocapture"])
        .env("GERAI_BIN", workspace.binary("release", "gerai"))
        .env("GERAI_TORTURE_ROUNDS", rounds.to_string()))
}
