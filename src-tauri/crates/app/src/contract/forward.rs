//! What goes on to the server, the keys of stoves and their changes, the accounts of the stove endpoint, evidence and
//! visits without a reading. Secrets are in requests and once in an answer; never anywhere else.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::words;
use super::{ErrorCode, ReadMethod, ReadingSource, StovePosition, StoveSignature};

words! {
    /// State of a reading on its way to the server.
    ForwardState {
        /// Waits.
        Queued = "queued",
        /// Is being sent.
        Sending = "sending",
        /// The server has it.
        Accepted = "accepted",
        /// The server refused it: repeating is useless until somebody has looked.
        Rejected = "rejected",
        /// Given up after many failures while others were accepted.
        Dead = "dead",
    }
}

words! {
    /// What forwarding does now.
    ForwardPhase {
        /// No server is set, or no user, or no password.
        Off = "off",
        /// Paused by a person.
        Paused = "paused",
        /// Nothing waits.
        Idle = "idle",
        /// Sends.
        Sending = "sending",
        /// The server cannot be reached or said to wait: tried again at `next_try_ms`.
        Waiting = "waiting",
        /// The server refuses the user or the password.
        SignInRefused = "sign_in_refused",
    }
}

/// Forwarding (`forward.status`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ForwardStatus {
    /// What it does.
    pub phase: ForwardPhase,
    /// The server's base URL; empty: none.
    pub url: String,
    /// The user.
    pub user: String,
    /// A password is kept in the vault.
    pub has_password: bool,
    /// Readings that wait.
    pub queued: i64,
    /// Being sent.
    pub sending: i64,
    /// Refused by the server.
    pub rejected: i64,
    /// Given up.
    pub dead: i64,
    /// Accepted since midnight WIB.
    pub accepted_today: i64,
    /// When the oldest that waits came in.
    pub oldest_ms: Option<i64>,
    /// When it is tried again.
    pub next_try_ms: Option<i64>,
    /// When the server last took one.
    pub last_accepted_ms: Option<i64>,
    /// The last trouble with the next step; empty: none.
    pub trouble: String,
}

/// `forward.list`: newest first.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ForwardList {
    /// In this state.
    pub state: Option<ForwardState>,
    /// Of this stove.
    pub stove: Option<String>,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// A reading on its way.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ForwardRow {
    /// Id of the reading.
    pub id: i64,
    /// The stove's number.
    pub stove: String,
    /// The stove's own time.
    pub t_ms: Option<i64>,
    /// When it came in.
    pub at_ms: i64,
    /// Its state.
    pub state: ForwardState,
    /// How the stove was read.
    pub method: ReadMethod,
    /// How often it was sent.
    pub attempts: i64,
    /// Not sent before; `null`: as soon as it is its turn.
    pub due_ms: Option<i64>,
    /// The HTTP status of the last answer.
    pub last_status: Option<i64>,
    /// The last answer, in words.
    pub last_answer: String,
    /// When it came.
    pub last_ms: Option<i64>,
}

/// `forward.retry`: these, or all in a state.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ForwardRetry {
    /// Readings that were rejected or given up; up to 1,000.
    pub ids: Vec<i64>,
    /// All of these; `rejected` or `dead`. With neither: what waits is tried at once.
    pub all: Option<ForwardState>,
}

/// How many it were.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ForwardCounted {
    /// Readings.
    pub count: i64,
}

/// `forward.pause`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ForwardPause {
    /// Nothing is sent.
    pub paused: bool,
}

/// `forward.set_password`: the user's password at the server, into the vault; empty: none.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ForwardPassword {
    /// The password.
    pub password: String,
}

/// A token that is no reading, kept as evidence.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct EvidenceRow {
    /// Id.
    pub id: i64,
    /// The stove it names.
    pub stove: String,
    /// When it came in first.
    pub at_ms: i64,
    /// When it came in last.
    pub last_ms: i64,
    /// The verdict.
    pub signature: StoveSignature,
    /// How it came in.
    pub source: ReadingSource,
    /// Who brought it.
    pub officer: String,
    /// What it says: one line of text.
    pub payload: String,
    /// How often it came in.
    pub scans: i64,
}

/// A visit at which a stove could not be read.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct UnreadView {
    /// Id.
    pub id: i64,
    /// The stove's number.
    pub stove: String,
    /// When.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
    /// A note.
    pub note: String,
    /// Who was there.
    pub officer: String,
    /// Where.
    pub position: Option<StovePosition>,
}

/// A key of a stove. The secret itself is in the vault and is never shown again.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveKeyInfo {
    /// Number of the key.
    pub id: i64,
    /// When it was registered or made.
    pub made_ms: i64,
    /// What is weak about it: `short`, `public_demo_key`.
    pub warnings: Vec<String>,
    /// The vault gave it.
    pub held: bool,
}

/// Keys of a stove (`stove_keys.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveKeyRow {
    /// The stove's number.
    pub stove: String,
    /// Its label.
    pub label: String,
    /// The key it is believed to hold.
    pub current: Option<StoveKeyInfo>,
    /// The one before.
    pub previous: Option<StoveKeyInfo>,
    /// The one a change is about to write.
    pub pending: Option<StoveKeyInfo>,
    /// The change that is not over.
    pub change: Option<StoveChangeView>,
}

/// `stove_keys.register`: the key a stove has. It takes the place of the one known so far, which becomes the previous one.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveKeyRegister {
    /// The stove's number.
    pub stove: String,
    /// Its secret, as text; `null`: one is made, and shown in the answer only.
    #[serde(default)]
    pub secret: Option<String>,
}

/// The answer: what was registered.
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveKeyShown {
    /// The stove's number.
    pub stove: String,
    /// Number of the key.
    pub key_id: i64,
    /// The secret that was made, this once; `null` when it was given.
    pub secret: Option<String>,
    /// What is weak about it: `short`, `public_demo_key`.
    pub warnings: Vec<String>,
}

words! {
    /// What is changed on a stove.
    StoveChangeKind {
        /// Its secret.
        Secret = "secret",
        /// Its number.
        Id = "id",
    }
}

words! {
    /// What to do with a change.
    StoveChangeStep {
        /// Only look.
        Status = "status",
        /// Begin: the new value is made and kept.
        Begin = "begin",
        /// The server agrees.
        ServerAgrees = "server_agrees",
        /// The server does not agree, or does not take the new value.
        ServerRefuses = "server_refuses",
        /// Write it to the stove over Bluetooth.
        Write = "write",
        /// Show the message, to be written by other means: counts as a write that was begun.
        WriteByHand = "write_by_hand",
        /// The stove was seen to take it (written by other means).
        Written = "written",
        /// The server has the new value.
        ServerUpdated = "server_updated",
        /// Give it up.
        Abandon = "abandon",
        /// Take a given-up change up again.
        TakeUp = "take_up",
    }
}

/// `stove_keys.change`. A token of the stove, read by any way, moves it on by itself.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveKeyChange {
    /// The stove's number.
    pub stove: String,
    /// What to do.
    pub step: StoveChangeStep,
    /// To begin: what is changed; the secret when absent.
    #[serde(default)]
    pub kind: Option<StoveChangeKind>,
    /// To begin a change of number: the new one.
    #[serde(default)]
    pub new_id: Option<String>,
    /// To write: the Bluetooth device.
    #[serde(default)]
    pub address: Option<String>,
}

words! {
    /// What a change waits for.
    StoveChangeNext {
        /// Ask the server whether it agrees: `server_agrees` or `server_refuses`.
        AskServer = "ask_server",
        /// Write it to the stove.
        Write = "write",
        /// Read one token of the stove: it tells which value lives.
        ReadToken = "read_token",
        /// Tell the server the new value: `server_updated`.
        UpdateServer = "update_server",
        /// Nothing: it is over.
        Nothing = "nothing",
    }
}

/// A change of a stove's key or number.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveChangeView {
    /// Number of the change.
    pub id: i64,
    /// The stove's number now.
    pub stove: String,
    /// What is changed.
    pub kind: StoveChangeKind,
    /// `prepared`, `server_acked`, `writing`, `written`, `confirmed`, `server_updated`, `abandoned`.
    pub state: String,
    /// A write was begun: the stove may hold either value.
    pub reached: bool,
    /// It is not over: no other may begin.
    pub open: bool,
    /// What it waits for.
    pub next: StoveChangeNext,
    /// The number before and after, of a change of number.
    pub old_id: Option<String>,
    /// See above.
    pub new_id: Option<String>,
    /// When it began.
    pub begun_ms: i64,
    /// Who began it.
    pub by: String,
    /// When it last moved.
    pub moved_ms: i64,
    /// What an operator should know: `server_refused`, `server_lacks_new`, `not_taken`, `neither_lives`, `old_again`.
    pub notice: Option<String>,
    /// Why the last write failed, with the next step; empty: it did not.
    pub trouble: String,
    /// The same as a code, for translation.
    pub trouble_code: Option<ErrorCode>,
    /// After `write_by_hand`: the message for the stove. Both secrets stand in it; shown this once.
    pub message: Option<String>,
}

/// An account of the stove endpoint (`stove_accounts.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveAccount {
    /// Its name.
    pub name: String,
    /// It may sign in.
    pub active: bool,
    /// When it was made.
    pub made_ms: i64,
    /// When it last sent something.
    pub last_ms: Option<i64>,
}

/// `stove_accounts.save`.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveAccountSave {
    /// Its name, 1 to 40 letters, digits, `.`, `_` or `-`.
    pub name: String,
    /// It may sign in.
    pub active: bool,
    /// A new password, 10 to 200 characters; `null`: as it is.
    #[serde(default)]
    pub password: Option<String>,
}

/// `stove_accounts.remove`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveAccountName {
    /// The account's name.
    pub name: String,
}
