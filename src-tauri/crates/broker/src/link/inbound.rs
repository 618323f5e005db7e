//! Messages from the broker on their way to the station's door: handed over in arrival order, acknowledged each when
//! the door says that its effect is durable. Knows which messages had been waiting in the broker: all that come
//! before the link's own marker returns.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::{Inbound, NotDurable, TapDoor};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;

use super::wire::{Client, Message};

/// Messages at the station's door at a time.
pub(super) const TAKES_MAX: usize = 1_024;
/// A door that has not answered by then will not; the message stays unacknowledged and comes again.
const TAKE_TIMEOUT: Duration = Duration::from_secs(60);
/// An acknowledgement younger than this when the connection broke may not have reached the broker.
const ACK_IN_FLIGHT: Duration = Duration::from_secs(2);

/// What the link remembers of messages from one connection to the next.
pub(super) struct Inbox {
    door: Arc<dyn TapDoor>,
    trust_sender: bool,
    turns: Arc<Semaphore>,
    memory: Mutex<Memory>,
}

struct Memory {
    /// Since when messages may have been waiting in the broker, and how long before that.
    away_since: Instant,
    away_before_ms: u64,
    next_key: u64,
    /// The earliest moment at which each unacknowledged message can have been published.
    unsettled: BTreeMap<u64, Instant>,
    /// Messages of the current connection that are done, by packet id: their hash and when they were acknowledged.
    settled: HashMap<u16, (u64, Instant)>,
    /// Done messages whose acknowledgement may have been lost with the last connection.
    maybe_unheard: HashMap<u16, u64>,
}

/// One connection's view of the inbox.
pub(super) struct Stream {
    pub(super) client: Client,
    pub(super) marker_topic: String,
    pub(super) nonce: String,
    /// The marker is back: whatever comes now was published while the link was up.
    pub(super) caught_up: AtomicBool,
    /// Messages that the door could not make durable; they come again with the next connection.
    pub(super) failed: AtomicUsize,
    /// The first of them, for whoever rests until the next heartbeat.
    pub(super) unsettled: Notify,
    pub(super) closed: AtomicBool,
}

impl Inbox {
    pub(super) fn new(door: Arc<dyn TapDoor>, trust_sender: bool, away_before_ms: u64) -> Self {
        let memory = Memory {
            away_since: Instant::now(),
            away_before_ms,
            next_key: 0,
            unsettled: BTreeMap::new(),
            settled: HashMap::new(),
            maybe_unheard: HashMap::new(),
        };
        Self { door, trust_sender, turns: Arc::new(Semaphore::new(TAKES_MAX)), memory: Mutex::new(memory) }
    }

    /// The broker holds no session of ours: packet ids start anew.
    pub(super) fn forget_packets(&self) {
        self.lock().maybe_unheard.clear();
    }

    /// The connection is over; `heard` is when the broker last said something.
    pub(super) fn connection_lost(&self, stream: &Stream, heard: Instant) {
        stream.closed.store(true, Ordering::Relaxed);
        let mut memory = self.lock();
        let recent = |at: &Instant| at.elapsed() < ACK_IN_FLIGHT || *at > heard;
        let settled = std::mem::take(&mut memory.settled);
        memory.maybe_unheard = settled
            .into_iter()
            .filter(|(_, (_, at))| recent(at))
            .map(|(packet, (hash, _))| (packet, hash))
            .collect();
        // Before the marker's return the old answer still holds.
        if stream.caught_up.load(Ordering::Relaxed) {
            let oldest = memory.unsettled.values().min().copied();
            memory.away_since = oldest.map_or(heard, |oldest| oldest.min(heard));
            memory.away_before_ms = 0;
        }
        memory.unsettled.clear();
    }

    /// Hands one connection's messages to the door until the connection ends.
    pub(super) async fn serve(self: Arc<Self>, stream: Arc<Stream>, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.recv().await {
            if message.packet.is_some() && stream.closed.load(Ordering::Relaxed) {
                // The broker repeats it on the next connection.
                continue;
            }
            if message.topic == stream.marker_topic {
                if message.payload == stream.nonce.as_bytes() && !message.retained {
                    stream.caught_up.store(true, Ordering::Relaxed);
                }
                stream.ack(message.packet);
                continue;
            }
            if self.is_done(&message) {
                stream.ack(message.packet);
                continue;
            }
            let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return };
            let hash = hash_of(&message);
            let packet = message.packet;
            let (inbound, key) = self.arrived(&stream, message);
            let taken = self.door.take(inbound);
            let (inbox, stream) = (Arc::clone(&self), Arc::clone(&stream));
            tokio::spawn(async move {
                let outcome = timeout(TAKE_TIMEOUT, taken).await;
                inbox.taken(&stream, packet, key, hash, outcome.unwrap_or_else(|_| Err(no_answer())));
                drop(turn);
            });
        }
    }

    /// Was this very message taken over the last connection, and only its acknowledgement lost?
    fn is_done(&self, message: &Message) -> bool {
        let Some(packet) = message.packet else { return false };
        let done = self.lock().maybe_unheard.remove(&packet);
        message.dup && done == Some(hash_of(message))
    }

    fn arrived(&self, stream: &Stream, message: Message) -> (Inbound, u64) {
        let mut memory = self.lock();
        let waited = !stream.caught_up.load(Ordering::Relaxed);
        let waited_ms = waited.then(|| {
            let since = u64::try_from(memory.away_since.elapsed().as_millis()).unwrap_or(u64::MAX);
            memory.away_before_ms.saturating_add(since)
        });
        let key = memory.next_key;
        memory.next_key += 1;
        if message.packet.is_some() {
            let earliest = if waited { memory.away_since } else { Instant::now() };
            memory.unsettled.insert(key, earliest);
        }
        drop(memory);
        let inbound = Inbound {
            topic: message.topic,
            payload: message.payload.into(),
            retained: message.retained,
            sender: message.sender.filter(|_| self.trust_sender),
            waited_ms,
        };
        (inbound, key)
    }

    fn taken(
        &self,
        stream: &Stream,
        packet: Option<u16>,
        key: u64,
        hash: u64,
        outcome: Result<(), NotDurable>,
    ) {
        if let Err(NotDurable(why)) = outcome {
            tracing::error!(why, "A message could not be stored and stays in the broker: {why}");
            stream.failure();
            return;
        }
        let mut memory = self.lock();
        if stream.closed.load(Ordering::Relaxed) {
            return;
        }
        memory.unsettled.remove(&key);
        if let Some(packet) = packet {
            memory.settled.insert(packet, (hash, Instant::now()));
        }
        drop(memory);
        stream.ack(packet);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn ack(&self, packet: Option<u16>) {
        if let Some(packet) = packet
            && !self.client.try_ack(packet)
            && !self.closed.load(Ordering::Relaxed)
        {
            self.failure();
        }
    }

    fn failure(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.unsettled.notify_one();
    }

    /// Nothing waits for the next look at this connection.
    pub(super) fn is_settled(&self) -> bool {
        self.caught_up.load(Ordering::Relaxed) && self.failed.load(Ordering::Relaxed) == 0
    }
}

fn no_answer() -> NotDurable {
    NotDurable(format!("no answer from the station's door within {} s", TAKE_TIMEOUT.as_secs()))
}

fn hash_of(message: &Message) -> u64 {
    let mut hasher = DefaultHasher::new();
    message.topic.hash(&mut hasher);
    message.payload.hash(&mut hasher);
    hasher.finish()
}
