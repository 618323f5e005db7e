//! A real mosquitto under the exported configuration: the link in both protocol versions, restarts, a frozen broker,
//! and the access table, with expectations written by hand.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gerai_broker::sample::{MosquittoSettings, mosquitto_acl, mosquitto_conf, mosquitto_passwd_line};
use gerai_broker::{Link, LinkConfig, Protocol};
use gerai_core::port::{DeviceKind, DeviceLogin, PublishError, Publisher};
use gerai_core::secret::Secret;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::common::{Book, PASSWORD, until};
use crate::raw::{PATIENCE, Raw, hello};

const BINARY: &str = "/usr/sbin/mosquitto";

struct Mosquitto {
    folder: TempDir,
    address: SocketAddr,
    child: Option<Child>,
}

impl Mosquitto {
    /// With the exported files; `None` when there is no mosquitto here and nobody demands one.
    async fn start() -> Option<Self> {
        if !Path::new(BINARY).exists() {
            assert!(std::env::var_os("CI").is_none(), "{BINARY} is missing");
            eprintln!("skipped: {BINARY} is missing");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (tcp_port, ws_port) = (free_port().await, free_port().await);
        let settings = MosquittoSettings {
            tcp_port,
            ws_port,
            bind: "127.0.0.1".into(),
            password_file: at("passwd"),
            acl_file: at("acl"),
            persistence_dir: format!("{}/", folder.path().display()),
        };
        // It gives up its rights to an ordinary user when started as root; the folder belongs to us.
        let user =
            if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" { "user root\n" } else { "" };
        std::fs::write(at("conf"), format!("{user}{}", mosquitto_conf(&settings))).unwrap();
        let devices = [
            DeviceLogin { name: "door-1".into(), kind: DeviceKind::Reader },
            DeviceLogin { name: "door-2".into(), kind: DeviceKind::Reader },
            DeviceLogin { name: "lama".into(), kind: DeviceKind::LegacyShared },
            DeviceLogin { name: "till".into(), kind: DeviceKind::Screen },
        ];
        std::fs::write(at("acl"), mosquitto_acl("iot", "gerai", "gerai-1", &devices)).unwrap();
        let names = devices.iter().map(|device| device.name.as_str()).chain(["gerai"]);
        let lines: String =
            names.map(|name| mosquitto_passwd_line(name, &hash(&at("hash"), name)).unwrap()).collect();
        std::fs::write(at("passwd"), lines).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], tcp_port));
        let mut broker = Self { folder, address, child: None };
        broker.run().await;
        Some(broker)
    }

    async fn run(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(BINARY);
        command.arg("-c").arg(self.folder.path().join("conf")).arg("-v");
        self.child = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let listens = timeout(PATIENCE, async {
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        listens.await.unwrap_or_else(|_| panic!("mosquitto does not listen: {}", log()));
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([format!("-{name}"), pid]).status().unwrap().success());
    }

    /// Lets it write its database and end.
    fn end(&mut self) {
        self.signal("TERM");
        let _ = self.child.take().unwrap().wait();
    }

    fn link_config(&self, protocol: Protocol) -> LinkConfig {
        let password = Secret::new(PASSWORD.to_owned());
        let mut config = LinkConfig::external(
            "127.0.0.1",
            self.address.port(),
            protocol,
            "gerai",
            password,
            "gerai-1",
            "iot",
        );
        config.heartbeat = Duration::from_millis(500);
        config
    }

    async fn reader(&self, name: &str) -> Raw {
        let (raw, code) = Raw::connect(self.address, &hello(&format!("id-{name}"), name, PASSWORD)).await;
        assert_eq!(code, 0);
        raw
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// A hash as mosquitto's own tool writes it.
fn hash(file: &str, name: &str) -> String {
    let made = Command::new("mosquitto_passwd").args(["-c", "-b", file, name, PASSWORD]).output().unwrap();
    assert!(made.status.success());
    std::fs::read_to_string(file).unwrap().trim().split_once(':').unwrap().1.to_owned()
}

#[tokio::test]
async fn the_link_works_over_3_1_1() {
    the_link_survives_a_restart(Protocol::V311).await;
}

#[tokio::test]
async fn the_link_works_over_5() {
    the_link_survives_a_restart(Protocol::V5).await;
}

async fn the_link_survives_a_restart(protocol: Protocol) {
    let Some(mut broker) = Mosquitto::start().await else { return };
    let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
    let link = Link::start(broker.link_config(protocol), book.clone(), stop.clone()).unwrap();
    until("the link is up", || link.is_up()).await;
    let mut reader = broker.reader("door-1").await;
    reader.subscribe("iot/success").await;
    reader.publish("iot/v2/door-1/deduct", b"live", false).await;
    book.count(1).await;
    let first = book.came.lock().unwrap()[0].clone();
    assert_eq!((first.sender, first.topic.as_str()), (None, "iot/v2/door-1/deduct"));
    let answers: Vec<_> = (0..300).map(|_| link.publish("iot/success", b"done".to_vec())).collect();
    for answer in answers {
        assert_eq!(timeout(PATIENCE, answer).await.unwrap(), Ok(()));
    }
    for _ in 0..300 {
        assert_eq!(reader.message().await.1, b"done");
    }

    broker.end();
    until("the link is down", || !link.is_up()).await;
    assert_eq!(link.publish("iot/success", b"lost".to_vec()).await, Err(PublishError::LinkDown));
    broker.run().await;
    until("the link is up again", || link.is_up()).await;
    assert_eq!(link.publish("iot/success", b"again".to_vec()).await, Ok(()));

    // The station ends; what comes meanwhile waits for it, and is known to have waited.
    stop.cancel();
    timeout(PATIENCE, link.stopped()).await.unwrap();
    let mut reader = broker.reader("door-1").await;
    for n in 0..50 {
        reader.publish("iot/deduct", format!("waiting {n}").as_bytes(), false).await;
    }
    let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
    let config = LinkConfig { away_ms: 60_000, ..broker.link_config(protocol) };
    let link = Link::start(config, book.clone(), stop.clone()).unwrap();
    book.count(50).await;
    assert_eq!(book.payloads(), (0..50).map(|n| format!("waiting {n}")).collect::<Vec<_>>());
    assert!(book.came.lock().unwrap().iter().all(|m| m.waited_ms.is_some_and(|ms| ms >= 60_000)));
    let live = timeout(PATIENCE, async {
        loop {
            let count = book.payloads().len();
            reader.publish("iot/deduct", b"live?", false).await;
            book.count(count + 1).await;
            if book.came.lock().unwrap().last().unwrap().waited_ms.is_none() {
                return;
            }
        }
    });
    live.await.expect("taps are live again");
    stop.cancel();
    timeout(PATIENCE, link.stopped()).await.unwrap();
}

#[tokio::test]
async fn a_frozen_broker_is_noticed() {
    let Some(broker) = Mosquitto::start().await else { return };
    let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
    let link = Link::start(broker.link_config(Protocol::V311), book.clone(), stop.clone()).unwrap();
    until("the link is up", || link.is_up()).await;
    broker.signal("STOP");
    let under_way = link.publish("iot/success", b"x".to_vec());
    until("the silence is noticed", || !link.is_up()).await;
    assert_eq!(timeout(PATIENCE, under_way).await.unwrap(), Err(PublishError::LinkDown));
    broker.signal("CONT");
    until("the link is up again", || link.is_up()).await;
    stop.cancel();
    timeout(PATIENCE, link.stopped()).await.unwrap();
}

#[tokio::test]
async fn a_login_without_rights_is_told_what_to_do() {
    let Some(broker) = Mosquitto::start().await else { return };
    for (user, password, says) in [("gerai", "wrong", "login"), ("nobody", PASSWORD, "login")] {
        for protocol in [Protocol::V311, Protocol::V5] {
            let (book, stop) = (Arc::new(Book::default()), CancellationToken::new());
            let mut config = broker.link_config(protocol);
            config.username = user.into();
            config.password = Secret::new(password.into());
            let link = Link::start(config, book.clone(), stop.clone()).unwrap();
            until("the refusal is told", || {
                book.changes.lock().unwrap().iter().any(|(_, why)| why.contains(says))
            })
            .await;
            assert!(!link.is_up());
            stop.cancel();
            timeout(PATIENCE, link.stopped()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_exported_rules_hold() {
    let Some(broker) = Mosquitto::start().await else { return };
    let mut anonymous = hello("x", "", "");
    anonymous.login = None;
    for say in [anonymous, hello("x", "door-1", "wrong"), hello("x", "nobody", PASSWORD)] {
        assert_eq!(Raw::connect(broker.address, &say).await.1, 5);
    }
    let (mut station, _) = Raw::connect(broker.address, &hello("gerai-1", "gerai", PASSWORD)).await;
    // What the station hears comes over a second connection, so that it never mixes with acknowledgements.
    let (mut ear, _) = Raw::connect(broker.address, &hello("gerai-2", "gerai", PASSWORD)).await;
    assert_eq!(ear.subscribe("iot/#").await, Some(1));
    let mut victim = broker.reader("door-2").await;
    for filter in ["iot/success", "iot/failed", "iot/v2/door-2/result"] {
        assert_eq!(victim.subscribe(filter).await, Some(1));
    }
    // Nobody but the station writes results; no device writes for another.
    for user in ["door-1", "lama", "till"] {
        let mut raw = broker.reader(user).await;
        for topic in [
            "iot/success",
            "iot/failed",
            "iot/topup",
            "iot/v2/door-2/deduct",
            "iot/v2/door-2/result",
            "gerai/link/gerai-1",
        ] {
            raw.publish(topic, b"forged", false).await;
        }
        for filter in ["#", "iot/#", "+/+", "iot/v2/+/result", "$share/g/iot/#", "gerai/link/#"] {
            raw.subscribe(filter).await;
        }
        // A subscription may be granted, but nothing comes that the login may not read.
        station.publish("iot/v2/door-2/result", b"for door-2", false).await;
        assert_eq!(ear.message().await.1, b"for door-2");
        assert_eq!(victim.message().await.1, b"for door-2");
        raw.hears_nothing().await;
    }
    for (user, topic, passes) in [
        ("door-1", "iot/deduct", true),
        ("door-1", "iot/v2/door-1/deduct", true),
        ("lama", "iot/deduct", true),
        ("lama", "iot/v2/lama/deduct", false),
        ("till", "iot/deduct", false),
    ] {
        let mut raw = broker.reader(user).await;
        raw.publish(topic, b"tap", false).await;
        if passes {
            assert_eq!(ear.message().await, (topic.to_owned(), b"tap".to_vec()), "{user}");
        } else {
            ear.hears_nothing().await;
        }
    }
    for (user, topic) in [
        ("door-1", "iot/success"),
        ("door-1", "iot/v2/door-1/result"),
        ("lama", "iot/failed"),
        ("till", "iot/success"),
    ] {
        let mut raw = broker.reader(user).await;
        raw.subscribe(topic).await;
        station.publish(topic, b"answer", false).await;
        assert_eq!(raw.message().await.1, b"answer", "{user} {topic}");
        assert_eq!(ear.message().await.1, b"answer");
    }
}
