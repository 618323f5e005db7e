//! A client made of bytes, so that tests can say what no library would.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough for the slowest machine; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How long a test listens for something that must not come.
pub const SILENCE: Duration = Duration::from_millis(400);

pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

pub struct Raw {
    pub io: Box<dyn Io>,
    pub level: u8,
}

#[derive(Clone)]
pub struct Hello {
    pub level: u8,
    pub id: String,
    pub login: Option<(String, String)>,
    pub will: Option<(String, String, bool)>,
    pub clean: bool,
    pub keep_alive: u16,
}

pub fn hello(id: &str, user: &str, password: &str) -> Hello {
    Hello {
        level: 4,
        id: id.into(),
        login: Some((user.into(), password.into())),
        will: None,
        clean: true,
        keep_alive: 15,
    }
}

impl Hello {
    pub fn v5(mut self) -> Self {
        self.level = 5;
        self
    }

    pub fn will(mut self, topic: &str, retain: bool) -> Self {
        self.will = Some((topic.into(), "forged".into(), retain));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut flags = 0_u8;
        let mut body = field(b"MQTT");
        if self.login.is_some() {
            flags |= 0xc0;
        }
        if let Some((_, _, retain)) = &self.will {
            flags |= 0x04 | if *retain { 0x20 } else { 0 };
        }
        if self.clean {
            flags |= 0x02;
        }
        body.extend([self.level, flags]);
        body.extend(self.keep_alive.to_be_bytes());
        if self.level == 5 {
            body.push(0);
        }
        body.extend(field(self.id.as_bytes()));
        if let Some((topic, payload, _)) = &self.will {
            if self.level == 5 {
                body.push(0);
            }
            body.extend(field(topic.as_bytes()));
            body.extend(field(payload.as_bytes()));
        }
        if let Some((user, password)) = &self.login {
            body.extend(field(user.as_bytes()));
            body.extend(field(password.as_bytes()));
        }
        packet(0x10, &body)
    }
}

pub fn field(bytes: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

pub fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let mut left = body.len();
    loop {
        let low = (left & 0x7f) as u8;
        left >>= 7;
        out.push(if left == 0 { low } else { low | 0x80 });
        if left == 0 {
            break;
        }
    }
    out.extend(body);
    out
}

impl Raw {
    pub async fn tcp(address: std::net::SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { io: Box::new(stream), level: 4 }
    }

    pub async fn connect(address: std::net::SocketAddr, hello: &Hello) -> (Self, u8) {
        let mut raw = Self::tcp(address).await;
        let code = raw.say_hello(hello).await;
        (raw, code)
    }

    pub async fn say_hello(&mut self, hello: &Hello) -> u8 {
        self.level = hello.level;
        self.send(&hello.bytes()).await;
        let (first, body) = self.read().await.expect("a CONNACK");
        assert_eq!(first, 0x20);
        body[1]
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        // The far side may have closed already: that is for the test's later reads to find.
        let _ = self.io.write_all(bytes).await;
        let _ = self.io.flush().await;
    }

    /// The next packet, or `None` at the end of the stream.
    pub async fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(PATIENCE, async {
            let first = self.io.read_u8().await.ok()?;
            let mut length = 0_usize;
            for index in 0..4 {
                let byte = self.io.read_u8().await.ok()?;
                length |= usize::from(byte & 0x7f) << (7 * index);
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let mut body = vec![0; length];
            self.io.read_exact(&mut body).await.ok()?;
            Some((first, body))
        })
        .await
        .expect("a packet or the end in time")
    }

    /// The stream ends without another packet.
    pub async fn ends(&mut self) {
        if let Some((first, _)) = self.read().await {
            // A broker may say DISCONNECT before it closes.
            assert_eq!(first, 0xe0, "unexpected packet");
            assert!(self.read().await.is_none());
        }
    }

    /// Sends QoS 1 and answers the PUBACK's reason (0 for 3.1.1), or `None` when the connection ended instead.
    pub async fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) -> Option<u8> {
        self.publish_with(topic, payload, retain, &[]).await
    }

    pub async fn publish_with(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
        user: &[(&str, &str)],
    ) -> Option<u8> {
        let mut body = field(topic.as_bytes());
        body.extend([0, 77]);
        if self.level == 5 {
            let mut properties = Vec::new();
            for (key, value) in user {
                properties.push(0x26);
                properties.extend(field(key.as_bytes()));
                properties.extend(field(value.as_bytes()));
            }
            body.push(u8::try_from(properties.len()).unwrap());
            body.extend(properties);
        }
        body.extend(payload);
        self.send(&packet(0x32 | u8::from(retain), &body)).await;
        loop {
            let (first, body) = self.read().await?;
            match first {
                0x40 => return Some(body.get(2).copied().unwrap_or(0)),
                0xe0 => return None,
                _ => {}
            }
        }
    }

    pub async fn publish_qos0(&mut self, topic: &str, payload: &[u8]) {
        let mut body = field(topic.as_bytes());
        if self.level == 5 {
            body.push(0);
        }
        body.extend(payload);
        self.send(&packet(0x30, &body)).await;
    }

    /// Subscribes with QoS 1; answers the SUBACK's code, or `None` when the connection ended instead.
    pub async fn subscribe(&mut self, filter: &str) -> Option<u8> {
        let mut body = vec![0, 5];
        if self.level == 5 {
            body.push(0);
        }
        body.extend(field(filter.as_bytes()));
        body.push(1);
        self.send(&packet(0x82, &body)).await;
        loop {
            let (first, body) = self.read().await?;
            match first {
                0x90 => return body.last().copied(),
                0xe0 => return None,
                _ => {}
            }
        }
    }

    /// The next message's topic and payload; acknowledges it.
    pub async fn message(&mut self) -> (String, Vec<u8>) {
        loop {
            let (first, body) = self.read().await.expect("a message");
            if first & 0xf0 == 0x30 {
                let topic_len = usize::from(u16::from_be_bytes([body[0], body[1]]));
                let topic = String::from_utf8(body[2..2 + topic_len].to_vec()).unwrap();
                let mut at = 2 + topic_len;
                if first & 0x06 != 0 {
                    self.send(&packet(0x40, &body[at..at + 2])).await;
                    at += 2;
                }
                if self.level == 5 {
                    at += 1 + usize::from(body[at]);
                }
                return (topic, body[at..].to_vec());
            }
        }
    }

    /// Nothing but answers to pings comes for a while.
    pub async fn hears_nothing(&mut self) {
        let mut byte = [0];
        if let Ok(read) = timeout(SILENCE, self.io.read(&mut byte)).await {
            panic!("expected silence, got {read:?} {byte:?}");
        }
    }

    /// Still connected: a PINGREQ is answered.
    pub async fn lives(&mut self) {
        self.send(&[0xc0, 0]).await;
        loop {
            let (first, _) = self.read().await.expect("a PINGRESP");
            if first == 0xd0 {
                return;
            }
        }
    }
}
