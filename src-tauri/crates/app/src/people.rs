//! What the station knows of its people only while it runs (second factors being set up, the sender of reset codes),
//! and their contacts, sealed by a key in the vault.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gerai_core::contact::Contact;
use gerai_core::port::{ResetSender, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::operators;

use crate::App;
use crate::contract::{ApiError, ErrorCode};
use crate::passwords::{self, SecretError};
use crate::seal;
use crate::usecases::internal;
use crate::usecases::settings::vault_error;

/// Name of the vault's entry.
const CONTACT_KEY: &str = "contact-key";
/// A second factor that was begun is confirmed within this time.
const PENDING_MS: i64 = 15 * 60_000;

/// Second factors that were begun: operator → secret, until.
type Begun = HashMap<i64, (Secret<Vec<u8>>, UnixMs)>;

/// What is only known while the station runs.
#[derive(Default)]
pub(crate) struct People {
    pending: Mutex<Begun>,
    sender: RwLock<Option<Arc<dyn ResetSender>>>,
    /// Held while the key of contacts is looked for and made: there is one.
    making_key: Mutex<()>,
}

impl People {
    /// Keeps a new secret until it is confirmed.
    pub(crate) fn begin(&self, operator_id: i64, secret: Secret<Vec<u8>>, now: UnixMs) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, (_, until)| *until > now);
        pending.insert(operator_id, (secret, now.plus(PENDING_MS)));
    }

    /// The secret that waits to be confirmed.
    pub(crate) fn begun(&self, operator_id: i64, now: UnixMs) -> Option<Secret<Vec<u8>>> {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.get(&operator_id).filter(|(_, until)| *until > now).map(|(secret, _)| secret.clone())
    }

    pub(crate) fn forget_begun(&self, operator_id: i64) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&operator_id);
    }
}

impl App {
    /// Who sends codes for forgotten passwords; `None` while nothing can.
    pub fn set_reset_sender(&self, sender: Option<Arc<dyn ResetSender>>) {
        *self.people.sender.write().unwrap_or_else(PoisonError::into_inner) = sender;
    }

    pub(crate) fn reset_sender(&self) -> Option<Arc<dyn ResetSender>> {
        self.people.sender.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that seals contacts. `make`: it is made when there is none and nothing was ever sealed. A vault that lost
    /// the key over sealed contacts is an error: a new key would make their loss final and unseen.
    pub(crate) async fn contact_key(self: &Arc<Self>, make: bool) -> Result<Secret<Vec<u8>>, ApiError> {
        let app = Arc::clone(self);
        Self::blocking(move || {
            let _one = app.people.making_key.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = app.vault_entry(CONTACT_KEY);
            match app.vault.get(&entry) {
                Ok(key) => return Ok(key),
                Err(VaultError::NoEntry) => {}
                Err(away) => return Err(vault_error(&away)),
            }
            if app.store.read(operators::any_contact)? {
                return Err(ApiError::new(
                    ErrorCode::Unavailable,
                    "the vault no longer holds the key of the contacts that are stored",
                    "Bring the vault's entry `contact-key` back from a backup, or take the contacts of all people away first.",
                ));
            }
            if !make {
                return Err(vault_error(&VaultError::NoEntry));
            }
            let key = passwords::random_key().map_err(internal)?;
            app.vault.set(&entry, &key).map_err(|error| vault_error(&error))?;
            Ok(key)
        })
        .await
    }
}

/// Seals a contact for its operator.
pub(crate) fn seal_contact(key: &[u8], operator_id: i64, contact: &Contact) -> Result<Vec<u8>, SecretError> {
    seal::seal(key, associated(operator_id).as_bytes(), contact.address().as_bytes())
}

/// Opens a sealed contact. `None`: another key, another operator, or damaged.
pub(crate) fn open_contact(key: &[u8], operator_id: i64, sealed: &[u8]) -> Option<Contact> {
    let opened = seal::open(key, associated(operator_id).as_bytes(), sealed)?;
    Contact::parse(std::str::from_utf8(opened.expose()).ok()?).ok()
}

fn associated(operator_id: i64) -> String {
    format!("gerai operator contact {operator_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_opens_for_its_operator_only() {
        let contact = Contact::parse("siti@example.org").unwrap();
        let sealed = seal_contact(&[7; 32], 3, &contact).unwrap();
        assert_eq!(open_contact(&[7; 32], 3, &sealed), Some(contact));
        assert_eq!(open_contact(&[7; 32], 4, &sealed), None, "moved to another operator");
    }

    #[test]
    fn a_second_factor_waits_for_a_quarter_of_an_hour() {
        let (people, now) = (People::default(), UnixMs(1_000));
        people.begin(1, Secret::new(vec![1]), now);
        assert!(people.begun(1, now.plus(PENDING_MS - 1)).is_some());
        assert!(people.begun(1, now.plus(PENDING_MS)).is_none());
        assert!(people.begun(2, now).is_none());
        people.forget_begun(1);
        assert!(people.begun(1, now).is_none());
    }
}
