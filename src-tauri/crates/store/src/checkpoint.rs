//! Checkpoints: what is in the write-ahead log goes into the database file. A thread with a connection of its own does the
//! long part of it while the writer goes on committing; the writer then does the few pages that came meanwhile, so
//! that the log starts from its beginning again. Were all of it done inside a COMMIT, as SQLite does by itself, every
//! caller would wait for it: a tenth of a second on a queue of a million messages.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// Pages in the log (4 KiB each) from which it is worth a checkpoint: 32 MiB. A checkpoint writes each changed page once,
/// so a longer log between two of them means less writing under load.
const WAL_PAGES: i32 = 8_192;
/// A log that a reader keeps from being emptied is tried again after this long.
const AGAIN: Duration = Duration::from_millis(250);

/// The thread.
pub(crate) struct Checkpointer {
    wanted: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the thread for the database at `path`; `writer` calls it at each commit that leaves a long log. `finish` is
    /// called after each pass: the writer is to do the rest.
    pub(crate) fn start(
        path: &Path,
        writer: &mut Connection,
        finish: impl Fn() + Send + 'static,
    ) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let own = Connection::open_with_flags(path, flags)?;
        own.pragma_update(None, "synchronous", "FULL")?;
        own.pragma_update(None, "wal_autocheckpoint", 0)?;
        let (wanted, told) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || work(&own, &told, finish))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let tell = wanted.clone();
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            if pages >= WAL_PAGES {
                // One that is told already, or at work, looks again by itself.
                let _ = tell.try_send(());
            }
            Ok(())
        }))?;
        Ok(Self { wanted, thread })
    }

    /// Ends the thread, so that the writer's connection is the last one again.
    pub(crate) fn close(self, writer: &mut Connection) {
        let _ = writer.wal_hook(None::<fn(&mut rusqlite::hooks::Wal, i32) -> rusqlite::Result<()>>);
        drop(self.wanted);
        let _ = self.thread.join();
    }
}

fn work(own: &Connection, told: &Receiver<()>, finish: impl Fn()) {
    while told.recv().is_ok() {
        pass(own);
        finish();
        match told.recv_timeout(AGAIN) {
            // Whoever tells in this time told of the pages that are being written back.
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Writes back what can be without waiting for anybody.
pub(crate) fn pass(connection: &Connection) {
    let done = connection
        .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
        .and_then(|mut statement| statement.query_row([], |_| Ok(())));
    if let Err(error) = done {
        // Nothing is lost: all of it is in the log still.
        tracing::warn!(%error, "The write-ahead log could not be written back; it is tried again");
    }
}
