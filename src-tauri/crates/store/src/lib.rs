//! Gerai's SQLite: opening and migrating the file, the one writer thread with its group commit, a small pool of
//! readers, and one module per table. Knows no use case: what may happen is decided in `core`, what does happen is
//! put together in `app`, inside one transaction of the writer.

mod checkpoint;
mod db;
mod error;
mod migrate;
mod writer;

pub mod accounts;
pub mod approvals;
pub mod audit;
pub mod cards;
pub mod counter_images;
pub mod journal;
pub mod lateness;
pub mod operators;
pub mod outbox;
pub mod payments;
pub mod readers;
pub mod recovery;
pub mod rejected;
pub mod requests;
pub mod reset_codes;
pub mod sessions;
pub mod settings;
pub mod sms;
pub mod stove;
pub mod tills;
pub mod tokens;
pub mod tries;
pub mod verify;

pub use db::{OpenMode, Store};
pub use error::StoreError;
pub use migrate::known_version;
pub use writer::{GROUP_MAX, QUEUE_MAX, Writer};

/// A connection, inside the writer's transaction or out of the readers' pool.
pub use rusqlite::Connection as Db;

/// What the table modules answer with.
pub type StoreResult<T> = Result<T, StoreError>;
