//! USSD dialogues (3GPP TS 27.007 section 7.15) and incoming calls: both are one question or event with a notification
//! that may come late, more than once, or never.

use std::time::Duration;

use futures_channel::oneshot;
use gerai_core::port::lines::{LineError, UssdReply, UssdState};

use super::driver::{Driver, Interrupted, millis};
use crate::at::Command;
use crate::ussd;

/// How long the network may take.
const USSD: Duration = Duration::from_secs(60);
/// `RING` comes every 3 to 6 s; after this pause the next one is another call.
const CALL_OVER_MS: u64 = 10_000;
/// `+CLIP` follows `RING` within this time, when it comes at all.
const CLIP_MS: u64 = 2_000;

/// A question the network has not answered yet.
pub(super) struct OpenUssd {
    back: oneshot::Sender<Result<UssdReply, LineError>>,
    until: u64,
}

/// A call that rings.
#[derive(Debug)]
pub(super) struct Call {
    told: bool,
    first: u64,
    last: u64,
}

impl Driver {
    /// Asks the network, or answers its question.
    pub(super) fn ussd(
        &mut self,
        text: &str,
        back: oneshot::Sender<Result<UssdReply, LineError>>,
    ) -> Result<(), Interrupted> {
        if self.ussd.is_some() {
            let why = "another USSD question is waiting for its answer".to_owned();
            drop(back.send(Err(LineError::NotReady(why))));
            return Ok(());
        }
        let request = match ussd::request(text, self.quirks.ussd) {
            Ok(request) => request,
            Err(error) => {
                drop(back.send(Err(LineError::Refused(error.to_string()))));
                return Ok(());
            }
        };
        // Before the command: some answer with `+CUSD` before `OK`.
        self.ussd = Some(OpenUssd { back, until: self.now() + millis(USSD) });
        let reply =
            self.chat(Command::new(format!("AT+CUSD=1,\"{}\",{}", request.text, request.dcs)).within(USSD))?;
        if let Some(result) = reply.result.filter(|result| !result.is_ok()) {
            self.fail_ussd(LineError::Refused(result.shown()));
        }
        Ok(())
    }

    /// Ends the dialogue in the network.
    pub(super) fn ussd_cancel(&mut self) -> Result<Result<(), LineError>, Interrupted> {
        self.fail_ussd(LineError::Refused("the USSD dialogue was ended".to_owned()));
        let reply = self.chat(Command::new("AT+CUSD=2"))?;
        Ok(match reply.result {
            Some(result) if result.is_ok() => Ok(()),
            Some(result) => Err(LineError::Refused(result.shown())),
            None => Err(LineError::Timeout(5_000)),
        })
    }

    pub(super) fn ussd_came(&mut self, state: u8, text: Option<String>, dcs: Option<u8>) {
        let state = match state {
            0 => UssdState::Done,
            1 => UssdState::Answerable,
            3 => UssdState::Elsewhere,
            4 => UssdState::Unsupported,
            5 => UssdState::TimedOut,
            _ => UssdState::Ended,
        };
        let text = text.map(|text| ussd::decode(&text, dcs, self.charset)).unwrap_or_default();
        let reply = UssdReply { state, text };
        match self.ussd.take() {
            Some(open) => {
                // Nobody waits any more: shown as pushed rather than lost.
                if let Err(Ok(reply)) = open.back.send(Ok(reply)) {
                    self.start.door.ussd_pushed(&self.report.key, reply);
                }
            }
            None => self.start.door.ussd_pushed(&self.report.key, reply),
        }
    }

    fn fail_ussd(&mut self, error: LineError) {
        if let Some(open) = self.ussd.take() {
            drop(open.back.send(Err(error)));
        }
    }

    /// The line can not go on: whoever waits is told.
    pub(super) fn end_ussd(&mut self, why: &str) {
        self.fail_ussd(LineError::NotReady(why.to_owned()));
    }

    /// `RING` (`None`) or `+CLIP` with its number.
    pub(super) fn rings(&mut self, caller: Option<String>) {
        let now = self.now();
        let fresh = self.call.as_ref().is_none_or(|call| now.saturating_sub(call.last) > CALL_OVER_MS);
        if fresh {
            self.call = Some(Call { told: false, first: now, last: now });
        }
        let Some(call) = &mut self.call else { return };
        call.last = now;
        if let Some(caller) = caller
            && !call.told
        {
            call.told = true;
            self.start.door.called(&self.report.key, &caller, self.start.clock.now());
        }
    }

    /// What is over by now: an unanswered question, a call that does not tell who.
    pub(super) fn timers(&mut self) {
        let now = self.now();
        if self.ussd.as_ref().is_some_and(|open| open.until <= now) {
            self.fail_ussd(LineError::Timeout(millis(USSD)));
            self.cancel_ussd = true;
        }
        if let Some(call) = &mut self.call
            && !call.told
            && now.saturating_sub(call.first) >= CLIP_MS
        {
            call.told = true;
            self.start.door.called(&self.report.key, "", self.start.clock.now());
        }
    }

    /// When `timers` has something to do next.
    pub(super) fn next_timer(&self) -> Option<u64> {
        let ussd = self.ussd.as_ref().map(|open| open.until);
        let call = self.call.as_ref().filter(|call| !call.told).map(|call| call.first + CLIP_MS);
        ussd.into_iter().chain(call).min()
    }
}
