//! Sends one SMS-SUBMIT: `AT+CMGS`, the prompt, the PDU with Ctrl-Z in one write, the final result. The border is Ctrl-Z:
//! before it nothing can have left, after it only a final result says what happened.

use gerai_core::crash;
use gerai_core::port::lines::{LineHealth, Scope, SubmitPart, Submitted};

use super::driver::{Driver, Interrupted};
use super::orders::not_now;
use crate::at::{CTRL_Z, Command, judge_refusal};
use crate::pdu::{self, SubmitPdu};

/// The prompt comes within this time, milliseconds.
const PROMPT_MS: u64 = 10_000;
/// The final result comes within this time after Ctrl-Z, milliseconds.
const FINAL_MS: u64 = 60_000;
/// All of it, from the order to the answer, milliseconds: the caller was promised 65 s.
const WHOLE_MS: u64 = 64_000;
/// `OK` after `+CMGS` comes within this time, milliseconds; without it the message has left all the same.
const OK_MS: u64 = 5_000;
/// After so many submissions in a row without prompt or result the ladder is climbed.
const STUCK_TIMES: u32 = 3;
/// How often a submission that a busy modem refuses is tried, and the pause between, milliseconds.
const BUSY_TIMES: u32 = 3;
const BUSY_MS: u64 = 1_000;

/// A submission that did not run to its end: what to tell, and what to do.
type Broken = (Submitted, Interrupted);

impl Driver {
    /// Sends and tells what became of it; also why the dialogue must be left, if so.
    pub(super) fn submit(&mut self, part: &SubmitPart, ticket: u64) -> (Submitted, Option<Interrupted>) {
        match self.try_submit(part) {
            Ok(outcome) => {
                if matches!(outcome, Submitted::InDoubt { .. }) {
                    self.doubt = Some(ticket);
                }
                // It answers `AT`, but is stuck all the same.
                let stuck = (self.stuck >= STUCK_TIMES)
                    .then(|| Interrupted::Mute("the modem answers, but takes no messages".to_owned()));
                (outcome, stuck)
            }
            Err((outcome, interruption)) => (outcome, Some(interruption)),
        }
    }

    fn try_submit(&mut self, part: &SubmitPart) -> Result<Submitted, Broken> {
        if self.report.health != LineHealth::Ready {
            return Ok(not_now(&format!("the line is not ready: {}", self.report.trouble)));
        }
        let encoded = match pdu::submit(part) {
            Ok(encoded) => encoded,
            Err(why) => {
                let why = why.to_string();
                return Ok(Submitted::Refused { scope: Scope::Message, temporary: false, code: None, why });
            }
        };
        let before = |interruption: Interrupted| (not_now(&reason(&interruption)), interruption);
        self.resync().map_err(before)?;
        if part.more_follow && self.more_messages {
            // Keeps the radio link until the next part, for 1 to 5 s (3GPP TS 27.005 section 3.5.6).
            self.more_messages = self.accepted("AT+CMMS=2").map_err(before)?;
        }
        let end = self.now() + WHOLE_MS;
        for attempt in 1.. {
            let outcome = self.attempt(&encoded, end)?;
            let busy = matches!(&outcome, Submitted::Refused { code: Some(14 | 256 | 314 | 515 | 527), .. });
            if !busy || attempt >= BUSY_TIMES {
                return Ok(outcome);
            }
            self.linger(BUSY_MS).map_err(before)?;
        }
        Ok(not_now("the modem is busy"))
    }

    fn attempt(&mut self, encoded: &SubmitPdu, end: u64) -> Result<Submitted, Broken> {
        let before = |interruption: Interrupted| (not_now(&reason(&interruption)), interruption);
        self.prompt = false;
        self.reply = None;
        let bytes = self.session.begin(Command::prompting(format!("AT+CMGS={}", encoded.length)));
        self.send(&bytes).map_err(before)?;
        let until = (self.now() + PROMPT_MS).min(end);
        while !self.prompt {
            if let Some(reply) = self.reply.take() {
                return Ok(match &reply.result {
                    Some(result) => judge_refusal(result, false),
                    None => not_now("the modem did not ask for the message"),
                });
            }
            if self.now() >= until {
                self.session.give_up();
                self.unsynced = true;
                self.stuck += 1;
                return Ok(not_now("the modem did not ask for the message within 10 s; nothing was sent"));
            }
            self.wait(Some(until)).map_err(before)?;
        }
        crash::point("sms-before-ctrl-z");
        let bytes = self.session.pdu(encoded.hex.expose());
        debug_assert_eq!(bytes.last(), Some(&CTRL_Z));
        self.hand_over(&bytes)?;
        crash::point("sms-after-ctrl-z");
        self.result(end)
    }

    /// Writes the PDU with its Ctrl-Z.
    fn hand_over(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let Some(transport) = &mut self.transport else {
            let gone = Interrupted::Gone("the port is closed".to_owned());
            return Err((not_now("the modem is gone; nothing was sent"), gone));
        };
        match transport.send(bytes) {
            Ok(()) => Ok(()),
            // Ctrl-Z is the last byte: as long as the port has not taken all, the modem can not have it.
            Err(failure) if failure.written < bytes.len() => Err((
                not_now("the modem went away before the message was complete; nothing was sent"),
                Interrupted::Gone(failure.source.to_string()),
            )),
            Err(failure) => Err((
                Submitted::InDoubt { why: "the modem went away with the message".to_owned() },
                Interrupted::Gone(failure.source.to_string()),
            )),
        }
    }

    fn result(&mut self, end: u64) -> Result<Submitted, Broken> {
        let mut until = (self.now() + FINAL_MS).min(end);
        let mut referenced = false;
        loop {
            if let Some(reply) = self.reply.take() {
                crash::point("sms-after-final");
                self.stuck = 0;
                let reference = reply.lines.iter().find_map(|line| crate::at::number(line, 0));
                return Ok(match (reference, reply.result) {
                    // The reference comes only after the network has acknowledged (3GPP TS 27.005 section 3.5.1).
                    (Some(reference), _) => Submitted::Sent { reference },
                    (None, Some(result)) => judge_refusal(&result, true),
                    (None, None) => doubt("the modem gave no result"),
                });
            }
            // `OK` and all else of before is gone with the modem's memory: no use waiting.
            if self.restarted {
                let lost = Interrupted::Restarted;
                return Err((doubt("the modem started anew after the message was handed over"), lost));
            }
            if !referenced && self.session.submitted().is_some() {
                referenced = true;
                until = until.min(self.now() + OK_MS);
            }
            if self.now() >= until {
                let reference = self.session.submitted();
                self.session.give_up();
                self.unsynced = true;
                self.stuck = if reference.is_some() { 0 } else { self.stuck + 1 };
                return Ok(match reference {
                    Some(reference) => Submitted::Sent { reference },
                    None => doubt("the modem gave no result within 60 s"),
                });
            }
            if let Err(interruption) = self.wait(Some(until)) {
                let outcome = match self.session.submitted() {
                    Some(reference) => Submitted::Sent { reference },
                    None => doubt(&format!("after the message was handed over, {}", reason(&interruption))),
                };
                return Err((outcome, interruption));
            }
        }
    }
}

fn doubt(why: &str) -> Submitted {
    Submitted::InDoubt { why: why.to_owned() }
}

fn reason(interruption: &Interrupted) -> String {
    match interruption {
        Interrupted::Stopped => "the line was closed".to_owned(),
        Interrupted::Gone(_) => "the modem went away".to_owned(),
        Interrupted::Mute(why) => why.clone(),
        Interrupted::Restarted => "the modem started anew".to_owned(),
        Interrupted::Off => "the line was switched off".to_owned(),
    }
}
