//! What the command line and the environment say about the station to open. Everything else is in its settings.

use std::path::PathBuf;

use crate::data_folder::DataFolder;

/// Where secrets that must be recovered are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum VaultKind {
    /// The operating system's keychain.
    #[default]
    Keychain,
    /// A file sealed by a passphrase.
    Passphrase,
    /// Memory only: gone when the station stops. For tests.
    Memory,
}

/// Which station, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The station's data folder.
    pub folder: DataFolder,
    /// Where its secrets are.
    pub vault: VaultKind,
    /// No money is real: the screens say so.
    pub try_out: bool,
}

impl Options {
    /// Options of the station in `data` (the operating system's own place when absent).
    pub fn new(data: Option<PathBuf>, vault: VaultKind) -> anyhow::Result<Self> {
        let folder = DataFolder::at(data)?;
        let try_out = folder.is_try_out();
        Ok(Self { folder, vault, try_out })
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
        Ok((self, !named))
    }
}
