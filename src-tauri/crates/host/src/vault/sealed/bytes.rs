//! The file's bytes. All numbers are big-endian; every length is checked before anything is taken.

use std::collections::BTreeMap;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use gerai_core::secret::Secret;
use sha2::{Digest, Sha256};

use super::{BYTES_MAX, Cost, Entry, Fault, File, VERSION};
use crate::random;

const MAGIC: &[u8; 8] = b"GERAIVLT";
const STATION: usize = 16;
const SEAL: usize = 24 + 16;
const CHECKSUM: usize = 32;
/// Up to and without the number of entries.
const HEAD: usize = 8 + 2 + 4 + STATION + 3 * 4 + 16 + 4 + 24 + 48;
const LEAST: usize = HEAD + 4 + SEAL + CHECKSUM;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Fault::Misshapen)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| Fault::Misshapen)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_be_bytes(self.array()?))
    }
}

impl File {
    /// Takes a file apart. `station` is the one that reads it.
    pub fn parse(bytes: &[u8], station: &str) -> Result<Self, Fault> {
        let has = bytes.len();
        if has < 14 {
            return Err(Fault::Truncated { has, wants: LEAST });
        }
        let mut reader = Reader(bytes);
        if reader.take(8)? != MAGIC {
            return Err(Fault::NotOurs);
        }
        let version = u16::from_be_bytes(reader.array()?);
        let wants = reader.u32()? as usize;
        if version != VERSION {
            return Err(Fault::TooNew(version));
        }
        if has < wants.max(LEAST) {
            return Err(Fault::Truncated { has, wants: wants.max(LEAST) });
        }
        if has > wants || has > BYTES_MAX {
            return Err(Fault::Misshapen);
        }
        let (body, checksum) = bytes.split_at(has - CHECKSUM);
        if Sha256::digest(body).as_slice() != checksum {
            return Err(Fault::Damaged);
        }
        let owner = String::from_utf8_lossy(reader.take(STATION)?).into_owned();
        if owner != station {
            return Err(Fault::OtherStation(owner.chars().filter(char::is_ascii_hexdigit).collect()));
        }
        let cost = Cost { memory_kib: reader.u32()?, passes: reader.u32()?, lanes: reader.u32()? };
        cost.check()?;
        let (salt, rotations) = (reader.array()?, reader.u32()?);
        let (wrap_nonce, wrapped) = (reader.array()?, reader.array()?);
        let count = reader.u32()?;
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let length = u16::from_be_bytes(reader.array()?);
            let name =
                String::from_utf8(reader.take(length.into())?.to_vec()).map_err(|_| Fault::Misshapen)?;
            let (written_ms, nonce) = (i64::from_be_bytes(reader.array()?), reader.array()?);
            let length = reader.u32()? as usize;
            let sealed = reader.take(length)?.to_vec();
            if entries.insert(name, Entry { written_ms, nonce, sealed }).is_some() {
                return Err(Fault::Misshapen);
            }
        }
        if reader.0.len() != SEAL + CHECKSUM {
            return Err(Fault::Misshapen);
        }
        Ok(Self { station: owner, cost, salt, wrap_nonce, wrapped, rotations, entries })
    }

    /// Checks the seal over the whole file. `bytes` are those this was parsed from.
    pub fn check_seal(bytes: &[u8], key: &Secret<[u8; 32]>) -> Result<(), Fault> {
        let tampered = || Fault::Tampered("the seal over the whole file does not fit".to_owned());
        let body = bytes.len().checked_sub(SEAL + CHECKSUM).ok_or_else(tampered)?;
        let (body, mut rest) = (&bytes[..body], Reader(&bytes[body..]));
        let nonce: [u8; 24] = rest.array()?;
        open(key, &nonce, rest.take(16)?, body).ok_or_else(tampered).map(drop)
    }

    /// The whole file, sealed.
    pub fn to_bytes(&self, key: &Secret<[u8; 32]>) -> anyhow::Result<Vec<u8>> {
        let mut bytes = self.head();
        bytes.extend(u32::try_from(self.entries.len())?.to_be_bytes());
        for (name, entry) in &self.entries {
            bytes.extend(u16::try_from(name.len())?.to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(entry.written_ms.to_be_bytes());
            bytes.extend(entry.nonce);
            bytes.extend(u32::try_from(entry.sealed.len())?.to_be_bytes());
            bytes.extend(&entry.sealed);
        }
        let length = bytes.len() + SEAL + CHECKSUM;
        anyhow::ensure!(length <= BYTES_MAX, "a vault file holds at most {BYTES_MAX} bytes");
        bytes[10..14].copy_from_slice(&u32::try_from(length)?.to_be_bytes());
        let nonce: [u8; 24] = random::bytes()?;
        let seal = seal(key, &nonce, b"", &bytes)?;
        bytes.extend(nonce);
        bytes.extend(seal);
        bytes.extend(Sha256::digest(&bytes));
        Ok(bytes)
    }

    fn head(&self) -> Vec<u8> {
        let mut bytes = self.lock_text();
        bytes.extend(self.wrap_nonce);
        bytes.extend(self.wrapped);
        bytes
    }

    /// What the wrapped vault key is bound to: everything before it, the file's length left as zero.
    pub(super) fn lock_text(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(self.station.as_bytes());
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.salt);
        bytes.extend(self.rotations.to_be_bytes());
        bytes
    }

    /// What an entry is bound to: format version, station, name and time.
    fn entry_text(&self, name: &str, written_ms: i64) -> Vec<u8> {
        let mut bytes = b"gerai vault entry".to_vec();
        bytes.extend(VERSION.to_be_bytes());
        bytes.extend(self.station.as_bytes());
        bytes.extend(written_ms.to_be_bytes());
        bytes.extend(name.as_bytes());
        bytes
    }

    /// Opens one entry; `None` where there is none of that name.
    pub fn read(&self, key: &Secret<[u8; 32]>, name: &str) -> Result<Option<Secret<Vec<u8>>>, Fault> {
        let Some(entry) = self.entries.get(name) else { return Ok(None) };
        let text = self.entry_text(name, entry.written_ms);
        match open(key, &entry.nonce, &entry.sealed, &text) {
            Some(value) => Ok(Some(Secret::new(value))),
            None => Err(Fault::Tampered(format!("the entry {name} does not fit"))),
        }
    }

    /// Seals one entry, over the one of that name.
    pub fn write(
        &mut self,
        key: &Secret<[u8; 32]>,
        name: &str,
        value: &Secret<Vec<u8>>,
        written_ms: i64,
    ) -> anyhow::Result<()> {
        anyhow::ensure!(!name.is_empty() && name.len() <= 512, "an entry's name has 1 to 512 bytes");
        let nonce = random::bytes()?;
        let sealed = seal(key, &nonce, value.expose(), &self.entry_text(name, written_ms))?;
        self.entries.insert(name.to_owned(), Entry { written_ms, nonce, sealed });
        Ok(())
    }
}

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).
pub(super) fn seal(
    key: &Secret<[u8; 32]>,
    nonce: &[u8; 24],
    value: &[u8],
    bound_to: &[u8],
) -> anyhow::Result<Vec<u8>> {
    XChaCha20Poly1305::new(key.expose().into())
        .encrypt(&XNonce::from(*nonce), Payload { msg: value, aad: bound_to })
        .map_err(|_| anyhow::anyhow!("the secret is too long to be sealed"))
}

pub(super) fn open(
    key: &Secret<[u8; 32]>,
    nonce: &[u8; 24],
    sealed: &[u8],
    bound_to: &[u8],
) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: bound_to })
        .ok()
}
