//! Looks at the audit trail's chain when the station starts, and once a day after that.

use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::contract::{HealthRow, HealthState};
use tokio_util::sync::CancellationToken;

const DAY: Duration = Duration::from_secs(86_400);

/// Checks until cancelled.
pub async fn watch(app: Arc<App>, stop: CancellationToken) {
    let mut days = tokio::time::interval(DAY);
    days.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = days.tick() => {}
        }
        let core = Arc::clone(&app);
        // The whole table is read: off the async threads.
        let checked = tokio::task::spawn_blocking(move || core.check_audit()).await;
        if let Ok(Err(error)) = checked {
            tracing::error!(%error, "The audit trail could not be checked");
            let row = HealthRow::new("audit", "station", HealthState::Bad, "audit_unread", error.to_string());
            app.put_health(row.value("why", error).next("Look at the disk, then restart Gerai."));
        }
    }
}
