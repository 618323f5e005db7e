//! The vault against a real Secret Service: gnome-keyring on a private session bus, locked, absent, late, restarted,
//! emptied. `cargo xtask test` installs what this needs.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod moves;
mod session;
mod station;
mod vault;
