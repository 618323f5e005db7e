//! The keychain of this operating system, opened anew as often as needed.

use std::collections::HashMap;
use std::sync::Arc;

use keyring::v1::{Entry, Error};
use keyring_core::api::CredentialStoreApi;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;
#[cfg(all(unix, not(target_os = "macos")))]
use zbus_secret_service_keyring_store::Store;

/// All entries stand under this service in the keychain.
const SERVICE: &str = "gerai";

/// Whether entries can be read without asking a person.
pub enum Lock {
    /// Yes, or the system does not tell beforehand.
    Open,
    /// It is locked.
    #[cfg_attr(not(all(unix, not(target_os = "macos"))), allow(dead_code))]
    Locked,
    /// There is no default keyring: it was never unlocked. It then claims to hold nothing.
    #[cfg_attr(not(all(unix, not(target_os = "macos"))), allow(dead_code))]
    NeverSetUp,
}

/// An open keychain.
pub struct Keychain {
    store: Arc<Store>,
    #[cfg(all(unix, not(target_os = "macos")))]
    service: secret_service::blocking::SecretService<'static>,
}

impl Keychain {
    /// One entry.
    pub fn entry(&self, name: &str) -> Result<Entry, Error> {
        // Windows: on this machine only, not roaming with the user's profile to others.
        let modifiers: HashMap<&str, &str> =
            if cfg!(windows) { HashMap::from([("persistence", "Local")]) } else { HashMap::new() };
        Ok(Entry { inner: self.store.build(SERVICE, name, Some(&modifiers))? })
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
impl Keychain {
    /// Connects to the Secret Service on the session's bus.
    pub fn open() -> Result<Self, Error> {
        use secret_service::EncryptionType;
        use secret_service::blocking::SecretService;
        let failed = |error| Error::PlatformFailure(Box::new(error));
        // No secret goes over this one: it only looks at locks.
        let service = SecretService::connect(EncryptionType::Plain).map_err(failed)?;
        Ok(Self { store: Store::new()?, service })
    }

    /// Looks at the default keyring; never prompts.
    pub fn lock(&self) -> Result<Lock, Error> {
        use secret_service::Error as ServiceError;
        let failed = |error| Error::PlatformFailure(Box::new(error));
        match self.service.get_default_collection() {
            Ok(keyring) if keyring.is_locked().map_err(failed)? => Ok(Lock::Locked),
            Ok(_) => Ok(Lock::Open),
            Err(ServiceError::NoResult) => Ok(Lock::NeverSetUp),
            Err(error) => Err(failed(error)),
        }
    }
}

#[cfg(any(windows, target_os = "macos"))]
impl Keychain {
    /// Opens the user's own.
    pub fn open() -> Result<Self, Error> {
        Ok(Self { store: Store::new()? })
    }

    /// Windows unlocks with the sign-in; macOS asks by itself when an entry is read.
    pub fn lock(&self) -> Result<Lock, Error> {
        Ok(Lock::Open)
    }
}
