//! The way of devices into the broker: a connection whose CONNECT the front has read and rewritten is served by the
//! broker in this process, on the device's own stream. Nothing is copied through a second socket.

use std::net::SocketAddr;
use std::sync::Arc;

use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::config::BrokerConfig;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::transport::{BrokerTransport, WebSocketTransport};
use mqtt5::broker::{DynamicStorage, MqttBroker, ResourceMonitor};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// What a broker needs to serve one more connection.
#[derive(Clone)]
pub struct Inlet {
    config: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    gate: Arc<dyn AuthProvider>,
    storage: Option<Arc<DynamicStorage>>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
    shutdown: broadcast::Sender<()>,
    closed: CancellationToken,
}

impl Inlet {
    pub(super) fn of(broker: &MqttBroker, config: BrokerConfig, gate: Arc<dyn AuthProvider>) -> Self {
        Self {
            config: Arc::new(config),
            router: broker.router(),
            gate,
            storage: broker.storage(),
            stats: broker.stats(),
            monitor: broker.resource_monitor(),
            shutdown: broadcast::channel(1).0,
            closed: CancellationToken::new(),
        }
    }

    /// Whether the broker still serves.
    pub(crate) fn is_open(&self) -> bool {
        !self.closed.is_cancelled()
    }

    /// Serves a connection until it ends. Must not be dropped half-way: a session is put in order at its end, so end
    /// the stream instead.
    pub(crate) async fn serve<S>(&self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
    {
        let transport = BrokerTransport::WebSocket(Box::new(Device { stream, peer }));
        let handler = ClientHandler::new(
            transport,
            peer,
            Arc::clone(&self.config),
            Arc::clone(&self.router),
            Arc::clone(&self.gate),
            self.storage.clone(),
            Arc::clone(&self.stats),
            Arc::clone(&self.monitor),
            self.shutdown.subscribe(),
        );
        if let Err(error) = handler.run().await {
            tracing::debug!(%peer, %error, "The broker ended the connection of {peer}: {error}");
        }
    }

    /// Ends all connections and takes no more.
    pub(super) fn close(&self) {
        self.closed.cancel();
        // Nobody connected is fine.
        let _ = self.shutdown.send(());
    }
}

/// Any stream, in the broker's clothes for streams that are not its own TCP socket.
struct Device<S> {
    stream: S,
    peer: SocketAddr,
}

impl<S> WebSocketTransport for Device<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin,
{
    fn peer_addr(&self) -> mqtt5::Result<SocketAddr> {
        Ok(self.peer)
    }
}

mod passing {
    //! `Device` reads and writes as the stream in it does.

    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Device;

    impl<S: AsyncRead + Unpin> AsyncRead for Device<S> {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_read(cx, buffer)
        }
    }

    impl<S: AsyncWrite + Unpin> AsyncWrite for Device<S> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.stream).poll_write(cx, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(cx)
        }
    }
}
