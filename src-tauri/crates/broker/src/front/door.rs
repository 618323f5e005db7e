//! One device connection from its first byte to its last: handshake within a deadline, CONNECT read and rewritten, then
//! the broker serves the stream and its answer is watched. Whatever is wrong ends this connection and no other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::DeviceKind;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::connect::{self, Connect, NotConnect, Refusal};
use super::guest::Guest;
use super::roster::Roster;
use super::ws;
use crate::acl::is_device_name;
use crate::client_id;
use crate::embedded::Inlet;

/// From the accepted socket to the whole CONNECT, TLS and WebSocket handshakes included.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// The broker hashes a password before it answers; after a power cut all readers come at once.
const CONNACK_TIMEOUT: Duration = Duration::from_secs(15);
/// A device that is refused gets this long to take the answer.
const LINGER: Duration = Duration::from_secs(2);

pub(super) enum Transport {
    Tcp,
    WebSocket,
    Tls(watch::Receiver<Option<Arc<ServerConfig>>>),
}

impl Transport {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tcp => "MQTT over TCP",
            Self::WebSocket => "MQTT over WebSocket",
            Self::Tls(_) => "MQTT over TLS",
        }
    }
}

pub(super) struct Door {
    pub(super) transport: Transport,
    pub(super) inlet: Inlet,
    pub(super) roster: Arc<Roster>,
    pub(super) stop: CancellationToken,
}

/// A device whose CONNECT is read: its stream, and what it sent after the CONNECT.
struct Caller<S> {
    stream: S,
    packet: Vec<u8>,
    rest: Vec<u8>,
}

/// A CONNECT as the broker is to get it.
struct Ticket {
    login: String,
    client_id: String,
    packet: Vec<u8>,
}

impl Door {
    pub(super) async fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = self.converse(stream, peer).await {
            tracing::debug!(%peer, %error, "Device connection from {peer} ended: {error}");
        }
    }

    async fn converse(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match &self.transport {
            Transport::Tcp => {
                let caller = self.in_time(read_connect(stream)).await?;
                self.admit(caller, peer).await
            }
            Transport::WebSocket => {
                let caller = self.in_time(async { read_connect(ws::accept(stream).await?).await }).await?;
                self.admit(caller, peer).await
            }
            Transport::Tls(config) => {
                let config = config.borrow().clone();
                let config = config.ok_or_else(|| io::Error::other("no TLS certificate is set"))?;
                let tls = TlsAcceptor::from(config);
                let caller = self.in_time(async { read_connect(tls.accept(stream).await?).await }).await?;
                self.admit(caller, peer).await
            }
        }
    }

    /// A handshake has a deadline, and ends when the front does.
    async fn in_time<T>(&self, handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        tokio::select! {
            () = self.stop.cancelled() => Err(io::ErrorKind::ConnectionAborted.into()),
            done = timeout(HANDSHAKE_TIMEOUT, handshake) => done?,
        }
    }

    async fn admit<S>(&self, caller: Caller<S>, peer: SocketAddr) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        let Caller { mut stream, packet, rest } = caller;
        let connect = match connect::parse(&packet) {
            Ok(connect) => connect,
            Err(NotConnect::Version) => {
                return refuse(&mut stream, 4, Refusal::Version, "protocol version").await;
            }
            Err(why) => return Err(io::Error::new(io::ErrorKind::InvalidData, why)),
        };
        let level = connect.level;
        let ticket = match self.ticket(&connect, &packet).await {
            Ok(ticket) => ticket,
            Err((refusal, why)) => return refuse(&mut stream, level, refusal, why).await,
        };
        if !self.inlet.is_open() {
            return refuse(&mut stream, level, Refusal::Unavailable, "the broker is not there").await;
        }
        // It holds the password, and the connection may stay open for months.
        drop(packet);
        self.hand_over(stream, ticket, rest, peer).await;
        Ok(())
    }

    /// The broker serves the stream until it ends. It is never dropped half-way: ended from outside, it reads its end.
    async fn hand_over<S>(&self, stream: S, ticket: Ticket, rest: Vec<u8>, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        let stop = self.stop.child_token();
        let Ticket { login, client_id, mut packet } = ticket;
        packet.extend(rest);
        let roster = Arc::clone(&self.roster);
        let arrive = Box::new(move || Roster::arrived(&roster, &login, &client_id, peer));
        let (guest, mut answered) = Guest::new(stream, packet, arrive, stop.clone());
        let mut served = std::pin::pin!(self.inlet.serve(guest, peer));
        tokio::select! {
            () = &mut served => return,
            heard = timeout(CONNACK_TIMEOUT, &mut answered) => if heard.is_err() {
                stop.cancel();
            },
        }
        served.await;
    }

    /// Decides under which client id this CONNECT goes on, or why it does not.
    async fn ticket(&self, connect: &Connect, packet: &[u8]) -> Result<Ticket, (Refusal, &'static str)> {
        let login = match &connect.user {
            Some(name) if is_device_name(name) && connect.has_password => name,
            _ => return Err((Refusal::NotAuthorized, "no usable login")),
        };
        let Some(kind) = self.roster.kind_of(login).await else {
            return Err((Refusal::NotAuthorized, "unknown login"));
        };
        if connect.has_will {
            // On a deduct topic a will would be a charge that nobody tapped.
            self.roster
                .incidents
                .report(login, "it left a last will, which no device may: remove it from its settings");
            return Err((Refusal::NotAuthorized, "a last will"));
        }
        let shared = kind == DeviceKind::LegacyShared;
        let client_id = if shared {
            client_id::unique(login).map_err(|_| (Refusal::Unavailable, "no random numbers"))?
        } else if connect.client_id.is_empty() {
            if connect.level == 4 && !connect.clean_start {
                return Err((Refusal::ClientId, "an empty client id without clean session"));
            }
            // The broker assigns one and tells the client.
            String::new()
        } else {
            client_id::namespaced(login, &connect.client_id)
        };
        let packet = connect::rewrite(packet, connect, &client_id, shared);
        Ok(Ticket { login: login.clone(), client_id, packet })
    }
}

async fn read_connect<S: AsyncRead + Unpin>(mut stream: S) -> io::Result<Caller<S>> {
    let mut got = Vec::with_capacity(256);
    loop {
        let whole =
            connect::packet_len(&got).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, why))?;
        if let Some(whole) = whole
            && got.len() >= whole
        {
            let rest = got.split_off(whole);
            return Ok(Caller { stream, packet: got, rest });
        }
        let mut chunk = [0_u8; 1_024];
        let count = stream.read(&mut chunk).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        got.extend_from_slice(&chunk[..count]);
    }
}

async fn refuse<S: AsyncWrite + Unpin>(
    stream: &mut S,
    level: u8,
    refusal: Refusal,
    why: &str,
) -> io::Result<()> {
    tracing::debug!(?refusal, why, "Refused a device connection: {why}");
    timeout(LINGER, async {
        stream.write_all(&connect::refusal(level, refusal)).await?;
        stream.shutdown().await
    })
    .await?
}
