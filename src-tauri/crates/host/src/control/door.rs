//! One door to the station, wherever it runs: in this very process, or behind the control socket. The command line and
//! the desktop's windows come through here and need not know which.

use std::sync::Arc;

use gerai_app::App;
use gerai_app::access::SessionChange;
use gerai_app::contract::{self, ApiError, ErrorCode, Event};
use gerai_web::live::{Identity, Live};
use serde_json::Value;

use super::client::{ControlClient, EventStream};

/// What a command came to.
pub struct Answer {
    /// Its response.
    pub outcome: Result<Value, ApiError>,
    /// What it did to the caller's session.
    pub change: Option<SessionChange>,
}

/// A way to the station.
#[derive(Clone)]
pub enum Door {
    /// The station is this process.
    Here(Arc<App>),
    /// The station is another process on the same folder.
    There(ControlClient),
}

impl Door {
    /// Gives one command.
    pub async fn call(&self, identity: &Identity, command: &str, args: Value) -> Answer {
        match self {
            Self::Here(app) => dispatch(app, identity, command, args).await,
            Self::There(client) => client.call(identity, command, args).await,
        }
    }

    /// Listens to live events.
    pub async fn listen(&self, identity: &Identity) -> Result<Events, ApiError> {
        match self {
            Self::Here(app) => {
                Live::open(app.clone(), identity.clone()).await.map(Box::new).map(Events::Here)
            }
            Self::There(client) => client.subscribe(identity).await.map(Events::There),
        }
    }
}

/// Live events of one listener.
pub enum Events {
    /// From this process.
    Here(Box<Live>),
    /// From another process.
    There(EventStream),
}

impl Events {
    /// The next event; `None` ends the stream (listen again and re-read everything).
    pub async fn next(&mut self) -> Option<Event> {
        match self {
            Self::Here(live) => live.next().await,
            Self::There(stream) => stream.next().await,
        }
    }
}

/// Runs a command in a task of its own: what was begun is carried out even when the caller goes away.
pub(super) async fn dispatch(app: &Arc<App>, identity: &Identity, command: &str, args: Value) -> Answer {
    let caller = identity.caller(app).await;
    let task = {
        let (app, caller, command) = (app.clone(), caller.clone(), command.to_owned());
        tokio::spawn(async move { contract::dispatch(&app, &caller, &command, args).await })
    };
    let outcome = task.await.unwrap_or_else(|panic| {
        tracing::error!(%panic, "A command ended without an answer");
        Err(ApiError::new(
            ErrorCode::Internal,
            "the command ended without an answer",
            "Look at the station's log.",
        ))
    });
    Answer { outcome, change: caller.take_session_change() }
}
