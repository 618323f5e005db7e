//! The broker side of the station: the embedded broker with its front, or the link to another broker; the outbox
//! worker; the virtual reader. Started anew, without touching the ledger, when the settings that matter to it change.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use gerai_app::contract::{
    BrokerMode, BrokerSettings, Event, HealthRow, HealthState, MqttVersion, NetworkSettings,
};
use gerai_app::{App, Door, Outbox};
use gerai_broker::{
    Embedded, EmbeddedConfig, Front, FrontConfig, Inlet, Link, LinkConfig, LinkTls, Protocol,
    TcpVirtualReader,
};
use gerai_core::port::{Devices, Publisher, TapDoor};
use gerai_core::secret::Secret;
use tokio::sync::{broadcast::error::RecvError, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Addresses;

/// Wait before a broker that could not be started is tried again.
const RETRY: Duration = Duration::from_secs(10);
/// Wait for the link and the outbox to end.
const STOP_GRACE: Duration = Duration::from_secs(3);

/// The certificate for readers, as it is now.
type Tls = watch::Receiver<Option<Arc<rustls::ServerConfig>>>;

/// The settings that this part of the station is built from.
#[derive(Clone, PartialEq)]
struct Wanted {
    prefix: String,
    broker: BrokerSettings,
    network: NetworkSettings,
    password_version: u64,
}

impl Wanted {
    fn of(app: &App) -> Self {
        let settings = &app.settings().1;
        Self {
            prefix: settings.payments.topic_prefix.clone(),
            broker: settings.broker.clone(),
            // The console is none of the broker's business; certificates come by themselves.
            network: NetworkSettings {
                http_port: 0,
                console_on_lan: false,
                tls_cert_file: if settings.network.tls_cert_file.is_empty() { "" } else { "set" }.to_owned(),
                tls_key_file: String::new(),
                ..settings.network.clone()
            },
            password_version: app.broker_password_version(),
        }
    }
}

/// What runs.
struct Running {
    stop: CancellationToken,
    outbox: JoinHandle<()>,
    link: Link,
    front: Option<Front>,
    embedded: Option<Embedded>,
}

/// Keeps the broker side running until `stop`, anew after each change of its settings.
pub async fn keep(
    app: Arc<App>,
    away_ms: u64,
    addresses: watch::Sender<Option<Addresses>>,
    tls: Tls,
    stop: CancellationToken,
) {
    let mut events = app.events();
    let mut away_ms = away_ms;
    while !stop.is_cancelled() {
        let wanted = Wanted::of(&app);
        let started = start(&app, &wanted, away_ms, &tls, &stop).await;
        let (running, found) = match started {
            Ok((running, found)) => (Some(running), found),
            Err(error) => {
                tracing::error!("The broker side did not start: {error:#}");
                let row = HealthRow::new(
                    "broker",
                    "payments",
                    HealthState::Bad,
                    "broker_down",
                    format!("{error:#}"),
                );
                app.put_health(
                    row.next("Mend the settings under Broker and Network; it is tried again by itself."),
                );
                (None, Addresses::default())
            }
        };
        addresses.send_replace(Some(found));
        let again = tokio::time::sleep(RETRY);
        tokio::select! {
            () = stop.cancelled() => {}
            () = changed(&app, &mut events, &wanted) => {}
            () = again, if running.is_none() => {}
        }
        app.set_virtual_reader(None);
        if let Some(running) = running {
            running.end().await;
        }
        away_ms = 0;
    }
}

async fn changed(app: &App, events: &mut tokio::sync::broadcast::Receiver<Event>, wanted: &Wanted) {
    loop {
        match events.recv().await {
            Ok(Event::Settings) | Err(RecvError::Lagged(_)) => {}
            Ok(_) => continue,
            Err(RecvError::Closed) => return std::future::pending().await,
        }
        if Wanted::of(app) != *wanted {
            return;
        }
    }
}

async fn start(
    app: &Arc<App>,
    wanted: &Wanted,
    away_ms: u64,
    tls: &Tls,
    stop: &CancellationToken,
) -> anyhow::Result<(Running, Addresses)> {
    let stop = stop.child_token();
    let (config, embedded, front, addresses) = match wanted.broker.mode {
        BrokerMode::Embedded => start_embedded(app, wanted, tls).await?,
        BrokerMode::External => (external(app, wanted).await?, None, None, Addresses::default()),
    };
    let door: Arc<dyn TapDoor> = Arc::new(Door::new(Arc::clone(app)));
    let link = Link::start(LinkConfig { away_ms, ..config }, door, stop.clone())?;
    let publisher: Arc<dyn Publisher> = Arc::new(link.clone());
    let outbox = tokio::spawn(Outbox::run(Arc::clone(app), publisher, stop.clone()));
    Ok((Running { stop, outbox, link, front, embedded }, addresses))
}

impl Running {
    /// Devices first, then the worker, then the broker itself.
    async fn end(self) {
        if let Some(front) = self.front {
            front.stop().await;
        }
        self.stop.cancel();
        let ended = async {
            self.link.stopped().await;
            let _ = self.outbox.await;
        };
        if tokio::time::timeout(STOP_GRACE, ended).await.is_err() {
            tracing::warn!("The link to the broker did not end in time and is left behind");
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

type Started = (LinkConfig, Option<Embedded>, Option<Front>, Addresses);

async fn start_embedded(app: &Arc<App>, wanted: &Wanted, tls: &Tls) -> anyhow::Result<Started> {
    let devices: Arc<dyn Devices> = Arc::clone(app) as Arc<dyn Devices>;
    let config = EmbeddedConfig { prefix: wanted.prefix.clone(), port: 0 };
    let embedded = Embedded::start(config, Arc::clone(&devices)).await?;
    let link = LinkConfig::embedded(&embedded, wanted.prefix.clone());
    let front = open_front(app, wanted, devices, tls, embedded.inlet()).await;
    let addresses = front.as_ref().map_or_else(Addresses::default, |front| Addresses {
        http: None,
        mqtt: front.tcp_addr(),
        ws: front.ws_addr(),
        mqtts: front.tls_addr(),
    });
    if let Some(mqtt) = addresses.mqtt {
        let reader =
            TcpVirtualReader::new(Ipv4Addr::LOCALHOST.to_string(), mqtt.port(), wanted.prefix.clone());
        app.set_virtual_reader(Some(Arc::new(reader)));
    }
    app.set_broker_addresses(shown(&addresses));
    Ok((link, Some(embedded), front, addresses))
}

/// Opens the doors for devices. What cannot be opened is left closed and told.
async fn open_front(
    app: &Arc<App>,
    wanted: &Wanted,
    devices: Arc<dyn Devices>,
    tls: &Tls,
    inlet: Inlet,
) -> Option<Front> {
    let network = &wanted.network;
    let ip = if network.readers_on_lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
    let at = |port: u16| Some(SocketAddr::from((ip, port)));
    // The certificate comes when it is ready and changes while the port is open; until then TLS clients are closed.
    let wants_tls = network.readers_on_lan || !network.tls_cert_file.is_empty();
    let (ws, mqtts) = (at(network.ws_port), wants_tls.then(|| at(network.mqtts_port)).flatten());
    let mut last = None;
    // All doors; if a port is taken, the others; plain MQTT matters more than the rest.
    for (ws, mqtts) in [(ws, mqtts), (ws, None), (None, mqtts), (None, None)] {
        let config = FrontConfig { tcp: at(network.mqtt_port), ws, tls: mqtts, tls_config: tls.clone() };
        match Front::start(config, Arc::clone(&devices), inlet.clone()).await {
            Ok(front) => {
                app.put_health(front_row(&front, network, last));
                return Some(front);
            }
            Err(error) => last = Some(error.to_string()),
        }
    }
    let why = last.unwrap_or_default();
    tracing::error!("Readers cannot connect: {why}");
    let row = HealthRow::new("broker", "payments", HealthState::Bad, "broker_ports_taken", why);
    app.put_health(row.next(format!(
        "Stop the program that uses port {}, or choose other ports under Network.",
        network.mqtt_port
    )));
    None
}

fn front_row(front: &Front, network: &NetworkSettings, trouble: Option<String>) -> HealthRow {
    let port = |addr: Option<SocketAddr>| addr.map_or_else(|| "–".to_owned(), |addr| addr.port().to_string());
    let reach = if network.readers_on_lan { "the local network" } else { "this machine only" };
    let (mqtt, ws, mqtts) = (port(front.tcp_addr()), port(front.ws_addr()), port(front.tls_addr()));
    let summary = format!("embedded; MQTT {mqtt}, WebSocket {ws}, TLS {mqtts}; open to {reach}");
    let row = match trouble {
        None => HealthRow::new("broker", "payments", HealthState::Good, "broker_embedded_up", summary),
        Some(why) => HealthRow::new(
            "broker",
            "payments",
            HealthState::Attention,
            "broker_embedded_partly",
            format!("{summary}; {why}"),
        )
        .value("why", why)
        .next("Plain MQTT works. Free the other ports, then save the settings again."),
    };
    row.value("mqtt", mqtt).value("ws", ws).value("mqtts", mqtts).value("lan", network.readers_on_lan)
}

/// The link to a broker elsewhere. Its password is in the vault: without it the link does not start, and says so.
async fn external(app: &Arc<App>, wanted: &Wanted) -> anyhow::Result<LinkConfig> {
    let broker = &wanted.broker;
    let core = Arc::clone(app);
    let password = tokio::task::spawn_blocking(move || core.external_broker_password())
        .await?
        .map_err(|why| anyhow::anyhow!("the broker's password cannot be read from the vault: {why}"))?;
    let password = match password {
        Some(bytes) => Secret::new(String::from_utf8_lossy(bytes.expose()).into_owned()),
        None => Secret::new(String::new()),
    };
    let protocol = match broker.version {
        MqttVersion::V5 => Protocol::V5,
        MqttVersion::V311 => Protocol::V311,
    };
    let tls = match (broker.tls, broker.ca_file.as_str()) {
        (false, _) => None,
        (true, "") => Some(LinkTls::Platform),
        (true, path) => Some(LinkTls::Ca(
            std::fs::read(path).map_err(|error| anyhow::anyhow!("cannot read {path}: {error}"))?,
        )),
    };
    let at = format!("{}:{}", broker.host, broker.port);
    app.set_broker_addresses(vec![at.clone()]);
    let row = HealthRow::new(
        "broker",
        "payments",
        HealthState::Unused,
        "broker_external",
        format!("another broker is used: {at}"),
    );
    app.put_health(row.value("address", at));
    let config = LinkConfig::external(
        broker.host.clone(),
        broker.port,
        protocol,
        broker.username.clone(),
        password,
        broker.client_id.clone(),
        wanted.prefix.clone(),
    );
    Ok(LinkConfig { tls, ..config })
}

/// Addresses to type into a reader: a wildcard is shown as this machine's address on the network.
fn shown(addresses: &Addresses) -> Vec<String> {
    addresses
        .mqtt
        .iter()
        .map(|addr| {
            let ip = if addr.ip().is_unspecified() { own_address() } else { addr.ip() };
            SocketAddr::new(ip, addr.port()).to_string()
        })
        .collect()
}

/// This machine's address on its network. Connecting a UDP socket sends nothing: it only asks the routing table.
fn own_address() -> IpAddr {
    UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| {
            socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
            socket.local_addr()
        })
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |addr| addr.ip())
}
