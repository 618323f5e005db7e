//! Password hashes and random tokens. Operators' passwords: Argon2id (RFC 9106) as PHC strings. Readers' passwords:
//! PBKDF2-HMAC-SHA512 (RFC 8018) in mosquitto's `$7$` form, so that an exported password file works there.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gerai_core::secret::Secret;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// PBKDF2 rounds for readers' passwords. Those we make hold 128 random bits and need no stretching; a password that
/// fielded readers already hold may be weak. 20,000 rounds are some 10 ms on a desk's machine, once per connection.
const READER_ROUNDS: u32 = 20_000;
/// Rounds above this in a stored hash are refused: they would hang the station.
const READER_ROUNDS_MAX: u32 = 1_000_000;
const READER_SALT_BYTES: usize = 12;
const READER_HASH_BYTES: usize = 64;

/// The operating system gave no random numbers, or a hash could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a secret: {0}")]
pub struct SecretError(String);

impl SecretError {
    pub(crate) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// 256 random bits as 43 characters of base64url.
pub fn random_token() -> Result<Secret<String>, SecretError> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// 32 random bytes.
pub fn random_key() -> Result<Secret<Vec<u8>>, SecretError> {
    Ok(Secret::new(random::<32>()?.to_vec()))
}

/// A reader's password: 128 random bits as 22 characters that need no quoting anywhere.
pub fn random_password() -> Result<Secret<String>, SecretError> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::<16>()?).replace('-', "x").replace('_', "y")))
}

/// Characters that are hard to mix up, for reading aloud and typing: just under 5 bits each.
const LETTERS: &[u8; 31] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// Eight characters, about 39 bits: good for ten minutes and one use.
pub fn pairing_code() -> Result<String, SecretError> {
    Ok(readable_code(8)?.expose().clone())
}

/// 24 characters, about 118 bits: too many to guess, so that a plain hash of them may be kept (OWASP ASVS 5.0, 6.5.2).
pub fn long_code() -> Result<Secret<String>, SecretError> {
    readable_code(24)
}

/// So many characters in groups of four.
fn readable_code(characters: usize) -> Result<Secret<String>, SecretError> {
    let mut code = Secret::new(String::with_capacity(characters));
    while code.expose().len() < characters {
        let [byte] = random::<1>()?;
        // 248 = 8 × 31: bytes above it would favour some letters.
        if byte < 248 {
            code.expose_mut().push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        }
    }
    Ok(Secret::new(gerai_core::recovery::grouped(code.expose(), 4, '-')))
}

/// A code as it is hashed: letters and digits, in capitals, however it was typed.
#[must_use]
pub fn plain_code(typed: &str) -> Secret<String> {
    let mut plain = Secret::new(String::with_capacity(32));
    for c in typed.chars().filter(char::is_ascii_alphanumeric).take(32) {
        plain.expose_mut().push(c.to_ascii_uppercase());
    }
    plain
}

/// SHA-256 of a code, however it was typed.
#[must_use]
pub fn code_hash(typed: &str) -> [u8; 32] {
    token_hash(plain_code(typed).expose())
}

/// SHA-256 of a token: what is stored of it.
#[must_use]
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Hashes an operator's password. Slow on purpose.
pub fn hash_operator(password: &str) -> Result<String, SecretError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| SecretError(error.to_string()))?;
    Ok(hash.to_string())
}

/// Checks an operator's password. Slow on purpose.
#[must_use]
pub fn check_operator(password: &str, stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Hashes a reader's password.
pub fn hash_reader(password: &[u8]) -> Result<String, SecretError> {
    let salt = random::<READER_SALT_BYTES>()?;
    let hash = derive(password, &salt, READER_ROUNDS);
    Ok(format!("$7${READER_ROUNDS}${}${}", STANDARD.encode(salt), STANDARD.encode(hash)))
}

/// Checks a reader's password. Some milliseconds.
#[must_use]
pub fn check_reader(password: &[u8], stored: &str) -> bool {
    let mut parts = stored.split('$').skip(1);
    let (Some("7"), Some(rounds), Some(salt), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let rounds = rounds.parse().ok().filter(|r| (1..=READER_ROUNDS_MAX).contains(r));
    let (Some(rounds), Ok(salt), Ok(hash)) = (rounds, STANDARD.decode(salt), STANDARD.decode(hash)) else {
        return false;
    };
    derive(password, &salt, rounds).ct_eq(&hash).into()
}

fn derive(password: &[u8], salt: &[u8], rounds: u32) -> Vec<u8> {
    let mut hash = vec![0; READER_HASH_BYTES];
    pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut hash);
    hash
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| SecretError(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_passwords() {
        let hash = hash_operator("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(check_operator("correct horse", &hash));
        assert!(!check_operator("correct hors", &hash));
        assert!(!check_operator("correct horse", "not a hash"));
    }

    #[test]
    fn readers_passwords() {
        let hash = hash_reader(b"fielded").unwrap();
        assert!(check_reader(b"fielded", &hash) && !check_reader(b"Fielded", &hash));
        for broken in
            ["", "$7$", "$7$0$AA==$AA==", "$6$1$AA==$AA==", "$7$99999999$AA==$AA==", "$7$1$!$!", "x"]
        {
            assert!(!check_reader(b"fielded", broken), "{broken}");
        }
    }

    #[test]
    fn a_truncated_line_lets_nobody_in() {
        let line = "$7$101$ZmFrZXNhbHQxMjM0$";
        assert!(!check_reader(b"geheim", line), "a truncated line never lets anybody in");
    }

    #[test]
    fn pairing_codes_are_easy_to_read() {
        let code = pairing_code().unwrap();
        assert_eq!((code.len(), &code[4..5]), (9, "-"));
        assert!(!code.contains(['0', 'O', '1', 'I', 'L']));
        let long = long_code().unwrap();
        assert_eq!(long.expose().len(), 24 + 5);
        assert_eq!(code_hash(long.expose()), code_hash(&long.expose().to_lowercase().replace('-', " ")));
        assert_ne!(code_hash(long.expose()), code_hash(long_code().unwrap().expose()));
    }
}
