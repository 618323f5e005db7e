//! A move that is killed at every single step, and repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gerai_core::secret::Secret;

use super::*;
use crate::vault::{ListedVault, MemoryVault};

/// A vault whose process dies at the n-th act.
struct Mortal {
    vault: Arc<MemoryVault>,
    life: Arc<AtomicUsize>,
}

impl Mortal {
    fn live(&self) -> Result<(), VaultError> {
        let left = self.life.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| VaultError::Unavailable("killed".to_owned()))
    }
}

impl Vault for Mortal {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.live()?;
        self.vault.get(name)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.live()?;
        self.vault.set(name, value)
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.live()?;
        self.vault.remove(name)
    }

    fn describe(&self) -> Result<String, VaultError> {
        self.vault.describe()
    }
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const FROM: VaultKind = VaultKind::Keychain;
const TO: VaultKind = VaultKind::Passphrase;

struct World {
    folder: tempfile::TempDir,
    old: Arc<MemoryVault>,
    new: Arc<MemoryVault>,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), old: Arc::default(), new: Arc::default() };
        let station = world.station(FROM);
        for name in NAMES {
            station.set(name, &Secret::new(name.as_bytes().to_vec())).unwrap();
        }
        world
    }

    fn station(&self, kind: VaultKind) -> ListedVault {
        let inner = if kind == FROM { Arc::clone(&self.old) } else { Arc::clone(&self.new) };
        ListedVault::new(kind, inner, Arc::new(Index::new(self.folder.path())), true)
    }

    fn migrate(&self, life: usize) -> Result<Moved, VaultError> {
        let life = Arc::new(AtomicUsize::new(life));
        let mortal = |vault: &Arc<MemoryVault>| Mortal { vault: Arc::clone(vault), life: Arc::clone(&life) };
        let (from, to) = (mortal(&self.old), mortal(&self.new));
        let clear = |names: &[String]| names.iter().try_for_each(|name| from.remove(name));
        migrate(&Index::new(self.folder.path()), (FROM, &from), (TO, &to), &clear)
    }

    /// The station can read everything, from whichever vault its list names.
    fn all_there(&self) -> VaultKind {
        let kind = Index::new(self.folder.path()).read().unwrap().kind.unwrap();
        let station = self.station(kind);
        for name in NAMES {
            assert_eq!(station.get(name).unwrap().expose(), name.as_bytes());
        }
        kind
    }
}

#[test]
fn killed_at_any_step_nothing_is_lost_and_repeating_ends_it() {
    let mut deaths = 0;
    for life in 0.. {
        let world = World::new();
        match world.migrate(life) {
            Ok(moved) => {
                assert_eq!(moved, Moved { secrets: 3, nothing: false });
                break;
            }
            Err(error) => assert_eq!(error, VaultError::Unavailable("killed".to_owned())),
        }
        deaths += 1;
        let kind = world.all_there();
        assert!(world.station(kind).status().unfinished.is_some() || life == 0 || kind == FROM);
        world.migrate(usize::MAX).unwrap();
        assert_eq!(world.all_there(), TO);
        let status = world.station(TO).status();
        assert_eq!((status.unfinished, status.entries.len()), (None, 3));
        for name in NAMES {
            assert_eq!(world.old.get(name), Err(VaultError::NoEntry), "the old vault is empty");
        }
        assert_eq!(world.migrate(usize::MAX), Ok(Moved { secrets: 3, nothing: true }));
    }
    // Three copies, read and written; three read-backs of both; three removals.
    assert_eq!(deaths, 15);
}

#[test]
fn a_vault_that_lacks_something_is_not_emptied() {
    let world = World::new();
    world.old.remove("b").unwrap();
    let refused = world.migrate(usize::MAX).unwrap_err();
    assert!(matches!(&refused, VaultError::Unavailable(why) if why.contains("lacks b")), "{refused:?}");
    assert_eq!(world.old.get("a").unwrap().expose(), b"a");
    assert_eq!(Index::new(world.folder.path()).read().unwrap().kind, Some(FROM));
}
