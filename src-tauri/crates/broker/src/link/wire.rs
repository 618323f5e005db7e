//! rumqttc's two clients, for MQTT 5.0 and 3.1.1, behind one narrow interface. One `open` is one connection: its
//! event loop is never polled again after an error, so that no stale acknowledgement or publish is ever replayed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;
use rumqttc::{NetworkOptions, Outgoing, TlsConfiguration, Transport};
use rustls::ClientConfig;

use super::config::{LinkConfig, Protocol};

/// Keep-alive told to the broker, which drops a dead link's connection after one and a half times this.
const KEEP_ALIVE_MIN: Duration = Duration::from_secs(10);
/// The broker keeps messages this long for a station that is away; older taps are never charged anyway.
const SESSION_EXPIRY_S: u32 = 600;
/// Unacknowledged messages from the broker at a time.
pub(super) const RECEIVE_MAX: u16 = 1_024;
/// Unacknowledged publishes to the broker at a time, inside rumqttc.
const OUTGOING_INFLIGHT_MAX: u16 = 2_048;
/// An MQTT 5 broker does not send larger packets. A 3.1.1 broker can not be told, and a larger message would end
/// the connection again and again: hence the generous second limit.
const PACKET_BYTES_MAX_V5: u32 = 256 * 1024;
const PACKET_BYTES_MAX_V311: usize = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_S: u64 = 5;
/// The property that the embedded broker sets from the authenticated user name.
const SENDER_PROPERTY: &str = "x-mqtt-sender";

/// A message from the broker.
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: Bytes,
    pub(super) retained: bool,
    pub(super) dup: bool,
    /// Packet id to acknowledge; `None` for QoS 0.
    pub(super) packet: Option<u16>,
    pub(super) sender: Option<String>,
}

/// The broker's word on one publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ack {
    Taken,
    Busy,
    Refused(String),
}

/// What happened on the wire.
pub(super) enum Event {
    Connected {
        session_present: bool,
        packet_max: Option<u32>,
    },
    Subscribed {
        refused: usize,
    },
    Message(Message),
    /// Our next publish in order went out under this packet id.
    Sent(u16),
    Acked(u16, Ack),
    /// The broker said something else: it lives.
    Heard,
    /// Something of our own.
    Quiet,
}

#[derive(Clone)]
pub(super) enum Client {
    V5(rumqttc::v5::AsyncClient),
    V311(rumqttc::AsyncClient),
}

pub(super) enum Poller {
    V5(Box<rumqttc::v5::EventLoop>),
    V311(Box<rumqttc::EventLoop>),
}

/// Prepares one connection; nothing happens before the first poll.
pub(super) fn open(
    config: &LinkConfig,
    tls: Option<&Arc<ClientConfig>>,
    capacity: usize,
) -> (Client, Poller) {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network.set_connection_timeout(CONNECT_TIMEOUT_S);
    let transport = tls
        .map_or_else(Transport::tcp, |c| Transport::tls_with_config(TlsConfiguration::Rustls(Arc::clone(c))));
    let password = config.password.expose().as_str();
    let keep_alive = KEEP_ALIVE_MIN.max(config.heartbeat * 2);
    match config.protocol {
        Protocol::V5 => {
            let mut options = rumqttc::v5::MqttOptions::new(&config.client_id, &config.host, config.port);
            options
                .set_transport(transport)
                .set_network_options(network)
                .set_connection_timeout(CONNECT_TIMEOUT_S)
                .set_credentials(&config.username, password)
                .set_keep_alive(keep_alive)
                .set_clean_start(false)
                .set_session_expiry_interval(Some(SESSION_EXPIRY_S))
                .set_receive_maximum(Some(RECEIVE_MAX))
                .set_max_packet_size(Some(PACKET_BYTES_MAX_V5))
                .set_outgoing_inflight_upper_limit(OUTGOING_INFLIGHT_MAX)
                .set_manual_acks(true);
            let (client, poller) = rumqttc::v5::AsyncClient::new(options, capacity);
            (Client::V5(client), Poller::V5(Box::new(poller)))
        }
        Protocol::V311 => {
            let mut options = rumqttc::MqttOptions::new(&config.client_id, &config.host, config.port);
            options
                .set_transport(transport)
                .set_credentials(&config.username, password)
                .set_keep_alive(keep_alive)
                .set_clean_session(false)
                .set_max_packet_size(PACKET_BYTES_MAX_V311, PACKET_BYTES_MAX_V311)
                .set_inflight(OUTGOING_INFLIGHT_MAX)
                .set_manual_acks(true);
            let (client, mut poller) = rumqttc::AsyncClient::new(options, capacity);
            poller.set_network_options(network);
            (Client::V311(client), Poller::V311(Box::new(poller)))
        }
    }
}

impl Client {
    /// Queues a QoS 1 publish without waiting; `false` when the queue is full or gone, or the topic is not one.
    pub(super) fn try_publish(&self, topic: &str, payload: Vec<u8>) -> bool {
        match self {
            Self::V5(client) => {
                client.try_publish(topic, rumqttc::v5::mqttbytes::QoS::AtLeastOnce, false, payload).is_ok()
            }
            Self::V311(client) => {
                client.try_publish(topic, rumqttc::QoS::AtLeastOnce, false, payload).is_ok()
            }
        }
    }

    /// Queues one SUBSCRIBE with all filters at QoS 1.
    pub(super) fn try_subscribe(&self, filters: Vec<String>) -> bool {
        match self {
            Self::V5(client) => {
                let qos = rumqttc::v5::mqttbytes::QoS::AtLeastOnce;
                client.try_subscribe_many(filters.into_iter().map(|f| v5::Filter::new(f, qos))).is_ok()
            }
            Self::V311(client) => {
                let qos = rumqttc::QoS::AtLeastOnce;
                client
                    .try_subscribe_many(filters.into_iter().map(|f| v4::SubscribeFilter::new(f, qos)))
                    .is_ok()
            }
        }
    }

    /// Queues the acknowledgement of one QoS 1 message.
    pub(super) fn try_ack(&self, packet: u16) -> bool {
        match self {
            Self::V5(client) => {
                let mut publish = v5::Publish::new("", rumqttc::v5::mqttbytes::QoS::AtLeastOnce, "", None);
                publish.pkid = packet;
                client.try_ack(&publish).is_ok()
            }
            Self::V311(client) => {
                let mut publish = v4::Publish::new("", rumqttc::QoS::AtLeastOnce, "");
                publish.pkid = packet;
                client.try_ack(&publish).is_ok()
            }
        }
    }

    /// Queues a DISCONNECT.
    pub(super) fn try_disconnect(&self) {
        let _ = match self {
            Self::V5(client) => client.try_disconnect().is_ok(),
            Self::V311(client) => client.try_disconnect().is_ok(),
        };
    }
}

impl Poller {
    /// The next event, or a sentence on why the connection is over. Messages are never part of that sentence.
    pub(super) async fn poll(&mut self) -> Result<Event, String> {
        match self {
            Self::V5(poller) => match poller.poll().await {
                Ok(rumqttc::v5::Event::Incoming(packet)) => Ok(incoming_v5(packet)),
                Ok(rumqttc::v5::Event::Outgoing(outgoing)) => Ok(sent(&outgoing)),
                Err(rumqttc::v5::ConnectionError::NotConnAck(_)) => {
                    Err("the broker did not answer CONNECT".into())
                }
                Err(rumqttc::v5::ConnectionError::ConnectionRefused(code)) => Err(refused(&code)),
                Err(error) => Err(error.to_string()),
            },
            Self::V311(poller) => match poller.poll().await {
                Ok(rumqttc::Event::Incoming(packet)) => Ok(incoming_v311(packet)),
                Ok(rumqttc::Event::Outgoing(outgoing)) => Ok(sent(&outgoing)),
                Err(rumqttc::ConnectionError::NotConnAck(_)) => {
                    Err("the broker did not answer CONNECT".into())
                }
                Err(rumqttc::ConnectionError::ConnectionRefused(code)) => Err(refused(&code)),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

fn refused(code: &dyn std::fmt::Debug) -> String {
    format!("the broker refused the station's login ({code:?}): check user name and password")
}

fn sent(outgoing: &Outgoing) -> Event {
    match outgoing {
        Outgoing::Publish(packet) => Event::Sent(*packet),
        _ => Event::Quiet,
    }
}

fn incoming_v5(packet: v5::Packet) -> Event {
    match packet {
        v5::Packet::ConnAck(connack) => Event::Connected {
            session_present: connack.session_present,
            packet_max: connack.properties.and_then(|p| p.max_packet_size),
        },
        v5::Packet::SubAck(suback) => {
            let granted =
                |code: &v5::SubscribeReasonCode| matches!(code, v5::SubscribeReasonCode::Success(_));
            Event::Subscribed { refused: suback.return_codes.iter().filter(|code| !granted(code)).count() }
        }
        v5::Packet::Publish(publish) => {
            let properties = publish.properties.unwrap_or_default();
            let mut senders =
                properties.user_properties.into_iter().filter(|(key, _)| key == SENDER_PROPERTY);
            // Exactly one: the broker sets it once. Two would mean that it let a forged one through.
            let sender = senders.next().map(|(_, value)| value).filter(|_| senders.next().is_none());
            Event::Message(Message {
                topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                payload: publish.payload,
                retained: publish.retain,
                dup: publish.dup,
                packet: (publish.qos != rumqttc::v5::mqttbytes::QoS::AtMostOnce).then_some(publish.pkid),
                sender,
            })
        }
        v5::Packet::PubAck(puback) => Event::Acked(puback.pkid, ack_v5(puback.reason)),
        _ => Event::Heard,
    }
}

fn ack_v5(reason: v5::PubAckReason) -> Ack {
    match reason {
        v5::PubAckReason::Success | v5::PubAckReason::NoMatchingSubscribers => Ack::Taken,
        v5::PubAckReason::QuotaExceeded | v5::PubAckReason::PacketIdentifierInUse => Ack::Busy,
        refused => Ack::Refused(format!("the broker refused the message: {refused:?}")),
    }
}

fn incoming_v311(packet: v4::Packet) -> Event {
    match packet {
        v4::Packet::ConnAck(connack) => {
            Event::Connected { session_present: connack.session_present, packet_max: None }
        }
        v4::Packet::SubAck(suback) => {
            let granted =
                |code: &v4::SubscribeReasonCode| matches!(code, v4::SubscribeReasonCode::Success(_));
            Event::Subscribed { refused: suback.return_codes.iter().filter(|code| !granted(code)).count() }
        }
        v4::Packet::Publish(publish) => Event::Message(Message {
            topic: publish.topic,
            payload: publish.payload,
            retained: publish.retain,
            dup: publish.dup,
            packet: (publish.qos != rumqttc::QoS::AtMostOnce).then_some(publish.pkid),
            sender: None,
        }),
        v4::Packet::PubAck(puback) => Event::Acked(puback.pkid, Ack::Taken),
        _ => Event::Heard,
    }
}
