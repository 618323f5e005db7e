//! Keys of the short messages. Numbers are sealed and tagged by one lasting key. Texts have a key each, wrapped by a key of
//! their time: codes by one that lives a quarter of an hour and is then destroyed with everything it sealed; normal
//! messages and the inbox by one a month. All of them are in the vault; none is ever beside the database.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use gerai_core::phone::{self, Destination};
use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_core::sms::state::Class;
use gerai_core::time::UnixMs;
use gerai_store::StoreError;
use gerai_store::sms::keys as rows;
use gerai_store::sms::queue::{self, SealedBody};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::App;
use crate::contract::{ApiError, ErrorCode};
use crate::passwords::{self, SecretError};
use crate::seal;
use crate::usecases::internal;
use crate::usecases::settings::vault_error;

/// Vault entry of the key that seals and tags numbers.
pub(crate) const NUMBERS: &str = "sms-numbers";
/// Kind of the entries of texts' keys: `sms-key/<id>`.
pub(crate) const BODY_KEY: &str = "sms-key";
/// A key for codes seals for this long.
const OTP_EPOCH_MS: i64 = 15 * 60_000;
/// The longest life of a code: its key is gone this long after its time at the latest.
pub(crate) const OTP_LIFE_MAX_MS: i64 = 30 * 60_000;
/// A key for other texts seals for this long.
const MONTH_MS: i64 = 30 * 86_400_000;
/// And is kept for as long as anything sealed by it can be wanted.
const FOR_EVER: UnixMs = UnixMs(i64::MAX);

/// What a text's key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Otp,
    Normal,
    Inbox,
}

impl Kind {
    pub(crate) fn of(class: Class) -> Self {
        match class {
            Class::Otp => Self::Otp,
            Class::Normal => Self::Normal,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Normal => "normal",
            Self::Inbox => "inbox",
        }
    }

    fn epoch_ms(self) -> i64 {
        match self {
            Self::Otp => OTP_EPOCH_MS,
            Self::Normal | Self::Inbox => MONTH_MS,
        }
    }
}

type Key = Arc<Secret<Vec<u8>>>;

/// A key that seals now.
#[derive(Clone)]
pub(crate) struct Sealer {
    id: i64,
    until: UnixMs,
    key: Key,
}

/// Why a text or a number cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The vault does not answer: later perhaps.
    Away,
    /// Its key was destroyed, or it is damaged: never.
    Gone,
}

/// The keys, as far as the vault gave them.
#[derive(Default)]
pub(crate) struct Keys {
    numbers: RwLock<Option<Key>>,
    bodies: RwLock<HashMap<i64, Key>>,
    sealing: RwLock<HashMap<Kind, Sealer>>,
    /// Every key that still is has been read: one that is not among them is gone.
    loaded: AtomicBool,
    /// One key is made at a time.
    making: tokio::sync::Mutex<()>,
}

impl Keys {
    fn numbers(&self) -> Option<Key> {
        self.numbers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether numbers can be read.
    pub(crate) fn ready(&self) -> bool {
        self.numbers().is_some()
    }

    fn body(&self, id: i64) -> Option<Key> {
        self.bodies.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn keep_body(&self, id: i64, key: Key) {
        self.bodies.write().unwrap_or_else(PoisonError::into_inner).insert(id, key);
    }

    fn sealer(&self, kind: Kind, now: UnixMs) -> Option<Sealer> {
        let sealing = self.sealing.read().unwrap_or_else(PoisonError::into_inner);
        sealing.get(&kind).filter(|sealer| now < sealer.until).cloned()
    }

    /// Seals a number, or any short text that has to be read for as long as its row lives.
    pub(crate) fn seal_number(&self, text: &str) -> Result<Vec<u8>, SecretError> {
        let key = self.numbers().ok_or_else(|| SecretError::new("the key of the numbers is not there"))?;
        seal::seal(&key.expose()[..32], b"gerai sms number", text.as_bytes())
    }

    /// Opens a sealed number.
    pub(crate) fn open_number(&self, sealed: &[u8]) -> Result<Secret<String>, Closed> {
        let key = self.numbers().ok_or(Closed::Away)?;
        let opened = seal::open(&key.expose()[..32], b"gerai sms number", sealed).ok_or(Closed::Gone)?;
        String::from_utf8(opened.expose().clone()).map(Secret::new).map_err(|_| Closed::Gone)
    }

    /// A number as lists show it.
    pub(crate) fn masked(&self, sealed: &[u8]) -> String {
        self.open_number(sealed).map_or_else(|_| "••••".to_owned(), |number| phone::mask(number.expose()))
    }

    /// Keyed hash of a text, for looking it up without having it.
    pub(crate) fn tag(&self, what: &str, text: &str) -> Result<[u8; 16], SecretError> {
        let key = self.numbers().ok_or_else(|| SecretError::new("the key of the numbers is not there"))?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.expose()[32..])
            .map_err(|_| SecretError::new("a key of 256 bits is needed"))?;
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        Ok(tag)
    }

    /// Tags of a number: the whole, and its last digits.
    pub(crate) fn tags(&self, to: &Destination) -> Result<([u8; 16], [u8; 16]), SecretError> {
        Ok((self.tag("number", &to.dialled())?, self.tail_tag(to.digits())?))
    }

    /// Tag of a number's last digits, however it is written.
    pub(crate) fn tail_tag(&self, digits: &str) -> Result<[u8; 16], SecretError> {
        self.tag("tail", phone::tail(digits.trim_start_matches('+')))
    }

    /// Opens a sealed text that belongs to the row with this tag.
    pub(crate) fn open_body(&self, body: &SealedBody, tag: &[u8; 16]) -> Result<Secret<String>, Closed> {
        let missing = || if self.loaded.load(Ordering::Acquire) { Closed::Gone } else { Closed::Away };
        let key = self.body(body.key_id).ok_or_else(missing)?;
        let own = seal::open(key.expose(), tag, &body.wrapped).ok_or(Closed::Gone)?;
        let mut text = seal::open(own.expose(), tag, &body.sealed).ok_or(Closed::Gone)?;
        String::from_utf8(std::mem::take(text.expose_mut())).map(Secret::new).map_err(|wrong| {
            wrong.into_bytes().zeroize();
            Closed::Gone
        })
    }

    fn forget(&self, id: i64) {
        self.bodies.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        self.sealing.write().unwrap_or_else(PoisonError::into_inner).retain(|_, sealer| sealer.id != id);
    }
}

impl Sealer {
    /// Seals a text that belongs to the row with this tag: by a key of its own, which is wrapped.
    pub(crate) fn seal(&self, text: &str, tag: &[u8; 16]) -> Result<SealedBody, SecretError> {
        let own = passwords::random_key()?;
        let sealed = seal::seal(own.expose(), tag, text.as_bytes())?;
        Ok(SealedBody { sealed, wrapped: seal::seal(self.key.expose(), tag, own.expose())?, key_id: self.id })
    }
}

impl App {
    fn body_key_entry(&self, id: i64) -> String {
        self.vault_entry(&format!("{BODY_KEY}/{id}"))
    }

    /// The key of the numbers, read from the vault. `make`: it is made when there never was one and something is to be
    /// sealed; a station that sends nothing puts nothing into its vault. Blocks.
    fn number_key(&self, make: bool) -> Result<(), VaultError> {
        if self.sms.keys.ready() {
            return Ok(());
        }
        let entry = self.vault_entry(NUMBERS);
        let key = match self.vault.get(&entry) {
            Ok(key) => key,
            // A new key would make the loss of every sealed number final and unseen.
            Err(VaultError::NoEntry) if self.store.read(queue::any_sealed).unwrap_or(true) => {
                return Err(VaultError::Missing);
            }
            Err(VaultError::NoEntry) if !make => return Ok(()),
            Err(VaultError::NoEntry) => {
                let mut both = passwords::random_key().map_err(|e| VaultError::Unavailable(e.to_string()))?;
                let second = passwords::random_key().map_err(|e| VaultError::Unavailable(e.to_string()))?;
                let mut key = Secret::new(Vec::with_capacity(64));
                key.expose_mut().append(both.expose_mut());
                key.expose_mut().extend_from_slice(second.expose());
                self.vault.set(&entry, &key)?;
                key
            }
            Err(other) => return Err(other),
        };
        if key.expose().len() != 64 {
            return Err(VaultError::Unavailable(format!("its entry `{NUMBERS}` is damaged")));
        }
        *self.sms.keys.numbers.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
        Ok(())
    }

    /// Reads the keys that the stored messages need out of the vault, those that are not known yet. `true`: all is there
    /// or gone for good. Blocks.
    pub fn load_sms_keys(&self) -> bool {
        let had = self.sms.keys.ready();
        let Ok(alive) = self.store.read(rows::alive) else { return false };
        let mut all = true;
        for row in alive {
            if self.sms.keys.body(row.key_id).is_some() {
                continue;
            }
            match self.vault.get(&self.body_key_entry(row.key_id)) {
                Ok(key) => self.sms.keys.keep_body(row.key_id, Arc::new(key)),
                Err(VaultError::NoEntry | VaultError::Missing) => {
                    tracing::warn!(
                        key.id = row.key_id,
                        "The vault holds key {} of the messages no more",
                        row.key_id
                    );
                }
                Err(VaultError::Unavailable(_)) => all = false,
            }
        }
        // Last: with the numbers everything can be looked at.
        if let Err(error) = self.number_key(false) {
            tracing::debug!(?error, "The key of the numbers cannot be read");
            return false;
        }
        let before = self.sms.keys.loaded.swap(all, Ordering::AcqRel);
        if all && (!before || !had) {
            self.sms.nudge.keys();
        }
        all
    }

    /// What seals a text of this kind now.
    pub(crate) async fn sms_sealer(self: &Arc<Self>, kind: Kind) -> Result<Sealer, ApiError> {
        let now = self.clock.now();
        if let Some(sealer) = self.sms.keys.sealer(kind, now) {
            return Ok(sealer);
        }
        let _one = self.sms.keys.making.lock().await;
        if let Some(sealer) = self.sms.keys.sealer(kind, now) {
            return Ok(sealer);
        }
        let app = Arc::clone(self);
        let sealer = Self::blocking(move || app.find_or_make_sealer(kind, now)).await?;
        let mut sealing = self.sms.keys.sealing.write().unwrap_or_else(PoisonError::into_inner);
        sealing.insert(kind, sealer.clone());
        drop(sealing);
        self.sms.nudge.key_epoch(sealer.until);
        Ok(sealer)
    }

    /// Whether the numbers' key is there, looked for once more when it is not.
    pub(crate) async fn sms_numbers_ready(self: &Arc<Self>) -> Result<(), ApiError> {
        if self.sms.keys.ready() {
            return Ok(());
        }
        let app = Arc::clone(self);
        Self::blocking(move || app.number_key(true).map_err(|error| vault_error(&error))).await
    }

    fn find_or_make_sealer(&self, kind: Kind, now: UnixMs) -> Result<Sealer, ApiError> {
        if let Some(row) = self.store.read(|db| rows::current(db, kind.word(), now))?
            && let Some(key) = self.sms.keys.body(row.key_id)
        {
            return Ok(Sealer { id: row.key_id, until: row.until, key });
        }
        let until = now.plus(kind.epoch_ms());
        let needed = match kind {
            Kind::Otp => until.plus(OTP_LIFE_MAX_MS),
            Kind::Normal | Kind::Inbox => FOR_EVER,
        };
        let key = passwords::random_key().map_err(internal)?;
        let id = self.store.writer()?.submit_blocking(move |db| -> Result<i64, StoreError> {
            rows::add(db, kind.word(), now, until, needed)
        })?;
        // The vault reads it back: nothing is sealed by a key that is not safe there.
        if let Err(error) = self.vault.set(&self.body_key_entry(id), &key) {
            let forgotten = self.store.writer()?.submit_blocking(move |db| rows::destroyed(db, id, now));
            if let Err(error) = forgotten {
                tracing::warn!(%error, "A key that was never used stays on the list");
            }
            return Err(no_keystore(&error));
        }
        let key = Arc::new(key);
        self.sms.keys.keep_body(id, Arc::clone(&key));
        Ok(Sealer { id, until, key })
    }

    /// Destroys the keys that nothing needs any more: first in the vault, then in memory, then on the list. Blocks.
    pub(crate) fn destroy_spent_keys(&self) -> Result<usize, ApiError> {
        let now = self.clock.now();
        let spent = self.store.read(|db| rows::spent(db, now))?;
        for id in &spent {
            let id = *id;
            match self.vault.remove(&self.body_key_entry(id)) {
                Ok(()) | Err(VaultError::NoEntry | VaultError::Missing) => {}
                Err(error) => return Err(vault_error(&error)),
            }
            self.sms.keys.forget(id);
            self.store.writer()?.submit_blocking(move |db| rows::destroyed(db, id, now))?;
        }
        Ok(spent.len())
    }
}

/// Without a vault no text may be written down.
fn no_keystore(error: &VaultError) -> ApiError {
    let why = vault_error(error);
    ApiError::new(
        ErrorCode::Unavailable,
        format!("no text can be kept safely: {}", why.message),
        "Mend the vault (the health page says how), or give the station a vault passphrase. Codes alone can also be kept in \
         memory only: setting `sms.volatile_otp`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        let keys = Keys::default();
        *keys.numbers.write().unwrap() = Some(Arc::new(Secret::new((0..64).collect())));
        keys
    }

    #[test]
    fn numbers_are_found_by_tag_and_read_by_key_only() {
        let keys = keys();
        let number = Destination::parse("081234567890", "62").unwrap();
        let (whole, tail) = keys.tags(&number).unwrap();
        assert_ne!(whole, tail);
        assert_eq!(keys.tail_tag("+6281234567890").unwrap(), tail);
        assert_eq!(keys.tail_tag("081234567890").unwrap(), tail);
        let sealed = keys.seal_number(&number.dialled()).unwrap();
        assert_eq!(keys.masked(&sealed), "+62 812 •••• 890");
        assert_eq!(Keys::default().masked(&sealed), "••••");
        assert_eq!(Keys::default().open_number(&sealed).unwrap_err(), Closed::Away);
    }

    #[test]
    fn a_text_opens_while_its_key_lives_and_at_its_row_only() {
        let keys = keys();
        let sealer = Sealer { id: 7, until: UnixMs(1), key: Arc::new(Secret::new(vec![9; 32])) };
        let body = sealer.seal("Kode Anda 123456", &[1; 16]).unwrap();
        assert_eq!(keys.open_body(&body, &[1; 16]).unwrap_err(), Closed::Away);
        keys.keep_body(7, Arc::clone(&sealer.key));
        assert_eq!(keys.open_body(&body, &[1; 16]).unwrap().expose(), "Kode Anda 123456");
        assert_eq!(keys.open_body(&body, &[2; 16]).unwrap_err(), Closed::Gone);
        keys.forget(7);
        assert_eq!(keys.open_body(&body, &[1; 16]).unwrap_err(), Closed::Away);
        keys.loaded.store(true, Ordering::Release);
        assert_eq!(keys.open_body(&body, &[1; 16]).unwrap_err(), Closed::Gone);
    }
}
