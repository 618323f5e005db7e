//! The passphrase vault, for machines without a keychain. Not in this release: it refuses in plain words rather than
//! keep secrets in a way that only looks safe.

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;

/// Refuses everything.
pub struct PassphraseVault;

fn refused<T>() -> Result<T, VaultError> {
    Err(VaultError::Unavailable(
        "this release has no passphrase vault; use the system's keychain (GERAI_VAULT=keychain)".to_owned(),
    ))
}

impl Vault for PassphraseVault {
    fn get(&self, _name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        refused()
    }

    fn set(&self, _name: &str, _value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        refused()
    }

    fn remove(&self, _name: &str) -> Result<(), VaultError> {
        refused()
    }

    fn describe(&self) -> Result<String, VaultError> {
        refused()
    }
}
