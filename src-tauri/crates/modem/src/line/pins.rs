//! Which PINs were tried on which SIM. Three wrong ones lock a SIM for good, so a given PIN is entered once: neither a
//! modem that is plugged in again nor a line that is started again forgets it. Holds hashes only.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use gerai_core::secret::Secret;
use sha2::{Digest, Sha256};

/// Most tries that are remembered; far more SIMs than a station sees between two starts.
const REMEMBERED_MAX: usize = 4_096;

/// PINs that were entered and not seen to be right.
#[derive(Default)]
pub struct TriedPins(Mutex<HashSet<[u8; 32]>>);

impl TriedPins {
    /// Notes the try. `false`: this PIN was tried on this card before, or no more can be remembered; do not enter it.
    /// `card` is the ICCID, or the IMEI while the card does not tell.
    #[must_use]
    pub fn claim(&self, card: &str, pin: &Secret<String>) -> bool {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.len() < REMEMBERED_MAX && tried.insert(hash(card, pin))
    }

    /// The PIN was right: it may be entered again after the modem has started anew.
    pub fn was_right(&self, card: &str, pin: &Secret<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(card, pin));
    }
}

fn hash(card: &str, pin: &Secret<String>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(card.as_bytes());
    hasher.update([0]);
    hasher.update(pin.expose().as_bytes());
    hasher.finalize().into()
}
