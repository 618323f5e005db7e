//! The running station: the core, its doors and its workers, wired together. It starts partially: a port that is
//! taken, a broker that is away or a keychain that is locked is a row on the health page, never a failed start. Only
//! the data folder and its database must open.

mod audit;
mod brokers;
mod demo;
mod doors;
pub mod head;
mod modems;
mod pulse;
mod secrets;
mod stoves;
mod upstream;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gerai_app::contract::{HealthRow, HealthState};
use gerai_app::{App, AppOptions};
use gerai_web::Server;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::control;
use crate::data_folder::{DataFolder, FolderLock};
use crate::options::Options;
use crate::peers_clock;
use crate::tls::Keeper;
use crate::vault;

/// A task that has not ended this long after it was told to is left behind.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Where the station can be reached. An address is missing where its port could not be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Console and live events.
    pub http: Option<SocketAddr>,
    /// MQTT.
    pub mqtt: Option<SocketAddr>,
    /// MQTT over WebSocket.
    pub ws: Option<SocketAddr>,
    /// MQTT over TLS.
    pub mqtts: Option<SocketAddr>,
}

/// A running station.
pub struct Station {
    /// Its core.
    pub app: Arc<App>,
    /// Where it can be reached.
    pub addresses: Addresses,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    web: Option<Arc<Server>>,
    control: Option<control::Server>,
    _lock: FolderLock,
}

/// Starts the station of a folder.
pub async fn start(options: &Options) -> anyhow::Result<Station> {
    let lock = options.folder.lock()?;
    let away_ms = pulse::away_ms(&options.folder);
    let app = open_app(options, gerai_store::OpenMode::Write).await?;
    head::check(&options.folder, &app)?;
    stoves::equip(&app, options);
    let stop = CancellationToken::new();
    let mut tasks = Vec::new();

    let control = match control::Server::start(&options.folder, Arc::clone(&app), stop.clone()) {
        Ok(server) => Some(server),
        Err(error) => {
            tracing::error!("{error:#}");
            let row =
                HealthRow::new("control", "station", HealthState::Bad, "control_down", format!("{error:#}"));
            app.put_health(
                row.next("The command line cannot reach this station; restart it once the cause is mended."),
            );
            None
        }
    };
    if options.try_out {
        demo::fill(&app).await;
    }
    tasks.push(tokio::spawn(secrets::keep(Arc::clone(&app), stop.clone())));
    let (found, mut addresses) = watch::channel(None);
    let keeper = Keeper::new(Arc::clone(&app), options.folder.path().to_owned());
    tasks.push(tokio::spawn(Arc::clone(&keeper).keep(stop.clone())));
    let readers_tls = keeper.readers();
    tasks.push(tokio::spawn(brokers::keep(Arc::clone(&app), away_ms, found, readers_tls, stop.clone())));
    tasks.push(tokio::spawn(peers_clock::watch(Arc::clone(&app), stop.clone())));
    tasks.push(tokio::spawn(pulse::beat(Arc::clone(&app), options.clone(), stop.clone())));
    let web = web::start(&app, keeper.face(), &stop).await;
    if let Some(server) = &web {
        tasks.push(tokio::spawn(web::keep(
            Arc::clone(&app),
            Arc::clone(server),
            keeper.face(),
            stop.clone(),
        )));
    }
    let doors = doors::Doors::new(Arc::clone(&app), keeper, web.clone(), addresses.clone());
    app.set_network_doors(Some(Arc::new(doors)));
    tasks.push(tokio::spawn(modems::keep(Arc::clone(&app), options.clone(), stop.clone())));
    let upstream = Arc::new(upstream::HttpUpstream::new(Arc::new(SystemClock)));
    tasks.push(tokio::spawn(stoves::keep(Arc::clone(&app), upstream, stop.clone())));
    tasks.push(tokio::spawn(audit::watch(Arc::clone(&app), stop.clone())));

    // The broker's addresses are known in a moment; a broker that is away is not waited for.
    let brokers = addresses.wait_for(Option::is_some).await.ok().and_then(|found| found.clone());
    let addresses =
        Addresses { http: web.as_ref().map(|server| server.addr()), ..brokers.unwrap_or_default() };
    Ok(Station { app, addresses, stop, tasks, web, control, _lock: lock })
}

impl Station {
    /// Stops everything in order: doors first, then workers, then the ledger (when the last handle on it goes).
    pub async fn stop(self) {
        // They hold the core, and the core holds them.
        self.app.set_network_doors(None);
        if let Some(web) = self.web {
            web.stop().await;
        }
        if let Some(control) = self.control {
            control.stop().await;
        }
        self.stop.cancel();
        for task in self.tasks {
            if tokio::time::timeout(STOP_GRACE, task).await.is_err() {
                tracing::warn!("A task did not end within {} s and is left behind", STOP_GRACE.as_secs());
            }
        }
        close(self.app).await;
    }
}

/// Opens the core on the folder's database. The vault and SQLite block, so this runs off the async threads.
async fn open_app(options: &Options, mode: gerai_store::OpenMode) -> anyhow::Result<Arc<App>> {
    let options = options.clone();
    tokio::task::spawn_blocking(move || -> anyhow::Result<Arc<App>> {
        let station_id = match mode {
            gerai_store::OpenMode::Write => options.folder.station_id()?,
            gerai_store::OpenMode::ReadOnly => options.folder.station_id().unwrap_or_default(),
        };
        Ok(App::open(AppOptions {
            database: options.folder.database(),
            mode,
            try_out: options.try_out,
            clock: Arc::new(SystemClock),
            vault: vault::open(&options, &station_id, mode == gerai_store::OpenMode::Write),
        })?)
    })
    .await?
}

/// The core alone, opened for one act of the command line.
pub struct CoreHandle {
    /// The core.
    pub app: Arc<App>,
    /// The folder and its lock, when the core was opened to write.
    held: Option<(DataFolder, FolderLock)>,
}

impl CoreHandle {
    /// Closes it: the head is written down, the writer ends, and the folder is free again.
    pub async fn close(self) {
        if let Some((folder, _)) = &self.held {
            head::keep(folder, &self.app, &mut head::Heads::default());
        }
        close(self.app).await;
    }
}

/// Drops the core off the async threads: it joins its writer, and SQLite folds the write-ahead log into the database.
async fn close(app: Arc<App>) {
    if tokio::task::spawn_blocking(move || drop(app)).await.is_err() {
        tracing::error!("The ledger's writer had ended by itself");
    }
}

/// Opens the core for one act. A folder that a station holds is `FolderError::Taken`.
pub async fn open_core(options: &Options, read_only: bool) -> anyhow::Result<CoreHandle> {
    if read_only {
        let app = open_app(options, gerai_store::OpenMode::ReadOnly).await?;
        return Ok(CoreHandle { app, held: None });
    }
    let lock = options.folder.lock()?;
    let app = open_app(options, gerai_store::OpenMode::Write).await?;
    head::check(&options.folder, &app)?;
    Ok(CoreHandle { app, held: Some((options.folder.clone(), lock)) })
}
