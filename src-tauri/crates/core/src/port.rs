//! Ports: the few places where reality cannot sit in a test. A port is a trait that `core` states,
//! an adapter implements and `host` wires. SQLite has no port: a database in a temporary folder is its fake.

pub mod lines;
pub mod pictures;
pub mod scan;
pub mod upstream;

use std::future::Future;
use std::pin::Pin;

use crate::contact::Contact;
use crate::secret::Secret;
use crate::time::UnixMs;

/// A boxed future, so that ports can be used behind `dyn` without naming a runtime.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The station's clocks. Only `host` implements it for real; rules get the readings passed in.
pub trait Clock: Send + Sync + 'static {
    /// Wall clock, milliseconds since 1970-01-01 UTC. May jump.
    fn now(&self) -> UnixMs;
    /// Monotonic clock, milliseconds since an arbitrary start. Never jumps, does not survive a restart.
    fn monotonic_ms(&self) -> u64;
}

/// One MQTT message as it came in at the door, before anybody judged it.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Topic name as published.
    pub topic: String,
    /// Payload bytes as received: may be empty, binary or huge.
    pub payload: Vec<u8>,
    /// The broker says this is a retained message (MQTT `RETAIN` on delivery).
    pub retained: bool,
    /// User name of the publisher as authenticated by the embedded broker. `None` on an external broker.
    pub sender: Option<String>,
    /// The message had been waiting in the broker before this session's link was back, for at most this many
    /// milliseconds. `None`: it was published while the link was up.
    pub waited_ms: Option<u64>,
}

impl std::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Payloads hold card UIDs: sizes only.
        f.debug_struct("Inbound")
            .field("topic_len", &self.topic.len())
            .field("payload_len", &self.payload.len())
            .field("retained", &self.retained)
            .field("waited_ms", &self.waited_ms)
            .finish_non_exhaustive()
    }
}

/// The station could not make a message's effect durable. The link must not acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotDurable(pub String);

/// Where the MQTT link hands its messages. Implemented by `app`.
pub trait TapDoor: Send + Sync + 'static {
    /// Returns once the message's effect (a result, a refusal, a row of the rejected list) is committed.
    /// Only then may the link acknowledge it. Many calls run at once; calls of one link start in arrival order.
    fn take(&self, message: Inbound) -> BoxFuture<'static, Result<(), NotDurable>>;
    /// The link came up (`true`) or went down (`false`); `detail` is a sentence for the health page.
    fn link_changed(&self, up: bool, detail: &str);
}

/// Why a publish has no acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishError {
    /// No connection now, or it broke before the broker acknowledged: publish again later (at-least-once).
    LinkDown,
    /// The broker refused this very message (MQTT 5 reason ≥ 0x80, or over its packet limit): repeating is useless.
    Refused(String),
}

/// Publishes results. Implemented by the MQTT link.
pub trait Publisher: Send + Sync + 'static {
    /// Publishes with QoS 1, never retained. The message is queued for sending, in call order, before this function
    /// returns its future; the future resolves when the broker has acknowledged it, or with the reason why not.
    fn publish(&self, topic: &str, payload: Vec<u8>) -> BoxFuture<'static, Result<(), PublishError>>;
}

/// What a broker login may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// A reader with its own login: publishes `{prefix}/deduct` and `{prefix}/v2/{name}/deduct`,
    /// reads `{prefix}/success`, `{prefix}/failed` and `{prefix}/v2/{name}/result`.
    Reader,
    /// A login shared by fielded legacy readers that all call themselves `ESP32Client`: as `Reader` without v2 topics;
    /// the broker front gives each connection its own client id.
    LegacyShared,
    /// A screen: reads `{prefix}/success` and `{prefix}/failed`, publishes nothing.
    Screen,
    /// The station itself: publishes results, reads everything.
    Station,
}

/// A login that the embedded broker has let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLogin {
    /// User name, which is also the reader's id in topics.
    pub name: String,
    /// What it may do.
    pub kind: DeviceKind,
}

/// The station's knowledge of broker logins. Implemented by `app`.
pub trait Devices: Send + Sync + 'static {
    /// Checks a login. Blocking (a password hash, some milliseconds): call it off the async threads.
    /// `None`: unknown name, revoked or wrong password; the caller can not tell which.
    fn authenticate(&self, name: &str, password: &Secret<Vec<u8>>) -> Option<DeviceLogin>;
    /// Looks a login up without a password, for the broker front. `None` when unknown or revoked.
    fn kind_of(&self, name: &str) -> Option<DeviceKind>;
    /// A device connected (`true`) or went away (`false`), with its peer address.
    fn presence(&self, name: &str, online: bool, peer: &str);
    /// Something at the broker's door that the health page should name: a session takeover, a refused publish.
    fn incident(&self, name: &str, what: &str);
}

/// What the virtual reader got back over MQTT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VirtualTap {
    /// The result's JSON text as it came in on the reader's own result topic.
    Result(String),
    /// Nothing came back within the deadline.
    Silent,
    /// The broker did not let it in or broke off; the sentence says why.
    Failed(String),
}

/// A reader made of software, for tests and for machines without a reader. Implemented by `broker`.
pub trait VirtualReader: Send + Sync + 'static {
    /// Connects with this login, publishes `payload` on `{prefix}/v2/{name}/deduct` with QoS 1, repeats it every
    /// second like real firmware, and waits up to ten seconds for the result that carries `id`.
    fn tap(
        &self,
        name: &str,
        password: Secret<String>,
        id: &str,
        payload: Vec<u8>,
    ) -> BoxFuture<'static, VirtualTap>;
}

/// Why the vault could not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultError {
    /// No keychain, a locked one, a wrong passphrase, a damaged file; the sentence says which, and what to do.
    Unavailable(String),
    /// The vault holds no entry of this name, and this station never put one there.
    NoEntry,
    /// The vault answers and holds no entry of this name, but this station had put one there: it was emptied behind
    /// the station's back, is another user's, or was never unlocked. Never a reason to make a new key over existing data.
    Missing,
}

/// Which vault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultPlace {
    /// The operating system's keychain.
    Keychain,
    /// A file sealed by a passphrase.
    Passphrase,
    /// Memory only: gone when the station stops.
    Memory,
}

/// How one secret fares. Names are no secrets; values never leave the vault this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultEntry {
    /// Its name, as given to `set`.
    pub name: String,
    /// When this station last wrote it. `None`: it was there before the station kept a list.
    pub written: Option<UnixMs>,
    /// `Some(true)`: the vault holds it. `Some(false)`: it answers and lacks it. `None`: it does not answer.
    pub held: Option<bool>,
}

/// What a look at the vault shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    /// Which vault this is.
    pub place: VaultPlace,
    /// It answers; the sentence says what it is. Or why it does not, and what to do.
    pub answer: Result<String, String>,
    /// Every secret that this station had put there, by name.
    pub entries: Vec<VaultEntry>,
    /// A move to another vault that was begun and not ended: a sentence with the next step.
    pub unfinished: Option<String>,
    /// How often every entry was sealed or written anew since the vault was made.
    pub rotations: u32,
}

/// Where secrets that must be recovered are kept. Implemented by `host` (the system's keychain, a file sealed by a
/// passphrase, or memory for tests). All calls block: use a blocking thread.
pub trait Vault: Send + Sync + 'static {
    /// Reads a secret.
    fn get(&self, name: &str) -> Result<Secret<Vec<u8>>, VaultError>;
    /// Writes a secret and reads it back.
    fn set(&self, name: &str, value: &Secret<Vec<u8>>) -> Result<(), VaultError>;
    /// Removes a secret; removing what is not there is fine.
    fn remove(&self, name: &str) -> Result<(), VaultError>;
    /// One sentence for the health page: which vault this is and whether it answers.
    fn describe(&self) -> Result<String, VaultError>;

    /// Seals every one of these entries anew, all or none where the vault can: under a new vault key (passphrase
    /// vault), or by writing each again (elsewhere). The values stay the same.
    fn rewrap(&self, names: &[String]) -> Result<(), VaultError> {
        for name in names {
            self.set(name, &self.get(name)?)?;
        }
        Ok(())
    }

    /// Looks at the vault and at everything this station had put there. Never prompts, never changes anything.
    fn status(&self) -> VaultStatus {
        let answer = match self.describe() {
            Ok(what) => Ok(what),
            Err(VaultError::Unavailable(why)) => Err(why),
            Err(VaultError::NoEntry | VaultError::Missing) => Err("it holds nothing".to_owned()),
        };
        VaultStatus { place: VaultPlace::Memory, answer, entries: Vec::new(), unfinished: None, rotations: 0 }
    }
}

/// A code for a forgotten password, on its way to its owner. The sender puts it into words of its channel.
#[derive(Clone)]
pub struct ResetMessage {
    /// Where to.
    pub to: Contact,
    /// Sign-in name of its owner.
    pub name: String,
    /// Name of the shop.
    pub station_name: String,
    /// The one-time code. It is no password and becomes none.
    pub code: Secret<String>,
    /// Minutes it is good for.
    pub minutes: i64,
}

/// Sends codes for forgotten passwords, by e-mail or SMS. The station works without one.
pub trait ResetSender: Send + Sync + 'static {
    /// Whether it can reach such an address now.
    fn can_reach(&self, to: &Contact) -> bool;
    /// Hands the message over. The error is a sentence for the log: without the address and the code.
    fn send(&self, message: ResetMessage) -> BoxFuture<'static, Result<(), String>>;
}

/// A certificate, as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateReport {
    /// Names and addresses it stands for.
    pub names: Vec<String>,
    /// Valid from.
    pub from: UnixMs,
    /// Valid until.
    pub until: UnixMs,
    /// SHA-256 of the certificate, 64 hex digits.
    pub sha256: String,
}

/// What the station's doors to the network are like now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DoorsReport {
    /// Addresses (URLs) under which the console answers, this machine's own first.
    pub console: Vec<String>,
    /// Doors that listen: service, port, and whether the local network reaches it.
    pub ports: Vec<(String, u16, bool)>,
    /// Addresses of this machine that are not private: the console is never served there.
    pub public_addresses: Vec<String>,
    /// The certificate in use.
    pub certificate: Option<CertificateReport>,
    /// The certificate comes from the operator's own files.
    pub own_certificate: bool,
    /// The local authority, when it signed the certificate.
    pub authority: Option<CertificateReport>,
    /// What is wrong with the certificates, and the next step.
    pub trouble: Option<(String, String)>,
    /// Refused requests and connections since the start, by reason.
    pub refused: Vec<(&'static str, u64)>,
}

/// The station's doors to the network and their certificates. Implemented by `host`.
pub trait NetworkDoors: Send + Sync + 'static {
    /// How they are.
    fn report(&self) -> DoorsReport;
    /// Makes a new local authority, on an explicit word only: every device has to install it again. The error is a
    /// sentence with the next step.
    fn renew_authority(&self) -> BoxFuture<'static, Result<(), String>>;
}
