//! The ledger's head, kept in a file beside the database. A database that lacks the entry named there is an old copy
//! put in its place: taking payments on it would lose money that was acknowledged, so the station does not start.

use std::fs;
use std::path::PathBuf;

use gerai_app::App;
use gerai_core::hex;

use crate::data_folder::DataFolder;

const FILE: &str = "ledger.head";

/// Refuses a database that is older than what this station had committed.
pub fn check(folder: &DataFolder, app: &App) -> anyhow::Result<()> {
    let path = place(folder);
    let Some((entry, hash)) = read(&path) else { return Ok(()) };
    if entry == 0 || app.ledger_holds(entry, &hash)? {
        return Ok(());
    }
    anyhow::bail!(
        "the database in {} lacks journal entry {entry}, which this station had committed: it is an older copy, or it was \
         changed. If you restored a backup on purpose, remove {} and start again; otherwise put the newer database back",
        folder.path().display(),
        path.display()
    )
}

/// Writes the head down, when it has moved. Whoever reads a torn file takes it for none.
pub fn keep(folder: &DataFolder, app: &App, last: &mut i64) {
    let Ok((entry, hash)) = app.ledger_head() else { return };
    if entry == *last {
        return;
    }
    let (path, temporary) = (place(folder), folder.path().join("ledger.head.new"));
    let written = fs::write(&temporary, format!("{entry} {}\n", hex::lower(&hash)))
        .and_then(|()| fs::rename(&temporary, &path));
    match written {
        Ok(()) => *last = entry,
        Err(error) => tracing::warn!(%error, "The ledger's head could not be written to {}", path.display()),
    }
}

fn place(folder: &DataFolder) -> PathBuf {
    folder.path().join(FILE)
}

fn read(path: &PathBuf) -> Option<(i64, [u8; 32])> {
    let text = fs::read_to_string(path).ok()?;
    let (entry, hash) = text.trim().split_once(' ')?;
    Some((entry.parse().ok()?, hex::bytes(hash)?.try_into().ok()?))
}
