//! The settings of the short messages.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Short messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct SmsSettings {
    /// Look for modems and use them.
    pub enabled: bool,
    /// Country code that takes the place of a leading 0: `62`.
    pub country_code: String,
    /// IANA name of the time zone in which days, months and send windows are counted.
    pub time_zone: String,
    /// Minutes a code lives when its sender does not say. 1 to 30.
    pub otp_minutes: i64,
    /// Hours a normal message may wait when its sender does not say. 1 to 168.
    pub normal_hours: i64,
    /// Normal messages leave from this time on, minutes after midnight; `null`: at any time.
    pub window_from: Option<i64>,
    /// And until this time.
    pub window_to: Option<i64>,
    /// Ask for delivery reports.
    pub reports: bool,
    /// A code in doubt is sent once more while it still has a minute to live.
    pub resend_otp: bool,
    /// Codes are kept in memory only: after a crash they are lost, and their sender is told.
    pub volatile_otp: bool,
    /// References of 16 bits in long messages; some old phones know only 8.
    pub wide_references: bool,
    /// Hours after which an unfinished long message is shown with gaps. 1 to 168.
    pub gap_hours: i64,
    /// Days after which messages and the inbox are forgotten. 0: never.
    pub keep_days: i64,
    /// Test messages between own SIMs every this many minutes; 0: none.
    pub canary_minutes: i64,
}

impl Default for SmsSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            country_code: "62".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            otp_minutes: 10,
            normal_hours: 24,
            window_from: None,
            window_to: None,
            reports: true,
            resend_otp: true,
            volatile_otp: false,
            wide_references: false,
            gap_hours: 24,
            keep_days: 90,
            canary_minutes: 0,
        }
    }
}
