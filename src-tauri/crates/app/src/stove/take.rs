//! The one way in for tokens, whatever brought them: decode and verify off the async threads, settle many in one transaction,
//! tell the screens, wake the way to the server. The answer comes after COMMIT.

use std::sync::Arc;

use gerai_core::stove::{Signature, StoveId, TokenError};
use gerai_core::time::UnixMs;
use gerai_store::StoreError;
use gerai_store::stove::{list, registry};

use super::bounds;
use super::settle::{Ground, Settled, settle};
pub use super::verdict::Arriving;
use super::verdict::Verified;
use super::views;
use crate::App;
use crate::contract::{ApiError, Event, StoveSignature, TakeOutcome, Taken};

/// Tokens in one transaction: enough to share a sync, short enough that taps behind it do not wait. More are taken in several.
pub const BATCH_MAX: usize = 500;

/// What became of one token.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It could be read.
    Settled { stove: StoveId, signature: Signature, settled: Settled },
    /// It could not.
    Unreadable(TokenError),
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// New readings.
    pub taken: usize,
    /// Known ones.
    pub known: usize,
    /// Evidence.
    pub evidence: usize,
    /// What is no token.
    pub unreadable: usize,
}

impl App {
    /// Takes many tokens, in order. For imports and rates; the others take one.
    ///
    /// # Errors
    /// The database does not write, or the vault does not give a key that is needed. Batches before it are taken.
    pub async fn take_many(self: &Arc<Self>, arriving: Vec<Arriving>) -> Result<Counted, ApiError> {
        let mut counted = Counted::default();
        for outcome in self.take_all(arriving).await? {
            match outcome {
                Outcome::Settled { settled: Settled::Taken { .. }, .. } => counted.taken += 1,
                Outcome::Settled { settled: Settled::Known { .. }, .. } => counted.known += 1,
                Outcome::Settled { settled: Settled::Evidence, .. } => counted.evidence += 1,
                Outcome::Unreadable(_) => counted.unreadable += 1,
            }
        }
        Ok(counted)
    }

    /// Takes tokens and answers for each, in order.
    pub(crate) async fn take_all(
        self: &Arc<Self>,
        arriving: Vec<Arriving>,
    ) -> Result<Vec<Outcome>, ApiError> {
        let mut outcomes = Vec::with_capacity(arriving.len());
        let mut rest = arriving.into_iter().peekable();
        // While one batch is being written, the next one is verified.
        let mut writing = None;
        while rest.peek().is_some() {
            let batch: Vec<Arriving> = rest.by_ref().take(BATCH_MAX).collect();
            let (app, now) = (Arc::clone(self), self.clock.now());
            let judged = Self::blocking(move || {
                batch.into_iter().map(|one| app.judge_token(one, now)).collect::<Result<Vec<_>, _>>()
            });
            let judged = judged.await;
            if let Some(writing) = writing.take() {
                outcomes.extend(self.written(writing).await?);
            }
            writing = Some(self.write_batch(judged?, now)?);
        }
        if let Some(writing) = writing {
            outcomes.extend(self.written(writing).await?);
        }
        Ok(outcomes)
    }

    /// Hands a batch to the writer.
    fn write_batch(
        self: &Arc<Self>,
        judged: Vec<Result<Verified, TokenError>>,
        now: UnixMs,
    ) -> Result<Writing, ApiError> {
        let judged = Arc::new(judged);
        let settings = self.settings();
        let stove = &settings.1.stove;
        let ground = Ground { bounds: bounds::of(stove), own_server: stove.forward_url.is_empty() };
        let batch = Arc::clone(&judged);
        let done = self.store.writer()?.submit_repeatable(move |db| -> Result<Vec<_>, StoreError> {
            batch
                .iter()
                .filter_map(|one| one.as_ref().ok())
                .map(|one| settle(db, one, &ground, now))
                .collect()
        });
        Ok(Writing { judged, done: tokio::spawn(done) })
    }

    /// Waits for its COMMIT and tells everybody.
    async fn written(self: &Arc<Self>, writing: Writing) -> Result<Vec<Outcome>, ApiError> {
        let done = writing.done.await.map_err(|_| ApiError::from(StoreError::Closed))??;
        let moved: Vec<i64> = done.iter().filter_map(|one| one.moved).collect();
        let mut settled = done.iter().map(|one| one.settled);
        let mut outcomes = Vec::with_capacity(writing.judged.len());
        for one in writing.judged.iter() {
            outcomes.push(match one {
                Err(error) => Outcome::Unreadable(error.clone()),
                Ok(verified) => {
                    let Some(settled) = settled.next() else { continue };
                    Outcome::Settled { stove: verified.token.stove(), signature: verified.signature, settled }
                }
            });
        }
        if !moved.is_empty() {
            let app = Arc::clone(self);
            Self::blocking(move || {
                moved.into_iter().try_for_each(|stove_id| app.reload_stove_keys(stove_id))
            })
            .await?;
        }
        self.tell(&outcomes);
        Ok(outcomes)
    }

    fn tell(&self, outcomes: &[Outcome]) {
        let new =
            outcomes.iter().any(|one| matches!(one, Outcome::Settled { settled: Settled::Taken { .. }, .. }));
        if new {
            self.stoves.forward.wake();
        }
        if !self.anybody_listens() {
            return;
        }
        let mut stoves: Vec<String> = outcomes
            .iter()
            .filter_map(|one| match one {
                Outcome::Settled { stove, .. } => Some(stove.to_string()),
                Outcome::Unreadable(_) => None,
            })
            .collect();
        stoves.sort();
        stoves.dedup();
        match stoves.len() {
            0 => {}
            1..=16 => stoves.into_iter().for_each(|id| self.emit(Event::Stove { id: Some(id) })),
            _ => self.emit(Event::Stove { id: None }),
        }
    }

    /// Takes one token and shows what became of it.
    pub(crate) async fn take_one(self: &Arc<Self>, arriving: Arriving) -> Result<Taken, ApiError> {
        let mut outcomes = self.take_all(vec![arriving]).await?;
        match outcomes.pop() {
            Some(outcome) => self.shown(outcome).await,
            None => Err(ApiError::from(StoreError::Closed)),
        }
    }

    /// An outcome as screens see it.
    pub(crate) async fn shown(self: &Arc<Self>, outcome: Outcome) -> Result<Taken, ApiError> {
        let (stove, signature, settled) = match outcome {
            Outcome::Unreadable(error) => {
                return Ok(Taken {
                    outcome: TakeOutcome::Unreadable,
                    stove: String::new(),
                    signature: None,
                    reading: None,
                    message: error.to_string(),
                    code: error.code().to_owned(),
                });
            }
            Outcome::Settled { stove, signature, settled } => (stove, signature, settled),
        };
        let mut taken = Taken {
            outcome: TakeOutcome::Evidence,
            stove: stove.to_string(),
            signature: StoveSignature::parse(signature.word()),
            reading: None,
            message: String::new(),
            code: String::new(),
        };
        let (outcome, reading_id) = match settled {
            Settled::Evidence => {
                (taken.message, taken.code) = refused(stove, signature);
                return Ok(taken);
            }
            Settled::Taken { reading_id } => (TakeOutcome::Taken, reading_id),
            Settled::Known { reading_id } => (TakeOutcome::Known, reading_id),
        };
        taken.outcome = outcome;
        taken.reading = self.read(move |db| Ok(list::get(db, reading_id)?.map(views::reading))).await?;
        Ok(taken)
    }

    /// The stove of a number that somebody typed.
    pub(crate) fn find_stove(db: &gerai_store::Db, number: &str) -> Result<registry::Stove, ApiError> {
        let number = number_of(number)?;
        registry::find(db, number.as_str())?.ok_or_else(|| ApiError::not_found("stove", number))
    }
}

/// A batch on its way to the disk.
struct Writing {
    judged: Arc<Vec<Result<Verified, TokenError>>>,
    done: tokio::task::JoinHandle<Result<Vec<super::settle::Done>, StoreError>>,
}

/// Eleven digits, typed by a person.
pub(crate) fn number_of(text: &str) -> Result<StoveId, ApiError> {
    StoveId::parse(text.trim()).ok_or_else(|| {
        ApiError::invalid(
            "stove",
            format!("`{}` is no stove's number", text.chars().take(20).collect::<String>()),
            "It has eleven digits; it stands on the stove.",
        )
    })
}

/// Why a token is no reading.
fn refused(stove: StoveId, signature: Signature) -> (String, String) {
    let (why, code) = match signature {
        Signature::DemoKey => ("was signed with a key that anyone can look up", "signature_demo_key"),
        Signature::Invalid
        | Signature::Valid
        | Signature::ValidPreviousKey
        | Signature::ValidPendingKey
        | Signature::UnknownStove => ("was not made with any key registered for it", "signature_invalid"),
    };
    let message = format!(
        "the token that names stove {stove} {why}; it is kept as evidence and is no reading. Look at the stove: it may \
         have been tampered with, or its key was changed elsewhere"
    );
    (message, code.to_owned())
}
