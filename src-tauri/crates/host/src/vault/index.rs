//! `vault.index`: which secrets this station has put into its vault, and into which one. Names and times, no values. It is
//! how a keychain that was emptied, or is another user's, is told apart from a fresh station.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::whole_file;
use crate::options::VaultKind;

/// Its name in the data folder.
pub const FILE: &str = "vault.index";
const VERSION: u32 = 1;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// One secret that was put there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// When, Unix milliseconds; `null` for one that was there before the list.
    pub written_ms: Option<i64>,
}

/// A move to another vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Copies are being made; the old vault is the one that counts.
    Copying {
        /// Where to.
        to: VaultKind,
    },
    /// Every copy was read back; the new vault counts, and the old one is being emptied.
    Emptying {
        /// Which one.
        from: VaultKind,
    },
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    version: u32,
    /// The vault that counts. `null` while nothing was put anywhere.
    pub kind: Option<VaultKind>,
    /// How often everything was sealed anew.
    #[serde(default)]
    pub rotations: u32,
    /// A move that was begun and not ended.
    #[serde(default)]
    pub moving: Option<Move>,
    /// By name.
    pub entries: BTreeMap<String, Written>,
}

impl Default for Document {
    fn default() -> Self {
        Self { version: VERSION, kind: None, rotations: 0, moving: None, entries: BTreeMap::new() }
    }
}

/// The list of one data folder.
pub struct Index {
    path: PathBuf,
    one_at_a_time: Mutex<()>,
}

impl Index {
    /// Of this folder. Nothing is read yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE), one_at_a_time: Mutex::default() }
    }

    /// The list; an empty one where there is none. A damaged one is an error, never an empty list.
    pub fn read(&self) -> Result<Document, String> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        self.load()
    }

    fn load(&self) -> Result<Document, String> {
        let place = self.path.display();
        let Some(bytes) = whole_file::read(&self.path, BYTES_MAX)
            .map_err(|error| format!("cannot read {place}: {error}"))?
        else {
            return Ok(Document::default());
        };
        let damaged = || {
            format!(
                "{place} is damaged, so it is not known what the vault should hold; put it back from a backup, or move \
                 it away: what the vault still holds is then found again"
            )
        };
        if bytes.len() > BYTES_MAX {
            return Err(damaged());
        }
        let document: Document = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if document.version != VERSION {
            return Err(format!(
                "{place} has version {}, this program reads {VERSION}; use the newer Gerai that wrote it",
                document.version
            ));
        }
        Ok(document)
    }

    /// Changes the list; an unchanged one is not written.
    pub fn change(&self, work: impl FnOnce(&mut Document)) -> Result<(), String> {
        let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.load()?;
        let mut after = before.clone();
        work(&mut after);
        if before == after {
            return Ok(());
        }
        let place = self.path.display();
        let bytes = serde_json::to_vec_pretty(&after).map_err(|error| error.to_string())?;
        whole_file::replace(&self.path, &bytes).map_err(|error| format!("cannot write {place}: {error}"))
    }
}
