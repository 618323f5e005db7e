//! A whole station over TLS, with real sockets: readers on the TLS port, the console on the network, certificates that
//! change under open connections, and a real mosquitto reached over TLS.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gerai_app::access::Caller;
use gerai_app::contract::dispatch;
use gerai_host::options::{Options, VaultKind};
use gerai_host::station::{self, Station};
use gerai_host::tls::Machine;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, TlsConfiguration, Transport};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);
const UID: &str = "5A3F01C2";

struct Shop {
    station: Station,
    folder: PathBuf,
    _parent: tempfile::TempDir,
}

async fn give(app: &Arc<gerai_app::App>, command: &str, arguments: Value) -> Value {
    dispatch(app, &Caller::local(), command, arguments)
        .await
        .unwrap_or_else(|error| panic!("{command}: {error:?}"))
}

async fn set(app: &Arc<gerai_app::App>, settings: &[(&str, Value)]) {
    let mut now = give(app, "settings.get", json!({})).await;
    for (path, value) in settings {
        let (group, field) = path.split_once('.').unwrap();
        now["settings"][group][field] = value.clone();
    }
    give(app, "settings.set", now).await;
}

impl Shop {
    async fn open(parent: tempfile::TempDir, settings: &[(&str, Value)]) -> Self {
        let options = Options::new(Some(parent.path().join("station")), Some(VaultKind::Memory)).unwrap();
        let path = options.folder.path().to_owned();
        let core = station::open_core(&options, false).await.unwrap();
        let free = ["http_port", "mqtt_port", "ws_port", "mqtts_port"].map(|port| format!("network.{port}"));
        let free: Vec<_> = free.iter().map(|port| (port.as_str(), json!(0))).collect();
        set(&core.app, &[&free, settings].concat()).await;
        let opening = json!({ "request_id": "a-1", "name": "Siti", "uid": UID, "opening": 50_000 });
        give(&core.app, "accounts.create", opening).await;
        core.close().await;
        let station = station::start(&options).await.unwrap();
        Self { station, folder: path, _parent: parent }
    }

    async fn give(&self, command: &str, arguments: Value) -> Value {
        give(&self.station.app, command, arguments).await
    }

    async fn set(&self, settings: &[(&str, Value)]) {
        set(&self.station.app, settings).await;
    }

    async fn row(&self, part: &str) -> Value {
        let view = self.give("health.show", json!({})).await;
        view["rows"].as_array().unwrap().iter().find(|row| row["part"] == part).cloned().unwrap_or_default()
    }

    async fn row_says(&self, part: &str, code: &str) -> Value {
        let found = timeout(PATIENCE, async {
            loop {
                let row = self.row(part).await;
                if row["code"] == code {
                    return row;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        match found.await {
            Ok(row) => row,
            Err(_) => panic!("{part} never said {code}: {}", self.row(part).await),
        }
    }

    async fn mqtts(&self) -> u16 {
        let view = self.give("network.show", json!({})).await;
        let port = view["ports"].as_array().unwrap().iter().find(|port| port["service"] == "mqtts").cloned();
        u16::try_from(port.unwrap_or_else(|| panic!("{view}"))["port"].as_u64().unwrap()).unwrap()
    }

    async fn reader(&self, name: &str) -> (String, String) {
        let made = self.give("readers.add", json!({ "name": name })).await;
        (made["username"].as_str().unwrap().to_owned(), made["password"].as_str().unwrap().to_owned())
    }

    fn ca(&self) -> String {
        fs::read_to_string(self.folder.join("tls-ca.crt")).unwrap()
    }
}

fn trusting(ca_pem: &str) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let config =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    Arc::new(config)
}

/// A reader that speaks MQTT over TLS.
struct Reader {
    client: AsyncClient,
    events: EventLoop,
    name: String,
}

impl Reader {
    async fn connect(port: u16, login: &(String, String), ca_pem: &str) -> Result<Self, String> {
        let mut options = MqttOptions::new(login.0.clone(), "localhost", port);
        options.set_credentials(&login.0, &login.1).set_keep_alive(Duration::from_secs(20));
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(trusting(ca_pem))));
        let (client, events) = AsyncClient::new(options, 16);
        let mut reader = Self { client, events, name: login.0.clone() };
        reader.until(|packet| matches!(packet, Packet::ConnAck(_))).await?;
        let topic = format!("iot/v2/{}/result", reader.name);
        reader.client.subscribe(topic, QoS::AtLeastOnce).await.unwrap();
        reader.until(|packet| matches!(packet, Packet::SubAck(_))).await?;
        Ok(reader)
    }

    async fn until(&mut self, wanted: impl Fn(&Packet) -> bool) -> Result<Packet, String> {
        let found = timeout(PATIENCE, async {
            loop {
                match self.events.poll().await {
                    Ok(Event::Incoming(packet)) if wanted(&packet) => return Ok(packet),
                    Ok(_) => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
        });
        found.await.map_err(|_| "nothing came".to_owned())?
    }

    /// The old connection lives on; within the double-tap window the same card has paid already.
    async fn still_taps(&mut self) {
        let outcome = self.tap("b-2").await.unwrap();
        assert!(matches!(outcome.as_str(), "ok" | "dup"), "{outcome}");
    }

    /// The outcome of a tap.
    async fn tap(&mut self, id: &str) -> Result<String, String> {
        let payload = json!({ "id": id, "uid": UID, "ts": 1_795_323_600 }).to_string();
        let topic = format!("iot/v2/{}/deduct", self.name);
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
        let Packet::Publish(result) = self.until(|packet| matches!(packet, Packet::Publish(_))).await? else {
            unreachable!("`until` gives back what was asked for")
        };
        let result: Value = serde_json::from_slice(&result.payload).unwrap();
        assert_eq!(result["id"], id);
        Ok(result["st"].as_str().unwrap().to_owned())
    }
}

/// An authority that is not the station's.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, certificate: &Path, key: &Path) {
        let pair = KeyPair::generate().unwrap();
        let signed = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let signed = signed.signed_by(&pair, &self.issuer).unwrap();
        // The key first and the certificate after it: in between they do not belong together, as on any real disk.
        fs::write(key, pair.serialize_pem()).unwrap();
        fs::write(certificate, signed.pem()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_tap_over_tls_with_the_local_authority() {
    let shop = Shop::open(tempfile::tempdir().unwrap(), &[("network.readers_on_lan", json!(true))]).await;
    shop.row_says("tls", "tls_local").await;
    let (port, login) = (shop.mqtts().await, shop.reader("door-1").await);
    let mut reader = Reader::connect(port, &login, &shop.ca()).await.unwrap();
    assert_eq!(reader.tap("b-1").await.unwrap(), "ok");
    let stranger = Authority::new();
    let refused = Reader::connect(port, &login, &stranger.pem).await.err().unwrap();
    assert!(refused.to_lowercase().contains("certificate"), "{refused}");
    let clock = shop.row("clock").await;
    assert!(clock["summary"].as_str().unwrap().contains("the clocks of 1 readers"), "{clock}");

    let before = shop.ca();
    shop.give("network.renew_ca", json!({})).await;
    assert_ne!(shop.ca(), before);
    reader.still_taps().await;
    assert!(Reader::connect(port, &login, &before).await.is_err());
    Reader::connect(port, &login, &shop.ca()).await.unwrap();
    shop.station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_is_used_without_dropping_anybody() {
    let parent = tempfile::tempdir().unwrap();
    let (certificate, key) = (parent.path().join("own.crt"), parent.path().join("own.key"));
    let (old, new) = (Authority::new(), Authority::new());
    old.sign(&certificate, &key);
    let own = [("network.tls_cert_file", json!(certificate)), ("network.tls_key_file", json!(key))];
    let shop = Shop::open(parent, &own).await;
    shop.row_says("tls", "tls_own").await;
    assert!(!shop.folder.join("tls-ca.crt").exists());
    let (port, login) = (shop.mqtts().await, shop.reader("door-1").await);
    let mut reader = Reader::connect(port, &login, &old.pem).await.unwrap();
    assert_eq!(reader.tap("b-1").await.unwrap(), "ok");

    new.sign(&certificate, &key);
    let second = shop.reader("door-2").await;
    let changed = timeout(PATIENCE, async {
        while Reader::connect(port, &second, &new.pem).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    changed.await.expect("the new certificate is used");
    assert!(Reader::connect(port, &second, &old.pem).await.is_err());
    reader.still_taps().await;
    assert_eq!(shop.mqtts().await, port);

    fs::write(&certificate, "rubbish").unwrap();
    let row = shop.row_says("tls", "tls_kept").await;
    assert_eq!(row["state"], "attention");
    Reader::connect(port, &second, &new.pem).await.unwrap();
    shop.station.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_opens_to_the_network_at_once_and_closes_again() {
    let shop = Shop::open(tempfile::tempdir().unwrap(), &[("network.console_on_lan", json!(true))]).await;
    let row = shop.row_says("web", "web_lan_waits").await;
    assert!(row["summary"].as_str().unwrap().contains("no owner"), "{row}");
    let owner = json!({ "name": "ani", "role": "owner", "password": "rahasia panjang" });
    shop.give("operators.add", owner).await;
    let lan = Machine::look().lan;
    if lan.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "this machine has no private address");
        eprintln!("skipped: this machine has no private address");
        return shop.station.stop().await;
    }
    let row = shop.row_says("web", "web_up_lan").await;
    let local = shop.station.addresses.http.unwrap();
    let open = std::net::SocketAddr::new(lan[0], local.port());
    assert!(row["values"]["lan"].as_str().unwrap().contains(&format!("https://{open}")), "{row}");

    let stream = TcpStream::connect(open).await.unwrap();
    let name = ServerName::try_from(lan[0].to_string()).unwrap();
    let connector = tokio_rustls::TlsConnector::from(trusting(&shop.ca()));
    let mut stream = connector.connect(name, stream).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {open}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"), "{answer}");

    let view = shop.give("network.show", json!({})).await;
    assert_eq!(view["source"], "local");
    let codes: Vec<_> = view["checks"].as_array().unwrap().iter().map(|check| &check["code"]).collect();
    assert_eq!(codes.len(), 8, "{codes:?}");
    for check in view["checks"].as_array().unwrap() {
        assert_eq!(check["state"] == "good", check["next_step"] == "", "{check}");
    }
    assert_eq!(view["authority"]["sha256"].as_str().unwrap().len(), 64);
    assert!(view["console"][1].as_str().unwrap().starts_with("https://"), "{view}");

    shop.set(&[("network.console_on_lan", json!(false))]).await;
    shop.row_says("web", "web_up").await;
    assert!(TcpStream::connect(open).await.is_err());
    assert!(TcpStream::connect(local).await.is_ok(), "this machine goes on");
    shop.station.stop().await;
}

struct Mosquitto {
    child: Child,
    port: u16,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mosquitto with one TLS listener. `None` when there is none here and nobody demands one.
async fn mosquitto(folder: &Path, authority: &Authority) -> Option<Mosquitto> {
    const BINARY: &str = "/usr/sbin/mosquitto";
    if !Path::new(BINARY).exists() {
        assert!(std::env::var_os("CI").is_none(), "{BINARY} is missing");
        eprintln!("skipped: {BINARY} is missing");
        return None;
    }
    let at = |name: &str| folder.join(name);
    authority.sign(&at("m.crt"), &at("m.key"));
    fs::write(at("m.ca"), &authority.pem).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let conf = format!(
        "{}listener {port} 127.0.0.1\nallow_anonymous true\ncertfile {}\nkeyfile {}\n",
        if root { "user root\n" } else { "" },
        at("m.crt").display(),
        at("m.key").display()
    );
    fs::write(at("m.conf"), conf).unwrap();
    let mut command = Command::new(BINARY);
    command.arg("-c").arg(at("m.conf")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let broker = Mosquitto { child: command.spawn().unwrap(), port };
    let listens = timeout(PATIENCE, async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    listens.await.expect("mosquitto listens");
    Some(broker)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_broker_is_reached_over_tls_and_only_with_its_authority() {
    let parent = tempfile::tempdir().unwrap();
    let (right, wrong) = (Authority::new(), Authority::new());
    let Some(broker) = mosquitto(parent.path(), &right).await else { return };
    let (ca, other) = (parent.path().join("m.ca"), parent.path().join("other.ca"));
    fs::write(&other, &wrong.pem).unwrap();
    let external = [
        ("broker.mode", json!("external")),
        ("broker.host", json!("localhost")),
        ("broker.port", json!(broker.port)),
        ("broker.tls", json!(true)),
        ("broker.ca_file", json!(other)),
    ];
    let shop = Shop::open(parent, &external).await;
    let refused = timeout(PATIENCE, async {
        loop {
            let row = shop.row("link").await;
            if row["summary"].as_str().unwrap_or_default().to_lowercase().contains("certificate") {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(refused.await.expect("the link says why")["code"], "link_down");
    shop.set(&[("broker.ca_file", json!(ca))]).await;
    shop.row_says("link", "link_up").await;
    // A reader at that broker, over TLS as well.
    let login = shop.reader("door-1").await;
    let mut reader = Reader::connect(broker.port, &login, &right.pem).await.unwrap();
    assert_eq!(reader.tap("b-1").await.unwrap(), "ok");
    shop.station.stop().await;
}
