//! Bluetooth LE as the station needs it: look around, list what a device offers, read one value, write one value. Each
//! call finds, connects, does its work and disconnects again; nothing stays connected. No document of the stoves names
//! their services, so both UUIDs are settings and [`Radio::describe`] is how a person finds them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::port::BoxFuture;

/// Longest value of a GATT attribute, bytes (Bluetooth Core 5, volume 3, part F, section 3.2.9).
pub const VALUE_OCTETS_MAX: usize = 512;

/// Time for one read or write with everything it takes, unless a person chose otherwise.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Longest look around that is carried out.
pub const SCAN_MAX: Duration = Duration::from_secs(60);

/// What the system calls a device: a Bluetooth address `AA:BB:CC:DD:EE:FF`, on macOS an identifier of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeripheralAddress(pub String);

/// UUID of a service or characteristic, 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GattUuid(pub u128);

/// The Bluetooth base UUID; short UUIDs are its upper 32 bits (Bluetooth Core 5, volume 3, part B, section 2.5.1).
const BASE: u128 = 0x0000_0000_0000_1000_8000_0080_5F9B_34FB;

/// A text that is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no Bluetooth UUID; write 4, 8 or 32 hexadecimal digits, such as fff1")]
pub struct NoUuid(pub String);

impl FromStr for GattUuid {
    type Err = NoUuid;

    /// Takes 16 bits (`fff1`), 32 bits (`0000fff1`) or 128 bits with or without hyphens; `0x` before it is allowed.
    fn from_str(text: &str) -> Result<Self, NoUuid> {
        let refused = || NoUuid(text.chars().take(64).collect());
        let trimmed = text.trim();
        let bare = trimmed.strip_prefix("0x").or_else(|| trimmed.strip_prefix("0X")).unwrap_or(trimmed);
        let hyphens_fit = match bare.matches('-').count() {
            0 => true,
            4 => bare.split('-').map(str::len).eq([8, 4, 4, 4, 12]),
            _ => false,
        };
        let digits: String = bare.chars().filter(|character| *character != '-').collect();
        if !hyphens_fit || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused());
        }
        let value = u128::from_str_radix(&digits, 16).map_err(|_| refused())?;
        match digits.len() {
            4 | 8 => Ok(Self(BASE | (value << 96))),
            32 => Ok(Self(value)),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for GattUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            value >> 96,
            (value >> 80) & 0xFFFF,
            (value >> 64) & 0xFFFF,
            (value >> 48) & 0xFFFF,
            value & 0xFFFF_FFFF_FFFF
        )
    }
}

impl fmt::Debug for GattUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A device that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peripheral {
    /// What to call it by in the other functions.
    pub address: PeripheralAddress,
    /// The name it gives itself; empty when it gives none.
    pub name: String,
    /// Signal in dBm, about −100 (far) to −30 (near); `None`: known from earlier, not heard now.
    pub rssi_dbm: Option<i16>,
    /// Services it announces.
    pub services: Vec<GattUuid>,
}

/// What may be done with a characteristic (Bluetooth Core 5, volume 3, part G, section 3.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// May be read.
    pub read: bool,
    /// May be written, with an answer.
    pub write: bool,
    /// May be written without an answer.
    pub write_without_response: bool,
    /// Sends its value by itself, unanswered.
    pub notify: bool,
    /// Sends its value by itself, answered.
    pub indicate: bool,
}

/// A characteristic of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedCharacteristic {
    /// Its UUID.
    pub uuid: GattUuid,
    /// What may be done with it.
    pub abilities: Abilities,
}

/// A service of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedService {
    /// Its UUID.
    pub uuid: GattUuid,
    /// Its characteristics, by UUID.
    pub characteristics: Vec<OfferedCharacteristic>,
}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPlan {
    /// Service that holds the characteristic.
    pub service: GattUuid,
    /// The characteristic.
    pub characteristic: GattUuid,
    /// Wait for what it sends by itself instead of reading it. Reading is better: a notification may be cut at 20 bytes,
    /// and parts that follow each other are put together here only as they come.
    pub notify: bool,
    /// Time for everything: finding, connecting, reading.
    pub deadline: Duration,
}

/// What to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritePlan {
    /// Service that holds the characteristic.
    pub service: GattUuid,
    /// The characteristic.
    pub characteristic: GattUuid,
    /// Time for everything: finding, connecting, writing.
    pub deadline: Duration,
}

/// How far a conversation with a device had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RadioStep {
    /// Waiting for the radio, which does one thing at a time.
    Waiting,
    /// Looking for the device.
    Finding,
    /// Connecting to it.
    Connecting,
    /// Asking what it offers.
    Listing,
    /// Reading the value.
    Reading,
    /// Writing the value.
    Writing,
}

impl fmt::Display for RadioStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting for the radio",
            Self::Finding => "looking for the stove",
            Self::Connecting => "connecting",
            Self::Listing => "asking what the stove offers",
            Self::Reading => "reading",
            Self::Writing => "writing",
        })
    }
}

/// Why the radio did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RadioFault {
    /// The system's Bluetooth service does not run.
    #[error(
        "the system's Bluetooth service does not answer; start it (on Linux: `sudo systemctl start bluetooth`), then try again"
    )]
    NoService,
    /// This computer has no Bluetooth.
    #[error("this computer has no Bluetooth adapter; plug one in, or scan the stove's QR code")]
    NoAdapter,
    /// It is switched off.
    #[error("Bluetooth is switched off; switch it on, then try again")]
    Off,
    /// The system or the device does not allow it.
    #[error(
        "it was not allowed: {0}; allow Bluetooth for this program in the system's settings, or pair the stove first"
    )]
    Denied(String),
    /// The device was not heard.
    #[error("the stove {0} was not heard; go nearer, see that it is switched on, then try again")]
    NotFound(String),
    /// It was heard but did not let itself be connected.
    #[error(
        "the stove was heard but the connection failed: {0}; go nearer, close other apps connected to it, then try again"
    )]
    ConnectFailed(String),
    /// The connection broke before the work was done.
    #[error("the connection to the stove broke while {0}; stay near it, then try again")]
    Dropped(RadioStep),
    /// It has no such service.
    #[error("the stove has no service {0}; list what it offers and set the right one")]
    NoSuchService(GattUuid),
    /// The service has no such characteristic, or one that can not do what was asked.
    #[error(
        "the stove's service has no characteristic {0} that allows this; list what it offers and set the right one"
    )]
    NoSuchCharacteristic(GattUuid),
    /// The value is longer than can be written there; nothing was sent.
    #[error("{bytes} bytes are too long to be written, {most} is the most; check what is being sent")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The longest that can be written.
        most: usize,
    },
    /// It took too long; how far it had come, and the milliseconds it was given.
    #[error("no answer while {doing} within {deadline_ms} ms; go nearer, then try again")]
    Timeout {
        /// What it was doing.
        doing: RadioStep,
        /// The time it was given.
        deadline_ms: u64,
    },
    /// Something else, in the system's words.
    #[error("Bluetooth does not work: {0}; switch Bluetooth off and on, then try again")]
    Other(String),
}

impl RadioFault {
    /// After a write: the device may have taken the value although the write failed, and only reading it again tells.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        match self {
            Self::Dropped(step) | Self::Timeout { doing: step, .. } => *step == RadioStep::Writing,
            Self::Other(_) => true,
            Self::NoService
            | Self::NoAdapter
            | Self::Off
            | Self::Denied(_)
            | Self::NotFound(_)
            | Self::ConnectFailed(_)
            | Self::NoSuchService(_)
            | Self::NoSuchCharacteristic(_)
            | Self::TooLong { .. } => false,
        }
    }
}

/// The radio. Implemented by `sense`, for the computer's own and for a simulated one. Calls wait for each other: one is
/// carried out at a time, because adapters do not look around and connect at once. Every future ends by its deadline, the
/// time it waits for its turn included. They are polled on the station's runtime.
pub trait Radio: Send + Sync + 'static {
    /// Looks around for this long, at most [`SCAN_MAX`]. Strongest first; devices without a signal last.
    ///
    /// # Errors
    /// The radio itself does not work. Hearing nobody is an empty list.
    fn scan(&self, duration: Duration) -> BoxFuture<'static, Result<Vec<Peripheral>, RadioFault>>;

    /// Connects and lists what the device offers. Ends within [`DEADLINE`].
    ///
    /// # Errors
    /// See [`RadioFault`].
    fn describe(
        &self,
        address: &PeripheralAddress,
    ) -> BoxFuture<'static, Result<Vec<OfferedService>, RadioFault>>;

    /// Reads one value, at most [`VALUE_OCTETS_MAX`] bytes, long ones whole. A failed or broken connection is tried once
    /// more inside the deadline, because first connections often fail; nothing else is. A value that some system cut at 20
    /// bytes comes as it is: whoever knows what it should look like refuses it and asks again.
    ///
    /// # Errors
    /// See [`RadioFault`].
    fn read(
        &self,
        address: &PeripheralAddress,
        plan: ReadPlan,
    ) -> BoxFuture<'static, Result<Vec<u8>, RadioFault>>;

    /// Writes one value and waits for the device's answer where the characteristic gives one. The connection is tried
    /// twice, the write itself never; see [`RadioFault::in_doubt`].
    ///
    /// # Errors
    /// See [`RadioFault`].
    fn write(
        &self,
        address: &PeripheralAddress,
        plan: WritePlan,
        bytes: crate::secret::Secret<Vec<u8>>,
    ) -> BoxFuture<'static, Result<(), RadioFault>>;
}

#[cfg(test)]
mod tests {
    use super::{GattUuid, NoUuid};

    fn check(input: &str, want: Option<&str>) {
        let found = input.parse::<GattUuid>();
        match want {
            Some(text) => assert_eq!(found.map(|uuid| uuid.to_string()), Ok(text.to_owned()), "{input}"),
            None => assert_eq!(found, Err(NoUuid(input.chars().take(64).collect()))),
        }
    }

    #[test]
    fn short_and_long_uuids() {
        check("fff1", Some("0000fff1-0000-1000-8000-00805f9b34fb"));
        check(" 0xFFF1 ", Some("0000fff1-0000-1000-8000-00805f9b34fb"));
        check("12345678", Some("12345678-0000-1000-8000-00805f9b34fb"));
        let nordic = "6e400003-b5a3-f393-e0a9-e50e24dcca9e";
        check(nordic, Some(nordic));
        check(&nordic.replace('-', "").to_uppercase(), Some(nordic));
    }

    #[test]
    fn what_is_no_uuid() {
        for text in ["", "fff", "fff1-", "+ff1", "ggg1", "6e400003-b5a3-f393-e0a9e50e-24dcca9e", "ÿÿÿÿ", "0x"]
        {
            check(text, None);
        }
        check(&"f".repeat(500), None);
    }
}
