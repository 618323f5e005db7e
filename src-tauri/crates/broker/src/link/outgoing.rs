//! Publishes on their way: queued in call order, numbered when rumqttc sends them, resolved when the broker
//! acknowledges that very packet. When the connection goes, all of them resolve as `LinkDown` at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use gerai_core::port::PublishError;
use tokio::sync::oneshot;

use super::wire::{Ack, Client};

/// Publishes without an acknowledgement at a time; beyond it callers are told to come again.
pub(super) const PUBLISHES_MAX: usize = 4_096;
/// Room for the packet's header, ids and empty property list.
const HEADER_BYTES: usize = 16;

type Waiter = oneshot::Sender<Result<(), PublishError>>;

#[derive(Default)]
struct State {
    /// The client of the connection that is up.
    client: Option<Client>,
    packet_max: Option<u32>,
    /// In the order in which rumqttc will number them. `None`: the link's own markers.
    queued: VecDeque<Option<Waiter>>,
    sent: HashMap<u16, Option<Waiter>>,
}

/// The publishes of one link.
#[derive(Default)]
pub(super) struct Outgoing {
    state: Mutex<State>,
}

impl Outgoing {
    /// Queues a publish of the station; the receiver resolves with the broker's word.
    pub(super) fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
    ) -> Result<oneshot::Receiver<Result<(), PublishError>>, PublishError> {
        let mut state = self.lock();
        if topic.is_empty() || topic.len() > usize::from(u16::MAX) || topic.contains(['+', '#', '\0']) {
            return Err(PublishError::Refused(format!(
                "a topic of {} bytes that is not a topic name",
                topic.len()
            )));
        }
        let size = topic.len() + payload.len() + HEADER_BYTES;
        if let Some(max) = state.packet_max
            && size > usize::try_from(max).unwrap_or(usize::MAX)
        {
            return Err(PublishError::Refused(format!(
                "{size} bytes, and the broker takes {max}: send less"
            )));
        }
        if state.queued.len() + state.sent.len() >= PUBLISHES_MAX {
            return Err(PublishError::LinkDown);
        }
        // Queueing and remembering are one step under the lock: that keeps both in the same order.
        match &state.client {
            Some(client) if client.try_publish(topic, payload) => {}
            _ => return Err(PublishError::LinkDown),
        }
        let (waiter, answer) = oneshot::channel();
        state.queued.push_back(Some(waiter));
        Ok(answer)
    }

    /// Queues a message of the link to itself; nobody waits for it.
    pub(super) fn publish_own(&self, client: &Client, topic: &str, payload: Vec<u8>) {
        let mut state = self.lock();
        if client.try_publish(topic, payload) {
            state.queued.push_back(None);
        }
    }

    pub(super) fn up(&self, client: Client, packet_max: Option<u32>) {
        let mut state = self.lock();
        state.client = Some(client);
        state.packet_max = packet_max;
    }

    pub(super) fn is_up(&self) -> bool {
        self.lock().client.is_some()
    }

    /// The connection is gone: nobody is left waiting. Answers whether it had been up.
    pub(super) fn down(&self) -> bool {
        let mut state = self.lock();
        let queued = std::mem::take(&mut state.queued);
        let sent = std::mem::take(&mut state.sent);
        let was_up = state.client.take().is_some();
        drop(state);
        for waiter in queued.into_iter().chain(sent.into_values()).flatten() {
            let _ = waiter.send(Err(PublishError::LinkDown));
        }
        was_up
    }

    /// rumqttc sent the next publish in order under this packet id.
    pub(super) fn sent(&self, packet: u16) {
        let mut state = self.lock();
        if let Some(waiter) = state.queued.pop_front() {
            state.sent.insert(packet, waiter);
        }
    }

    pub(super) fn acked(&self, packet: u16, ack: Ack) {
        let waiter = self.lock().sent.remove(&packet).flatten();
        if let Some(waiter) = waiter {
            let _ = waiter.send(match ack {
                Ack::Taken => Ok(()),
                Ack::Busy => Err(PublishError::LinkDown),
                Ack::Refused(why) => Err(PublishError::Refused(why)),
            });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
