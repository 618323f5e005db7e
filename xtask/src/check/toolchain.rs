//! A compiler with a standard library for the other system: the installed one where it has that, else a private copy of
//! it with the library's sources, from which cargo builds the library. The installed toolchain is never written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{ask, sources};
use crate::process::run;
use crate::workspace::Workspace;

/// A compiler for one target.
pub struct Toolchain {
    /// Its folder.
    root: PathBuf,
    /// The standard library is built from its sources.
    from_sources: bool,
}

/// Where fetched parts are kept, beside the builds.
pub fn cache(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("check");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

impl Toolchain {
    /// Finds one, or makes it.
    pub fn find(workspace: &Workspace, target: &str) -> Result<Self> {
        let installed = PathBuf::from(ask(Command::new("rustc")
            .current_dir(&workspace.root)
            .args(["--print", "sysroot"]))?);
        let installed = fs::canonicalize(&installed).context("the toolchain's folder cannot be found")?;
        if holds_library(&installed.join("lib/rustlib").join(target).join("lib")) {
            println!("  {} has it", installed.display());
            return Ok(Self { root: installed, from_sources: false });
        }
        if installed.join("lib/rustlib/src/rust/library/Cargo.lock").is_file() {
            println!("  {} has its sources", installed.display());
            return Ok(Self { root: installed, from_sources: true });
        }
        let version = ask(Command::new(installed.join("bin/rustc")).arg("--version"))?;
        let number = version.split_whitespace().nth(1).context("rustc does not say its version")?.to_owned();
        let root = cache(workspace)?.join(format!("rust-{number}"));
        let done = root.join("gerai-complete");
        if done.is_file() {
            println!("  {} is there from an earlier run", root.display());
            return Ok(Self { root, from_sources: true });
        }
        println!("  {version} has no standard library for {target}; making a private copy with its sources");
        if root.exists() {
            fs::remove_dir_all(&root).with_context(|| format!("cannot remove {}", root.display()))?;
        }
        fs::create_dir_all(root.join("lib/rustlib/src/rust"))?;
        let library = sources::fetch(&cache(workspace)?.join("rust-src"), &number)?;
        for folder in ["bin", "lib"] {
            run(Command::new("cp").arg("-a").arg(installed.join(folder)).arg(&root))?;
        }
        let here = root.join("lib/rustlib/src/rust");
        fs::create_dir_all(&here)?;
        run(Command::new("cp").arg("-a").arg(library).arg(here.join("library")))?;
        fs::write(&done, &version)?;
        Ok(Self { root, from_sources: true })
    }

    /// Its cargo.
    pub fn cargo(&self, workspace: &Workspace) -> Command {
        let mut cargo = self.dress(Command::new(self.root.join("bin/cargo")), workspace);
        cargo.current_dir(&workspace.root);
        cargo
    }

    /// Lets a command use this toolchain, and a target folder of its own.
    pub fn dress(&self, mut command: Command, workspace: &Workspace) -> Command {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_")
                || text.starts_with("CARGO_MANIFEST_")
                || text.starts_with("RUSTUP_")
            {
                command.env_remove(&name);
            }
        }
        // `cargo run` names its own libraries here: with them the copy would take itself for the toolchain it came from.
        command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH");
        command
            .env("CARGO", self.root.join("bin/cargo"))
            .env("RUSTC", self.root.join("bin/rustc"))
            .env("CARGO_TARGET_DIR", workspace.target.join("check/target"));
        if self.from_sources {
            // Building the standard library is for nightly compilers; this lets a stable one do it.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// Tells cargo to build the standard library too.
    pub fn build_std(&self, command: &mut Command) {
        if self.from_sources {
            command.arg("-Zbuild-std=std,panic_unwind");
        }
    }
}

fn holds_library(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}
