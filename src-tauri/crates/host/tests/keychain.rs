//! The keychain vault against a real Secret Service: gnome-keyring on a private session bus. Skipped, aloud, on machines
//! without one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_host::vault::KeychainVault;

const INSIDE: &str = "GERAI_TEST_INSIDE_KEYRING";

fn installed(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|found| found.status.success())
}

/// Runs the test `name` of this binary again inside a private session, with or without an unlocked keyring.
fn inside(name: &str, unlock: bool) {
    if !installed("dbus-run-session") || !installed("gnome-keyring-daemon") {
        eprintln!(
            "SKIPPED {name}: needs dbus-run-session and gnome-keyring-daemon (`cargo xtask test` installs them)"
        );
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    let keyring = "printf 'a test password' | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 & \
        daemon=$!; for _ in $(seq 50); do dbus-send --session --dest=org.freedesktop.DBus --print-reply / \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q 'true' && break; sleep 0.1; done;";
    let script = format!(
        "{} \"$0\" --exact {name} --nocapture; code=$?; [ -n \"$daemon\" ] && kill $daemon; exit $code",
        if unlock { keyring } else { "" }
    );
    let status = Command::new("dbus-run-session")
        .args(["--", "bash", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", &runtime)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env(INSIDE, "1")
        .status()
        .unwrap();
    assert!(status.success(), "{name} failed inside the session");
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

#[test]
fn a_real_keyring_keeps_secrets_apart() {
    if !is_inside() {
        return inside("a_real_keyring_keeps_secrets_apart", true);
    }
    // Inside a runtime, as in the station: the calls go to a thread of the vault's own.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _guard = runtime.enter();
    let (one, two) = (KeychainVault::new("aaaa000000000001"), KeychainVault::new("aaaa000000000002"));
    let secret = Secret::new(vec![0_u8, 255, 1, 10, 0]);
    assert!(matches!(one.get("key"), Err(VaultError::NoEntry)));
    one.set("key", &secret).unwrap();
    assert_eq!(one.get("key").unwrap(), secret);
    assert!(matches!(two.get("key"), Err(VaultError::NoEntry)), "two stations do not share secrets");
    one.remove("key").unwrap();
    one.remove("key").unwrap();
    assert!(matches!(one.get("key"), Err(VaultError::NoEntry)));
    assert!(one.describe().unwrap().contains("answers"));
}

#[test]
fn without_a_keyring_it_says_what_to_do() {
    if !is_inside() {
        return inside("without_a_keyring_it_says_what_to_do", false);
    }
    let vault = KeychainVault::new("aaaa000000000001");
    match vault.describe() {
        Err(VaultError::Unavailable(why)) => assert!(why.contains("keychain"), "{why}"),
        other => panic!("{other:?}"),
    }
}
