//! The station's pulse: it writes down that it lives and how far the ledger is, and now and then looks at the disk. Once
//! a second while something happens or messages may wait in a broker elsewhere; seldom while nothing does, since a
//! station that rests should let its machine rest.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::contract::{BrokerMode, HealthRow, HealthState};
use gerai_core::port::Clock;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::head::{self, Heads};
use crate::clock::SystemClock;
use crate::data_folder::DataFolder;
use crate::disk;
use crate::options::Options;

const FILE: &str = "station.alive";
/// Between two beats while something happens.
const BEAT: Duration = Duration::from_secs(1);
/// Between two beats of a station at rest.
const BEAT_AT_REST: Duration = Duration::from_secs(30);
/// Between two looks at the disk.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How long the station had been away before this start, in milliseconds; 0 for a first start.
pub fn away_ms(folder: &DataFolder) -> u64 {
    let last =
        fs::read_to_string(folder.path().join(FILE)).ok().and_then(|text| text.trim().parse::<i64>().ok());
    last.map_or(0, |last| u64::try_from(SystemClock.now().0.saturating_sub(last)).unwrap_or(0))
}

/// Beats until cancelled, once more at the end.
pub async fn beat(app: Arc<App>, options: Options, stop: CancellationToken) {
    let mut events = app.events();
    let (mut looked, mut heads) = (None::<Instant>, Heads::default());
    loop {
        let stopping = stop.is_cancelled();
        let (core, options_now) = (Arc::clone(&app), options.clone());
        let look = !stopping && looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY);
        if look {
            looked = Some(Instant::now());
        }
        // Small files: off the async threads.
        let done = tokio::task::spawn_blocking(move || {
            let mut last = heads;
            let _ = fs::write(options_now.folder.path().join(FILE), SystemClock.now().0.to_string());
            head::keep(&options_now.folder, &core, &mut last);
            if look {
                core.put_health(disk_row(&options_now.folder));
                tidy(&core);
            }
            last
        });
        heads = done.await.unwrap_or(heads);
        if stopping {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = rest(&app, &mut events) => {}
        }
    }
}

/// Until the next beat is due: a second after something happened, else later. A broker elsewhere keeps taps for the
/// station, and how old they may be is told by the last beat before a death: with one, no beat is left out.
async fn rest(app: &App, events: &mut tokio::sync::broadcast::Receiver<gerai_app::contract::Event>) {
    let at_rest = match app.settings().1.broker.mode {
        BrokerMode::Embedded => BEAT_AT_REST,
        BrokerMode::External => BEAT,
    };
    // What happened during the last beat was seen by it, or shows in the queue here.
    let happened = async {
        match events.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => tokio::time::sleep(BEAT).await,
            Err(RecvError::Closed) => std::future::pending().await,
        }
        *events = app.events();
    };
    tokio::select! {
        () = tokio::time::sleep(at_rest) => {}
        () = happened => {}
    }
}

/// What nobody decided in time ends; keys that verify no token any more leave the vault.
fn tidy(core: &App) {
    for done in [core.expire_approvals(), core.forget_token_keys()] {
        if let Err(error) = done {
            tracing::warn!(%error, "Something that is over could not be cleared away");
        }
    }
}

fn disk_row(folder: &DataFolder) -> HealthRow {
    let Some(free) = disk::free_bytes(folder.path()) else {
        return HealthRow::new(
            "disk",
            "station",
            HealthState::Unused,
            "disk_unknown",
            "free space is not known here",
        );
    };
    let mib = free / (1024 * 1024);
    let low = free < disk::LOW_BYTES;
    let state = if low { HealthState::Attention } else { HealthState::Good };
    let code = if low { "disk_low" } else { "disk_free" };
    let row = HealthRow::new("disk", "station", state, code, format!("{mib} MiB free")).value("mib", mib);
    if low { row.next("Free some space: without it no payment can be taken.") } else { row }
}
