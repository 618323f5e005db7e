//! The keychain vault itself.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_host::options::VaultKind;
use gerai_host::vault::{Index, KeychainVault, ListedVault};

use crate::session::{Keyring, eventually, home, inside};

const STATION: &str = "aaaa000000000001";

fn why<T: std::fmt::Debug>(outcome: Result<T, VaultError>) -> String {
    match outcome {
        Err(VaultError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn secret() -> Secret<Vec<u8>> {
    Secret::new(vec![0_u8, 255, 1, 10, 0])
}

fn listed(folder: &Path) -> ListedVault {
    let inner = Arc::new(KeychainVault::new(STATION));
    ListedVault::new(VaultKind::Keychain, inner, Arc::new(Index::new(folder)), true)
}

#[test]
fn it_keeps_secrets_apart() {
    if !inside("vault::it_keeps_secrets_apart") {
        return;
    }
    let _keyring = Keyring::unlocked();
    // Inside a runtime, as in the station: the calls go to a thread of the vault's own.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _guard = runtime.enter();
    let (one, two) = (KeychainVault::new(STATION), KeychainVault::new("aaaa000000000002"));
    assert!(matches!(one.get("key"), Err(VaultError::NoEntry)));
    one.set("key", &secret()).unwrap();
    assert_eq!(one.get("key").unwrap(), secret());
    assert!(matches!(two.get("key"), Err(VaultError::NoEntry)), "two stations do not share secrets");
    one.remove("key").unwrap();
    one.remove("key").unwrap();
    assert!(matches!(one.get("key"), Err(VaultError::NoEntry)));
    assert!(one.describe().unwrap().contains("answers"));
}

#[test]
fn secrets_survive_a_restart_of_the_keyring() {
    if !inside("vault::secrets_survive_a_restart_of_the_keyring") {
        return;
    }
    let keyring = Keyring::unlocked();
    let vault = KeychainVault::new(STATION);
    vault.set("key", &secret()).unwrap();
    keyring.stop();
    assert!(why(vault.get("key")).contains("none in this session"));
    let keyring = Keyring::unlocked();
    assert_eq!(vault.get("key").unwrap(), secret(), "found again without a new vault");
    // Restarted without anybody asking in between: the old connection is a dead one.
    keyring.stop();
    let _keyring = Keyring::unlocked();
    assert_eq!(vault.get("key").unwrap(), secret());
}

#[test]
fn without_a_keyring_it_says_what_to_do_and_finds_one_that_comes_late() {
    if !inside("vault::without_a_keyring_it_says_what_to_do_and_finds_one_that_comes_late") {
        return;
    }
    let vault = KeychainVault::new(STATION);
    for why in [why(vault.describe()), why(vault.get("key")), why(vault.set("key", &secret()))] {
        assert!(why.contains("start a Secret Service"), "{why}");
    }
    let _keyring = Keyring::unlocked();
    vault.set("key", &secret()).unwrap();
    assert_eq!(vault.get("key").unwrap(), secret());
}

#[test]
fn without_a_bus_it_says_what_to_do_and_finds_one_that_comes_late() {
    const NAME: &str = "vault::without_a_bus_it_says_what_to_do_and_finds_one_that_comes_late";
    if !inside(NAME) {
        return;
    }
    let bus = home().join("late-bus");
    let address = format!("unix:path={}", bus.display());
    if std::env::var("DBUS_SESSION_BUS_ADDRESS").is_ok_and(|now| now != address) {
        // Once more, with the address of a bus that is not there yet.
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .status()
            .unwrap();
        assert!(again.success());
        return;
    }
    let vault = KeychainVault::new(STATION);
    assert!(why(vault.describe()).contains("start a Secret Service"));
    let config = home().join("late.conf");
    let text = std::fs::read_to_string(home().join("bus.conf")).unwrap();
    std::fs::write(
        &config,
        text.replace(&home().join("run/bus").display().to_string(), &bus.display().to_string()),
    )
    .unwrap();
    let mut daemon = Command::new("dbus-daemon")
        .arg("--nofork")
        .arg(format!("--config-file={}", config.display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the bus opens", || bus.exists());
    let keyring = Keyring::unlocked();
    vault.set("key", &secret()).unwrap();
    assert_eq!(vault.get("key").unwrap(), secret());
    keyring.stop();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

#[test]
fn a_keyring_that_was_never_unlocked_is_not_an_empty_one() {
    if !inside("vault::a_keyring_that_was_never_unlocked_is_not_an_empty_one") {
        return;
    }
    let _keyring = Keyring::locked();
    let vault = KeychainVault::new(STATION);
    for why in [why(vault.describe()), why(vault.get("key")), why(vault.set("key", &secret()))] {
        assert!(why.contains("never unlocked"), "{why}");
    }
}

#[test]
fn a_locked_keyring_is_not_an_empty_one_and_opens_again() {
    if !inside("vault::a_locked_keyring_is_not_an_empty_one_and_opens_again") {
        return;
    }
    let keyring = Keyring::unlocked();
    let vault = listed(&home());
    vault.set("key", &secret()).unwrap();
    keyring.lock();
    for why in
        [why(vault.describe()), why(vault.get("key")), why(vault.get("key")), why(vault.set("b", &secret()))]
    {
        assert!(why.contains("locked"), "{why}");
    }
    let status = vault.status();
    assert!(status.answer.is_err());
    assert_eq!(status.entries.iter().map(|entry| entry.held).collect::<Vec<_>>(), [None]);
    keyring.unlock();
    assert_eq!(vault.get("key").unwrap(), secret());
    assert_eq!(vault.status().entries[0].held, Some(true));
    // Locked from the start, after a restart of the daemon.
    keyring.stop();
    let keyring = Keyring::locked();
    assert!(why(vault.get("key")).contains("locked"));
    keyring.unlock();
    assert_eq!(vault.get("key").unwrap(), secret());
}

#[test]
fn a_keyring_that_was_emptied_is_told_apart_from_a_fresh_station() {
    if !inside("vault::a_keyring_that_was_emptied_is_told_apart_from_a_fresh_station") {
        return;
    }
    let keyring = Keyring::unlocked();
    let vault = listed(&home());
    assert_eq!(vault.get("key"), Err(VaultError::NoEntry));
    vault.set("key", &secret()).unwrap();
    keyring.empty();
    assert_eq!(vault.get("key"), Err(VaultError::Missing));
    assert_eq!(vault.get("another"), Err(VaultError::NoEntry));
    assert_eq!(vault.status().entries[0].held, Some(false));
    assert_eq!(keyring.count(), 0, "nothing was made anew");
    vault.set("key", &secret()).unwrap();
    assert_eq!(vault.get("key").unwrap(), secret(), "a person may set it again");
}
