//! The crate's flows over real sockets: devices at the front door, the link, and a real mosquitto.

mod attacks;
mod common;
mod doorway;
mod link;
mod mosquitto;
mod raw;
