//! What a test, a benchmark or a person can make a simulated modem do: faults, incoming messages, calls, USSD scripts.
//! The control channel reads these from text (`control`), tests give them as they are.

use std::time::Duration;

use super::identity::Card;
use super::modem::{Incoming, Modem, Registration};
use super::net::{Event, Net};
use super::tpdu;

/// Something to do to one simulated modem. Counted faults strike that many times and are over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Hear everything, say nothing.
    Mute(bool),
    /// Do not read the port.
    Hang(bool),
    /// Say this many bytes of rubbish now.
    Garbage(usize),
    /// Say `^RSSI:17` this often, every so many ms.
    Storm {
        /// How often.
        count: u32,
        /// Milliseconds between two.
        every_ms: u64,
    },
    /// Refuse the next submits with `+CMS ERROR: <code>`.
    Refuse {
        /// How many.
        count: u32,
        /// Number of 3GPP TS 27.005, section 3.2.5.
        code: u16,
    },
    /// Send the next messages but give no final result.
    LostFinal(u32),
    /// Send the next messages and give the final result so many ms later than the network.
    LateFinal {
        /// How many.
        count: u32,
        /// Milliseconds.
        ms: u64,
    },
    /// Take the next PDUs without having given the prompt.
    NoPrompt(u32),
    /// Give the answers of the next commands only before the answer of the one after.
    Shift(u32),
    /// Fail the next `AT+CMGD`.
    FailDelete(u32),
    /// Take the port away.
    Unplug,
    /// Give it back, by another name unless `same`.
    Replug {
        /// By the name it had.
        same: bool,
    },
    /// Take the port away when this many more bytes have come in.
    UnplugAtInput(u64),
    /// Take the port away when this many more bytes have been said.
    UnplugAtOutput(u64),
    /// All memories are full.
    Full(bool),
    /// Lock the SIM with this PIN, or take the lock off.
    Pin(Option<String>),
    /// Set how many tries of the PIN are left; 0: the PUK is wanted.
    PinTries(u8),
    /// Be registered so.
    Registration(Registration),
    /// Signal as `AT+CSQ` tells it: 0 to 31, or 99.
    Signal(u8),
    /// The network answers a submit after this many ms.
    Delay(u64),
    /// Status reports come this many ms after that.
    ReportDelay(u64),
    /// TP-ST of the next reports (3GPP TS 23.040, section 9.2.3.15).
    ReportStatus(u8),
    /// Have this serial number.
    Imei(String),
    /// Have another SIM.
    SwapCard,
    /// Have the SIM of this number, as the modem of this number has at first; at the next plugging in.
    Card(u32),
    /// Have no SIM.
    RemoveCard,
    /// Get a message.
    Sms {
        /// Sender: digits with optional `+`, or letters.
        from: String,
        /// Its text; cut into parts where it has to be.
        text: String,
    },
    /// Get this SMS-DELIVER or SMS-STATUS-REPORT: hexadecimal digits without service centre address.
    Pdu(String),
    /// Be called. Empty: number withheld.
    Call {
        /// Who calls.
        from: String,
        /// How often it rings, every 3 s.
        rings: u32,
    },
    /// Answer a USSD path: the code, then the answers given, joined by `>`.
    Ussd {
        /// The path.
        path: String,
        /// `<m>` of `+CUSD`: 0 done, 1 waits for an answer, 2 ended by the network.
        state: u8,
        /// What the network says.
        text: String,
    },
    /// The network pushes a USSD text.
    UssdPush(String),
    /// Say this line unasked.
    Say(String),
}

impl Modem {
    /// Does it, or says why not.
    pub fn order(&mut self, order: Order, net: &mut Net) -> Result<(), String> {
        match order {
            Order::Mute(on) => self.faults.mute = on,
            Order::Hang(on) => self.faults.hang = on,
            Order::Garbage(count) => {
                let rubbish: Vec<u8> = (0..count).map(|n| (n * 73 + 129).to_le_bytes()[0]).collect();
                self.push_out(&rubbish);
            }
            Order::Storm { count, every_ms } => {
                let every = Duration::from_millis(every_ms);
                if count > 0 {
                    net.after(self, Duration::ZERO, Event::Storm { left: count, every });
                }
            }
            Order::Refuse { count, code } => self.faults.refuse = (count, code),
            Order::LostFinal(count) => self.faults.lost_final = count,
            Order::LateFinal { count, ms } => self.faults.late_final = (count, ms),
            Order::NoPrompt(count) => self.faults.no_prompt = count,
            Order::Shift(count) => self.faults.shift = count,
            Order::FailDelete(count) => self.faults.keep = count,
            Order::Unplug => {
                self.power_off();
                net.unplug.push(self.index);
            }
            Order::Replug { same } => net.replug.push((self.index, same)),
            Order::UnplugAtInput(bytes) => self.faults.unplug_at_input = Some(bytes),
            Order::UnplugAtOutput(bytes) => self.faults.unplug_at_output = Some(bytes),
            Order::Full(on) => {
                self.stores.full = on;
                self.pump(net);
            }
            Order::Registration(registration) => self.register(registration, net),
            Order::Signal(signal) => self.signal(signal),
            Order::Delay(ms) => self.delay = Duration::from_millis(ms),
            Order::ReportDelay(ms) => self.report_delay = Duration::from_millis(ms),
            Order::ReportStatus(status) => self.report_status = status,
            Order::Imei(imei) => self.imei = imei,
            Order::Pin(_) | Order::PinTries(_) | Order::SwapCard | Order::Card(_) | Order::RemoveCard => {
                self.card_order(order, net)
            }
            Order::Sms { .. } | Order::Pdu(_) | Order::Call { .. } => return self.incoming_order(order, net),
            Order::Ussd { path, state, text } => self.menus.script(&path, state, &text),
            Order::UssdPush(text) => self.ussd_says(0, &text),
            Order::Say(line) => self.say(&line),
        }
        Ok(())
    }

    fn register(&mut self, registration: Registration, net: &mut Net) {
        self.registration = registration;
        if self.set.creg > 0 {
            self.say(&format!("+CREG: {}", registration.stat()));
        }
        if self.set.cereg > 0 {
            self.say(&format!("+CEREG: {}", registration.stat()));
        }
        self.pump(net);
    }

    fn signal(&mut self, signal: u8) {
        self.signal = signal;
        if self.profile.signal.is_some() {
            self.say(&format!("^RSSI:{signal}"));
        }
    }

    fn card_order(&mut self, order: Order, net: &mut Net) {
        match order {
            Order::Pin(pin) => {
                self.lock.open = pin.is_none();
                self.lock.pin = pin;
            }
            Order::PinTries(tries) => self.lock.pin_tries = tries,
            Order::SwapCard => {
                // Far from the numbers that other modems began with.
                self.other_card(self.card_number + 10_000);
                self.say("+CPIN: READY");
            }
            Order::Card(number) => self.other_card(number),
            Order::RemoveCard => {
                self.card = None;
                self.say("+CPIN: NOT READY");
            }
            _ => {}
        }
        self.pump(net);
    }

    fn other_card(&mut self, number: u32) {
        self.card_number = number;
        let card = Card::new(number);
        card.operator.smsc.clone_into(&mut self.smsc);
        self.card = Some(card);
        self.lock.pin = None;
        self.lock.open = true;
        self.stores.other_card();
        self.waiting.clear();
    }

    fn incoming_order(&mut self, order: Order, net: &mut Net) -> Result<(), String> {
        match order {
            Order::Sms { from, text } => {
                let reference = net.ticket().to_le_bytes()[0];
                let parts = tpdu::delivers(&from, &text, reference, net.clock.now());
                let parts = parts.ok_or("the text is too long, or no such sender can be")?;
                self.waiting.extend(parts.into_iter().map(|tpdu| Incoming { tpdu, report: false }));
            }
            Order::Pdu(hex) => {
                let tpdu = crate::pdu::octets::from_hex(&hex)
                    .ok()
                    .filter(|tpdu| !tpdu.is_empty() && tpdu.len() < 200);
                let tpdu = tpdu.ok_or("not the hexadecimal digits of a PDU")?;
                let report = tpdu[0] & 3 == 2;
                self.waiting.push_back(Incoming { tpdu, report });
            }
            Order::Call { from, rings } => {
                self.ringing = true;
                net.after(self, Duration::ZERO, Event::Ring { left: rings.max(1), caller: from });
            }
            _ => {}
        }
        self.pump(net);
        Ok(())
    }
}
