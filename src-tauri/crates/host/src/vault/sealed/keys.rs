//! Passphrase → wrapping key (Argon2id, RFC 9106) → vault key → entries.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use gerai_core::secret::Secret;

use super::bytes::{open, seal};
use super::{Fault, File};
use crate::random;

/// What deriving the wrapping key costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB (RFC 9106 `m`).
    pub memory_kib: u32,
    /// Passes over it (`t`).
    pub passes: u32,
    /// Lanes (`p`).
    pub lanes: u32,
}

impl Cost {
    /// What new files are made with: 64 MiB, three passes, one lane. About 0.2 s on a desk's machine.
    pub const NEW: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// 1 GiB: above it, a file was not written by us.
    const MEMORY_KIB_MAX: u32 = 1024 * 1024;
    const PASSES_MAX: u32 = 16;
    const LANES_MAX: u32 = 8;
    /// Memory times passes: 4 GiB are walked over in a few seconds.
    const WORK_KIB_MAX: u64 = 4 * 1024 * 1024;

    /// Refuses what would hang the station or eat its memory.
    pub fn check(&self) -> Result<(), Fault> {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        let fits = self.memory_kib <= Self::MEMORY_KIB_MAX
            && self.passes <= Self::PASSES_MAX
            && self.lanes <= Self::LANES_MAX
            && work <= Self::WORK_KIB_MAX;
        // The crate's own lower limits: 8 KiB a lane, one pass, one lane.
        if fits && self.params().is_some() {
            return Ok(());
        }
        let Self { memory_kib, passes, lanes } = self;
        Err(Fault::Cost(format!("{memory_kib} KiB of memory, {passes} passes and {lanes} lanes")))
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()
    }
}

/// The keys of an open vault.
pub struct Keys {
    wrapping: Secret<[u8; 32]>,
    /// Opens and seals entries.
    pub vault: Secret<[u8; 32]>,
}

impl Keys {
    /// A new, empty vault of a station.
    pub fn create(station: &str, passphrase: &Secret<String>, cost: Cost) -> anyhow::Result<(File, Self)> {
        anyhow::ensure!(
            station.len() == 16 && station.is_ascii(),
            "a station id has 16 hex digits, this one has {} bytes",
            station.len()
        );
        let mut file = File {
            station: station.to_owned(),
            cost,
            salt: random::bytes()?,
            wrap_nonce: [0; 24],
            wrapped: [0; 48],
            rotations: 0,
            entries: BTreeMap::new(),
        };
        let keys = Self { wrapping: derive(passphrase, &file)?, vault: Secret::new(random::bytes()?) };
        keys.wrap(&mut file)?;
        Ok((file, keys))
    }

    /// Opens a file's vault key. Slow on purpose.
    pub fn open(file: &File, passphrase: &Secret<String>) -> Result<Self, Fault> {
        file.cost.check()?;
        let wrapping = derive(passphrase, file).map_err(|error| Fault::Cost(error.to_string()))?;
        let key =
            open(&wrapping, &file.wrap_nonce, &file.wrapped, &file.lock_text()).ok_or(Fault::Passphrase)?;
        // Wiped when dropped, the Vec as well as the array.
        let key = Secret::new(key);
        let vault = key.expose().as_slice().try_into().map_err(|_| Fault::Passphrase)?;
        Ok(Self { wrapping, vault: Secret::new(vault) })
    }

    fn wrap(&self, file: &mut File) -> anyhow::Result<()> {
        file.wrap_nonce = random::bytes()?;
        let wrapped = seal(&self.wrapping, &file.wrap_nonce, self.vault.expose(), &file.lock_text())?;
        file.wrapped = wrapped.try_into().map_err(|_| anyhow::anyhow!("a wrapped key has 48 bytes"))?;
        Ok(())
    }

    /// A new vault key, with every entry sealed anew; the passphrase stays.
    pub fn rotate(&self, file: &File) -> anyhow::Result<(File, Self)> {
        let keys = Self { wrapping: self.wrapping.clone(), vault: Secret::new(random::bytes()?) };
        let mut renewed = file.clone();
        renewed.rotations = renewed.rotations.saturating_add(1);
        for (name, entry) in &file.entries {
            if let Some(value) = file.read(&self.vault, name)? {
                renewed.write(&keys.vault, name, &value, entry.written_ms)?;
            }
        }
        keys.wrap(&mut renewed)?;
        Ok((renewed, keys))
    }

    /// Another passphrase, with a new salt and today's cost, for the same vault key.
    pub fn change_passphrase(
        self,
        file: &mut File,
        passphrase: &Secret<String>,
        cost: Cost,
    ) -> anyhow::Result<Self> {
        (file.salt, file.cost) = (random::bytes()?, cost);
        let keys = Self { wrapping: derive(passphrase, file)?, vault: self.vault };
        keys.wrap(file)?;
        Ok(keys)
    }
}

fn derive(passphrase: &Secret<String>, file: &File) -> anyhow::Result<Secret<[u8; 32]>> {
    let params = file.cost.params().ok_or_else(|| anyhow::anyhow!("these costs cannot be"))?;
    let mut key = Secret::new([0_u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.expose().as_bytes(), &file.salt, key.expose_mut())
        .map_err(|error| anyhow::anyhow!("the key cannot be derived: {error}"))?;
    Ok(key)
}
