//! Files that a command writes out: for this user alone, and never over one that is there.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::failure::Failure;

/// Makes a new file.
pub fn new_file(path: &Path) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| {
        Failure::invalid(
            format!("cannot write {}: {error}", path.display()),
            "Name a file that does not exist yet, in a folder that does.",
        )
    })
}
