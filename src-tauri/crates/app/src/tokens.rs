//! API tokens: JWTs (RFC 7519) signed with HMAC-SHA256 (RFC 7515; FIPS 198-1). The algorithm is fixed: the provider below
//! knows no other, whatever a token's header claims. Keys have ids and are in the vault; each token is a row, so that it
//! can be revoked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock};

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::tokens::{self as store, ApiToken};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::App;
use crate::access::{Caller, Surface, Who};
use crate::backoff::{self, WAIT_MAX_MS};
use crate::contract::{ApiError, ErrorCode, Event, Role};

/// Who the tokens are for (RFC 7519, section 4.1.3).
const AUDIENCE: &str = "gerai-api";
/// Longest token that is looked at; ours have about 350 characters.
const TOKEN_CHARS_MAX: usize = 2_048;
/// How far a clock may have been set back since a token was made, or may run on after its end.
const LEEWAY_MS: i64 = 30_000;
/// Addresses that are remembered.
const KEPT_MAX: usize = 4_096;

/// What a token says (RFC 7519, section 4.1, and the role).
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The station.
    pub(crate) iss: String,
    pub(crate) aud: String,
    /// Seconds since 1970.
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
    pub(crate) role: String,
}

/// What is kept about tokens while the station runs.
#[derive(Default)]
pub(crate) struct ApiTokens {
    /// Keys as the vault gave them, by key id.
    keys: RwLock<HashMap<String, Secret<Vec<u8>>>>,
    /// Key ids whose vault entry is gone for sure.
    removed: Mutex<HashSet<String>>,
    /// Wrong tokens by address.
    wrong: Mutex<HashMap<String, (i64, UnixMs)>>,
}

impl ApiTokens {
    pub(crate) fn keep(&self, kid: &str, key: Secret<Vec<u8>>) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(kid.to_owned(), key);
    }

    fn key(&self, kid: &str) -> Option<Secret<Vec<u8>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    /// Milliseconds until this address may try again; 0: now.
    fn wait_ms(&self, peer: &str, now: UnixMs) -> i64 {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        backoff::wait_ms(wrong.get(peer).copied(), now)
    }

    fn failed(&self, peer: &str, now: UnixMs) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= KEPT_MAX {
            wrong.retain(|_, (_, last)| now.since(*last) < WAIT_MAX_MS);
        }
        if wrong.len() < KEPT_MAX || wrong.contains_key(peer) {
            let entry = wrong.entry(peer.to_owned()).or_insert((0, now));
            *entry = (entry.0.saturating_add(1), now);
        }
    }

    fn succeeded(&self, peer: &str) {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).remove(peer);
    }
}

/// Why a token lets nobody in. Said to the trail, not to the caller.
enum Wrong {
    /// It is none of ours: a guess, a forgery, or another station's. Counts towards the wait.
    Foreign(&'static str),
    /// We made it, and it is good no more.
    Over(String),
    /// The vault or the database does not answer.
    Away(ApiError),
}

impl From<ApiError> for Wrong {
    fn from(error: ApiError) -> Self {
        Self::Away(error)
    }
}

impl App {
    /// The caller that an API token stands for. A wrong one is recorded, at most once a minute for each address, and
    /// after a few of them that address waits.
    pub async fn caller_of_token(
        &self,
        token: &Secret<String>,
        peer: &str,
        loopback: bool,
    ) -> Result<Caller, ApiError> {
        let now = self.clock.now();
        let wait_ms = self.api.wait_ms(peer, now);
        if wait_ms > 0 {
            return Err(ApiError::new(
                ErrorCode::SignInRefused,
                "too many wrong API tokens from this address",
                format!("Try again in {} seconds.", (wait_ms + 999) / 1_000),
            ));
        }
        match self.known_token(token, now).await {
            Ok(row) => {
                self.api.succeeded(peer);
                let who = Who::Token { name: row.name, role: Role::of_word(&row.role) };
                Ok(Caller::new(Surface::Api, loopback, peer.to_owned(), who, None))
            }
            Err(Wrong::Away(error)) => Err(error),
            Err(wrong) => {
                let why = match wrong {
                    Wrong::Over(why) => why,
                    Wrong::Foreign(why) => {
                        self.api.failed(peer, now);
                        why.to_owned()
                    }
                    Wrong::Away(error) => error.message,
                };
                self.record_wrong_token(peer, loopback, why, now).await;
                Err(ApiError::new(
                    ErrorCode::SignedOut,
                    "this API token is not valid",
                    "Ask the owner for a new one: `gerai token issue`.",
                ))
            }
        }
    }

    async fn record_wrong_token(&self, peer: &str, loopback: bool, why: String, now: UnixMs) {
        if !self.seldom.due(&format!("token {peer}"), now) {
            return;
        }
        let caller = Caller::new(Surface::Api, loopback, peer.to_owned(), Who::Nobody, None);
        let trail = self.trail(&caller);
        if let Err(error) = self.write(move |db| Ok(trail.refused(db, "api.token", why)?)).await {
            tracing::warn!(%error, "A refused API token could not be recorded");
        }
        self.emit(Event::Audit);
    }

    /// The row of a token that is ours and good now.
    async fn known_token(&self, token: &Secret<String>, now: UnixMs) -> Result<ApiToken, Wrong> {
        let text = token.expose().as_str();
        if text.len() > TOKEN_CHARS_MAX {
            return Err(Wrong::Foreign("it is too long to be a token"));
        }
        install_provider();
        let header = jsonwebtoken::decode_header(text).map_err(|_| Wrong::Foreign("it is no JWT of ours"))?;
        if header.alg != Algorithm::HS256 {
            return Err(Wrong::Foreign("it asks for another algorithm"));
        }
        // RFC 7515, section 4.1.11: what must be understood and is not makes the token invalid.
        if header.crit.is_some() {
            return Err(Wrong::Foreign("it has a critical header"));
        }
        let kid = header.kid.filter(|kid| is_kid(kid)).ok_or(Wrong::Foreign("it names no key of ours"))?;
        // Look-ups by key: not worth a thread change.
        let key_row = self.store.read(|db| store::key(db, &kid)).map_err(ApiError::from)?;
        let key_row = key_row.ok_or(Wrong::Foreign("it names no key of ours"))?;
        if key_row.gone.is_some_and(|gone| gone <= now) {
            return Err(Wrong::Foreign("its key was retired"));
        }
        let key = self.token_key(&kid).await?;
        let claims = verified(text, &key, &self.station_id)?;
        let ms = |seconds: i64| seconds.checked_mul(1_000).map_or(UnixMs(i64::MAX), UnixMs);
        let row = self.store.read(|db| store::get(db, &claims.jti)).map_err(ApiError::from)?;
        // The signature is ours from here on, so these are no guesses.
        let over = |why: &str| Wrong::Over(format!("{why} (token {})", claims.jti));
        let row = row.ok_or_else(|| over("it is signed by us, but was never issued"))?;
        if row.kid != kid || row.role != claims.role {
            return Err(over("it does not say what was issued"));
        }
        if row.revoked.is_some() {
            return Err(over("it was revoked"));
        }
        if now.since(ms(claims.exp)) >= LEEWAY_MS || now.since(row.expires) >= LEEWAY_MS {
            return Err(over("it has ended"));
        }
        if ms(claims.nbf).since(now) > LEEWAY_MS || ms(claims.iat).since(now) > LEEWAY_MS {
            return Err(over("it is not valid yet"));
        }
        Ok(row)
    }

    /// A key that the database knows, out of the vault.
    pub(crate) async fn token_key(&self, kid: &str) -> Result<Secret<Vec<u8>>, ApiError> {
        if let Some(key) = self.api.key(kid) {
            return Ok(key);
        }
        let (vault, entry) = (Arc::clone(&self.vault), self.token_key_entry(kid));
        let found = Self::blocking(move || {
            vault.get(&entry).map_err(|error| match error {
                VaultError::NoEntry | VaultError::Missing => ApiError::new(
                    ErrorCode::Unavailable,
                    "the vault lacks the key of the API tokens",
                    "Put the vault back, or make a new key with `gerai token rotate-keys`: tokens of the old one end.",
                ),
                away @ VaultError::Unavailable(_) => crate::usecases::settings::vault_error(&away),
            })
        });
        let key = found.await?;
        self.api.keep(kid, key.clone());
        Ok(key)
    }

    /// Name of a key's vault entry.
    pub(crate) fn token_key_entry(&self, kid: &str) -> String {
        self.vault_entry(&format!("token-key/{kid}"))
    }

    /// Takes keys that verify no more out of the vault and the memory. Blocks; called now and then.
    pub fn forget_token_keys(&self) -> Result<(), ApiError> {
        let now = self.clock.now();
        for kid in self.store.read(|db| store::gone_keys(db, now))? {
            self.api.keys.write().unwrap_or_else(PoisonError::into_inner).remove(&kid);
            if self.api.removed.lock().unwrap_or_else(PoisonError::into_inner).contains(&kid) {
                continue;
            }
            match self.vault.remove(&self.token_key_entry(&kid)) {
                Ok(()) | Err(VaultError::NoEntry | VaultError::Missing) => {
                    self.api.removed.lock().unwrap_or_else(PoisonError::into_inner).insert(kid);
                }
                // It verifies nothing any more; the next look tries again.
                Err(VaultError::Unavailable(_)) => {}
            }
        }
        Ok(())
    }
}

/// A key id: as `tokens.issue` makes them.
fn is_kid(kid: &str) -> bool {
    (4..=32).contains(&kid.len())
        && kid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The claims of a token with the right signature, issuer and audience. Times are left to the station's own clock.
fn verified(token: &str, key: &Secret<Vec<u8>>, station: &str) -> Result<Claims, Wrong> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[station]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud"]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let decoded = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_secret(key.expose()), &validation);
    decoded.map(|data| data.claims).map_err(|error| {
        Wrong::Foreign(match error.kind() {
            ErrorKind::InvalidSignature => "its signature is wrong",
            ErrorKind::InvalidIssuer => "another station made it",
            ErrorKind::InvalidAudience => "it is for something else",
            _ => "it lacks what a token of ours says",
        })
    })
}

/// Signs a token.
pub(crate) fn sign(
    kid: &str,
    key: &Secret<Vec<u8>>,
    station: &str,
    row: &ApiToken,
) -> Result<Secret<String>, ApiError> {
    install_provider();
    let seconds = |at: UnixMs| at.0.div_euclid(1_000);
    let claims = Claims {
        iss: station.to_owned(),
        aud: AUDIENCE.to_owned(),
        iat: seconds(row.made),
        nbf: seconds(row.made),
        exp: seconds(row.expires),
        jti: row.jti.clone(),
        role: row.role.clone(),
    };
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.expose())).map(Secret::new).map_err(
        |error| ApiError::new(ErrorCode::Internal, format!("the token cannot be signed: {error}"), ""),
    )
}

/// HMAC-SHA256 and nothing else. The library's own providers bring RSA, ECDSA and EdDSA along, which nothing here needs.
static HS256_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if HS256_ONLY.install_default().is_err() {
            tracing::error!("Another part of this program set the JWT algorithms");
        }
    });
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, JwtError> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    /// In constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
