//! `gerai vault` on the command line: from the keychain into a passphrase file and back, sealed anew in between.

use std::fs;

use serde_json::json;

use crate::session::{Keyring, home, inside};
use crate::station::Desk;

fn passphrase(text: &str) -> (&'static str, String) {
    let folder = home().join("credentials");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("gerai-vault-passphrase"), text).unwrap();
    ("CREDENTIALS_DIRECTORY", folder.display().to_string())
}

#[test]
fn secrets_move_between_vaults_and_readers_go_on() {
    if !inside("moves::secrets_move_between_vaults_and_readers_go_on") {
        return;
    }
    let mut desk = Desk::new();
    let keyring = Keyring::unlocked();
    let reader = desk.with_signed_reader();
    assert_eq!(keyring.count(), 1);
    let (refused, answer) = desk.try_give(&["vault", "migrate", "--to", "passphrase"]);
    assert!(!refused.status.success());
    assert!(answer["error"]["message"].as_str().unwrap().contains("no passphrase was given"), "{answer}");

    desk.env.push(passphrase("lima kata acak sekali\n"));
    let moved = desk.give(&["vault", "migrate", "--to", "passphrase"]);
    assert_eq!(moved, json!({ "vault": "passphrase", "secrets": 1, "moved": true }));
    assert_eq!(keyring.count(), 0, "the keychain is empty");
    let sealed = desk.data.join("vault.sealed");
    let first = fs::read(&sealed).unwrap();

    let status = desk.give(&["vault", "status"]);
    assert_eq!((&status["place"], &status["kinds"][0]["kind"]), (&json!("passphrase"), &json!("reader-key")));
    let rotated = desk.give(&["vault", "rotate"]);
    assert_eq!(
        (&rotated["rewrapped"], &rotated["kept"][0]["kind"]),
        (&json!(1), &json!("reader-key")),
        "{rotated}"
    );
    assert_ne!(fs::read(&sealed).unwrap(), first);
    {
        let _station = desk.serve();
        super::session::eventually("the vault is open", || desk.health()["code"] == "vault_open");
        assert_eq!(reader.tap(1), "ok");
        assert_eq!(desk.give(&["vault", "rotate"])["vault"]["rotations"], 2, "a running station does it too");
        let (refused, answer) = desk.try_give(&["vault", "migrate", "--to", "keychain"]);
        assert!(
            !refused.status.success() && answer["error"]["help"].as_str().unwrap().contains("Stop it"),
            "{answer}"
        );
    }

    // A station started with the other vault does not begin a second set of secrets.
    desk.env.push(("GERAI_VAULT", "keychain".to_owned()));
    let (refused, view) = desk.try_give(&["vault", "status"]);
    assert!(!refused.status.success());
    assert!(view["summary"].as_str().unwrap().contains("GERAI_VAULT=passphrase"), "{view}");
    desk.env.pop();

    passphrase("yang salah sama sekali");
    let (refused, view) = desk.try_give(&["vault", "status"]);
    assert!(!refused.status.success());
    assert!(view["summary"].as_str().unwrap().contains("passphrase does not open it"), "{view}");
    passphrase("lima kata acak sekali");

    assert_eq!(desk.give(&["vault", "migrate", "--to", "keychain"])["moved"], true);
    assert!(!sealed.exists());
    assert_eq!(keyring.count(), 1);
    assert_eq!(desk.give(&["vault", "migrate", "--to", "keychain"])["moved"], false);
    assert_eq!(desk.give(&["vault", "rotate"])["rewrapped"], 1, "a keychain's entries are written again");
    let _station = desk.serve();
    super::session::eventually("the vault is open", || desk.health()["code"] == "vault_open");
    assert_eq!(reader.tap(2), "ok");
}

#[test]
fn a_move_that_is_killed_anywhere_is_ended_by_repeating_it() {
    if !inside("moves::a_move_that_is_killed_anywhere_is_ended_by_repeating_it") {
        return;
    }
    let mut desk = Desk::new();
    let _keyring = Keyring::unlocked();
    desk.env.push(passphrase("lima kata acak sekali\n"));
    for name in ["kantin-01", "kantin-02", "kantin-03"] {
        desk.give(&["reader", "add", "--name", name, "--signed"]);
    }
    let whole = |when: &str| {
        let view = desk.give(&["vault", "status"]);
        assert_eq!((&view["kinds"][0]["count"], &view["missing"]), (&json!(3), &json!([])), "{when}: {view}");
        view
    };
    let mut to = "passphrase";
    for delay_ms in (0..480).step_by(40) {
        let mut moving = desk.start(&["vault", "migrate", "--to", to]);
        std::thread::sleep(std::time::Duration::from_millis(delay_ms));
        moving.kill().unwrap(); // SIGKILL
        moving.wait().unwrap();
        whole("after the kill");
        desk.give(&["vault", "migrate", "--to", to]);
        let view = whole("after the repetition");
        assert_eq!((&view["unfinished"], &view["place"]), (&json!(null), &json!(to)));
        to = if to == "passphrase" { "keychain" } else { "passphrase" };
    }
}
