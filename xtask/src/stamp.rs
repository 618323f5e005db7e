//! Stamps: the hash of what a step read last time, so that a step whose inputs did not change costs nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// SHA-256 over names and contents of files, in hex. Folders are read whole, except entries named in `leave_out`.
pub fn hash_of(paths: &[PathBuf], leave_out: &[&str]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, leave_out, &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in &files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(path: &Path, leave_out: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))? {
            let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
            if !leave_out.iter().any(|name| entry.file_name() == *name) {
                collect(&entry.path(), leave_out, files)?;
            }
        }
    }
    Ok(())
}

/// `true` when the stamp holds this very hash.
pub fn is_fresh(stamp: &Path, hash: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|kept| kept.trim() == hash)
}

/// Keeps the hash for the next run.
pub fn keep(stamp: &Path, hash: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(stamp, hash).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_goes_stale_when_a_file_changes() {
        let folder = std::env::temp_dir().join(format!("gerai-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("left-out")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let hash = |folder: &Path| hash_of(&[folder.to_owned()], &["left-out", "stamp"]).unwrap();

        let first = hash(&folder);
        let stamp = folder.join("stamp");
        assert!(!is_fresh(&stamp, &first));
        keep(&stamp, &first).unwrap();
        assert!(is_fresh(&stamp, &hash(&folder)));

        fs::write(folder.join("left-out/b"), "ignored").unwrap();
        assert!(is_fresh(&stamp, &hash(&folder)));
        fs::write(folder.join("a"), "2").unwrap();
        assert!(!is_fresh(&stamp, &hash(&folder)));
        fs::remove_dir_all(&folder).unwrap();
    }
}
