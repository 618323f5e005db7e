//! Live events as one listener gets them: only while its session lives, only what its session may see, with a
//! heartbeat each second. Shared by the browser's stream, the control socket and the desktop's windows.
//!
//! A listener that falls behind is ended, not served stale news: it connects again and re-reads everything.

use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::access::{Caller, Surface, Who};
use gerai_app::contract::{self, ApiError, Event};
use gerai_core::secret::Secret;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::limits::HEARTBEAT;

/// Who calls or listens, in the words of the transport.
#[derive(Clone)]
pub struct Identity {
    /// Where it comes from.
    pub surface: Surface,
    /// Its session token, if it has one; for [`Surface::Api`] the API token.
    pub token: Option<Secret<String>>,
    /// Peer address without port; empty for IPC.
    pub peer: String,
    /// The peer is on this machine.
    pub loopback: bool,
    /// What the browser calls itself; empty when it does not say.
    pub agent: String,
}

impl Identity {
    /// The command line of the user who runs the station.
    #[must_use]
    pub fn local() -> Self {
        Self {
            surface: Surface::Local,
            token: None,
            peer: String::new(),
            loopback: true,
            agent: String::new(),
        }
    }

    /// A window of the desktop on this machine.
    #[must_use]
    pub fn window(surface: Surface, token: Option<Secret<String>>) -> Self {
        Self { surface, token, peer: String::new(), loopback: true, agent: String::new() }
    }

    /// The caller that this is now; its session may have ended since the last look.
    pub async fn caller(&self, app: &App) -> Caller {
        match self.surface {
            Surface::Local => Caller::local(),
            Surface::Api => match self.api_caller(app).await {
                Ok(caller) => caller,
                // Nobody: a token in the place of a session opens none.
                Err(_) => app.caller(Surface::Api, None, &self.peer, self.loopback).await,
            },
            surface => {
                let caller = app.caller(surface, self.token.clone(), &self.peer, self.loopback).await;
                caller.with_agent(&self.agent)
            }
        }
    }

    /// The caller that the API token stands for, or why it stands for none.
    pub async fn api_caller(&self, app: &App) -> Result<Caller, ApiError> {
        let none = Secret::new(String::new());
        let token = self.token.as_ref().unwrap_or(&none);
        let caller = app.caller_of_token(token, &self.peer, self.loopback).await?;
        Ok(caller.with_agent(&self.agent))
    }
}

/// The events of one listener.
pub struct Live {
    app: Arc<App>,
    identity: Identity,
    receiver: Receiver<Event>,
    beat: Interval,
    till_id: Option<i64>,
}

impl Live {
    /// Begins to listen. Refused for callers that may not.
    pub async fn open(app: Arc<App>, identity: Identity) -> Result<Self, ApiError> {
        // Subscribed before the check: nothing that happens in between is missed.
        let receiver = app.events();
        let caller = match identity.surface {
            Surface::Api => identity.api_caller(&app).await?,
            _ => identity.caller(&app).await,
        };
        app.may_listen(&caller)?;
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { app, identity, receiver, beat, till_id: till_of(&caller) })
    }

    /// The next event. `None`: the session ended, the listener fell behind, or the station stops.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                _ = self.beat.tick() => return self.heartbeat().await,
                received = self.receiver.recv() => match received {
                    Ok(event) if concerns(&event, self.till_id) => return Some(event),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
            }
        }
    }

    /// A heartbeat vouches for the whole station: the session still holds and the core answers.
    async fn heartbeat(&self) -> Option<Event> {
        let caller = self.identity.caller(&self.app).await;
        self.app.may_listen(&caller).ok()?;
        let status = contract::dispatch(&self.app, &caller, "station.status", serde_json::Value::Null);
        let status = tokio::time::timeout(Duration::from_secs(2), status).await.ok()?.ok()?;
        Some(Event::Heartbeat { now_ms: status.get("now_ms")?.as_i64()? })
    }
}

fn till_of(caller: &Caller) -> Option<i64> {
    match caller.who {
        Who::Counter { till_id, .. } => Some(till_id),
        Who::Nobody | Who::Operator(_) | Who::Locked(_) | Who::Token { .. } | Who::LocalUser => None,
    }
}

/// A counter hears of its own till and of what concerns every screen. The core's own heartbeats are left out: the
/// listener makes its own, after looking at its session.
fn concerns(event: &Event, counter_till: Option<i64>) -> bool {
    match (event, counter_till) {
        (Event::Heartbeat { .. }, _) => false,
        (_, None) | (Event::Health | Event::Settings, Some(_)) => true,
        (Event::Reading { till_id } | Event::Till { till_id }, Some(own)) => *till_id == own,
        (Event::Payment { till_id, .. }, Some(own)) => *till_id == Some(own),
        (
            Event::Account { .. }
            | Event::Reader
            | Event::Rejected
            | Event::People
            | Event::Approval
            | Event::Audit
            | Event::Sms { .. }
            | Event::Line { .. }
            | Event::Inbox
            | Event::Ussd { .. }
            | Event::Stove { .. }
            | Event::Scan
            | Event::Forward,
            Some(_),
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_hears_only_of_its_own_till() {
        assert!(concerns(&Event::Payment { payment_id: 1, till_id: Some(2) }, Some(2)));
        assert!(!concerns(&Event::Payment { payment_id: 1, till_id: Some(3) }, Some(2)));
        assert!(!concerns(&Event::Payment { payment_id: 1, till_id: None }, Some(2)));
        assert!(!concerns(&Event::Account { account_id: 1 }, Some(2)));
        assert!(concerns(&Event::Settings, Some(2)));
        assert!(concerns(&Event::Account { account_id: 1 }, None));
    }
}
