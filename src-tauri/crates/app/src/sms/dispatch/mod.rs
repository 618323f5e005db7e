//! The dispatcher: one task that gives every free line the next message it may carry, and writes down what became of the last
//! one. It decides on the board, commits (results and intents together, one sync), and only then hands a part to a modem.
//! It waits for nothing but events and the next moment at which something is due.

mod flight;
mod heads;
mod outcome;
mod plan;
mod steps;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use gerai_core::port::BoxFuture;
use gerai_core::port::lines::{Lines, Submitted};
use gerai_core::time::UnixMs;
use gerai_store::StoreError;
use gerai_store::sms::queue;
use tokio_util::sync::CancellationToken;

use self::flight::Flight;
pub(super) use self::flight::of_ticket;
use self::heads::Heads;
use self::steps::{Step, carry_out};
use super::{line_rows, reports, sweep};
use crate::App;
use crate::contract::{Event, HealthRow, HealthState};

/// A commit that failed for want of room or because the queue was full is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);
/// Without anything due the clock is looked at this often: it may have been set.
const LOOK: Duration = Duration::from_secs(60);

/// What was written together.
struct Round {
    steps: Arc<Vec<Step>>,
    /// Lines that get a part once it is on the disk.
    submits: Vec<i64>,
    result: Result<Vec<i64>, StoreError>,
}

/// The dispatcher.
pub struct Dispatcher {
    app: Arc<App>,
    lines: Arc<dyn Lines>,
    heads: Heads,
    /// What each line is sending.
    flights: HashMap<i64, Flight>,
    /// What is to be written next.
    steps: Vec<Step>,
    submits: Vec<i64>,
    rounds: FuturesUnordered<BoxFuture<'static, Round>>,
    sending: FuturesUnordered<BoxFuture<'static, (i64, Submitted)>>,
    /// Parts that wait for the next second, by line.
    paced: Vec<(UnixMs, i64)>,
    /// Results after their deadline: ticket and TP-MR.
    late: Vec<(u64, u8)>,
    /// Something is due in the tables then.
    due: Option<UnixMs>,
    /// The plan wants another look then.
    look: Option<UnixMs>,
    /// The disk failed: nothing is sent any more.
    halted: bool,
}

impl Dispatcher {
    /// Runs until cancelled.
    pub async fn run(app: Arc<App>, lines: Arc<dyn Lines>, cancel: CancellationToken) {
        let _ = app.sms.runtime.set(tokio::runtime::Handle::current());
        let mut dispatcher = Self {
            app,
            lines,
            heads: Heads::default(),
            flights: HashMap::new(),
            steps: Vec::new(),
            submits: Vec::new(),
            rounds: FuturesUnordered::new(),
            sending: FuturesUnordered::new(),
            paced: Vec::new(),
            late: Vec::new(),
            due: None,
            look: None,
            halted: false,
        };
        if let Err(error) = dispatcher.begin().await {
            dispatcher.trouble(&error.to_string());
        }
        dispatcher.work(&cancel).await;
        // What has left is written down, so that the next start is not in doubt about it.
        dispatcher.finish().await;
    }

    async fn begin(&mut self) -> Result<(), crate::contract::ApiError> {
        let app = Arc::clone(&self.app);
        App::blocking(move || {
            app.load_sms_keys();
            app.sms.set_paused(app.store.read(queue::paused)?);
            Ok(line_rows::load(&app)?)
        })
        .await?;
        sweep::recover(&self.app).await?;
        line_rows::configure(&self.app).await?;
        self.app.sms.nudge.all();
        self.due = Some(UnixMs(i64::MIN));
        Ok(())
    }

    async fn work(&mut self, cancel: &CancellationToken) {
        loop {
            let pending = self.app.sms.nudge.take();
            self.apply(pending).await;
            self.when_due().await;
            self.plan();
            self.commit();
            let pause = self.pause();
            let app = Arc::clone(&self.app);
            tokio::select! {
                () = cancel.cancelled() => return,
                () = app.sms.nudge.told() => {}
                Some(round) = self.rounds.next(), if !self.rounds.is_empty() => self.committed(round),
                Some((line_id, outcome)) = self.sending.next(), if !self.sending.is_empty() => {
                    self.ended(line_id, outcome);
                }
                () = tokio::time::sleep(pause) => {}
            }
            self.take_ready();
        }
    }

    /// Whatever else has ended by now belongs to the same round: sixty lines that answer together share one plan and one
    /// transaction.
    fn take_ready(&mut self) {
        while let Some(Some(round)) = self.rounds.next().now_or_never() {
            self.committed(round);
        }
        while let Some(Some((line_id, outcome))) = self.sending.next().now_or_never() {
            self.ended(line_id, outcome);
        }
    }

    /// Takes in what happened.
    async fn apply(&mut self, pending: super::nudge::Pending) {
        for report in pending.reports.into_values() {
            if let Err(error) = line_rows::reported(&self.app, report).await {
                self.trouble(&error.to_string());
            }
            self.look = Some(UnixMs(i64::MIN));
        }
        for line_id in pending.woken {
            self.app.sms.board().wake(line_id);
        }
        if pending.setup {
            // What is on its way to the disk is read back with the rest.
            self.commit();
            while let Some(round) = self.rounds.next().await {
                self.committed(round);
            }
            let app = Arc::clone(&self.app);
            let loaded = App::blocking(move || Ok(line_rows::load(&app)?)).await;
            let configured = line_rows::configure(&self.app).await;
            for error in [loaded, configured].into_iter().filter_map(Result::err) {
                self.trouble(&error.to_string());
            }
            for told in pending.waiting {
                let _ = told.send(());
            }
        }
        self.late.extend(pending.late);
        self.late_results().await;
        if pending.all {
            match self.app.store.read(queue::pools) {
                Ok(pools) => self.heads.anew(pools),
                Err(error) => self.trouble(&error.to_string()),
            }
            self.due = Some(UnixMs(i64::MIN));
        }
        for (pool, rank) in pending.pools {
            self.heads.came(&pool, rank);
        }
        if let Some(due) = pending.due {
            self.due = Some(self.due.map_or(due, |known| known.min(due)));
        }
    }

    /// Results that came after their deadline, once the doubt they end is on its way to the disk.
    async fn late_results(&mut self) {
        let flights = &self.flights;
        let in_modem = |ticket: u64| flights.values().any(|flight| flight.ticket() == ticket);
        let (wait, come): (Vec<_>, Vec<_>) = self.late.drain(..).partition(|(ticket, _)| in_modem(*ticket));
        self.late = wait;
        if !come.is_empty() {
            self.commit();
        }
        for (ticket, reference) in come {
            if let Err(error) = reports::late(&self.app, ticket, reference).await {
                self.trouble(&error.to_string());
            }
        }
    }

    /// What is due comes into the queue, what is too old ends, parts of a new second go.
    async fn when_due(&mut self) {
        let now = self.app.clock.now();
        // None waits for longer than a second: further ahead it is when the clock was set back.
        let (go, wait): (Vec<_>, Vec<_>) =
            self.paced.drain(..).partition(|(at, _)| !(1..=1_000).contains(&at.since(now)));
        self.paced = wait;
        for (_, line_id) in go {
            self.next_part(line_id, now);
        }
        if self.due.is_some_and(|due| due <= now) {
            match sweep::due(&self.app, now).await {
                Ok(swept) => {
                    for pool in swept.pools {
                        self.heads.came(&pool, i64::MIN);
                    }
                    self.due = swept.next;
                }
                Err(error) => {
                    self.trouble(&error.to_string());
                    self.due = Some(now.plus(1_000));
                }
            }
        }
    }

    /// How long there is nothing to do.
    fn pause(&self) -> Duration {
        let now = self.app.clock.now();
        let paced = self.paced.iter().map(|(at, _)| *at).min();
        let next = [self.due, self.look, paced].into_iter().flatten().min();
        next.map_or(LOOK, |at| {
            let ms = u64::try_from(at.since(now)).unwrap_or(0).max(1);
            Duration::from_millis(ms).min(LOOK)
        })
    }

    /// Writes what was decided, in one transaction.
    fn commit(&mut self) {
        if self.steps.is_empty() {
            return;
        }
        let steps = Arc::new(std::mem::take(&mut self.steps));
        let submits = std::mem::take(&mut self.submits);
        self.write(steps, submits, Duration::ZERO);
    }

    fn write(&mut self, steps: Arc<Vec<Step>>, submits: Vec<i64>, after: Duration) {
        let app = Arc::clone(&self.app);
        // Queued here, in order: what ended before what begins.
        let now = after.is_zero().then(|| order(&app, &steps));
        self.rounds.push(Box::pin(async move {
            let written = match now {
                Some(written) => written,
                None => {
                    tokio::time::sleep(after).await;
                    order(&app, &steps)
                }
            };
            let result = match written {
                Ok(written) => written.await,
                Err(error) => Err(error),
            };
            Round { steps, submits, result }
        }));
    }

    /// A round is on the disk: the modems get their parts, the screens a hint.
    fn committed(&mut self, round: Round) {
        let gone = match round.result {
            Ok(gone) => gone,
            Err(StoreError::Stopped(why)) => {
                self.halted = true;
                return self.trouble(&why);
            }
            Err(error) => {
                self.trouble(&error.to_string());
                return self.write(round.steps, round.submits, RETRY);
            }
        };
        let mut changed = Vec::new();
        for step in round.steps.iter() {
            if let Some(id) = step.message() {
                self.heads.settled(id);
                changed.push(id);
            }
            if let Step::Requeue(back) = step {
                self.came_back(back);
            }
            if let Step::Requeue(_) | Step::InDoubt { .. } = step {
                // The last look at deadlines left out what was in a modem.
                self.due = Some(UnixMs(i64::MIN));
            }
            if let Step::End { id, .. } | Step::Sent { id, .. } = step {
                self.app.sms.volatile.forget(*id);
            }
        }
        for line_id in round.submits {
            self.submit(line_id, &gone);
        }
        if self.app.anybody_listens() {
            for id in changed {
                self.app.emit(Event::Sms { id: Some(id) });
            }
        }
    }

    /// Waits for what is on its way to the disk, and for modems that are about to answer.
    async fn finish(&mut self) {
        let grace = tokio::time::Instant::now() + Duration::from_secs(3);
        while !self.rounds.is_empty() || !self.sending.is_empty() {
            tokio::select! {
                Some(round) = self.rounds.next(), if !self.rounds.is_empty() => {
                    match round.result {
                        // Nothing new is begun: what was meant to go now goes back.
                        Ok(gone) => self.take_back(round.submits, &gone),
                        Err(error) => tracing::warn!(%error, "A result could not be written"),
                    }
                    self.commit();
                }
                Some((line_id, outcome)) = self.sending.next(), if !self.sending.is_empty() => {
                    self.ended(line_id, outcome);
                    self.submits.clear();
                    self.steps.retain(|step| !matches!(step, Step::Intend { .. } | Step::Lease(_)));
                    self.commit();
                }
                () = tokio::time::sleep_until(grace) => return,
            }
        }
    }

    fn trouble(&self, why: &str) {
        tracing::error!("The SMS queue has trouble: {why}");
        let row = HealthRow::new("sms_queue", "sms", HealthState::Bad, "sms_queue_down", why.to_owned());
        self.app.put_health(row.next("Free some disk space or mend the disk; then restart Gerai."));
    }
}

/// Hands a round to the writer.
fn order(
    app: &App,
    steps: &Arc<Vec<Step>>,
) -> Result<impl Future<Output = Result<Vec<i64>, StoreError>> + Send + use<>, StoreError> {
    let steps = Arc::clone(steps);
    Ok(app.store.writer()?.submit_repeatable(move |db| carry_out(db, &steps)))
}
