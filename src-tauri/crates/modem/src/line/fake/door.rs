//! A door that notes everything that comes through it.

use std::sync::Mutex;

use gerai_core::port::lines::{InboundSms, LineDoor, LineKey, LineReport, UssdReply};
use gerai_core::port::{BoxFuture, NotDurable};
use gerai_core::time::UnixMs;

/// How the door takes a message.
#[derive(Default, Clone)]
pub(in crate::line) enum Taking {
    #[default]
    AtOnce,
    Fails,
    Never,
}

/// Notes everything.
#[derive(Default)]
pub(in crate::line) struct Door {
    pub(in crate::line) reports: Mutex<Vec<LineReport>>,
    pub(in crate::line) taken: Mutex<Vec<InboundSms>>,
    pub(in crate::line) calls: Mutex<Vec<String>>,
    pub(in crate::line) late: Mutex<Vec<(u64, u8)>>,
    pub(in crate::line) pushed: Mutex<Vec<UssdReply>>,
    pub(in crate::line) taking: Mutex<Taking>,
}

impl LineDoor for Door {
    fn line_changed(&self, report: LineReport) {
        self.reports.lock().unwrap().push(report);
    }
    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>> {
        self.taken.lock().unwrap().push(inbound);
        match *self.taking.lock().unwrap() {
            Taking::AtOnce => Box::pin(std::future::ready(Ok(()))),
            Taking::Fails => Box::pin(std::future::ready(Err(NotDurable("disk full".to_owned())))),
            Taking::Never => Box::pin(std::future::pending()),
        }
    }
    fn called(&self, _: &LineKey, caller: &str, _: UnixMs) {
        self.calls.lock().unwrap().push(caller.to_owned());
    }
    fn late_result(&self, _: &LineKey, ticket: u64, reference: u8) {
        self.late.lock().unwrap().push((ticket, reference));
    }
    fn ussd_pushed(&self, _: &LineKey, reply: UssdReply) {
        self.pushed.lock().unwrap().push(reply);
    }
}
