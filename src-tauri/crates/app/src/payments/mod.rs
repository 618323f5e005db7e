//! The payment flow, in reading order: `take` (door and commit), `charge` (the transaction), `reject` (what was not
//! understood), `deliver` (the outbox to the readers). Here is what they hand to each other.

pub(crate) mod charge;
pub mod deliver;
pub(crate) mod reject;
pub mod take;

use std::sync::Arc;

use gerai_core::ledger::Limits;
use gerai_core::tap::Outcome;
use gerai_core::tap::mac::ReaderKey;
use gerai_core::tap::wire::Topics;
use gerai_core::time::{UnixMs, WibDay};

use reject::RejectLimiter;

/// What is read before the transaction, once per message.
pub(crate) struct Context {
    pub(crate) now: UnixMs,
    pub(crate) day: WibDay,
    pub(crate) limits: Limits,
    pub(crate) mirror_legacy: bool,
    pub(crate) topics: Topics,
    pub(crate) limiter: Arc<RejectLimiter>,
    /// The key of the reader that the topic names.
    pub(crate) key: Option<ReaderKey>,
}

/// What a message came to, for the screens.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) payment: Option<TakenPayment>,
    pub(crate) rejected: bool,
    /// Rows were put into the outbox.
    pub(crate) answered: bool,
}

/// A payment row that was made.
#[derive(Debug)]
pub(crate) struct TakenPayment {
    pub(crate) payment_id: i64,
    pub(crate) till_id: Option<i64>,
    pub(crate) account_id: Option<i64>,
    pub(crate) reader: Option<String>,
    pub(crate) outcome: Outcome,
    /// The clock of a v2 reader on a tap that came at once, Unix seconds.
    pub(crate) reader_clock: Option<i64>,
}
