//! One simulated modem: its settings, SIM, memories and faults. Bytes go in by [`Modem::take`], what it says gathers in
//! `out`; time and the network are given to it. It knows no port: `wire` moves the bytes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::at;
use super::fault::Faults;
use super::identity::{self, Card};
use super::net::{Event, Net, Stamps};
use super::profile::Profile;
use super::storage::Stores;
use super::ussd::Menus;

/// What a port that nobody reads may gather; more is dropped, as a modem's own buffer does.
const OUT_OCTETS_MAX: usize = 256 * 1024;
/// Input that waits while the modem is busy.
const INPUT_OCTETS_MAX: usize = 64 * 1024;

/// Registration in the network (`+CREG`, 3GPP TS 27.007 section 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Not registered, not searching.
    None,
    /// Registered at home.
    Home,
    /// Searching.
    Searching,
    /// Denied.
    Denied,
    /// Registered abroad.
    Roaming,
}

impl Registration {
    /// `<stat>` of `+CREG`.
    pub(super) fn stat(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Home => 1,
            Self::Searching => 2,
            Self::Denied => 3,
            Self::Roaming => 5,
        }
    }

    /// Takes messages.
    pub(super) fn usable(self) -> bool {
        matches!(self, Self::Home | Self::Roaming)
    }
}

/// The lock of a SIM.
pub(super) struct Lock {
    pub pin: Option<String>,
    pub open: bool,
    pub pin_tries: u8,
    pub puk_tries: u8,
}

/// Where incoming messages go (`AT+CNMI`, 3GPP TS 27.005 section 3.4.1).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Routing {
    pub mode: u8,
    pub mt: u8,
    pub bm: u8,
    pub ds: u8,
    pub bfr: u8,
}

/// What the commands set. Gone when the power goes.
pub(super) struct Settings {
    pub echo: bool,
    pub verbose: bool,
    pub cmee: u8,
    pub pdu_mode: bool,
    pub csms: u8,
    pub routing: Routing,
    pub charset: &'static str,
    pub creg: u8,
    pub cereg: u8,
    pub clip: bool,
    pub cmms: u8,
    pub radio: u8,
    pub ussd_mode: u8,
}

impl Settings {
    fn power_on() -> Self {
        Self {
            echo: true,
            verbose: true,
            cmee: 0,
            pdu_mode: false,
            csms: 0,
            routing: Routing::default(),
            charset: "GSM",
            creg: 0,
            cereg: 0,
            clip: false,
            cmms: 0,
            radio: 1,
            ussd_mode: 1,
        }
    }
}

/// A message or report that the network holds for this SIM: the TPDU without service centre address.
pub(super) struct Incoming {
    pub tpdu: Vec<u8>,
    pub report: bool,
}

/// What the modem expects next.
pub(super) enum Mode {
    Commands,
    /// PDU up to Ctrl-Z, of a `CMGS` with this length.
    Prompt {
        length: usize,
        stamps: Stamps,
    },
}

pub(super) struct Modem {
    pub index: usize,
    pub profile: &'static Profile,
    pub imei: String,
    pub card: Option<Card>,
    /// Cards that were in it: a swap takes the next.
    pub card_number: u32,
    pub lock: Lock,
    pub smsc: String,
    pub set: Settings,
    pub stores: Stores,
    pub waiting: VecDeque<Incoming>,
    /// Given to the station, not acknowledged yet.
    pub unacknowledged: Option<(u64, Incoming)>,
    pub registration: Registration,
    pub signal: u8,
    pub menus: Menus,
    pub faults: Faults,
    pub next_reference: u8,
    pub delay: Duration,
    pub report_delay: Duration,
    /// TP-ST of the reports about messages sent from here.
    pub report_status: u8,
    pub ringing: bool,
    pub plugged: bool,
    /// Counts the times it had power: what belonged to an older time is dropped.
    pub session: u32,
    /// The network has not answered the last `CMGS` yet.
    pub busy: bool,
    pub sim_busy_until: Option<Instant>,
    pub mode: Mode,
    input: VecDeque<u8>,
    line: Vec<u8>,
    pub answer: String,
    pub out: Vec<u8>,
}

impl Modem {
    pub fn new(index: usize, number: u32, profile: &'static Profile, delay: Duration, slots: usize) -> Self {
        let card = Card::new(number);
        Self {
            index,
            profile,
            imei: identity::imei(profile.tac, number),
            smsc: card.operator.smsc.to_owned(),
            card: Some(card),
            card_number: number,
            lock: Lock { pin: None, open: true, pin_tries: 3, puk_tries: 10 },
            set: Settings::power_on(),
            stores: Stores::new(slots),
            waiting: VecDeque::new(),
            unacknowledged: None,
            registration: Registration::Home,
            signal: 20,
            menus: Menus::new(number),
            faults: Faults::default(),
            next_reference: 0,
            delay,
            report_delay: Duration::from_millis(500),
            report_status: 0,
            ringing: false,
            plugged: true,
            session: 0,
            busy: false,
            sim_busy_until: None,
            mode: Mode::Commands,
            input: VecDeque::new(),
            line: Vec::new(),
            answer: String::new(),
            out: Vec::new(),
        }
    }

    /// Digits of its number, when a SIM is in it.
    pub fn msisdn(&self) -> Option<&str> {
        self.card.as_ref().map(|card| card.msisdn.as_str())
    }

    /// A SIM is in it and open.
    pub fn sim_ready(&self) -> bool {
        self.card.is_some() && self.lock.open
    }

    /// Power goes. What the network has accepted stays accepted.
    pub fn power_off(&mut self) {
        self.plugged = false;
        self.session += 1;
        self.input.clear();
        self.line.clear();
        self.out.clear();
        self.answer.clear();
        self.mode = Mode::Commands;
        self.busy = false;
        self.ringing = false;
        if let Some((_, incoming)) = self.unacknowledged.take() {
            self.waiting.push_front(incoming);
        }
    }

    /// The station has closed the port: a modem on USB falls back to its command line, one on a bare UART does not notice.
    pub fn port_closed(&mut self) {
        self.input.clear();
        self.line.clear();
        if self.profile.name != "wavecom" {
            self.mode = Mode::Commands;
        }
    }

    /// Power comes back: all settings are as they leave the factory.
    pub fn power_on(&mut self, net: &mut Net) {
        self.plugged = true;
        self.set = Settings::power_on();
        self.lock.open = self.lock.pin.is_none();
        self.faults.powered_on();
        if self.profile.sim_busy_ms > 0 {
            self.sim_busy_until = Some(net.now + Duration::from_millis(self.profile.sim_busy_ms));
        }
        for line in self.profile.boot {
            self.say(line);
        }
        self.pump(net);
    }

    /// Takes bytes from the port.
    pub fn take(&mut self, bytes: &[u8], net: &mut Net) {
        if self.input.len() + bytes.len() <= INPUT_OCTETS_MAX {
            self.input.extend(bytes);
        }
        self.work(net);
    }

    /// Works off what has come in, until the network keeps it busy.
    pub fn work(&mut self, net: &mut Net) {
        while !self.busy && self.plugged {
            let Some(byte) = self.input.pop_front() else { break };
            if self.faults.input_ends() {
                net.unplug.push(self.index);
                self.power_off();
                break;
            }
            if self.set.echo && !self.faults.mute {
                self.push_out(&[byte]);
            }
            match self.mode {
                Mode::Commands => self.command_byte(byte, net),
                Mode::Prompt { .. } => self.prompt_byte(byte, net),
            }
        }
    }

    fn command_byte(&mut self, byte: u8, net: &mut Net) {
        match byte {
            b'\r' => {
                let line = std::mem::take(&mut self.line);
                at::line(self, &line, net);
            }
            b'\n' | 0x1A => {}
            0x1B => self.line.clear(),
            0x08 | 0x7F => drop(self.line.pop()),
            other if self.line.len() < 1024 => self.line.push(other),
            _ => {}
        }
    }

    fn prompt_byte(&mut self, byte: u8, net: &mut Net) {
        match byte {
            0x1A => {
                let pdu = std::mem::take(&mut self.line);
                if let Mode::Prompt { length, stamps } = std::mem::replace(&mut self.mode, Mode::Commands) {
                    super::submit::pdu(self, length, stamps, &pdu, net);
                }
            }
            0x1B => {
                self.line.clear();
                self.mode = Mode::Commands;
                self.say("OK");
            }
            other if self.line.len() < 1024 => self.line.push(other),
            _ => {}
        }
    }

    /// Says a line unasked.
    pub fn say(&mut self, line: &str) {
        if !self.faults.mute {
            self.push_out(format!("\r\n{line}\r\n").as_bytes());
        }
    }

    /// Adds a line to the answer of the running command.
    pub fn reply(&mut self, line: &str) {
        self.answer.push_str("\r\n");
        self.answer.push_str(line);
        self.answer.push_str("\r\n");
    }

    /// Ends the answer of the running command with its final result.
    pub fn finish(&mut self, result: &str) {
        self.reply(result);
        let answer = std::mem::take(&mut self.answer);
        if let Some(said) = self.faults.on_answer(answer) {
            self.push_out(said.as_bytes());
        }
    }

    pub fn push_out(&mut self, bytes: &[u8]) {
        if !self.plugged || self.out.len() + bytes.len() > OUT_OCTETS_MAX {
            return;
        }
        match self.faults.cut_out(bytes.len()) {
            None => self.out.extend_from_slice(bytes),
            Some(rest) => self.out.extend_from_slice(&bytes[..rest]),
        }
    }

    /// The network's answer to a `CMGS` came, or never will.
    pub fn idle_again(&mut self, net: &mut Net) {
        self.busy = false;
        self.work(net);
    }

    /// Something of this modem's timers is due.
    pub fn on_event(&mut self, event: Event, net: &mut Net) {
        match event {
            Event::Final { seq, reference, late } => {
                super::submit::accepted(self, seq, reference, net);
                if !late {
                    self.idle_again(net);
                }
            }
            Event::Idle => self.idle_again(net),
            Event::Refuse(code) => {
                self.finish(&format!("+CMS ERROR: {code}"));
                self.idle_again(net);
            }
            Event::Arrive(incoming) => {
                self.waiting.push_back(incoming);
                self.pump(net);
            }
            Event::Unacknowledged(token) => self.not_acknowledged(token, net),
            Event::Say(line) => self.say(&line),
            Event::Storm { left, every } => {
                self.say("^RSSI:17");
                if left > 1 {
                    net.after(self, every, Event::Storm { left: left - 1, every });
                }
            }
            Event::Ring { left, caller } => self.ring(left, caller, net),
            Event::Ussd { state, text } => self.ussd_says(state, &text),
            Event::Loopback { .. } => {}
        }
    }

    fn ring(&mut self, left: u32, caller: String, net: &mut Net) {
        if !self.ringing {
            return;
        }
        self.say("RING");
        if self.set.clip {
            let line = match caller.as_str() {
                "" => "+CLIP: \"\",128,,,,1".to_owned(),
                number => {
                    let kind = if number.starts_with('+') { 145 } else { 129 };
                    format!("+CLIP: \"{number}\",{kind},\"\",0,\"\",0")
                }
            };
            self.say(&line);
        }
        if left > 1 {
            net.after(self, Duration::from_secs(3), Event::Ring { left: left - 1, caller });
        } else {
            self.ringing = false;
            self.say("NO CARRIER");
        }
    }
}
