//! The front door's manners: legacy readers, silent and broken sockets, WebSocket, TLS, presence.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use gerai_broker::{Embedded, EmbeddedConfig, Front, FrontConfig};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};

use crate::common::{PASSWORD, Station, devices, until};
use crate::raw::{PATIENCE, Raw, hello, packet};

/// The station's own connection, straight to the embedded broker.
async fn station_client(embedded: &Embedded) -> Raw {
    let login = embedded.station_login();
    let say = hello("gerai-test", &login.user, login.password.expose());
    let (raw, code) = Raw::connect(embedded.loopback_addr(), &say).await;
    assert_eq!(code, 0);
    raw
}

#[tokio::test]
async fn two_legacy_readers_with_one_id_both_stay_and_hear() {
    let station = Station::start().await;
    // As the fielded firmware does it: one login, one constant client id, keep alive 15, clean session.
    let (mut one, code) = Raw::connect(station.tcp(), &hello("ESP32Client", "lama", PASSWORD)).await;
    assert_eq!(code, 0);
    let mut persistent = hello("ESP32Client", "lama", PASSWORD).v5();
    persistent.clean = false;
    let (mut two, code) = Raw::connect(station.tcp(), &persistent).await;
    assert_eq!(code, 0);
    for raw in [&mut one, &mut two] {
        assert_eq!(raw.subscribe("iot/success").await, Some(1));
        assert_eq!(raw.subscribe("iot/failed").await, Some(1));
    }
    let mut server = station_client(&station.embedded).await;
    server.publish("iot/success", b"Successfully deducted 5000 for 5A3F01C2\nBalance: 1", false).await;
    for raw in [&mut one, &mut two] {
        assert_eq!(raw.message().await.0, "iot/success");
        raw.lives().await;
    }
    assert_eq!(
        station.devices.presence.lock().unwrap().as_slice(),
        [("lama".into(), true), ("lama".into(), true)]
    );
    station.stop().await;
}

#[tokio::test]
async fn an_original_reader_taps_with_qos_0() {
    let station = Station::start().await;
    let mut server = station_client(&station.embedded).await;
    assert_eq!(server.subscribe("iot/deduct").await, Some(1));
    let (mut reader, _) = Raw::connect(station.tcp(), &hello("ESP32Client", "lama", PASSWORD)).await;
    reader.publish_qos0("iot/deduct", b"5A3F01C2").await;
    assert_eq!(server.message().await, ("iot/deduct".into(), b"5A3F01C2".to_vec()));
    // Its answer fits the 256 bytes that the firmware's library takes.
    reader.subscribe("iot/success").await;
    let answer = b"Successfully deducted 5000 for 5A3F01C2\nBalance: 15000";
    server.publish("iot/success", answer, false).await;
    let (first, body) = reader.read().await.unwrap();
    assert!(first & 0xf0 == 0x30 && body.len() + 3 <= 256);
    station.stop().await;
}

#[tokio::test]
async fn silent_sockets_hold_up_nobody() {
    let station = Station::start().await;
    let ws = station.front.ws_addr().unwrap();
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(station.tcp()).await.unwrap());
        silent.push(TcpStream::connect(ws).await.unwrap());
    }
    let mut half = Raw::tcp(station.tcp()).await;
    half.send(&hello("x", "door-1", PASSWORD).bytes()[..9]).await;
    let (mut raw, code) = Raw::connect(station.tcp(), &hello("a", "door-1", PASSWORD)).await;
    assert_eq!(code, 0);
    let mut over_ws = websocket(&station, "/mqtt", 7).await;
    assert_eq!(over_ws.say_hello(&hello("b", "door-2", PASSWORD)).await, 0);
    raw.lives().await;
    over_ws.lives().await;
    // And they are closed in the end.
    half.ends().await;
    for socket in &mut silent {
        let mut byte = [0];
        let _ = timeout(PATIENCE, socket.read(&mut byte)).await.expect("a silent socket is closed");
    }
    raw.lives().await;
    station.stop().await;
}

#[tokio::test]
async fn garbage_is_closed_without_harm() {
    let station = Station::start().await;
    let (mut good, _) = Raw::connect(station.tcp(), &hello("good", "door-1", PASSWORD)).await;
    let mut trailing = hello("t", "door-2", PASSWORD).bytes();
    trailing[1] += 1;
    trailing.push(0);
    let mut reserved = hello("t", "door-2", PASSWORD).bytes();
    reserved[9] |= 1;
    for bytes in [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        vec![0x10, 0xff, 0xff, 0xff, 0x7f],
        vec![0x10, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x10, 0x80, 0x80, 0x01],
        vec![0x10, 0],
        vec![0x30, 3, 0, 1, b'x'],
        packet(0x10, &[0; 40]),
        packet(0x10, &[0xff; 9_000]),
        vec![0; 64],
        vec![0xff; 64],
        (0..=255).collect(),
        trailing,
        reserved,
    ] {
        let mut raw = Raw::tcp(station.tcp()).await;
        raw.send(&bytes).await;
        raw.ends().await;
    }
    let mut old = hello("t", "door-2", PASSWORD);
    old.level = 3;
    assert_eq!(Raw::connect(station.tcp(), &old).await.1, 1, "unacceptable protocol version");
    good.lives().await;
    station.stop().await;
}

/// A WebSocket client that sends its bytes in frames of `size`, as an odd library might.
async fn websocket(station: &Station, path: &str, size: usize) -> Raw {
    let address = station.front.ws_addr().unwrap();
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("mqttv3.1, mqtt"));
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (socket, response) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "mqtt");
    let (near, far) = tokio::io::duplex(64 * 1024);
    let (mut sink, mut frames) = socket.split();
    let (mut from_test, mut to_test) = tokio::io::split(far);
    tokio::spawn(async move {
        let mut chunk = vec![0; size];
        while let Ok(count @ 1..) = from_test.read(&mut chunk).await {
            if sink.send(Message::Binary(chunk[..count].to_vec().into())).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(Ok(frame)) = frames.next().await {
            if let Message::Binary(bytes) = frame {
                tokio::io::AsyncWriteExt::write_all(&mut to_test, &bytes).await.unwrap();
            }
        }
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut to_test).await;
    });
    Raw { io: Box::new(near), level: 4 }
}

#[tokio::test]
async fn websocket_frames_may_cut_packets_anywhere() {
    let station = Station::start().await;
    let mut server = station_client(&station.embedded).await;
    server.subscribe("iot/deduct").await;
    for (size, path) in [(1, "/"), (3, "/mqtt"), (1_000, "/any/path?x=1")] {
        let mut raw = websocket(&station, path, size).await;
        assert_eq!(raw.say_hello(&hello("w", "lama", PASSWORD)).await, 0);
        assert_eq!(raw.subscribe("iot/success").await, Some(1));
        // Several packets at once: in one frame when the frame is large.
        let tap = packet(0x30, &[&[0, 10], b"iot/deduct".as_slice(), b"5A3F01C2"].concat());
        raw.send(&tap.repeat(5)).await;
        for _ in 0..5 {
            assert_eq!(server.message().await.1, b"5A3F01C2");
        }
        server.publish("iot/success", &vec![b'x'; 20_000], false).await;
        assert_eq!(raw.message().await.1.len(), 20_000);
    }
    station.stop().await;
}

#[tokio::test]
async fn a_websocket_without_the_subprotocol_is_refused() {
    let station = Station::start().await;
    let address = station.front.ws_addr().unwrap();
    let request = format!("ws://{address}/").into_client_request().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    assert!(tokio_tungstenite::client_async(request, stream).await.is_err());
    station.stop().await;
}

#[tokio::test]
async fn presence_is_told_once_and_flapping_is_named() {
    let station = Station::start().await;
    let say = hello("same", "door-1", PASSWORD);
    let mut held = Vec::new();
    for _ in 0..4 {
        let (raw, code) = Raw::connect(station.tcp(), &say).await;
        assert_eq!(code, 0);
        held.push(raw);
    }
    until("flapping is an incident", || {
        station
            .devices
            .incidents
            .lock()
            .unwrap()
            .iter()
            .any(|(n, what)| n == "door-1" && what.contains("client id"))
    })
    .await;
    let mut last = held.pop().unwrap();
    last.lives().await;
    assert!(!station.devices.presence.lock().unwrap().contains(&("door-1".into(), false)));
    drop((held, last));
    until("it is offline", || {
        station.devices.presence.lock().unwrap().last() == Some(&("door-1".into(), false))
    })
    .await;
    station.stop().await;
}

#[tokio::test]
async fn an_empty_client_id_is_left_to_the_broker() {
    let station = Station::start().await;
    let mut raw = Raw::tcp(station.tcp()).await;
    raw.send(&hello("", "door-1", PASSWORD).v5().bytes()).await;
    let (_, body) = raw.read().await.unwrap();
    assert_eq!(body[1], 0);
    assert!(body.windows(5).any(|w| w == b"auto-"), "the CONNACK tells the assigned client id");
    let mut kept = hello("", "door-1", PASSWORD);
    assert_eq!(Raw::connect(station.tcp(), &kept).await.1, 0);
    kept.clean = false;
    assert_eq!(Raw::connect(station.tcp(), &kept).await.1, 2, "identifier rejected");
    station.stop().await;
}

#[tokio::test]
async fn tls_works_and_its_certificate_can_be_replaced() {
    let any = Some("127.0.0.1:0".parse().unwrap());
    let (set, tls_config) = watch::channel(None);
    let station = Station::with(FrontConfig { tls: any, tls_config, ..FrontConfig::loopback() }).await;
    let address = station.front.tls_addr().unwrap();
    let mut early = Raw::tcp(address).await;
    early.ends().await;
    for _ in 0..2 {
        let (server, client) = certificate();
        set.send_replace(Some(server));
        let stream = TcpStream::connect(address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(client);
        let tls = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        let mut raw = Raw { io: Box::new(tls), level: 4 };
        assert_eq!(raw.say_hello(&hello("t", "door-1", PASSWORD)).await, 0);
        raw.lives().await;
    }
    let mut plain = Raw::tcp(address).await;
    plain.send(&hello("t", "door-1", PASSWORD).bytes()).await;
    let mut end = Vec::new();
    let _ = timeout(PATIENCE, plain.io.read_to_end(&mut end)).await.unwrap();
    assert!(end.is_empty() || end[0] == 0x15, "at most a TLS alert");
    station.stop().await;
}

fn certificate() -> (Arc<rustls::ServerConfig>, Arc<rustls::ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let ring = || Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(ring())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(ring())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

#[tokio::test]
async fn an_absent_broker_is_said_to_be_unavailable() {
    let devices = devices();
    let settings = EmbeddedConfig { prefix: "iot".into(), port: 0 };
    let embedded = Embedded::start(settings, devices.clone()).await.unwrap();
    let front = Front::start(FrontConfig::loopback(), devices.clone(), embedded.inlet()).await.unwrap();
    timeout(PATIENCE, embedded.stop()).await.unwrap();
    let tcp = front.tcp_addr().unwrap();
    assert_eq!(Raw::connect(tcp, &hello("x", "door-1", PASSWORD)).await.1, 3);
    assert_eq!(Raw::connect(tcp, &hello("x", "door-1", PASSWORD).v5()).await.1, 0x88);
    timeout(PATIENCE, front.stop()).await.unwrap();
}

#[tokio::test]
async fn six_hundred_readers_may_be_here_at_once() {
    let station = Station::start().await;
    let mut server = station_client(&station.embedded).await;
    let mut readers = Vec::new();
    for n in 0..600 {
        let name = if n % 2 == 0 { "door-1" } else { "lama" };
        let (mut raw, code) = Raw::connect(station.tcp(), &hello(&format!("r{n}"), name, PASSWORD)).await;
        assert_eq!(code, 0, "reader {n}");
        assert_eq!(raw.subscribe("iot/success").await, Some(1));
        readers.push(raw);
    }
    server.publish("iot/success", b"for all", false).await;
    for raw in &mut readers {
        assert_eq!(raw.message().await.1, b"for all");
    }
    station.stop().await;
}
