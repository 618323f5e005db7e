//! Comes back to the vault: once a minute while all is well, sooner and with back-off while a keychain is locked, absent
//! or late, and at once when a tap needs a key that could not be read yet.

use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use tokio_util::sync::CancellationToken;

const WELL: Duration = Duration::from_secs(60);
const FIRST: Duration = Duration::from_secs(2);
/// Between two looks that a tap asked for.
const AT_ONCE_MIN: Duration = Duration::from_secs(1);

/// Looks until cancelled.
pub async fn keep(app: Arc<App>, stop: CancellationToken) {
    let mut wait = FIRST;
    loop {
        let core = Arc::clone(&app);
        // The keychain blocks: off the async threads.
        let well = tokio::task::spawn_blocking(move || core.look_at_vault()).await.unwrap_or(false);
        let pause = if well { WELL } else { wait };
        wait = if well { FIRST } else { (wait * 2).min(WELL) };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            () = app.vault_wanted() => tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AT_ONCE_MIN) => {}
            },
        }
    }
}
