//! The outbox worker: publishes results in the order they were committed, at least once, many in flight. What was
//! published but not yet marked when the process dies goes out again; ids let readers drop repeats. The mark rides on
//! later transactions, so that it costs no sync of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gerai_core::crash;
use gerai_core::port::{BoxFuture, PublishError, Publisher};
use gerai_core::tap::wire::{RESULT_LATE_MS, Topics, V2Result};
use gerai_core::tap::{Outcome, mac::ReaderKey};
use gerai_store::lateness;
use gerai_store::outbox::{self, Cause, Channel, OutboxRow};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::App;

/// Rows read at a time.
const PAGE: i64 = 256;
/// Results published and not yet acknowledged.
const IN_FLIGHT_MAX: usize = 512;
/// How long to wait after the link went down before trying again.
const RETRY: Duration = Duration::from_millis(500);
/// Without a wake-up the outbox is looked at this often.
const IDLE: Duration = Duration::from_secs(60);
/// A publish that is not acknowledged for this long counts as lost with its link.
const ACK_WAIT: Duration = Duration::from_secs(20);

type Acked = BoxFuture<'static, Result<(), PublishError>>;

/// A result that was handed to the publisher.
struct Handed {
    outbox_id: i64,
    /// The payment whose result it is and by how many milliseconds it is late, when it is.
    late: Option<(i64, i64)>,
    acked: Acked,
}

/// The worker.
pub struct Outbox {
    app: Arc<App>,
    publisher: Arc<dyn Publisher>,
    /// Every row up to it is published and acknowledged.
    done: i64,
    /// Every row up to it is handed to the publisher.
    handed: i64,
    in_flight: VecDeque<Handed>,
    /// Late ones that have left and are not noted yet: payments and milliseconds. They go with the mark; what is lost
    /// with a crash before it goes out, and is noted, again.
    late: Vec<(i64, i64)>,
    /// The table is to be read.
    look: bool,
    /// The last look stopped for want of room.
    more: bool,
}

impl Outbox {
    /// Runs until cancelled.
    pub async fn run(app: Arc<App>, publisher: Arc<dyn Publisher>, cancel: CancellationToken) {
        let done = app.store.read(outbox::mark).unwrap_or(0);
        let worker = Self {
            app,
            publisher,
            done,
            handed: done,
            in_flight: VecDeque::new(),
            late: Vec::new(),
            look: true,
            more: false,
        };
        worker.work(cancel).await;
    }

    async fn work(mut self, cancel: CancellationToken) {
        let app = Arc::clone(&self.app);
        loop {
            if self.look {
                self.hand_out();
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                // The wake-up is kept when nobody waits for it: a row that is committed meanwhile is not missed.
                () = app.outbox_ready.notified(), if self.in_flight.len() < IN_FLIGHT_MAX => self.look = true,
                () = tokio::time::sleep(IDLE), if self.in_flight.is_empty() => self.look = true,
                acked = oldest(&mut self.in_flight), if !self.in_flight.is_empty() => {
                    if !self.acknowledged(acked) {
                        tokio::select! {
                            () = cancel.cancelled() => return,
                            () = tokio::time::sleep(RETRY) => {}
                        }
                    }
                }
            }
        }
    }

    /// Hands the next rows to the publisher, as many as may be in flight.
    fn hand_out(&mut self) {
        self.look = false;
        let (now, topics) = (self.app.clock.now(), self.app.topics());
        while self.in_flight.len() < IN_FLIGHT_MAX {
            let after = self.handed;
            // A short read of local rows: not worth a thread change.
            let rows = match self.app.store.read(|db| outbox::after(db, after, PAGE)) {
                Ok(rows) => rows,
                Err(error) => return tracing::error!(%error, "The outbox cannot be read"),
            };
            if rows.is_empty() {
                return;
            }
            for row in rows {
                let age_ms = now.since(row.at);
                let late = age_ms > RESULT_LATE_MS;
                self.handed = row.outbox_id;
                let acked: Acked = match self.message(&topics, &row, late) {
                    Some((topic, body)) => self.publisher.publish(&topic, body.into_bytes()),
                    // A late legacy result would light every reader's lamp for a tap long past: it is only marked.
                    None => Box::pin(async { Ok(()) }),
                };
                let late = match row.cause {
                    Cause::Payment(payment_id) => late.then_some((payment_id, age_ms)),
                    Cause::Rejected(_) => None,
                };
                self.in_flight.push_back(Handed { outbox_id: row.outbox_id, late, acked });
            }
            crash::point("after-publish");
        }
        // Stopped by the limit, not by the end of the table: look again when there is room.
        self.more = true;
    }

    /// Topic and body of a row; `None` when it is not to be published any more.
    fn message(&self, topics: &Topics, row: &OutboxRow, late: bool) -> Option<(String, String)> {
        match &row.channel {
            Channel::Success => (!late).then(|| (topics.legacy_answer(true), row.body.clone())),
            Channel::Failed => (!late).then(|| (topics.legacy_answer(false), row.body.clone())),
            Channel::V2(reader) => {
                let key = self.app.reader_key(reader);
                Some((topics.result(reader), sealed(&row.body, reader, key.as_ref(), late)))
            }
        }
    }

    /// Takes note of the oldest result's acknowledgement. `false`: the link is down, everything in flight goes again.
    fn acknowledged(&mut self, acked: Result<i64, PublishError>) -> bool {
        match acked {
            Ok(id) => self.done = id,
            Err(PublishError::Refused(why)) => {
                let id = self.in_flight.front().map_or(self.done, |handed| handed.outbox_id);
                tracing::error!(outbox.id = id, "The broker refused result {id}: {why}");
                self.done = id;
            }
            Err(PublishError::LinkDown) => {
                self.in_flight.clear();
                self.handed = self.done;
                self.look = true;
                return false;
            }
        }
        self.late.extend(self.in_flight.pop_front().and_then(|handed| handed.late));
        self.app.outbox_done.store(self.done, Ordering::Release);
        if self.more && self.in_flight.len() < IN_FLIGHT_MAX / 2 {
            self.more = false;
            self.look = true;
        }
        if self.in_flight.is_empty() || self.done % PAGE == 0 {
            self.mark();
        }
        true
    }

    fn mark(&mut self) {
        let (done, late) = (self.done, std::mem::take(&mut self.late));
        if let Ok(writer) = self.app.store.writer() {
            writer.ride(move |db| {
                for (payment_id, late_ms) in &late {
                    lateness::result_left(db, *payment_id, *late_ms)?;
                }
                outbox::set_mark(db, done)
            });
        }
    }
}

/// Waits for the oldest result in flight.
async fn oldest(in_flight: &mut VecDeque<Handed>) -> Result<i64, PublishError> {
    match in_flight.front_mut() {
        None => std::future::pending().await,
        Some(handed) => {
            let waited = tokio::time::timeout(ACK_WAIT, &mut handed.acked).await;
            waited.unwrap_or(Err(PublishError::LinkDown)).map(|()| handed.outbox_id)
        }
    }
}

/// Signs a stored v2 result, and flags it when it is late.
fn sealed(body: &str, reader: &str, key: Option<&ReaderKey>, late: bool) -> String {
    #[derive(Deserialize)]
    struct Stored {
        id: String,
        st: Outcome,
        bal: i64,
        tx: Option<i64>,
    }
    match serde_json::from_str::<Stored>(body) {
        Ok(Stored { id, st, bal, tx }) => V2Result { id, st, bal, tx }.to_json(reader, key, late),
        Err(_) => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gerai_core::secret::Secret;

    #[test]
    fn results_are_signed_when_they_leave() {
        let body =
            V2Result { id: "b-1".into(), st: Outcome::Ok, bal: 5, tx: Some(9) }.to_json("", None, false);
        assert_eq!(sealed(&body, "kantin-01", None, false), body);
        let key = Secret::new(vec![7; 32]);
        let mac = gerai_core::tap::mac::sign_result(&key, "kantin-01", "b-1", "ok", 5, Some(9));
        assert!(sealed(&body, "kantin-01", Some(&key), false).contains(&mac));
        assert!(sealed(&body, "kantin-01", Some(&key), true).contains(r#""st":"late""#));
    }
}
