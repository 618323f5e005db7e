//! The contract: every command a screen or the command line can give, declared once in `table`, with its request
//! and response types here. The desktop's IPC, HTTP `POST /rpc/<command>` and the control socket are thin adapters
//! over that one table; the TypeScript in `ui/src/bindings` is generated from it. Deliberately absent: any
//! transport, any HTML.

mod accounts;
mod counter;
mod counter_images;
mod error;
mod forward;
mod governance;
mod health;
mod inbox;
mod lines;
mod network;
mod payments;
mod people;
mod readings;
mod routing;
mod scan;
mod session;
mod settings;
mod sms;
mod sms_settings;
mod stove_settings;
mod stove_use;
mod stoves;
mod table;
mod tills;
mod vault;
mod words;

pub use accounts::*;
pub use counter::*;
pub use counter_images::*;
pub use error::*;
pub use forward::*;
pub use governance::*;
pub use health::*;
pub use inbox::*;
pub use lines::*;
pub use network::*;
pub use payments::*;
pub use people::*;
pub use readings::*;
pub use routing::*;
pub use scan::*;
pub use session::*;
pub use settings::*;
pub use sms::*;
pub use sms_settings::*;
pub use stove_settings::*;
pub use stove_use::*;
pub use stoves::*;
pub use table::{COMMANDS, CommandInfo, dispatch};
pub use tills::*;
pub use vault::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One page of a list that pages by key. Ask for the next page with `cursor = next`.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct Page<T: TS> {
    /// Rows, newest first unless the command says otherwise.
    pub rows: Vec<T>,
    /// Cursor of the next page; `null` on the last one.
    pub next: Option<i64>,
    /// How many rows the filter matches in all.
    pub total: i64,
}

/// A request without fields.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Nothing {}

/// A request that names one row by its id.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ById {
    /// The row's id.
    pub id: i64,
}

/// Something changed. Events carry ids only: a screen that gets one re-reads what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Event {
    /// Once a second: the station lives. Three seconds without one means the screen has lost the station.
    Heartbeat {
        /// Wall clock, Unix milliseconds.
        now_ms: i64,
    },
    /// A tap arrived at a till and is being decided.
    Reading {
        /// The till.
        till_id: i64,
    },
    /// A payment attempt was committed (paid or refused).
    Payment {
        /// The payment row.
        payment_id: i64,
        /// The till it belongs to; `null` when none is known.
        till_id: Option<i64>,
    },
    /// A customer, card or balance changed.
    Account {
        /// The account.
        account_id: i64,
    },
    /// A till was changed, armed or cleared.
    Till {
        /// The till.
        till_id: i64,
    },
    /// A reader was added, changed, came or went.
    Reader,
    /// A message was put on the rejected list.
    Rejected,
    /// Something on the health page changed.
    Health,
    /// Settings changed.
    Settings,
    /// People, sessions or tokens changed.
    People,
    /// Something was asked of a second person, or decided.
    Approval,
    /// The audit trail grew.
    Audit,
    /// A message came into the queue or changed its state.
    Sms {
        /// The message; `null`: many.
        id: Option<i64>,
    },
    /// A line came, went or changed.
    Line {
        /// The line.
        line_id: i64,
    },
    /// Something came into the inbox.
    Inbox,
    /// A USSD dialogue went on.
    Ussd {
        /// The line.
        line_id: i64,
    },
    /// A stove has a new reading, or something of it changed.
    Stove {
        /// Its number; `null`: many.
        id: Option<String>,
    },
    /// The scan session went on: `scan.state`.
    Scan,
    /// Something went on to the server, or forwarding changed: `forward.status`.
    Forward,
}
