//! A world of one station, one server and one stove, in which everything that can get lost does: every state that any
//! order of steps, crashes and lost answers can reach is visited, and in each one the station knows the living key.

use std::collections::HashSet;

use super::proof::{number_that_lives, secret_that_lives};
use super::*;
use crate::secret::Secret;
use crate::stove::token::{StoveId, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Old,
    New,
}

/// What is durable at the station, what is true at the stove, and what is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct World {
    state: State,
    current: Key,
    knows_old: bool,
    knows_new: bool,
    stove: Key,
    /// A write that has left and may still arrive, even after a crash.
    in_the_air: bool,
    /// A write has left at some time.
    sent: bool,
}

const START: World = World {
    state: State::FIRST,
    current: Key::Old,
    knows_old: true,
    knows_new: true,
    stove: Key::Old,
    in_the_air: false,
    sent: false,
};

impl World {
    /// The event is committed with what belongs into its commit. A refused one changes nothing.
    fn take(mut self, event: Event) -> Self {
        let Ok((state, effects)) = next(self.state, event) else { return self };
        self.state = state;
        for effect in effects {
            match effect {
                Effect::Promote => {
                    assert_eq!(self.stove, Key::New, "only what a token proved");
                    self.current = Key::New;
                }
                Effect::DropNew => self.knows_new = false,
                Effect::AskServer
                | Effect::OfferWrite
                | Effect::ReadToken
                | Effect::UpdateServer
                | Effect::Tell(_) => {}
            }
        }
        self
    }

    fn lives(self) -> Lives {
        match self.stove {
            Key::New if self.knows_new => Lives::New,
            Key::New => Lives::Neither,
            Key::Old => Lives::Old,
        }
    }

    /// Everything that can happen next. A crash is no event: it is what leaves the others out, so it needs no move of its
    /// own but that nothing in memory matters.
    fn moves(self) -> Vec<Self> {
        let mut next: Vec<Self> = [
            Event::ServerAck,
            Event::ServerRefused,
            Event::WriteDone,
            Event::WriteFailed(WriteFailure::NothingSent),
            Event::WriteFailed(WriteFailure::PerhapsArrived),
            Event::WriteFailed(WriteFailure::StoveRefused),
            Event::TokenSeen { lives: self.lives(), after_write: true },
            Event::TokenSeen { lives: self.lives(), after_write: false },
            Event::TokenSeen { lives: Lives::Old, after_write: false },
            // A display that shows an old code, taken for a new one.
            Event::TokenSeen { lives: Lives::Old, after_write: true },
            Event::TokenSeen { lives: Lives::Neither, after_write: true },
            Event::ServerUpdateDone,
            Event::Abandon,
            Event::TakeUp,
        ]
        .into_iter()
        .map(|event| self.take(event))
        .collect();
        let begun = self.take(Event::WriteBegins);
        next.push(begun);
        if begun.state == State::Writing {
            next.push(Self { in_the_air: true, sent: true, ..begun });
        }
        if self.in_the_air {
            next.push(Self { in_the_air: false, ..self });
            next.push(Self { in_the_air: false, stove: Key::New, ..self });
            next.push(Self { stove: Key::New, ..self });
        }
        // A backup from just after the preparation, or from when the server had agreed, is restored.
        if self.knows_new {
            for saved in [State::FIRST, State::ServerAcked { reached: false }] {
                next.push(Self { state: saved.after_restore(), current: Key::Old, ..self });
            }
        }
        next
    }

    /// What must hold in every world, whatever happened.
    fn check(self) {
        assert!(self.knows_old, "the old key is never dropped");
        assert!(self.stove == Key::Old || self.knows_new, "the living key is known: {self:?}");
        assert!(!self.in_the_air || self.knows_new, "what may arrive is known: {self:?}");
        assert!(!self.sent || self.state.reached(), "a write that left is remembered: {self:?}");
        // One token later the station knows which key lives.
        let healed = self.take(Event::TokenSeen { lives: self.lives(), after_write: true });
        if self.stove == Key::New {
            assert!(matches!(healed.state, State::Confirmed | State::ServerUpdated), "{self:?}");
            assert_eq!(healed.current, Key::New);
        } else if self.current == Key::Old {
            assert!(!matches!(healed.state, State::Written | State::Writing), "{self:?}");
        }
    }
}

#[test]
fn whatever_is_lost_or_killed_the_living_key_is_known_and_one_token_heals() {
    let mut seen = HashSet::from([START]);
    let mut open = vec![START];
    while let Some(world) = open.pop() {
        world.check();
        for next in world.moves() {
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    let reached: HashSet<State> = seen.iter().map(|world| world.state).collect();
    assert_eq!(reached.len(), 10, "every state is reached: {reached:?}");
}

#[test]
fn from_every_state_there_is_a_way_to_the_end() {
    for state in every_state() {
        if state == (State::Abandoned { reached: false }) {
            continue;
        }
        let way = [
            Event::TakeUp,
            Event::ServerAck,
            Event::WriteBegins,
            Event::WriteDone,
            Event::TokenSeen { lives: Lives::New, after_write: true },
            Event::ServerUpdateDone,
        ];
        let end = way.into_iter().fold(state, |state, event| next(state, event).map_or(state, |(s, _)| s));
        assert_eq!(end, State::ServerUpdated, "{state:?}");
    }
}

fn every_state() -> Vec<State> {
    ["prepared", "server_acked", "writing", "written", "confirmed", "server_updated", "abandoned"]
        .into_iter()
        .flat_map(|word| [false, true].map(|reached| State::parse(word, reached).unwrap()))
        .collect()
}

#[test]
fn words_and_json_come_back() {
    for state in every_state() {
        assert_eq!(State::parse(state.word(), state.reached()), Some(state));
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
    }
    assert_eq!(State::parse("gone", true), None);
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    for (state, event) in [
        (State::FIRST, Event::WriteBegins),
        (State::FIRST, Event::WriteDone),
        (State::FIRST, Event::ServerUpdateDone),
        (State::FIRST, Event::TakeUp),
        (State::Written, Event::ServerUpdateDone),
        (State::Confirmed, Event::Abandon),
        (State::ServerUpdated, Event::WriteBegins),
        (State::Abandoned { reached: false }, Event::TakeUp),
        (State::Abandoned { reached: true }, Event::ServerAck),
    ] {
        assert_eq!(next(state, event), Err(Refusal { state, event }));
    }
}

#[test]
fn tokens_prove_what_they_prove() {
    use crate::stove::verify::{Parts, sign};
    let secret = |text: &str| Secret::new(text.as_bytes().to_vec());
    let (old, new) = (secret("the old one"), secret("the new one"));
    let signed = |id: &str, key: &Secret<Vec<u8>>| {
        let payload = format!("V01;{id};1790000000;00010.000;0002.000;APIKEY01;");
        Token::decode(sign(&payload, key, Parts::Two).as_bytes()).unwrap()
    };
    let (one, two) = ("00000000001", "00000000002");
    for (key, want) in [(&old, Lives::Old), (&new, Lives::New), (&secret("x"), Lives::Neither)] {
        assert_eq!(secret_that_lives(&signed(one, key), &old, &new), want);
    }
    let (first, second) = (StoveId::parse(one).unwrap(), StoveId::parse(two).unwrap());
    for (id, key, want) in [
        (one, &old, Lives::Old),
        (two, &old, Lives::New),
        ("00000000003", &old, Lives::Neither),
        (two, &new, Lives::Neither),
    ] {
        assert_eq!(number_that_lives(&signed(id, key), first, second, &old), want);
    }
}
