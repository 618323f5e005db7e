//! What an answer of the server means for its reading, and for all others: the gate that closes while the server as a whole is
//! in trouble. Pure but for the dice.

use gerai_core::port::upstream::Answer;
use gerai_core::time::UnixMs;
use gerai_store::stove::forward::{Answered, Head};

use crate::passwords;

/// First wait of a back-off, milliseconds.
const WAIT_MS: i64 = 2_000;
/// Longest wait of a back-off, milliseconds.
const WAIT_MAX_MS: i64 = 10 * 60_000;
/// Longest wait that the server may ask for, milliseconds.
const ASKED_MAX_MS: i64 = 24 * 3_600_000;
/// A reading at which the server failed for this long, while it took others, is given up, milliseconds.
const DEAD_AFTER_MS: i64 = 24 * 3_600_000;
/// Readings of different stoves in a row at which the server failed: it is the server, not they.
const FAILED_ROW: u32 = 3;
/// Tokens in a row that the server gave and did not take.
const UNAUTHORIZED_ROW: u32 = 2;
/// Characters of an answer that are kept.
const ANSWER_CHARS: usize = 300;

/// A reading and what became of it, to be written down.
pub(super) struct Given {
    pub(super) head: Head,
    pub(super) answered: Answered,
}

impl Given {
    /// It was not sent.
    pub(super) fn back(head: Head, due: UnixMs) -> Self {
        let answered =
            Answered { state: "queued", status: None, answer: String::new(), failing: head.failing, due };
        Self { head, answered }
    }
}

/// Whether the server can be asked at all.
#[derive(Default)]
pub(super) struct Gate {
    /// Nothing is sent before.
    until: Option<UnixMs>,
    /// Troubles in a row.
    troubles: u32,
    failed: u32,
    unauthorized: u32,
    /// It refuses the user or the password.
    pub(super) refused: bool,
    /// What is wrong, with the next step.
    pub(super) trouble: String,
    pub(super) last_accepted: Option<UnixMs>,
}

impl Gate {
    /// An open one.
    pub(super) fn new(last_accepted: Option<UnixMs>) -> Self {
        Self { last_accepted, ..Self::default() }
    }

    /// Until when it is closed.
    pub(super) fn closed(&self, now: UnixMs) -> Option<UnixMs> {
        // A clock that was set back keeps it closed no longer than the longest wait.
        self.until.filter(|until| (1..=ASKED_MAX_MS).contains(&until.since(now)))
    }

    /// Closes it: for as long as the server asks, otherwise for twice as long as before, with some chance.
    pub(super) fn shut(&mut self, trouble: String, seconds: Option<u64>, now: UnixMs) -> UnixMs {
        self.trouble = trouble;
        self.troubles = self.troubles.saturating_add(1);
        let wait = match seconds {
            Some(seconds) => asked(seconds),
            None => back_off(self.troubles, random()),
        };
        let until = now.plus(wait);
        let until =
            self.until.filter(|known| *known > until && known.since(now) <= ASKED_MAX_MS).unwrap_or(until);
        self.until = Some(until);
        until
    }

    /// Opens it: a person said so, or the target is another one.
    pub(super) fn open(&mut self) {
        *self = Self::new(self.last_accepted);
    }
}

fn asked(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000).clamp(1_000, ASKED_MAX_MS)
}

/// Half of it is certain, half of it is dice (0 to 255): stations that lost the server together do not come back together.
fn back_off(nth: u32, dice: u8) -> i64 {
    let doubled =
        2_i64.saturating_pow(nth.saturating_sub(1).min(20)).saturating_mul(WAIT_MS).min(WAIT_MAX_MS);
    doubled / 2 + doubled / 2 * i64::from(dice) / 255
}

fn random() -> u8 {
    passwords::random::<1>().map_or(128, |[dice]| dice)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(ANSWER_CHARS).collect()
}

/// What becomes of a reading.
pub(super) fn digest(gate: &mut Gate, head: &Head, answer: Answer, now: UnixMs) -> Answered {
    let back = |status: Option<u16>, answer: String, due: UnixMs| Answered {
        state: "queued",
        status: status.map(i64::from),
        answer,
        failing: head.failing,
        due,
    };
    match answer {
        Answer::Accepted { status } | Answer::Duplicate { status } => {
            let known = matches!(answer, Answer::Duplicate { .. });
            gate.open();
            gate.last_accepted = Some(now);
            Answered {
                state: "accepted",
                status: Some(status.into()),
                answer: if known { "known already".to_owned() } else { String::new() },
                failing: None,
                due: now,
            }
        }
        Answer::Rejected { status, why } => {
            // The server works: only this reading is not for it.
            gate.open();
            let answer = short(&why);
            Answered { state: "rejected", status: Some(status.into()), answer, failing: None, due: now }
        }
        Answer::Unauthorized => {
            gate.unauthorized += 1;
            if gate.unauthorized >= UNAUTHORIZED_ROW {
                gate.refused = true;
                let trouble =
                    "the server does not take the tokens that it gives (status 401); ask its operator";
                gate.shut(trouble.to_owned(), None, now);
            }
            back(Some(401), "the sign-in was over".to_owned(), now)
        }
        Answer::RetryAfter { status, seconds } => {
            gate.shut(format!("the server asks to wait {seconds} s"), Some(seconds), now);
            back(Some(status), format!("wait {seconds} s"), now)
        }
        Answer::Unreachable(why) => {
            gate.shut(format!("the server cannot be reached: {}", short(&why)), None, now);
            back(None, short(&why), now)
        }
        Answer::Failed { status, why } => failed(gate, head, status, &why, now),
    }
}

/// The server failed at this reading: it waits, and is given up when the server takes others for a day.
fn failed(gate: &mut Gate, head: &Head, status: u16, why: &str, now: UnixMs) -> Answered {
    gate.failed += 1;
    if gate.failed >= FAILED_ROW {
        gate.shut(format!("the server fails (status {status}): {}", short(why)), None, now);
    }
    let since = head.failing.unwrap_or(now);
    let took_others = gate.last_accepted.is_some_and(|at| at > since);
    if now.since(since) >= DEAD_AFTER_MS && took_others {
        let answer = short(why);
        return Answered { state: "dead", status: Some(status.into()), answer, failing: None, due: now };
    }
    let nth = u32::try_from(head.attempts).unwrap_or(u32::MAX);
    Answered {
        state: "queued",
        status: Some(status.into()),
        answer: short(why),
        failing: Some(since),
        due: now.plus(back_off(nth, random())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_795_323_600_000);
    const DAY: i64 = 86_400_000;

    fn head(failing: Option<UnixMs>) -> Head {
        Head {
            reading_id: 1,
            stove_id: 1,
            token: String::new(),
            method: "qrcode".to_owned(),
            attempts: 1,
            failing,
        }
    }

    #[test]
    fn waits_double_up_to_ten_minutes() {
        for (nth, low, high) in
            [(1, 1_000, 2_000), (2, 2_000, 4_000), (5, 16_000, 32_000), (99, 300_000, 600_000)]
        {
            assert_eq!((back_off(nth, 0), back_off(nth, 255)), (low, high), "{nth}");
        }
        assert_eq!((asked(0), asked(7), asked(u64::MAX)), (1_000, 7_000, ASKED_MAX_MS));
    }

    #[test]
    fn a_reading_is_given_up_only_while_others_are_taken() {
        let fail = || Answer::Failed { status: 500, why: "oops\n".to_owned() };
        let mut gate = Gate::default();
        let first = digest(&mut gate, &head(None), fail(), NOW);
        assert_eq!((first.state, first.failing, first.answer.as_str()), ("queued", Some(NOW), "oops"));
        let later = NOW.plus(30 * DAY);
        assert_eq!(digest(&mut gate, &head(Some(NOW)), fail(), later).state, "queued", "it took no others");
        digest(&mut gate, &head(None), Answer::Accepted { status: 200 }, NOW.plus(DAY));
        assert_eq!(digest(&mut gate, &head(Some(NOW)), fail(), NOW.plus(DAY)).state, "dead");
        assert_eq!(digest(&mut gate, &head(Some(NOW)), fail(), NOW.plus(DAY - 1)).state, "queued");
    }

    #[test]
    fn trouble_with_the_server_closes_the_gate_and_success_opens_it() {
        let mut gate = Gate::default();
        let lost = digest(&mut gate, &head(None), Answer::Unreachable("refused".to_owned()), NOW);
        assert_eq!((lost.state, lost.status), ("queued", None));
        assert!(gate.closed(NOW).is_some() && gate.closed(NOW.plus(2_001)).is_none());
        digest(&mut gate, &head(None), Answer::RetryAfter { status: 429, seconds: 90 }, NOW);
        assert_eq!(gate.closed(NOW), Some(NOW.plus(90_000)));
        // A shorter wait of another reading does not shorten it.
        digest(&mut gate, &head(None), Answer::RetryAfter { status: 429, seconds: 5 }, NOW);
        assert_eq!(gate.closed(NOW), Some(NOW.plus(90_000)));
        digest(&mut gate, &head(None), Answer::Duplicate { status: 409 }, NOW);
        assert_eq!((gate.closed(NOW), gate.last_accepted), (None, Some(NOW)));
        let rejected =
            digest(&mut gate, &head(None), Answer::Rejected { status: 422, why: String::new() }, NOW);
        assert_eq!((rejected.state, gate.closed(NOW)), ("rejected", None));
        for want in [false, true] {
            assert_eq!(digest(&mut gate, &head(None), Answer::Unauthorized, NOW).state, "queued");
            assert_eq!(gate.closed(NOW).is_some(), want, "a new token is tried once at once");
        }
    }
}
