//! The embedded broker's gate: checks logins against the station's devices, and every publish, will and subscription
//! against `acl`. It is both the broker's auth provider and its event handler, because only the latter sees the
//! retain flag.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::{DeviceKind, DeviceLogin, Devices};
use gerai_core::secret::Secret;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::events::{BrokerEventHandler, ClientPublishEvent, PublishAction};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use tokio::sync::Semaphore;

use super::StationLogin;
use crate::acl::{Action, is_device_name, may};
use crate::client_id;
use crate::rate::Incidents;

/// A device's kind is asked for again after this long, so that revoking a login takes effect on open connections.
const KIND_FRESH_FOR: Duration = Duration::from_secs(1);
/// Passwords checked at the same time: a hash costs a core for milliseconds, and taps need the rest.
const PASSWORD_CHECKS_MAX: usize = 2;

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) struct Gate {
    station: StationLogin,
    prefix: String,
    devices: Arc<dyn Devices>,
    incidents: Incidents,
    password_checks: Semaphore,
    kinds: Mutex<HashMap<String, (Option<DeviceKind>, Instant)>>,
}

impl Gate {
    pub(super) fn new(station: StationLogin, prefix: String, devices: Arc<dyn Devices>) -> Self {
        let incidents = Incidents::new(Arc::clone(&devices));
        let password_checks = Semaphore::new(PASSWORD_CHECKS_MAX);
        Self { station, prefix, devices, incidents, password_checks, kinds: Mutex::new(HashMap::new()) }
    }

    /// The login behind a CONNECT, or `None` when it must be refused.
    async fn login_of(&self, connect: &ConnectPacket) -> Option<DeviceLogin> {
        let name = connect.username.as_deref()?;
        let password = connect.password.as_deref()?;
        if name == self.station.user {
            return same(password, self.station.password.expose().as_bytes())
                .then(|| DeviceLogin { name: name.to_owned(), kind: DeviceKind::Station });
        }
        if !is_device_name(name) || connect.will.is_some() || !client_id::belongs_to(name, &connect.client_id)
        {
            return None;
        }
        let _turn = self.password_checks.acquire().await.ok()?;
        let devices = Arc::clone(&self.devices);
        let (name, password) = (name.to_owned(), Secret::new(password.to_vec()));
        let asked = name.clone();
        let checked = tokio::task::spawn_blocking(move || devices.authenticate(&asked, &password)).await;
        // The client id was checked against the name in CONNECT: a login under another spelling would slip through.
        let login = checked.ok().flatten().filter(|login| login.name == name);
        if login.is_none() {
            self.incidents.report(&name, "its login was refused: unknown name or wrong password");
        }
        login
    }

    /// What a connected user is now, asked of the station at most once a second.
    async fn kind_of(&self, name: &str) -> Option<DeviceKind> {
        if name == self.station.user {
            return Some(DeviceKind::Station);
        }
        if let Some((kind, at)) = self.kinds.lock().unwrap_or_else(PoisonError::into_inner).get(name)
            && at.elapsed() < KIND_FRESH_FOR
        {
            return *kind;
        }
        let devices = Arc::clone(&self.devices);
        let asked = name.to_owned();
        let kind = tokio::task::spawn_blocking(move || devices.kind_of(&asked)).await.ok().flatten();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        // Only names that once had a login come here, so the map is as long as the list of devices.
        kinds.insert(name.to_owned(), (kind, Instant::now()));
        kind
    }

    async fn allows(&self, user: Option<&str>, action: Action, topic: &str) -> bool {
        let Some(name) = user else { return false };
        let Some(kind) = self.kind_of(name).await else { return false };
        let allowed = may(&DeviceLogin { name: name.to_owned(), kind }, &self.prefix, action, topic);
        if !allowed {
            self.incidents.report(
                name,
                match action {
                    Action::Publish => "a publish outside its rights was refused",
                    Action::Will => "a last will was refused",
                    Action::Retained => "a retained message was refused",
                    Action::Subscribe => "a subscription outside its rights was refused",
                },
            );
        }
        allowed
    }
}

impl AuthProvider for Gate {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _client_addr: SocketAddr,
    ) -> Answer<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move {
            Ok(match self.login_of(connect).await {
                Some(login) => {
                    let entry = (Some(login.kind), Instant::now());
                    self.kinds
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(login.name.clone(), entry);
                    AuthResult::success_with_user(login.name)
                }
                None => AuthResult::fail(ReasonCode::NotAuthorized),
            })
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(self.allows(user_id, Action::Publish, topic))
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(self.allows(user_id, Action::Subscribe, topic_filter))
    }
}

impl BrokerEventHandler for Gate {
    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Answer<'a, PublishAction> {
        Box::pin(async move {
            if event.retain && !self.allows(event.user_id.as_deref(), Action::Retained, &event.topic).await {
                // Acknowledged and dropped: the broker offers no refusal at this point.
                return PublishAction::Handled;
            }
            PublishAction::Continue
        })
    }
}

/// Compares without telling by its duration where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (x, y)| different | (x ^ y)) == 0
}
