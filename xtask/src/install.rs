//! Finds missing system packages and installs them where that needs no question asked; otherwise says what to type.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages::{Group, other_systems};
use crate::process::{capture, find_program, run, succeeds};

/// Installs with services kept from starting: `policy-rc.d` 101 means "not allowed", and a broker that came with
/// the package must not take a port at the next boot either. Nothing of ours relies on a running system service.
const SCRIPT: &str = r#"set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q -o Dpkg::Use-Pty=0 --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
  for name in "$@"; do
    case "$name" in
      mosquitto|gammu-smsd|smstools|kannel) systemctl disable --now "$name" >/dev/null 2>&1 || true ;;
    esac
  done
fi"#;

/// Makes sure that the packages of these groups are there. Without `apt-get` it says what to get by hand, and goes on
/// only when the essential library can be found.
pub fn ensure(groups: &[&Group]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("  {}", other_systems());
        return Ok(());
    }
    if find_program("apt-get").is_none() {
        return without_apt(groups);
    }
    let wanted = wanted(groups);
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        println!(
            "  all there: {}",
            if wanted.is_empty() { "nothing needed".to_owned() } else { wanted.join(" ") }
        );
        return Ok(());
    }
    for group in groups {
        let names: Vec<_> =
            group.packages.iter().map(|p| p.name).filter(|name| missing.contains(name)).collect();
        if !names.is_empty() {
            println!("  missing for {}: {}", group.purpose, names.join(" "));
        }
    }
    install(&missing)
}

/// Package names that no program on the `PATH` makes needless, each once.
fn wanted(groups: &[&Group]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for package in groups.iter().flat_map(|group| group.packages) {
        let replaced = package.or_program.iter().any(|program| find_program(program).is_some());
        if !replaced && !names.contains(&package.name) {
            names.push(package.name);
        }
    }
    names
}

/// The names that dpkg does not call installed.
fn missing(wanted: &[&'static str]) -> Result<Vec<&'static str>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // dpkg-query exits 1 when it does not know a name: what it prints is what counts.
    let output = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Status}\\n"])
        .args(wanted)
        .output()
        .context("cannot start `dpkg-query`; this system has apt-get but no dpkg")?;
    let installed = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_installed = |name: &str| installed.lines().any(|line| line == format!("{name} installed"));
    Ok(wanted.iter().copied().filter(|name| !is_installed(name)).collect())
}

fn install(missing: &[&str]) -> Result<()> {
    let as_root = capture(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = if as_root {
        Command::new("sh")
    } else if find_program("sudo").is_some() && succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "sh"]);
        sudo
    } else {
        bail!(
            "system packages are missing, and installing them needs an administrator. Type this, then try again:\n\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {}\n",
            missing.join(" ")
        );
    };
    println!("  installing {} package(s) with apt-get", missing.len());
    let status = command
        .args(["-c", SCRIPT, "install"])
        .args(missing)
        .status()
        .context("cannot start the installation of system packages")?;
    if !status.success() {
        bail!("apt-get could not install {}; its own words are above", missing.join(" "));
    }
    Ok(())
}

fn without_apt(groups: &[&Group]) -> Result<()> {
    let needs_window =
        groups.iter().any(|group| group.packages.iter().any(|p| p.name.starts_with("libwebkit2gtk")));
    let has_webkit = succeeds(Command::new("pkg-config").args(["--exists", "webkit2gtk-4.1"]));
    if needs_window && !has_webkit {
        bail!("{}", other_systems());
    }
    println!("  this system has no apt-get: what is missing shows when it is needed");
    Ok(())
}

/// Makes a Python environment with pinned packages; costs nothing when it is there already.
pub fn python_environment(folder: &Path, requirements: &Path) -> Result<()> {
    let hash = crate::stamp::hash_of(&[requirements.to_owned()], &[])?;
    let stamp = folder.join(".gerai-stamp");
    if crate::stamp::is_fresh(&stamp, &hash) {
        println!("  {} is up to date", folder.display());
        return Ok(());
    }
    // A Python of the system, not one that a developer's shell has put in front: venv comes as a package with it.
    let system = Path::new("/usr/bin/python3");
    let python = if system.is_file() { system.to_owned() } else { Path::new("python3").to_owned() };
    run(Command::new(python).args(["-m", "venv"]).arg(folder))?;
    run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(requirements))?;
    crate::stamp::keep(&stamp, &hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages;

    #[test]
    fn a_program_on_the_path_replaces_its_package() {
        // The tests are run by cargo, so a program called cargo is there.
        const WITH: Group = Group {
            purpose: "a test",
            packages: &[
                packages::Package { name: "replaced", or_program: &["cargo"] },
                packages::Package { name: "kept", or_program: &["no-such-program-here"] },
                packages::Package { name: "kept", or_program: &[] },
            ],
        };
        assert_eq!(wanted(&[&WITH]), ["kept"]);
    }

    #[test]
    fn every_package_has_a_plain_name() {
        let groups = [
            packages::HEADLESS,
            packages::DESKTOP,
            packages::WINDOW_TESTS,
            packages::BROWSER_TESTS,
            packages::REAL_PARTS,
            packages::SENSE_TESTS,
            packages::BENCH,
            packages::SMS_BENCH,
            packages::WINDOWS_CHECK,
            packages::MACOS_CHECK,
        ];
        for package in groups.iter().flat_map(|group| group.packages) {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
            assert!(package.name.chars().all(plain), "{}", package.name);
        }
    }
}
