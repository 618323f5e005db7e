//! Gerai's use cases: what a tap, a top-up, a till, a reader or an operator can cause, the contract that screens
//! and the command line speak, and the workers. Names no transport: `web`, `broker` and `host` come to it.

pub mod access;
mod app;
mod backoff;
mod clock_watch;
pub mod contract;
mod devices;
pub mod passwords;
mod payments;
mod people;
mod proof;
mod seal;
mod secrets;
mod sessions;
mod settings;
mod sms;
mod stove;
mod tokens;
mod trail;
mod usecases;
mod views;

pub use app::{App, AppOptions, StartError};
pub use clock_watch::ClockPeer;
pub use devices::BrokerLogin;
pub use payments::deliver::Outbox;
pub use payments::take::Door;
pub use sms::{Dispatcher, SmsDoor, keep_sms, tend_sms};
pub use stove::endpoint::{EndpointGrant, SubmitRefusal};
pub use stove::forward::Pace as ForwardPace;
pub use stove::take::{Arriving, BATCH_MAX as TOKENS_BATCH, Counted as TokensTaken};
pub use stove::{Forwarder, StoveDoor};
