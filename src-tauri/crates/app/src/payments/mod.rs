//! The payment flow, in reading order: `take` (door and commit), `charge` (the transaction), `reject` (what was not
//! understood), `deliver` (the outbox to the readers).

pub(crate) mod charge;
pub mod deliver;
pub(crate) mod reject;
pub mod take;
