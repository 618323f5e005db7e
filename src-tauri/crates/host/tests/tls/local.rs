//! The local authority: what it vouches for, how long, and what becomes of it when keys or files are lost.

use std::fs;
use std::net::IpAddr;
use std::sync::Arc;

use gerai_app::contract::HealthState;
use gerai_core::port::Clock;
use gerai_core::secret::Secret;
use gerai_host::clock::SystemClock;
use gerai_host::tls::{CA_FILE, CA_KEY, Keeper, Machine, SERVER_FILE};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use crate::desk::{DAY, Desk, machine, on_lan, shop, verify};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_before_it_is_needed() {
    let desk = Desk::open(&[]).await;
    desk.look(&shop(), 0);
    assert_eq!((desk.serves(), desk.trouble(), desk.file(CA_FILE)), (None, "", None));
    assert!(desk.vault.entries.lock().unwrap().is_empty());
    assert_eq!(desk.row().await, (HealthState::Unused, "tls_unused".to_owned()));
    desk.set(&on_lan()).await;
    desk.look(&shop(), 0);
    assert!(desk.serves().is_some());
    assert_eq!(desk.row().await, (HealthState::Good, "tls_local".to_owned()));
    desk.set(&[("network.console_on_lan", json!(false))]).await;
    desk.look(&shop(), 0);
    assert_eq!(desk.serves(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_trust_the_authority_trust_the_station_and_nothing_else() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    let (ca, server) = (desk.file(CA_FILE).unwrap(), desk.file(SERVER_FILE).unwrap());
    let now = SystemClock.now();
    for name in ["kasir", "kasir.local", "localhost", "192.168.1.5", "127.0.0.1", "::1"] {
        assert_eq!(verify(&ca, &server, name, now), Ok(()), "{name}");
    }
    for (name, at) in [
        ("evil.example", now),
        ("192.168.1.6", now),
        ("kasir.local", now.plus(398 * DAY)),
        ("kasir.local", now.plus(-2 * DAY)),
    ] {
        assert!(verify(&ca, &server, name, at).is_err(), "{name}");
    }
    let report = desk.keeper.report();
    let (found, authority) = (report.certificate.unwrap(), report.authority.unwrap());
    assert!(found.until.since(found.from) <= 397 * DAY);
    assert!((3_600 * DAY..3_660 * DAY).contains(&authority.until.since(authority.from)));
    for file in [&ca, &server] {
        assert!(!file.contains("PRIVATE"), "keys live in the vault only");
    }
    assert!(!desk.folder.join("tls-server.new").exists());
}

/// The authority's key is stolen: what it signs for other names is worth nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_authority_cannot_vouch_for_the_internet() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    let ca = desk.file(CA_FILE).unwrap();
    let stolen = desk.app.secret(CA_KEY).unwrap();
    let key = KeyPair::try_from(stolen.expose().as_slice()).unwrap();
    let issuer = rcgen::Issuer::from_ca_cert_pem(&ca, key).unwrap();
    let now = SystemClock.now();
    for (name, good) in [
        ("klikbca.com", false),
        ("8.8.8.8", false),
        ("2001:db8::1", false),
        ("other.local", true),
        ("10.1.2.3", true),
        ("fd00::7", true),
    ] {
        let leaf = KeyPair::generate().unwrap();
        let forged =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&leaf, &issuer).unwrap();
        assert_eq!(verify(&ca, &forged.pem(), name, now).is_ok(), good, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_kept_over_restarts_and_renewed_in_time() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    let (first, ca) = (desk.serves().unwrap(), desk.file(CA_FILE).unwrap());
    desk.look(&shop(), 1);
    let again = Keeper::new(Arc::clone(&desk.app), desk.folder.clone());
    again.look(&shop(), SystemClock.now());
    assert_eq!(again.report().certificate.unwrap().sha256, first, "a restart makes nothing new");

    desk.look(&shop(), 365);
    assert_eq!(desk.serves().unwrap(), first);
    desk.look(&shop(), 367);
    let renewed = desk.serves().unwrap();
    assert_ne!(renewed, first, "less than 30 days were left");
    desk.look(&machine(&["kasir", "kasir.local", "localhost"], &["192.168.1.5", "10.0.0.9"]), 367);
    assert_ne!(desk.serves().unwrap(), renewed, "a new address");
    let now = SystemClock.now().plus(367 * DAY);
    assert_eq!(
        verify(&ca, &desk.file(SERVER_FILE).unwrap(), "10.0.0.9", now),
        Ok(()),
        "devices notice nothing"
    );
    assert_eq!(desk.file(CA_FILE).unwrap(), ca);

    // Another host name than the authority was made for: left out, the rest goes on.
    desk.look(&machine(&["toko", "toko.local", "localhost"], &["192.168.1.5"]), 367);
    let names = desk.keeper.report().certificate.unwrap().names;
    assert!(names.contains(&"toko.local".to_owned()) && !names.contains(&"toko".to_owned()), "{names:?}");
    assert_eq!(desk.trouble(), "");
    desk.look(&shop(), 3_240);
    assert_eq!((desk.trouble(), desk.serves().is_some()), ("tls_ca_ends", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_never_makes_a_new_authority_by_itself() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    let (ca, served) = (desk.file(CA_FILE).unwrap(), desk.serves());
    desk.vault.entries.lock().unwrap().clear();
    desk.look(&machine(&["kasir", "localhost"], &["10.0.0.1"]), 0);
    assert_eq!((desk.trouble(), desk.serves()), ("tls_ca_key_gone", served), "what is in use goes on");
    assert_eq!(desk.row().await.0, HealthState::Attention);
    let after_restart = Keeper::new(Arc::clone(&desk.app), desk.folder.clone());
    after_restart.look(&shop(), SystemClock.now());
    let trouble = after_restart.report().trouble.unwrap();
    assert_eq!(trouble.code, "tls_ca_key_gone");
    assert!(trouble.next.contains("gerai network renew-ca"), "{trouble:?}");
    assert!(after_restart.face().borrow().is_none());
    assert_eq!(desk.row().await.0, HealthState::Bad);
    assert_eq!(desk.file(CA_FILE).unwrap(), ca, "nothing was written over");

    desk.keeper.renew(&shop(), SystemClock.now()).unwrap();
    let new = desk.file(CA_FILE).unwrap();
    assert_ne!(new, ca);
    assert_eq!(desk.trouble(), "");
    let server = desk.file(SERVER_FILE).unwrap();
    assert_eq!(verify(&new, &server, "kasir.local", SystemClock.now()), Ok(()));
    assert!(verify(&ca, &server, "kasir.local", SystemClock.now()).is_err(), "the old one is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_authority_is_not_used() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    // As after a renewal that broke off between the vault and the file.
    desk.app.keep_secret(CA_KEY, &Secret::new(KeyPair::generate().unwrap().serialize_der())).unwrap();
    desk.look(&machine(&["kasir", "localhost"], &["10.0.0.1"]), 0);
    assert_eq!(desk.trouble(), "tls_ca_key_gone");
    desk.app.keep_secret(CA_KEY, &Secret::new(vec![1, 2, 3])).unwrap();
    let broken = Keeper::new(Arc::clone(&desk.app), desk.folder.clone());
    broken.look(&machine(&["kasir", "localhost"], &["10.0.0.2"]), SystemClock.now());
    assert_eq!(broken.report().trouble.unwrap().code, "tls_files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_certificate_file_is_made_again_with_the_same_key() {
    let desk = Desk::open(&on_lan()).await;
    desk.look(&shop(), 0);
    let ca = desk.file(CA_FILE).unwrap();
    fs::remove_file(desk.folder.join(CA_FILE)).unwrap();
    desk.look(&shop(), 0);
    assert!(desk.file(CA_FILE).is_some());
    let server = desk.file(SERVER_FILE).unwrap();
    assert_eq!(
        verify(&ca, &server, "kasir.local", SystemClock.now()),
        Ok(()),
        "devices that have the old copy"
    );
    fs::write(desk.folder.join(CA_FILE), "rubbish").unwrap();
    let keeper = Keeper::new(Arc::clone(&desk.app), desk.folder.clone());
    keeper.look(&shop(), SystemClock.now());
    assert_eq!(keeper.report().trouble.unwrap().code, "tls_files");
    assert_eq!(desk.file(CA_FILE).unwrap(), "rubbish");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_vault_https_waits_and_says_so() {
    let desk = Desk::open(&on_lan()).await;
    *desk.vault.locked.lock().unwrap() = true;
    desk.look(&shop(), 0);
    assert_eq!((desk.serves(), desk.trouble(), desk.file(CA_FILE)), (None, "tls_vault_away", None));
    assert_eq!(desk.row().await, (HealthState::Bad, "tls_vault_away".to_owned()));
    *desk.vault.locked.lock().unwrap() = false;
    desk.look(&machine(&["kasir", "localhost"], &["10.0.0.1"]), 0);
    assert_eq!(desk.trouble(), "");
    assert!(desk.serves().is_some());
}

#[test]
fn this_machine_has_names() {
    let found = Machine::look();
    assert!(found.names.contains(&"localhost".to_owned()));
    assert!(!found.lan.iter().any(IpAddr::is_loopback));
}
