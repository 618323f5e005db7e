//! The standard library's sources, from Debian's `rust-src`: the very version of the compiler, out of the backports,
//! fetched by apt and checked by its signatures, with an apt configuration of our own so that the machine's stays as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::ask;
use crate::process::{find_program, run};

/// Releases whose backports are looked through.
const SUITES: &[&str] = &["trixie-backports", "forky", "sid"];
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const BY_HAND: &str = "With rustup: `rustup component add rust-src`, or add the target itself with `rustup target add`. Then try again";

/// Fetches the sources of this version; returns the folder `library`.
pub fn fetch(folder: &Path, number: &str) -> Result<PathBuf> {
    if find_program("apt-get").is_none() || !Path::new(KEYS).is_file() {
        bail!(
            "the standard library's sources come from Debian, and this system has no apt-get with Debian's keys. {BY_HAND}"
        );
    }
    let unpacked = folder.join("unpacked");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    for below in
        ["state/lists/partial", "cache/archives/partial", "etc/parts", "etc/preferences.d", "unpacked"]
    {
        fs::create_dir_all(folder.join(below))?;
    }
    fs::write(folder.join("state/status"), "")?;
    for suite in SUITES {
        println!("  looking for rust-src {number} in Debian {suite}");
        fs::write(
            folder.join("etc/sources.list"),
            format!("deb [signed-by={KEYS}] http://deb.debian.org/debian {suite} main\n"),
        )?;
        if run(apt("apt-get", folder).args(["update", "-q"])).is_err() {
            continue;
        }
        let listed = ask(apt("apt-cache", folder).args(["madison", "rust-src"])).unwrap_or_default();
        let Some(version) = matching(&listed, number) else { continue };
        run(apt("apt-get", folder).current_dir(folder).args([
            "download",
            "-q",
            &format!("rust-src={version}"),
        ]))?;
        return unpack(folder, &unpacked);
    }
    bail!("Debian has no rust-src {number} (looked in {}). {BY_HAND}", SUITES.join(", "))
}

fn apt(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    for (option, place) in [
        ("Dir::State", "state"),
        ("Dir::State::status", "state/status"),
        ("Dir::Cache", "cache"),
        ("Dir::Etc::sourcelist", "etc/sources.list"),
        ("Dir::Etc::sourceparts", "etc/parts"),
        ("Dir::Etc::preferences", "etc/preferences"),
        ("Dir::Etc::preferencesparts", "etc/preferences.d"),
    ] {
        command.arg("-o").arg(format!("{option}={}", folder.join(place).display()));
    }
    command.args(["-o", "APT::Architecture=amd64", "-o", "APT::Sandbox::User="]);
    command
}

/// The Debian version of this upstream version in the output of `apt-cache madison`.
fn matching(listed: &str, number: &str) -> Option<String> {
    let versions = listed.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let mut found = versions.filter(|version| version.split(['+', '-']).next() == Some(number));
    found.next().map(str::to_owned)
}

fn unpack(folder: &Path, to: &Path) -> Result<PathBuf> {
    let package = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded nothing")?;
    run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(to))?;
    fs::remove_file(&package)?;
    let places = fs::read_dir(to.join("usr/src")).into_iter().flatten().flatten();
    let library = places
        .map(|entry| entry.path().join("library"))
        .chain([to.join("usr/lib/rustlib/src/rust/library")])
        .find(|library| library.join("Cargo.lock").is_file());
    library.context("the package rust-src holds no library/Cargo.lock")
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn the_very_version_is_chosen() {
        let listed = "  rust-src | 1.96.1+dfsg1-2~bpo13+1 | http://x trixie-backports/main amd64 Packages\n\
                      rust-src | 1.95.0+dfsg1-2~bpo13+1 | http://x trixie-backports/main amd64 Packages\n";
        assert_eq!(matching(listed, "1.95.0").as_deref(), Some("1.95.0+dfsg1-2~bpo13+1"));
        assert_eq!(matching(listed, "1.9"), None);
        assert_eq!(matching("", "1.95.0"), None);
    }
}
