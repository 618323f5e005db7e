//! What the station keeps in its vault, and how it comes back to it: the vault may be locked, absent or late at the start,
//! so everything that needs it is tried again until it is there.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use gerai_core::port::{VaultError, VaultStatus};
use gerai_core::secret::Secret;
use gerai_core::tap::mac::ReaderKey;
use gerai_store::readers;

use crate::App;
use crate::contract::{Event, HealthState};
use crate::usecases::vault;

/// Kind of the entries that hold readers' signing keys: `reader-key/<name>`.
pub(crate) const READER_KEY: &str = "reader-key";
/// The external broker's password.
pub(crate) const BROKER_PASSWORD: &str = "broker-password";

impl App {
    /// Name of a vault entry of this station.
    pub(crate) fn vault_entry(&self, name: &str) -> String {
        format!("{}/{name}", self.station_id)
    }

    pub(crate) fn reader_key_entry(&self, reader: &str) -> String {
        self.vault_entry(&format!("{READER_KEY}/{reader}"))
    }

    pub(crate) fn reader_key(&self, reader: &str) -> Option<ReaderKey> {
        self.reader_keys.read().unwrap_or_else(PoisonError::into_inner).get(reader).cloned()
    }

    pub(crate) fn keep_reader_key(&self, reader: &str, key: ReaderKey) {
        self.reader_keys.write().unwrap_or_else(PoisonError::into_inner).insert(reader.to_owned(), key);
    }

    /// Reads the keys of signed readers out of the vault, those that are not known yet. Returns how many are still
    /// wanting. Blocks: call it off the async threads. Their readers are refused and shown on the health page until
    /// then; everything else goes on.
    pub fn load_reader_keys(&self) -> usize {
        let Ok(readers) = self.store.read(readers::list) else { return 0 };
        let (mut wanting, mut found) = (0, 0);
        for reader in readers.into_iter().filter(|reader| reader.signed) {
            if self.reader_key(&reader.name).is_some() {
                continue;
            }
            match self.vault.get(&self.reader_key_entry(&reader.name)) {
                Ok(key) => {
                    found += 1;
                    self.keep_new_reader_key(&reader.name, key);
                }
                Err(error) => {
                    wanting += usize::from(!reader.revoked);
                    tracing::debug!(reader.name = %reader.name, ?error, "No key for reader {}", reader.name);
                }
            }
        }
        self.keys_wanting.store(wanting > 0, Ordering::Release);
        if found > 0 {
            tracing::info!(found, wanting, "Read the keys of {found} signed readers from the vault");
            self.emit(Event::Reader);
            self.emit(Event::Health);
        }
        wanting
    }

    /// A credential that was changed while the vault was being read is newer than what was read.
    fn keep_new_reader_key(&self, reader: &str, key: ReaderKey) {
        let mut keys = self.reader_keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.entry(reader.to_owned()).or_insert(key);
    }

    /// Looks at the vault, tells the health page, and reads what is still wanting. `true`: all is well. Blocks.
    pub fn look_at_vault(&self) -> bool {
        let wanting = self.load_reader_keys() + usize::from(!self.load_sms_keys()) + self.load_stove_keys();
        let view = vault::view(self);
        let row = vault::health_row(&view);
        let well = row.state == HealthState::Good && wanting == 0;
        self.put_health(row);
        well
    }

    /// Resolves when something needed a secret that is not there.
    pub async fn vault_wanted(&self) {
        self.vault_wanted.notified().await;
    }

    /// A tap came for which no key is known. Only readers that sign are looked for.
    pub(crate) fn look_for_key(&self) {
        if self.keys_wanting.load(Ordering::Acquire) {
            self.vault_wanted.notify_one();
        }
    }

    /// The password of the external broker; `None` when none was set.
    pub fn external_broker_password(&self) -> Result<Option<Secret<Vec<u8>>>, String> {
        match self.vault.get(&self.vault_entry(BROKER_PASSWORD)) {
            Ok(password) => Ok(Some(password)),
            Err(VaultError::NoEntry) => Ok(None),
            Err(VaultError::Unavailable(why)) => Err(why),
            Err(VaultError::Missing) => Err(
                "it lacks the password, although this station had put it there; restore the vault, or set the password \
                 again under Broker"
                    .to_owned(),
            ),
        }
    }

    /// What the vault says of itself. Blocks.
    pub(crate) fn vault_status(&self) -> VaultStatus {
        self.vault.status()
    }

    /// Reads everything that the station may have put into its vault, so that a list made by an older release knows all
    /// of it. Blocks.
    pub fn find_secrets(&self) -> Result<(), VaultError> {
        let readers = self.store.read(readers::list).map_err(|e| VaultError::Unavailable(e.to_string()))?;
        let keys =
            readers.iter().filter(|reader| reader.signed).map(|reader| self.reader_key_entry(&reader.name));
        for name in keys.chain([self.vault_entry(BROKER_PASSWORD)]) {
            match self.vault.get(&name) {
                Ok(_) | Err(VaultError::NoEntry | VaultError::Missing) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}
