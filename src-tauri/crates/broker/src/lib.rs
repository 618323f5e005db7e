//! Gerai's MQTT: the embedded broker, the front door that devices come through, the station's link to a broker,
//! and a reader made of software. It moves messages and says who may send what; it decides nothing about money
//! and knows no database. `host` starts it, `app` implements the ports it calls.
//!
//! # Public interface
//!
//! All `start` functions need a running tokio runtime.
//!
//! ```text
//! Embedded::start(EmbeddedConfig { prefix, port: 0 }, Arc<dyn Devices>).await -> Result<Embedded, BrokerError>
//!     .station_login() -> &StationLogin { user: String, password: Secret<String> }   random per start
//!     .inlet() -> Inlet                                                              the way in for devices
//!     .loopback_addr() -> SocketAddr                                                 always on 127.0.0.1
//!     .stop(self).await
//! Front::start(FrontConfig { tcp, ws, tls: Option<SocketAddr>, tls_config: watch::Receiver<Option<Arc<ServerConfig>>> },
//!              Arc<dyn Devices>, Inlet).await -> Result<Front, BrokerError>
//!     FrontConfig::loopback()                   TCP and WebSocket on free ports of 127.0.0.1, no TLS
//!     .tcp_addr() .ws_addr() .tls_addr() -> Option<SocketAddr>                       the bound addresses
//!     .stop(self).await
//! Link::start(LinkConfig, Arc<dyn TapDoor>, CancellationToken) -> Result<Link, BrokerError>
//!     LinkConfig::embedded(&Embedded, prefix)   everything set for the embedded broker
//!     LinkConfig::external(host, port, Protocol, username, password, client_id, prefix)
//!     Link: Clone + Publisher;  .is_up() -> bool;  .stopped().await
//! TcpVirtualReader::new(host, port, prefix): VirtualReader
//! may(&DeviceLogin, prefix, Action, topic) -> bool
//! sample::{mosquitto_conf, mosquitto_acl, mosquitto_passwd_line, emqx_acl}
//! ```
//!
//! Devices reach the embedded broker only through [`Front`]: it gives each connection a client id that belongs to its
//! login, and the broker refuses logins without one. The station's own [`Link`] goes straight to `loopback_addr()`.

pub mod acl;
mod client_id;
mod embedded;
mod error;
mod front;
mod link;
mod rate;
pub mod sample;
mod virtual_reader;

pub use acl::{Action, may};
pub use embedded::{Embedded, EmbeddedConfig, Inlet, StationLogin};
pub use error::BrokerError;
pub use front::{Front, FrontConfig};
pub use link::{Link, LinkConfig, LinkTls, Protocol};
pub use virtual_reader::TcpVirtualReader;
