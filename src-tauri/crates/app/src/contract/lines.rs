//! Lines (a SIM in a modem): how they fare, what is set for them, and the AT console.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a line fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LineStatus {
    /// Being opened or initialised.
    Starting,
    /// Registered, takes messages.
    Ready,
    /// Not registered in a network.
    Searching,
    /// No SIM in it.
    NoSim,
    /// The SIM wants a PIN that was not given.
    PinWanted,
    /// The given PIN was wrong; it is not tried again.
    PinWrong,
    /// The SIM is locked by too many wrong PINs.
    PukWanted,
    /// Another SIM than before: its traffic waits for an operator's word.
    SimSwapped,
    /// Does not answer; being recovered.
    Recovering,
    /// Given up for now; tried again from time to time.
    Quarantined,
    /// Another program holds the port.
    PortTaken,
    /// Takes messages, and reports stay away or the signal is weak.
    Doubtful,
    /// Not plugged in.
    Absent,
    /// Switched off by the operator.
    Off,
}

/// Limits of a SIM. 0: none. A fifth of each is kept for codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct SimLimits {
    /// Short messages a second.
    pub per_second: i64,
    /// Short messages an hour.
    pub per_hour: i64,
    /// Short messages a day, in the station's time zone.
    pub per_day: i64,
    /// Short messages a month.
    pub per_month: i64,
    /// Different recipients a day.
    pub recipients_per_day: i64,
    /// Pause between two messages, at least, in milliseconds. Codes skip it.
    pub gap_min_ms: i64,
    /// Pause between two messages, at most (chosen at random between both).
    pub gap_max_ms: i64,
}

/// Price of a short message to numbers with this prefix, by this SIM.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct TariffRow {
    /// Prefix of the international number; empty: every other number. The longest one counts.
    pub prefix: String,
    /// Rupiah a short message.
    pub price: i64,
    /// After this many short messages of one day to this prefix, `price_after` holds. 0: never.
    pub after: i64,
    /// Rupiah a short message after that.
    pub price_after: i64,
}

/// A package: so many short messages paid for beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct SmsPackage {
    /// Prefixes it is for; empty: all.
    pub prefixes: Vec<String>,
    /// Short messages left in it.
    pub left: i64,
    /// Until when, Unix milliseconds; `null`: no end.
    pub until_ms: Option<i64>,
}

/// Everything an operator can set for a modem and its SIM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct LineSettings {
    /// Name, 1 to 40 characters.
    pub name: String,
    /// It is used. A modem that is not active is never opened.
    pub active: bool,
    /// Messages from programs (API, brokers, spool) may use it; otherwise only manual ones.
    pub send_from_api: bool,
    /// It takes numbers that no rule names.
    pub is_default: bool,
    /// Prefixes it takes: a shorthand for rules that name this line first.
    pub prefixes: Vec<String>,
    /// Service centre to use instead of the SIM's own.
    pub smsc: String,
    /// The SIM's own number, when the SIM does not tell it.
    pub msisdn: String,
    /// Port to look at first; empty: wherever the modem is found.
    pub port: String,
    /// Baud rate; 0: found by trying.
    pub baud: i64,
    /// `none`, `even`, `odd`.
    pub parity: String,
    /// Data bits, 5 to 8.
    pub data_bits: i64,
    /// Start bits: 1, as every serial port has it.
    pub start_bits: i64,
    /// Stop bits, 1 or 2.
    pub stop_bits: i64,
    /// AT commands after the initialisation, without `AT`.
    pub init: Vec<String>,
    /// Limits of the SIM.
    pub limits: SimLimits,
    /// Prices of the SIM.
    pub tariff: Vec<TariffRow>,
    /// Packages of the SIM.
    pub packages: Vec<SmsPackage>,
    /// USSD code that tells the balance; empty: the operator's usual one.
    pub balance_code: String,
    /// Check the balance every this many hours; 0: only when asked.
    pub balance_hours: i64,
    /// Rupiah below which the SIM counts as empty and gets no more messages.
    pub balance_floor: i64,
    /// Take part in the hourly test messages between own SIMs.
    pub canary: bool,
    /// Use the modem for the internet.
    pub internet: bool,
    /// Access point name.
    pub apn: String,
    /// Its user name.
    pub apn_user: String,
    /// Number to dial.
    pub dial_number: String,
    /// Commands before dialling.
    pub init_dial: Vec<String>,
    /// Dial command.
    pub dial_command: String,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            active: true,
            send_from_api: true,
            is_default: false,
            prefixes: Vec::new(),
            smsc: String::new(),
            msisdn: String::new(),
            port: String::new(),
            baud: 0,
            parity: "none".to_owned(),
            data_bits: 8,
            start_bits: 1,
            stop_bits: 1,
            init: Vec::new(),
            limits: SimLimits::default(),
            tariff: Vec::new(),
            packages: Vec::new(),
            balance_code: String::new(),
            balance_hours: 0,
            balance_floor: 0,
            canary: false,
            internet: false,
            apn: String::new(),
            apn_user: String::new(),
            dial_number: String::new(),
            init_dial: Vec::new(),
            dial_command: String::new(),
        }
    }
}

/// Use of a SIM against its limits.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[ts(export)]
pub struct LineUsage {
    /// Short messages since midnight in the station's time zone.
    pub today: i64,
    /// Of them codes.
    pub today_otp: i64,
    /// Short messages of each hour of today, 24 figures.
    pub by_hour: Vec<i64>,
    /// Short messages of this hour.
    pub hour: i64,
    /// Short messages of this month.
    pub month: i64,
    /// What normal messages may still use today; `null`: no limit.
    pub left_normal: Option<i64>,
    /// What codes may still use today; `null`: no limit.
    pub left_otp: Option<i64>,
}

/// Balance of a prepaid SIM.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SimBalance {
    /// Rupiah.
    pub amount: i64,
    /// When it was read, Unix milliseconds.
    pub at_ms: i64,
    /// Until when the SIM lives, as the operator said; `null`: not said.
    pub expires_ms: Option<i64>,
    /// Days it lasts at the pace of the last week; `null`: not known.
    pub days_left: Option<i64>,
}

/// A line (`lines.list`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct LineView {
    /// Id.
    pub id: i64,
    /// IMEI, shown whole: it is the modem's, not a person's.
    pub imei: String,
    /// Last four digits of the ICCID; empty: no SIM.
    pub iccid_tail: String,
    /// Where it is plugged in; empty: nowhere.
    pub port: String,
    /// How it fares.
    pub status: LineStatus,
    /// Since when, Unix milliseconds.
    pub since_ms: i64,
    /// The last trouble, a sentence with the next step; empty: none.
    pub trouble: String,
    /// Maker and model.
    pub model: String,
    /// Firmware.
    pub firmware: String,
    /// Operator's name.
    pub operator: String,
    /// In a foreign network.
    pub roaming: bool,
    /// Signal in dBm, −113 to −51; `null`: not known.
    pub signal_dbm: Option<i64>,
    /// Own number, masked; empty: not known.
    pub msisdn: String,
    /// Service centre in use.
    pub smsc: String,
    /// Messages in its memories.
    pub stored: Option<i64>,
    /// How many fit.
    pub stored_max: Option<i64>,
    /// Tries of the PIN that are left.
    pub pin_tries: Option<i64>,
    /// A PIN is kept in the vault.
    pub has_pin: bool,
    /// Baud rate in use.
    pub baud: Option<i64>,
    /// Messages that wait for this line (its rules, or chosen by a person).
    pub queue: i64,
    /// The message it is sending; `null`: none.
    pub sending: Option<i64>,
    /// When it last sent one, Unix milliseconds.
    pub last_sent_ms: Option<i64>,
    /// Recovery steps since it was plugged in.
    pub recoveries: i64,
    /// Use against its limits.
    pub usage: LineUsage,
    /// Balance; `null`: never read.
    pub balance: Option<SimBalance>,
    /// What is set.
    pub settings: LineSettings,
}

/// `lines.save`.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct LineSave {
    /// The line.
    pub id: i64,
    /// What shall be set.
    pub settings: LineSettings,
    /// A new PIN; `null`: as it is; empty: none.
    #[serde(default)]
    pub pin: Option<String>,
    /// A new password of the access point; `null`: as it is; empty: none.
    #[serde(default)]
    pub apn_password: Option<String>,
}

/// `lines.detect`: looks at every port.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct LinesDetect {
    /// Ports that a person wants to be tried although they may be something else.
    pub probe: Vec<String>,
}

/// What a look at a port showed.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PortView {
    /// Path or name.
    pub port: String,
    /// `vendor:product`; empty: no USB device.
    pub usb: String,
    /// What it says it is.
    pub product: String,
    /// Surely a modem.
    pub surely_modem: bool,
    /// The line that uses it.
    pub line_id: Option<i64>,
    /// Baud rate at which it answered.
    pub baud: Option<i64>,
    /// What a person should know.
    pub note: String,
}

/// `lines.command`: one AT command, for administrators. Numbers and texts in the answer are covered.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct LineCommand {
    /// The line.
    pub id: i64,
    /// The command, with or without `AT`, up to 160 characters. What sends messages, writes PINs or dials is refused.
    pub command: String,
}

/// Answer of the AT console.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct LineAnswer {
    /// Lines of the answer, the final result last.
    pub lines: Vec<String>,
}
