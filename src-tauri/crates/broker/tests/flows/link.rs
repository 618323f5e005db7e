//! The station's link to the embedded broker, over a cable that can be cut.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gerai_broker::{Link, LinkConfig, TcpVirtualReader};
use gerai_core::port::{PublishError, Publisher, VirtualReader, VirtualTap};
use gerai_core::secret::Secret;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::common::{Book, Cable, PASSWORD, Station, until};
use crate::raw::{PATIENCE, Raw, hello};

struct Linked {
    station: Station,
    cable: Cable,
    book: Arc<Book>,
    link: Link,
    stop: CancellationToken,
}

async fn linked() -> Linked {
    let station = Station::start().await;
    let cable = Cable::to(station.embedded.loopback_addr()).await;
    let mut config = LinkConfig::embedded(&station.embedded, "iot");
    config.port = cable.address.port();
    config.heartbeat = Duration::from_millis(500);
    let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
    let link = Link::start(config, book.clone(), stop.clone()).unwrap();
    let linked = Linked { station, cable, book, link, stop };
    linked.up().await;
    linked
}

impl Linked {
    async fn up(&self) {
        until("the link is up", || self.link.is_up()).await;
    }

    async fn down(&self) {
        until("the link is down", || !self.link.is_up()).await;
    }

    async fn reader(&self, name: &str) -> Raw {
        let (raw, code) = Raw::connect(self.station.tcp(), &hello("r", name, PASSWORD).v5()).await;
        assert_eq!(code, 0);
        raw
    }

    async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.link.stopped()).await.unwrap();
        assert_eq!(self.book.changes.lock().unwrap().last().map(|(up, _)| *up), Some(false));
        self.station.stop().await;
    }
}

#[tokio::test]
async fn taps_come_with_their_authenticated_sender() {
    let all = linked().await;
    let mut reader = all.reader("door-1").await;
    let forged =
        [("x-mqtt-sender", "door-2"), ("x-mqtt-client-id", "gerai-station"), ("x-mqtt-sender", "station")];
    reader.publish_with("iot/v2/door-1/deduct", b"one", false, &forged).await;
    reader.publish_with("iot/deduct", b"two", false, &forged[..1]).await;
    let (mut legacy, _) = Raw::connect(all.station.tcp(), &hello("ESP32Client", "lama", PASSWORD)).await;
    legacy.publish_qos0("iot/deduct", b"three").await;
    all.book.count(3).await;
    let came: Vec<_> = {
        let came = all.book.came.lock().unwrap();
        came.iter().map(|m| (m.topic.clone(), m.sender.clone(), m.waited_ms, m.retained)).collect()
    };
    assert_eq!(
        came,
        [
            ("iot/v2/door-1/deduct".to_owned(), Some("door-1".to_owned()), None, false),
            ("iot/deduct".to_owned(), Some("door-1".to_owned()), None, false),
            ("iot/deduct".to_owned(), Some("lama".to_owned()), None, false),
        ]
    );
    all.stop().await;
}

#[tokio::test]
async fn forged_properties_reach_no_other_device_either() {
    let all = linked().await;
    // Whatever the station publishes carries the broker's own properties, whatever a device wrote is gone.
    let login = all.station.embedded.station_login();
    let say = hello("gerai-spy", &login.user, login.password.expose()).v5();
    let (mut spy, code) = Raw::connect(all.station.embedded.loopback_addr(), &say).await;
    assert_eq!(code, 0);
    spy.subscribe("iot/deduct").await;
    let mut reader = all.reader("door-1").await;
    let forged = [("x-mqtt-sender", "FORGED"), ("x-mqtt-client-id", "FORGED"), ("x-mqtt-sender", "FORGED")];
    reader.publish_with("iot/deduct", b"tap", false, &forged).await;
    let (first, body) = spy.read().await.unwrap();
    assert_eq!(first & 0xf0, 0x30);
    let holds = |text: &[u8]| body.windows(text.len()).filter(|w| *w == text).count();
    assert_eq!((holds(b"FORGED"), holds(b"x-mqtt-sender"), holds(b"x-mqtt-client-id")), (0, 1, 1));
    assert_eq!(holds(b"d6~door-1~cr"), 1);
    all.stop().await;
}

#[tokio::test]
async fn publishes_resolve_each_by_its_own_acknowledgement() {
    let all = linked().await;
    let mut reader = all.reader("door-1").await;
    reader.subscribe("iot/v2/door-1/result").await;
    let many: Vec<_> =
        (0..1_000).map(|n| all.link.publish("iot/v2/door-1/result", n.to_string().into_bytes())).collect();
    let heard = async {
        for n in 0..1_000 {
            assert_eq!(reader.message().await.1, n.to_string().into_bytes(), "in call order");
        }
    };
    let acked = async {
        for publish in many {
            assert_eq!(publish.await, Ok(()));
        }
    };
    timeout(PATIENCE, async { tokio::join!(heard, acked) }).await.unwrap();
    for (topic, size) in [("iot/success", 70_000), ("iot/#", 1), ("", 1)] {
        let answer = all.link.publish(topic, vec![0; size]).await;
        assert!(matches!(answer, Err(PublishError::Refused(_))), "{topic} {size}: {answer:?}");
    }
    // Refused by the broker itself: not the station's to write.
    assert!(matches!(all.link.publish("other/topic", vec![1]).await, Err(PublishError::Refused(_))));
    assert_eq!(all.link.publish("iot/success", vec![1]).await, Ok(()));
    all.stop().await;
}

#[tokio::test]
async fn a_cut_cable_loses_no_tap_and_replays_no_publish() {
    let all = linked().await;
    let mut reader = all.reader("door-1").await;
    reader.subscribe("iot/success").await;
    all.cable.unplug();
    all.down().await;
    assert_eq!(all.link.publish("iot/success", b"lost".to_vec()).await, Err(PublishError::LinkDown));
    for n in 0..5 {
        reader.publish("iot/deduct", format!("waiting {n}").as_bytes(), false).await;
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    all.cable.plug();
    all.up().await;
    all.book.count(5).await;
    assert_eq!(all.book.payloads(), (0..5).map(|n| format!("waiting {n}")).collect::<Vec<_>>());
    assert!(all.book.came.lock().unwrap().iter().all(|m| m.waited_ms.is_some_and(|ms| ms >= 150)));
    assert_eq!(all.link.publish("iot/success", b"answer".to_vec()).await, Ok(()));
    assert_eq!(reader.message().await.1, b"answer", "and not the lost one");
    live_again(&all, &mut reader).await;
    let changes: Vec<bool> = all.book.changes.lock().unwrap().iter().map(|(up, _)| *up).collect();
    assert_eq!(changes, [true, false, true]);
    all.stop().await;
}

/// Once the marker is back, taps count as live.
async fn live_again(all: &Linked, reader: &mut Raw) {
    let tries = timeout(PATIENCE, async {
        loop {
            let count = all.book.payloads().len();
            reader.publish("iot/deduct", b"live?", false).await;
            all.book.count(count + 1).await;
            if all.book.came.lock().unwrap().last().unwrap().waited_ms.is_none() {
                return;
            }
        }
    });
    tries.await.expect("taps are live again");
}

#[tokio::test]
async fn publishes_under_way_when_the_cable_is_cut_resolve() {
    let all = linked().await;
    let under_way: Vec<_> = (0..500).map(|_| all.link.publish("iot/success", vec![b'x'; 200])).collect();
    all.cable.unplug();
    let answers = timeout(PATIENCE, futures_util::future::join_all(under_way)).await.unwrap();
    assert!(answers.iter().all(|a| matches!(a, Ok(()) | Err(PublishError::LinkDown))));
    all.stop().await;
}

#[tokio::test]
async fn what_was_not_stored_comes_again_and_what_was_does_not() {
    let all = linked().await;
    let mut reader = all.reader("door-1").await;
    reader.publish("iot/deduct", b"stored", false).await;
    all.book.count(1).await;
    all.book.broken.store(true, Ordering::Relaxed);
    reader.publish("iot/deduct", b"not stored", false).await;
    all.book.count(2).await;
    all.book.broken.store(false, Ordering::Relaxed);
    all.cable.unplug();
    all.down().await;
    all.cable.plug();
    all.book.count(3).await;
    let again = all.book.came.lock().unwrap()[2].clone();
    assert_eq!(again.payload, b"not stored");
    assert!(again.waited_ms.is_some());
    live_again(&all, &mut reader).await;
    all.cable.unplug();
    all.down().await;
    all.cable.plug();
    all.up().await;
    live_again(&all, &mut reader).await;
    let payloads = all.book.payloads();
    assert_eq!(payloads.iter().filter(|p| *p == "stored").count(), 1);
    assert_eq!(payloads.iter().filter(|p| *p == "not stored").count(), 2);
    all.stop().await;
}

#[tokio::test]
async fn a_long_backlog_comes_before_its_marker() {
    let all = linked().await;
    let mut reader = all.reader("door-1").await;
    all.cable.unplug();
    all.down().await;
    for n in 0..3_000 {
        reader.publish("iot/deduct", n.to_string().as_bytes(), false).await;
    }
    all.book.slow_ms.store(20, Ordering::Relaxed);
    all.cable.plug();
    all.book.count(3_000).await;
    {
        let came = all.book.came.lock().unwrap();
        assert!(came.iter().all(|m| m.waited_ms.is_some()), "none of the backlog passes for live");
    }
    assert_eq!(all.book.payloads(), (0..3_000).map(|n| n.to_string()).collect::<Vec<_>>());
    live_again(&all, &mut reader).await;
    all.stop().await;
}

#[tokio::test]
async fn the_virtual_reader_gets_its_own_result() {
    let all = linked().await;
    let address = all.station.tcp();
    let virtual_reader = TcpVirtualReader::new(address.ip().to_string(), address.port(), "iot");
    let secret = || Secret::new(PASSWORD.to_owned());
    let tap = virtual_reader.tap("door-1", secret(), "b-7", br#"{"id":"b-7","uid":"5A3F01C2"}"#.to_vec());
    let answer = async {
        all.book.count(1).await;
        for result in [r#"{"id":"b-6","st":"ok"}"#, r#"{"id":"b-7","st":"low"}"#] {
            all.link.publish("iot/v2/door-1/result", result.into()).await.unwrap();
        }
    };
    let (outcome, ()) = tokio::join!(tap, answer);
    assert_eq!(outcome, VirtualTap::Result(r#"{"id":"b-7","st":"low"}"#.into()));
    assert_eq!(all.book.came.lock().unwrap()[0].topic, "iot/v2/door-1/deduct");
    let wrong = virtual_reader.tap("door-1", Secret::new("wrong".into()), "b-8", vec![]).await;
    assert!(matches!(&wrong, VirtualTap::Failed(why) if why.contains("login")), "{wrong:?}");
    let nobody = TcpVirtualReader::new("127.0.0.1", 9, "iot").tap("door-1", secret(), "b-9", vec![]).await;
    assert!(matches!(nobody, VirtualTap::Failed(_)));
    all.stop().await;
}

#[tokio::test]
async fn wrong_settings_are_named() {
    let station = Station::start().await;
    let start = |change: fn(&mut LinkConfig)| {
        let mut config = LinkConfig::embedded(&station.embedded, "iot");
        change(&mut config);
        Link::start(config, Arc::new(Book::default()), CancellationToken::new()).err().map(|e| e.to_string())
    };
    for (named, change) in [
        ("prefix", (|c| c.prefix = "iot/#".into()) as fn(&mut LinkConfig)),
        ("client id", |c| c.client_id = "a/b".into()),
        ("host", |c| c.host = String::new()),
        ("port", |c| c.port = 0),
        ("TLS", |c| c.tls = Some(gerai_broker::LinkTls::Ca(b"no certificate".to_vec()))),
    ] {
        assert!(start(change).is_some_and(|why| why.contains(named)), "{named}");
    }
    station.stop().await;
}

#[tokio::test]
async fn an_idle_link_stays_up() {
    let station = Station::start().await;
    let mut config = LinkConfig::embedded(&station.embedded, "iot");
    // Many heartbeats in a short time, each answered within the millisecond.
    config.heartbeat = Duration::from_millis(100);
    let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
    let link = Link::start(config, book.clone(), stop.clone()).unwrap();
    until("the link is up", || link.is_up()).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let changes: Vec<bool> = book.changes.lock().unwrap().iter().map(|(up, _)| *up).collect();
    assert_eq!(changes, [true]);
    stop.cancel();
    timeout(PATIENCE, link.stopped()).await.unwrap();
    station.stop().await;
}
