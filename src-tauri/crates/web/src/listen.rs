//! Accepting: how many connections, who gets TLS and who plain HTTP on the one port, and how a connection ends.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Duration, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::authority::Face;
use crate::connection::{Ends, PeerCount, Unstalled};
use crate::limits::{HANDSHAKE_TIMEOUT, HEAD_BYTES_MAX, HEAD_TIMEOUT, HEADERS_MAX, STOP_GRACE};
use crate::refusals::{Reason, Refusals};

/// First byte of a TLS connection: a record of type handshake (RFC 8446, section 5.1). No HTTP method begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// What all listeners share.
pub struct Doors {
    pub router: Router,
    pub face: watch::Receiver<Option<Arc<Face>>>,
    pub refusals: Arc<Refusals>,
    pub places: Arc<Semaphore>,
    pub peers: PeerCount,
    pub connections: TaskTracker,
}

/// Accepts until `stop`; its connections end with it.
pub async fn accept(listener: TcpListener, doors: Arc<Doors>, stop: CancellationToken) {
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
        let place = doors.places.clone().try_acquire_owned();
        let (Ok(place), Some(slot)) = (place, doors.peers.enter(peer.ip().to_canonical())) else {
            doors.refusals.count(Reason::TooManyConnections);
            continue;
        };
        let (serving, stop) = (Arc::clone(&doors), stop.clone());
        doors.connections.spawn(async move {
            begin(stream, peer, &serving, stop).await;
            drop((place, slot));
        });
    }
}

async fn begin(stream: TcpStream, peer: SocketAddr, doors: &Doors, stop: CancellationToken) {
    let Ok(local) = stream.local_addr() else { return };
    // Without this, Nagle and delayed acknowledgements add 40 ms to each answer.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let ends = Ends { peer, local, tls: false };
    let first = tokio::select! {
        () = stop.cancelled() => return,
        first = timeout(HANDSHAKE_TIMEOUT, first_byte(&stream)) => first,
    };
    match first {
        Err(_) => doors.refusals.count(Reason::TooSlow),
        Ok(None) => {}
        Ok(Some(TLS_HANDSHAKE)) => {
            let shaken = tokio::select! {
                () = stop.cancelled() => return,
                shaken = handshake(stream, doors) => shaken,
            };
            match shaken {
                Ok(stream) => serve(stream, Ends { tls: true, ..ends }, doors, stop).await,
                Err(reason) => doors.refusals.count(reason),
            }
        }
        Ok(Some(_)) => serve(stream, ends, doors, stop).await,
    }
}

/// `None`: the peer went away without a word.
async fn first_byte(stream: &TcpStream) -> Option<u8> {
    let mut byte = [0];
    let count = stream.peek(&mut byte).await.ok()?;
    (count == 1).then_some(byte[0])
}

async fn handshake(
    stream: TcpStream,
    doors: &Doors,
) -> Result<tokio_rustls::server::TlsStream<TcpStream>, Reason> {
    let face = doors.face.borrow().clone().ok_or(Reason::Handshake)?;
    let shaken = timeout(HANDSHAKE_TIMEOUT, TlsAcceptor::from(Arc::clone(&face.config)).accept(stream)).await;
    shaken.map_err(|_| Reason::TooSlow)?.map_err(|error| {
        tracing::debug!(%error, "A TLS handshake failed");
        Reason::Handshake
    })
}

async fn serve<S>(stream: S, ends: Ends, doors: &Doors, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let router = doors.router.clone();
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
        doors.refusals.ended(&error);
        tracing::debug!(%error, "An HTTP connection ended early");
    }
}
