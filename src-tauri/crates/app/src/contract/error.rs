//! What goes wrong at the border, as a code a client branches on and a sentence for the person who reads it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A code that clients branch on and translate. Add one only when a client does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ErrorCode {
    /// Not signed in, or the session ended.
    SignedOut,
    /// Signed in, but this role or surface may not do that.
    Forbidden,
    /// Name or password wrong (never says which), or too many tries: `help` tells when to try again.
    SignInRefused,
    /// The password is right and a second factor is asked for: send the code too. With
    /// the field `code`: the one that was sent is wrong or was used.
    SecondFactor,
    /// The settings ask this role for a second factor: set one up first (`totp.begin`).
    SecondFactorNeeded,
    /// The session is locked: `session.unlock`.
    Locked,
    /// The password must be changed first: `session.change_password`.
    MustChange,
    /// The pairing code is wrong, used or older than its life.
    PairingRefused,
    /// The station has no owner yet: go to the first-run page.
    FirstRun,
    /// No such command.
    UnknownCommand,
    /// A field is missing or has a value that can not be; `field` names it.
    Invalid,
    /// The named row does not exist.
    NotFound,
    /// The name, alias or card is taken already.
    Taken,
    /// The same request id came with other content.
    RequestReused,
    /// The ledger refused: balance, limit, frozen or closed.
    Refused,
    /// A needed part is away just now (broker, vault, disk); `help` says what to do.
    Unavailable,
    /// The system's Bluetooth service does not run.
    BluetoothNoService,
    /// There is no Bluetooth adapter.
    BluetoothNoAdapter,
    /// Bluetooth is switched off.
    BluetoothOff,
    /// The system or the stove does not allow it; the message has its words.
    BluetoothDenied,
    /// The stove was not heard.
    BluetoothNotFound,
    /// It was heard, but could not be connected to; the message has the system's words.
    BluetoothConnectFailed,
    /// The connection broke before the work was done.
    BluetoothDropped,
    /// The stove does not have the service that the settings name.
    BluetoothNoSuchService,
    /// Its service does not have the characteristic that the settings name.
    BluetoothNoSuchCharacteristic,
    /// What should be written is longer than can be written there.
    BluetoothTooLong,
    /// No answer within the time it was given.
    BluetoothTimeout,
    /// The settings do not say where stoves give their token.
    BluetoothNotSet,
    /// Something else, in the system's words.
    BluetoothFailed,
    /// The ledger has stopped writing after a disk error; nothing is charged until it is looked at.
    LedgerStopped,
    /// A fault of ours. The station's log has the cause.
    Internal,
}

/// The error of every command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ApiError {
    /// The code.
    pub code: ErrorCode,
    /// What went wrong, with which value. English.
    pub message: String,
    /// The next step. English; may be empty.
    pub help: String,
    /// The request's field that is wrong, for codes that have one.
    pub field: Option<String>,
}

impl ApiError {
    /// An error with a code, what went wrong and the next step.
    pub fn new(code: ErrorCode, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: help.into(), field: None }
    }

    /// A wrong field.
    pub fn invalid(field: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::Invalid,
            message: message.into(),
            help: help.into(),
            field: Some(field.to_owned()),
        }
    }

    /// A row that does not exist.
    pub fn not_found(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(
            ErrorCode::NotFound,
            format!("{what} {id} does not exist"),
            "Reload the list and choose again.",
        )
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if !self.help.is_empty() {
            write!(f, ". {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}
