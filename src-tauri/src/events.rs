//! Live events for the windows, as `gerai://event`: each window hears what its session may hear.

use std::time::Duration;

use gerai_host::control::Events;
use tauri::{AppHandle, Emitter, EventTarget, Manager};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::desk::{CONSOLE, COUNTER, Desk};

const NAME: &str = "gerai://event";
/// A listener that was refused or dropped tries again after this, or as soon as a session changes.
const AGAIN: Duration = Duration::from_secs(1);

/// Begins to forward, for as long as the program lives.
pub fn forward(app: &AppHandle) {
    for label in [CONSOLE, COUNTER] {
        tauri::async_runtime::spawn(keep_listening(app.clone(), label));
    }
}

async fn keep_listening(app: AppHandle, label: &'static str) {
    let desk = app.state::<Desk>();
    let mut changes = desk.changes();
    loop {
        let identity = desk.identity(label);
        if identity.token.is_some()
            && let Ok(events) = desk.door().listen(&identity).await
        {
            pass_on(&app, label, events, &mut changes).await;
        }
        let _ = timeout(AGAIN, changes.changed()).await;
    }
}

/// Passes events on until the listener is ended or a session changes.
async fn pass_on(app: &AppHandle, label: &str, mut events: Events, changes: &mut watch::Receiver<u64>) {
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = changes.changed() => return,
        };
        let Some(event) = event else { return };
        if let Err(error) = app.emit_to(EventTarget::webview_window(label), NAME, &event) {
            // The windows are closing: the program ends in a moment.
            tracing::debug!(%error, "An event did not reach the window {label}");
            return;
        }
    }
}
