//! Readers as other people build them: PubSubClient's way (MQTT 3.1.1, QoS 0, 256-byte packets, clean session, one
//! constant client id) on a bare socket, and a v2 reader that repeats each request until its result comes.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, MqttOptions, NetworkOptions, Packet, QoS};
use serde_json::Value;

/// A reader of the original system, byte for byte.
pub struct OriginalReader {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl OriginalReader {
    /// Connects as `ESP32Client`, keep-alive 15 s, clean session, and subscribes to both answers at QoS 0.
    pub fn connect(port: u16, user: &str, password: &str) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut body = vec![0, 4];
        body.extend(b"MQTT");
        body.extend([4, 0xC2, 0, 15]);
        for text in ["ESP32Client", user, password] {
            body.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
            body.extend(text.as_bytes());
        }
        socket.write_all(&packet(0x10, &body)).unwrap();
        let mut reader = Self { socket, buffer: Vec::new() };
        assert_eq!(reader.read_packet(Duration::from_secs(10)), Some((0x20, vec![0, 0])), "CONNACK");
        for (id, topic) in [(1_u8, "iot/success"), (2, "iot/failed")] {
            let mut body = vec![0, id];
            body.extend(u16::try_from(topic.len()).unwrap().to_be_bytes());
            body.extend(topic.as_bytes());
            body.push(0);
            reader.socket.write_all(&packet(0x82, &body)).unwrap();
            assert_eq!(reader.read_packet(Duration::from_secs(10)), Some((0x90, vec![0, id, 0])), "SUBACK");
        }
        reader
    }

    /// Publishes at QoS 0, as PubSubClient does.
    pub fn publish(&mut self, topic: &str, payload: &[u8], retained: bool) {
        let mut body = u16::try_from(topic.len()).unwrap().to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        body.extend(payload);
        self.socket.write_all(&packet(0x30 | u8::from(retained), &body)).unwrap();
    }

    /// The next message: topic and text. `None` when none comes in time.
    pub fn hear(&mut self, wait: Duration) -> Option<(String, String)> {
        let (kind, body) = self.read_packet(wait)?;
        assert_eq!(kind & 0xF0, 0x30, "a PUBLISH");
        assert!(
            body.len() + 3 <= 256,
            "PubSubClient drops packets over 256 bytes, this has {}",
            body.len() + 3
        );
        let length = usize::from(u16::from_be_bytes([body[0], body[1]]));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Some((text(&body[2..2 + length]), text(&body[2 + length..])))
    }

    fn read_packet(&mut self, wait: Duration) -> Option<(u8, Vec<u8>)> {
        let deadline = Instant::now() + wait;
        loop {
            if let Some(found) = take_packet(&mut self.buffer) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))).unwrap();
            let mut bytes = [0; 1024];
            match self.socket.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.buffer.extend(&bytes[..count]),
                Err(_) => return None,
            }
        }
    }
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut length = body.len();
    loop {
        let byte = u8::try_from(length % 128).unwrap();
        length /= 128;
        packet.push(if length > 0 { byte | 0x80 } else { byte });
        if length == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

fn take_packet(buffer: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (mut length, mut place) = (0_usize, 1);
    loop {
        let byte = *buffer.get(place)?;
        length |= usize::from(byte & 0x7F) << (7 * (place - 1));
        place += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if buffer.len() < place + length {
        return None;
    }
    let packet: Vec<u8> = buffer.drain(..place + length).collect();
    Some((packet[0], packet[place..].to_vec()))
}

/// What a v2 reader heard for each of its requests.
pub type Heard = HashMap<String, Value>;

/// One request of a v2 reader.
#[derive(Clone)]
pub struct Request {
    pub id: String,
    pub payload: String,
}

/// Sends each request as often as `copies` says (0: the first sending is lost on the air), in the given order, then
/// repeats whatever has no result until all have one or `give_up` is over. Reconnects as often as it takes.
pub async fn v2_reader(
    port: u16,
    user: &str,
    password: &str,
    requests: Vec<Request>,
    copies: impl Fn(usize) -> usize,
    give_up: Duration,
) -> Heard {
    let mut options = MqttOptions::new(format!("{user}-device"), "127.0.0.1", port);
    options.set_credentials(user, password).set_clean_session(false).set_keep_alive(Duration::from_secs(5));
    options.set_inflight(200);
    let (client, mut events) = AsyncClient::new(options, 2_000);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    let (topic, results) = (format!("iot/v2/{user}/deduct"), format!("iot/v2/{user}/result"));

    let mut heard = Heard::new();
    let mut sending: Vec<Request> = Vec::new();
    for (place, request) in requests.iter().enumerate() {
        sending.extend(std::iter::repeat_n(request.clone(), copies(place)));
    }
    let mut sending = sending.into_iter();
    let deadline = Instant::now() + give_up;
    let mut pace = tokio::time::interval(Duration::from_millis(4));
    let mut repeat = tokio::time::interval(Duration::from_secs(1));
    let mut connected = false;
    while heard.len() < requests.len() && Instant::now() < deadline {
        tokio::select! {
            _ = pace.tick(), if connected => {
                if let Some(request) = sending.next() {
                    let _ = client.try_publish(&topic, QoS::AtLeastOnce, false, request.payload);
                }
            }
            _ = repeat.tick(), if connected && sending.len() == 0 => {
                for request in requests.iter().filter(|request| !heard.contains_key(&request.id)) {
                    let _ = client.try_publish(&topic, QoS::AtLeastOnce, false, request.payload.clone());
                }
            }
            event = events.poll() => match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    connected = true;
                    let _ = client.try_subscribe(&results, QoS::AtLeastOnce);
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let result: Value = serde_json::from_slice(&publish.payload).unwrap();
                    let id = result["id"].as_str().unwrap().to_owned();
                    // After a restart the station may send results of long ago again: a reader drops what it did not ask.
                    if requests.iter().all(|request| request.id != id) {
                        continue;
                    }
                    // A repeat of a result never contradicts the first one.
                    let first = heard.entry(id).or_insert_with(|| result.clone());
                    if first["st"] != "late" && result["st"] != "late" {
                        assert_eq!(*first, result);
                    }
                }
                Ok(_) => {}
                Err(_) => {
                    connected = false;
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            }
        }
    }
    heard
}
