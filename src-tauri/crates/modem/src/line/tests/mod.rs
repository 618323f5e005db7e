//! What a line does, told with a modem whose every byte the test decides.
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod receiving;
mod sending;
mod trouble;
