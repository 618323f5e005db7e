//! Who is at the door: how many connections an address has, which logins are online, and which client ids keep
//! kicking each other off. Reports go to the station's device list and its health page.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::{DeviceKind, Devices};

use crate::rate::Incidents;

/// Connections in all: a large canteen has some hundred readers and screens.
pub(crate) const CONNECTIONS_MAX: usize = 4_096;
/// Connections from one address of the network. A whole counter behind one router stays below it.
pub(crate) const CONNECTIONS_PER_ADDRESS_MAX: usize = 128;
/// Connections from this machine itself, where gateways, simulators and load tests run.
pub(crate) const CONNECTIONS_LOOPBACK_MAX: usize = 2_048;
/// This many takeovers of one client id …
const FLAPPING_TAKEOVERS: u32 = 3;
/// … within this time are two devices with one id, not one device that lost its network.
const FLAPPING_WINDOW: Duration = Duration::from_secs(60);
const FLAPPING: &str =
    "two devices use the same client id and keep disconnecting each other: give each its own";

#[derive(Default)]
struct Seats {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Default)]
struct Online {
    logins: HashMap<String, usize>,
    ids: HashMap<String, Id>,
}

#[derive(Default)]
struct Id {
    connections: usize,
    takeovers: u32,
    since: Option<Instant>,
}

pub(super) struct Roster {
    devices: Arc<dyn Devices>,
    pub(super) incidents: Incidents,
    seats: Mutex<Seats>,
    online: Mutex<Online>,
}

impl Roster {
    pub(super) fn new(devices: Arc<dyn Devices>) -> Self {
        let incidents = Incidents::new(Arc::clone(&devices));
        Self { devices, incidents, seats: Mutex::default(), online: Mutex::default() }
    }

    /// Takes a place for one connection, or `None` when there are too many already.
    pub(super) fn seat(roster: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = address.to_canonical();
        let limit =
            if address.is_loopback() { CONNECTIONS_LOOPBACK_MAX } else { CONNECTIONS_PER_ADDRESS_MAX };
        let mut seats = roster.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let here = seats.by_address.get(&address).copied().unwrap_or(0);
        if seats.all >= CONNECTIONS_MAX || here >= limit {
            tracing::debug!(%address, here, "Too many connections: closing one from {address}");
            return None;
        }
        seats.all += 1;
        seats.by_address.insert(address, here + 1);
        Some(Seat { roster: Arc::clone(roster), address })
    }

    /// What kind of login this is, asked off the async threads.
    pub(super) async fn kind_of(&self, name: &str) -> Option<DeviceKind> {
        let devices = Arc::clone(&self.devices);
        let name = name.to_owned();
        tokio::task::spawn_blocking(move || devices.kind_of(&name)).await.ok().flatten()
    }

    /// A login came online under this client id. It is offline again when the answer is dropped and no other
    /// connection of the same login is left.
    pub(super) fn arrived(roster: &Arc<Self>, login: &str, client_id: &str, peer: SocketAddr) -> Presence {
        let mut online = roster.online.lock().unwrap_or_else(PoisonError::into_inner);
        *online.logins.entry(login.to_owned()).or_default() += 1;
        let id = online.ids.entry(client_id.to_owned()).or_default();
        id.connections += 1;
        let flapping = id.connections > 1 && id.taken_over();
        drop(online);
        if flapping {
            roster.incidents.report(login, FLAPPING);
        }
        roster.devices.presence(login, true, &peer.to_string());
        Presence {
            roster: Arc::clone(roster),
            login: login.to_owned(),
            client_id: client_id.to_owned(),
            peer,
        }
    }

    fn left(&self, presence: &Presence) {
        let mut online = self.online.lock().unwrap_or_else(PoisonError::into_inner);
        let last = match online.logins.get_mut(&presence.login) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            _ => online.logins.remove(&presence.login).is_some(),
        };
        if let Some(id) = online.ids.get_mut(&presence.client_id) {
            id.connections = id.connections.saturating_sub(1);
        }
        online.ids.retain(|_, id| {
            id.connections > 0 || id.since.is_some_and(|since| since.elapsed() < FLAPPING_WINDOW)
        });
        drop(online);
        if last {
            self.devices.presence(&presence.login, false, &presence.peer.to_string());
        }
    }
}

impl Id {
    /// Counts one takeover; `true` when there were too many in a short time.
    fn taken_over(&mut self) -> bool {
        match self.since {
            Some(since) if since.elapsed() < FLAPPING_WINDOW => self.takeovers += 1,
            _ => {
                self.since = Some(Instant::now());
                self.takeovers = 1;
            }
        }
        self.takeovers >= FLAPPING_TAKEOVERS
    }
}

/// A place of one connection, given back when dropped.
pub(super) struct Seat {
    roster: Arc<Roster>,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.roster.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.all = seats.all.saturating_sub(1);
        match seats.by_address.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => drop(seats.by_address.remove(&self.address)),
        }
    }
}

/// One accepted connection of a login; dropping it says that it went away.
pub(super) struct Presence {
    roster: Arc<Roster>,
    login: String,
    client_id: String,
    peer: SocketAddr,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.roster.left(self);
    }
}

#[cfg(test)]
mod tests {
    use gerai_core::port::DeviceLogin;
    use gerai_core::secret::Secret;

    use super::*;

    struct Nobody;

    impl Devices for Nobody {
        fn authenticate(&self, _: &str, _: &Secret<Vec<u8>>) -> Option<DeviceLogin> {
            None
        }
        fn kind_of(&self, _: &str) -> Option<DeviceKind> {
            None
        }
        fn presence(&self, _: &str, _: bool, _: &str) {}
        fn incident(&self, _: &str, _: &str) {}
    }

    #[test]
    fn one_address_can_not_take_all_seats() {
        let roster = Arc::new(Roster::new(Arc::new(Nobody)));
        let seats = |address: &str, count: usize| -> Vec<Seat> {
            let address: IpAddr = address.parse().unwrap();
            std::iter::from_fn(|| Roster::seat(&roster, address)).take(count).collect()
        };
        let greedy = seats("10.0.0.9", 10_000);
        assert_eq!(greedy.len(), CONNECTIONS_PER_ADDRESS_MAX);
        // The same address written as IPv6 is the same address.
        assert_eq!(seats("::ffff:10.0.0.9", 1).len(), 0);
        assert_eq!(seats("10.0.0.10", 1).len(), 1);
        assert_eq!(seats("127.0.0.1", 10_000).len(), CONNECTIONS_LOOPBACK_MAX);
        drop(greedy);
        assert_eq!(seats("10.0.0.9", 1).len(), 1);
        let crowd: Vec<Seat> = (0..100).flat_map(|n| seats(&format!("10.0.1.{n}"), 128)).collect();
        assert_eq!(crowd.len(), CONNECTIONS_MAX);
        assert_eq!(seats("127.0.0.1", 1).len(), 0);
        drop(crowd);
        assert!(roster.seats.lock().unwrap().by_address.is_empty());
    }
}
