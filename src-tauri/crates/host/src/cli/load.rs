//! One made-up reader with many taps under way, each repeated every second until its result comes, like real firmware.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::secret::Secret;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Packet, QoS, SubscribeReasonCode};
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::failure::Failure;
use crate::random;

/// As long as real firmware waits for a result.
const RESULT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often real firmware repeats a tap without a result.
const REPEAT_EVERY: Duration = Duration::from_secs(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the taps came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// Taps begun.
    pub sent: u64,
    /// Messages sent again because no result had come for a second.
    pub repeats: u64,
    /// Taps that were charged.
    pub ok: u64,
    /// Answered taps by outcome.
    pub outcomes: BTreeMap<String, u64>,
    times: Vec<Duration>,
}

impl Tally {
    /// Taps with a result.
    pub fn answered(&self) -> u64 {
        self.times.len() as u64
    }

    /// Takes another tally in.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.repeats += other.repeats;
        self.ok += other.ok;
        self.times.extend(other.times);
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
    }

    /// The answer time that this share of the taps stayed within, in milliseconds; 0 without any.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let rank = (share * times.len() as f64).ceil() as usize;
        times.get(rank.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }

    fn count(&mut self, outcome: &str, took: Duration) {
        self.ok += u64::from(outcome == "ok");
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
        self.times.push(took);
    }
}

type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<(String, Instant)>>>>;

/// What the polling task tells.
#[derive(Default)]
struct State {
    subscribed: AtomicBool,
    changed: Notify,
    broken: OnceLock<String>,
}

/// The made-up reader.
pub struct Load {
    client: AsyncClient,
    topic: String,
    boot: String,
    sequence: AtomicU64,
    waiting: Waiting,
    state: Arc<State>,
    polling: JoinHandle<()>,
}

impl Load {
    /// Connects and subscribes to its results.
    pub async fn connect(
        host: &str,
        port: u16,
        name: &str,
        password: &Secret<String>,
        prefix: &str,
        in_flight: usize,
    ) -> Result<Self, Failure> {
        let mut options = MqttOptions::new(format!("{name}-{}", random::hex(4)?), host, port);
        options
            .set_credentials(name, password.expose().as_str())
            .set_keep_alive(Duration::from_secs(15))
            .set_clean_session(true)
            .set_inflight(u16::try_from(in_flight.saturating_mul(2)).unwrap_or(u16::MAX));
        let (client, mut poller) = AsyncClient::new(options, in_flight.saturating_mul(4).max(64));
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        poller.set_network_options(network);
        let (waiting, state) = (Waiting::default(), Arc::new(State::default()));
        let results = format!("{prefix}/v2/{name}/result");
        let polling = tokio::spawn(poll(poller, client.clone(), results, waiting.clone(), state.clone()));
        let topic = format!("{prefix}/v2/{name}/deduct");
        let boot = format!("1.{}", random::hex(3)?);
        let load = Self { client, topic, boot, sequence: AtomicU64::new(0), waiting, state, polling };
        let ready = async {
            while !load.state.subscribed.load(Ordering::Acquire) && load.broken().is_none() {
                let _ = timeout(Duration::from_millis(200), load.state.changed.notified()).await;
            }
        };
        let connected = timeout(CONNECT_TIMEOUT, ready).await;
        match (connected, load.broken()) {
            (Ok(()), None) => Ok(load),
            (_, why) => {
                let why = why.unwrap_or_else(|| "the broker does not answer".to_owned());
                Err(Failure::invalid(why, "Look at the broker's row of `gerai doctor`."))
            }
        }
    }

    /// Why the connection broke, if it did.
    pub fn broken(&self) -> Option<String> {
        self.state.broken.get().cloned()
    }

    /// Taps with these cards in turn, one after the other, until the time is up.
    pub async fn slot(&self, cards: &[String], until: Instant) -> Tally {
        let mut tally = Tally::default();
        for card in cards.iter().cycle() {
            if Instant::now() >= until || self.broken().is_some() {
                break;
            }
            self.tap(card, &mut tally).await;
        }
        tally
    }

    async fn tap(&self, uid: &str, tally: &mut Tally) {
        let id = format!("{}-{}", self.boot, self.sequence.fetch_add(1, Ordering::Relaxed));
        let payload = json!({ "id": id, "uid": uid, "amt": 1 }).to_string();
        let (tell, mut told) = oneshot::channel();
        lock(&self.waiting).insert(id.clone(), tell);
        let began = Instant::now();
        tally.sent += 1;
        while began.elapsed() < RESULT_TIMEOUT && self.broken().is_none() {
            let publish = self.client.publish(&self.topic, QoS::AtLeastOnce, false, payload.clone());
            if !matches!(timeout(REPEAT_EVERY, publish).await, Ok(Ok(()))) {
                continue;
            }
            if let Ok(answer) = timeout(REPEAT_EVERY, &mut told).await {
                if let Ok((outcome, at)) = answer {
                    tally.count(&outcome, at.duration_since(began));
                }
                return;
            }
            tally.repeats += 1;
        }
        lock(&self.waiting).remove(&id);
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

async fn poll(
    mut poller: EventLoop,
    client: AsyncClient,
    results: String,
    waiting: Waiting,
    state: Arc<State>,
) {
    loop {
        match poller.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => drop(client.try_subscribe(&results, QoS::AtLeastOnce)),
            Ok(Event::Incoming(Packet::SubAck(answer))) => {
                if answer.return_codes.contains(&SubscribeReasonCode::Failure) {
                    let _ =
                        state.broken.set("the broker does not let the reader read its results".to_owned());
                }
                state.subscribed.store(true, Ordering::Release);
                state.changed.notify_waiters();
            }
            Ok(Event::Incoming(Packet::Publish(publish))) if publish.topic == results => {
                let at = Instant::now();
                let Ok(result) = serde_json::from_slice::<Value>(&publish.payload) else { continue };
                let (Some(id), Some(outcome)) = (result["id"].as_str(), result["st"].as_str()) else {
                    continue;
                };
                if let Some(tell) = lock(&waiting).remove(id) {
                    // A slot that gave up needs no answer.
                    let _ = tell.send((outcome.to_owned(), at));
                }
            }
            Ok(_) => {}
            Err(error) => {
                let _ = state.broken.set(format!("the connection to the broker failed: {error}"));
                state.changed.notify_waiters();
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_answered_taps() {
        let mut tally = Tally::default();
        assert_eq!(tally.percentile_ms(0.5), 0.0);
        for ms in 1..=100 {
            tally.count(if ms == 1 { "dup" } else { "ok" }, Duration::from_millis(ms));
        }
        assert_eq!((tally.answered(), tally.ok, tally.outcomes["dup"]), (100, 99, 1));
        assert_eq!(
            (tally.percentile_ms(0.5), tally.percentile_ms(0.99), tally.percentile_ms(1.0)),
            (50.0, 99.0, 100.0)
        );
    }
}
