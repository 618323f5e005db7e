//! How the line fares: registration, signal, operator, stores. Notifications come at once; a check once a minute finds
//! what a modem does not say. Small movements of the signal are no news.

use std::time::Duration;

use gerai_core::port::lines::LineHealth;

use super::driver::{Driver, Interrupted, millis};
use crate::at::{Command, fields, number};

/// Between two checks.
const CHECK: Duration = Duration::from_secs(60);
/// The signal must move by this many dB before it is told.
const SIGNAL_STEP_DB: i16 = 6;
/// A store this full is an alarm, per cent.
const FULL_PERCENT: u32 = 80;

/// What the health check remembers.
#[derive(Debug, Default)]
pub(super) struct Watch {
    check_at: Option<u64>,
    sim: bool,
    /// Registration state of the circuit-switched and of the LTE network (3GPP TS 27.007 sections 7.2, 10.1.22).
    cs: Option<u8>,
    eps: Option<u8>,
    /// A lasting flaw worth showing on a line that works.
    pub(super) note: String,
}

impl Watch {
    pub(super) fn start(&mut self, now: u64) {
        self.check_at = Some(now + millis(CHECK));
    }

    /// The SIM's state has changed: look at once.
    pub(super) fn look_at_sim(&mut self) {
        self.sim = true;
    }

    pub(super) fn sim_changed(&self) -> bool {
        self.sim
    }

    pub(super) fn due(&self) -> Option<u64> {
        if self.sim { Some(0) } else { self.check_at }
    }
}

/// 0 to 31 as dBm (3GPP TS 27.007 section 8.5); anything else is not known.
fn dbm(raw: u8) -> Option<i16> {
    (raw <= 31).then(|| i16::from(raw) * 2 - 113)
}

impl Driver {
    pub(super) fn signal(&mut self, raw: u8) {
        let now = dbm(raw);
        let news = match (self.report.signal_dbm, now) {
            (Some(told), Some(now)) => (told - now).abs() >= SIGNAL_STEP_DB,
            (told, now) => told != now,
        };
        if news {
            self.report.signal_dbm = now;
        }
    }

    pub(super) fn registration(&mut self, state: u8) {
        self.watch.cs = Some(state);
        self.judge();
    }

    /// Health from what is known. Only for a line whose SIM is unlocked.
    fn judge(&mut self) {
        if !matches!(self.report.health, LineHealth::Starting | LineHealth::Ready | LineHealth::Searching) {
            return;
        }
        let states = [self.watch.cs, self.watch.eps];
        // 1 home, 5 roaming, 6 and 7 the same for short messages only.
        let home = states.iter().any(|state| matches!(state, Some(1 | 6)));
        let roaming = states.iter().any(|state| matches!(state, Some(5 | 7)));
        self.report.roaming = roaming && !home;
        if home || roaming {
            self.report.health = LineHealth::Ready;
            self.report.trouble = self.flaw();
        } else {
            self.report.health = LineHealth::Searching;
            self.report.trouble = if states.contains(&Some(3)) {
                "the network refuses this SIM; ask its operator whether it is still active".to_owned()
            } else {
                "no network yet; check the antenna and the coverage here".to_owned()
            };
        }
    }

    /// What is wrong with a line that works.
    fn flaw(&self) -> String {
        if let Some((used, total)) = self.inbox.fullest()
            && used * 100 >= total * FULL_PERCENT
        {
            return format!(
                "the message store is nearly full ({used} of {total}); delete old messages from the SIM"
            );
        }
        self.watch.note.clone()
    }

    /// Signal, registration, operator, store.
    pub(super) fn check_health(&mut self) -> Result<(), Interrupted> {
        self.watch.start(self.now());
        if let Some(line) = self.ask(Command::query("AT+CSQ"))? {
            self.signal(number(&line, 0).unwrap_or(99));
        }
        if let Some(line) = self.ask(Command::query("AT+CREG?"))? {
            self.watch.cs = number(&line, 1);
        }
        if self.watch.cs != Some(1) {
            // Only asked where it can matter: a SIM registered for LTE alone.
            self.watch.eps = self.ask(Command::query("AT+CEREG?"))?.and_then(|line| number(&line, 1));
        }
        if let Some(line) = self.ask(Command::query("AT+COPS?").within(Duration::from_secs(10)))? {
            self.report.operator = fields(&line).get(2).cloned().unwrap_or_default();
        }
        if let Some(line) = self.ask(Command::query("AT+CPMS?"))? {
            self.inbox.fill_levels(&line);
        }
        self.report.storage = self.inbox.storage();
        self.judge();
        self.publish();
        Ok(())
    }

    /// The SIM says that something happened to it: taken out, put in, exchanged, unlocked.
    pub(super) fn check_sim(&mut self) -> Result<(), Interrupted> {
        self.watch.sim = false;
        let before = self.report.key.iccid.clone();
        let usable = matches!(self.report.health, LineHealth::Ready | LineHealth::Searching);
        let ready = self.sim_is_ready()?;
        if ready {
            self.learn_iccid()?;
        }
        if ready != usable || self.report.key.iccid != before {
            return Err(Interrupted::Restarted);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::dbm;

    #[test]
    fn signal_in_dbm() {
        assert_eq!(
            (dbm(0), dbm(31), dbm(20), dbm(99), dbm(199)),
            (Some(-113), Some(-51), Some(-73), None, None)
        );
    }
}
