//! A reader made of software: connects like a v2 reader, publishes one tap, repeats it every second and waits for the
//! result that carries its id. It goes through the same door as real readers, so it proves the whole way.

use std::time::Duration;

use gerai_core::port::{BoxFuture, VirtualReader, VirtualTap};
use gerai_core::secret::Secret;
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::acl::is_device_name;
use crate::embedded::random_hex;

/// As long as real firmware waits for a result.
const RESULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often real firmware repeats a tap without a result.
const REPEAT_EVERY: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Ten repeats and a subscription fit.
const REQUESTS_MAX: usize = 32;
const EVENTS_MAX: usize = 64;

/// A virtual reader for the broker at one address. Each tap is a connection of its own.
#[derive(Debug, Clone)]
pub struct TcpVirtualReader {
    host: String,
    port: u16,
    prefix: String,
}

impl TcpVirtualReader {
    /// For the broker at `host`:`port`; with the embedded broker, the front's TCP address.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, prefix: impl Into<String>) -> Self {
        Self { host: host.into(), port, prefix: prefix.into() }
    }
}

impl VirtualReader for TcpVirtualReader {
    fn tap(
        &self,
        name: &str,
        password: Secret<String>,
        id: &str,
        payload: Vec<u8>,
    ) -> BoxFuture<'static, VirtualTap> {
        let (reader, name, id) = (self.clone(), name.to_owned(), id.to_owned());
        Box::pin(async move {
            if !is_device_name(&name) {
                return VirtualTap::Failed(format!("{name:?} can not be a reader's name: choose another"));
            }
            timeout(RESULT_TIMEOUT, reader.tap_once(&name, &password, &id, payload))
                .await
                .unwrap_or(VirtualTap::Silent)
        })
    }
}

/// What the polling task reports.
enum Seen {
    Connected,
    Subscribed { granted: bool },
    Result(Vec<u8>),
    Ended(String),
}

impl TcpVirtualReader {
    async fn tap_once(
        &self,
        name: &str,
        password: &Secret<String>,
        id: &str,
        payload: Vec<u8>,
    ) -> VirtualTap {
        let Ok(nonce) = random_hex(6) else {
            return VirtualTap::Failed("the operating system gives no random numbers".into());
        };
        let mut options = MqttOptions::new(format!("virtual-{nonce}"), &self.host, self.port);
        options
            .set_credentials(name, password.expose().as_str())
            .set_keep_alive(KEEP_ALIVE)
            .set_clean_session(true);
        let (client, mut poller) = AsyncClient::new(options, REQUESTS_MAX);
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        poller.set_network_options(network);

        let result_topic = format!("{}/v2/{name}/result", self.prefix);
        let (seen, mut events) = mpsc::channel(EVENTS_MAX);
        // Aborted when this function returns or is dropped at its deadline.
        let mut polling = JoinSet::new();
        polling.spawn(poll(poller, result_topic.clone(), seen));

        let deduct = format!("{}/v2/{name}/deduct", self.prefix);
        let mut repeat = interval(REPEAT_EVERY);
        repeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ready = false;
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Seen::Connected) => drop(client.try_subscribe(&result_topic, QoS::AtLeastOnce)),
                    Some(Seen::Subscribed { granted: true }) => {
                        ready = true;
                        repeat.reset_immediately();
                    }
                    Some(Seen::Subscribed { granted: false }) => {
                        return VirtualTap::Failed(format!("the broker does not let {name} read its results: check its kind"));
                    }
                    Some(Seen::Result(bytes)) => if let Some(text) = result_of(&bytes, id) {
                        let _ = client.try_disconnect();
                        return VirtualTap::Result(text);
                    },
                    Some(Seen::Ended(why)) => return VirtualTap::Failed(why),
                    None => return VirtualTap::Failed("the connection ended".into()),
                },
                _ = repeat.tick(), if ready => {
                    let _ = client.try_publish(&deduct, QoS::AtLeastOnce, false, payload.clone());
                }
            }
        }
    }
}

async fn poll(mut poller: EventLoop, result_topic: String, seen: mpsc::Sender<Seen>) {
    loop {
        let report = match poller.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => Seen::Connected,
            Ok(Event::Incoming(Packet::SubAck(suback))) => {
                let granted = |code: &_| matches!(code, rumqttc::SubscribeReasonCode::Success(_));
                Seen::Subscribed { granted: suback.return_codes.iter().all(granted) }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) if publish.topic == result_topic => {
                Seen::Result(publish.payload.to_vec())
            }
            Ok(_) => continue,
            Err(error) => {
                let _ = seen.send(Seen::Ended(sentence(&error))).await;
                return;
            }
        };
        if seen.send(report).await.is_err() {
            return;
        }
    }
}

/// The result's text, when it is the one for this tap.
fn result_of(bytes: &[u8], id: &str) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let value: Value = serde_json::from_str(text).ok()?;
    (value.get("id")?.as_str()? == id).then(|| text.to_owned())
}

fn sentence(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(code) => {
            format!("the broker refused the reader's login ({code:?}): check its name and password")
        }
        // Its text would hold the packet.
        ConnectionError::NotConnAck(_) => "the broker did not answer CONNECT".into(),
        other => format!("the connection to the broker failed: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::result_of;

    #[test]
    fn only_the_result_with_the_same_id_counts() {
        assert_eq!(
            result_of(br#"{"id":"b-1","st":"ok"}"#, "b-1").as_deref(),
            Some(r#"{"id":"b-1","st":"ok"}"#)
        );
        assert_eq!(result_of(br#"{"id":"b-2","st":"ok"}"#, "b-1"), None);
        assert_eq!(result_of(b"Successfully deducted", "b-1"), None);
        assert_eq!(result_of(&[0xff], "b-1"), None);
    }
}
