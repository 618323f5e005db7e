//! A vault in memory, for tests. What it holds is gone with the process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;

/// Secrets in memory.
#[derive(Default)]
pub struct MemoryVault {
    entries: Mutex<HashMap<String, Secret<Vec<u8>>>>,
}

impl MemoryVault {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Secret<Vec<u8>>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.entries().get(name).cloned().ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.entries().insert(name.to_owned(), value.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.entries().remove(name);
        Ok(())
    }

    fn describe(&self) -> Result<String, VaultError> {
        Ok("secrets are kept in memory and lost when the station stops (GERAI_VAULT=memory)".to_owned())
    }
}
