//! What the broker asks of the station: who may log in, and what it tells: who came, who went, what looked wrong.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gerai_core::port::{DeviceKind, DeviceLogin, Devices};
use gerai_core::secret::Secret;
use gerai_core::tap::Outcome;
use gerai_core::tap::wire::is_reader_name;
use gerai_core::time::UnixMs;
use gerai_store::readers;
use subtle::ConstantTimeEq;

use crate::App;
use crate::contract::Event;
use crate::passwords;

/// Virtual readers are named after their till, and cannot log in from outside.
pub(crate) const VIRTUAL_PREFIX: &str = "gerai-virtual-";
/// A one-time login lives this long: one tap.
const ONE_TIME_MS: i64 = 30_000;
/// Taps whose answer time is remembered per reader.
const ANSWERS_KEPT: usize = 31;
/// A remark about a reader is shown this long after it was last true.
const INCIDENT_MS: i64 = 10 * 60_000;
/// Names kept in memory: a flood of made-up ones must not eat it.
const NAMES_MAX: usize = 4_096;

/// A broker login with its hash, for exported configurations.
pub struct BrokerLogin {
    /// MQTT user name.
    pub name: String,
    /// What it may do.
    pub kind: DeviceKind,
    /// `$7$` hash as mosquitto keeps them.
    pub password_hash: String,
}

/// What is known of a reader while the station runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) connections: i64,
    pub(crate) last: Option<UnixMs>,
    pub(crate) last_outcome: Option<Outcome>,
    answers_us: VecDeque<u64>,
    incident: Option<(String, UnixMs)>,
}

impl Seen {
    /// Median milliseconds from arrival to commit.
    pub(crate) fn answer_ms(&self) -> Option<i64> {
        let mut times: Vec<u64> = self.answers_us.iter().copied().collect();
        times.sort_unstable();
        times.get(times.len() / 2).and_then(|us| i64::try_from(us.div_ceil(1_000)).ok())
    }

    pub(crate) fn incident(&self, now: UnixMs) -> Option<&str> {
        self.incident.as_ref().filter(|(_, at)| now.since(*at) < INCIDENT_MS).map(|(what, _)| what.as_str())
    }
}

/// Readers' presence, and one-time logins of the virtual reader.
#[derive(Default)]
pub(crate) struct Presence {
    seen: Mutex<HashMap<String, Seen>>,
    one_time: Mutex<HashMap<String, (Secret<String>, UnixMs)>>,
}

impl Presence {
    pub(crate) fn of(&self, name: &str) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn online(&self) -> i64 {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let online =
            seen.iter().filter(|(name, s)| s.connections > 0 && !name.starts_with(VIRTUAL_PREFIX)).count();
        i64::try_from(online).unwrap_or(i64::MAX)
    }

    /// A tap of this reader was decided.
    pub(crate) fn tapped(&self, name: &str, outcome: Outcome, took_us: u64, now: UnixMs) {
        self.change(name, |seen| {
            seen.last = Some(now);
            seen.last_outcome = Some(outcome);
            if seen.answers_us.len() == ANSWERS_KEPT {
                seen.answers_us.pop_front();
            }
            seen.answers_us.push_back(took_us);
        });
    }

    fn change(&self, name: &str, work: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < NAMES_MAX || seen.contains_key(name) {
            work(seen.entry(name.to_owned()).or_default());
        }
    }

    /// A password for one tap of the virtual reader as `name`.
    pub(crate) fn one_time_login(&self, name: &str, password: Secret<String>, now: UnixMs) {
        let mut one_time = self.one_time.lock().unwrap_or_else(PoisonError::into_inner);
        one_time.retain(|_, (_, until)| *until > now);
        one_time.insert(name.to_owned(), (password, now.plus(ONE_TIME_MS)));
    }

    fn is_one_time(&self, name: &str, password: &[u8], now: UnixMs) -> bool {
        let one_time = self.one_time.lock().unwrap_or_else(PoisonError::into_inner);
        one_time.get(name).is_some_and(|(wanted, until)| {
            *until > now && bool::from(wanted.expose().as_bytes().ct_eq(password))
        })
    }
}

impl Devices for App {
    fn authenticate(&self, name: &str, password: &Secret<Vec<u8>>) -> Option<DeviceLogin> {
        let reader = self.store.read(|db| readers::get(db, name)).ok().flatten().filter(|r| !r.revoked)?;
        let known = self.presence.is_one_time(name, password.expose(), self.clock.now())
            || passwords::check_reader(password.expose(), &reader.password_hash);
        known.then(|| DeviceLogin { name: reader.name.clone(), kind: kind_of(&reader.kind) })
    }

    fn kind_of(&self, name: &str) -> Option<DeviceKind> {
        let reader = self.store.read(|db| readers::get(db, name)).ok().flatten().filter(|r| !r.revoked)?;
        Some(kind_of(&reader.kind))
    }

    fn presence(&self, name: &str, online: bool, peer: &str) {
        let now = self.clock.now();
        self.presence.change(name, |seen| {
            // The front says how many there are only as some or none.
            seen.connections = i64::from(online);
            seen.last = Some(now);
        });
        tracing::info!(reader.name = %name, peer, online, "Reader {name} {}", if online { "came" } else { "went" });
        self.emit(Event::Reader);
    }

    fn incident(&self, name: &str, what: &str) {
        let shown: String =
            if is_reader_name(name) { name.to_owned() } else { "an unknown device".to_owned() };
        tracing::warn!(reader.name = %shown, "At the broker's door: {shown}: {what}");
        let now = self.clock.now();
        self.presence.change(&shown, |seen| seen.incident = Some((what.to_owned(), now)));
        self.emit(Event::Health);
    }
}

impl App {
    /// All broker logins that are not revoked, with their hashes, for exported configurations.
    pub async fn broker_logins(self: &Arc<Self>) -> Result<Vec<BrokerLogin>, crate::contract::ApiError> {
        self.read(|db| {
            Ok(readers::list(db)?
                .into_iter()
                .filter(|reader| !reader.revoked && !reader.name.starts_with(VIRTUAL_PREFIX))
                .map(|reader| BrokerLogin {
                    kind: kind_of(&reader.kind),
                    name: reader.name,
                    password_hash: reader.password_hash,
                })
                .collect())
        })
        .await
    }
}

fn kind_of(word: &str) -> DeviceKind {
    match word {
        "v2" => DeviceKind::Reader,
        "legacy" => DeviceKind::LegacyShared,
        _ => DeviceKind::Screen,
    }
}
