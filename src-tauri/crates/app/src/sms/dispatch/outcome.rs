//! What became of a part: the next one, the end of the message, another line, or doubt.

use gerai_core::crash;
use gerai_core::port::lines::{Scope, Submitted};
use gerai_core::sms::state::{Doubt, DoubtAction, in_doubt};
use gerai_core::time::UnixMs;
use gerai_store::sms::course::{Cause, Requeue};
use gerai_store::sms::usage::HourUse;

use super::Dispatcher;
use super::flight::Flight;
use super::steps::Step;
use gerai_core::sms::state::Class;

/// Tries after which a message that is refused again and again waits between them.
const TRIES_AT_ONCE: i64 = 3;
/// Seconds it waits then, times the tries.
const WAIT_S: i64 = 10;

impl Dispatcher {
    /// A line is done with a part.
    pub(super) fn ended(&mut self, line_id: i64, outcome: Submitted) {
        crash::point("sms-after-result");
        let now = self.app.clock.now();
        match outcome {
            Submitted::Sent { reference } => self.part_sent(line_id, reference, now),
            Submitted::Refused { scope, temporary, code, why } => {
                let cause = Cause {
                    word: match scope {
                        Scope::Message => "number",
                        Scope::Line => "line",
                        Scope::Network => "network",
                    }
                    .to_owned(),
                    text: code.map_or_else(|| why.clone(), |code| format!("{why} (error {code})")),
                };
                self.refused(line_id, scope, temporary, cause, now);
            }
            Submitted::InDoubt { why } => self.doubtful(line_id, why, now),
        }
    }

    fn part_sent(&mut self, line_id: i64, reference: u8, now: UnixMs) {
        let Some(flight) = self.flights.get_mut(&line_id) else { return };
        self.steps.push(Step::PartSent { key: flight.key(), reference, at: now });
        if u16::from(flight.sequence) < flight.head.parts {
            flight.sequence += 1;
            self.next_part(line_id, now);
            return;
        }
        self.steps.push(Step::Sent { id: flight.head.id, at: now });
        self.flights.remove(&line_id);
        self.app.sms.board().done(line_id, true, now);
    }

    fn refused(&mut self, line_id: i64, scope: Scope, temporary: bool, cause: Cause, now: UnixMs) {
        let Some(flight) = self.flights.remove(&line_id) else { return };
        self.steps.push(Step::Withdraw { key: flight.key() });
        self.give_back(&flight, line_id, flight.left(), now);
        {
            let mut board = self.app.sms.board();
            board.done(line_id, false, now);
            match scope {
                Scope::Message => {}
                Scope::Line | Scope::Network => board.rest(line_id, now),
            }
        }
        let id = flight.head.id;
        if scope == Scope::Message && !temporary {
            self.steps.push(Step::End { id, state: "failed", cause, at: now });
            return;
        }
        // A line that fails is resting: another one takes the message at once, until too many have tried.
        let tries = flight.head.attempts + 1;
        let due = (scope == Scope::Message || tries >= TRIES_AT_ONCE)
            .then(|| now.plus(tries.min(30) * WAIT_S * 1_000));
        let pool = Self::bound(&flight, line_id);
        self.steps.push(Step::Requeue(Requeue { id, pool, due, cause, resend: false }));
    }

    fn doubtful(&mut self, line_id: i64, why: String, now: UnixMs) {
        let Some(flight) = self.flights.remove(&line_id) else { return };
        self.app.sms.board().done(line_id, false, now);
        self.steps.push(Step::PartInDoubt { key: flight.key() });
        // The parts behind it are counted again when they follow.
        if flight.left() > 1 {
            self.give_back(&flight, line_id, flight.left() - 1, now);
        }
        let id = flight.head.id;
        let doubt = Doubt {
            class: flight.class,
            resend: self.app.settings().1.sms.resend_otp,
            resent: flight.head.resent,
            deadline: Some(flight.head.deadline),
            now,
        };
        let cause = Cause { word: "modem_silent".to_owned(), text: why };
        match in_doubt(doubt) {
            DoubtAction::SendAgain => {
                self.steps.push(Step::Requeue(Requeue { id, pool: None, due: None, cause, resend: true }));
            }
            DoubtAction::Wait => self.steps.push(Step::InDoubt { id, cause }),
        }
    }

    /// What did not leave is not counted.
    pub(super) fn give_back(&mut self, flight: &Flight, line_id: i64, parts: u32, now: UnixMs) {
        let place = {
            let mut board = self.app.sms.board();
            board.roll(now);
            board.give_back(line_id, flight.class, parts);
            board.place()
        };
        if let Some(sim_id) = flight.sim_id {
            let (cost, counted) = flight.counted;
            let cost = -cost.saturating_mul(i64::from(parts)) / i64::from(counted.max(1));
            let used = used(flight.class, -i64::from(parts), cost, place.hour, place.day);
            self.steps.push(Step::Use { sim_id, used });
        }
    }
}

/// Short messages of a class in an hour.
pub(super) fn used(class: Class, parts: i64, cost: i64, hour: UnixMs, day: UnixMs) -> HourUse {
    let (normal, otp) = match class {
        Class::Normal => (parts, 0),
        Class::Otp => (0, parts),
    };
    HourUse { hour, day, normal, otp, cost }
}
