//! The user interface: its npm packages and its build. Both cost nothing while their inputs stay the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{capture, npm, run};
use crate::stamp;

/// Folders of `ui/` that no build reads.
const NOT_INPUTS: &[&str] =
    &["node_modules", "dist", "e2e", "test-results", "coverage", ".vite", "paraglide", "cache"];

/// `npm ci`, when the lock file is not the one that was installed from.
pub fn install(root: &Path) -> Result<()> {
    let lock = root.join("ui/package-lock.json");
    if !lock.is_file() {
        bail!("ui/package-lock.json is missing; type `npm install` in ui/ and commit it");
    }
    let hash = stamp::hash_of(&[lock], &[])?;
    let kept = root.join("ui/node_modules/.gerai-stamp");
    if stamp::is_fresh(&kept, &hash) {
        println!("  npm packages are up to date");
        return Ok(());
    }
    check_node()?;
    if let Err(error) = run(npm(root).args(["ci", "--no-audit", "--no-fund"])) {
        // `ci` also refuses a lock file that lacks optional packages of other systems, which happens when it was
        // written behind a mirror without them. `install` takes the same versions from it and leaves it alone.
        println!("  {error}; trying again without its strictness");
        run(npm(root).args(["install", "--no-save", "--no-audit", "--no-fund"]))?;
    }
    stamp::keep(&kept, &hash)
}

/// Vite needs this Node at least; an older one fails with a message that does not say so.
const NODE_MIN: (u32, u32) = (20, 19);

fn check_node() -> Result<()> {
    let printed = capture(Command::new("node").arg("--version"))
        .context("Node is needed to build the screens; get version 20.19 or newer from https://nodejs.org")?;
    let mut parts =
        printed.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found < NODE_MIN {
        bail!("Node {} is too old; get version 20.19 or newer from https://nodejs.org", printed.trim());
    }
    Ok(())
}

/// `npm run build` into `ui/dist`, when anything it reads has changed.
pub fn build(root: &Path) -> Result<()> {
    let hash = stamp::hash_of(&[root.join("ui")], NOT_INPUTS)?;
    let kept: PathBuf = root.join("target/xtask/ui-build.stamp");
    if stamp::is_fresh(&kept, &hash) && root.join("ui/dist/index.html").is_file() {
        println!("  ui/dist is up to date");
        return Ok(());
    }
    run(npm(root).args(["run", "build"]))?;
    stamp::keep(&kept, &hash)
}
