//! All lines of the station: finds the modems, runs one line on each, keeps them apart by IMEI and SIM, and hands the
//! queue's orders to the right one. One thread of its own waits for ports to come and go; the lines have theirs.

mod detect;
mod door;
mod fleet;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_channel::oneshot;
use gerai_core::port::lines::{
    LineDoor, LineError, LineHealth, LineKey, LineReport, LineSetup, Lines, PortFound, Scope, SubmitPart,
    Submitted, UssdReply,
};
use gerai_core::port::{BoxFuture, Clock};

use crate::discovery::{Candidate, Places, Watcher};
use crate::line::{self, LineHandle, LineStart, TriedPins};
use crate::port::{PortAddress, Waker, wake_pair};
use door::SlotDoor;
use fleet::{Fleet, Outcome};

/// After the start modems have this long to tell who they are; then those that were set up and are missing are told of.
const MISSING_AFTER_MS: u64 = 10_000;
/// How long a line that was told to end is given to let go of its port, before another one is started on it.
const LET_GO: Duration = Duration::from_millis(150);

/// What the lines are started with.
pub struct ModemsStart {
    /// Where to look for modems.
    pub places: Places,
    /// Ports that a person has allowed earlier although they may be anything, with the speed found; see `detect`.
    pub allowed: Vec<(String, u32)>,
    /// Takes what happens.
    pub door: Arc<dyn LineDoor>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What the threads share.
struct Inner {
    places: Places,
    door: Arc<dyn LineDoor>,
    clock: Arc<dyn Clock>,
    pins: Arc<TriedPins>,
    fleet: Mutex<Fleet<LineHandle>>,
    setups: Arc<Mutex<HashMap<String, LineSetup>>>,
    /// Speeds found by `detect`.
    speeds: Mutex<HashMap<String, u32>>,
    /// Modems that were told to be missing.
    missing: Mutex<HashSet<String>>,
    waker: Waker,
    /// Lines were told to end: their ports are given a moment.
    ending: AtomicBool,
    stop: AtomicBool,
}

/// All lines. They end when this is dropped.
pub struct Modems {
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

impl Modems {
    /// Looks for modems and opens a line on each, from now on.
    ///
    /// # Errors
    /// The system gives no thread, or the folder of the announcements can not be made.
    pub fn start(start: ModemsStart) -> std::io::Result<Self> {
        let (waker, wake) = wake_pair()?;
        let watcher = Watcher::new(&start.places, wake)?;
        let inner = Arc::new(Inner {
            places: start.places,
            door: start.door,
            clock: start.clock,
            pins: Arc::default(),
            fleet: Mutex::new(Fleet::new(start.allowed.iter().map(|(port, _)| port.clone()).collect())),
            setups: Arc::default(),
            speeds: Mutex::new(start.allowed.into_iter().collect()),
            missing: Mutex::default(),
            waker,
            ending: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let running = Arc::clone(&inner);
        let thread =
            std::thread::Builder::new().name("modems".to_owned()).spawn(move || running.run(&watcher))?;
        Ok(Self { inner, thread: Some(thread) })
    }
}

impl Drop for Modems {
    fn drop(&mut self) {
        self.inner.stop.store(true, Ordering::SeqCst);
        self.inner.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn fleet(&self) -> MutexGuard<'_, Fleet<LineHandle>> {
        lock(&self.fleet)
    }

    /// The thread that minds the ports.
    fn run(self: &Arc<Self>, watcher: &Watcher) {
        let begin = self.clock.monotonic_ms();
        while !self.stop.load(Ordering::SeqCst) {
            if self.ending.swap(false, Ordering::SeqCst) {
                std::thread::sleep(LET_GO);
            }
            let found = self.places.scan();
            let now = self.clock.monotonic_ms();
            let (outcome, starting) = self.fleet().plan(&found, now);
            self.follow(outcome);
            for (candidate, generation) in starting {
                self.open(candidate, generation);
            }
            let mut next = self.fleet().next_change();
            let told_at = begin + MISSING_AFTER_MS;
            if now >= told_at {
                self.tell_missing();
            } else {
                next = Some(next.unwrap_or(told_at).min(told_at));
            }
            watcher.wait(next.map(|at| Duration::from_millis(at.saturating_sub(now))));
        }
        let ended: Vec<_> = self.fleet().slots.values_mut().filter_map(|slot| slot.handle.take()).collect();
        drop(ended);
    }

    /// Does what the fleet decided.
    fn follow(&self, outcome: Outcome<LineHandle>) {
        drop(outcome.ended);
        for report in outcome.reports {
            lock(&self.missing).remove(&report.key.imei);
            self.door.line_changed(report);
        }
        if outcome.again {
            self.waker.wake();
        }
    }

    fn open(self: &Arc<Self>, candidate: Candidate, generation: u64) {
        let port = candidate.port;
        let known = self.fleet().seen.get(&port).and_then(|imei| lock(&self.setups).get(imei).cloned());
        let speed = lock(&self.speeds).get(&port).copied().map(detect::speed_only);
        let setups = Arc::clone(&self.setups);
        let start = LineStart {
            port: PortAddress::parse(&port),
            usb: candidate.usb,
            usb_serial: candidate.usb_serial,
            setup: known.or(speed),
            setup_of: Arc::new(move |imei| lock(&setups).get(imei).cloned()),
            door: Arc::new(SlotDoor { inner: Arc::clone(self), port: port.clone(), generation }),
            clock: Arc::clone(&self.clock),
            pins: Arc::clone(&self.pins),
        };
        match line::start(start) {
            Ok(handle) => {
                if let Some(slot) = self.fleet().slots.get_mut(&port) {
                    // It may have been closed by its own first report.
                    if slot.state == fleet::State::Running && slot.generation == generation {
                        slot.handle = Some(handle);
                    }
                }
            }
            Err(error) => tracing::error!(%error, port, "The system gives no thread for the modem on {port}"),
        }
    }

    /// A person said that this port may be opened, and a modem answered there.
    fn allow(&self, port: &str, baud: u32) {
        lock(&self.speeds).insert(port.to_owned(), baud);
        self.fleet().allowed.insert(port.to_owned());
        self.waker.wake();
    }

    /// Modems that were set up and are nowhere.
    fn tell_missing(&self) {
        let owners: HashSet<String> = self.fleet().owners.keys().cloned().collect();
        let set_up: Vec<String> = lock(&self.setups).keys().cloned().collect();
        for imei in set_up {
            if !owners.contains(&imei) && lock(&self.missing).insert(imei.clone()) {
                self.door.line_changed(missing(imei));
            }
        }
    }

    fn line<T>(&self, key: &LineKey, found: impl FnOnce(&LineHandle) -> T) -> Option<T> {
        self.fleet().line(key).map(found)
    }
}

/// Report on a modem that was set up and has not been seen.
fn missing(imei: String) -> LineReport {
    LineReport::unknown(imei, String::new(), LineHealth::Absent)
}

fn absent<T: Send + 'static>() -> BoxFuture<'static, Result<T, LineError>> {
    Box::pin(std::future::ready(Err(LineError::Absent)))
}

impl Lines for Modems {
    fn submit(&self, line: &LineKey, part: SubmitPart, ticket: u64) -> BoxFuture<'static, Submitted> {
        let handed = self.inner.line(line, |handle| handle.submit(part, ticket));
        handed.unwrap_or_else(|| {
            Box::pin(std::future::ready(Submitted::Refused {
                scope: Scope::Line,
                temporary: true,
                code: None,
                why: "the modem with this SIM is not plugged in".to_owned(),
            }))
        })
    }

    fn ussd(&self, line: &LineKey, text: &str) -> BoxFuture<'static, Result<UssdReply, LineError>> {
        self.inner.line(line, |handle| handle.ussd(text)).unwrap_or_else(absent)
    }

    fn ussd_cancel(&self, line: &LineKey) -> BoxFuture<'static, Result<(), LineError>> {
        self.inner.line(line, LineHandle::ussd_cancel).unwrap_or_else(absent)
    }

    fn command(&self, line: &LineKey, command: &str) -> BoxFuture<'static, Result<Vec<String>, LineError>> {
        self.inner.line(line, |handle| handle.command(command)).unwrap_or_else(absent)
    }

    fn configure(&self, setups: Vec<LineSetup>) {
        let new: HashMap<String, LineSetup> =
            setups.into_iter().map(|setup| (setup.imei.clone(), setup)).collect();
        let old = std::mem::replace(&mut *lock(&self.inner.setups), new.clone());
        // A modem without a setup is used as one with nothing but defaults.
        let effective = |setups: &HashMap<String, LineSetup>, imei: &String| {
            setups
                .get(imei)
                .cloned()
                .unwrap_or_else(|| LineSetup { imei: imei.clone(), ..detect::speed_only(0) })
        };
        let changed: HashSet<&String> = old
            .keys()
            .chain(new.keys())
            .filter(|imei| effective(&old, imei) != effective(&new, imei))
            .collect();
        let ended: Vec<LineHandle> = {
            let mut fleet = self.inner.fleet();
            changed.into_iter().filter_map(|imei| fleet.restart(imei)).collect()
        };
        if !ended.is_empty() {
            drop(ended);
            self.inner.ending.store(true, Ordering::SeqCst);
        }
        lock(&self.inner.missing).retain(|imei| new.contains_key(imei));
        self.inner.waker.wake();
    }

    fn detect(&self, probe: Vec<String>) -> BoxFuture<'static, Vec<PortFound>> {
        let (back, found) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        let looking = std::thread::Builder::new().name("detect".to_owned()).spawn(move || {
            let _ = back.send(detect::detect(&inner, &probe));
        });
        if let Err(error) = looking {
            tracing::error!(%error, "The system gives no thread to look at the ports");
        }
        Box::pin(async move { found.await.unwrap_or_default() })
    }

    fn wake(&self, line: &LineKey) {
        self.inner.line(line, LineHandle::wake);
    }
}
