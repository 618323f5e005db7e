//! Keys of stoves. The secrets are in the vault, one entry each; while the station runs they are in memory as well, by the
//! numbers that tokens may name. A stove whose keys the vault does not give now is known as such: its tokens are not taken
//! for unverified ones meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_core::stove::rotation::Lives;
use gerai_core::stove::rotation::proof::{number_that_lives, secret_that_lives};
use gerai_core::stove::{KeyRing, StoveId, Token};
use gerai_core::time::UnixMs;
use gerai_store::stove::changes::{self, Change};
use gerai_store::stove::keys::{self as rows, KeyRow};
use gerai_store::stove::registry;
use gerai_store::{Db, StoreError};

use crate::App;
use crate::contract::{ApiError, ErrorCode};
use crate::trail::Trail;
use crate::usecases::settings::vault_error;

/// Kind of the vault's entries: `stove-key/<stove_id>/<key_id>`.
pub(crate) const STOVE_KEY: &str = "stove-key";
/// Keys that are read from the list at once.
const PAGE: i64 = 1_000;
/// A retired key stays in the vault for this long: if it was retired by mistake, the stove may still hold it.
const RETIRED_KEPT_MS: i64 = 90 * 86_400_000;
/// A key whose making was cut off is forgotten after this long.
const UNFINISHED_KEPT_MS: i64 = 3_600_000;

/// What a change of a stove is about, for telling what a token proves.
#[derive(Debug, Clone)]
struct Watch {
    kind: String,
    confirmed: bool,
    old_number: Option<StoveId>,
    new_number: Option<StoveId>,
}

/// The keys of a stove.
#[derive(Debug)]
pub(crate) struct Ring {
    /// The keys.
    pub(crate) keys: KeyRing,
    watch: Option<Watch>,
}

impl Ring {
    /// Keys of a stove without any change.
    pub(crate) fn of(keys: KeyRing) -> Self {
        Self { keys, watch: None }
    }

    /// What a token proves about the change that is under way; `None`: there is none.
    pub(crate) fn lives(&self, token: &Token) -> Option<Lives> {
        let watch = self.watch.as_ref()?;
        match (watch.kind.as_str(), watch.old_number, watch.new_number) {
            ("id", Some(old), Some(new)) => Some(number_that_lives(token, old, new, &self.keys.current)),
            _ => {
                // Once confirmed, the new secret is the current one and the old one the previous.
                let (old, new) = if watch.confirmed {
                    (self.keys.previous.as_ref()?, &self.keys.current)
                } else {
                    (&self.keys.current, self.keys.pending.as_ref()?)
                };
                Some(secret_that_lives(token, old, new))
            }
        }
    }
}

/// What is known of a number.
#[derive(Clone)]
pub(crate) enum Known {
    /// Its keys.
    Ring(Arc<Ring>),
    /// It has keys, and the vault did not give them yet.
    Wanting,
    /// It has no key here.
    None,
}

/// Keys in memory.
#[derive(Default)]
pub(crate) struct Keys {
    /// By every number that means the stove.
    rings: RwLock<HashMap<String, Known>>,
    /// The numbers of each stove, to forget them.
    numbers: RwLock<HashMap<i64, Vec<String>>>,
    /// The whole list was gone through once since the start: from then on a number that is not here has no key.
    listed: AtomicBool,
    /// One reading of the vault at a time, so that what was read last is what was written last.
    reading: Mutex<()>,
}

impl Keys {
    /// What is in memory of a number.
    fn of(&self, number: &str) -> Known {
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        rings.get(number).cloned().unwrap_or(Known::None)
    }

    fn put(&self, stove_id: i64, numbers: Vec<String>, known: &Known) {
        let mut rings = self.rings.write().unwrap_or_else(PoisonError::into_inner);
        let mut by_stove = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
        for number in by_stove.remove(&stove_id).unwrap_or_default() {
            rings.remove(&number);
        }
        if !matches!(known, Known::None) {
            for number in &numbers {
                rings.insert(number.clone(), known.clone());
            }
            by_stove.insert(stove_id, numbers);
        }
    }

    fn has(&self, stove_id: i64) -> bool {
        let numbers = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        let first = numbers.get(&stove_id).and_then(|numbers| numbers.first());
        first.and_then(|number| rings.get(number)).is_some_and(|known| matches!(known, Known::Ring(_)))
    }

    /// Whether the vault gave the keys of a stove.
    pub(crate) fn held(&self, stove_id: i64) -> bool {
        self.has(stove_id)
    }
}

/// A stove's rows, as the cache needs them.
struct Rows {
    numbers: Vec<String>,
    keys: Vec<KeyRow>,
    change: Option<Change>,
}

fn rows_of(db: &Db, stove_id: i64) -> Result<Rows, StoreError> {
    let stove = registry::get(db, stove_id)?;
    let change = changes::open_of(db, stove_id)?;
    let new_number = change.as_ref().and_then(|change| change.new_number.clone());
    let mut numbers: Vec<String> = Vec::new();
    if let Some(stove) = stove {
        numbers.push(stove.number);
        for number in [new_number, stove.previous_number].into_iter().flatten() {
            // A number that means another stove now is that one's.
            if registry::resolve(db, &number)? == Some(stove_id) && !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    Ok(Rows { numbers, keys: rows::of(db, stove_id)?, change })
}

impl App {
    /// Name of the vault's entry of a key.
    pub(crate) fn stove_key_entry(&self, stove_id: i64, key_id: i64) -> String {
        self.vault_entry(&format!("{STOVE_KEY}/{stove_id}/{key_id}"))
    }

    /// What is known of a number. Just after the start it is looked up: a registered stove is never taken for an unknown
    /// one because its turn to be read has not come yet. Blocks.
    pub(crate) fn stove_keys_of(&self, number: StoveId) -> Result<Known, ApiError> {
        let keys = &self.stoves.keys;
        // Before the look: a list that ends in between has put there what this one looks for.
        let listed = keys.listed.load(Ordering::Acquire);
        let known = keys.of(number.as_str());
        if listed || !matches!(known, Known::None) {
            return Ok(known);
        }
        if let Some(stove_id) = self.store.read(|db| registry::resolve(db, number.as_str()))? {
            self.reload_stove_keys(stove_id)?;
        }
        Ok(keys.of(number.as_str()))
    }

    /// Reads the keys of one stove out of the vault and puts them in place of those in memory. Blocks.
    pub(crate) fn reload_stove_keys(&self, stove_id: i64) -> Result<(), ApiError> {
        let _turn = self.stoves.keys.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let found = self.store.read(|db| rows_of(db, stove_id))?;
        let secret = |slot: &str| match found.keys.iter().find(|key| key.slot == slot) {
            None => Ok(None),
            Some(key) => self.vault.get(&self.stove_key_entry(stove_id, key.key_id)).map(Some),
        };
        let ring = || -> Result<Option<KeyRing>, VaultError> {
            let Some(current) = secret("current")? else { return Ok(None) };
            Ok(Some(KeyRing { current, previous: secret("previous")?, pending: secret("pending")? }))
        };
        let known = match ring() {
            Ok(None) => Known::None,
            Ok(Some(keys)) => {
                let number = |text: &Option<String>| text.as_deref().and_then(StoveId::parse);
                let watch = found.change.as_ref().map(|change| Watch {
                    kind: change.kind.clone(),
                    confirmed: change.state == "confirmed",
                    old_number: number(&change.old_number),
                    new_number: number(&change.new_number),
                });
                Known::Ring(Arc::new(Ring { keys, watch }))
            }
            Err(error) => {
                tracing::debug!(stove.id = stove_id, ?error, "No keys for stove {stove_id}");
                Known::Wanting
            }
        };
        self.stoves.keys.put(stove_id, found.numbers, &known);
        Ok(())
    }

    /// Reads the keys of all stoves that are not in memory yet. How many are still wanting. Blocks.
    pub fn load_stove_keys(&self) -> usize {
        let (mut after, mut wanting, mut looked_at) = (0, 0, HashSet::new());
        loop {
            let Ok(page) = self.store.read(|db| rows::alive(db, after, PAGE)) else { return wanting };
            let Some(last) = page.last() else { break };
            after = last.key_id;
            for key in page {
                if !looked_at.insert(key.stove_id) || self.stoves.keys.has(key.stove_id) {
                    continue;
                }
                let read = self.reload_stove_keys(key.stove_id);
                wanting += usize::from(read.is_err() || !self.stoves.keys.has(key.stove_id));
            }
        }
        self.stoves.keys.listed.store(true, Ordering::Release);
        wanting
    }

    /// Keeps a new secret in the vault and gives it a row, in no slot yet. Blocks.
    pub(crate) fn make_stove_key(
        &self,
        stove_id: i64,
        secret: &Secret<Vec<u8>>,
        warnings: &str,
        by: &str,
    ) -> Result<i64, ApiError> {
        let now = self.clock.now();
        let (warnings, by) = (warnings.to_owned(), by.to_owned());
        let key_id = self.store.writer()?.submit_blocking(move |db| -> Result<i64, StoreError> {
            rows::add(db, stove_id, &warnings, &by, now)
        })?;
        // The vault reads it back: no slot names a key that is not safe there.
        self.vault
            .set(&self.stove_key_entry(stove_id, key_id), secret)
            .map_err(|error| vault_error(&error))?;
        Ok(key_id)
    }

    /// Registers the key that a stove has. The one so far becomes the previous one. Blocks.
    pub(crate) fn register_stove_key(
        &self,
        number: StoveId,
        secret: &Secret<Vec<u8>>,
        trail: &Trail,
        act: &'static str,
    ) -> Result<i64, ApiError> {
        let now = self.clock.now();
        let stove_id = self.store.writer()?.submit_blocking(move |db| -> Result<i64, ApiError> {
            let stove_id = registry::ensure(db, number.as_str(), now)?;
            no_change(db, stove_id)?;
            Ok(stove_id)
        })?;
        if let Known::Ring(ring) = self.stove_keys_of(number)?
            && ring.keys.current == *secret
        {
            let same = self.store.read(|db| rows::in_slot(db, stove_id, "current"))?;
            if let Some(same) = same {
                // Registering it again changes nothing, and the record says that somebody did.
                let trail = trail.clone();
                self.store.writer()?.submit_blocking(move |db| -> Result<(), ApiError> {
                    Ok(trail.done(db, act, format!("stove {number}: the same key {}", same.key_id))?)
                })?;
                return Ok(same.key_id);
            }
        }
        let warnings = gerai_core::stove::verify::key_warnings(secret.expose());
        let warnings = serde_json::to_string(&warnings).unwrap_or_else(|_| "[]".to_owned());
        let key_id = self.make_stove_key(stove_id, secret, &warnings, &trail.actor)?;
        let trail = trail.clone();
        self.store.writer()?.submit_blocking(move |db| -> Result<(), ApiError> {
            no_change(db, stove_id)?;
            rows::promote(db, stove_id, key_id, now)?;
            Ok(trail.done(db, act, format!("stove {number}: key {key_id}"))?)
        })?;
        self.reload_stove_keys(stove_id)?;
        Ok(key_id)
    }

    /// Removes from the vault what has been out of use for long. Blocks.
    pub(crate) fn remove_spent_stove_keys(&self) -> Result<(), ApiError> {
        let now = self.clock.now();
        let spent = self
            .store
            .read(|db| rows::spent(db, now.plus(-RETIRED_KEPT_MS), now.plus(-UNFINISHED_KEPT_MS)))?;
        for key in spent {
            match self.vault.remove(&self.stove_key_entry(key.stove_id, key.key_id)) {
                Ok(()) | Err(VaultError::NoEntry | VaultError::Missing) => {}
                Err(error) => return Err(vault_error(&error)),
            }
            self.store.writer()?.submit_blocking(move |db| rows::forget(db, key.key_id))?;
        }
        Ok(())
    }
}

/// Keys of a stove stay as they are while a change of it is open: both values must be kept.
fn no_change(db: &Db, stove_id: i64) -> Result<(), ApiError> {
    if changes::open_of(db, stove_id)?.is_some() { Err(change_is_open()) } else { Ok(()) }
}

pub(super) fn change_is_open() -> ApiError {
    ApiError::new(
        ErrorCode::Refused,
        "a change of this stove's key or number is not over",
        "End it or give it up first; read one token of the stove, it tells which value lives.",
    )
}

/// When something happened, in seconds of the stove's clock.
pub(crate) fn seconds(at: UnixMs) -> i64 {
    at.0.div_euclid(1_000)
}
