//! The operating system's keychain: Secret Service, macOS Keychain or Windows Credential Manager, through `keyring`.
//!
//! Every call runs on one thread of its own: the Secret Service client may not run inside an async runtime, and a locked
//! keychain holds its caller up until somebody answers a prompt. Callers wait a bounded time; a call nobody waits for
//! any more is not begun.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use gerai_core::port::{Vault, VaultError};
use gerai_core::secret::Secret;
use keyring::v1::{Entry, Error};

/// All entries stand under this service in the keychain.
const SERVICE: &str = "gerai";
/// A keychain answers in milliseconds; longer means that it waits for a person.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Calls that may wait behind one that hangs.
const WAITING_CALLS_MAX: usize = 8;
/// The entry that shows that the keychain keeps what it is given.
const PROBE: &str = "probe";

enum Act {
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

/// The keychain, seen by one station.
pub struct KeychainVault {
    station_id: String,
    calls: Option<SyncSender<Call>>,
}

impl KeychainVault {
    /// `station_id` keeps two stations of one user apart.
    #[must_use]
    pub fn new(station_id: &str) -> Self {
        let (calls, waiting) = sync_channel(WAITING_CALLS_MAX);
        let thread = std::thread::Builder::new().name("vault".to_owned()).spawn(move || serve(&waiting));
        Self { station_id: station_id.to_owned(), calls: thread.is_ok().then_some(calls) }
    }

    fn ask(&self, name: &str, act: Act) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
        let calls = self.calls.as_ref().ok_or_else(|| unavailable("the system starts no more threads"))?;
        let (answer, answered) = sync_channel(1);
        let name = format!("{}/{name}", self.station_id);
        let call = Call { name, act, until: Instant::now() + ANSWER_TIMEOUT, answer };
        calls.try_send(call).map_err(|_| silent())?;
        answered.recv_timeout(ANSWER_TIMEOUT).map_err(|_| silent())?
    }
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

    /// A keychain that was never unlocked claims to hold nothing, so only an entry that comes back is a good sign.
    fn describe(&self) -> Result<String, VaultError> {
        match self.get(PROBE) {
            Ok(_) => {}
            Err(VaultError::NoEntry) => self.set(PROBE, &Secret::new(b"gerai".to_vec()))?,
            Err(other) => return Err(other),
        }
        Ok("secrets are kept in the system's keychain, and it answers".to_owned())
    }
}

fn serve(waiting: &Receiver<Call>) {
    while let Ok(call) = waiting.recv() {
        if Instant::now() < call.until {
            let outcome = carry_out(&call.name, &call.act);
            // Nobody may be waiting any more; then the answer is of no use.
            let _ = call.answer.try_send(outcome);
        }
    }
}

fn carry_out(name: &str, act: &Act) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
    let entry = Entry::new(SERVICE, name).map_err(explain)?;
    match act {
        Act::Get => read(&entry),
        Act::Set(value) => {
            entry.set_secret(value.expose()).map_err(explain)?;
            let kept = read(&entry)?;
            if kept.as_ref() == Some(value) {
                return Ok(None);
            }
            Err(unavailable("it does not give back what it was given"))
        }
        Act::Remove => match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(error)),
        },
    }
}

fn read(entry: &Entry) -> Result<Option<Secret<Vec<u8>>>, VaultError> {
    match entry.get_secret() {
        Ok(value) => Ok(Some(Secret::new(value))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(explain(error)),
    }
}

/// In our own words: the library's may carry the secret's bytes or a localized text.
fn explain(error: Error) -> VaultError {
    let why = match error {
        Error::NoStorageAccess(_) => "it is locked; unlock it (sign in to the desktop) and try again",
        Error::NoDefaultStore => {
            "there is none in this session; sign in to a desktop or start a Secret Service, then restart Gerai"
        }
        Error::PlatformFailure(_) => {
            "its service does not answer; sign in to the desktop again, then restart Gerai"
        }
        Error::Ambiguous(_) => {
            "it holds two entries of one name; delete one in the system's password manager"
        }
        Error::TooLong(..) => "the secret is longer than it takes",
        _ => "it refused; look at the system's password manager",
    };
    unavailable(why)
}

fn unavailable(why: &str) -> VaultError {
    VaultError::Unavailable(format!("the system's keychain cannot be used: {why}"))
}

fn silent() -> VaultError {
    unavailable("it does not answer; it may be waiting for you to unlock it")
}
