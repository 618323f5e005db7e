//! Initialisation: finds the modem awake, learns who it is, unlocks the SIM, and sets everything this station relies on.
//! What a modem refuses is tried in another way or done without; only a modem that does not answer is given up.

use std::time::Duration;

use gerai_core::port::lines::LineHealth;

use super::driver::{Driver, Interrupted};
use super::quirks::quirks;
use crate::at::{Command, ESCAPE};
use crate::port::{PortAddress, SerialSettings};
use crate::ussd::TeCharset;

/// How long a modem may take to answer the first `AT`, and how often it is asked.
const FIRST_ANSWER: Duration = Duration::from_millis(1_500);
const FIRST_TRIES: u32 = 3;
/// Speeds tried when none is set, after the usual one.
const SPEEDS: [u32; 6] = [9_600, 19_200, 38_400, 57_600, 230_400, 460_800];
/// Most commands of the operator's own that are sent, and their deadline.
const OWN_COMMANDS_MAX: usize = 32;
const OWN_COMMAND: Duration = Duration::from_secs(10);
/// How often a SIM that does not tell its ICCID is asked, a second apart.
const ICCID_TIMES: u32 = 3;
/// Switching the radio on takes some seconds.
const RADIO: Duration = Duration::from_secs(15);
/// How messages are announced when they may come directly (3GPP TS 27.005 section 3.4.1), best first.
const DIRECT: [&str; 2] = ["AT+CNMI=2,2,0,1,0", "AT+CNMI=1,2,0,1,0"];
/// How they are announced when they are stored first, best first: reports stored, reports directly, none.
const STORED: [&str; 7] = [
    "AT+CNMI=2,1,0,2,0",
    "AT+CNMI=1,1,0,2,0",
    // A report needs no acknowledgement in phase 2 without `+CSMS=1`; one lost in a crash leaves `sent`, no loss of text.
    "AT+CNMI=2,1,0,1,0",
    "AT+CNMI=1,1,0,1,0",
    "AT+CNMI=2,1,0,0,0",
    "AT+CNMI=1,1",
    "AT+CNMI=2,1",
];

impl Driver {
    /// Brings the modem into the state this station relies on.
    pub(super) fn initialise(&mut self) -> Result<(), Interrupted> {
        self.tell(LineHealth::Starting, "");
        self.find_awake()?;
        self.accepted("ATE0V1")?;
        self.accepted("AT+CMEE=1")?;
        self.learn_model()?;
        self.quirks = quirks(&self.report.maker, &self.report.model, &self.start.usb);
        for command in self.quirks.early {
            self.accepted(command)?;
        }
        self.learn_imei()?;
        if self.setup.as_ref().is_some_and(|setup| !setup.active) {
            return Err(Interrupted::Off);
        }
        self.switch_radio_on()?;
        self.learn_iccid()?;
        let locked = self.unlock()?;
        if let Some((health, trouble)) = locked {
            self.watch.start(self.now());
            self.tell(health, &trouble);
            return Ok(());
        }
        // The line's name hangs on it: a SIM that is not ready to tell is asked again.
        for _ in 0..ICCID_TIMES {
            if !self.report.key.iccid.is_empty() {
                break;
            }
            self.learn_iccid()?;
            if self.report.key.iccid.is_empty() {
                self.linger(1_000)?;
            }
        }
        self.learn_subscriber()?;
        self.set_messages()?;
        self.set_notices()?;
        self.own_commands()?;
        self.restarted = false;
        self.watch.start(self.now());
        self.check_health()?;
        self.inbox.sweep_soon();
        Ok(())
    }

    /// The first answer, at whatever speed it comes.
    fn find_awake(&mut self) -> Result<(), Interrupted> {
        if self.awake()? {
            return Ok(());
        }
        let serial = matches!(self.start.port, PortAddress::Serial(_));
        let given = self.setup.as_ref().is_some_and(|setup| setup.baud != 0);
        if serial && !given {
            for baud in SPEEDS {
                self.transport = None;
                self.settings.baud = baud;
                match self.ports.open(&self.start.port, self.settings) {
                    Ok(transport) => self.transport = Some(transport),
                    Err(error) => return Err(Interrupted::Gone(error.to_string())),
                }
                self.session = crate::at::Session::default();
                if self.awake()? {
                    return Ok(());
                }
            }
            self.settings.baud = SerialSettings::default().baud;
        }
        Err(Interrupted::Mute("the modem does not answer AT".to_owned()))
    }

    fn awake(&mut self) -> Result<bool, Interrupted> {
        for _ in 0..FIRST_TRIES {
            // A submission that an earlier run left open at its prompt would take all of this as text.
            self.send(&[ESCAPE])?;
            self.unsynced = false;
            let reply = self.chat(Command::new("AT").within(FIRST_ANSWER))?;
            if reply.is_ok() {
                let serial = matches!(self.start.port, PortAddress::Serial(_));
                self.report.baud = serial.then_some(self.settings.baud);
                return Ok(true);
            }
        }
        self.unsynced = false;
        Ok(false)
    }

    /// A modem left in flight mode has neither SIM nor network (3GPP TS 27.007 section 8.2).
    fn switch_radio_on(&mut self) -> Result<(), Interrupted> {
        let level = self.ask(Command::query("AT+CFUN?"))?.and_then(|line| crate::at::number::<u8>(&line, 0));
        if matches!(level, Some(0 | 4 | 7)) {
            self.patient(&Command::new("AT+CFUN=1").within(RADIO))?;
        }
        Ok(())
    }

    /// Text or PDU mode, stores, and how messages come in.
    fn set_messages(&mut self) -> Result<(), Interrupted> {
        self.accepted("AT+CMGF=0")?;
        self.direct = false;
        if self.quirks.direct {
            self.direct = self.accepted("AT+CSMS=1")?;
        }
        for stores in
            ["AT+CPMS=\"SM\",\"SM\",\"SM\"", "AT+CPMS=\"SM\",\"SM\"", "AT+CPMS=\"ME\",\"ME\",\"ME\""]
        {
            if self.accepted(stores)? {
                break;
            }
        }
        self.inbox.memory = None;
        self.announce()?;
        self.more_messages = self.accepted("AT+CMMS=0")?;
        self.set_smsc()
    }

    /// Tells the modem how messages are to come in.
    pub(super) fn announce(&mut self) -> Result<(), Interrupted> {
        if self.direct {
            for form in DIRECT {
                if self.accepted(form)? {
                    return Ok(());
                }
            }
            // Without direct delivery the acknowledgement of phase 2+ is not wanted either.
            self.direct = false;
            self.accepted("AT+CSMS=0")?;
        }
        for form in STORED {
            if self.accepted(form)? {
                return Ok(());
            }
        }
        "the modem does not announce messages; they are looked for every 5 minutes"
            .clone_into(&mut self.watch.note);
        Ok(())
    }

    fn set_smsc(&mut self) -> Result<(), Interrupted> {
        let wanted = self.setup.as_ref().map(|setup| setup.smsc.clone()).unwrap_or_default();
        if !wanted.is_empty() && wanted.chars().all(|c| c.is_ascii_digit() || c == '+') {
            let kind = if wanted.starts_with('+') { 145 } else { 129 };
            self.accepted(&format!("AT+CSCA=\"{wanted}\",{kind}"))?;
        }
        let line = self.ask(Command::query("AT+CSCA?"))?;
        self.report.smsc = line.map(|line| crate::at::text(&line, 0)).unwrap_or_default();
        Ok(())
    }

    /// USSD, registration, callers: none of them is needed for sending.
    fn set_notices(&mut self) -> Result<(), Interrupted> {
        // ASCII: in the GSM alphabet a text in quotes may hold octets 0 and line ends that mean letters.
        for (name, charset) in [("IRA", TeCharset::Ira), ("GSM", TeCharset::Gsm), ("UCS2", TeCharset::Ucs2)] {
            self.charset = charset;
            if self.accepted(&format!("AT+CSCS=\"{name}\""))? {
                break;
            }
        }
        for command in ["AT+COPS=3,0", "AT+CUSD=1", "AT+CREG=1", "AT+CEREG=1", "AT+CLIP=1"] {
            self.accepted(command)?;
        }
        Ok(())
    }

    fn own_commands(&mut self) -> Result<(), Interrupted> {
        let own = self.setup.as_ref().map(|setup| setup.init.clone()).unwrap_or_default();
        for command in own.iter().take(OWN_COMMANDS_MAX) {
            let body = command.trim();
            let clean =
                !body.is_empty() && body.len() <= 200 && body.bytes().all(|byte| (32..127).contains(&byte));
            if !clean {
                continue;
            }
            let reply = self.patient(&Command::console(format!("AT{body}")).within(OWN_COMMAND))?;
            if !reply.is_ok() {
                "a command of the modem's settings was refused".clone_into(&mut self.watch.note);
            }
        }
        Ok(())
    }
}
