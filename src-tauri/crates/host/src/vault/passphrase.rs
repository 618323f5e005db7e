//! The passphrase vault: one sealed file in the data folder, for machines without a keychain. The file is read anew for
//! each act, so a restored backup counts at once; the keys that opened it stay in memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gerai_core::port::{Clock, Vault, VaultError};
use gerai_core::secret::Secret;
use sha2::{Digest, Sha256};

use super::index::Index;
use super::sealed::{BYTES_MAX, Cost, Fault, File, Keys};
use super::source::PassphraseSource;
use super::whole_file;
use crate::clock::SystemClock;

/// Its name in the data folder.
pub const FILE: &str = "vault.sealed";

#[derive(Default)]
struct State {
    /// The file that was opened last, and its keys.
    open: Option<(File, Keys)>,
    /// File and passphrase that did not fit: not tried again, each try costs memory and time.
    refused: Option<[u8; 32]>,
}

/// Secrets in a file sealed by a passphrase.
pub struct PassphraseVault {
    path: PathBuf,
    station: String,
    source: PassphraseSource,
    cost: Cost,
    /// What this station had put there: while it names anything, a missing file is never made anew.
    index: Option<Arc<Index>>,
    state: Mutex<State>,
}

impl PassphraseVault {
    /// The vault of the station `station` (16 hex digits) in `folder`.
    #[must_use]
    pub fn new(folder: &Path, station: &str, source: PassphraseSource) -> Self {
        Self {
            path: folder.join(FILE),
            station: station.to_owned(),
            source,
            cost: Cost::NEW,
            index: None,
            state: Mutex::default(),
        }
    }

    /// Lets it know what the station had put there.
    #[must_use]
    pub(super) fn guarded_by(mut self, index: Arc<Index>) -> Self {
        self.index = Some(index);
        self
    }

    #[cfg(test)]
    pub(super) fn at_cost(mut self, cost: Cost) -> Self {
        self.cost = cost;
        self
    }

    /// Whether its file is there.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens the file now, or makes sure that a new one could be made: a wrong passphrase shows at once.
    pub fn unlock(&self) -> Result<(), VaultError> {
        self.load(&mut self.state()).map(drop)
    }

    /// Another passphrase for the same vault key.
    pub fn change_passphrase(&self, new: &Secret<String>) -> Result<(), VaultError> {
        let mut state = self.state();
        self.load(&mut state)?.ok_or_else(|| self.trouble("it does not exist yet; nothing was put there"))?;
        let Some((mut file, keys)) = state.open.take() else { return Err(self.trouble("it is not open")) };
        let keys = keys.change_passphrase(&mut file, new, self.cost).map_err(|error| self.trouble(error))?;
        self.save(&mut state, file, keys)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, why: impl std::fmt::Display) -> VaultError {
        VaultError::Unavailable(format!("the vault file {} cannot be used: {why}", self.path.display()))
    }

    /// Reads the file and opens it; `None` where there is none and none is expected.
    fn load(&self, state: &mut State) -> Result<Option<()>, VaultError> {
        let bytes = whole_file::read(&self.path, BYTES_MAX).map_err(|error| self.trouble(error))?;
        let Some(bytes) = bytes else {
            state.open = None;
            return self.none_expected().map(|()| None);
        };
        let file = File::parse(&bytes, &self.station).map_err(|fault| self.trouble(fault))?;
        let known = state.open.take().filter(|(known, _)| known.same_lock(&file));
        let keys = match known {
            Some((_, keys)) => keys,
            None => self.open(state, &file, &bytes)?,
        };
        File::check_seal(&bytes, &keys.vault).map_err(|fault| self.trouble(fault))?;
        state.open = Some((file, keys));
        Ok(Some(()))
    }

    fn open(&self, state: &mut State, file: &File, bytes: &[u8]) -> Result<Keys, VaultError> {
        let passphrase = self.source.read(false).map_err(|error| self.trouble(format!("{error:#}")))?;
        let tried = Sha256::new().chain_update(Sha256::digest(bytes)).chain_update(passphrase.expose());
        let tried: [u8; 32] = tried.finalize().into();
        if state.refused == Some(tried) {
            return Err(self.trouble(Fault::Passphrase));
        }
        Keys::open(file, &passphrase).map_err(|fault| {
            state.refused = Some(tried);
            self.trouble(fault)
        })
    }

    fn none_expected(&self) -> Result<(), VaultError> {
        let Some(index) = &self.index else { return Ok(()) };
        let count = index.read().map_err(|why| self.trouble(why))?.entries.len();
        if count == 0 {
            return Ok(());
        }
        Err(self.trouble(format!(
            "it is gone, and this station had put {count} secrets there; put it back from a backup. No new one is made \
             over it. If it is lost for good, move {} away too, then set the secrets anew",
            super::index::FILE
        )))
    }

    fn save(&self, state: &mut State, file: File, keys: Keys) -> Result<(), VaultError> {
        let bytes = file.to_bytes(&keys.vault).map_err(|error| self.trouble(format!("{error:#}")))?;
        whole_file::replace(&self.path, &bytes).map_err(|error| self.trouble(error))?;
        state.open = Some((file, keys));
        Ok(())
    }

    /// Does something with the open file; `None` where there is no file.
    fn with_file<T>(
        &self,
        work: impl FnOnce(&mut State, File, Keys) -> Result<T, VaultError>,
    ) -> Result<Option<T>, VaultError> {
        let mut state = self.state();
        if self.load(&mut state)?.is_none() {
            return Ok(None);
        }
        let Some((file, keys)) = state.open.take() else { return Err(self.trouble("it is not open")) };
        work(&mut state, file, keys).map(Some)
    }

    fn read_from(&self, file: &File, keys: &Keys, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        let value = file.read(&keys.vault, name).map_err(|fault| self.trouble(fault))?;
        value.ok_or(VaultError::NoEntry)
    }
}

impl Vault for PassphraseVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        let read = self.with_file(|state, file, keys| {
            let value = self.read_from(&file, &keys, name);
            state.open = Some((file, keys));
            value
        })?;
        read.ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        let mut state = self.state();
        let (mut file, keys) = match self.load(&mut state)?.and_then(|()| state.open.take()) {
            Some(open) => open,
            None => {
                let passphrase =
                    self.source.read(true).map_err(|error| self.trouble(format!("{error:#}")))?;
                Keys::create(&self.station, &passphrase, self.cost)
                    .map_err(|error| self.trouble(format!("{error:#}")))?
            }
        };
        file.write(&keys.vault, name, value, SystemClock.now().0)
            .map_err(|error| self.trouble(format!("{error:#}")))?;
        self.save(&mut state, file, keys)?;
        drop(state);
        if self.get(name)? == *value {
            Ok(())
        } else {
            Err(self.trouble("it does not give back what it was given"))
        }
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.with_file(|state, mut file, keys| {
            if file.entries.remove(name).is_none() {
                state.open = Some((file, keys));
                return Ok(());
            }
            self.save(state, file, keys)
        })
        .map(drop)
    }

    fn describe(&self) -> Result<String, VaultError> {
        let mut state = self.state();
        Ok(match self.load(&mut state)? {
            Some(()) => "secrets are kept in a file sealed by a passphrase, and it is open".to_owned(),
            None => {
                // The passphrase of a file that does not exist yet is asked for when it is made.
                if matches!(self.source, PassphraseSource::Nowhere) {
                    self.source.read(true).map_err(|error| self.trouble(format!("{error:#}")))?;
                }
                "secrets will be kept in a file sealed by a passphrase; it is made with the first one"
                    .to_owned()
            }
        })
    }

    /// A new vault key and every entry sealed anew, in one file: all of it or nothing.
    fn rewrap(&self, names: &[String]) -> Result<(), VaultError> {
        let done = self.with_file(|state, file, keys| {
            for name in names {
                self.read_from(&file, &keys, name)?;
            }
            let (renewed, new_keys) = match keys.rotate(&file) {
                Ok(renewed) => renewed,
                Err(error) => {
                    state.open = Some((file, keys));
                    return Err(self.trouble(format!("{error:#}")));
                }
            };
            // Proved before it replaces the old one.
            for name in file.entries.keys() {
                let (before, after) = (file.read(&keys.vault, name), renewed.read(&new_keys.vault, name));
                if before.is_err() || before != after {
                    return Err(
                        self.trouble(format!("the entry {name} would not survive; nothing was changed"))
                    );
                }
            }
            self.save(state, renewed, new_keys)
        })?;
        match done {
            Some(()) => Ok(()),
            None if names.is_empty() => Ok(()),
            None => Err(VaultError::Missing),
        }
    }
}

#[cfg(all(test, unix))]
#[path = "passphrase_tests.rs"]
mod tests;
