//! One line: a modem with its SIM, driven by a thread of its own from the moment its port is named until the handle is
//! dropped. It initialises the modem, sends, receives, watches and recovers. Which lines there are, and on which ports,
//! is not its business: `lines` and `discovery` start it.

use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use gerai_core::port::lines::{LineDoor, LineError, LineHealth, LineKey, LineSetup, Submitted, UssdReply};
use gerai_core::port::lines::{Scope, SubmitPart};
use gerai_core::port::{BoxFuture, Clock};

use crate::port::{PortAddress, SystemPorts};

pub use codec::Codec;
pub use pins::TriedPins;

/// What the operator has set for the modem with this IMEI; `None`: nothing, use it with defaults and without a PIN.
pub type SetupOf = Arc<dyn Fn(&str) -> Option<LineSetup> + Send + Sync>;

/// What a line is started with.
#[derive(Clone)]
pub struct LineStart {
    /// Where the modem is plugged in.
    pub port: PortAddress,
    /// `vendor:product` of the USB device in hexadecimal (`12d1:1001`); empty: no USB device.
    pub usb: String,
    /// Serial number of the USB device, for modems that do not tell their IMEI; empty: none.
    pub usb_serial: String,
    /// What is known before the modem was asked for its IMEI: speed and parity. `None`: 115,200 8N1, then others.
    pub setup: Option<LineSetup>,
    /// What the operator has set, asked once the IMEI is known.
    pub setup_of: SetupOf,
    /// Takes what happens.
    pub door: Arc<dyn LineDoor>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// PINs that were tried, shared by all lines of the process.
    pub pins: Arc<TriedPins>,
    /// Encodes and decodes PDUs and USSD.
    pub codec: Codec,
}

/// How a line stands right now, for the list of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which line; empty strings until the modem has told.
    pub key: LineKey,
    /// How it fares.
    pub health: LineHealth,
    /// Baud rate at which it answered.
    pub baud: Option<u32>,
}

/// A running line. Dropping it stops the thread; what was in flight resolves first.
pub struct LineHandle { /* private */ }

/// Starts a line on its own thread. Returns at once; the first report comes through the door.
///
/// # Errors
/// The operating system gives no thread or no descriptor.
pub fn start(start: LineStart) -> std::io::Result<LineHandle>;

impl LineHandle {
    /// Hands one SMS-SUBMIT to the line, in call order. `ticket` is the caller's name for it, given back by
    /// `LineDoor::late_result`. Resolves within 65 s.
    pub fn submit(&self, part: SubmitPart, ticket: u64) -> BoxFuture<'static, Submitted>;
    /// Starts a USSD dialogue, or answers an open one. Resolves within 65 s.
    pub fn ussd(&self, text: &str) -> BoxFuture<'static, Result<UssdReply, LineError>>;
    /// Ends an open USSD dialogue.
    pub fn ussd_cancel(&self) -> BoxFuture<'static, Result<(), LineError>>;
    /// Sends one AT command and returns the lines of the answer, its final result last.
    pub fn command(&self, command: &str) -> BoxFuture<'static, Result<Vec<String>, LineError>>;
    /// Leaves quarantine, and looks at once whether an absent port is back.
    pub fn wake(&self);
    /// How it stands.
    pub fn standing(&self) -> Standing;
    /// Asks the thread to end; does not wait for it.
    pub fn stop(&self);
}
