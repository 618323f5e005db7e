//! The heads of the ledger and of the audit trail, kept in a file beside the database. A database that lacks an entry
//! named there is an old copy put in its place, or its end was cut off: taking payments on it would lose money that was
//! acknowledged, so the station does not start.
//!
//! The first line is the journal's head, the second the audit trail's: `audit NUMBER HASH`. A file of the first version
//! has the first line only.

use std::fs;
use std::path::PathBuf;

use gerai_app::App;
use gerai_core::hex;

use crate::data_folder::DataFolder;

const FILE: &str = "ledger.head";

/// The number and the link of a newest record.
type Head = (i64, [u8; 32]);

/// What the file says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heads {
    /// The journal's head.
    pub ledger: Option<Head>,
    /// The audit trail's head.
    pub audit: Option<Head>,
}

/// Refuses a database that is older than what this station had committed.
pub fn check(folder: &DataFolder, app: &App) -> anyhow::Result<()> {
    let heads = read(folder);
    let missing = match heads {
        Heads { ledger: Some((entry, hash)), .. } if entry > 0 && !app.ledger_holds(entry, &hash)? => {
            format!("journal entry {entry}")
        }
        Heads { audit: Some((record, hash)), .. } if record > 0 && !app.audit_holds(record, &hash)? => {
            format!("audit record {record}")
        }
        _ => return Ok(()),
    };
    anyhow::bail!(
        "the database in {} lacks {missing}, which this station had committed: it is an older copy, or it was changed. If \
         you restored a backup on purpose, remove {} and start again; otherwise put the newer database back",
        folder.path().display(),
        place(folder).display()
    )
}

/// Writes the heads down, when one has moved. Whoever reads a torn file takes it for none.
pub fn keep(folder: &DataFolder, app: &App, last: &mut Heads) {
    let (Ok(ledger), Ok(audit)) = (app.ledger_head(), app.audit_head()) else { return };
    let now = Heads { ledger: Some(ledger), audit: Some(audit) };
    if now == *last {
        return;
    }
    let (path, temporary) = (place(folder), folder.path().join("ledger.head.new"));
    let text =
        format!("{} {}\naudit {} {}\n", ledger.0, hex::lower(&ledger.1), audit.0, hex::lower(&audit.1));
    match fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, &path)) {
        Ok(()) => *last = now,
        Err(error) => tracing::warn!(%error, "The ledger's head could not be written to {}", path.display()),
    }
}

fn place(folder: &DataFolder) -> PathBuf {
    folder.path().join(FILE)
}

/// What the file says; nothing where there is none or it is torn.
pub fn read(folder: &DataFolder) -> Heads {
    parse(&fs::read_to_string(place(folder)).unwrap_or_default())
}

fn parse(text: &str) -> Heads {
    let mut lines = text.lines();
    let head = |line: &str| -> Option<Head> {
        let (number, hash) = line.trim().split_once(' ')?;
        Some((number.parse().ok()?, hex::bytes(hash)?.try_into().ok()?))
    };
    Heads {
        ledger: lines.next().and_then(head),
        audit: lines.next().and_then(|line| line.strip_prefix("audit ")).and_then(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_both_versions_are_read_and_torn_ones_are_none() {
        let (one, two) = (hex::lower(&[1; 32]), hex::lower(&[2; 32]));
        let both = Heads { ledger: Some((7, [1; 32])), audit: Some((9, [2; 32])) };
        assert_eq!(parse(&format!("7 {one}\naudit 9 {two}\n")), both);
        assert_eq!(parse(&format!("7 {one}\n")), Heads { audit: None, ..both });
        assert_eq!(parse(&format!("7 {one}\naudit 9 {}", &two[..60])), Heads { audit: None, ..both });
        for torn in ["", "7", "7 \n", "x y\naudit", &one] {
            assert_eq!(parse(torn), Heads::default(), "{torn}");
        }
    }
}
