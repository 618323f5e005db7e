//! Waiting for what the core tells everybody, for the parts of the station that follow the settings.

use gerai_app::contract::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Resolves when the settings changed, or when so much happened that they may have. Never, once the core is closed: whoever
/// waits is told by its own stop.
pub async fn settings_changed(events: &mut Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::Settings) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
