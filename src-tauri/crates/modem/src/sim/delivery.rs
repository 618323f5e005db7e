//! Messages and reports on their way in: straight to the station or into a memory, as `AT+CNMI` says, and the
//! acknowledgement under `AT+CSMS=1` (3GPP TS 27.005, sections 3.4.1 and 3.4.4).

use std::time::Duration;

use super::modem::{Incoming, Modem};
use super::net::{Event, Net};
use crate::pdu::octets::to_hex;

/// How long the station may take to acknowledge; then the network tries again later and the modem stops handing over.
const ACKNOWLEDGE: Duration = Duration::from_secs(15);

impl Modem {
    /// A service centre address and the TPDU, as modems print PDUs.
    pub fn printed(&self, tpdu: &[u8]) -> String {
        let digits = self.card.as_ref().map_or("", |card| card.operator.smsc.trim_start_matches('+'));
        let mut swapped = String::new();
        for pair in digits.as_bytes().chunks(2) {
            swapped.push(pair.get(1).map_or('F', |&digit| char::from(digit)));
            swapped.push(char::from(pair[0]));
        }
        format!("{:02X}91{swapped}{}", swapped.len() / 2 + 1, to_hex(tpdu))
    }

    /// Hands over what the network holds, as far as settings and room allow.
    pub fn pump(&mut self, net: &mut Net) {
        while self.plugged
            && self.registration.usable()
            && self.set.radio == 1
            && self.sim_ready()
            && self.unacknowledged.is_none()
        {
            let Some(incoming) = self.waiting.pop_front() else { break };
            let routing = self.set.routing;
            let route = if incoming.report { routing.ds } else { routing.mt };
            let left_over = match (incoming.report, route) {
                (true, 0) => None,
                (true, 1) | (false, 2 | 3) => self.hand_over(incoming, net),
                (true, _) => self.store(incoming, "+CDSI", true),
                (false, route) => self.store(incoming, "+CMTI", route == 1),
            };
            if let Some(incoming) = left_over {
                self.waiting.push_front(incoming);
                break;
            }
        }
    }

    fn hand_over(&mut self, incoming: Incoming, net: &mut Net) -> Option<Incoming> {
        if self.set.routing.mode == 0 {
            return Some(incoming);
        }
        let (length, pdu) = (incoming.tpdu.len(), self.printed(&incoming.tpdu));
        let head = if incoming.report { format!("+CDS: {length}") } else { format!("+CMT: ,{length}") };
        self.say(&format!("{head}\r\n{pdu}"));
        if self.set.csms == 1 {
            let token = net.ticket();
            self.unacknowledged = Some((token, incoming));
            net.after(self, ACKNOWLEDGE, Event::Unacknowledged(token));
        }
        None
    }

    fn store(&mut self, incoming: Incoming, word: &str, tell: bool) -> Option<Incoming> {
        let place = if incoming.report {
            self.stores.named(self.profile.report_memory).unwrap_or(0)
        } else {
            self.stores.chosen[2]
        };
        let name = self.stores.at(place).name;
        match self.stores.put(place, incoming) {
            Ok(index) => {
                if tell && self.set.routing.mode != 0 {
                    self.say(&format!("{word}: \"{name}\",{index}"));
                }
                None
            }
            Err(incoming) => {
                if self.profile.name == "huawei" {
                    self.say(&format!("^SMMEMFULL: \"{name}\""));
                }
                Some(incoming)
            }
        }
    }

    /// `AT+CNMA`: the station has it (`taken`) or refuses it.
    pub fn acknowledge(&mut self, taken: bool, net: &mut Net) -> Result<(), u16> {
        let Some((_, incoming)) = self.unacknowledged.take() else { return Err(340) };
        if !taken {
            self.waiting.push_back(incoming);
            self.stop_handing_over();
        }
        self.pump(net);
        Ok(())
    }

    /// No acknowledgement came in time.
    pub fn not_acknowledged(&mut self, token: u64, net: &mut Net) {
        if self.unacknowledged.as_ref().is_some_and(|(waiting, _)| *waiting == token)
            && let Some((_, incoming)) = self.unacknowledged.take()
        {
            self.waiting.push_front(incoming);
            self.stop_handing_over();
            self.pump(net);
        }
    }

    fn stop_handing_over(&mut self) {
        self.set.routing.mt = 0;
        // A report that nobody takes waits for the next routing instead of being thrown away.
        if self.set.routing.ds == 1 {
            self.set.routing.ds = 2;
        }
    }
}
