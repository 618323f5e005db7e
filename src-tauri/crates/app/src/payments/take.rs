//! The door: an MQTT message comes in, is judged inside one transaction of the ledger, and may be acknowledged once
//! that has committed. Whatever the bytes are, the answer is a stored row: a payment, a replay, or a rejected message.

use std::sync::Arc;
use std::time::Instant;

use gerai_core::crash;
use gerai_core::ledger::chain::{Canonical, GENESIS, Hash};
use gerai_core::port::{BoxFuture, Inbound, NotDurable, TapDoor};
use gerai_core::tap::Outcome;
use gerai_core::tap::mac::request_is_signed;
use gerai_core::tap::payload::{self, TapRequest};
use gerai_core::tap::sequence::{self, Place};
use gerai_core::tap::wire::{TAP_LATE_MS, Topic, Topics, V2Result, is_reader_name};
use gerai_store::payments::Source;
use gerai_store::readers::Reader;
use gerai_store::{Db, StoreError, StoreResult, payments, readers, tills};

use super::charge::{self, Tap};
use super::reject::{Answer, RejectLimiter, reject};
use super::{Context, Taken};
use crate::App;
use crate::contract::{Event, RejectedReason};

/// The station's MQTT door.
pub struct Door {
    app: Arc<App>,
    limiter: Arc<RejectLimiter>,
}

impl Door {
    /// A door into this station.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app, limiter: Arc::default() }
    }

    /// Tells the counter that a card is being read. Only a hint: it is looked up outside the transaction, and only
    /// when a screen listens.
    fn announce(&self, message: &Inbound, topics: &Topics) {
        if message.retained || !self.app.anybody_listens() {
            return;
        }
        let reader = match topics.recognise(&message.topic) {
            Topic::V2Deduct(reader) => Some(reader),
            Topic::LegacyDeduct => message.sender.as_deref(),
            Topic::LegacyTopup | Topic::Other => return,
        };
        let till = self.app.store.read(|db| {
            let reader = reader.map(|name| readers::get(db, name)).transpose()?.flatten();
            till_of(db, reader.as_ref())
        });
        if let Ok(Some(till)) = till {
            self.app.emit(Event::Reading { till_id: till.till_id });
        }
    }
}

impl TapDoor for Door {
    fn take(&self, message: Inbound) -> BoxFuture<'static, Result<(), NotDurable>> {
        let started = Instant::now();
        let message = Arc::new(message);
        let context = context(&self.app, &self.limiter, &message.topic);
        self.announce(&message, &context.topics);
        let app = Arc::clone(&self.app);
        let (again, limiter) = (Arc::clone(&message), Arc::clone(&self.limiter));
        // Queued here, in call order, so that taps are decided in the order they arrived.
        let judged = app
            .store
            .writer()
            .map(|writer| writer.submit_repeatable(move |db| judge(db, &context, &message)));
        Box::pin(async move {
            let judged = judged.map_err(not_durable)?;
            let taken = match judged.await {
                Err(StoreError::Refused(cause)) => {
                    // A fault of ours must not come back for ever: the message is listed and done with.
                    tracing::error!(%cause, "A tap could not be carried out");
                    give_up(&app, again, &limiter).await.map_err(not_durable)?
                }
                other => other.map_err(not_durable)?,
            };
            app.after_commit(&taken, started);
            crash::point("before-ack");
            Ok(())
        })
    }

    fn link_changed(&self, up: bool, detail: &str) {
        self.app.link_changed(up, detail);
    }
}

fn not_durable(error: StoreError) -> NotDurable {
    NotDurable(error.to_string())
}

/// What is read before the transaction of a message on this topic.
fn context(app: &App, limiter: &Arc<RejectLimiter>, topic: &str) -> Context {
    let (now, day) = app.today();
    let topics = app.topics();
    let key = match topics.recognise(topic) {
        Topic::V2Deduct(reader) => {
            let key = app.reader_key(reader);
            if key.is_none() {
                app.look_for_key();
            }
            key
        }
        Topic::LegacyDeduct | Topic::LegacyTopup | Topic::Other => None,
    };
    Context {
        now,
        day,
        limits: app.limits(),
        mirror_legacy: app.settings().1.payments.mirror_legacy,
        topics,
        limiter: Arc::clone(limiter),
        key,
    }
}

async fn give_up(
    app: &App,
    message: Arc<Inbound>,
    limiter: &Arc<RejectLimiter>,
) -> Result<Taken, StoreError> {
    let context = context(app, limiter, &message.topic);
    app.store
        .writer()?
        .submit(move |db| reject(db, &context, &message, RejectedReason::Failed, Answer::None))
        .await
}

impl App {
    fn after_commit(&self, taken: &Taken, started: Instant) {
        if taken.answered {
            self.outbox_ready.notify_one();
        }
        if taken.rejected {
            self.emit(Event::Rejected);
        }
        let Some(payment) = &taken.payment else { return };
        if let Some(reader) = &payment.reader {
            let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            let now = self.clock.now();
            self.presence.tapped(reader, payment.outcome, took, now);
            if let Some(ts) = payment.reader_clock {
                self.clock_watch.reader(reader, ts, now.0);
            }
        }
        self.emit(Event::Payment { payment_id: payment.payment_id, till_id: payment.till_id });
        if let Some(account_id) = payment.account_id.filter(|_| payment.outcome == Outcome::Ok) {
            self.emit(Event::Account { account_id });
        }
    }

    fn link_changed(&self, up: bool, detail: &str) {
        {
            let mut link = self.link.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            link.up = up;
            link.detail = detail.to_owned();
            link.since = Some(self.clock.now());
        }
        tracing::info!(up, "The link to the broker is {}: {detail}", if up { "up" } else { "down" });
        if up {
            self.outbox_ready.notify_one();
        }
        self.emit(Event::Health);
    }
}

/// Judges one message inside the writer's transaction.
fn judge(db: &Db, cx: &Context, message: &Inbound) -> StoreResult<Taken> {
    match cx.topics.recognise(&message.topic) {
        Topic::LegacyTopup => reject(db, cx, message, RejectedReason::TopupFromAir, Answer::None),
        Topic::Other => reject(db, cx, message, RejectedReason::NotUnderstood, Answer::None),
        Topic::LegacyDeduct | Topic::V2Deduct(_) if message.retained => {
            reject(db, cx, message, RejectedReason::Retained, Answer::None)
        }
        Topic::LegacyDeduct => judge_legacy(db, cx, message),
        Topic::V2Deduct(reader) => judge_v2(db, cx, message, reader),
    }
}

fn judge_legacy(db: &Db, cx: &Context, message: &Inbound) -> StoreResult<Taken> {
    if message.waited_ms.is_some() {
        // Nobody stands at the counter any more: it is listed, not charged and not answered.
        return reject(db, cx, message, RejectedReason::QueuedWhileAway, Answer::None);
    }
    let request = match payload::parse_legacy(&message.payload) {
        Ok(request) => request,
        Err(why) => return reject(db, cx, message, why.into(), Answer::Legacy(Outcome::Err)),
    };
    let reader = match message.sender.as_deref() {
        Some(sender) => readers::get(db, sender)?,
        None => None,
    };
    if reader.as_ref().is_some_and(|reader| reader.signed) {
        // A reader with a key signs, always: its broker password alone must not be worth money on the shared topic.
        return reject(db, cx, message, RejectedReason::WrongMac, Answer::Legacy(Outcome::Auth));
    }
    let name = reader.as_ref().map(|reader| reader.name.as_str());
    let Some(till) = till_of(db, reader.as_ref())? else {
        return reject(db, cx, message, RejectedReason::NoTill, Answer::Legacy(Outcome::Err));
    };
    let fingerprint = fingerprint(&request);
    if let (Some(name), Some(id)) = (name, request.id.as_deref())
        && let Some(before) = payments::by_request(db, name, id)?
    {
        if before.draft.fingerprint != fingerprint {
            return reject(db, cx, message, RejectedReason::IdReused, Answer::Legacy(Outcome::Err));
        }
        return charge::replay(db, cx, &before);
    }
    let tap = Tap {
        source: Source::Legacy,
        // Without a reader that somebody vouches for, an id means nothing: anybody could have sent it.
        request_id: request.id.clone().filter(|_| name.is_some()),
        may_name_amount: reader.as_ref().is_some_and(|reader| reader.may_set_amount),
        reader: name.map(str::to_owned),
        fingerprint,
        request,
        late: false,
        till,
    };
    charge::charge(db, cx, message, tap)
}

fn judge_v2(db: &Db, cx: &Context, message: &Inbound, name: &str) -> StoreResult<Taken> {
    let known = if is_reader_name(name) { readers::get(db, name)? } else { None };
    let Some(reader) = known.filter(|reader| !reader.revoked && reader.kind == "v2") else {
        return reject(db, cx, message, RejectedReason::UnknownReader, Answer::None);
    };
    if message.sender.as_deref().is_some_and(|sender| sender != name) {
        return reject(db, cx, message, RejectedReason::WrongSender, Answer::None);
    }
    let answer = |st: Outcome| {
        let id = payload::id_of(&message.payload).unwrap_or_default();
        Answer::V2(name.to_owned(), V2Result { id, st, bal: 0, tx: None })
    };
    let request = match payload::parse_v2(&message.payload) {
        Ok(request) => request,
        Err(why) => return reject(db, cx, message, why.into(), answer(Outcome::Err)),
    };
    if reader.signed && !cx.key.as_ref().is_some_and(|key| request_is_signed(key, name, &request)) {
        return reject(db, cx, message, RejectedReason::WrongMac, answer(Outcome::Auth));
    }
    let id = request.id.clone().unwrap_or_default();
    let fingerprint = fingerprint(&request);
    if let Some(before) = payments::by_request(db, name, &id)? {
        if before.draft.fingerprint != fingerprint {
            return reject(db, cx, message, RejectedReason::IdReused, answer(Outcome::Err));
        }
        return charge::replay(db, cx, &before);
    }
    if reader.signed {
        let last = reader.sequence.as_ref().map(|(boot, sequence)| (boot.as_str(), *sequence));
        match sequence::place(last, &id) {
            Place::Fresh { boot, sequence } => readers::set_sequence(db, name, &boot, sequence)?,
            Place::Replayed => {
                return reject(db, cx, message, RejectedReason::Replayed, answer(Outcome::Auth));
            }
            Place::Malformed => {
                return reject(db, cx, message, RejectedReason::NotUnderstood, answer(Outcome::Err));
            }
        }
    }
    let Some(till) = till_of(db, Some(&reader))? else {
        return reject(db, cx, message, RejectedReason::NoTill, answer(Outcome::Err));
    };
    let tap = Tap {
        source: Source::V2,
        reader: Some(name.to_owned()),
        request_id: Some(id),
        may_name_amount: reader.may_set_amount,
        late: message.waited_ms.is_some_and(|waited| waited > TAP_LATE_MS),
        fingerprint,
        request,
        till,
    };
    charge::charge(db, cx, message, tap)
}

/// The till of a reader; the default till for readers without one and for senders nobody vouches for.
fn till_of(db: &Db, reader: Option<&Reader>) -> StoreResult<Option<tills::Till>> {
    match reader.and_then(|reader| reader.till_id) {
        Some(till_id) => tills::get(db, till_id),
        None => tills::default(db),
    }
}

/// What a request asks for: the same id with another fingerprint is another request.
fn fingerprint(request: &TapRequest) -> Hash {
    let mut bytes = Canonical::new("gerai tap request 1", &GENESIS);
    bytes.text(request.card.digits()).maybe_int(request.amount.map(|amount| amount.0));
    bytes.finish()
}
