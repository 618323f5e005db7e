//! An operator's word about messages: take them back, settle what is in doubt, release what is held, pause, and show a number
//! in full. Each is on record.

use std::sync::Arc;

use gerai_store::Db;
use gerai_store::sms::course::{self, Cause, Requeue};
use gerai_store::sms::list as store;
use gerai_store::sms::{parts, queue};
use serde_json::json;

use super::sms::{self, RECIPIENTS_MAX, detail, place_of};
use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::trail::Trail;

pub(crate) async fn cancel(
    app: &Arc<App>,
    caller: &Caller,
    asked: SmsCancel,
) -> Result<SmsCounted, ApiError> {
    if !asked.all_waiting && !(1..=RECIPIENTS_MAX).contains(&asked.ids.len()) {
        return Err(ApiError::invalid("ids", "no message is named", "Choose messages to take back."));
    }
    let trail = app.trail(caller);
    let (wanted, named) = (place_of(asked.ids.len()), asked.ids.clone());
    let changed = app
        .write(move |db| {
            let by = format!("taken back by {}", trail.actor);
            let ids = (!asked.all_waiting).then_some(asked.ids.as_slice());
            let changed = course::cancel(db, ids, &by, trail.now)?;
            trail.done(db, "sms.cancel", format!("{changed} messages"))?;
            Ok(changed)
        })
        .await?;
    if place_of(named.len()) == changed {
        named.iter().for_each(|id| app.sms.volatile.forget(*id));
    }
    app.sms.nudge.all();
    app.emit(Event::Sms { id: None });
    Ok(SmsCounted { changed, too_late: (wanted - changed).max(0) })
}

pub(crate) async fn resolve(
    app: &Arc<App>,
    caller: &Caller,
    asked: SmsResolve,
) -> Result<SmsDetail, ApiError> {
    let (core, trail, id) = (Arc::clone(app), app.trail(caller), asked.id);
    app.write(move |db| {
        let row = store::get(db, id)?.ok_or_else(|| ApiError::not_found("message", id))?;
        let held = row.state == "held";
        if row.state != "in_doubt" && !(held && asked.verdict == SmsVerdict::SendAgain) {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("message {id} is {}, not in doubt", row.state),
                "Reload the list.",
            ));
        }
        if held && row.cause == "approval" {
            return Err(ApiError::new(
                ErrorCode::Refused,
                "this test code waits for a second person",
                "Decide it on the Approvals page.",
            ));
        }
        let in_memory = core.sms.volatile.text(id).is_some();
        settle(db, &row, asked.verdict, in_memory, &trail)?;
        let word = match asked.verdict {
            SmsVerdict::AssumeSent => "assume_sent",
            SmsVerdict::AssumeFailed => "assume_failed",
            SmsVerdict::SendAgain => "send_again",
        };
        trail.changed(db, "sms.resolve", format!("message {id}"), &json!(row.state), &json!(word))?;
        Ok(())
    })
    .await?;
    app.sms.nudge.all();
    app.emit(Event::Sms { id: Some(id) });
    detail(app, id).await
}

fn settle(
    db: &Db,
    row: &store::MessageRow,
    verdict: SmsVerdict,
    in_memory: bool,
    trail: &Trail,
) -> Result<(), ApiError> {
    let by = |word: &str| Cause { word: word.to_owned(), text: format!("as {} said", trail.actor) };
    match verdict {
        SmsVerdict::AssumeSent => {
            parts::settle(db, row.id, "sent", trail.now)?;
            let gone = parts::of(db, row.id)?.iter().filter(|part| part.state != "failed").count();
            if place_of(gone) >= row.parts {
                course::sent(db, row.id, trail.now)?;
            } else if let Some(line_id) = row.line_id {
                // The parts that never left follow, by the same line.
                let pool = Some(crate::sms::pool::of_line(line_id));
                course::requeue(
                    db,
                    &Requeue { id: row.id, pool, due: None, cause: by("assumed_sent"), resend: false },
                )?;
            }
        }
        SmsVerdict::AssumeFailed => {
            parts::settle(db, row.id, "failed", trail.now)?;
            course::end(db, row.id, "failed", &by("assumed_failed"), trail.now)?;
        }
        SmsVerdict::SendAgain => {
            let resend = row.state == "in_doubt";
            if resend {
                parts::settle(db, row.id, "failed", trail.now)?;
            }
            let back = Requeue { id: row.id, pool: None, due: None, cause: Cause::default(), resend };
            if !in_memory && queue::head_of(db, row.id)?.is_none_or(|head| head.body.is_none()) {
                return Err(ApiError::new(
                    ErrorCode::Refused,
                    "its text is gone",
                    "Write it anew on the Send page.",
                ));
            }
            course::requeue(db, &back)?;
        }
    }
    Ok(())
}

pub(crate) async fn release(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<SmsCounted, ApiError> {
    let trail = app.trail(caller);
    let changed = app
        .write(move |db| {
            let changed = course::release_held(db)?;
            trail.done(db, "sms.release", format!("{changed} held messages"))?;
            Ok(changed)
        })
        .await?;
    app.sms.nudge.all();
    app.emit(Event::Sms { id: None });
    Ok(SmsCounted { changed, too_late: 0 })
}

pub(crate) async fn pause(app: &Arc<App>, caller: &Caller, asked: SmsPause) -> Result<SmsCounts, ApiError> {
    let (trail, paused) = (app.trail(caller), asked.paused);
    app.write(move |db| {
        queue::set_paused(db, paused)?;
        Ok(trail.changed(db, "sms.pause", "sending", &json!(!paused), &json!(paused))?)
    })
    .await?;
    app.sms.set_paused(paused);
    app.sms.nudge.all();
    app.emit(Event::Sms { id: None });
    sms::counts(app, caller, Nothing {}).await
}

pub(crate) async fn reveal(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<NumberRevealed, ApiError> {
    let (core, trail) = (Arc::clone(app), app.trail(caller));
    app.write(move |db| {
        let row = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("message", asked.id))?;
        trail.done(db, "sms.reveal", format!("message {}", asked.id))?;
        core.sms.reveal(&row.number_sealed)
    })
    .await
}
