//! What can go wrong below the rules: the file, the disk, the schema.

use std::path::PathBuf;

/// An error of the database. `Clone`, because one failed commit answers many waiting callers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("cannot open the database {path}: {cause}; check that the folder exists and belongs to you")]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite or the OS said.
        cause: String,
    },
    /// The database was written by a newer version.
    #[error(
        "the database is of version {found}, this program knows up to {known}; install the newer Gerai again"
    )]
    Newer {
        /// In the file.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// A landed migration differs from what this database was made with.
    #[error("migration {name} is not the one this database was made with; use the program that made it")]
    MigrationChanged {
        /// The migration's file name.
        name: String,
    },
    /// A migration failed; nothing of it was applied.
    #[error("migration {name} failed: {cause}; the database is as it was, a copy lies beside it")]
    Migration {
        /// The migration's file name.
        name: String,
        /// What SQLite said.
        cause: String,
    },
    /// SQLite found the file damaged.
    #[error("the database is damaged: {0}; restore the last backup")]
    Damaged(String),
    /// The disk is full: this unit of work was not done, later ones may be.
    #[error("the disk is full; free some space, nothing was charged")]
    DiskFull,
    /// A write or a sync failed: the writer has stopped for good, because what the disk holds is not known.
    #[error("the ledger has stopped after a disk error ({0}); restart Gerai once the disk is sound")]
    Stopped(String),
    /// The writer has ended (the station is stopping).
    #[error("the station is stopping; try again once it is back")]
    Closed,
    /// More work waits than the queue holds.
    #[error("the ledger is busy; try again in a moment")]
    Busy,
    /// A statement failed: a fault of ours, or a constraint that held.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull,
            Some(Code::SystemIoFailure) => Self::Stopped(error.to_string()),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}
