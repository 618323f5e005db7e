//! The running station: everything wired together. This file is a stand-in until the wiring lands.

use std::net::SocketAddr;
use std::sync::Arc;

use gerai_app::App;

use crate::options::Options;

/// Where the station can be reached. An address is missing where its port could not be opened.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Console and live events.
    pub http: Option<SocketAddr>,
    /// MQTT.
    pub mqtt: Option<SocketAddr>,
    /// MQTT over WebSocket.
    pub ws: Option<SocketAddr>,
    /// MQTT over TLS.
    pub mqtts: Option<SocketAddr>,
}

/// A running station.
pub struct Station {
    /// Its core.
    pub app: Arc<App>,
    /// Where it can be reached.
    pub addresses: Addresses,
}

impl Station {
    /// Stops everything in order.
    pub async fn stop(self) {}
}

/// Starts the station of a folder.
pub async fn start(_options: &Options) -> anyhow::Result<Station> {
    anyhow::bail!("the station cannot be started in this build")
}

/// The core alone, opened for one act of the command line.
pub struct CoreHandle {
    /// The core.
    pub app: Arc<App>,
}

impl CoreHandle {
    /// Closes it.
    pub async fn close(self) {}
}

/// Opens the core for one act. A folder that a station holds is `FolderError::Taken`.
pub async fn open_core(_options: &Options, _read_only: bool) -> anyhow::Result<CoreHandle> {
    anyhow::bail!("the core cannot be opened in this build")
}

/// A broker login with its password hash in mosquitto's form, for the export to an external broker.
pub struct BrokerLogin {
    /// User name.
    pub name: String,
    /// What it is.
    pub kind: gerai_core::port::DeviceKind,
    /// `$7$…`, PBKDF2-SHA512.
    pub hash: String,
}

/// Every login that may connect.
pub async fn broker_logins(_app: &Arc<App>) -> anyhow::Result<Vec<BrokerLogin>> {
    Ok(Vec::new())
}
