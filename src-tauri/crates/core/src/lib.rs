//! Gerai's rules, without I/O: money, cards, the ledger, what goes over the wire, and the ports.
//! Nothing here reads a clock, a file or a socket. Everything above calls into here.

pub mod address;
pub mod audit;
pub mod card;
pub mod contact;
pub mod crash;
pub mod drift;
pub mod hex;
pub mod ledger;
pub mod money;
pub mod phone;
pub mod pin;
pub mod port;
pub mod recovery;
pub mod secret;
pub mod sms;
pub mod sntp;
pub mod stove;
pub mod tap;
pub mod time;
pub mod totp;
