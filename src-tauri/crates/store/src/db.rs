//! Opening the database: WAL with `synchronous=FULL` (the only mode that keeps acknowledged money over a power cut),
//! foreign keys on, the writer and a pool of read-only connections.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::migrate;
use crate::writer::Writer;

/// Read connections kept open. More may be opened for a moment; they are closed after use.
const READERS_KEPT: usize = 4;
/// The writer's page cache in KiB: the pages that taps touch stay in memory, also in a ledger of years.
const WRITER_CACHE_KIB: i64 = 65_536;
/// Statements kept prepared per connection.
const STATEMENTS_KEPT: usize = 128;

/// How to open a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Create or migrate it, and write.
    Write,
    /// Only read what is there.
    ReadOnly,
}

/// An open database.
pub struct Store {
    path: PathBuf,
    writer: Option<Writer>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the database at `path`.
    pub fn open(path: &Path, mode: OpenMode) -> Result<Self, StoreError> {
        let failed =
            |error: rusqlite::Error| StoreError::Open { path: path.to_owned(), cause: error.to_string() };
        let writer = match mode {
            OpenMode::ReadOnly => None,
            OpenMode::Write => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                    | OpenFlags::SQLITE_OPEN_CREATE
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
                prepare_writer(&connection).map_err(failed)?;
                migrate::migrate(&mut connection, path)?;
                Some(Writer::start(connection, path)?)
            }
        };
        let store = Self { path: path.to_owned(), writer, readers: Mutex::default() };
        let found = store.read(migrate::version)?;
        if found > migrate::known_version() {
            return Err(StoreError::Newer { found, known: migrate::known_version() });
        }
        Ok(store)
    }

    /// The writer; an error when the database was opened to read only.
    pub fn writer(&self) -> Result<&Writer, StoreError> {
        self.writer
            .as_ref()
            .ok_or_else(|| StoreError::Refused("this database is open to read only".to_owned()))
    }

    /// Reads on a connection of the pool. Blocking (local disk, some microseconds to milliseconds).
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let pooled = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let connection = match pooled {
            Some(connection) => connection,
            None => self.open_reader()?,
        };
        let result = work(&connection);
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < READERS_KEPT
        {
            readers.push(connection);
        }
        result
    }

    /// Bytes of the database file and its write-ahead log.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let mut wal = self.path.as_os_str().to_owned();
        wal.push("-wal");
        [self.path.as_path(), Path::new(&wal)]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|meta| meta.len())
            .sum()
    }

    fn open_reader(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            prepare(&connection)?;
            Ok(connection)
        };
        open().map_err(|error| StoreError::Open { path: self.path.clone(), cause: error.to_string() })
    }
}

impl Drop for Store {
    /// Readers first: the writer is then the last connection, and SQLite folds the write-ahead log into the file when
    /// it closes, so that a copy of the file alone is a copy of the ledger.
    fn drop(&mut self) {
        if let Ok(mut readers) = self.readers.lock() {
            readers.clear();
        }
        self.writer.take();
    }
}

/// What holds for every connection.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // Plans do not depend on bound values: otherwise SQLite prepares some statements anew each time they are used.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    prepare(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Checkpoints are made beside it, see `checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Savepoints keep the pages they may have to put back: in memory, not in a temporary file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A text that was wiped leaves no remains in the file (nor in the pages a checkpoint writes).
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreResult;

    #[test]
    fn durable_settings_hold_on_the_writer() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let pragmas = store.writer().unwrap().submit_blocking(|db| -> StoreResult<_> {
            let ask = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
            let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
            Ok((mode, ask("PRAGMA synchronous")?, ask("PRAGMA foreign_keys")?))
        });
        assert_eq!(pragmas.unwrap(), ("wal".to_owned(), 2, 1));
    }

    #[test]
    fn a_refused_unit_undoes_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let writer = store.writer().unwrap();
        let insert = |number: i64, fail: bool| {
            writer.submit_blocking(move |db| -> StoreResult<()> {
                db.execute("INSERT INTO outbox_mark VALUES (?1, 0)", [number.to_string()])?;
                if fail { Err(StoreError::Refused("on purpose".to_owned())) } else { Ok(()) }
            })
        };
        insert(1, false).unwrap();
        insert(2, true).unwrap_err();
        insert(3, false).unwrap();
        let kept: i64 = store
            .read(|db| -> StoreResult<_> {
                Ok(db.query_row(
                    "SELECT count(*) FROM outbox_mark WHERE destination IN ('1','2','3')",
                    [],
                    |r| r.get(0),
                )?)
            })
            .unwrap();
        assert_eq!(kept, 2);
    }

    #[test]
    fn one_that_fails_in_a_group_without_savepoints_undoes_only_itself() {
        use std::sync::atomic::{AtomicU32, Ordering};
        use std::task::{Context, Poll, Waker};
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("gerai.db"), OpenMode::Write).unwrap();
        let writer = store.writer().unwrap();
        let runs = std::sync::Arc::new(AtomicU32::new(0));
        // While it sleeps, the others queue up for one group.
        let blocker = writer.submit_repeatable(|_| -> StoreResult<()> {
            std::thread::sleep(std::time::Duration::from_millis(100));
            Ok(())
        });
        let units: Vec<_> = (0..5)
            .map(|number| {
                let runs = std::sync::Arc::clone(&runs);
                writer.submit_repeatable(move |db| -> StoreResult<i32> {
                    runs.fetch_add(1, Ordering::SeqCst);
                    db.execute("INSERT INTO outbox_mark VALUES (?1, 0)", [format!("u{number}")])?;
                    if number == 3 { Err(StoreError::Refused("on purpose".to_owned())) } else { Ok(number) }
                })
            })
            .collect();
        drop(blocker);
        for (number, unit) in units.into_iter().enumerate() {
            let mut unit = std::pin::pin!(unit);
            let answer =
                (0..1_000).find_map(|_| match unit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answer) => Some(answer),
                    Poll::Pending => {
                        std::thread::sleep(std::time::Duration::from_millis(10));
                        None
                    }
                });
            match answer.expect("an answer") {
                Ok(answer) => assert_eq!(usize::try_from(answer).unwrap(), number),
                Err(error) => assert_eq!((number, error.to_string().contains("on purpose")), (3, true)),
            }
        }
        assert!(runs.load(Ordering::SeqCst) > 5, "the group was run again, in savepoints");
        let kept: i64 = store
            .read(|db| -> StoreResult<_> {
                Ok(db.query_row("SELECT count(*) FROM outbox_mark WHERE destination LIKE 'u%'", [], |r| {
                    r.get(0)
                })?)
            })
            .unwrap();
        assert_eq!(kept, 4);
    }

    #[test]
    fn what_rides_is_written_before_the_store_closes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        let store = Store::open(&path, OpenMode::Write).unwrap();
        store.writer().unwrap().ride(|db| {
            db.execute("UPDATE outbox_mark SET sent_through = 7", [])?;
            Ok(())
        });
        drop(store);
        let mark: StoreResult<i64> = Store::open(&path, OpenMode::ReadOnly)
            .unwrap()
            .read(|db| Ok(db.query_row("SELECT sent_through FROM outbox_mark", [], |row| row.get(0))?));
        assert_eq!(mark.unwrap(), 7);
    }

    #[test]
    fn a_closed_database_is_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        let store = Store::open(&path, OpenMode::Write).unwrap();
        store.read(crate::outbox::mark).unwrap();
        drop(store);
        let names: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["gerai.db"]);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gerai.db");
        std::fs::write(&path, vec![b'x'; 8_192]).unwrap();
        assert!(Store::open(&path, OpenMode::Write).is_err());
    }
}
