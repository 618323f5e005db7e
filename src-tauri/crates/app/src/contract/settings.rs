//! The station's settings: one typed, versioned document. The console and `gerai config` edit the same one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{SmsSettings, StoveSettings};

/// Language of a screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Language {
    /// Bahasa Indonesia.
    #[default]
    Id,
    /// English.
    En,
}

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct Settings {
    /// The shop.
    pub station: StationSettings,
    /// Taps and limits.
    pub payments: PaymentSettings,
    /// The counter screen.
    pub counter: CounterSettings,
    /// Which broker.
    pub broker: BrokerSettings,
    /// Ports and who may reach them.
    pub network: NetworkSettings,
    /// People, sessions and the second person.
    pub security: SecuritySettings,
    /// Who is asked for the time.
    pub clock: ClockSettings,
    /// Short messages.
    pub sms: SmsSettings,
    /// Stoves.
    pub stove: StoveSettings,
}

/// The shop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct StationSettings {
    /// Name of the shop.
    pub name: String,
    /// Language of the screens.
    pub language: Language,
}

/// Taps and limits; money in rupiah.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct PaymentSettings {
    /// First level of the MQTT topics: `iot` as the original.
    pub topic_prefix: String,
    /// Results also go out on the legacy topics `{prefix}/success` and `{prefix}/failed`.
    pub mirror_legacy: bool,
    /// The same card at the same till within this many seconds is the same tap. 0 to 60.
    pub double_tap_seconds: i64,
    /// Highest amount of one tap.
    pub max_per_tap: i64,
    /// Highest sum of one customer in one WIB day.
    pub max_per_day: i64,
    /// Highest balance of one customer.
    pub max_balance: i64,
    /// An armed amount waits this many seconds for a card. 10 to 600.
    pub arm_seconds: i64,
}

impl Default for PaymentSettings {
    fn default() -> Self {
        Self {
            topic_prefix: "iot".to_owned(),
            mirror_legacy: true,
            double_tap_seconds: 3,
            max_per_tap: 500_000,
            max_per_day: 2_000_000,
            max_balance: 2_000_000,
            arm_seconds: 60,
        }
    }
}

/// How much of a balance the counter shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BalancePrivacy {
    /// The whole balance.
    #[default]
    Show,
    /// Its last three digits.
    LastThree,
    /// Nothing.
    Hide,
}

/// The counter screen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct CounterSettings {
    /// Seconds a result stays. 3 to 10.
    pub result_seconds: i64,
    /// Both languages on one screen.
    pub both_languages: bool,
    /// How much of the balance is shown.
    pub balance: BalancePrivacy,
    /// Volume of the sounds, 0 to 100.
    pub volume: i64,
    /// No sounds at all.
    pub mute: bool,
    /// Quiet hours begin, minutes after midnight WIB; `null`: none.
    pub quiet_from: Option<i64>,
    /// Quiet hours end, minutes after midnight WIB.
    pub quiet_to: Option<i64>,
    /// Speak the amount.
    pub speech: bool,
    /// Show the last five results to the cashier.
    pub history: bool,
    /// Seconds that each of the shop's pictures stays on an idle counter. 5 to 60.
    pub image_seconds: i64,
}

impl Default for CounterSettings {
    fn default() -> Self {
        Self {
            result_seconds: 5,
            both_languages: false,
            balance: BalancePrivacy::Show,
            volume: 70,
            mute: false,
            quiet_from: None,
            quiet_to: None,
            speech: false,
            history: true,
            image_seconds: 10,
        }
    }
}

/// Which broker the station uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BrokerMode {
    /// The one inside the station.
    #[default]
    Embedded,
    /// Another one, by address.
    External,
}

/// MQTT version spoken to an external broker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub enum MqttVersion {
    /// MQTT 5.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1.
    #[serde(rename = "3.1.1")]
    V311,
}

/// The broker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct BrokerSettings {
    /// Which.
    pub mode: BrokerMode,
    /// Host of an external broker.
    pub host: String,
    /// Port of an external broker.
    pub port: u16,
    /// MQTT version of an external broker.
    pub version: MqttVersion,
    /// Connect to it with TLS.
    pub tls: bool,
    /// Certificate authority file (PEM) for it; the system's when empty.
    pub ca_file: String,
    /// User name; its password lives in the vault (`broker.set_password`).
    pub username: String,
    /// Client id.
    pub client_id: String,
}

impl Default for BrokerSettings {
    fn default() -> Self {
        Self {
            mode: BrokerMode::Embedded,
            host: "127.0.0.1".to_owned(),
            port: 1883,
            version: MqttVersion::V5,
            tls: false,
            ca_file: String::new(),
            username: String::new(),
            client_id: "gerai-station".to_owned(),
        }
    }
}

/// Ports, and who may reach them. A port of 0 takes any free one. The MQTT ports change at once,
/// `http_port` at the next start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct NetworkSettings {
    /// Readers on the local network may connect; otherwise only this machine.
    pub readers_on_lan: bool,
    /// The console is served to the local network as well, over HTTPS; otherwise only to this machine. Takes effect at
    /// once.
    pub console_on_lan: bool,
    /// Console, portal and live events.
    pub http_port: u16,
    /// MQTT.
    pub mqtt_port: u16,
    /// MQTT over WebSocket.
    pub ws_port: u16,
    /// MQTT over TLS; open with a certificate of your own, or when readers on the network may connect.
    pub mqtts_port: u16,
    /// Certificate chain (PEM) for HTTPS and MQTT; the station's own local authority when empty. Read anew when the
    /// file changes.
    pub tls_cert_file: String,
    /// Private key (PEM).
    pub tls_key_file: String,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            readers_on_lan: false,
            console_on_lan: false,
            http_port: 8888,
            mqtt_port: 1884,
            ws_port: 8080,
            mqtts_port: 8883,
            tls_cert_file: String::new(),
            tls_key_file: String::new(),
        }
    }
}

/// People, sessions and the second person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct SecuritySettings {
    /// A session nobody touched this many minutes locks. 1 to 240; 0: never.
    pub idle_lock_minutes: i64,
    /// A sign-in lasts this many hours at most. 1 to 72.
    pub session_hours: i64,
    /// Owners and administrators need a second factor for what only they may do.
    pub require_second_factor: bool,
    /// Corrections above the limit, key export and restoring a backup wait for a second person.
    pub two_person: bool,
    /// Corrections up to this many rupiah need no second person. 0: all of them need one.
    pub two_person_above: i64,
    /// What waits for a second person is forgotten after this many hours. 1 to 168.
    pub approval_hours: i64,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            idle_lock_minutes: 15,
            session_hours: 12,
            require_second_factor: false,
            two_person: false,
            two_person_above: 100_000,
            approval_hours: 24,
        }
    }
}

/// Who is asked for the time, once an hour. Nobody by default: asking tells others that this machine is there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct ClockSettings {
    /// A web address whose `Date` header is compared, `http://` or `https://`; off when empty.
    pub http_url: String,
    /// An NTP server, `host` or `host:port` (port 123); off when empty.
    pub ntp_server: String,
}

/// The settings and their version (`settings.get`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct SettingsView {
    /// Rises by one at each change.
    pub version: i64,
    /// The document.
    pub settings: Settings,
    /// After `settings.set`: nothing is changed yet, the change waits for a second person under this approval's number.
    pub waiting: Option<i64>,
}

/// `settings.set`. Returns `SettingsView`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct SettingsSet {
    /// The version this change was made on: a change on an older one is refused, nothing is overwritten unseen.
    pub version: i64,
    /// The whole document.
    pub settings: Settings,
}

/// `broker.set_password`: the external broker's password, into the vault.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct BrokerPassword {
    /// The password.
    pub password: String,
}
