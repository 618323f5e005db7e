//! The operating system's keychain: Secret Service, macOS Keychain or Windows Credential Manager.
//!
//! Every call runs on one thread of its own: the Secret Service client may not run inside an async runtime, and a locked
//! keychain holds its caller up until somebody answers a prompt. Callers wait a bounded time; a call nobody waits for
//! any more is not begun. The thread opens the keychain anew after each failure, so one that comes late, or whose
//! service was restarted, is found by itself; a thread that hangs for good is left behind for another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;
use keyring::v1::{Entry, Error};

use super::platform::{Keychain, Lock};

/// A keychain answers in milliseconds; longer means that it waits for a person.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Calls that may wait behind one that hangs.
const WAITING_CALLS_MAX: usize = 8;
/// A call that takes longer has lost its keychain: a person at a prompt is quicker.
const HUNG_MS: u64 = 120_000;
/// Threads that may be left behind.
const HUNG_MAX: u32 = 8;

enum Act {
    /// Is it there and unlocked? Never prompts.
    Look,
    Get,
    Set(Secret<Vec<u8>>),
    Remove,
}

struct Call {
    name: String,
    act: Act,
    until: Instant,
    answer: SyncSender<Result<Option<Secret<Vec<u8>>>, VaultError>>,
}

/// The thread that talks to the keychain.
struct Worker {
    calls: SyncSender<Call>,
    /// When its call under way began, in milliseconds since the vault was made, plus one; 0 when idle.
    busy: Arc<AtomicU64>,
}

struct Workers {
    current: Option<Worker>,
    left_behind: u32,
}

/// The keychain, seen by one station.
pub struct KeychainVault {
    station_id: String,
    since: Instant,
    workers: Mutex<Workers>,
}

impl KeychainVault {
    /// `station_id` keeps two stations of one user apart.
    #[must_use]
    pub fn new(station_id: &str) -> Self {
        Self {
            station_id: station_id.to_owned(),
            since: Instant::now(),
            workers: Mutex::new(Workers { current: None, left_behind: 0 }),
        }
    }

    fn ask(&self, name: &str, act: Act) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
        let (answer, answered) = sync_channel(1);
        let name = format!("{}/{name}", self.station_id);
        let call = Call { name, act, until: Instant::now() + ANSWER_TIMEOUT, answer };
        self.worker()?.try_send(call).map_err(|_| silent())?;
        answered.recv_timeout(ANSWER_TIMEOUT).map_err(|_| silent())?
    }

    /// The thread to ask: a new one when there is none, when it died, or when it hangs.
    fn worker(&self) -> Result<SyncSender<Call>, VaultError> {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(worker) = &workers.current {
            let began = worker.busy.load(Ordering::Acquire);
            let hangs = began != 0 && self.now_ms().saturating_sub(began) > HUNG_MS;
            if !hangs || workers.left_behind >= HUNG_MAX {
                return Ok(worker.calls.clone());
            }
            workers.left_behind += 1;
            tracing::warn!("The keychain has not answered for {} s; it is asked anew", HUNG_MS / 1_000);
        }
        let (calls, waiting) = sync_channel(WAITING_CALLS_MAX);
        let (busy, since) = (Arc::<AtomicU64>::default(), self.since);
        let flag = Arc::clone(&busy);
        std::thread::Builder::new()
            .name("vault".to_owned())
            .spawn(move || serve(&waiting, &flag, since))
            .map_err(|_| unavailable("the system starts no more threads"))?;
        workers.current = Some(Worker { calls: calls.clone(), busy });
        Ok(calls)
    }

    fn now_ms(&self) -> u64 {
        elapsed_ms(self.since)
    }
}

fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}

impl Vault for KeychainVault {
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError> {
        self.ask(name, Act::Get)?.ok_or(VaultError::NoEntry)
    }

    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError> {
        self.ask(name, Act::Set(value.clone())).map(drop)
    }

    fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.ask(name, Act::Remove).map(drop)
    }

    fn describe(&self) -> Result<String, VaultError> {
        self.ask("", Act::Look)?;
        Ok("secrets are kept in the system's keychain, and it answers".to_owned())
    }
}

/// What one thread knows.
#[derive(Default)]
struct Link {
    keychain: Option<Keychain>,
    /// The keychain was locked and a prompt was shown: readings do not bring up another until it was seen unlocked.
    prompted: bool,
}

fn serve(waiting: &Receiver<Call>, busy: &AtomicU64, since: Instant) {
    let mut link = Link::default();
    while let Ok(call) = waiting.recv() {
        if Instant::now() < call.until {
            busy.store(elapsed_ms(since), Ordering::Release);
            let outcome = carry_out(&mut link, &call);
            busy.store(0, Ordering::Release);
            // Nobody may be waiting any more; then the answer is of no use.
            let _ = call.answer.try_send(outcome);
        }
    }
}

/// Once with the keychain as it is, once more with a new connection where that has broken.
fn carry_out(link: &mut Link, call: &Call) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
    let fresh = link.keychain.is_none();
    match attempt(link, call) {
        Err(Trouble::Broken(_)) if !fresh => {
            link.keychain = None;
            attempt(link, call)
        }
        other => other,
    }
    .map_err(|trouble| match trouble {
        Trouble::Broken(error) => {
            link.keychain = None;
            explain(&error)
        }
        Trouble::Said(error) => error,
    })
}

enum Trouble {
    /// The connection, or what is at its other end.
    Broken(Error),
    /// All else, in our words.
    Said(VaultError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::PlatformFailure(_) | Error::NoDefaultStore => Self::Broken(error),
            other => Self::Said(explain(&other)),
        }
    }
}

fn attempt(link: &mut Link, call: &Call) -> Result<Option<Secret<Vec<u8>>>, Trouble> {
    let keychain = match &mut link.keychain {
        Some(keychain) => keychain,
        none => none.insert(Keychain::open()?),
    };
    match keychain.lock()? {
        Lock::Open => link.prompted = false,
        Lock::NeverSetUp => return Err(Trouble::Said(never_set_up())),
        Lock::Locked if matches!(call.act, Act::Look) || (link.prompted && matches!(call.act, Act::Get)) => {
            return Err(Trouble::Said(locked()));
        }
        Lock::Locked => link.prompted = true,
    }
    if matches!(call.act, Act::Look) {
        return Ok(None);
    }
    let entry = keychain.entry(&call.name)?;
    match &call.act {
        Act::Look => Ok(None),
        Act::Get => Ok(read(&entry)?),
        Act::Set(value) => {
            entry.set_secret(value.expose())?;
            let kept = read(&entry)?;
            if kept.as_ref() == Some(value) {
                return Ok(None);
            }
            Err(Trouble::Said(unavailable("it does not give back what it was given")))
        }
        Act::Remove => match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error.into()),
        },
    }
}

fn read(entry: &Entry) -> Result<Option<Secret<Vec<u8>>>, Error> {
    match entry.get_secret() {
        Ok(value) => Ok(Some(Secret::new(value))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// In our own words: the library's may carry the secret's bytes or a localized text.
fn explain(error: &Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => locked(),
        Error::NoDefaultStore | Error::PlatformFailure(_) => unavailable(
            "there is none in this session, or its service does not answer; sign in to the desktop or start a Secret \
             Service. It is tried again by itself",
        ),
        Error::Ambiguous(_) => {
            unavailable("it holds two entries of one name; delete one in the system's password manager")
        }
        Error::TooLong(..) => unavailable("the secret is longer than it takes"),
        _ => unavailable("it refused; look at the system's password manager"),
    }
}

fn unavailable(why: &str) -> VaultError {
    VaultError::Unavailable(format!("the system's keychain cannot be used: {why}"))
}

fn locked() -> VaultError {
    unavailable("it is locked; unlock it (sign in to the desktop). It is tried again by itself")
}

fn never_set_up() -> VaultError {
    unavailable(
        "it has no default keyring yet, so it was never unlocked; sign in to the desktop once, or make a default \
         keyring in the system's password manager. It is tried again by itself",
    )
}

fn silent() -> VaultError {
    unavailable("it does not answer; it may be waiting for you to unlock it")
}
