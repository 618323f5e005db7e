//! The core from outside, without any transport: messages through its MQTT door, commands through its contract, on a
//! real database in a temporary folder.

#![allow(clippy::unwrap_used, reason = "a panic is how a test speaks, in its helpers too")]

mod access;
mod approvals;
mod bad_input;
mod concurrency;
mod counter_images;
mod duty;
mod hand;
mod people;
mod people_support;
mod recovery;
mod roles;
mod second_factor;
mod sessions;
mod sms;
mod sms_doubt;
mod sms_inbox;
mod sms_lines;
mod sms_many;
mod sms_modems;
mod sms_otp;
mod sms_support;
mod stove_forward;
mod stove_ports;
mod stove_rotation;
mod stove_support;
mod stove_take;
mod support;
mod taps;
mod tills;
mod tokens;
mod trail;
mod trail_lists;
