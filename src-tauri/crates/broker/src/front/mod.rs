//! The front door of the embedded broker: accepts devices over TCP, WebSocket and TLS, reads their CONNECT, gives
//! each connection a client id that belongs to its login, and then hands the stream to the broker.
//! Handshakes have a deadline and addresses a limit, so silent or many sockets cost nobody else anything.
//! It checks no password: the broker does, and the front only watches the broker's answer.

pub(crate) mod connect;
mod door;
mod guest;
mod roster;
mod ws;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::Devices;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::embedded::Inlet;
use crate::error::BrokerError;
use door::{Door, Transport};
use roster::Roster;

/// After a failed accept (no file handles left, say) the listener rests this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the front listens. Binding beyond loopback is the operator's decision.
#[derive(Debug, Clone)]
pub struct FrontConfig {
    /// Plain MQTT over TCP, usually port 1884.
    pub tcp: Option<SocketAddr>,
    /// MQTT over WebSocket (subprotocol `mqtt`, any path), usually port 8080.
    pub ws: Option<SocketAddr>,
    /// MQTT over TLS, usually port 8883.
    pub tls: Option<SocketAddr>,
    /// The certificate for `tls`, replaceable while running; while it is `None`, TLS connections are closed.
    pub tls_config: watch::Receiver<Option<Arc<ServerConfig>>>,
}

impl FrontConfig {
    /// TCP and WebSocket on free ports of 127.0.0.1, without TLS.
    #[must_use]
    pub fn loopback() -> Self {
        let any = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self { tcp: any, ws: any, tls: None, tls_config: watch::channel(None).1 }
    }
}

/// A running front door. Dropping it closes the listeners and all connections, without waiting.
pub struct Front {
    tcp: Option<SocketAddr>,
    ws: Option<SocketAddr>,
    tls: Option<SocketAddr>,
    stop: CancellationToken,
    acceptors: Vec<JoinHandle<()>>,
    connections: TaskTracker,
}

impl Front {
    /// Opens the listeners; devices are handed to the embedded broker through its inlet.
    pub async fn start(
        config: FrontConfig,
        devices: Arc<dyn Devices>,
        inlet: Inlet,
    ) -> Result<Self, BrokerError> {
        let stop = CancellationToken::new();
        let roster = Arc::new(Roster::new(devices));
        let mut front = Self {
            tcp: None,
            ws: None,
            tls: None,
            stop: stop.clone(),
            acceptors: Vec::new(),
            connections: TaskTracker::new(),
        };
        let door = |transport| Door {
            transport,
            inlet: inlet.clone(),
            roster: Arc::clone(&roster),
            stop: stop.clone(),
        };
        if let Some(address) = config.tcp {
            front.tcp = Some(front.listen(address, door(Transport::Tcp)).await?);
        }
        if let Some(address) = config.ws {
            front.ws = Some(front.listen(address, door(Transport::WebSocket)).await?);
        }
        if let Some(address) = config.tls {
            front.tls = Some(front.listen(address, door(Transport::Tls(config.tls_config))).await?);
        }
        Ok(front)
    }

    async fn listen(&mut self, address: SocketAddr, door: Door) -> Result<SocketAddr, BrokerError> {
        let failed = |source| BrokerError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        tracing::info!(%bound, "Devices may connect on {bound} ({})", door.transport.name());
        self.acceptors.push(tokio::spawn(accept(listener, Arc::new(door), self.connections.clone())));
        Ok(bound)
    }

    /// The bound TCP address.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// The bound WebSocket address.
    #[must_use]
    pub fn ws_addr(&self) -> Option<SocketAddr> {
        self.ws
    }

    /// The bound TLS address.
    #[must_use]
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls
    }

    /// Closes the listeners and all connections, and waits for them.
    pub async fn stop(mut self) {
        self.stop.cancel();
        self.connections.close();
        let acceptors = std::mem::take(&mut self.acceptors);
        let gone = async {
            for acceptor in acceptors {
                let _ = acceptor.await;
            }
            self.connections.wait().await;
        };
        if tokio::time::timeout(STOP_TIMEOUT, gone).await.is_err() {
            tracing::warn!("Some device connections did not close within {} s", STOP_TIMEOUT.as_secs());
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>, connections: TaskTracker) {
    loop {
        let accepted: io::Result<(TcpStream, SocketAddr)> = tokio::select! {
            () = door.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Beyond the limits the socket is closed at once, before it has cost anything.
                if let Some(seat) = Roster::seat(&door.roster, peer.ip()) {
                    let door = Arc::clone(&door);
                    connections.spawn(async move {
                        door.serve(stream, peer).await;
                        drop(seat);
                    });
                }
            }
            Err(error) => {
                tracing::warn!(%error, "Cannot accept a device connection: {error}");
                tokio::select! {
                    () = door.stop.cancelled() => return,
                    () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
}
