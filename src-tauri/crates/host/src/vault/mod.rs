//! The vault: secrets that must be recovered (an external broker's password, readers' keys). Without a working one the
//! station still takes payments; only what needs such a secret refuses, and says why.

mod keychain;
mod memory;
mod passphrase;

use std::sync::Arc;

use gerai_core::port::Vault;

pub use keychain::KeychainVault;
pub use memory::MemoryVault;
pub use passphrase::PassphraseVault;

use crate::options::VaultKind;

/// Opens the vault of one station. Never fails: a vault that does not answer says so when it is asked.
#[must_use]
pub fn open(kind: VaultKind, station_id: &str) -> Arc<dyn Vault> {
    match kind {
        VaultKind::Keychain => Arc::new(KeychainVault::new(station_id)),
        VaultKind::Passphrase => Arc::new(PassphraseVault),
        VaultKind::Memory => Arc::new(MemoryVault::default()),
    }
}
