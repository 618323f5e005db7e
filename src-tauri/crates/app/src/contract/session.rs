//! Sign-in, the first owner, and what a screen must know before anybody signs in.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Language;

/// What every screen may know before anybody signs in (`station.status`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StationStatus {
    /// Name of the shop; empty before the first run.
    pub station_name: String,
    /// True until an owner exists: only `owner.create` works, and only from this machine.
    pub first_run: bool,
    /// True in a throw-away try-out folder: the screen says that no money is real.
    pub try_out: bool,
    /// The station's language.
    pub language: Language,
    /// Version of the program.
    pub version: String,
    /// Wall clock, Unix milliseconds.
    pub now_ms: i64,
}

/// First run: makes the owner and the first till (`owner.create`), and signs in.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OwnerCreate {
    /// Name of the shop.
    pub station_name: String,
    /// Language of the screens.
    pub language: Language,
    /// Sign-in name of the owner, 2 to 40 characters.
    pub owner_name: String,
    /// Password, 10 characters or more.
    pub password: String,
    /// Name of the first till.
    pub till_name: String,
    /// Fixed price of the first till in rupiah; `null`: the cashier types each amount.
    pub price: Option<i64>,
    /// May readers on the local network connect? Opens the MQTT ports beyond this machine.
    pub readers_on_lan: bool,
}
