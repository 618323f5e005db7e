//! Changing a stove's secret or its number, so that a crash, a lost answer or a dropped connection at any step locks
//! nobody out. The stove is the only one that knows which value lives in it, and its next token tells: so both are kept
//! until a token proves the new one. Pure: the step that follows and what to do; the store commits both together *before*
//! anything is done. `message` writes what the stove is sent, `proof` reads what a
//! token proves.
//!
//! ```text
//! Prepared ─▶ ServerAcked ─▶ Writing ─▶ Written ─▶ Confirmed ─▶ ServerUpdated      Abandoned ─▶ Prepared (again)
//! ```

use serde::{Deserialize, Serialize};

pub mod message;
pub mod proof;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum State {
    /// The new value is made and kept; the server is asked.
    Prepared {
        /// An earlier attempt may have reached the stove.
        reached: bool,
    },
    /// The server agrees; the stove can be written.
    ServerAcked {
        /// As above.
        reached: bool,
    },
    /// A write was begun: from here on the stove may hold either value.
    Writing,
    /// The stove said that it took the new value. Not proof yet.
    Written,
    /// A token proved the new value: it is the current one, the old one the previous.
    Confirmed,
    /// The server has the new value too. The end.
    ServerUpdated,
    /// Given up, or refused by the server.
    Abandoned {
        /// A write was begun before: the new value is kept, because the stove may hold it, and the change can only be
        /// taken up again, with that same value.
        reached: bool,
    },
}

/// Which value a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lives {
    /// The one before the change.
    Old,
    /// The one the change brings.
    New,
    /// Neither: a foreign or damaged token. It proves nothing.
    Neither,
}

/// How a write to the stove failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteFailure {
    /// Before anything left for the stove: it was not found, or the message was not built.
    NothingSent,
    /// At any later moment: it may have arrived.
    PerhapsArrived,
    /// The stove answered that it does not take it.
    StoveRefused,
}

/// What happens to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The server agrees to the change.
    ServerAck,
    /// The server does not agree, or does not take the update.
    ServerRefused,
    /// The message is about to be handed to the radio. Committed before its first byte leaves.
    WriteBegins,
    /// The stove acknowledged it.
    WriteDone,
    /// The write came to nothing, or to something unknown.
    WriteFailed(WriteFailure),
    /// A token of this stove was read.
    TokenSeen {
        /// What it proves.
        lives: Lives,
        /// It was made after the last write: read live, its time after the write's. A late one, or a QR code that was on
        /// the display before, says nothing about what a write did.
        after_write: bool,
    },
    /// The server has taken the new value.
    ServerUpdateDone,
    /// An operator gives the change up.
    Abandon,
    /// An operator takes a given-up change up again.
    TakeUp,
}

/// What to do after the new state is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Ask the server whether it agrees.
    AskServer,
    /// Tell the operator that the stove can be written.
    OfferWrite,
    /// Ask for one token of the stove: it tells which value lives.
    ReadToken,
    /// In the commit of the new state itself: the new value becomes current, the old one previous.
    Promote,
    /// In the commit of the new state itself: forget the new value. Only ever when no write was begun.
    DropNew,
    /// Tell the server the new value, until it takes it.
    UpdateServer,
    /// Tell the operator.
    Tell(Notice),
}

/// What an operator should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// The server does not agree; nothing was changed on the stove by this attempt.
    ServerRefused,
    /// The stove has the new value, but the server does not take it: its readings will be refused there.
    ServerLacksNew,
    /// The stove still has the old value: write again.
    NotTaken,
    /// A token verified with neither value: another station may have changed it.
    NeitherLives,
    /// After the new value was proved, the stove uses the old one again: a reset, or a swapped stove.
    OldAgain,
}

/// A step that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} while the change {}; look at it again", .event.sentence(), .state.sentence())]
pub struct Refusal {
    /// The state it is in.
    pub state: State,
    /// What should have happened.
    pub event: Event,
}

impl Event {
    /// What it would mean now, for the sentence of a refusal.
    fn sentence(self) -> &'static str {
        match self {
            Self::ServerAck => "the server cannot agree",
            Self::ServerRefused => "the server cannot refuse",
            Self::WriteBegins => "the stove cannot be written",
            Self::WriteDone => "the stove cannot have taken it",
            Self::WriteFailed(_) => "no write can fail",
            Self::TokenSeen { .. } => "no token can prove it",
            Self::ServerUpdateDone => "the server cannot have taken the new value",
            Self::Abandon => "it cannot be given up",
            Self::TakeUp => "it cannot be taken up",
        }
    }
}

impl State {
    /// Where it stands, after "the change".
    fn sentence(self) -> &'static str {
        match self {
            Self::Prepared { .. } => "waits for the server's agreement",
            Self::ServerAcked { .. } => "waits to be written to the stove",
            Self::Writing => "was being written and waits for a token of the stove",
            Self::Written => "is written and waits for a token of the stove",
            Self::Confirmed => "is proved and waits for the server to take it",
            Self::ServerUpdated => "is over",
            Self::Abandoned { .. } => "is given up",
        }
    }

    /// A change begins so, with [`Effect::AskServer`].
    pub const FIRST: Self = Self::Prepared { reached: false };

    /// The word in SQL, JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepared { .. } => "prepared",
            Self::ServerAcked { .. } => "server_acked",
            Self::Writing => "writing",
            Self::Written => "written",
            Self::Confirmed => "confirmed",
            Self::ServerUpdated => "server_updated",
            Self::Abandoned { .. } => "abandoned",
        }
    }

    /// The state of a word and of whether a write was ever begun; `None` for any other text.
    #[must_use]
    pub fn parse(word: &str, reached: bool) -> Option<Self> {
        [
            Self::Prepared { reached },
            Self::ServerAcked { reached },
            Self::Writing,
            Self::Written,
            Self::Confirmed,
            Self::ServerUpdated,
            Self::Abandoned { reached },
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }

    /// A write was begun at some time: the stove may hold the new value.
    #[must_use]
    pub fn reached(self) -> bool {
        match self {
            Self::Prepared { reached } | Self::ServerAcked { reached } | Self::Abandoned { reached } => {
                reached
            }
            Self::Writing | Self::Written | Self::Confirmed | Self::ServerUpdated => true,
        }
    }

    /// No other change of this stove may begin while this holds: its values must be kept.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Prepared { .. }
            | Self::ServerAcked { .. }
            | Self::Writing
            | Self::Written
            | Self::Confirmed => true,
            Self::Abandoned { reached } => reached,
            Self::ServerUpdated => false,
        }
    }

    /// The state to begin from when a backup was restored. Since that backup a write may have been begun, whatever the
    /// backup says: the new value is kept until a token proves which one lives. Nothing is taken as confirmed either.
    #[must_use]
    pub fn after_restore(self) -> Self {
        match self {
            Self::Prepared { .. } => Self::Prepared { reached: true },
            Self::ServerAcked { .. } => Self::ServerAcked { reached: true },
            Self::Writing
            | Self::Written
            | Self::Confirmed
            | Self::ServerUpdated
            | Self::Abandoned { .. } => self,
        }
    }

    /// What to do after a restart: whatever was under way is asked again, nothing is assumed.
    #[must_use]
    pub fn after_restart(self) -> Vec<Effect> {
        match self {
            Self::Prepared { .. } => vec![Effect::AskServer],
            Self::ServerAcked { .. } => vec![Effect::OfferWrite],
            Self::Writing | Self::Written => vec![Effect::ReadToken],
            Self::Confirmed => vec![Effect::UpdateServer],
            Self::ServerUpdated | Self::Abandoned { .. } => Vec::new(),
        }
    }
}

/// The step that follows, and what to do once it is committed.
///
/// # Errors
/// A step that makes no sense changes nothing. Answers that come twice, or late, are no such steps: they do nothing.
pub fn next(state: State, event: Event) -> Result<(State, Vec<Effect>), Refusal> {
    let step = match event {
        Event::ServerAck => server_ack(state),
        Event::ServerRefused => server_refused(state),
        Event::WriteBegins => match state {
            State::ServerAcked { .. } | State::Writing | State::Written => Some((State::Writing, Vec::new())),
            State::Prepared { .. } | State::Confirmed | State::ServerUpdated | State::Abandoned { .. } => {
                None
            }
        },
        Event::WriteDone => match state {
            State::Writing => Some((State::Written, vec![Effect::ReadToken])),
            // A token was quicker than the stove's answer, or the operator was.
            other => late(other),
        },
        Event::WriteFailed(failure) => match state {
            State::Writing => Some(write_failed(failure)),
            other => late(other),
        },
        Event::TokenSeen { lives, after_write } => Some(token_seen(state, lives, after_write)),
        Event::ServerUpdateDone => match state {
            State::Confirmed => Some((State::ServerUpdated, Vec::new())),
            State::ServerUpdated => Some((state, Vec::new())),
            State::Prepared { .. }
            | State::ServerAcked { .. }
            | State::Writing
            | State::Written
            | State::Abandoned { .. } => None,
        },
        Event::Abandon => match state {
            State::Prepared { reached } | State::ServerAcked { reached } => Some(given_up(reached, None)),
            State::Writing | State::Written => Some(given_up(true, None)),
            State::Abandoned { .. } => Some((state, Vec::new())),
            // The stove has the new value: there is nothing to give up.
            State::Confirmed | State::ServerUpdated => None,
        },
        Event::TakeUp => match state {
            State::Abandoned { reached: true } => {
                Some((State::Prepared { reached: true }, vec![Effect::AskServer]))
            }
            // Its new value is forgotten: a new change makes a new one.
            State::Abandoned { reached: false }
            | State::Prepared { .. }
            | State::ServerAcked { .. }
            | State::Writing
            | State::Written
            | State::Confirmed
            | State::ServerUpdated => None,
        },
    };
    step.ok_or(Refusal { state, event })
}

fn server_ack(state: State) -> Option<(State, Vec<Effect>)> {
    match state {
        State::Prepared { reached } => Some((State::ServerAcked { reached }, vec![Effect::OfferWrite])),
        State::ServerAcked { .. }
        | State::Writing
        | State::Written
        | State::Confirmed
        | State::ServerUpdated => Some((state, Vec::new())),
        State::Abandoned { .. } => None,
    }
}

fn server_refused(state: State) -> Option<(State, Vec<Effect>)> {
    match state {
        State::Prepared { reached } => Some(given_up(reached, Some(Notice::ServerRefused))),
        State::Confirmed => Some((state, vec![Effect::Tell(Notice::ServerLacksNew)])),
        State::ServerAcked { .. }
        | State::Writing
        | State::Written
        | State::ServerUpdated
        | State::Abandoned { .. } => None,
    }
}

/// The end of a write, after something else has settled it or moved on: nothing is to be done. Where no write was ever
/// begun there is none to end.
fn late(state: State) -> Option<(State, Vec<Effect>)> {
    state.reached().then(|| (state, Vec::new()))
}

/// Given up. What was never written is forgotten; what was may live in the stove.
fn given_up(reached: bool, notice: Option<Notice>) -> (State, Vec<Effect>) {
    let dropped = (!reached).then_some(Effect::DropNew);
    (State::Abandoned { reached }, dropped.into_iter().chain(notice.map(Effect::Tell)).collect())
}

/// `reached` stays true whatever failed: an earlier write of this change may have arrived.
fn write_failed(failure: WriteFailure) -> (State, Vec<Effect>) {
    match failure {
        WriteFailure::NothingSent => (State::ServerAcked { reached: true }, vec![Effect::OfferWrite]),
        // A refusal is also what a stove says that has the new secret already, when its answer was lost.
        WriteFailure::PerhapsArrived | WriteFailure::StoveRefused => {
            (State::Writing, vec![Effect::ReadToken])
        }
    }
}

/// A token heals every state, as it is the only proof there is.
fn token_seen(state: State, lives: Lives, after_write: bool) -> (State, Vec<Effect>) {
    let tell = |notice| (state, vec![Effect::Tell(notice)]);
    match (lives, state) {
        // Its new value is forgotten and was never sent: no token can prove it.
        (Lives::New, State::Abandoned { reached: false }) => tell(Notice::NeitherLives),
        (
            Lives::New,
            State::Prepared { .. }
            | State::ServerAcked { .. }
            | State::Writing
            | State::Written
            | State::Abandoned { reached: true },
        ) => (State::Confirmed, vec![Effect::Promote, Effect::UpdateServer]),
        (Lives::New, State::Confirmed | State::ServerUpdated) => (state, Vec::new()),
        (Lives::Old, State::Writing | State::Written) if after_write => {
            (State::ServerAcked { reached: true }, vec![Effect::Tell(Notice::NotTaken), Effect::OfferWrite])
        }
        (Lives::Old, State::Confirmed | State::ServerUpdated) if after_write => tell(Notice::OldAgain),
        (
            Lives::Old,
            State::Prepared { .. }
            | State::ServerAcked { .. }
            | State::Writing
            | State::Written
            | State::Confirmed
            | State::ServerUpdated
            | State::Abandoned { .. },
        ) => (state, Vec::new()),
        (Lives::Neither, _) => tell(Notice::NeitherLives),
    }
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
