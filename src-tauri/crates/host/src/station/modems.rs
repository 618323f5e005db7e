//! Modems and the queue over them: started when short messages are switched on, stopped when they are switched off. A try-out
//! brings modems made of software along.

use std::sync::Arc;
use std::time::Duration;

use gerai_app::contract::{HealthRow, HealthState};
use gerai_app::{App, Dispatcher, SmsDoor, keep_sms};
use gerai_modem::discovery::Places;
use gerai_modem::lines::{Modems, ModemsStart};
use gerai_modem::sim::{SimOptions, Simulator};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;
use crate::events::settings_changed;
use crate::options::Options;

/// Modems of a try-out.
const TRY_OUT_MODEMS: usize = 4;
/// What their network takes for a message, milliseconds: as real ones do.
const TRY_OUT_DELAY_MS: u64 = 3_000;
/// Until a report comes, milliseconds.
const TRY_OUT_REPORT_MS: u64 = 2_000;
/// After a failure to start modems are tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// How long the queue has to write down what has left.
const GRACE: Duration = Duration::from_secs(5);

/// The modems while they run.
struct Running {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    modems: Arc<Modems>,
}

/// Keeps modems and queue as the settings say, until cancelled.
pub async fn keep(app: Arc<App>, options: Options, stop: CancellationToken) {
    let simulated = if options.try_out { simulate(&options).await } else { None };
    let mut events = app.events();
    let mut running: Option<Running> = None;
    loop {
        let wanted = app.settings().1.sms.enabled;
        match (wanted, running.take()) {
            (true, None) => running = start(&app, &options, &stop).await,
            (false, Some(old)) => end(&app, old).await,
            (_, same) => running = same,
        }
        let again = wanted && running.is_none();
        tokio::select! {
            () = stop.cancelled() => break,
            () = settings_changed(&mut events) => {}
            () = tokio::time::sleep(AGAIN), if again => {}
        }
    }
    if let Some(old) = running {
        end(&app, old).await;
    }
    let _ = tokio::task::spawn_blocking(move || drop(simulated)).await;
}

async fn start(app: &Arc<App>, options: &Options, stop: &CancellationToken) -> Option<Running> {
    let door = Arc::new(SmsDoor::new(Arc::clone(app)));
    let announcements = options.folder.announced_modems();
    let core = Arc::clone(app);
    let started = tokio::task::spawn_blocking(move || {
        let allowed = core.allowed_ports();
        let places = Places::system(Some(announcements));
        Modems::start(ModemsStart { places, allowed, door, clock: Arc::new(SystemClock) })
    })
    .await;
    let modems = match started {
        Ok(Ok(modems)) => Arc::new(modems),
        Ok(Err(error)) => {
            let row =
                HealthRow::new("sms_modems", "sms", HealthState::Bad, "sms_modems_down", error.to_string());
            app.put_health(row.next("Restart Gerai; if it stays so, look at its log."));
            return None;
        }
        Err(_) => return None,
    };
    app.set_lines(Some(Arc::clone(&modems) as Arc<dyn gerai_core::port::lines::Lines>));
    let stop = stop.child_token();
    let tasks = vec![
        tokio::spawn(Dispatcher::run(
            Arc::clone(app),
            Arc::clone(&modems) as Arc<dyn gerai_core::port::lines::Lines>,
            stop.clone(),
        )),
        tokio::spawn(keep_sms(Arc::clone(app), stop.clone())),
    ];
    Some(Running { stop, tasks, modems })
}

async fn end(app: &Arc<App>, running: Running) {
    running.stop.cancel();
    for task in running.tasks {
        if tokio::time::timeout(GRACE, task).await.is_err() {
            tracing::warn!(
                "The SMS queue did not end in time; what it had begun is in doubt at the next start"
            );
        }
    }
    app.set_lines(None);
    // It joins its threads.
    let _ = tokio::task::spawn_blocking(move || drop(running.modems)).await;
}

async fn simulate(options: &Options) -> Option<Simulator> {
    let announce = options.folder.announced_modems();
    let profiles = ["huawei", "quectel", "zte", "simcom"].map(str::to_owned).to_vec();
    let started = tokio::task::spawn_blocking(move || {
        Simulator::start(&SimOptions {
            count: TRY_OUT_MODEMS,
            profiles,
            delay_ms: TRY_OUT_DELAY_MS,
            report_delay_ms: TRY_OUT_REPORT_MS,
            announce: Some(announce),
            ..SimOptions::new(Arc::new(SystemClock))
        })
    })
    .await;
    match started {
        Ok(Ok(simulator)) => Some(simulator),
        Ok(Err(error)) => {
            tracing::warn!(%error, "The try-out has no modems");
            None
        }
        Err(_) => None,
    }
}
