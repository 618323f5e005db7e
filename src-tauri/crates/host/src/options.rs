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
}
