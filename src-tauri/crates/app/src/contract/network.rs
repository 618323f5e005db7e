//! The station's doors to the network: addresses, certificates, and what to look at before opening them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::HealthState;

/// Where the certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CertificateSource {
    /// There is none: nothing is served over TLS.
    None,
    /// Signed by the station's own local authority.
    Local,
    /// The operator's own files.
    Own,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CertificateView {
    /// Names and addresses it stands for.
    pub names: Vec<String>,
    /// Valid from, Unix milliseconds.
    pub from_ms: i64,
    /// Valid until, Unix milliseconds.
    pub until_ms: i64,
    /// SHA-256 of the certificate, 64 hex digits: compare it with what the device shows.
    pub sha256: String,
}

/// One door that listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NetworkPort {
    /// `console`, `mqtt`, `ws` or `mqtts`.
    pub service: String,
    /// TCP port.
    pub port: u16,
    /// The local network reaches it; otherwise only this machine.
    pub on_lan: bool,
}

/// One point of the check list before opening the station to the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NetworkCheck {
    /// For translation: `owner`, `second_factor`, `default_passwords`, `reader_logins`, `reader_encryption`,
    /// `certificate`, `public_address`, `firewall`.
    pub code: String,
    /// How it is. `unused`: the station cannot see it, a person has to look.
    pub state: HealthState,
    /// What is so, with figures. English.
    pub summary: String,
    /// The next step; empty when there is nothing to do. English.
    pub next_step: String,
}

/// Requests or connections that were turned away since the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RefusedCount {
    /// Why, e.g. `wrong_host`, `other_site`, `too_many_connections`.
    pub reason: String,
    /// How many.
    pub count: i64,
}

/// `network.show` and `network.renew_ca`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct NetworkView {
    /// The setting `network.console_on_lan`.
    pub console_on_lan: bool,
    /// The setting `network.readers_on_lan`.
    pub readers_on_lan: bool,
    /// Addresses under which the console answers now, this machine's own first.
    pub console: Vec<String>,
    /// Doors that listen now.
    pub ports: Vec<NetworkPort>,
    /// Where the certificate comes from.
    pub source: CertificateSource,
    /// The certificate in use.
    pub certificate: Option<CertificateView>,
    /// The local authority that devices install.
    pub authority: Option<CertificateView>,
    /// What is wrong with the certificates; `null` when nothing is. English.
    pub trouble: Option<String>,
    /// What to do about it.
    pub next_step: Option<String>,
    /// What was turned away since the start; only reasons that occurred.
    pub refused: Vec<RefusedCount>,
    /// The check list.
    pub checks: Vec<NetworkCheck>,
}
