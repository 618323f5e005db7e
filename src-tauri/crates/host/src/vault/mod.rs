//! The vault: secrets that must be recovered (an external broker's password, readers' keys). Without a working one the
//! station still takes payments; only what needs such a secret refuses, and says why.

mod index;
mod keychain;
mod listed;
mod memory;
mod migrate;
mod passphrase;
mod platform;
mod sealed;
mod source;
mod whole_file;

use std::path::Path;
use std::sync::Arc;

use gerai_core::port::Vault;

pub use index::{Index, Move};
pub use keychain::KeychainVault;
pub use listed::ListedVault;
pub use memory::MemoryVault;
pub use migrate::{Moved, migrate};
pub use passphrase::PassphraseVault;
pub use source::{CREDENTIAL, PassphraseSource};

use crate::options::{Options, VaultKind};

/// Opens the vault of one station. Never fails: a vault that does not answer says so when it is asked. `writable`: this
/// process holds the folder's lock.
#[must_use]
pub fn open(options: &Options, station_id: &str, writable: bool) -> Arc<dyn Vault> {
    let index = Arc::new(Index::new(options.folder.path()));
    match options.vault {
        VaultKind::Memory => Arc::new(MemoryVault::default()),
        kind => {
            let inner = bare(kind, options, station_id, Some(Arc::clone(&index)));
            Arc::new(ListedVault::new(kind, inner, index, writable))
        }
    }
}

/// A vault without the list, for moving.
#[must_use]
pub fn bare(
    kind: VaultKind,
    options: &Options,
    station_id: &str,
    guard: Option<Arc<Index>>,
) -> Arc<dyn Vault> {
    match kind {
        VaultKind::Keychain => Arc::new(KeychainVault::new(station_id)),
        VaultKind::Passphrase => {
            let vault = PassphraseVault::new(options.folder.path(), station_id, options.passphrase.clone());
            Arc::new(match guard {
                Some(index) => vault.guarded_by(index),
                None => vault,
            })
        }
        VaultKind::Memory => Arc::new(MemoryVault::default()),
    }
}

/// The vault that this folder's secrets are in, as far as its list tells.
#[must_use]
pub fn recorded(folder: &Path) -> Option<VaultKind> {
    Index::new(folder).read().ok().and_then(|list| list.kind)
}

/// Removes the passphrase vault's file once a move has emptied it.
pub fn remove_file(folder: &Path) -> std::io::Result<()> {
    whole_file::remove(&folder.join(passphrase::FILE))
}
