//! The line at work: takes orders and inbound messages in turn, checks now and then, and otherwise sleeps.

use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use gerai_core::port::lines::{LineError, LineHealth};

use super::driver::{Driver, Interrupted};
use super::orders::Order;
use crate::at::{CTRL_Z, Command, ESCAPE};

/// How long an administrator's command may take (`AT+COPS=?` looks for networks for a minute).
const CONSOLE: Duration = Duration::from_secs(60);
/// Longest command of an administrator, octets.
const CONSOLE_OCTETS_MAX: usize = 400;

impl Driver {
    /// Serves until interrupted.
    pub(super) fn serve(&mut self) -> Result<(), Interrupted> {
        self.serving = true;
        let mut orders_first = true;
        loop {
            if self.restarted {
                return Err(Interrupted::Restarted);
            }
            let worked = self.turn(orders_first)?;
            orders_first = !orders_first;
            let worked = self.chores()? || worked;
            self.publish();
            if worked {
                continue;
            }
            // Without its SIM nothing can be done about the stores, however overdue.
            let inbox = if self.is_usable() { self.inbox.due() } else { None };
            let until = [self.watch.due(), inbox].into_iter().flatten().min();
            self.wait(until)?;
        }
    }

    /// One order or one piece of inbound work, in turn, so that neither a flood of inbound messages nor a long queue holds
    /// up the other. `false`: there is neither.
    fn turn(&mut self, orders_first: bool) -> Result<bool, Interrupted> {
        if orders_first && self.order_step()? {
            return Ok(true);
        }
        if self.inbound_if_usable()? {
            return Ok(true);
        }
        Ok(!orders_first && self.order_step()?)
    }

    fn inbound_if_usable(&mut self) -> Result<bool, Interrupted> {
        if self.is_usable() { self.inbound_step() } else { Ok(false) }
    }

    /// The SIM is unlocked and the modem answers.
    fn is_usable(&self) -> bool {
        matches!(self.report.health, LineHealth::Ready | LineHealth::Searching)
    }

    /// What is due by the clock.
    fn chores(&mut self) -> Result<bool, Interrupted> {
        if std::mem::take(&mut self.cancel_ussd) {
            self.chat(Command::new("AT+CUSD=2"))?;
            return Ok(true);
        }
        if self.unsynced {
            // At once, not before the next order: that one must not wait for it.
            self.resync()?;
            return Ok(true);
        }
        if self.watch.sim_changed() {
            self.check_sim()?;
            return Ok(true);
        }
        let now = self.now();
        if self.watch.due().is_some_and(|at| at <= now) {
            if !self.is_usable() {
                self.check_sim()?;
            }
            self.check_health()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn order_step(&mut self) -> Result<bool, Interrupted> {
        match self.orders.try_recv() {
            Ok(Order::Submit { part, ticket, back }) => {
                let (outcome, interruption) = self.submit(&part, ticket);
                drop(back.send(outcome));
                interruption.map_or(Ok(true), Err)
            }
            Ok(Order::Ussd { text, back }) => self.ussd(&text, back).map(|()| true),
            Ok(Order::UssdCancel { back }) => {
                let answer = self.ussd_cancel()?;
                drop(back.send(answer));
                Ok(true)
            }
            Ok(Order::Command { text, back }) => {
                let answer = self.console(&text)?;
                drop(back.send(answer));
                Ok(true)
            }
            Ok(Order::Wake) => Ok(true),
            Err(TryRecvError::Empty) => Ok(false),
            Err(TryRecvError::Disconnected) => Err(Interrupted::Stopped),
        }
    }

    fn console(&mut self, text: &str) -> Result<Result<Vec<String>, LineError>, Interrupted> {
        let text = text.trim();
        let forbidden = [CTRL_Z, ESCAPE, b'\r', b'\n', 0];
        if text.len() > CONSOLE_OCTETS_MAX || text.bytes().any(|byte| forbidden.contains(&byte)) {
            let why = "a command is one line of at most 400 characters".to_owned();
            return Ok(Err(LineError::Refused(why)));
        }
        let upper = text.to_ascii_uppercase();
        if !upper.starts_with("AT") {
            return Ok(Err(LineError::Refused("a command begins with AT".to_owned())));
        }
        // They end in a prompt or in a data call, out of which this console has no way.
        let dialogue = ["AT+CMGS", "AT+CMGW", "AT+CMGC", "ATD", "ATO"];
        if dialogue.iter().any(|start| upper.starts_with(start)) {
            return Ok(Err(LineError::Refused("this command is not for the console".to_owned())));
        }
        let reply = self.chat(Command::console(text).within(CONSOLE))?;
        // Whatever was set by hand: the store that is read is asked for anew.
        self.inbox.memory = None;
        Ok(match reply.result {
            Some(result) => {
                let mut lines = reply.lines;
                lines.push(result.shown());
                Ok(lines)
            }
            None => Err(LineError::Timeout(super::driver::millis(CONSOLE))),
        })
    }
}
