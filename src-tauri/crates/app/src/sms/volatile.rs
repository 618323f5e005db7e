//! What is in memory only: texts of codes whose sender forbids even sealed ones on the disk, and a keyed hash of the text that
//! a request id of a code had (its key is made at the start and never written). Both are gone when the station stops, and
//! each entry when the code's life is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::enqueue::{Order, reused};
use crate::contract::{ApiError, ErrorCode};
use crate::passwords::{self, SecretError};
use crate::usecases::internal;

/// Codes that are remembered at once.
const KEPT_MAX: usize = 100_000;

/// Keyed hash of a request's text, and until when it is remembered.
type Asked = ([u8; 32], UnixMs);

/// A text, and until when anybody can want it.
type Kept = (Arc<Secret<String>>, UnixMs);

/// What is in memory only.
#[derive(Default)]
pub(crate) struct Volatile {
    texts: Mutex<HashMap<i64, Kept>>,
    asked: Mutex<HashMap<(String, String), Asked>>,
    salt: OnceLock<[u8; 32]>,
}

impl Volatile {
    /// Keeps a text for these messages.
    pub(crate) fn keep(&self, ids: &[i64], text: &Arc<Secret<String>>, until: UnixMs) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.extend(ids.iter().map(|id| (*id, (Arc::clone(text), until))));
    }

    /// The text of a message.
    pub(crate) fn text(&self, id: i64) -> Option<Secret<String>> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(&id).map(|(text, _)| Secret::new(text.expose().clone()))
    }

    /// A message needs its text no more.
    pub(crate) fn forget(&self, id: i64) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Refuses a request id that came with another code.
    pub(crate) fn same_code(&self, order: &Order, until: UnixMs, now: UnixMs) -> Result<(), ApiError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= KEPT_MAX {
            asked.retain(|_, (_, until)| *until > now);
        }
        if asked.len() >= KEPT_MAX {
            return Err(ApiError::new(
                ErrorCode::Unavailable,
                format!("more than {KEPT_MAX} codes in half an hour"),
                "Try again in some minutes.",
            ));
        }
        let key = (order.origin.clone(), order.request_id.clone());
        let print = self.print(order.text.expose())?;
        match asked.get(&key).filter(|(_, until)| *until > now) {
            Some((before, _)) if *before == print => Ok(()),
            Some(_) => Err(reused(&order.request_id)),
            None => {
                asked.insert(key, (print, until));
                Ok(())
            }
        }
    }

    fn print(&self, text: &str) -> Result<[u8; 32], ApiError> {
        let salt = match self.salt.get() {
            Some(salt) => salt,
            None => {
                let made = passwords::random().map_err(internal)?;
                self.salt.get_or_init(|| made)
            }
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(salt)
            .map_err(|_| internal(SecretError::new("a key of 256 bits is needed")))?;
        mac.update(text.as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    /// Forgets what is over.
    pub(crate) fn tidy(&self, now: UnixMs) {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (_, until)| *until > now);
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (_, until)| *until > now);
    }
}
