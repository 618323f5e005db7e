//! The plan: which free line takes which message. Pools are looked at with the most urgent head first; in each, the first
//! messages that can leave do, and one that cannot holds nobody up.

use gerai_core::phone::Destination;
use gerai_core::secret::Secret;
use gerai_core::sms::routing::{Decision, Reason, Wanted, explain};
use gerai_core::sms::state::Class;
use gerai_core::sms::text;
use gerai_core::time::UnixMs;
use gerai_store::sms::course::{Cause, Lease};
use gerai_store::sms::queue::Head;
use gerai_store::sms::{blocks, parts};

use super::Dispatcher;
use super::flight::Flight;
use super::outcome::used;
use super::steps::Step;
use crate::passwords;
use crate::sms::board::Taken;
use crate::sms::keys::Closed;
use crate::sms::{calendar, pool, views};

/// Messages of a pool that are looked at behind one that cannot leave.
const LOOK_BEHIND: usize = 16;

/// What was made of one message.
enum Made {
    /// It goes.
    Goes,
    /// It ended, or is no longer there: the next one is in its place.
    Gone,
    /// It waits; the next one may go.
    Waits,
    /// Nothing of its pool can go now.
    PoolWaits,
}

impl Dispatcher {
    /// Gives free lines their next messages.
    pub(super) fn plan(&mut self) {
        self.look = None;
        if self.halted || self.app.sms.paused() || !self.app.sms.keys.ready() {
            return;
        }
        let now = self.app.clock.now();
        self.app.sms.board().roll(now);
        if !self.app.sms.board().anybody_free() {
            return;
        }
        let pools = match self.heads.pools(&self.app.store) {
            Ok(pools) => pools,
            Err(error) => return self.trouble(&error.to_string()),
        };
        for pool in pools {
            let mut place = 0;
            while place < LOOK_BEHIND {
                let head = match self.heads.at(&self.app.store, &pool, place) {
                    Ok(Some(head)) => head.clone(),
                    Ok(None) => break,
                    Err(error) => return self.trouble(&error.to_string()),
                };
                match self.look_at(&head, &pool, place, now) {
                    Made::Goes if !self.app.sms.board().anybody_free() => return,
                    Made::Goes | Made::Gone => {}
                    Made::Waits => place += 1,
                    Made::PoolWaits => break,
                }
            }
        }
    }

    fn look_at(&mut self, head: &Head, pool: &str, place: usize, now: UnixMs) -> Made {
        let Some(to) = self.number(head) else {
            return self.end(
                head,
                pool,
                place,
                "lost",
                "unreadable",
                "its number cannot be opened any more",
                now,
            );
        };
        if head.deadline <= now {
            let why = "did not leave before its deadline";
            return self.end(head, pool, place, "expired", "deadline", why, now);
        }
        let class = Class::parse(&head.class).unwrap_or(Class::Normal);
        let blocked = self.app.store.read(|db| blocks::find(db, &head.number_tag)).ok().flatten().is_some();
        let sequence = self.first_part(head);
        let parts = u32::from(head.parts).saturating_sub(u32::from(sequence) - 1);
        let window = match class {
            Class::Otp => None,
            Class::Normal => calendar::window_opens(now, &self.app.settings().1.sms),
        };
        let decided = {
            let board = self.app.sms.board();
            let seen = |line_id| board.seen_today(line_id, &head.number_tag);
            let wanted = Wanted {
                to: &to,
                class,
                from_api: head.from_api,
                pinned: pool::line_of(pool),
                parts,
                blocked,
                paused: false,
                seen_today: &seen,
                window_opens: window,
                now,
                ends: board.place().ends,
            };
            let decision = board.choose(&wanted);
            let route = match decision {
                Decision::Send { .. } => {
                    let (decision, candidates) = explain(&wanted, board.rules(), board.facts());
                    Some(views::stored_route(&board, &wanted, decision, &candidates))
                }
                Decision::Wait { .. } | Decision::Refuse { .. } => None,
            };
            (decision, route)
        };
        match decided {
            (Decision::Send { line, place: seat, cost, .. }, route) => {
                self.goes(head, pool, place, to, class, sequence, (line, seat), cost.map(|c| c.0), route, now)
            }
            (Decision::Wait { reason, until, .. }, _) => {
                if let Some(until) = until {
                    self.look = Some(self.look.map_or(until, |look| look.min(until)));
                }
                match reason {
                    Reason::LineBusy
                    | Reason::Gap { .. }
                    | Reason::NoLine
                    | Reason::LineDown(_)
                    | Reason::Absent => Made::PoolWaits,
                    _ => Made::Waits,
                }
            }
            (Decision::Refuse { reason }, _) => {
                self.end(head, pool, place, "failed", reason.code(), &reason.sentence(), now)
            }
        }
    }

    /// The number of a message. `None`: it can never be opened again.
    fn number(&self, head: &Head) -> Option<Destination> {
        let number = self.app.sms.keys.open_number(&head.number_sealed).ok()?;
        Destination::parse(number.expose(), &self.app.settings().1.sms.country_code).ok()
    }

    /// The first part that has not left.
    fn first_part(&self, head: &Head) -> u8 {
        if head.parts < 2 || head.attempts == 0 {
            return 1;
        }
        let round = u8::from(head.resent);
        let written = self.app.store.read(|db| parts::of(db, head.id)).unwrap_or_default();
        let gone =
            written.iter().filter(|part| part.round == round && part.state != "failed").map(|p| p.sequence);
        gone.max().map_or(1, |last| last.saturating_add(1))
    }

    fn text(&self, head: &Head) -> Result<Secret<String>, Closed> {
        match &head.body {
            Some(body) => self.app.sms.keys.open_body(body, &head.number_tag),
            None => self.app.sms.volatile.text(head.id).ok_or(Closed::Gone),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one decision, moved on")]
    fn goes(
        &mut self,
        head: &Head,
        pool: &str,
        place: usize,
        to: Destination,
        class: Class,
        sequence: u8,
        (line_id, seat): (i64, usize),
        cost: Option<i64>,
        route: Option<String>,
        now: UnixMs,
    ) -> Made {
        let texts = match self.text(head) {
            Ok(text) => {
                match text::split(text.expose(), head.reference.is_some_and(|reference| reference > 255)) {
                    Ok(parts) => {
                        parts.into_iter().map(|part| Secret::new(part.to_owned())).collect::<Vec<_>>()
                    }
                    Err(_) => Vec::new(),
                }
            }
            Err(Closed::Away) => return Made::Waits,
            Err(Closed::Gone) => Vec::new(),
        };
        if texts.len() != usize::from(head.parts) {
            return self.end(
                head,
                pool,
                place,
                "lost",
                "unreadable",
                "its text cannot be opened any more",
                now,
            );
        }
        let Some(head) = self.heads.take(pool, place) else { return Made::Gone };
        let random = passwords::random::<8>().map_or(0, u64::from_ne_bytes);
        let mut flight = Flight { head, class, to, texts, sequence, sim_id: None, counted: (0, 0) };
        let parts = flight.left();
        flight.counted = (cost.unwrap_or(0), parts);
        let (prefix, new, stamp) = {
            let mut board = self.app.sms.board();
            flight.sim_id = board.slot(line_id).and_then(|slot| slot.sim.as_ref()).map(|sim| sim.sim_id);
            let (message, number_tag) = (flight.head.id, flight.head.number_tag);
            let taken = Taken { message, to: &flight.to, number_tag, class, parts, now, random };
            let (prefix, new) = board.take(seat, taken);
            (prefix, new, board.place())
        };
        let (id, sim_id) = (flight.head.id, flight.sim_id);
        self.steps.push(Step::Lease(Lease { id, line_id, sim_id, route, cost, at: now }));
        self.steps.push(Step::Intend { key: flight.key(), line_id, sim_id, at: now });
        if let Some(sim_id) = sim_id {
            let used = used(class, i64::from(parts), cost.unwrap_or(0), stamp.hour, stamp.day);
            self.steps.push(Step::Use { sim_id, used });
            if new {
                self.steps.push(Step::Recipient {
                    sim_id,
                    day: stamp.day,
                    number_tag: flight.head.number_tag,
                });
            }
            if let Some(prefix) = prefix {
                self.steps.push(Step::Prefix { sim_id, day: stamp.day, prefix, parts: i64::from(parts) });
            }
        }
        self.submits.push(line_id);
        self.flights.insert(line_id, flight);
        Made::Goes
    }

    #[allow(clippy::too_many_arguments, reason = "one end, said in full")]
    fn end(
        &mut self,
        head: &Head,
        pool: &str,
        place: usize,
        state: &'static str,
        word: &str,
        text: &str,
        now: UnixMs,
    ) -> Made {
        self.heads.take(pool, place);
        let cause = Cause { word: word.to_owned(), text: text.to_owned() };
        self.steps.push(Step::End { id: head.id, state, cause, at: now });
        Made::Gone
    }
}
