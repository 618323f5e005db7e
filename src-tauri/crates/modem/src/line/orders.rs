//! What others ask of a line, and how it is refused when the line can not.

use futures_channel::oneshot;
use gerai_core::port::lines::{LineError, Scope, SubmitPart, Submitted, UssdReply};

/// Orders that may wait for one line. The queue hands one message at a time; the rest is people's.
pub(super) const ORDERS_MAX: usize = 64;

/// One order with the way back.
pub(super) enum Order {
    Submit { part: Box<SubmitPart>, ticket: u64, back: oneshot::Sender<Submitted> },
    Ussd { text: String, back: oneshot::Sender<Result<UssdReply, LineError>> },
    UssdCancel { back: oneshot::Sender<Result<(), LineError>> },
    Command { text: String, back: oneshot::Sender<Result<Vec<String>, LineError>> },
    Wake,
}

impl Order {
    /// Answers that it can not be done now. `Wake` is no question.
    pub(super) fn refuse(self, why: &str) {
        let error = || LineError::NotReady(why.to_owned());
        match self {
            Self::Submit { back, .. } => drop(back.send(not_now(why))),
            Self::Ussd { back, .. } => drop(back.send(Err(error()))),
            Self::UssdCancel { back } => drop(back.send(Err(error()))),
            Self::Command { back, .. } => drop(back.send(Err(error()))),
            Self::Wake => {}
        }
    }
}

/// The line can not take a message now; nothing has left.
pub(super) fn not_now(why: &str) -> Submitted {
    Submitted::Refused { scope: Scope::Line, temporary: true, code: None, why: why.to_owned() }
}
