//! Sealing of what lies in the database: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce, bound to what it
//! belongs to, so that a sealed text moved to another row opens no more. Keys come from the vault.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use gerai_core::secret::Secret;

use crate::passwords::{self, SecretError};

/// First byte of what is sealed: which way it was.
const SEALED_1: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Seals a text for the place that `associated` names.
pub(crate) fn seal(key: &[u8], associated: &[u8], text: &[u8]) -> Result<Vec<u8>, SecretError> {
    let nonce = passwords::random::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new_from_slice(key)
        .map_err(|_| SecretError::new("a key of 256 bits is needed"))?;
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg: text, aad: associated })
        .map_err(|_| SecretError::new("a text could not be sealed"))?;
    Ok([&[SEALED_1][..], &nonce, &sealed].concat())
}

/// Opens what was sealed. `None`: another key, another place, or damaged.
pub(crate) fn open(key: &[u8], associated: &[u8], sealed: &[u8]) -> Option<Secret<Vec<u8>>> {
    let (version, rest) = sealed.split_first()?;
    let (nonce, text) = rest.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    if *version != SEALED_1 {
        return None;
    }
    let cipher = XChaCha20Poly1305::new_from_slice(key).ok()?;
    cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: associated }).ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_at_its_place_with_its_key_only() {
        let sealed = seal(&[7; 32], b"row 3", b"a text of some length").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"a text"));
        assert_ne!(
            sealed,
            seal(&[7; 32], b"row 3", b"a text of some length").unwrap(),
            "no nonce is used twice"
        );
        assert_eq!(open(&[7; 32], b"row 3", &sealed).unwrap().expose(), b"a text of some length");
        assert!(open(&[8; 32], b"row 3", &sealed).is_none());
        assert!(open(&[7; 32], b"row 4", &sealed).is_none(), "moved to another row");
        for place in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            assert!(open(&[7; 32], b"row 3", &bent).is_none(), "{place}");
            assert!(open(&[7; 32], b"row 3", &sealed[..place]).is_none(), "{place}");
        }
        assert!(seal(&[7; 31], b"", b"").is_err());
    }
}
