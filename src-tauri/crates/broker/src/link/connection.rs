//! One connection of the link, from opening to loss. A task of its own only polls rumqttc; this supervisor subscribes,
//! sends the marker, watches that the broker still answers, and says why the connection ended.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::inbound::{Stream, TAKES_MAX};
use super::outgoing::PUBLISHES_MAX;
use super::wire::{self, Event, Message, Poller, RECEIVE_MAX};
use crate::embedded::random_hex;

/// Everything that can be queued towards rumqttc at once, so that queueing never has to wait: publishes,
/// acknowledgements, and some of our own.
const REQUESTS_MAX: usize = PUBLISHES_MAX + TAKES_MAX + RECEIVE_MAX as usize + 64;
/// Messages between the poller and the door. QoS 1 stays below the receive maximum; QoS 0 beyond it is dropped.
const MESSAGES_MAX: usize = 4_096;
/// Looks come at least this often while the link is on its way up, catches up or could not store something.
const UNSETTLED_BEAT: Duration = Duration::from_secs(5);
/// From opening the socket until the subscriptions stand.
const UP_TIMEOUT: Duration = Duration::from_secs(10);
/// After a message could not be stored the connection is renewed, so that the broker sends it again.
const RETRY_UNSTORED_AFTER: Duration = Duration::from_secs(10);
const GOODBYE_TIMEOUT: Duration = Duration::from_millis(500);
const CONTROL_EVENTS_MAX: usize = 16;

/// How a connection ended.
pub(super) enum Ended {
    Stopped,
    /// It had come up, or had not, and this is why it is over.
    Lost {
        was_up: bool,
        why: String,
    },
}

/// Steps of the handshake, from the poller to the supervisor.
enum Step {
    Connected { session_present: bool, packet_max: Option<u32> },
    Subscribed { refused: usize },
}

/// Shared by the poller and the supervisor: when the broker was last heard.
struct Ear {
    opened: Instant,
    heard_ms: AtomicU64,
    /// How many packets came. Liveness is judged by this: two moments in one millisecond look the same.
    packets: AtomicU64,
    /// The poller's last words.
    why: Mutex<String>,
    dropped: AtomicU64,
}

impl Ear {
    fn hear(&self) {
        let ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard_ms.store(ms, Ordering::Relaxed);
        self.packets.fetch_add(1, Ordering::Relaxed);
    }

    fn heard(&self) -> Instant {
        self.opened + Duration::from_millis(self.heard_ms.load(Ordering::Relaxed))
    }
}

/// Aborts the poller when the supervisor is dropped.
struct Aborting(JoinHandle<()>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs one connection until it is lost or the link stops.
pub(super) async fn run(
    shared: &Arc<Shared>,
    tls: Option<&Arc<ClientConfig>>,
    stop: &CancellationToken,
) -> Ended {
    let lost = |why: &str| Ended::Lost { was_up: false, why: why.to_owned() };
    let Ok(nonce) = random_hex(16) else { return lost("the operating system gives no random numbers") };
    let (client, poller) = wire::open(&shared.config, tls, REQUESTS_MAX);
    let (messages, arriving) = mpsc::channel(MESSAGES_MAX);
    let (steps_out, steps) = mpsc::channel(CONTROL_EVENTS_MAX);
    let ear = Arc::new(Ear {
        opened: Instant::now(),
        heard_ms: AtomicU64::new(0),
        packets: AtomicU64::new(0),
        why: Mutex::default(),
        dropped: AtomicU64::new(0),
    });
    let stream = Arc::new(Stream {
        client,
        marker_topic: shared.config.marker_topic(),
        nonce,
        caught_up: false.into(),
        failed: 0.into(),
        unsettled: Notify::new(),
        closed: false.into(),
    });
    // It ends by itself when the poller has dropped its end of the channel.
    tokio::spawn(Arc::clone(&shared.inbox).serve(Arc::clone(&stream), arriving));
    let polling = poll(poller, Arc::clone(shared), Arc::clone(&ear), messages, steps_out);
    let mut polling = Aborting(tokio::spawn(polling));
    let ended = supervise(shared, &stream, &ear, &mut polling, steps, stop).await;
    drop(polling);
    let was_up = shared.outgoing.down();
    shared.inbox.connection_lost(&stream, ear.heard());
    match ended {
        None => Ended::Stopped,
        Some(why) => Ended::Lost { was_up, why },
    }
}

/// Only polls: queues what comes, never waits for anything that needs polling.
async fn poll(
    mut poller: Poller,
    shared: Arc<Shared>,
    ear: Arc<Ear>,
    messages: mpsc::Sender<Message>,
    steps: mpsc::Sender<Step>,
) {
    loop {
        let event = match poller.poll().await {
            Ok(event) => event,
            Err(why) => {
                *ear.why.lock().unwrap_or_else(PoisonError::into_inner) = why;
                return;
            }
        };
        let step = match event {
            Event::Quiet => continue,
            Event::Sent(packet) => {
                shared.outgoing.sent(packet);
                continue;
            }
            Event::Acked(packet, ack) => {
                ear.hear();
                shared.outgoing.acked(packet, ack);
                continue;
            }
            Event::Message(message) => {
                ear.hear();
                if message.packet.is_some() {
                    if messages.send(message).await.is_err() {
                        return;
                    }
                } else if messages.try_send(message).is_err() {
                    ear.dropped.fetch_add(1, Ordering::Relaxed);
                }
                continue;
            }
            Event::Heard => {
                ear.hear();
                continue;
            }
            Event::Connected { session_present, packet_max } => {
                Step::Connected { session_present, packet_max }
            }
            Event::Subscribed { refused } => Step::Subscribed { refused },
        };
        ear.hear();
        if steps.send(step).await.is_err() {
            return;
        }
    }
}

/// Brings the connection up and watches it. `None`: told to stop; otherwise why it is over.
async fn supervise(
    shared: &Arc<Shared>,
    stream: &Arc<Stream>,
    ear: &Arc<Ear>,
    polling: &mut Aborting,
    mut steps: mpsc::Receiver<Step>,
    stop: &CancellationToken,
) -> Option<String> {
    let beat = shared.config.heartbeat;
    let mut tick = interval(beat.min(UNSETTLED_BEAT));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch { beat_at: None, packets: 0 };
    let mut packet_max = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                stream.client.try_disconnect();
                let _ = timeout(GOODBYE_TIMEOUT, &mut polling.0).await;
                return None;
            }
            _ = &mut polling.0 => {
                let why = ear.why.lock().unwrap_or_else(PoisonError::into_inner);
                return Some(if why.is_empty() { "the connection ended".into() } else { why.clone() });
            }
            Some(step) = steps.recv() => match step {
                Step::Connected { session_present, packet_max: max } => {
                    packet_max = max;
                    if !session_present {
                        shared.inbox.forget_packets();
                    }
                    // Also when the broker kept the session: its subscriptions may be of an older setting.
                    stream.client.try_subscribe(shared.config.filters());
                    shared.outgoing.publish_own(&stream.client, &stream.marker_topic, stream.nonce.clone().into());
                }
                Step::Subscribed { refused: 0 } => {
                    shared.outgoing.up(stream.client.clone(), packet_max);
                    shared.came_up();
                }
                Step::Subscribed { refused } => {
                    return Some(format!("the broker refused {refused} subscriptions: give the station's login the rights of the exported sample"));
                }
            },
            _ = tick.tick() => {
                if let Some(why) = watch.look(shared, stream, ear) {
                    return Some(why);
                }
                if shared.outgoing.is_up() && stream.is_settled() {
                    tick.reset_after(beat);
                }
            }
            () = stream.unsettled.notified() => tick.reset(),
        }
    }
}

/// What the supervisor sees at each heartbeat.
struct Watch {
    beat_at: Option<Instant>,
    packets: u64,
}

impl Watch {
    /// Looks whether the broker lives and the marker is on its way; answers why to give up.
    fn look(&mut self, shared: &Shared, stream: &Stream, ear: &Ear) -> Option<String> {
        let packets = ear.packets.load(Ordering::Relaxed);
        let dropped = ear.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::warn!(
                dropped,
                "Dropped {dropped} QoS 0 messages: more came than the station could take"
            );
        }
        if !shared.outgoing.is_up() {
            let late = ear.opened.elapsed() > UP_TIMEOUT;
            return late.then(|| format!("no answer within {} s", UP_TIMEOUT.as_secs()));
        }
        if stream.failed.load(Ordering::Relaxed) > 0 && ear.opened.elapsed() > RETRY_UNSTORED_AFTER {
            return Some(
                "some messages could not be stored: connecting anew so that the broker repeats them".into(),
            );
        }
        if packets != self.packets {
            self.beat_at = None;
        } else if let Some(beat_at) = self.beat_at {
            return Some(format!("the broker has not answered for {} ms", beat_at.elapsed().as_millis()));
        } else {
            // Nobody subscribes to this topic; the broker's acknowledgement is the sign of life.
            let topic = format!("{}/beat", stream.marker_topic);
            shared.outgoing.publish_own(&stream.client, &topic, Vec::new());
            self.beat_at = Some(Instant::now());
        }
        if !stream.caught_up.load(Ordering::Relaxed) {
            // A full queue in the broker may have dropped the marker.
            shared.outgoing.publish_own(&stream.client, &stream.marker_topic, stream.nonce.clone().into());
        }
        self.packets = packets;
        None
    }
}
