//! One device connection from its first byte to its last: handshake within a deadline, CONNECT read and rewritten,
//! the broker's answer watched, then bytes both ways. Whatever is wrong ends this connection and no other.

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
use super::roster::{Presence, Roster};
use super::ws;
use crate::acl::is_device_name;
use crate::client_id;

/// From the accepted socket to the whole CONNECT, TLS and WebSocket handshakes included.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
const UPSTREAM_TIMEOUT: Duration = Duration::from_secs(2);
/// The broker hashes a password before it answers; after a power cut all readers come at once.
const CONNACK_TIMEOUT: Duration = Duration::from_secs(15);
/// Once one side has closed, the other gets this long to take the rest.
const LINGER: Duration = Duration::from_secs(2);
/// A CONNACK with all its properties is far smaller.
const CONNACK_BYTES_MAX: usize = 4 * 1024;

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
    pub(super) upstream: SocketAddr,
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
        tokio::select! {
            () = self.stop.cancelled() => {}
            ended = self.converse(stream, peer) => if let Err(error) = ended {
                tracing::debug!(%peer, %error, "Device connection from {peer} ended: {error}");
            }
        }
    }

    async fn converse(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match &self.transport {
            Transport::Tcp => {
                let caller = in_time(read_connect(stream)).await?;
                self.admit(caller, peer).await
            }
            Transport::WebSocket => {
                let caller = in_time(async { read_connect(ws::accept(stream).await?).await }).await?;
                self.admit(caller, peer).await
            }
            Transport::Tls(config) => {
                let config = config.borrow().clone();
                let config = config.ok_or_else(|| io::Error::other("no TLS certificate is set"))?;
                let tls = TlsAcceptor::from(config);
                let caller = in_time(async { read_connect(tls.accept(stream).await?).await }).await?;
                self.admit(caller, peer).await
            }
        }
    }

    async fn admit<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut caller: Caller<S>,
        peer: SocketAddr,
    ) -> io::Result<()> {
        let connect = match connect::parse(&caller.packet) {
            Ok(connect) => connect,
            Err(NotConnect::Version) => {
                return refuse(&mut caller.stream, 4, Refusal::Version, "protocol version").await;
            }
            Err(why) => return Err(io::Error::new(io::ErrorKind::InvalidData, why)),
        };
        let level = connect.level;
        let ticket = match self.ticket(&connect, &caller.packet).await {
            Ok(ticket) => ticket,
            Err((refusal, why)) => return refuse(&mut caller.stream, level, refusal, why).await,
        };
        let mut upstream = match timeout(UPSTREAM_TIMEOUT, TcpStream::connect(self.upstream)).await {
            Ok(Ok(upstream)) => upstream,
            _ => {
                return refuse(&mut caller.stream, level, Refusal::Unavailable, "the broker is not there")
                    .await;
            }
        };
        upstream.set_nodelay(true)?;
        upstream.write_all(&ticket.packet).await?;
        let answer = timeout(CONNACK_TIMEOUT, read_connack(&mut upstream)).await??;
        let accepted = answer.accepted;
        let presence =
            accepted.then(|| Roster::arrived(&self.roster, &ticket.login, &ticket.client_id, peer));
        timeout(LINGER, async {
            caller.stream.write_all(&answer.bytes).await?;
            caller.stream.flush().await
        })
        .await??;
        if !accepted {
            return timeout(LINGER, caller.stream.shutdown()).await?;
        }
        upstream.write_all(&caller.rest).await?;
        self.splice(caller.stream, upstream, presence).await;
        Ok(())
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

    /// Passes bytes both ways until one side ends. Keep-alive is the broker's business.
    async fn splice<S>(&self, stream: S, upstream: TcpStream, presence: Option<Presence>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut from_device, mut to_device) = tokio::io::split(stream);
        let (mut from_broker, mut to_broker) = upstream.into_split();
        // Each half closes its target when its source ends, so that the other side can finish.
        let mut up = std::pin::pin!(async {
            let _ = tokio::io::copy(&mut from_device, &mut to_broker).await;
            let _ = to_broker.shutdown().await;
        });
        let mut down = std::pin::pin!(async {
            let _ = tokio::io::copy(&mut from_broker, &mut to_device).await;
            let _ = timeout(LINGER, to_device.shutdown()).await;
        });
        let device_ended = tokio::select! {
            () = &mut up => true,
            () = &mut down => false,
        };
        drop(presence);
        let _ = if device_ended { timeout(LINGER, down).await } else { timeout(LINGER, up).await };
    }
}

async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(HANDSHAKE_TIMEOUT, handshake).await?
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

struct Connack {
    bytes: Vec<u8>,
    accepted: bool,
}

/// Reads the broker's first packet byte by byte: what follows it belongs to the splice.
async fn read_connack(upstream: &mut TcpStream) -> io::Result<Connack> {
    let mut bytes = vec![upstream.read_u8().await?];
    let mut remaining = 0_usize;
    for index in 0..4 {
        let byte = upstream.read_u8().await?;
        bytes.push(byte);
        remaining |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            break;
        }
    }
    if remaining > CONNACK_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the broker's first packet is too large"));
    }
    let header = bytes.len();
    bytes.resize(header + remaining, 0);
    upstream.read_exact(&mut bytes[header..]).await?;
    let accepted = bytes[0] == 0x20 && bytes.get(header + 1) == Some(&0);
    Ok(Connack { bytes, accepted })
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
