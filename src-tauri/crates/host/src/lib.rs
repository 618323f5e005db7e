//! Gerai's wiring: the data folder, the vault, the clocks, the control socket, the command line, and the running station.
//! The only crate that knows all the others. The binary `gerai` is a thin `main` over this library, and so is the
//! desktop; neither decides anything about money.

pub mod cli;
pub mod clock;
pub mod control;
pub mod data_folder;
mod disk;
pub mod dumps;
mod events;
pub mod logging;
pub mod options;
mod peers_clock;
pub mod random;
pub mod station;
pub mod tls;
pub mod vault;
