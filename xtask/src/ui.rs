//! The user interface: its npm packages and its build. Both cost nothing while their inputs stay the same.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process::{npm, run};
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
    if let Err(error) = run(npm(root).args(["ci", "--no-audit", "--no-fund"])) {
        // `ci` also refuses a lock file that lacks optional packages of other systems, which happens when it was
        // written behind a mirror without them. `install` takes the same versions from it and leaves it alone.
        println!("  {error}; trying again without its strictness");
        run(npm(root).args(["install", "--no-save", "--no-audit", "--no-fund"]))?;
    }
    stamp::keep(&kept, &hash)
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
