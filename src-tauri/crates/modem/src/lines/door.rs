//! The door between one line and the station: what the line reports passes through the fleet, which knows whether the
//! line is the one that counts. Everything else passes straight through, whoever brings it: nothing that came in is lost.

use std::sync::Arc;

use gerai_core::port::lines::{InboundSms, LineDoor, LineKey, LineReport, UssdReply};
use gerai_core::port::{BoxFuture, NotDurable};
use gerai_core::time::UnixMs;

use super::Inner;

/// The door of the line with this generation on this port.
pub(super) struct SlotDoor {
    pub inner: Arc<Inner>,
    pub port: String,
    pub generation: u64,
}

impl LineDoor for SlotDoor {
    fn line_changed(&self, report: LineReport) {
        let outcome = self.inner.fleet().reported(&self.port, self.generation, report);
        self.inner.follow(outcome);
    }

    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>> {
        self.inner.door.take(inbound)
    }

    fn called(&self, key: &LineKey, caller: &str, at: UnixMs) {
        self.inner.door.called(key, caller, at);
    }

    fn late_result(&self, key: &LineKey, ticket: u64, reference: u8) {
        self.inner.door.late_result(key, ticket, reference);
    }

    fn ussd_pushed(&self, key: &LineKey, reply: UssdReply) {
        self.inner.door.ussd_pushed(key, reply);
    }
}
