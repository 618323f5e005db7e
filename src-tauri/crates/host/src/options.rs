//! What the command line and the environment say about the station to open. Everything else is in its settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::data_folder::DataFolder;
use crate::vault::{self, PassphraseSource};

/// Where secrets that must be recovered are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultKind {
    /// The operating system's keychain.
    #[default]
    Keychain,
    /// A file sealed by a passphrase.
    Passphrase,
    /// Memory only: gone when the station stops. For tests.
    Memory,
}

impl VaultKind {
    /// As it is typed.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Passphrase => "passphrase",
            Self::Memory => "memory",
        }
    }
}

/// Which station, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The station's data folder.
    pub folder: DataFolder,
    /// Where its secrets are.
    pub vault: VaultKind,
    /// Where the passphrase of a passphrase vault comes from.
    pub passphrase: PassphraseSource,
    /// The vault was named, not found in the folder.
    named: Option<VaultKind>,
    /// No money is real: the screens say so.
    pub try_out: bool,
}

impl Options {
    /// Options of the station in `data` (the operating system's own place when absent). Without a named vault it is the
    /// one that the folder's secrets are in, for a new folder the keychain.
    pub fn new(data: Option<PathBuf>, named: Option<VaultKind>) -> anyhow::Result<Self> {
        let folder = DataFolder::at(data)?;
        let try_out = folder.is_try_out();
        let vault = kind_for(&folder, named);
        let passphrase = PassphraseSource::of_the_system();
        Ok(Self { folder, vault, passphrase, named, try_out })
    }

    /// The same for trying out, where no money is real: the folder named, or a new one. The second value tells whether
    /// it is a throw-away folder, to be removed when the station stops.
    pub fn for_try_out(mut self) -> anyhow::Result<(Self, bool)> {
        let named = DataFolder::at(None).map_or(true, |default| default != self.folder);
        if named {
            self.folder.mark_try_out()?;
        } else {
            self.folder = DataFolder::throw_away()?;
        }
        self.try_out = true;
        self.vault = kind_for(&self.folder, self.named);
        Ok((self, !named))
    }
}

fn kind_for(folder: &DataFolder, named: Option<VaultKind>) -> VaultKind {
    named.or_else(|| vault::recorded(folder.path())).unwrap_or_default()
}
