//! The station's link to an MQTT broker, embedded or elsewhere: brings taps to the station's door and publishes its
//! results. It keeps its session in the broker, acknowledges a tap only when the door says that it is durable, and
//! connects again for as long as it lives. Every connection has its own client, so nothing stale survives a loss.

mod config;
mod connection;
mod inbound;
mod outgoing;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::{BoxFuture, PublishError, Publisher, TapDoor};
use rustls::ClientConfig;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use config::{LinkConfig, LinkTls, Protocol};

use crate::error::BrokerError;
use connection::Ended;
use inbound::Inbox;
use outgoing::Outgoing;

const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_LAST: Duration = Duration::from_secs(5);
/// A publish that the broker has not acknowledged by then counts as lost, on a connection that otherwise works.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(30);

/// A running link. Clones share it; it ends when its token is cancelled.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
    ended: CancellationToken,
}

struct Shared {
    config: LinkConfig,
    door: Arc<dyn TapDoor>,
    inbox: Arc<Inbox>,
    outgoing: Outgoing,
}

impl Shared {
    fn came_up(&self) {
        let LinkConfig { host, port, .. } = &self.config;
        tracing::info!(host, port, "The link to the broker at {host}:{port} is up");
        self.door.link_changed(true, &format!("Connected to the broker at {host}:{port}."));
    }

    fn went_down(&self, why: &str) {
        let LinkConfig { host, port, .. } = &self.config;
        tracing::warn!(host, port, why, "No link to the broker at {host}:{port}: {why}");
        self.door.link_changed(false, &format!("No connection to the broker at {host}:{port}: {why}."));
    }
}

impl Link {
    /// Checks the settings and starts connecting; returns before the link is up.
    pub fn start(
        config: LinkConfig,
        door: Arc<dyn TapDoor>,
        stop: CancellationToken,
    ) -> Result<Self, BrokerError> {
        config.check()?;
        let tls = config.tls_config()?;
        let inbox = Arc::new(Inbox::new(Arc::clone(&door), config.trust_sender, config.away_ms));
        let shared = Arc::new(Shared { config, door, inbox, outgoing: Outgoing::default() });
        let ended = CancellationToken::new();
        let link = Self { shared: Arc::clone(&shared), ended: ended.clone() };
        tokio::spawn(async move {
            // Set even if the loop should panic: whoever waits for the end must not wait for ever.
            let _ended = ended.drop_guard();
            keep_connected(&shared, tls.as_ref(), &stop).await;
        });
        Ok(link)
    }

    /// Is there a connection with standing subscriptions?
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.shared.outgoing.is_up()
    }

    /// Waits until the link has ended after its token was cancelled.
    pub async fn stopped(&self) {
        self.ended.cancelled().await;
    }
}

impl Publisher for Link {
    fn publish(&self, topic: &str, payload: Vec<u8>) -> BoxFuture<'static, Result<(), PublishError>> {
        let queued = self.shared.outgoing.publish(topic, payload);
        Box::pin(async move {
            match timeout(PUBLISH_TIMEOUT, queued?).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => Err(PublishError::LinkDown),
            }
        })
    }
}

async fn keep_connected(shared: &Arc<Shared>, tls: Option<&Arc<ClientConfig>>, stop: &CancellationToken) {
    let mut backoff = BACKOFF_FIRST;
    let mut said = String::new();
    while !stop.is_cancelled() {
        match connection::run(shared, tls, stop).await {
            Ended::Stopped => break,
            Ended::Lost { was_up, why } => {
                // The same reason again and again is said once.
                if was_up || why != said {
                    shared.went_down(&why);
                }
                if was_up {
                    backoff = BACKOFF_FIRST;
                }
                said = why;
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(jittered(backoff)) => {}
        }
        backoff = (backoff * 2).min(BACKOFF_LAST);
    }
    shared.door.link_changed(false, "The link to the broker was stopped.");
}

/// Between half and all of `pause`, so that stations do not come back all at once.
fn jittered(pause: Duration) -> Duration {
    let mut random = [0_u8; 2];
    // Without random numbers there is no jitter; nothing depends on it.
    let _ = getrandom::fill(&mut random);
    pause / 2 + (pause / 2).mul_f64(f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX))
}
