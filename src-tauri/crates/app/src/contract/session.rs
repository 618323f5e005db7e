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

/// What an operator may do. More roles come with the roles' own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Role {
    /// Everything.
    Owner,
    /// Daily work: customers, cards, top-ups, tills.
    Operator,
    /// The counter of one till.
    Cashier,
}

/// The person at the desk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OperatorView {
    /// The operator's id; 0 for the local command line.
    pub id: i64,
    /// Sign-in name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// False: may no longer sign in.
    pub active: bool,
}

/// Who this session is (`session.current`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SessionView {
    /// The signed-in operator; `null` for a counter session.
    pub operator: Option<OperatorView>,
    /// The till this session is limited to; `null` for an operator's session.
    pub till_id: Option<i64>,
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

/// Sign-in (`session.sign_in`).
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct SignIn {
    /// Sign-in name.
    pub name: String,
    /// Password.
    pub password: String,
}

/// A new operator (`operators.add`).
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OperatorAdd {
    /// Sign-in name, 2 to 40 characters.
    pub name: String,
    /// Password, 10 characters or more.
    pub password: String,
    /// Role.
    pub role: Role,
}

/// A new password for an operator (`operators.reset`); ends all their sessions.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct OperatorReset {
    /// Sign-in name.
    pub name: String,
    /// The new password, 10 characters or more.
    pub password: String,
}
