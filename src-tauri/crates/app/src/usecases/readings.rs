//! Readings: lists, exports, judgements, pictures, and visits without one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gerai_core::stove::months::{Sample, estimate};
use gerai_core::stove::vee::{Standing, Step, StepRefused};
use gerai_core::stove::{MilliKwh, UnixS};
use gerai_core::time::UnixMs;
use gerai_store::Db;
use gerai_store::stove::judgements::{self, Judgement};
use gerai_store::stove::list::{self as store, Filter};
use gerai_store::stove::unread::{self as visits, Unread};
use gerai_store::stove::{forward, frames, months, readings as series, registry};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::stove::take::number_of;
use crate::stove::verdict::{place, position};
use crate::stove::views;
use crate::usecases::{page_rows, text};

/// Lists count up to this many.
const COUNTED_MAX: i64 = 10_000;
/// Rows of an export's page when the caller does not say, and at most.
const EXPORT_ROWS: (i64, i64) = (500, 1_000);
/// Judgements shown.
const JUDGEMENTS: i64 = 50;

/// The filter with the stove found; `None`: there is no such stove.
fn filter(db: &Db, asked: &ReadingFilter) -> Result<Option<Filter>, ApiError> {
    let stove_id = match asked.stove.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
        None => None,
        Some(number) => match registry::resolve(db, number_of(number)?.as_str())? {
            None => return Ok(None),
            Some(stove_id) => Some(stove_id),
        },
    };
    let rule =
        |flag: &str| flag.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    Ok(Some(Filter {
        stove_id,
        signature: asked.signature.map(StoveSignature::word),
        flag: asked.flag.as_deref().map(rule),
        flagged: asked.flagged,
        source: asked.source.map(ReadingSource::word),
        standing: asked.standing.map(ReadingStanding::word),
        forward: asked.forward.map(ForwardState::word),
        officer: asked.officer.clone().filter(|officer| !officer.is_empty()),
        from: asked.from_ms.map(UnixMs),
        until: asked.until_ms.map(UnixMs),
    }))
}

fn empty() -> Page<ReadingRow> {
    Page { rows: Vec::new(), next: None, total: 0 }
}

pub(crate) async fn list(
    app: &Arc<App>,
    _: &Caller,
    asked: ReadingsList,
) -> Result<Page<ReadingRow>, ApiError> {
    app.read(move |db| {
        let Some(filter) = filter(db, &asked.filter)? else { return Ok(empty()) };
        let limit = page_rows(asked.limit);
        let found = store::page(db, &filter, asked.cursor, limit)?;
        let full = i64::try_from(found.len()).unwrap_or(0) == limit;
        let next = found.last().filter(|_| full).map(|row| row.reading_id);
        let total = store::count(db, &filter, COUNTED_MAX)?;
        Ok(Page { rows: found.into_iter().map(views::reading).collect(), next, total })
    })
    .await
}

pub(crate) async fn export(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReadingsExport,
) -> Result<Page<ReadingRow>, ApiError> {
    let after = asked.after.unwrap_or(0);
    if after <= 0 {
        let trail = app.trail(caller);
        let told = serde_json::to_value(&asked.filter).unwrap_or_default();
        let told: serde_json::Value = match told {
            serde_json::Value::Object(fields) => {
                let set = |value: &serde_json::Value| !value.is_null() && *value != json!(false);
                fields.into_iter().filter(|(_, value)| set(value)).collect()
            }
            other => other,
        };
        app.write(move |db| {
            Ok(trail.changed(db, "readings.export", "readings", &serde_json::Value::Null, &told)?)
        })
        .await?;
    }
    app.read(move |db| {
        let Some(filter) = filter(db, &asked.filter)? else { return Ok(empty()) };
        let limit = asked.limit.unwrap_or(EXPORT_ROWS.0).clamp(1, EXPORT_ROWS.1);
        let found = store::after(db, &filter, after, limit)?;
        let full = i64::try_from(found.len()).unwrap_or(0) == limit;
        let next = found.last().filter(|_| full).map(|row| row.reading_id);
        let total = store::count(db, &filter, COUNTED_MAX)?;
        Ok(Page { rows: found.into_iter().map(views::reading).collect(), next, total })
    })
    .await
}

pub(crate) async fn get(app: &Arc<App>, _: &Caller, asked: ById) -> Result<ReadingDetail, ApiError> {
    app.read(move |db| detail(db, asked.id)).await
}

fn found(db: &Db, id: i64) -> Result<store::ReadingRow, ApiError> {
    store::get(db, id)?.ok_or_else(|| ApiError::not_found("reading", id))
}

fn detail(db: &Db, id: i64) -> Result<ReadingDetail, ApiError> {
    let row = found(db, id)?;
    let beside = |neighbour: Option<series::Neighbour>| -> Result<Option<store::ReadingRow>, ApiError> {
        Ok(neighbour.map(|found| store::get(db, found.reading_id)).transpose()?.flatten())
    };
    let (previous, next) = match row.t {
        None => (None, None),
        Some(t) => {
            (beside(series::previous(db, row.stove_id, t)?)?, beside(series::next(db, row.stove_id, t)?)?)
        }
    };
    let counts = |row: &store::ReadingRow| row.judged_total.or(row.total);
    let used = previous
        .as_ref()
        .filter(|previous| row.in_series && previous.epoch == row.epoch)
        .and_then(|previous| Some(counts(&row)? - counts(previous)?))
        .filter(|used| *used >= 0);
    let judged = judgements::of(db, id, JUDGEMENTS)?.into_iter().map(|one| JudgementView {
        at_ms: one.at.0,
        standing: ReadingStanding::parse(&one.standing).unwrap_or(ReadingStanding::Raw),
        total: one.total,
        reason: one.reason,
        by: one.by,
    });
    let (version, slot) = views::told(&row);
    Ok(ReadingDetail {
        judgements: judged.collect(),
        payload: views::payload(&row.token),
        hash: gerai_core::hex::lower(&row.hash),
        version,
        slot,
        epoch: row.epoch,
        oddities: row.oddities.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        previous: previous.map(views::reading),
        used,
        next: next.map(views::reading),
        forward: forward::get(db, id)?.map(views::forward_row),
        token: row.token.clone(),
        row: views::reading(row),
    })
}

pub(crate) async fn frame(app: &Arc<App>, _: &Caller, asked: ById) -> Result<ReadingFrame, ApiError> {
    app.read(move |db| {
        let png = frames::get(db, asked.id)?.ok_or_else(|| {
            ApiError::new(
                ErrorCode::NotFound,
                format!("no picture of reading {} is kept", asked.id),
                "Pictures are dropped when the server has the reading; the settings say how long they are kept.",
            )
        })?;
        Ok(ReadingFrame { id: asked.id, png: STANDARD.encode(png) })
    })
    .await
}

pub(crate) async fn judge(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReadingJudge,
) -> Result<ReadingDetail, ApiError> {
    let reason = asked.reason.trim().to_owned();
    if reason.chars().any(char::is_control) {
        return Err(ApiError::invalid("reason", "a reason is one line of text", "Type it again."));
    }
    let trail = app.trail(caller);
    let (detail, number) = app
        .write(move |db| {
            let row = found(db, asked.id)?;
            let standing = Standing::parse(&row.standing).unwrap_or(Standing::Raw);
            let step = match asked.step {
                JudgeStep::Accept => Step::Accept { reason: reason.clone() },
                JudgeStep::Estimate => Step::Estimate { reason: reason.clone() },
                JudgeStep::Edit => Step::Edit { reason: reason.clone() },
                JudgeStep::Restore => Step::Restore { reason: reason.clone() },
            };
            let after = standing
                .after(&step)
                .map_err(|refused| {
                    let field = match refused {
                        StepRefused::NoSuchStep { .. } => "step",
                        StepRefused::NoReason | StepRefused::LongReason { .. } => "reason",
                    };
                    ApiError::invalid(field, refused.to_string(), "Look at the reading again.")
                })?;
            let total = figure(db, &row, asked.step, asked.total)?;
            series::set_standing(db, row.reading_id, after.word(), total)?;
            let judgement = Judgement {
                at: trail.now,
                standing: after.word().to_owned(),
                total,
                reason: reason.clone(),
                by: trail.actor.clone(),
            };
            judgements::add(db, row.reading_id, &judgement)?;
            if let Some(t) = row.t.filter(|_| row.in_series) {
                months::rebuild(db, row.stove_id, UnixS(t), Some(UnixS(t)))?;
            }
            let told = |standing: &str, total: Option<i64>, reason: Option<&str>| {
                json!({ "standing": standing, "total": total.or(row.total), "reason": reason })
            };
            let before = told(&row.standing, row.judged_total, None);
            let now = told(after.word(), total, Some(&reason));
            let subject = format!("reading {} of stove {}", row.reading_id, row.number);
            trail.changed(db, "readings.judge", subject, &before, &now)?;
            Ok((detail(db, row.reading_id)?, row.number.clone()))
        })
        .await?;
    app.emit(Event::Stove { id: Some(number) });
    Ok(detail)
}

/// The counter that counts after a step.
fn figure(
    db: &Db,
    row: &store::ReadingRow,
    step: JudgeStep,
    typed: Option<i64>,
) -> Result<Option<i64>, ApiError> {
    match step {
        JudgeStep::Accept | JudgeStep::Restore => Ok(None),
        JudgeStep::Edit => {
            let total = typed.filter(|total| (0..=99_999_999).contains(total)).ok_or_else(|| {
                ApiError::invalid("total", "a counter shows 0 to 99,999.999 kWh", "Type what counts.")
            })?;
            Ok(Some(total))
        }
        JudgeStep::Estimate => {
            let none = || {
                ApiError::new(
                    ErrorCode::Refused,
                    "an estimate needs a reading of the same meter on both sides",
                    "Wait for the next reading, or type a figure (edit).",
                )
            };
            let t = row.t.ok_or_else(none)?;
            let sample = |found: Option<series::Neighbour>| -> Result<Sample, ApiError> {
                let found = found.ok_or_else(none)?;
                let judged = store::get(db, found.reading_id)?.and_then(|row| row.judged_total);
                let point = found.point;
                Ok(Sample { t: point.t, total: judged.map_or(point.total, MilliKwh), epoch: point.epoch })
            };
            let before = sample(series::previous(db, row.stove_id, t)?)?;
            let after = sample(series::next(db, row.stove_id, t)?)?;
            Ok(Some(estimate(&before, &after, UnixS(t)).ok_or_else(none)?.0))
        }
    }
}

pub(crate) async fn unread(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReadingUnread,
) -> Result<UnreadView, ApiError> {
    let number = number_of(&asked.stove)?;
    let trail = app.trail(caller);
    let mut visit = Unread {
        unread_id: 0,
        at: trail.now,
        reason: text("reason", &asked.reason, 1, 200)?,
        note: text("note", &asked.note, 0, 300)?,
        officer: trail.actor.clone(),
        position: place(asked.position)?,
    };
    let view = app
        .write(move |db| {
            let stove_id = registry::ensure(db, number.as_str(), trail.now)?;
            visit.unread_id = visits::add(db, stove_id, &visit)?;
            trail.done(db, "readings.unread", format!("stove {number}: {}", visit.reason))?;
            let position = position(visit.position);
            Ok(UnreadView { position, ..views::unread(number.as_str(), visit) })
        })
        .await?;
    app.emit(Event::Stove { id: Some(view.stove.clone()) });
    Ok(view)
}
