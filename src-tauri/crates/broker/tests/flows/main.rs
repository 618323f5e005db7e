//! The crate's flows over real sockets: devices at the front door, the link, and a real mosquitto.

// Helpers are not `#[test]` functions, so the lint's own exception for tests does not reach them.
#![allow(clippy::unwrap_used)]

mod attacks;
mod common;
mod doorway;
mod link;
mod mosquitto;
mod raw;
