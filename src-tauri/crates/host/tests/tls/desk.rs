//! A core in a temporary folder with a vault that can be locked and emptied, and a keeper of its certificates.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use gerai_app::access::Caller;
use gerai_app::contract::{HealthState, dispatch};
use gerai_app::{App, AppOptions};
use gerai_core::port::{Clock, Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_host::clock::SystemClock;
use gerai_host::tls::{Keeper, Machine};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::json;

pub const DAY: i64 = 86_400_000;

/// A vault that can be locked and emptied.
#[derive(Default)]
pub struct TestVault {
    pub entries: Mutex<HashMap<String, Secret<Vec<u8>>>>,
    pub locked: Mutex<bool>,
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

pub struct Desk {
    pub app: Arc<App>,
    pub vault: Arc<TestVault>,
    pub keeper: Arc<Keeper>,
    pub folder: PathBuf,
    _parent: tempfile::TempDir,
}

impl Desk {
    pub async fn open(settings: &[(&str, serde_json::Value)]) -> Self {
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

    pub async fn set(&self, settings: &[(&str, serde_json::Value)]) {
        let mut now = self.give("settings.get", json!({})).await;
        for (path, value) in settings {
            let (group, field) = path.split_once('.').unwrap();
            now["settings"][group][field] = value.clone();
        }
        self.give("settings.set", now).await;
    }

    pub async fn give(&self, command: &str, arguments: serde_json::Value) -> serde_json::Value {
        dispatch(&self.app, &Caller::local(), command, arguments).await.unwrap()
    }

    pub fn look(&self, machine: &Machine, days_on: i64) {
        self.keeper.look(machine, SystemClock.now().plus(days_on * DAY));
    }

    pub fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(name)).ok()
    }

    /// SHA-256 of the certificate that both listeners hand out now.
    pub fn serves(&self) -> Option<String> {
        let face = self.keeper.face().borrow().clone();
        assert_eq!(face.is_some(), self.keeper.readers().borrow().is_some(), "both, or none");
        face.and_then(|_| self.keeper.report().certificate.map(|found| found.sha256))
    }

    pub fn trouble(&self) -> &'static str {
        self.keeper.report().trouble.map_or("", |trouble| {
            assert!(!trouble.what.is_empty() && !trouble.next.is_empty());
            trouble.code
        })
    }

    pub async fn row(&self) -> (HealthState, String) {
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

pub fn machine(names: &[&str], lan: &[&str]) -> Machine {
    Machine {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        lan: lan.iter().map(|ip| ip.parse().unwrap()).collect(),
        public: Vec::new(),
    }
}

pub fn shop() -> Machine {
    machine(&["kasir", "kasir.local", "localhost"], &["192.168.1.5"])
}

pub fn on_lan() -> [(&'static str, serde_json::Value); 1] {
    [("network.console_on_lan", json!(true))]
}

/// What a client that trusts `ca` says of the served chain under this name.
pub fn verify(ca_pem: &str, chain_pem: &str, name: &str, at: UnixMs) -> Result<(), String> {
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
