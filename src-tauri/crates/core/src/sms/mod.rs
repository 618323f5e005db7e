//! Short messages: what a message is, its states, how its text is cut and coded, and which SIM carries it. Rules only.

pub mod alphabet;
pub mod balance;
pub mod limits;
pub mod reassembly;
pub mod reports;
pub mod routing;
pub mod secrecy;
pub mod state;
pub mod tariff;
pub mod text;
