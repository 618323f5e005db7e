//! A core on a temporary folder, with a clock that the test turns and a publisher that keeps what it is given.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_app::access::{Caller, Surface};
use gerai_app::contract::{ApiError, dispatch};
use gerai_app::{App, AppOptions, Door, Outbox};
use gerai_core::audit::AuditRecord;
use gerai_core::port::{
    BoxFuture, Clock, Inbound, NotDurable, PublishError, Publisher, TapDoor, Vault, VaultError,
};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::audit::{self, AuditFilter};
use gerai_store::{OpenMode, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// 2026-11-22 12:00 WIB.
pub const NOON: i64 = 1_795_323_600_000;

/// A clock that stands still until it is turned.
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::SeqCst) - NOON + 1_000_000_000).unwrap()
    }
}

/// A vault in memory, which can be locked.
#[derive(Default)]
pub struct TestVault {
    pub entries: Mutex<std::collections::HashMap<String, Vec<u8>>>,
    pub away: AtomicBool,
}

impl TestVault {
    fn answers(&self) -> Result<(), VaultError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(VaultError::Unavailable("locked by the test".to_owned()));
        }
        Ok(())
    }

    /// Names of what it holds, without the station's own part.
    pub fn names(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let mut names: Vec<String> =
            entries.keys().filter_map(|name| name.split_once('/')).map(|(_, name)| name.to_owned()).collect();
        names.sort();
        names
    }
}

impl Vault for TestVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.answers()?;
        self.entries.lock().unwrap().get(name).cloned().map(Secret::new).ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.answers()?;
        self.entries.lock().unwrap().insert(name.to_owned(), value.expose().clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.answers()?;
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("memory".to_owned())
    }
}

/// A broker that acknowledges everything while it is up, and keeps it.
#[derive(Default)]
pub struct Air {
    pub heard: Mutex<Vec<(String, String)>>,
    pub down: AtomicBool,
}

impl Publisher for Air {
    fn publish(&self, topic: &str, payload: Vec<u8>) -> BoxFuture<'static, Result<(), PublishError>> {
        if self.down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(PublishError::LinkDown) });
        }
        self.heard.lock().unwrap().push((topic.to_owned(), String::from_utf8(payload).unwrap()));
        Box::pin(async { Ok(()) })
    }
}

/// A core with one till (Rp 5.000) and one customer (5A3F01C2, Rp 50.000).
pub struct Desk {
    pub app: Arc<App>,
    pub door: Arc<Door>,
    pub air: Arc<Air>,
    pub clock: Arc<TestClock>,
    pub vault: Arc<TestVault>,
    pub till: i64,
    pub account: i64,
    stop: CancellationToken,
    dir: Arc<tempfile::TempDir>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Desk {
    pub async fn open() -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(TestClock(AtomicI64::new(NOON)));
        let mut desk = Self::at(dir, clock, Arc::default()).await;
        desk.account = desk.customer("Siti Rahmawati", "5A3F01C2", 50_000).await;
        desk
    }

    /// The same station after a restart.
    pub async fn restart(self) -> Self {
        let (dir, clock, vault) = (Arc::clone(&self.dir), Arc::clone(&self.clock), Arc::clone(&self.vault));
        let account = self.account;
        drop(self);
        let mut desk = Self::at(dir, clock, vault).await;
        desk.account = account;
        desk
    }

    async fn at(dir: Arc<tempfile::TempDir>, clock: Arc<TestClock>, vault: Arc<TestVault>) -> Self {
        let options = AppOptions {
            database: dir.path().join("gerai.db"),
            mode: OpenMode::Write,
            try_out: false,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            vault: Arc::clone(&vault) as Arc<dyn Vault>,
        };
        // Opening blocks (SQLite, the vault): never on an async thread.
        let app = tokio::task::spawn_blocking(move || App::open(options)).await.unwrap().unwrap();
        let (air, stop) = (Arc::new(Air::default()), CancellationToken::new());
        tokio::spawn(Outbox::run(Arc::clone(&app), Arc::clone(&air) as Arc<dyn Publisher>, stop.clone()));
        let door = Arc::new(Door::new(Arc::clone(&app)));
        let mut desk = Self { app, door, air, clock, vault, till: 0, account: 0, stop, dir };
        desk.till = desk.give("tills.list", json!({})).await[0]["id"].as_i64().unwrap();
        desk
    }

    /// A second core on the same database, as after a restart: what was only in memory is gone. It only reads.
    pub async fn reopened(&self) -> Arc<App> {
        let options = AppOptions {
            database: self.dir.path().join("gerai.db"),
            mode: OpenMode::ReadOnly,
            try_out: false,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            vault: Arc::clone(&self.vault) as Arc<dyn Vault>,
        };
        tokio::task::spawn_blocking(move || App::open(options)).await.unwrap().unwrap()
    }

    pub async fn customer(&self, name: &str, uid: &str, opening: i64) -> i64 {
        let new = json!({ "request_id": format!("new-{uid}"), "name": name, "uid": uid, "opening": opening });
        self.give("accounts.create", new).await["row"]["id"].as_i64().unwrap()
    }

    /// Gives a command as the station's own user.
    pub async fn give(&self, command: &str, arguments: Value) -> Value {
        self.try_give(command, arguments).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub async fn try_give(&self, command: &str, arguments: Value) -> Result<Value, ApiError> {
        dispatch(&self.app, &Caller::local(), command, arguments).await
    }

    /// The audit trail, oldest first: actor, act, outcome, subject.
    pub fn audit(&self) -> Vec<AuditRecord> {
        let store = Store::open(&self.database(), OpenMode::ReadOnly).unwrap();
        let all = AuditFilter::default();
        let records = store.read(|db| audit::list(db, &all, None, 10_000)).unwrap();
        records.into_iter().rev().map(|stored| stored.record).collect()
    }

    pub fn database(&self) -> std::path::PathBuf {
        self.dir.path().join("gerai.db")
    }

    /// A caller in a browser on this machine.
    pub async fn browser(&self, token: Option<Secret<String>>) -> Caller {
        self.app.caller(Surface::Browser, token, "127.0.0.1", true).await
    }

    pub async fn take(&self, message: Inbound) -> Result<(), NotDurable> {
        self.door.take(message).await
    }

    /// A message on the legacy topic.
    pub async fn legacy(&self, payload: &[u8]) {
        self.take(inbound("iot/deduct", payload)).await.unwrap();
    }

    /// A message on a reader's own topic.
    pub async fn v2(&self, reader: &str, payload: &str) {
        self.take(inbound(&format!("iot/v2/{reader}/deduct"), payload.as_bytes())).await.unwrap();
    }

    pub async fn reader(&self, name: &str, signed: bool) -> Value {
        self.give("readers.add", json!({ "name": name, "signed": signed })).await
    }

    pub async fn balance(&self, account: i64) -> i64 {
        self.give("accounts.show", json!({ "id": account })).await["row"]["balance"].as_i64().unwrap()
    }

    pub async fn payments(&self) -> Vec<Value> {
        self.give("payments.list", json!({})).await["rows"].as_array().unwrap().clone()
    }

    pub async fn rejected(&self) -> Vec<Value> {
        self.give("rejected.list", json!({})).await["rows"].as_array().unwrap().clone()
    }

    /// Waits until `count` results are on the air, and takes them.
    pub async fn results(&self, count: usize) -> Vec<(String, String)> {
        for _ in 0..1_000 {
            if self.air.heard.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        std::mem::take(&mut *self.air.heard.lock().unwrap())
    }

    /// A token of a program that may send.
    pub async fn program(&self) -> String {
        if self.app.first_run() {
            self.give(
                "operators.add",
                json!({ "name": "rina", "password": "kata sandi panjang", "role": "owner" }),
            )
            .await;
        }
        let issued =
            self.give("tokens.issue", json!({ "name": "kas", "role": "operator", "hours": 1 })).await;
        issued["token"].as_str().unwrap().to_owned()
    }

    pub fn clock_ms(&self) -> i64 {
        self.clock.now().0
    }

    pub fn turn_clock(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn assert_whole(&self) {
        let report = self.give("ledger.verify", json!({})).await;
        assert_eq!(report["ok"], json!(true), "{report}");
        assert_eq!(self.give("ledger.stats", json!({})).await["sum"], json!(0));
    }
}

pub fn inbound(topic: &str, payload: &[u8]) -> Inbound {
    Inbound {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        retained: false,
        sender: None,
        waited_ms: None,
    }
}
