//! The station's certificates with a real core and real files: made, kept, renewed, replaced, lost; and what clients
//! with the authority, with another one and with none make of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod desk;
mod local;
mod own;
