//! Smart-stove meters: what a token says, whether it is genuine, and what its figures tell beside their neighbours.
//! A token is a JWS (RFC 7515) whose payload is one line of text, not JSON. Two verdicts are kept apart for ever:
//! *signature* (who made it) and *quality* (whether the figures make sense). No I/O and no clock: sources, the
//! database, the network and the screens call into here.

pub mod framing;
mod members;
pub mod months;
pub mod quality;
pub mod replacement;
pub mod rotation;
pub mod series;
pub mod submission;
pub mod tariff;
pub mod token;
pub mod units;
pub mod vee;
pub mod verify;

pub use framing::{Framing, Oddity};
pub use quality::Flag;
pub use token::{Electrical, KeySlot, Reading, StoveId, Token, TokenError, TokenHash, Version};
pub use units::{CentiPf, MilliAmps, MilliKwh, UnixS, Volts, Watts};
pub use verify::{KeyRing, Signature};
