//! The embedded MQTT broker (crate `mqtt5`) behind our own small door, so that it can be replaced.
//! Devices come through `front` and are served on their own streams (`inlet`); it listens on one loopback port only, for
//! the station's link.
//! Everybody needs a login; the station's own is random for each start and never leaves the process.

mod auth;
mod inlet;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::Devices;
use gerai_core::secret::Secret;
use mqtt5::broker::config::{BrokerConfig, StorageBackend, StorageConfig};
use mqtt5::broker::{BrokerShutdownHandle, MqttBroker};
use tokio::task::JoinHandle;

use crate::acl::is_prefix;
use crate::error::BrokerError;
use auth::Gate;
pub use inlet::Inlet;

/// MQTT packets larger than this are refused by the embedded broker. Taps and results are below 1 KiB.
pub(crate) const PACKET_BYTES_MAX: usize = 64 * 1024;
/// Connections the broker accepts; the front's own limit is lower.
const CLIENTS_MAX: usize = 10_000;
/// Messages kept for one client that is away or slow: a long burst must not lose a tap.
const QUEUED_MESSAGES_MAX: usize = 100_000;
const QUEUED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Messages on the way to one connected client inside the broker.
const CLIENT_CHANNEL_MESSAGES: usize = 16_384;
/// Unacknowledged messages towards one client; the client's own receive maximum is usually lower.
const OUTBOUND_INFLIGHT_MAX: u16 = 2_048;
/// Sessions of clients that went away live this long: readers retry anyway, and results older than this are useless.
const SESSION_LIFE: Duration = Duration::from_secs(600);
const SESSION_SWEEP: Duration = Duration::from_secs(60);
const START_TIMEOUT: Duration = Duration::from_secs(10);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How the embedded broker is to run.
#[derive(Debug, Clone)]
pub struct EmbeddedConfig {
    /// First level(s) of all topics, such as `iot`.
    pub prefix: String,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
}

/// The station's own login at the embedded broker, random for each start.
#[derive(Debug, Clone)]
pub struct StationLogin {
    /// User name.
    pub user: String,
    /// Password.
    pub password: Secret<String>,
}

/// A running embedded broker. Dropping it stops the broker too, without waiting.
pub struct Embedded {
    login: StationLogin,
    address: SocketAddr,
    inlet: Inlet,
    shutdown: BrokerShutdownHandle,
    running: JoinHandle<()>,
}

impl Embedded {
    /// Starts the broker on 127.0.0.1 and returns once it accepts connections.
    pub async fn start(config: EmbeddedConfig, devices: Arc<dyn Devices>) -> Result<Self, BrokerError> {
        if !is_prefix(&config.prefix) {
            let why = format!("{:?} is not a topic prefix", config.prefix);
            return Err(BrokerError::Setting { setting: "prefix", why });
        }
        let login = StationLogin {
            user: format!("station-{}", random_hex(8)?),
            password: Secret::new(random_hex(32)?),
        };
        let gate = Arc::new(Gate::new(login.clone(), config.prefix, devices));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let settings = broker_config(address, &gate);
        let embedded = |cause: String| BrokerError::Embedded { cause };
        // The provider replaces the broker's own, which would let anybody in.
        let mut broker = MqttBroker::with_config(settings.clone())
            .await
            .map_err(|e| embedded(e.to_string()))?
            .with_auth_provider(Arc::<Gate>::clone(&gate));
        let inlet = Inlet::of(&broker, settings, gate);
        let address = broker.local_addr().ok_or_else(|| embedded("it has no listening socket".into()))?;
        let shutdown = broker.shutdown_handle();
        let mut ready = broker.ready_receiver();
        let running = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "The embedded broker stopped: {error}");
            }
        });
        match tokio::time::timeout(START_TIMEOUT, ready.wait_for(|ready| *ready)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(embedded("it ended while starting".into())),
            Err(_) => {
                running.abort();
                return Err(embedded(format!("not ready within {} s", START_TIMEOUT.as_secs())));
            }
        }
        tracing::info!(%address, "Embedded broker listens on {address}");
        Ok(Self { login, address, inlet, shutdown, running })
    }

    /// The station's own login, for its link only.
    #[must_use]
    pub fn station_login(&self) -> &StationLogin {
        &self.login
    }

    /// The way in for devices, for the front.
    #[must_use]
    pub fn inlet(&self) -> Inlet {
        self.inlet.clone()
    }

    /// Where the broker listens: 127.0.0.1 and the port it got.
    #[must_use]
    pub fn loopback_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops the broker and waits until its connections are closed.
    pub async fn stop(mut self) {
        self.inlet.close();
        self.shutdown.shutdown();
        if tokio::time::timeout(STOP_TIMEOUT, &mut self.running).await.is_err() {
            tracing::warn!("The embedded broker did not stop within {} s: ending it", STOP_TIMEOUT.as_secs());
            self.running.abort();
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.inlet.close();
        self.shutdown.shutdown();
    }
}

fn broker_config(address: SocketAddr, gate: &Arc<Gate>) -> BrokerConfig {
    let storage = StorageConfig::new()
        .with_backend(StorageBackend::Memory)
        .with_cleanup_interval(SESSION_SWEEP)
        .with_max_queued_messages_per_client(QUEUED_MESSAGES_MAX)
        .with_max_queued_bytes_per_client(QUEUED_BYTES_MAX);
    let mut config = BrokerConfig::new()
        .with_bind_address(address)
        .with_max_clients(CLIENTS_MAX)
        .with_session_expiry(SESSION_LIFE)
        .with_max_packet_size(PACKET_BYTES_MAX)
        .with_client_channel_capacity(CLIENT_CHANNEL_MESSAGES)
        .with_max_outbound_inflight(OUTBOUND_INFLIGHT_MAX)
        .with_max_subscriptions_per_client(16)
        .with_retain_available(false)
        .with_sys_topics_enabled(false)
        .with_storage(storage);
    config.shared_subscription_available = false;
    // Without a password file the broker refuses to start unless anonymous access is on; `Gate` refuses it.
    config.auth_config.allow_anonymous = true;
    config.auth_config.rate_limit.enabled = false;
    config.event_handler = Some(Arc::<Gate>::clone(gate));
    config
}

/// `bytes` random bytes as lower-case hex.
pub(crate) fn random_hex(bytes: usize) -> Result<String, BrokerError> {
    let mut raw = vec![0_u8; bytes];
    getrandom::fill(&mut raw).map_err(|_| BrokerError::Random)?;
    Ok(raw.iter().map(|byte| format!("{byte:02x}")).collect())
}
