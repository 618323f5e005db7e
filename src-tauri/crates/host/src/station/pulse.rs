//! The station's pulse: once a second it writes down that it lives and how far the ledger is; now and then it looks at
//! the disk.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::contract::{HealthRow, HealthState};
use gerai_core::port::Clock;
use tokio_util::sync::CancellationToken;

use super::head::{self, Heads};
use crate::clock::SystemClock;
use crate::data_folder::DataFolder;
use crate::disk;
use crate::options::Options;

const FILE: &str = "station.alive";
const BEAT: Duration = Duration::from_secs(1);
/// Beats between two looks at the disk.
const LOOK_EVERY: u32 = 60;

/// How long the station had been away before this start, in milliseconds; 0 for a first start.
pub fn away_ms(folder: &DataFolder) -> u64 {
    let last =
        fs::read_to_string(folder.path().join(FILE)).ok().and_then(|text| text.trim().parse::<i64>().ok());
    last.map_or(0, |last| u64::try_from(SystemClock.now().0.saturating_sub(last)).unwrap_or(0))
}

/// Beats until cancelled, once more at the end.
pub async fn beat(app: Arc<App>, options: Options, stop: CancellationToken) {
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut count, mut heads) = (0_u32, Heads::default());
    loop {
        let stopping = tokio::select! {
            () = stop.cancelled() => true,
            _ = beats.tick() => false,
        };
        let (core, options_now) = (Arc::clone(&app), options.clone());
        let look = count % LOOK_EVERY == 0 && !stopping;
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
        count = count.wrapping_add(1);
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
