//! Bytes to and from one modem: a serial port, or TCP where a modem made of software listens. One owner, one thread.
//! On Unix that thread sleeps in poll(2) until bytes come, somebody wakes it, or its next deadline has passed, so an
//! idle line costs nothing. Knows no AT commands.

mod holder;
#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;
mod wake;

use std::fmt;
use std::io;
use std::time::Duration;

pub use holder::{Holder, holder_of};
pub use wake::{WakeReceiver, Waker, wake_pair};

/// A write that does not finish within this time means a port that takes nothing any more.
pub const SEND_DEADLINE: Duration = Duration::from_secs(5);
/// How long a TCP modem may take to accept the connection.
#[cfg(any(unix, windows))]
const CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// Where a modem is plugged in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PortAddress {
    /// Path or name of a serial port: `/dev/ttyUSB2`, `COM5`.
    Serial(String),
    /// `host:port` of a modem that is reached over TCP.
    Tcp(String),
}

impl PortAddress {
    /// Reads `tcp:host:port`; anything else is the name of a serial port.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("tcp:") {
            Some(address) => Self::Tcp(address.to_owned()),
            None => Self::Serial(text.to_owned()),
        }
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(name) => f.write_str(name),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
        }
    }
}

/// Parity of a serial port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even parity.
    Even,
    /// Odd parity.
    Odd,
}

/// How a serial port is set. Without meaning for TCP and for most USB modems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerialSettings {
    /// Bits per second.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// Data bits, 5 to 8.
    pub data_bits: u8,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

impl SerialSettings {
    /// The port of this name with these settings, to be opened.
    fn builder(self, name: &str) -> serialport::SerialPortBuilder {
        use serialport::{DataBits, StopBits};
        serialport::new(name, self.baud)
            .data_bits(match self.data_bits {
                5 => DataBits::Five,
                6 => DataBits::Six,
                7 => DataBits::Seven,
                _ => DataBits::Eight,
            })
            .stop_bits(if self.stop_bits == 2 { StopBits::Two } else { StopBits::One })
            .parity(match self.parity {
                Parity::None => serialport::Parity::None,
                Parity::Even => serialport::Parity::Even,
                Parity::Odd => serialport::Parity::Odd,
            })
    }
}

impl Default for SerialSettings {
    fn default() -> Self {
        Self { baud: 115_200, parity: Parity::None, data_bits: 8, stop_bits: 1 }
    }
}

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not there: nothing is plugged in.
    #[error("{port} is not there; plug the modem in")]
    Absent {
        /// The port.
        port: String,
    },
    /// Another program has it.
    #[error("{port} is used by another program{}", holder.as_ref().map_or(String::new(), |h| format!(": {h}")))]
    Taken {
        /// The port.
        port: String,
        /// Who, when that could be found out.
        holder: Option<Holder>,
    },
    /// This user may not open it.
    #[error("this user may not open {port}; add the user to the group that owns it (dialout or uucp)")]
    Forbidden {
        /// The port.
        port: String,
    },
    /// Anything else.
    #[error("cannot open {port}; unplug the modem and plug it in again")]
    Failed {
        /// The port.
        port: String,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
}

/// What a wait ended with. A hang-up is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// So many bytes, at least one, were put at the start of the buffer.
    Bytes(usize),
    /// Somebody called [`Waker::wake`].
    Woken,
    /// The time is over.
    TimedOut,
}

/// A write that did not succeed.
#[derive(Debug)]
pub struct SendFailure {
    /// How many bytes the port had taken: the rest certainly never left.
    pub written: usize,
    /// Why.
    pub source: io::Error,
}

/// An open port.
pub trait Transport: Send {
    /// Waits for bytes, for a wake-up or for `timeout` (`None`: for ever). Bytes come before wake-ups.
    ///
    /// # Errors
    /// The port is gone: unplugged, closed by its other end, or broken.
    fn receive(
        &mut self,
        buffer: &mut [u8],
        wake: &WakeReceiver,
        timeout: Option<Duration>,
    ) -> io::Result<Received>;

    /// Writes all of `bytes`, within [`SEND_DEADLINE`].
    ///
    /// # Errors
    /// The port is gone or takes nothing; says how much it had taken.
    fn send(&mut self, bytes: &[u8]) -> Result<(), SendFailure>;
}

/// Opens ports. Real ones in the station, scripted ones in tests.
pub trait Ports: Send {
    /// Opens a port for this process alone.
    ///
    /// # Errors
    /// See [`OpenError`].
    fn open(
        &mut self,
        address: &PortAddress,
        settings: SerialSettings,
    ) -> Result<Box<dyn Transport>, OpenError>;

    /// Waits without a port. `true`: woken; `false`: the time is over.
    fn pause(&mut self, wake: &WakeReceiver, timeout: Option<Duration>) -> bool {
        wake.wait(timeout)
    }
}

/// The machine's own ports.
#[derive(Debug, Default)]
pub struct SystemPorts;

impl Ports for SystemPorts {
    fn open(
        &mut self,
        address: &PortAddress,
        settings: SerialSettings,
    ) -> Result<Box<dyn Transport>, OpenError> {
        #[cfg(unix)]
        return unix::open(address, settings);
        #[cfg(not(unix))]
        return portable::open(address, settings);
    }
}
