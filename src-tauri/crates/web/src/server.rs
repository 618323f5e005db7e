//! The server: the loopback listener that is always there, the listeners of the local network that come and go, and
//! what all of them share.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use gerai_app::App;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Duration, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::authority::Face;
use crate::connection::PeerCount;
use crate::limits::{CONNECTIONS_MAX, FILE_BODIES_MAX, STOP_GRACE};
use crate::listen::{Doors, accept};
use crate::phones::Pace;
use crate::refusals::Refusals;
use crate::{WebError, authority, counter_image, events, frame, guard, phones, rpc, screens};

/// Where to listen and under which names.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Address and port, which never change while it runs; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Names, beside the local ones, the certificate's and the address itself, that the station answers under. Without
    /// port.
    pub extra_hosts: Vec<String>,
    /// The certificate, replaceable while running; while it is `None`, TLS clients are turned away.
    pub face: watch::Receiver<Option<Arc<Face>>>,
}

impl WebConfig {
    /// Without TLS and without further names.
    #[must_use]
    pub fn plain(bind: SocketAddr) -> Self {
        Self { bind, extra_hosts: Vec::new(), face: watch::channel(None).1 }
    }
}

/// What every request can reach.
pub struct Shared {
    pub app: Arc<App>,
    pub extra_hosts: Vec<String>,
    pub face: watch::Receiver<Option<Arc<Face>>>,
    pub refusals: Arc<Refusals>,
    /// Bodies with files that are read at once.
    pub files: Semaphore,
    /// How often phones ask.
    pub pace: Pace,
    pub stop: CancellationToken,
}

/// A running HTTP server.
pub struct Server {
    addr: SocketAddr,
    stop: CancellationToken,
    doors: Arc<Doors>,
    lan: Mutex<Vec<LanListener>>,
}

struct LanListener {
    addr: SocketAddr,
    stop: CancellationToken,
}

impl Server {
    /// Listens and serves until `stop` is cancelled. Needs a running tokio runtime.
    pub async fn start(config: WebConfig, app: Arc<App>, stop: CancellationToken) -> Result<Self, WebError> {
        let failed = |source| WebError::Bind { bind: config.bind, source };
        let listener = TcpListener::bind(config.bind).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        // A child token: stopping this server stops nothing else.
        let stop = stop.child_token();
        let refusals = Arc::<Refusals>::default();
        let shared = Arc::new(Shared {
            app,
            extra_hosts: config.extra_hosts,
            face: config.face.clone(),
            refusals: Arc::clone(&refusals),
            files: Semaphore::new(FILE_BODIES_MAX),
            pace: Pace::default(),
            stop: stop.clone(),
        });
        let doors = Arc::new(Doors {
            router: router(shared),
            face: config.face,
            refusals,
            places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            peers: PeerCount::default(),
            connections: TaskTracker::new(),
        });
        doors.connections.spawn(accept(listener, Arc::clone(&doors), stop.clone()));
        tracing::info!(%addr, "Serving the console on http://{addr}");
        Ok(Self { addr, stop, doors, lan: Mutex::default() })
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Addresses of the local network it listens on, too.
    #[must_use]
    pub fn lan_addrs(&self) -> Vec<SocketAddr> {
        self.lan.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|lan| lan.addr).collect()
    }

    /// Listens on exactly these addresses besides its own, on the same port: new ones are opened, others are closed
    /// together with their connections. Returns those that could not be opened. The loopback listener is not touched.
    pub async fn listen_on_lan(&self, wanted: &[IpAddr]) -> Vec<(SocketAddr, io::Error)> {
        let wanted: Vec<SocketAddr> = wanted
            .iter()
            .filter(|ip| **ip != self.addr.ip())
            .map(|ip| SocketAddr::new(*ip, self.addr.port()))
            .collect();
        let missing = {
            let mut lan = self.lan.lock().unwrap_or_else(PoisonError::into_inner);
            lan.retain(|open| {
                let stays = wanted.contains(&open.addr);
                if !stays {
                    tracing::info!(addr = %open.addr, "The console is no longer served on {}", open.addr);
                    open.stop.cancel();
                }
                stays
            });
            wanted.into_iter().filter(|addr| lan.iter().all(|open| open.addr != *addr)).collect::<Vec<_>>()
        };
        let mut failed = Vec::new();
        for addr in missing {
            match TcpListener::bind(addr).await {
                Ok(listener) => {
                    tracing::info!(%addr, "Serving the console on https://{addr}");
                    let stop = self.stop.child_token();
                    self.doors.connections.spawn(accept(listener, Arc::clone(&self.doors), stop.clone()));
                    let open = LanListener { addr, stop };
                    self.lan.lock().unwrap_or_else(PoisonError::into_inner).push(open);
                }
                Err(error) => failed.push((addr, error)),
            }
        }
        failed
    }

    /// What was turned away since the start, by reason.
    #[must_use]
    pub fn refused(&self) -> Vec<(&'static str, u64)> {
        self.doors.refusals.all()
    }

    /// Stops: no new connections, running answers get a moment to finish.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.doors.connections.close();
        if timeout(STOP_GRACE + Duration::from_secs(1), self.doors.connections.wait()).await.is_err() {
            tracing::warn!("Some HTTP connections did not end in time");
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/rpc/{command}", post(rpc::call))
        .route("/events", get(events::listen))
        .route("/scan/frame.jpg", get(frame::newest))
        .route("/counter/images/{id}", get(counter_image::file))
        .route("/api/v1/auth/token", post(phones::sign_in))
        .route("/api/v1/stove-payload", post(phones::take))
        .route("/healthz", get(|| async { "ok" }))
        .route("/ca", get(authority::help))
        .route("/ca.crt", get(authority::certificate))
        .route("/", get(screens::console))
        .route("/counter", get(screens::counter))
        .route("/{*path}", get(screens::file))
        .layer(from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}
