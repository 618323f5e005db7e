//! The station's certificates with a real core and real files: made, kept, renewed, replaced, lost; and what clients
//! with the authority, with another one and with none make of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gerai_app::access::Caller;
use gerai_app::contract::{HealthState, dispatch};
use gerai_app::{App, AppOptions};
use gerai_core::port::{Clock, Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_host::clock::SystemClock;
use gerai_host::tls::{CA_FILE, CA_KEY, Keeper, Machine, SERVER_FILE};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::json;

const DAY: i64 = 86_400_000;

/// A vault that can be locked and emptied.
#[derive(Default)]
struct TestVault {
    entries: Mutex<HashMap<String, Secret<Vec<u8>>>>,
    locked: Mutex<bool>,
}

impl TestVault {
    fn open(&self) -> Result<(), VaultError> {
        if *self.locked.lock().unwrap() {
            return Err(VaultError::Unavailable("the keychain is locked".to_owned()));
        }
        Ok(())
    }
}

impl Vault for TestVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.open()?;
        self.entries.lock().unwrap().get(name).cloned().ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.open()?;
        self.entries.lock().unwrap().insert(name.to_owned(), value.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.open()?;
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        self.open().map(|()| "a test's".to_owned())
    }
}

struct Desk {
    app: Arc<App>,
    vault: Arc<TestVault>,
    keeper: Arc<Keeper>,
    folder: PathBuf,
    _parent: tempfile::TempDir,
}

impl Desk {
    async fn open(settings: &[(&str, serde_json::Value)]) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().to_owned();
        let vault = Arc::<TestVault>::default();
        let options = AppOptions {
            database: folder.join("gerai.db"),
            mode: gerai_store::OpenMode::Write,
            try_out: false,
            clock: Arc::new(SystemClock),
            vault: Arc::<TestVault>::clone(&vault),
        };
        let app = tokio::task::spawn_blocking(move || App::open(options).unwrap()).await.unwrap();
        let keeper = Keeper::new(Arc::clone(&app), folder.clone());
        let desk = Self { app, vault, keeper, folder, _parent: parent };
        desk.set(settings).await;
        desk
    }

    async fn set(&self, settings: &[(&str, serde_json::Value)]) {
        let mut now = self.give("settings.get", json!({})).await;
        for (path, value) in settings {
            let (group, field) = path.split_once('.').unwrap();
            now["settings"][group][field] = value.clone();
        }
        self.give("settings.set", now).await;
    }

    async fn give(&self, command: &str, arguments: serde_json::Value) -> serde_json::Value {
        dispatch(&self.app, &Caller::local(), command, arguments).await.unwrap()
    }

    fn look(&self, machine: &Machine, days_on: i64) {
        self.keeper.look(machine, SystemClock.now().plus(days_on * DAY));
    }

    fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    /// SHA-256 of the certificate that both listeners hand out now.
    fn serves(&self) -> Option<String> {
        let face = self.keeper.face().borrow().clone();
        assert_eq!(face.is_some(), self.keeper.readers().borrow().is_some(), "both, or none");
        face.and_then(|_| self.keeper.report().certificate.map(|found| found.sha256))
    }

    fn trouble(&self) -> &'static str {
        self.keeper.report().trouble.map_or("", |trouble| {
            assert!(!trouble.what.is_empty() && !trouble.next.is_empty());
            trouble.code
        })
    }

    async fn row(&self) -> (HealthState, String) {
        let view = self.give("health.show", json!({})).await;
        let row = view["rows"].as_array().unwrap().iter().find(|row| row["part"] == "tls").unwrap().clone();
        let row: gerai_app::contract::HealthRow = serde_json::from_value(row).unwrap();
        assert_eq!(
            row.state == HealthState::Good || row.state == HealthState::Unused,
            row.next_step.is_empty()
        );
        (row.state, row.code)
    }
}

fn machine(names: &[&str], lan: &[&str]) -> Machine {
    Machine {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        lan: lan.iter().map(|ip| ip.parse().unwrap()).collect(),
        public: Vec::new(),
    }
}

fn shop() -> Machine {
    machine(&["kasir", "kasir.local", "localhost"], &["192.168.1.5"])
}

fn on_lan() -> [(&'static str, serde_json::Value); 1] {
    [("network.console_on_lan", json!(true))]
}

/// What a client that trusts `ca` says of the served chain under this name.
fn verify(ca_pem: &str, chain_pem: &str, name: &str, at: UnixMs) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem.as_bytes()).map(Result::unwrap).collect();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_millis(u64::try_from(at.0).unwrap()));
    use rustls::client::danger::ServerCertVerifier;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let verified = verifier.build().unwrap().verify_server_cert(&chain[0], &chain[1..], &name, &[], at);
    verified.map(drop).map_err(|error| error.to_string())
}

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

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn at(folder: &Path) -> Self {
        Self { certificate: folder.join("own.crt"), key: folder.join("own.key") }
    }

    fn settings(&self) -> [(&'static str, serde_json::Value); 2] {
        [("network.tls_cert_file", json!(self.certificate)), ("network.tls_key_file", json!(self.key))]
    }

    fn write(&self, name: &str, days: std::ops::Range<i64>) -> KeyPair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let day = |days: i64| {
            time::OffsetDateTime::from_unix_timestamp(SystemClock.now().plus(days * DAY).0 / 1_000).unwrap()
        };
        (params.not_before, params.not_after) = (day(days.start), day(days.end));
        fs::write(&self.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        fs::write(&self.key, key.serialize_pem()).unwrap();
        key
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_files_are_read_again_when_they_change_and_broken_ones_change_nothing() {
    let desk = Desk::open(&[]).await;
    let files = Files::at(&desk.folder);
    files.write("toko.example", -1..90);
    desk.set(&files.settings()).await;
    desk.look(&shop(), 0);
    let first = desk.serves().unwrap();
    assert_eq!(desk.row().await, (HealthState::Good, "tls_own".to_owned()));
    assert_eq!(desk.keeper.face().borrow().as_ref().unwrap().names, ["toko.example"]);
    assert!(desk.file(CA_FILE).is_none() && desk.keeper.report().authority.is_none());

    files.write("toko.example", -1..365);
    desk.look(&shop(), 0);
    let second = desk.serves().unwrap();
    assert_ne!(second, first);

    let good = (fs::read(&files.certificate).unwrap(), fs::read(&files.key).unwrap());
    for (certificate, key) in [
        (b"rubbish".to_vec(), good.1.clone()),
        (good.0.clone(), b"rubbish".to_vec()),
        (good.0.clone(), KeyPair::generate().unwrap().serialize_pem().into_bytes()),
        (Vec::new(), Vec::new()),
    ] {
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        desk.look(&shop(), 0);
        assert_eq!((desk.serves().as_ref(), desk.trouble()), (Some(&second), "tls_kept"));
        let what = desk.keeper.report().trouble.unwrap().what;
        assert!(!what.contains("PRIVATE") && what.contains("own.crt"), "{what}");
    }
    fs::remove_file(&files.key).unwrap();
    desk.look(&shop(), 0);
    assert_eq!((desk.serves().as_ref(), desk.trouble()), (Some(&second), "tls_kept"));
    assert_eq!(desk.row().await.0, HealthState::Attention);

    files.write("toko.example", -30..-1);
    desk.look(&shop(), 0);
    assert_eq!(
        (desk.serves().as_ref(), desk.trouble()),
        (Some(&second), "tls_kept"),
        "an ended one is no better"
    );
    files.write("toko.example", -1..90);
    desk.look(&shop(), 0);
    assert!(desk.serves().is_some_and(|third| third != second));
    assert_eq!(desk.trouble(), "");
    desk.look(&shop(), 91);
    assert_eq!((desk.trouble(), desk.row().await.0), ("tls_ended", HealthState::Bad));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_never_worked_open_nothing() {
    let desk = Desk::open(&on_lan()).await;
    desk.set(&Files::at(&desk.folder).settings()).await;
    desk.look(&shop(), 0);
    assert_eq!((desk.serves(), desk.trouble()), (None, "tls_unusable"));
    assert!(desk.file(CA_FILE).is_none(), "no other certificate in their place");
    assert_eq!(desk.row().await.0, HealthState::Bad);
}

#[test]
fn this_machine_has_names() {
    let found = Machine::look();
    assert!(found.names.contains(&"localhost".to_owned()));
    assert!(!found.lan.iter().any(IpAddr::is_loopback));
}
