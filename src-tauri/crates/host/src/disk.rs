//! Free space where the data folder lies.

use std::path::Path;

/// Less than this stops a station soon.
pub const LOW_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes that this user may still write there; `None` where the system does not say.
#[cfg(unix)]
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Bytes that this user may still write there; `None` where the system does not say.
#[cfg(not(unix))]
#[must_use]
pub fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
