//! A message on its way through a line: which part is in the modem, and what comes after it.

use gerai_core::crash;
use gerai_core::phone::Destination;
use gerai_core::port::lines::{Concat, Scope, SubmitPart, Submitted};
use gerai_core::secret::Secret;
use gerai_core::sms::limits;
use gerai_core::sms::state::Class;
use gerai_core::sms::text::Alphabet;
use gerai_core::time::UnixMs;
use gerai_store::sms::course::{Cause, Requeue};
use gerai_store::sms::parts::PartKey;
use gerai_store::sms::queue::Head;

use super::Dispatcher;
use super::steps::Step;
use crate::sms::pool;

/// A message that a line is sending.
pub(super) struct Flight {
    pub(super) head: Head,
    pub(super) class: Class,
    pub(super) to: Destination,
    /// Its parts, in order.
    pub(super) texts: Vec<Secret<String>>,
    /// The part that is in the modem or about to be, from 1.
    pub(super) sequence: u8,
    pub(super) sim_id: Option<i64>,
    /// Rupiah that were counted for the parts that had not left when it was taken, and how many these were.
    pub(super) counted: (i64, u32),
}

impl Flight {
    pub(super) fn key(&self) -> PartKey {
        PartKey { message_id: self.head.id, sequence: self.sequence, round: u8::from(self.head.resent) }
    }

    /// Names a part for late answers: the message and its part in one number.
    pub(super) fn ticket(&self) -> u64 {
        u64::try_from(self.head.id).unwrap_or(0) << 8 | u64::from(self.sequence)
    }

    /// Parts that have not left.
    pub(super) fn left(&self) -> u32 {
        u32::from(self.head.parts).saturating_sub(u32::from(self.sequence) - 1)
    }

    fn part(&self, now: UnixMs) -> SubmitPart {
        let total = u8::try_from(self.head.parts).unwrap_or(u8::MAX);
        let reference = self.head.reference.unwrap_or(0);
        let text = self.texts.get(usize::from(self.sequence) - 1);
        let minutes = self.head.deadline.since(now).max(0) / 60_000;
        SubmitPart {
            to: self.to.clone(),
            text: Secret::new(text.map(|text| text.expose().clone()).unwrap_or_default()),
            alphabet: if self.head.alphabet == "ucs2" { Alphabet::Ucs2 } else { Alphabet::Gsm7 },
            concat: (total > 1).then_some(Concat {
                reference,
                wide: reference > 255,
                total,
                sequence: self.sequence,
            }),
            flash: self.head.flash,
            validity_minutes: u32::try_from(minutes).ok().map(|minutes| minutes.max(5)),
            status_report: self.head.report,
            more_follow: self.sequence < total,
        }
    }
}

/// The parts of a ticket: message and part.
pub(crate) fn of_ticket(ticket: u64) -> (i64, u8) {
    (i64::try_from(ticket >> 8).unwrap_or(0), u8::try_from(ticket & 0xFF).unwrap_or(0))
}

impl Dispatcher {
    /// The intent is on the disk: the modem gets the part.
    pub(super) fn submit(&mut self, line_id: i64, gone: &[i64]) {
        let now = self.app.clock.now();
        let Some(flight) = self.flights.get(&line_id) else { return };
        if gone.contains(&flight.head.id) {
            // Taken back between the plan and the commit.
            if let Some(flight) = self.flights.remove(&line_id) {
                self.give_back(&flight, line_id, flight.left(), now);
            }
            return self.app.sms.board().done(line_id, false, now);
        }
        crash::point("sms-after-intent");
        let (ticket, part) = (flight.ticket(), flight.part(now));
        let key = self.app.sms.board().key(line_id);
        let Some(key) = key else {
            let why = "the modem was unplugged".to_owned();
            let refused = Submitted::Refused { scope: Scope::Line, temporary: true, code: None, why };
            self.sending.push(Box::pin(async move { (line_id, refused) }));
            return;
        };
        let sent = self.lines.submit(&key, part, ticket);
        self.sending.push(Box::pin(async move { (line_id, sent.await) }));
    }

    /// Parts that no modem was given, although their intents are on the disk: the station stops.
    pub(super) fn take_back(&mut self, lines: Vec<i64>, gone: &[i64]) {
        for line_id in lines {
            let Some(flight) = self.flights.remove(&line_id) else { continue };
            if gone.contains(&flight.head.id) {
                continue;
            }
            self.steps.push(Step::Withdraw { key: flight.key() });
            self.give_back(&flight, line_id, flight.left(), self.app.clock.now());
            let (id, pool) = (flight.head.id, Self::bound(&flight, line_id));
            let cause = Cause::default();
            self.steps.push(Step::Requeue(Requeue { id, pool, due: None, cause, resend: false }));
        }
    }

    /// The next part of a message of several, now or when its SIM's second is over.
    pub(super) fn next_part(&mut self, line_id: i64, now: UnixMs) {
        let Some(flight) = self.flights.get(&line_id) else { return };
        let class = flight.class;
        let wait = {
            let mut board = self.app.sms.board();
            board.roll(now);
            let ends = board.place().ends;
            let fact = board.facts().iter().find(|fact| fact.id == line_id);
            let wait = fact.and_then(|fact| limits::next_part(&fact.limits, &fact.usage, class, &ends));
            if wait.is_none() {
                board.count_part(line_id, class);
            }
            wait
        };
        if let Some(until) = wait {
            self.paced.push((until, line_id));
            return;
        }
        let step = Step::Intend { key: flight.key(), line_id, sim_id: flight.sim_id, at: now };
        self.steps.push(step);
        self.submits.push(line_id);
    }

    /// A message is back in the queue.
    pub(super) fn came_back(&mut self, back: &Requeue) {
        match back.due {
            Some(due) => self.due = Some(self.due.map_or(due, |known| known.min(due))),
            None => {
                // Its place is among the first: the pool is read anew.
                let pool = back.pool.clone().or_else(|| {
                    let row = self.app.store.read(|db| gerai_store::sms::list::get(db, back.id)).ok()??;
                    Some(row.pool)
                });
                if let Some(pool) = pool {
                    self.heads.came(&pool, i64::MIN);
                }
            }
        }
    }

    /// The pool that keeps the rest of a message with its line.
    pub(super) fn bound(flight: &Flight, line_id: i64) -> Option<String> {
        (flight.sequence > 1).then(|| pool::of_line(line_id))
    }
}
