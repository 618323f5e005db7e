//! What others are told of the line: its standing for the list of lines, and a report through the door whenever something
//! that a person could notice has changed.

use std::sync::PoisonError;

use gerai_core::port::lines::{LineHealth, LineReport};

use super::Standing;
use super::driver::Driver;

impl Driver {
    /// Sets health and trouble, and tells.
    pub(super) fn tell(&mut self, health: LineHealth, trouble: &str) {
        self.report.health = health;
        trouble.clone_into(&mut self.report.trouble);
        self.publish();
    }

    /// Tells the door when something has changed since it was last told. A line without a name is only in `Standing`.
    pub(super) fn publish(&mut self) {
        {
            let mut standing = self.shared.standing.lock().unwrap_or_else(PoisonError::into_inner);
            *standing = Standing {
                key: self.report.key.clone(),
                health: self.report.health,
                trouble: self.report.trouble.clone(),
                baud: self.report.baud,
            };
        }
        if self.report.key.imei.is_empty() || self.reported.as_ref() == Some(&self.report) {
            return;
        }
        // Another modem or SIM on this port: the line that was here is gone.
        if let Some(old) = self.reported.take()
            && old.key != self.report.key
            && old.health != LineHealth::Absent
        {
            self.start.door.line_changed(LineReport {
                health: LineHealth::Absent,
                trouble: String::new(),
                ..old
            });
        }
        self.start.door.line_changed(self.report.clone());
        self.reported = Some(self.report.clone());
    }
}
