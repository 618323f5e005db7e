//! A core on a database in a temporary folder, for the tests of the HTTP door.

use std::sync::Arc;
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

struct NoVault;

impl Vault for NoVault {
    fn get(&self, _name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        Err(VaultError::NoEntry)
    }

    fn set(&self, _name: &str, _value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        Err(VaultError::Unavailable("no vault in this test".to_owned()))
    }

    fn remove(&self, _name: &str) -> Result<(), VaultError> {
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("none".to_owned())
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
        vault: Arc::new(NoVault),
    })
    .unwrap()
}
