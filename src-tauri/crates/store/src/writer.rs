//! The writer: one thread owns the one connection that writes. What has queued up while the last sync ran goes into
//! the next transaction (group commit); answers go out after COMMIT. A unit of work that fails undoes only itself: units
//! run in savepoints of their own, or, where all of a group can be run again, without (a savepoint copies each page it
//! touches) and once more with them when one fails.
//! A failed sync stops it for good: after that nobody knows what the disk holds.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gerai_core::crash;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::checkpoint::{self, Checkpointer};
use crate::error::StoreError;

/// Units of work that may wait. Beyond it callers are told to come back: a flood must not eat the memory.
pub const QUEUE_MAX: usize = 8_192;
/// Units in one transaction: enough to share a sync among all, short enough to keep answers coming.
pub const GROUP_MAX: usize = 512;
/// After a group of many, callers that were answered together are about to come back together: the next group waits
/// this long for them, so that they share one sync again. A lone caller is never waited for.
const GATHER_WAIT: Duration = Duration::from_micros(400);
/// A group of this many is a crowd.
const CROWD: usize = 4;
/// Riders (work that nobody waits for) wait at most this long for a transaction to ride on.
const RIDER_WAIT: Duration = Duration::from_millis(500);

/// Runs a unit, in a savepoint or without one.
type Work = Box<dyn FnMut(&Connection, Shelter) -> Ran + Send>;
/// Says to the caller how it went, once the transaction is over.
type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What a unit runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shelter {
    /// The bare transaction: what a failed unit wrote stays until the transaction is rolled back.
    Transaction,
    /// A savepoint of its own.
    Savepoint,
}

/// A unit that was run.
struct Ran {
    failed: bool,
    done: Done,
}

/// A unit of work.
struct Unit {
    work: Work,
    /// It may be run once more after a rollback.
    repeatable: bool,
}

enum Order {
    Now(Unit),
    Ride(Unit),
    /// A checkpoint has been made; the pages that came meanwhile are the writer's.
    FinishCheckpoint,
    Close,
}

/// A handle on the writer thread.
pub struct Writer {
    orders: SyncSender<Order>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(mut connection: Connection, path: &Path) -> Result<Self, StoreError> {
        let (orders, incoming) = sync_channel(QUEUE_MAX);
        let again = orders.clone();
        // A full queue has no room for it: the next pass asks again.
        let finish = move || drop(again.try_send(Order::FinishCheckpoint));
        let checkpoints = Checkpointer::start(path, &mut connection, finish)
            .map_err(|error| StoreError::Open { path: path.to_owned(), cause: error.to_string() })?;
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || {
                let mut work = Loop { connection, incoming, stopped: flag, riders: Vec::new(), expected: 0 };
                work.run();
                checkpoints.close(&mut work.connection);
            })
            .map_err(|error| StoreError::Refused(format!("cannot start the writer thread: {error}")))?;
        Ok(Self { orders, stopped, thread: Some(thread) })
    }

    /// Does `work` in the next transaction and resolves after its COMMIT. An `Err` of `work` undoes only this unit.
    pub fn submit<T, E, F>(&self, work: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let sent = self.send(Order::Now(unit(once(work), answer, false)));
        async move {
            sent?;
            waiting.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
        }
    }

    /// Like `submit`, for work that may be run once more: its effects are all in the database. Cheaper.
    pub fn submit_repeatable<T, E, F>(
        &self,
        work: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: Fn(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let sent = self.send(Order::Now(unit(work, answer, true)));
        async move {
            sent?;
            waiting.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
        }
    }

    /// Like `submit`, for callers that are not async. Must not be called from an async thread.
    pub fn submit_blocking<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        self.send(Order::Now(unit(once(work), answer, false)))?;
        waiting.blocking_recv().unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// Does `work` together with the next transaction, or within half a second if none comes: for marks that cost
    /// no sync of their own. Lost when the process dies first, so only for what can be done again.
    pub fn ride(&self, work: impl Fn(&Connection) -> Result<(), StoreError> + Send + 'static) {
        let (answer, _) = oneshot::channel();
        // A full queue drops a mark: it is set again with the next one.
        let _ = self.send(Order::Ride(unit(work, answer, true)));
    }

    /// Whether a failed sync has stopped the writer.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    fn send(&self, order: Order) -> Result<(), StoreError> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // `send` waits for room: what is queued is done before the thread ends.
        let _ = self.orders.send(Order::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Work that can be run only once.
fn once<T, E: From<StoreError>>(
    work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
) -> impl FnMut(&Connection) -> Result<T, E> + Send + 'static {
    let mut work = Some(work);
    move |connection| match work.take() {
        Some(work) => work(connection),
        None => Err(E::from(StoreError::Closed)),
    }
}

/// Wraps work: runs it, and keeps its answer until the transaction is over.
fn unit<T, E>(
    mut work: impl FnMut(&Connection) -> Result<T, E> + Send + 'static,
    answer: oneshot::Sender<Result<T, E>>,
    repeatable: bool,
) -> Unit
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let answer = Arc::new(Mutex::new(Some(answer)));
    let work: Work = Box::new(move |connection, shelter| {
        let result = match shelter {
            Shelter::Transaction => work(connection),
            Shelter::Savepoint => in_savepoint(connection, &mut work),
        };
        let answer = Arc::clone(&answer);
        Ran {
            failed: result.is_err(),
            done: Box::new(move |committed: Result<(), StoreError>| {
                let result = match (committed, result) {
                    (Ok(()), result) => result,
                    // A refusal stays a refusal: it wrote nothing that could be lost.
                    (Err(_), Err(refused)) => Err(refused),
                    (Err(error), Ok(_)) => Err(E::from(error)),
                };
                let answer = answer.lock().ok().and_then(|mut answer| answer.take());
                // The caller may have gone; the work is done all the same.
                let _ = answer.map(|answer| answer.send(result));
            }),
        }
    });
    Unit { work, repeatable }
}

/// Runs a part of a transaction; undoes what it wrote when it fails. Nests.
pub(crate) fn in_savepoint<T, E: From<StoreError>>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let run = |sql: &str| -> Result<(), StoreError> {
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    };
    run("SAVEPOINT unit")?;
    let result = work(connection);
    if result.is_err() {
        run("ROLLBACK TO unit")?;
    }
    run("RELEASE unit")?;
    result
}

struct Loop {
    connection: Connection,
    incoming: Receiver<Order>,
    stopped: Arc<AtomicBool>,
    riders: Vec<Unit>,
    /// How many callers the next group waits a moment for.
    expected: usize,
}

impl Loop {
    fn run(&mut self) {
        loop {
            let mut group = Vec::new();
            let (mut closing, mut finish) = (false, false);
            let first = if self.riders.is_empty() {
                self.incoming.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.incoming.recv_timeout(RIDER_WAIT)
            };
            match first {
                Ok(Order::Now(unit)) => group.push(unit),
                Ok(Order::Ride(unit)) => {
                    self.riders.push(unit);
                    if self.riders.len() < GROUP_MAX {
                        continue;
                    }
                }
                Ok(Order::FinishCheckpoint) => {
                    checkpoint::pass(&self.connection);
                    continue;
                }
                Ok(Order::Close) | Err(RecvTimeoutError::Disconnected) => closing = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let began = Instant::now();
            while !closing && group.len() < GROUP_MAX {
                let next = match self.incoming.try_recv() {
                    Err(TryRecvError::Empty) if !group.is_empty() && group.len() < self.expected => {
                        let left = GATHER_WAIT.saturating_sub(began.elapsed());
                        self.incoming.recv_timeout(left).map_err(|_| TryRecvError::Empty)
                    }
                    other => other,
                };
                match next {
                    Ok(Order::Now(unit)) => group.push(unit),
                    Ok(Order::Ride(unit)) => self.riders.push(unit),
                    Ok(Order::FinishCheckpoint) => finish = true,
                    Ok(Order::Close) => closing = true,
                    Err(_) => break,
                }
            }
            // A crowd is expected back; one that has thinned out is forgotten by halves.
            self.expected = if group.len() >= CROWD { group.len().max(self.expected / 2) } else { 0 };
            group.append(&mut self.riders);
            if !group.is_empty() {
                self.commit(group);
            }
            if finish {
                checkpoint::pass(&self.connection);
            }
            if closing {
                return;
            }
        }
    }

    fn commit(&mut self, mut group: Vec<Unit>) {
        let bare = group.len() == 1 || group.iter().all(|unit| unit.repeatable);
        if bare && self.carry_out(&mut group, Shelter::Transaction) {
            return;
        }
        self.carry_out(&mut group, Shelter::Savepoint);
    }

    /// One transaction for the group. `false`: a unit failed in the bare transaction, nothing was done, and the group
    /// is to be run again.
    fn carry_out(&mut self, group: &mut [Unit], shelter: Shelter) -> bool {
        if self.stopped.load(Ordering::Acquire) {
            for unit in group {
                // Nothing is written any more; the unit runs into a transaction that is thrown away, so that its
                // caller gets an answer of the right type.
                self.refuse(unit);
            }
            return true;
        }
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            self.stop(&error);
            return self.carry_out(group, shelter);
        }
        let mut answers: Vec<Done> = Vec::with_capacity(group.len());
        let alone = group.len() == 1;
        for place in 0..group.len() {
            let ran = (group[place].work)(&self.connection, shelter);
            if self.connection.is_autocommit() {
                answers.push(ran.done);
                self.aborted(answers, &mut group[place + 1..]);
                return true;
            }
            if ran.failed && shelter == Shelter::Transaction {
                if let Err(error) = self.connection.execute_batch("ROLLBACK") {
                    self.stop(&error);
                }
                if alone {
                    (ran.done)(Ok(()));
                }
                return alone;
            }
            answers.push(ran.done);
        }
        crash::point("before-commit");
        let committed = self.connection.execute_batch("COMMIT").map_err(|error| {
            let _ = self.connection.execute_batch("ROLLBACK");
            match StoreError::from(error) {
                StoreError::DiskFull => StoreError::DiskFull,
                other => {
                    self.stopped.store(true, Ordering::Release);
                    tracing::error!(error = %other, "The ledger has stopped: a commit failed");
                    StoreError::Stopped(other.to_string())
                }
            }
        });
        crash::point("after-commit");
        for answer in answers {
            answer(committed.clone());
        }
        true
    }

    /// SQLite rolled the whole transaction back by itself in the middle of it (an I/O error): nothing of the group
    /// was done, and the disk is not to be trusted.
    fn aborted(&mut self, answers: Vec<Done>, rest: &mut [Unit]) {
        self.stopped.store(true, Ordering::Release);
        tracing::error!("The ledger has stopped: the database gave up in the middle of a transaction");
        for answer in answers {
            answer(Err(StoreError::Stopped("a write failed".to_owned())));
        }
        for unit in rest {
            self.refuse(unit);
        }
    }

    fn refuse(&self, unit: &mut Unit) {
        let _ = self.connection.execute_batch("BEGIN");
        let ran = (unit.work)(&self.connection, Shelter::Transaction);
        let _ = self.connection.execute_batch("ROLLBACK");
        (ran.done)(Err(StoreError::Stopped("an earlier write failed".to_owned())));
    }

    fn stop(&self, error: &rusqlite::Error) {
        self.stopped.store(true, Ordering::Release);
        tracing::error!(%error, "The ledger has stopped: a transaction could not begin");
    }
}
