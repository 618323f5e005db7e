//! Whole-station flows, from outside: the release `gerai serve` as a process, real sockets, real brokers, real clients.
//! `GERAI_BIN` names the program (`cargo xtask test` sets it); without it the debug build beside this test is taken.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

mod brokers;
#[cfg(target_os = "linux")]
mod disk_faults;
mod forged;
mod interop;
mod kills;
mod marked;
mod money;
mod reader;
mod run_with_secrets;
mod secrets;
mod sms;
mod sms_faults;
mod sms_kills;
mod sms_secrets;
mod sought;
mod station;
mod storm;
#[cfg(target_os = "linux")]
#[path = "../../../src-tauri/crates/sense/tests/support/bus.rs"]
mod stove_bus;
#[cfg(target_os = "linux")]
mod stove_change;
mod stove_forward;
mod stove_upstream;
