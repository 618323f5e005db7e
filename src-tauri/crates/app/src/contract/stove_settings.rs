//! The settings of the stoves. Days and months are WIB always, as the meters count them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::words;

words! {
    /// How long the picture of a scanned code is kept.
    KeepFrames {
        /// Not at all.
        Never = "never",
        /// Until the server has the reading.
        UntilAccepted = "until_accepted",
        /// For ever.
        Always = "always",
    }
}

/// Stoves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct StoveSettings {
    /// Base URL of the server that readings go on to, `https://…`; empty: they stay here.
    pub forward_url: String,
    /// The user there; the password is in the vault (`forward.set_password`).
    pub forward_user: String,
    /// Stoves whose readings are sent at once. 1 to 32.
    pub forward_parallel: i64,
    /// The picture of a scanned code is kept.
    pub keep_frames: KeepFrames,
    /// Days without a reading before it is a gap. 1 to 400.
    pub gap_days: i64,
    /// Days without any use before it is told. 1 to 400.
    pub zero_use_days: i64,
    /// Watts that a stove can draw at most. 100 to 25,000.
    pub power_max: i64,
    /// Bluetooth service of the stoves, 4, 8 or 32 hexadecimal digits; empty: not known yet.
    pub ble_service: String,
    /// Characteristic that gives the token.
    pub ble_read: String,
    /// Characteristic that takes a new number or secret; empty: the stoves are only read.
    pub ble_write: String,
    /// Wait for what the stove sends by itself instead of reading.
    pub ble_notify: bool,
    /// Seconds for one conversation with a stove. 5 to 60.
    pub ble_seconds: i64,
    /// Phones may send readings to this station (`/api/v1/stove-payload`).
    pub endpoint: bool,
    /// Hours that their sign-in lasts. 1 to 24.
    pub endpoint_hours: i64,
}

impl Default for StoveSettings {
    fn default() -> Self {
        Self {
            forward_url: String::new(),
            forward_user: String::new(),
            forward_parallel: 4,
            keep_frames: KeepFrames::UntilAccepted,
            gap_days: 35,
            zero_use_days: 14,
            power_max: 7_200,
            ble_service: String::new(),
            ble_read: String::new(),
            ble_write: String::new(),
            ble_notify: false,
            ble_seconds: 20,
            endpoint: false,
            endpoint_hours: 3,
        }
    }
}
