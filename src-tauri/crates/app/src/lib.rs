//! Use cases and the contract of the screens.
pub mod contract;
