//! Meters of stoves that people say were replaced, and that they take back.

use std::sync::Arc;

use gerai_core::stove::replacement::{self, Replacement};
use gerai_core::stove::series::{Bounds, pair_flags};
use gerai_core::stove::{MilliKwh, UnixS};
use gerai_store::Db;
use gerai_store::stove::replacements::{self, Told};
use gerai_store::stove::{months, readings};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::stove::take::number_of;
use crate::stove::{bounds, settle};
use crate::usecases::{stoves, text};

pub(crate) async fn replace(
    app: &Arc<App>,
    caller: &Caller,
    asked: MeterReplace,
) -> Result<StoveDetail, ApiError> {
    let number = number_of(&asked.id)?;
    let note = text("note", &asked.note, 1, 500)?;
    let trail = app.trail(caller);
    if asked.at_ms > trail.now.0 || asked.at_ms < gerai_core::stove::quality::FIRST_PLAUSIBLE.ms().0 {
        return Err(ApiError::invalid(
            "at_ms",
            "a meter is replaced after 2019 and not in the future",
            "Choose the time it was done.",
        ));
    }
    for (field, total) in [("last_total", asked.last_total), ("first_total", asked.first_total)] {
        if total.is_some_and(|total| !(0..=99_999_999).contains(&total)) {
            return Err(ApiError::invalid(field, "a counter shows 0 to 99,999.999 kWh", "Read it again."));
        }
    }
    let at = UnixS(asked.at_ms.div_euclid(1_000));
    let (last_total, first_total) = (asked.last_total.map(MilliKwh), asked.first_total.map(MilliKwh));
    let told =
        Told { replacement: Replacement { at, last_total, first_total }, note, by: trail.actor.clone() };
    let rules = bounds::of(&app.settings().1.stove);
    app.write(move |db| {
        let stove = App::find_stove(db, number.as_str())?;
        let others: Vec<UnixS> =
            replacements::of(db, stove.stove_id)?.iter().map(|told| told.replacement.at).collect();
        let before = readings::previous(db, stove.stove_id, at.0)?;
        let after = readings::next(db, stove.stove_id, at.0.saturating_sub(1))?;
        let total = |found: &Option<readings::Neighbour>| found.as_ref().map(|found| found.point.total);
        replacement::check(&told.replacement, &others, total(&before), total(&after))
            .map_err(|refused| ApiError::new(ErrorCode::Refused, refused.to_string(), ""))?;
        replacements::add(db, stove.stove_id, &told, trail.now)?;
        count_meters(db, stove.stove_id, at, &rules)?;
        let subject = format!("stove {number} at {}", at.ms().wib_text());
        Ok(trail.done(db, "stoves.replace_meter", subject)?)
    })
    .await?;
    app.emit(Event::Stove { id: Some(number.to_string()) });
    stoves::detail(app, asked.id).await
}

pub(crate) async fn undo(app: &Arc<App>, caller: &Caller, asked: MeterUndo) -> Result<StoveDetail, ApiError> {
    let number = number_of(&asked.id)?;
    let note = text("note", &asked.note, 1, 500)?;
    let trail = app.trail(caller);
    let at = UnixS(asked.at_ms.div_euclid(1_000));
    let rules = bounds::of(&app.settings().1.stove);
    app.write(move |db| {
        let stove = App::find_stove(db, number.as_str())?;
        let told = replacements::of(db, stove.stove_id)?.into_iter().find(|told| told.replacement.at == at);
        let Some(told) = told else {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                format!("no meter of stove {number} was replaced at {}", at.ms().wib_text()),
                "The stove's page lists the times.",
            ));
        };
        replacements::remove(db, stove.stove_id, at)?;
        count_meters(db, stove.stove_id, at, &rules)?;
        let before = json!({ "at": at.ms().wib_text(), "last": told.replacement.last_total,
                             "first": told.replacement.first_total, "note": told.note, "by": told.by });
        let subject = format!("stove {number}");
        Ok(trail.changed(db, "stoves.undo_replacement", subject, &before, &json!({ "note": note }))?)
    })
    .await?;
    app.emit(Event::Stove { id: Some(number.to_string()) });
    stoves::detail(app, asked.id).await
}

/// What was said of meters changed at this moment: from then on it is told anew which meter a reading is of, and how the
/// first one goes with the one before it.
fn count_meters(db: &Db, stove_id: i64, at: UnixS, rules: &Bounds) -> Result<(), ApiError> {
    let all: Vec<UnixS> = replacements::of(db, stove_id)?.iter().map(|told| told.replacement.at).collect();
    // One after the other, as later meters keep their distance.
    readings::set_epochs(db, stove_id, at.0, replacement::epoch_of(at, &all))?;
    for one in all.iter().filter(|one| **one > at) {
        readings::set_epochs(db, stove_id, one.0, replacement::epoch_of(*one, &all))?;
    }
    if let Some(first) = readings::next(db, stove_id, at.0.saturating_sub(1))? {
        let before = readings::previous(db, stove_id, at.0)?;
        let pair = before.map_or_else(Vec::new, |before| pair_flags(&before.point, &first.point, rules));
        settle::rejudge(db, &first, &pair)?;
    }
    months::rebuild(db, stove_id, at, None)?;
    Ok(())
}
