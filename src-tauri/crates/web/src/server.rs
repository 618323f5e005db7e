//! The server: listens, bounds what clients may hold, serves until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use gerai_app::App;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::connection::{Ends, PeerCount, PeerSlot, Unstalled};
use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADERS_MAX, STOP_GRACE};
use crate::{WebError, events, guard, rpc, screens};

/// Where to listen and under which names.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Address and port; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Names, beside the local ones and the address itself, that the station answers under. Without port.
    pub extra_hosts: Vec<String>,
}

/// What every request can reach.
pub struct Shared {
    pub app: Arc<App>,
    pub extra_hosts: Vec<String>,
    pub stop: CancellationToken,
}

/// A running HTTP server.
pub struct Server {
    addr: SocketAddr,
    stop: CancellationToken,
    accepting: JoinHandle<()>,
    connections: TaskTracker,
}

impl Server {
    /// Listens and serves until `stop` is cancelled. Needs a running tokio runtime.
    pub async fn start(config: WebConfig, app: Arc<App>, stop: CancellationToken) -> Result<Self, WebError> {
        let failed = |source| WebError::Bind { bind: config.bind, source };
        let listener = TcpListener::bind(config.bind).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        // A child token: stopping this server stops nothing else.
        let stop = stop.child_token();
        let shared = Arc::new(Shared { app, extra_hosts: config.extra_hosts, stop: stop.clone() });
        let connections = TaskTracker::new();
        let accepting = tokio::spawn(accept(listener, router(shared), stop.clone(), connections.clone()));
        tracing::info!(%addr, "Serving the console on http://{addr}");
        Ok(Self { addr, stop, accepting, connections })
    }

    /// The address it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops: no new connections, running answers get a moment to finish.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.accepting.await.is_err() {
            tracing::error!("The HTTP server had stopped by itself");
        }
        self.connections.close();
        if timeout(STOP_GRACE + Duration::from_secs(1), self.connections.wait()).await.is_err() {
            tracing::warn!("Some HTTP connections did not end in time");
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/rpc/{command}", post(rpc::call))
        .route("/events", get(events::listen))
        .route("/healthz", get(|| async { "ok" }))
        .route("/", get(screens::console))
        .route("/counter", get(screens::counter))
        .route("/{*path}", get(screens::file))
        .layer(from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}

async fn accept(listener: TcpListener, router: Router, stop: CancellationToken, connections: TaskTracker) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let peers = PeerCount::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, or the peer was gone already: try again, but never spin.
                tracing::warn!(%error, "Cannot accept an HTTP connection");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Over the limits the connection is dropped at once: waiting here would shut everybody out.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let Some(slot) = peers.enter(peer.ip().to_canonical()) else { continue };
        connections.spawn(serve(stream, peer, router.clone(), stop.clone(), (place, slot)));
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
    _place: (OwnedSemaphorePermit, PeerSlot),
) {
    let Ok(local) = stream.local_addr() else { return };
    // Without this, Nagle and delayed acknowledgements add 40 ms to each answer.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let ends = Ends { peer, local };
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ends);
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(Unstalled::new(stream)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            timeout(STOP_GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "An HTTP connection ended early");
    }
}
