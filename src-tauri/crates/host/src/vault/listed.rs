//! A vault with the list of what this station put into it, so that `NoEntry` and `Missing` differ.

use std::sync::Arc;

use gerai_core::port::{Clock, Vault, VaultEntry, VaultError, VaultPlace, VaultStatus};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;

use super::index::{Document, Index, Move, Written};
use crate::clock::SystemClock;
use crate::options::VaultKind;

/// The station's vault: a keychain or a passphrase file, and the list.
pub struct ListedVault {
    kind: VaultKind,
    inner: Arc<dyn Vault>,
    index: Arc<Index>,
    /// Without the folder's lock the list is only read.
    writable: bool,
}

impl ListedVault {
    /// `inner` is of this kind; `writable`: this process holds the folder's lock.
    #[must_use]
    pub fn new(kind: VaultKind, inner: Arc<dyn Vault>, index: Arc<Index>, writable: bool) -> Self {
        Self { kind, inner, index, writable }
    }

    fn list(&self) -> Result<Document, VaultError> {
        let list = self.index.read().map_err(VaultError::Unavailable)?;
        match list.kind {
            Some(kind) if kind != self.kind && !list.entries.is_empty() => {
                Err(VaultError::Unavailable(format!(
                    "this station keeps its {} secrets in the {} vault, and was started with the {} one; start it with \
                     GERAI_VAULT={}, or move them with `gerai vault migrate --to {}`",
                    list.entries.len(),
                    kind.word(),
                    self.kind.word(),
                    kind.word(),
                    self.kind.word()
                )))
            }
            _ => Ok(list),
        }
    }

    fn change(&self, work: impl FnOnce(&mut Document)) -> Result<(), VaultError> {
        if !self.writable {
            return Ok(());
        }
        self.index.change(work).map_err(VaultError::Unavailable)
    }
}

impl Vault for ListedVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        // A list that cannot be read keeps nobody from what is there.
        let list = match self.list() {
            Err(error) if self.index.read().is_ok() => return Err(error),
            other => other,
        };
        match self.inner.get(name) {
            Ok(value) => {
                if list.is_ok_and(|list| !list.entries.contains_key(name)) {
                    self.change(|list| {
                        list.kind = Some(self.kind);
                        list.entries.insert(name.to_owned(), Written::default());
                    })?;
                }
                Ok(value)
            }
            Err(VaultError::NoEntry) if list?.entries.contains_key(name) => Err(VaultError::Missing),
            Err(other) => Err(other),
        }
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.list()?;
        // The vault first: a name on the list without a secret would be a false alarm, a secret without its name is
        // found again when it is read.
        self.inner.set(name, value)?;
        self.change(|list| {
            list.kind = Some(self.kind);
            list.entries.insert(name.to_owned(), Written { written_ms: Some(SystemClock.now().0) });
        })
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.list()?;
        self.inner.remove(name)?;
        self.change(|list| {
            list.entries.remove(name);
        })
    }

    fn describe(&self) -> Result<String, VaultError> {
        self.list()?;
        self.inner.describe()
    }

    fn rewrap(&self, names: &[String]) -> Result<(), VaultError> {
        self.list()?;
        self.inner.rewrap(names)?;
        let now = SystemClock.now().0;
        self.change(|list| {
            list.rotations = list.rotations.saturating_add(1);
            for name in names {
                list.entries.insert(name.clone(), Written { written_ms: Some(now) });
            }
        })
    }

    fn status(&self) -> VaultStatus {
        let list = self.index.read();
        let (mut answer, list) = match (self.describe(), list) {
            (_, Err(why)) => (Err(why), Document::default()),
            (Ok(what), Ok(list)) => (Ok(what), list),
            (Err(VaultError::Unavailable(why)), Ok(list)) => (Err(why), list),
            (Err(VaultError::NoEntry | VaultError::Missing), Ok(list)) => {
                (Err("it does not say what it holds".to_owned()), list)
            }
        };
        let mut entries = Vec::new();
        for (name, written) in list.entries {
            let held = if answer.is_err() { None } else { Some(self.inner.get(&name)) };
            let held = match held {
                Some(Ok(_)) => Some(true),
                Some(Err(VaultError::NoEntry | VaultError::Missing)) => Some(false),
                Some(Err(VaultError::Unavailable(why))) => {
                    answer = Err(why);
                    None
                }
                None => None,
            };
            entries.push(VaultEntry { name, written: written.written_ms.map(UnixMs), held });
        }
        VaultStatus {
            place: match self.kind {
                VaultKind::Keychain => VaultPlace::Keychain,
                VaultKind::Passphrase => VaultPlace::Passphrase,
                VaultKind::Memory => VaultPlace::Memory,
            },
            answer,
            entries,
            unfinished: list.moving.map(unfinished),
            rotations: list.rotations,
        }
    }
}

fn unfinished(moving: Move) -> String {
    match moving {
        Move::Copying { to } => format!(
            "a move to the {0} vault was begun and not ended; stop the station and repeat `gerai vault migrate --to {0}`",
            to.word()
        ),
        Move::Emptying { from } => format!(
            "the {} vault still holds copies of moved secrets; stop the station and repeat the same `gerai vault migrate`",
            from.word()
        ),
    }
}
