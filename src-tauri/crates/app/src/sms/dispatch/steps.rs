//! What one round of the dispatcher writes: the results of parts that ended and the intents of those that begin, in one
//! transaction. Only after its COMMIT does a modem get a part.

use gerai_core::crash;
use gerai_core::time::UnixMs;
use gerai_store::sms::course::{self, Cause, Lease, Requeue};
use gerai_store::sms::parts::{self, PartKey};
use gerai_store::sms::usage::{self, HourUse};
use gerai_store::{Db, StoreError};

use crate::sms::reports;

/// One change.
#[derive(Clone)]
pub(crate) enum Step {
    /// A message goes to a line; nothing of it does when it is not queued any more. Must come before its `Intend`.
    Lease(Lease),
    /// A part is about to be given to a modem.
    Intend { key: PartKey, line_id: i64, sim_id: Option<i64>, at: UnixMs },
    /// Short messages of a SIM; negative figures give back.
    Use { sim_id: i64, used: HourUse },
    /// Whom a SIM sent to today.
    Recipient { sim_id: i64, day: UnixMs, number_tag: [u8; 16] },
    /// Short messages of a prefix of a SIM's tariff.
    Prefix { sim_id: i64, day: UnixMs, prefix: String, parts: i64 },
    /// The network took a part.
    PartSent { key: PartKey, reference: u8, at: UnixMs },
    /// The network took the last part.
    Sent { id: i64, at: UnixMs },
    /// A part may have left.
    PartInDoubt { key: PartKey },
    /// So may its message.
    InDoubt { id: i64, cause: Cause },
    /// A part certainly did not leave.
    Withdraw { key: PartKey },
    /// A message goes back into the queue.
    Requeue(Requeue),
    /// A message ends.
    End { id: i64, state: &'static str, cause: Cause, at: UnixMs },
}

impl Step {
    /// The message that is changed in a way people see.
    pub(crate) fn message(&self) -> Option<i64> {
        match self {
            Self::Lease(lease) => Some(lease.id),
            Self::Sent { id, .. } | Self::InDoubt { id, .. } | Self::End { id, .. } => Some(*id),
            Self::Requeue(back) => Some(back.id),
            Self::Intend { .. }
            | Self::Use { .. }
            | Self::Recipient { .. }
            | Self::Prefix { .. }
            | Self::PartSent { .. }
            | Self::PartInDoubt { .. }
            | Self::Withdraw { .. } => None,
        }
    }
}

/// Carries a round out. Answers with the messages whose lease failed: somebody took them back meanwhile.
pub(crate) fn carry_out(db: &Db, steps: &[Step]) -> Result<Vec<i64>, StoreError> {
    let mut gone: Vec<i64> = Vec::new();
    for step in steps {
        match step {
            Step::Lease(lease) => {
                if !course::lease(db, lease)? {
                    gone.push(lease.id);
                }
            }
            Step::Intend { key, line_id, sim_id, at } => {
                if !gone.contains(&key.message_id) {
                    parts::intend(db, *key, *line_id, *sim_id, *at)?;
                }
            }
            Step::Use { sim_id, used } => usage::add(db, *sim_id, *used)?,
            Step::Recipient { sim_id, day, number_tag } => {
                usage::add_recipient(db, *sim_id, *day, number_tag)?
            }
            Step::Prefix { sim_id, day, prefix, parts } => {
                usage::add_prefix(db, *sim_id, *day, prefix, *parts)?;
            }
            Step::PartSent { key, reference, at } => parts::sent(db, *key, Some(*reference), *at)?,
            Step::Sent { id, at } => {
                course::sent(db, *id, *at)?;
                reports::settle_early(db, *id, *at)?;
            }
            Step::PartInDoubt { key } => parts::in_doubt(db, *key)?,
            Step::InDoubt { id, cause } => course::in_doubt(db, *id, cause)?,
            Step::Withdraw { key } => parts::withdraw(db, *key)?,
            Step::Requeue(back) => {
                course::requeue(db, back)?;
            }
            Step::End { id, state, cause, at } => {
                course::end(db, *id, state, cause, *at)?;
            }
        }
    }
    crash::point("sms-before-commit");
    Ok(gone)
}
