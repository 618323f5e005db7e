//! Where things are: the root of the repository, cargo's target folder, the binaries in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// A cached target folder above this size is thrown away before a run: it holds builds of many checkouts.
const CACHE_MIB_MAX: u64 = 16 * 1024;

/// The repository and its builds.
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Continuous integration: `CI=true`.
    pub ci: bool,
}

impl Workspace {
    /// Finds the repository and chooses the target folder.
    ///
    /// Continuous integration starts from a fresh checkout each time, so there the target folder lies in the user's
    /// cache, where the next run finds the dependencies already built.
    pub fn find() -> Result<Self> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?.to_owned();
        let ci = std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1");
        let set = std::env::var_os("CARGO_TARGET_DIR").map(|folder| root.join(folder));
        let target = match set {
            Some(folder) => folder,
            None if ci => {
                cache_folder().map_or_else(|| root.join("target"), |cache| cache.join("gerai-target"))
            }
            None => root.join("target"),
        };
        Ok(Self { root, target, ci })
    }

    /// Cargo, set to this workspace's target folder.
    pub fn cargo(&self) -> Command {
        let mut command = process::cargo(&self.root);
        // `cargo run` has described xtask to us; handed on, it would make build scripts run again for nothing.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        if self.ci {
            // A fresh checkout never gains from incremental builds; they only fill the cache.
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    /// A binary that cargo has built.
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Throws the cached target folder away when it has grown too big.
    pub fn prune_cache(&self) -> Result<()> {
        if !self.ci || self.target.starts_with(&self.root) || !self.target.is_dir() {
            return Ok(());
        }
        let printed = process::capture(Command::new("du").arg("-sm").arg(&self.target))?;
        let mib: u64 = printed.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0);
        println!("  build cache {} holds {mib} MiB", self.target.display());
        if mib > CACHE_MIB_MAX {
            println!("  that is over {CACHE_MIB_MAX} MiB: starting anew");
            fs::remove_dir_all(&self.target)
                .with_context(|| format!("cannot remove {}", self.target.display()))?;
        }
        Ok(())
    }

    /// A workspace that tests may hand around; nothing is read from it.
    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self { root: PathBuf::from("."), target: PathBuf::from("target"), ci: false }
    }
}

/// `$XDG_CACHE_HOME`, or `.cache` in the home folder.
fn cache_folder() -> Option<PathBuf> {
    let set = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    set.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
}
