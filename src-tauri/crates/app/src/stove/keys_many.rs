//! Registering the keys of many stoves, as an import does: two transactions for a page of them instead of two for each, the
//! vault in between. What goes wrong with one stops no other.

use gerai_core::secret::Secret;
use gerai_core::stove::StoveId;
use gerai_core::stove::verify::key_warnings;
use gerai_store::StoreError;
use gerai_store::stove::{changes, keys as rows, registry};

use super::keys::Known;
use crate::App;
use crate::contract::ApiError;
use crate::trail::Trail;
use crate::usecases::settings::vault_error;

/// Keys of one page.
pub(crate) const KEYS_MAX: usize = 250;

/// A key to register; the stove is known.
#[derive(Clone)]
pub(crate) struct NewKey {
    pub(crate) stove: StoveId,
    pub(crate) secret: Secret<Vec<u8>>,
}

/// A key's row; `None`: a change of the stove is open, or it has this key already.
struct Row {
    stove_id: i64,
    key_id: i64,
}

/// What became of one.
pub(crate) enum Registered {
    /// It is the current one.
    Yes,
    /// It was already.
    Same,
    /// It is not.
    No(ApiError),
}

impl App {
    /// Registers up to [`KEYS_MAX`] keys; one answer each, in order. Blocks.
    pub(crate) fn register_stove_keys(
        &self,
        keys: &[NewKey],
        trail: &Trail,
        act: &'static str,
    ) -> Result<Vec<Registered>, ApiError> {
        let same = |key: &NewKey| -> Result<bool, ApiError> {
            Ok(match self.stove_keys_of(key.stove)? {
                Known::Ring(ring) => ring.keys.current == key.secret,
                Known::Wanting | Known::None => false,
            })
        };
        let same: Vec<bool> = keys.iter().map(same).collect::<Result<_, _>>()?;
        let asked: Vec<(StoveId, String, bool)> = keys
            .iter()
            .zip(&same)
            .map(|(key, same)| {
                let warnings = serde_json::to_string(&key_warnings(key.secret.expose()));
                (key.stove, warnings.unwrap_or_else(|_| "[]".to_owned()), *same)
            })
            .collect();
        let (by, now) = (trail.actor.clone(), trail.now);
        let made =
            self.store.writer()?.submit_blocking(move |db| -> Result<Vec<Option<Row>>, StoreError> {
                let mut made = Vec::with_capacity(asked.len());
                for (stove, warnings, same) in asked {
                    let stove_id = registry::ensure(db, stove.as_str(), now)?;
                    if same || changes::open_of(db, stove_id)?.is_some() {
                        made.push(None);
                    } else {
                        let key_id = rows::add(db, stove_id, &warnings, &by, now)?;
                        made.push(Some(Row { stove_id, key_id }));
                    }
                }
                Ok(made)
            })?;
        let mut answers = Vec::with_capacity(keys.len());
        let mut kept = Vec::new();
        for ((key, row), same) in keys.iter().zip(made).zip(same) {
            answers.push(match row {
                None if same => Registered::Same,
                None => Registered::No(super::keys::change_is_open()),
                Some(row) => {
                    match self.vault.set(&self.stove_key_entry(row.stove_id, row.key_id), &key.secret) {
                        Err(error) => Registered::No(vault_error(&error)),
                        Ok(()) => {
                            kept.push((key.stove, row));
                            Registered::Yes
                        }
                    }
                }
            });
        }
        let reload: Vec<i64> = kept.iter().map(|(_, row)| row.stove_id).collect();
        let trail = trail.clone();
        self.store.writer()?.submit_blocking(move |db| -> Result<(), StoreError> {
            for (stove, row) in kept {
                rows::promote(db, row.stove_id, row.key_id, now)?;
                trail.done(db, act, format!("stove {stove}: key {}", row.key_id))?;
            }
            Ok(())
        })?;
        reload.into_iter().try_for_each(|stove_id| self.reload_stove_keys(stove_id))?;
        Ok(answers)
    }
}
