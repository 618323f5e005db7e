//! Modems: what they say (`pdu`, `ussd`, `at`), how a line is driven (`line`), where modems are found (`discovery`), and
//! modems made of software (`sim`). Knows nothing of queues or databases: those are on the other side of the ports in
//! `gerai_core::port::lines`.

pub mod at;
pub mod discovery;
pub mod line;
pub mod lines;
pub mod pdu;
pub mod port;
pub mod sim;
pub mod ussd;
