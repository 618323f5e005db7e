//! Readings go on to the server: one task, several stoves at once, of one stove one reading after the other. A row is marked
//! before it is sent and settled by what the server said; after a crash whatever was marked is sent again, and the server tells
//! repeats apart by the token. Nothing is given up while the server as a whole is in trouble.

mod answer;
mod live;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gerai_core::port::upstream::{Answer, Grant, Outgoing, SignInFault, Upstream};
use gerai_core::port::{BoxFuture, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::stove::forward::{self as rows, Answered, Head};
use gerai_store::stove::frames;
use tokio_util::sync::CancellationToken;

use self::answer::{Gate, Given, digest};
pub(crate) use self::live::Live;
use crate::App;
use crate::contract::{ApiError, Event, ForwardPhase, KeepFrames};

/// The user's password at the server.
pub(crate) const PASSWORD: &str = "stove-upstream-password";
/// A token that ends within this long is renewed first, milliseconds.
const RENEW_MS: i64 = 60_000;
/// How long a token is used when the server does not say, milliseconds: the device maker's own lives for three hours.
const LIFE_MS: i64 = 3 * 3_600_000;
/// Without anything due the task looks around this often: the clock may have been set.
const LOOK: Duration = Duration::from_secs(60);

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nothing to do until something is told.
    Idle,
    /// Something is due then.
    Until(UnixMs),
}

/// Where and as whom, as the settings say.
#[derive(Clone, PartialEq, Eq)]
struct Target {
    base: String,
    user: String,
}

/// A token, and until when it is used.
struct Pass {
    bearer: Secret<String>,
    until: UnixMs,
}

/// Sends readings on.
pub struct Forwarder {
    app: Arc<App>,
    upstream: Arc<dyn Upstream>,
    target: Option<Target>,
    pass: Option<Pass>,
    gate: Gate,
    flying: FuturesUnordered<BoxFuture<'static, (Head, Answer)>>,
    given: Vec<Given>,
}

impl Forwarder {
    /// A forwarder. What was being sent when the station ended waits again.
    ///
    /// # Errors
    /// The database does not write.
    pub async fn new(app: Arc<App>, upstream: Arc<dyn Upstream>) -> Result<Self, ApiError> {
        let (paused, last) = app
            .write(|db| {
                rows::recover(db)?;
                Ok(rows::switch(db)?)
            })
            .await?;
        app.stoves.forward.set_paused(paused);
        let gate = Gate::new(last);
        let (flying, given) = (FuturesUnordered::new(), Vec::new());
        Ok(Self { app, upstream, target: None, pass: None, gate, flying, given })
    }

    /// Runs until cancelled. What is on its way then is sent again at the next start.
    pub async fn run(app: Arc<App>, upstream: Arc<dyn Upstream>, cancel: CancellationToken) {
        let mut forwarder = loop {
            match Self::new(Arc::clone(&app), Arc::clone(&upstream)).await {
                Ok(forwarder) => break forwarder,
                Err(error) => app.stoves.forward.put(ForwardPhase::Waiting, None, error.to_string()),
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        };
        loop {
            let pace = tokio::select! {
                () = cancel.cancelled() => return,
                pace = forwarder.round() => pace,
            };
            let pause = match pace {
                Pace::Idle => LOOK,
                Pace::Until(at) => {
                    let ms = u64::try_from(at.since(app.clock.now())).unwrap_or(0).max(1);
                    Duration::from_millis(ms).min(LOOK)
                }
            };
            tokio::select! {
                () = cancel.cancelled() => return,
                () = app.stoves.forward.woken() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends everything that is due, and answers with when something is due again.
    pub async fn round(&mut self) -> Pace {
        match self.send_due().await {
            Ok(pace) => pace,
            Err(error) => {
                tracing::error!(%error, "Forwarding has trouble");
                let again = self.app.clock.now().plus(5_000);
                self.app.stoves.forward.put(ForwardPhase::Waiting, Some(again), error.to_string());
                Pace::Until(again)
            }
        }
    }

    async fn send_due(&mut self) -> Result<Pace, ApiError> {
        if self.app.stoves.forward.take_hurry() {
            self.gate.open();
        }
        loop {
            let closed = self.closed().await?;
            let room = match closed {
                Some(_) => 0,
                None => self.parallel().saturating_sub(self.flying.len()),
            };
            let heads = self.turn(room).await?;
            for head in heads {
                self.fly(head);
            }
            let Some(first) = self.flying.next().await else {
                return self.rest(closed).await;
            };
            self.digest(first);
            while let Some(Some(more)) = self.flying.next().now_or_never() {
                self.digest(more);
            }
        }
    }

    fn parallel(&self) -> usize {
        usize::try_from(self.app.settings().1.stove.forward_parallel).unwrap_or(1).clamp(1, 32)
    }

    /// Why nothing may be sent now; `None`: signed in, and nothing is against it.
    async fn closed(&mut self) -> Result<Option<(ForwardPhase, Pace)>, ApiError> {
        let settings = self.app.settings();
        let stove = &settings.1.stove;
        let base = stove.forward_url.trim_end_matches('/').to_owned();
        let target = Target { base, user: stove.forward_user.clone() };
        if self.target.as_ref() != Some(&target) {
            self.pass = None;
            self.gate.open();
            self.target = Some(target.clone());
        }
        if target.base.is_empty() || target.user.is_empty() {
            return Ok(Some((ForwardPhase::Off, Pace::Idle)));
        }
        if self.app.stoves.forward.paused() {
            return Ok(Some((ForwardPhase::Paused, Pace::Idle)));
        }
        let now = self.app.clock.now();
        if let Some(until) = self.gate.closed(now) {
            let phase = if self.gate.refused { ForwardPhase::SignInRefused } else { ForwardPhase::Waiting };
            return Ok(Some((phase, Pace::Until(until))));
        }
        let good = self.pass.as_ref().is_some_and(|pass| pass.until.since(now) > RENEW_MS);
        if good {
            return Ok(None);
        }
        self.pass = None;
        // Nothing waits: nobody is asked for a token.
        let waits = self.app.read(move |db| Ok(rows::next_due(db)?)).await?;
        if self.given.is_empty() && waits.is_none_or(|due| due > now) {
            return Ok(Some((ForwardPhase::Idle, waits.map_or(Pace::Idle, Pace::Until))));
        }
        self.sign_in(&target, now).await
    }

    async fn sign_in(
        &mut self,
        target: &Target,
        now: UnixMs,
    ) -> Result<Option<(ForwardPhase, Pace)>, ApiError> {
        let app = Arc::clone(&self.app);
        let password = App::blocking(move || Ok(app.secret(PASSWORD))).await?;
        let password = match password.map(|bytes| String::from_utf8(bytes.expose().clone())) {
            Ok(Ok(password)) => Secret::new(password),
            Ok(Err(_)) | Err(VaultError::NoEntry) => {
                self.gate.trouble = "no password is set; set it under Forwarding".to_owned();
                return Ok(Some((ForwardPhase::Off, Pace::Idle)));
            }
            Err(VaultError::Unavailable(why)) => return Ok(Some(self.wait(&why, now))),
            Err(VaultError::Missing) => {
                return Ok(Some(self.wait("the vault lacks the password; set it again", now)));
            }
        };
        self.app.stoves.forward.put(ForwardPhase::Sending, None, String::new());
        match self.upstream.sign_in(&target.base, &target.user, password).await {
            Ok(Grant { token, life }) => {
                let life = life.and_then(|life| i64::try_from(life.as_millis()).ok()).unwrap_or(LIFE_MS);
                // One that lives shorter than the margin is used for half its life.
                let until = if life > 2 * RENEW_MS { now.plus(life) } else { now.plus(life / 2 + RENEW_MS) };
                self.pass = Some(Pass { bearer: token, until });
                Ok(None)
            }
            Err(fault) => {
                let seconds = match &fault {
                    SignInFault::RetryAfter { seconds } => Some(*seconds),
                    SignInFault::Refused { .. } => {
                        self.gate.refused = true;
                        None
                    }
                    SignInFault::Failed { .. } | SignInFault::Unreachable(_) => None,
                };
                let until = self.gate.shut(fault.to_string(), seconds, now);
                let phase =
                    if self.gate.refused { ForwardPhase::SignInRefused } else { ForwardPhase::Waiting };
                Ok(Some((phase, Pace::Until(until))))
            }
        }
    }

    fn wait(&mut self, why: &str, now: UnixMs) -> (ForwardPhase, Pace) {
        let until = self.gate.shut(why.to_owned(), None, now);
        (ForwardPhase::Waiting, Pace::Until(until))
    }

    /// One transaction: what the server said is written down, and what goes next is marked.
    async fn turn(&mut self, room: usize) -> Result<Vec<Head>, ApiError> {
        if self.given.is_empty() && room == 0 {
            return Ok(Vec::new());
        }
        let given = Arc::new(std::mem::take(&mut self.given));
        let (written, now) = (Arc::clone(&given), self.app.clock.now());
        let keep = self.app.settings().1.stove.keep_frames;
        let limit = i64::try_from(room).unwrap_or(0);
        let turn = self
            .app
            .write(move |db| {
                for one in written.iter() {
                    rows::answered(db, &one.head, &one.answered, now)?;
                    if one.answered.state == "accepted" && keep != KeepFrames::Always {
                        frames::drop_of(db, one.head.reading_id)?;
                    }
                }
                let mut heads = Vec::new();
                if limit > 0 {
                    for stove_id in rows::due(db, now, limit)? {
                        heads.extend(rows::begin(db, stove_id)?);
                    }
                }
                Ok(heads)
            })
            .await;
        match turn {
            Ok(heads) => {
                if !given.is_empty() {
                    self.app.emit(Event::Forward);
                }
                gerai_core::crash::point("stove-forward-marked");
                Ok(heads)
            }
            Err(error) => {
                // Not written: it is written with the next turn.
                self.given = Arc::try_unwrap(given).unwrap_or_default();
                Err(error)
            }
        }
    }

    fn fly(&mut self, head: Head) {
        let (Some(target), Some(pass)) = (&self.target, &self.pass) else {
            let due = self.app.clock.now();
            self.given.push(Given::back(head, due));
            return;
        };
        let reading = Outgoing {
            payload: head.token.clone(),
            username: target.user.clone(),
            method: head.method.clone(),
        };
        self.app.stoves.forward.put(ForwardPhase::Sending, None, String::new());
        let sent = self.upstream.send(&target.base, pass.bearer.clone(), reading);
        self.flying.push(Box::pin(async move { (head, sent.await) }));
    }

    fn digest(&mut self, (head, answer): (Head, Answer)) {
        gerai_core::crash::point("stove-forward-answered");
        let now = self.app.clock.now();
        if answer == Answer::Unauthorized {
            self.pass = None;
        }
        let answered: Answered = digest(&mut self.gate, &head, answer, now);
        self.given.push(Given { head, answered });
    }

    /// Nothing is on its way: says so, and until when.
    async fn rest(&mut self, closed: Option<(ForwardPhase, Pace)>) -> Result<Pace, ApiError> {
        let (phase, pace) = match closed {
            Some(closed) => closed,
            None => {
                let now = self.app.clock.now();
                match self.app.read(move |db| Ok(rows::next_due(db)?)).await? {
                    None => (ForwardPhase::Idle, Pace::Idle),
                    Some(due) => (ForwardPhase::Waiting, Pace::Until(due.max(now))),
                }
            }
        };
        let until = match pace {
            Pace::Idle => None,
            Pace::Until(at) => Some(at),
        };
        let trouble = match phase {
            ForwardPhase::Idle | ForwardPhase::Paused => String::new(),
            ForwardPhase::Off
            | ForwardPhase::Sending
            | ForwardPhase::Waiting
            | ForwardPhase::SignInRefused => self.gate.trouble.clone(),
        };
        self.app.put_health(live::health_row(phase, &trouble));
        self.app.stoves.forward.put(phase, until, trouble);
        self.app.emit(Event::Forward);
        Ok(pace)
    }
}
