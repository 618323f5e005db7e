//! The port between the queue and the modems: `app` decides what leaves by which SIM, `modem` speaks to the hardware.
//! A line is a SIM in a modem; it is named by what the network knows (IMEI and ICCID), never by the port it is plugged into.

use std::fmt;

use super::{BoxFuture, NotDurable};
use crate::phone::Destination;
use crate::secret::Secret;
use crate::sms::text::Alphabet;
use crate::time::UnixMs;

/// A line: one SIM in one modem.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineKey {
    /// Serial number of the modem, 15 digits (3GPP TS 23.003, section 6.2.1). A modem that will not tell has one made
    /// of its USB serial number, `usb:…`.
    pub imei: String,
    /// Serial number of the SIM, up to 20 digits (ITU-T E.118). Empty: no SIM, or one that is locked by its PIN.
    pub iccid: String,
}

impl fmt::Debug for LineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = |text: &str| text.get(text.len().saturating_sub(4)..).unwrap_or("").to_owned();
        write!(f, "LineKey(imei …{}, iccid …{})", tail(&self.imei), tail(&self.iccid))
    }
}

/// Number of a part within its concatenated message (3GPP TS 23.040, sections 9.2.3.24.1 and 9.2.3.24.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concat {
    /// Reference, the same in all parts.
    pub reference: u16,
    /// The reference takes 16 bits; otherwise 8.
    pub wide: bool,
    /// How many parts, 2 to 255.
    pub total: u8,
    /// Which one, 1 to `total`.
    pub sequence: u8,
}

/// One SMS-SUBMIT: a whole message or one part of it.
#[derive(Clone)]
pub struct SubmitPart {
    /// Who gets it.
    pub to: Destination,
    /// Text of this part, not more than fits.
    pub text: Secret<String>,
    /// How it is coded.
    pub alphabet: Alphabet,
    /// Its place in a concatenated message.
    pub concat: Option<Concat>,
    /// Message class 0: shown at once, not stored by the phone.
    pub flash: bool,
    /// The network may try this many minutes (relative TP-VP, 3GPP TS 23.040 section 9.2.3.12.1); rounded up to what
    /// the field can say. `None`: the network's own.
    pub validity_minutes: Option<u32>,
    /// Ask for a status report (TP-SRR).
    pub status_report: bool,
    /// More parts of the same message follow at once: the modem may keep the radio link (`AT+CMMS`).
    pub more_follow: bool,
}

impl fmt::Debug for SubmitPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmitPart")
            .field("alphabet", &self.alphabet)
            .field("concat", &self.concat)
            .field("flash", &self.flash)
            .finish_non_exhaustive()
    }
}

/// Whom an error concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This message only: another line would say the same.
    Message,
    /// This line (SIM, balance, service centre): another line may succeed.
    Line,
    /// The network now: the same line may succeed later.
    Network,
}

/// What became of one SMS-SUBMIT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// The network took it. The message reference (TP-MR) that reports will carry.
    Sent {
        /// TP-MR, 0 to 255.
        reference: u8,
    },
    /// It certainly did not leave.
    Refused {
        /// Whom the error concerns.
        scope: Scope,
        /// Trying again later can help.
        temporary: bool,
        /// `+CMS ERROR` or `+CME ERROR` number, when one was given.
        code: Option<u16>,
        /// A sentence: what the modem said and what it means. Never any text or number of the message.
        why: String,
    },
    /// It may have left: the final result was lost, or says nothing (silence, 332, 500, unplugged after Ctrl-Z).
    InDoubt {
        /// A sentence on why.
        why: String,
    },
}

/// How a line fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineHealth {
    /// Being opened or initialised.
    Starting,
    /// Registered, takes messages.
    Ready,
    /// Answers, but is not registered in a network (searching, denied, no coverage).
    Searching,
    /// No SIM in it.
    NoSim,
    /// The SIM wants a PIN that was not given.
    PinWanted,
    /// The given PIN was wrong; it is not tried again.
    PinWrong,
    /// The SIM is locked by too many wrong PINs.
    PukWanted,
    /// Does not answer; the recovery ladder is at work.
    Recovering,
    /// Given up for now; tried again from time to time.
    Quarantined,
    /// Another program holds the port.
    PortTaken,
    /// Not plugged in.
    Absent,
    /// Switched off by the operator.
    Off,
}

/// A line as it is now. The modem side sends a whole one whenever something a person could notice has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReport {
    /// Which line.
    pub key: LineKey,
    /// Where it is plugged in, for people: `/dev/ttyUSB2`, `COM5`, `tcp:127.0.0.1:4101`.
    pub port: String,
    /// How it fares.
    pub health: LineHealth,
    /// A sentence: the last trouble and the next step. Empty when all is well.
    pub trouble: String,
    /// Manufacturer (`AT+CGMI`).
    pub maker: String,
    /// Model (`AT+CGMM`).
    pub model: String,
    /// Firmware (`AT+CGMR`).
    pub firmware: String,
    /// IMSI, up to 15 digits; empty when not known.
    pub imsi: String,
    /// The SIM's own number, when it knows it (`AT+CNUM`).
    pub msisdn: String,
    /// Service centre address (`AT+CSCA`).
    pub smsc: String,
    /// Operator's name (`AT+COPS?`).
    pub operator: String,
    /// In a foreign network.
    pub roaming: bool,
    /// Signal in dBm, −113 to −51 (3GPP TS 27.007 section 8.5); `None`: not known.
    pub signal_dbm: Option<i16>,
    /// Messages in the SIM's and the modem's memory, and how many fit.
    pub storage: Option<(u32, u32)>,
    /// Tries of the PIN that are left, when the modem tells.
    pub pin_tries: Option<u8>,
    /// Baud rate, when the port has one.
    pub baud: Option<u32>,
    /// Recovery steps taken since it was plugged in.
    pub recoveries: u32,
}

impl LineReport {
    /// A line of which nothing more is known than this.
    #[must_use]
    pub fn unknown(imei: String, port: String, health: LineHealth) -> Self {
        Self {
            key: LineKey { imei, iccid: String::new() },
            port,
            health,
            trouble: String::new(),
            maker: String::new(),
            model: String::new(),
            firmware: String::new(),
            imsi: String::new(),
            msisdn: String::new(),
            smsc: String::new(),
            operator: String::new(),
            roaming: false,
            signal_dbm: None,
            storage: None,
            pin_tries: None,
            baud: None,
            recoveries: 0,
        }
    }
}

/// One short message or report that came in, as the modem gave it.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundSms {
    /// The line it came by.
    pub key: LineKey,
    /// When the station got it.
    pub at: UnixMs,
    /// What it is.
    pub content: InboundContent,
    /// SHA-256 over the raw PDU, for finding repeats.
    pub pdu_hash: [u8; 32],
}

impl fmt::Debug for InboundSms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundSms").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What came in.
#[derive(Clone, PartialEq, Eq)]
pub enum InboundContent {
    /// A message (SMS-DELIVER) or a part of one.
    Deliver {
        /// Who sent it: digits with `+` for international, or letters.
        sender: String,
        /// Its text; 8-bit content as hexadecimal digits.
        text: Secret<String>,
        /// The content is 8-bit data and `text` its hexadecimal form.
        binary: bool,
        /// Its place in a concatenated message.
        concat: Option<Concat>,
        /// Service centre time stamp; `None`: an impossible one.
        smsc_at: Option<UnixMs>,
        /// Message class 0.
        flash: bool,
    },
    /// A status report (SMS-STATUS-REPORT).
    Report {
        /// TP-MR of the message it is about.
        reference: u8,
        /// Who should have got it, as reported.
        recipient: String,
        /// TP-ST (3GPP TS 23.040 section 9.2.3.15).
        status: u8,
        /// When it reached the phone or was given up (TP-DT).
        at: Option<UnixMs>,
    },
    /// A PDU that could not be read: kept as it is.
    Unreadable {
        /// Hexadecimal digits as the modem gave them, at most 1,024.
        pdu: Secret<String>,
        /// What is wrong with it.
        why: String,
    },
}

/// State of a USSD dialogue after a reply (`+CUSD: <m>`, 3GPP TS 27.007 section 7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UssdState {
    /// m = 0: done.
    Done,
    /// m = 1: the network waits for an answer.
    Answerable,
    /// m = 2: ended by the network.
    Ended,
    /// m = 3: another local client has answered.
    Elsewhere,
    /// m = 4: not supported.
    Unsupported,
    /// m = 5: network time out.
    TimedOut,
}

/// A USSD reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UssdReply {
    /// State of the dialogue.
    pub state: UssdState,
    /// What the network says, decoded.
    pub text: String,
}

/// Why something asked of a line was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// No such line is plugged in.
    #[error("this line is not plugged in")]
    Absent,
    /// It is plugged in but cannot do it now.
    #[error("the line cannot do this now: {0}")]
    NotReady(String),
    /// The modem or the network refused.
    #[error("the modem says: {0}")]
    Refused(String),
    /// No reply within the deadline, milliseconds.
    #[error("no reply within {0} ms")]
    Timeout(u64),
}

/// What the operator has set for a modem; matched by IMEI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSetup {
    /// The modem.
    pub imei: String,
    /// Open and use it.
    pub active: bool,
    /// PIN of the SIM. Tried once per SIM.
    pub pin: Option<Secret<String>>,
    /// Service centre to set instead of the SIM's own: digits with optional `+`.
    pub smsc: String,
    /// Baud rate; 0: found by trying.
    pub baud: u32,
    /// Parity: `none`, `even`, `odd`.
    pub parity: String,
    /// Data bits, 5 to 8.
    pub data_bits: u8,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
    /// Commands sent after the initialisation, without `AT`.
    pub init: Vec<String>,
}

/// What a look at one port showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortFound {
    /// Path or name.
    pub port: String,
    /// `vendor:product` of the USB device, hexadecimal; empty: no USB device.
    pub usb: String,
    /// What it says it is.
    pub product: String,
    /// Surely a modem by its USB ids: opened without asking.
    pub surely_modem: bool,
    /// The line found on it, when it is in use.
    pub line: Option<LineKey>,
    /// Baud rate at which it answered.
    pub baud: Option<u32>,
    /// What a person should know: "in use by ModemManager; …", "does not answer AT".
    pub note: String,
}

/// The modems. Implemented by `modem`.
pub trait Lines: Send + Sync + 'static {
    /// Hands one SMS-SUBMIT to a line, in call order. `ticket` is the queue's name for it, given back by
    /// [`LineDoor::late_result`]. Resolves with what became of it; within 65 s at the latest.
    /// A line that is absent or not ready refuses with [`Scope::Line`], temporary.
    fn submit(&self, line: &LineKey, part: SubmitPart, ticket: u64) -> BoxFuture<'static, Submitted>;
    /// Starts a USSD dialogue, or answers an open one. Resolves within 60 s.
    fn ussd(&self, line: &LineKey, text: &str) -> BoxFuture<'static, Result<UssdReply, LineError>>;
    /// Ends an open USSD dialogue.
    fn ussd_cancel(&self, line: &LineKey) -> BoxFuture<'static, Result<(), LineError>>;
    /// Sends one AT command for an administrator and returns the lines of the answer, its final result last.
    fn command(&self, line: &LineKey, command: &str) -> BoxFuture<'static, Result<Vec<String>, LineError>>;
    /// Replaces what the operator has set. Lines whose setup changed are opened anew.
    fn configure(&self, setups: Vec<LineSetup>);
    /// Looks at every port there is. `probe` also opens those that are not surely modems; only on a person's word.
    fn detect(&self, probe: Vec<String>) -> BoxFuture<'static, Vec<PortFound>>;
    /// Lets the held traffic of a line start again from scratch: leaves quarantine at once.
    fn wake(&self, line: &LineKey);
}

/// Where the modems hand what happens. Implemented by `app`. Called from line threads.
pub trait LineDoor: Send + Sync + 'static {
    /// A line changed. Never blocks.
    fn line_changed(&self, report: LineReport);
    /// Something came in. Resolves once it is committed; only then may it be acknowledged and deleted.
    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>>;
    /// Somebody calls the line. `caller` is empty when withheld.
    fn called(&self, key: &LineKey, caller: &str, at: UnixMs);
    /// A final result came after its deadline: the message in doubt had left with this reference.
    fn late_result(&self, key: &LineKey, ticket: u64, reference: u8);
    /// A USSD text came that nobody waited for (late or pushed by the network).
    fn ussd_pushed(&self, key: &LineKey, reply: UssdReply);
}
