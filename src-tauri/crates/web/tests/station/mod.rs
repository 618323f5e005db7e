//! A core on a database in a temporary folder, for the tests of the HTTP door.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gerai_app::{App, AppOptions};
use gerai_core::port::{Clock, Vault, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;

struct TestClock(Instant);

impl Clock for TestClock {
    fn now(&self) -> UnixMs {
        UnixMs(1_795_323_600_000).plus(i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// A vault in memory.
#[derive(Default)]
struct TestVault(Mutex<HashMap<String, Vec<u8>>>);

impl Vault for TestVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.0.lock().unwrap().get(name).cloned().map(Secret::new).ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.0.lock().unwrap().insert(name.to_owned(), value.expose().clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("memory".to_owned())
    }
}

/// A core on a fresh database. The folder goes away with the process's temporary files.
pub fn app() -> Arc<App> {
    // Opening waits for the writer's first commit, which an async thread may not.
    std::thread::spawn(open).join().unwrap()
}

fn open() -> Arc<App> {
    let folder = tempfile::tempdir().unwrap().keep();
    App::open(AppOptions {
        database: folder.join("gerai.db"),
        mode: gerai_store::OpenMode::Write,
        try_out: false,
        clock: Arc::new(TestClock(Instant::now())),
        vault: Arc::new(TestVault::default()),
    })
    .unwrap()
}
