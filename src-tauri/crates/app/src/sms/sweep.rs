//! What time brings: messages that are due or too old, keys that are over, what is forgotten, unfinished messages that are
//! shown as they are, balances that are asked for, and test messages between own SIMs.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::time::UnixMs;
use gerai_store::StoreError;
use gerai_store::sms::{course, inbox, lines, queue, usage};
use tokio_util::sync::CancellationToken;

use super::{canary, reports, ussd};
use crate::App;
use crate::contract::{ApiError, Event};
use crate::usecases::lines as line_cases;

/// Messages that become due or too old in one transaction.
const STEP: i64 = 500;
/// Messages that are forgotten in one transaction.
const FORGET_STEP: i64 = 1_000;
/// Between two looks at what is not urgent.
const LOOK: Duration = Duration::from_secs(60);
const DAY_MS: i64 = 86_400_000;
/// Repeats of what came in are recognised for at least this long.
const SEEN_DAYS: i64 = 30;

/// What came of a look at the clock.
pub(super) struct Swept {
    /// Pools with something new.
    pub(super) pools: Vec<String>,
    /// When something is due next.
    pub(super) next: Option<UnixMs>,
}

/// What a station that died left behind.
pub(super) async fn recover(app: &Arc<App>) -> Result<(), ApiError> {
    let (now, resend) = (app.clock.now(), app.settings().1.sms.resend_otp);
    let (lost, unfinished) = app
        .write(move |db| {
            let lost = course::lose_volatile(db, now)?;
            Ok((lost, reports::recover(db, resend, now)?))
        })
        .await?;
    if lost + unfinished > 0 {
        tracing::warn!(
            lost,
            unfinished,
            "{unfinished} messages were being sent when the station stopped, {lost} codes are lost"
        );
        app.emit(Event::Sms { id: None });
    }
    Ok(())
}

/// What is due comes into the queue; what is too old ends.
pub(super) async fn due(app: &Arc<App>, now: UnixMs) -> Result<Swept, ApiError> {
    let (pools, next, expired) = app
        .store
        .writer()?
        .submit_repeatable(move |db| -> Result<_, StoreError> {
            let (pools, due) = course::release_due(db, now, STEP)?;
            let (expired, deadline) = course::expire(db, now, STEP)?;
            let more = i64::try_from(expired.len()).unwrap_or(STEP) == STEP;
            let next = if more { Some(now) } else { [due, deadline].into_iter().flatten().min() };
            Ok((pools, next, expired))
        })
        .await?;
    for id in &expired {
        app.sms.volatile.forget(*id);
    }
    if !expired.is_empty() || !pools.is_empty() {
        app.emit(Event::Sms { id: None });
    }
    Ok(Swept { pools, next })
}

/// Looks after what is not urgent, until cancelled.
pub async fn keep(app: Arc<App>, cancel: CancellationToken) {
    let mut last_day = None;
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        look(&app, &mut last_day).await;
    }
}

/// One look at what is not urgent. `last_day`: when what is old was last forgotten.
pub async fn look(app: &Arc<App>, last_day: &mut Option<i64>) {
    let now = app.clock.now();
    app.sms.volatile.tidy(now);
    let core = Arc::clone(app);
    let destroyed = App::blocking(move || core.destroy_spent_keys()).await;
    let tidied = tidy(app, now).await;
    for error in [destroyed.map(drop), tidied].into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "Something of the messages could not be cleared away");
    }
    if *last_day != Some(now.0 / DAY_MS) {
        *last_day = Some(now.0 / DAY_MS);
        if let Err(error) = forget(app, now).await {
            tracing::warn!(%error, "Old messages could not be forgotten");
        }
    }
    check_balances(app, now).await;
    canary::look(app, now).await;
}

async fn tidy(app: &Arc<App>, now: UnixMs) -> Result<(), ApiError> {
    let before = now.plus(-app.settings().1.sms.gap_hours * 3_600_000);
    let packages = app.sms.board().changed_packages();
    let open = app.read(move |db| Ok(inbox::any_open_before(db, before)?)).await?;
    if !open && packages.is_empty() {
        return Ok(());
    }
    app.write(move |db| {
        if open {
            inbox::give_up_waiting(db, before)?;
        }
        for (sim_id, settings) in &packages {
            let text = serde_json::to_string(settings).map_err(|error| {
                ApiError::new(crate::contract::ErrorCode::Internal, error.to_string(), "")
            })?;
            lines::save_sim(db, *sim_id, &text)?;
        }
        Ok(())
    })
    .await?;
    if open {
        app.emit(Event::Inbox);
    }
    Ok(())
}

/// Forgets what is older than the settings say.
async fn forget(app: &Arc<App>, now: UnixMs) -> Result<(), ApiError> {
    let days = app.settings().1.sms.keep_days;
    let seen = now.plus(-days.max(SEEN_DAYS) * DAY_MS);
    app.write(move |db| {
        usage::forget(db, now.plus(-2 * DAY_MS), now.plus(-800 * DAY_MS))?;
        inbox::forget_seen(db, seen)?;
        Ok(())
    })
    .await?;
    if days == 0 {
        return Ok(());
    }
    let before = now.plus(-days * DAY_MS);
    app.write(move |db| Ok(inbox::forget(db, before)?)).await?;
    loop {
        let gone = app.write(move |db| Ok(queue::forget(db, before, FORGET_STEP)?)).await?;
        if i64::try_from(gone).unwrap_or(0) < FORGET_STEP {
            return Ok(());
        }
    }
}

/// Asks for balances whose time has come, one after another.
async fn check_balances(app: &Arc<App>, now: UnixMs) {
    let due: Vec<(i64, String)> = {
        let board = app.sms.board();
        let wanted = board.slots().iter().filter(|slot| {
            let hours = slot.sim_settings.balance_hours;
            let read = slot.sim.as_ref().and_then(|sim| sim.balance).map(|(_, at)| at);
            let ready = slot.health() == gerai_core::port::lines::LineHealth::Ready && slot.sending.is_none();
            hours > 0 && ready && read.is_none_or(|at| now.since(at) >= hours * 3_600_000)
        });
        wanted.filter_map(|slot| Some((slot.row.line_id, line_cases::balance_code(slot)?))).collect()
    };
    for (line_id, code) in due {
        if let Err(error) = ussd::say(app, line_id, &code).await {
            tracing::warn!(
                line.id = line_id,
                "The balance of line {line_id} could not be read: {}",
                error.message
            );
        }
    }
}
