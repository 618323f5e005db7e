//! Stoves: the registry, replaced meters, charts, tariffs, and the try-out stove.

use std::sync::Arc;

use gerai_core::money::Rupiah;
use gerai_core::stove::MilliKwh;
use gerai_core::stove::tariff::{Tariff, TariffBook, Tier};
use gerai_core::time::{UnixMs, WibDay, WibMonth};
use gerai_store::Db;
use gerai_store::stove::registry::{self, Labels, Stove};
use gerai_store::stove::replacements;
use gerai_store::stove::{changes, evidence, list as rows, tariffs as store, unread};
use qrcode::{Color, EcLevel, QrCode};
use serde_json::json;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::stove::charts::{self, Span};
use crate::stove::take::number_of;
use crate::stove::verdict::{place, position};
use crate::stove::{demo, views};
use crate::usecases::{page_rows, text};

/// Lists count up to this many.
const COUNTED_MAX: i64 = 10_000;
/// Evidence and visits shown of one stove.
const SHOWN: i64 = 20;

/// When the running WIB month began, Unix seconds.
fn month_began(now: UnixMs) -> i64 {
    WibDay::of(now).month().first_day().starts().0.div_euclid(1_000)
}

pub(crate) fn filter_of(app: &App, asked: &StovesList) -> registry::Filter {
    registry::Filter {
        search: asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
        flagged: asked.flagged,
        unread: asked.unread,
        registered: asked.registered,
        keyed: false,
        changing: asked.changing,
        read_since: asked.read.map(|read| (read, month_began(app.clock.now()))),
        keyed_elsewhere: app.try_out.then_some(demo::NUMBER),
    }
}

/// A page of stoves by number, and the cursor of the next one.
pub(crate) fn page_of(
    db: &Db,
    filter: &registry::Filter,
    asked: &StovesList,
) -> Result<(Vec<Stove>, Option<i64>, i64), ApiError> {
    let limit = page_rows(asked.limit);
    // The cursor is the last number, which fits into one.
    let after = asked.cursor.map(|cursor| format!("{cursor:011}"));
    let found = registry::page(db, filter, after.as_deref(), limit)?;
    let full = i64::try_from(found.len()).unwrap_or(0) == limit;
    let next = found.last().filter(|_| full).and_then(|stove| stove.number.parse().ok());
    Ok((found, next, registry::count(db, filter, COUNTED_MAX)?))
}

pub(crate) async fn list(app: &Arc<App>, _: &Caller, asked: StovesList) -> Result<Page<StoveRow>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let (found, next, total) = page_of(db, &filter_of(&core, &asked), &asked)?;
        let rows = found.into_iter().map(|stove| row(&core, db, stove)).collect::<Result<_, _>>()?;
        Ok(Page { rows, next, total })
    })
    .await
}

fn row(app: &App, db: &Db, stove: Stove) -> Result<StoveRow, ApiError> {
    let mut row = views::stove(db, stove, app.clock.now())?;
    // The key of the stove made of software is in memory, not among the keys.
    row.registered |= app.try_out && row.id == demo::NUMBER;
    Ok(row)
}

pub(crate) async fn month(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<StovesMonth, ApiError> {
    let now = app.clock.now();
    app.read(move |db| {
        let read =
            registry::Filter { read_since: Some((true, month_began(now))), ..registry::Filter::default() };
        Ok(StovesMonth {
            month: WibDay::of(now).month().to_string(),
            stoves: registry::count(db, &registry::Filter::default(), i64::MAX)?,
            read: registry::count(db, &read, i64::MAX)?,
        })
    })
    .await
}

pub(crate) async fn get(app: &Arc<App>, _: &Caller, asked: StoveById) -> Result<StoveDetail, ApiError> {
    detail(app, asked.id).await
}

pub(crate) async fn detail(app: &Arc<App>, number: String) -> Result<StoveDetail, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let stove = App::find_stove(db, &number)?;
        let replacements = replacements::of(db, stove.stove_id)?.into_iter().rev().map(|told| {
            let figures = told.replacement;
            MeterReplacement {
                at_ms: figures.at.ms().0,
                last_total: figures.last_total.map(|total| total.0),
                first_total: figures.first_total.map(|total| total.0),
                note: told.note,
                by: told.by,
            }
        });
        let replacements = replacements.collect();
        let number = stove.number.clone();
        let kept = evidence::of(db, stove.stove_id, SHOWN)?;
        let visits = unread::of(db, stove.stove_id, SHOWN)?;
        let change = changes::last_of(db, stove.stove_id)?;
        Ok(StoveDetail {
            note: stove.note.clone(),
            tariff: stove.tariff.clone(),
            set_position: position(stove.position),
            previous_id: stove.previous_number.clone(),
            replacements,
            ask_replacement: rows::backwards(db, stove.stove_id)?.map(views::reading),
            evidence: kept.into_iter().map(|row| views::evidence(&number, row)).collect(),
            unread_visits: visits.into_iter().map(|row| views::unread(&number, row)).collect(),
            change: change.map(|change| views::change(&number, &change)),
            row: row(&core, db, stove)?,
        })
    })
    .await
}

pub(crate) async fn save(app: &Arc<App>, caller: &Caller, asked: StoveSave) -> Result<StoveDetail, ApiError> {
    let number = number_of(&asked.id)?;
    let labels = Labels {
        label: text("label", &asked.label, 0, 60)?,
        place: text("place", &asked.place, 0, 120)?,
        note: text("note", &asked.note, 0, 500)?,
        tariff: text("tariff", &asked.tariff, 0, 40)?,
        position: place(asked.position)?,
    };
    let trail = app.trail(caller);
    app.write(move |db| {
        if !labels.tariff.is_empty() && store::get(db, &labels.tariff)?.is_none() {
            return Err(ApiError::not_found("tariff", &labels.tariff));
        }
        let stove_id = registry::ensure(db, number.as_str(), trail.now)?;
        let told = |stove: &Stove| {
            json!({ "label": stove.label, "place": stove.place, "note": stove.note, "tariff": stove.tariff,
                    "position": position(stove.position) })
        };
        let before = registry::get(db, stove_id)?.as_ref().map(told);
        registry::label(db, stove_id, &labels)?;
        let after = registry::get(db, stove_id)?.as_ref().map(told);
        let subject = format!("stove {number}");
        Ok(trail.changed(
            db,
            "stoves.save",
            subject,
            &before.unwrap_or_default(),
            &after.unwrap_or_default(),
        )?)
    })
    .await?;
    app.emit(Event::Stove { id: Some(number.to_string()) });
    detail(app, asked.id).await
}

pub(crate) async fn chart(app: &Arc<App>, _: &Caller, asked: StoveChart) -> Result<StoveChartView, ApiError> {
    let span = Span::parse(asked.range, asked.at.as_deref(), app.clock.now())?;
    app.read(move |db| {
        let stove = App::find_stove(db, &asked.id)?;
        charts::chart(db, &stove, span)
    })
    .await
}

fn tariff_view(name: String, book: &TariffBook) -> StoveTariff {
    let steps = book.tariffs().iter().map(|tariff| StoveTariffStep {
        from: tariff.from.to_string(),
        tiers: tariff
            .tiers
            .iter()
            .map(|tier| StoveTier { up_to: tier.up_to.map(|end| end.0), per_kwh: tier.per_kwh.0 })
            .collect(),
        monthly_fee: tariff.monthly_fee.0,
    });
    StoveTariff { name, steps: steps.collect() }
}

pub(crate) async fn tariffs(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<StoveTariff>, ApiError> {
    app.read(|db| {
        let all = store::list(db)?.into_iter().map(|(name, book)| {
            let book = serde_json::from_str(&book).unwrap_or_default();
            tariff_view(name, &book)
        });
        Ok(all.collect())
    })
    .await
}

pub(crate) async fn save_tariff(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveTariff,
) -> Result<StoveTariff, ApiError> {
    let name = text("name", &asked.name, 1, 40)?;
    let mut steps = Vec::new();
    for step in &asked.steps {
        let from = WibMonth::parse(&step.from).ok_or_else(|| {
            ApiError::invalid("from", format!("`{}` is no month", step.from), "Write it as 2026-11.")
        })?;
        let tier = |tier: &StoveTier| Tier { up_to: tier.up_to.map(MilliKwh), per_kwh: Rupiah(tier.per_kwh) };
        let tiers = step.tiers.iter().map(tier).collect();
        steps.push(Tariff { from, tiers, monthly_fee: Rupiah(step.monthly_fee) });
    }
    if steps.is_empty() || steps.len() > 200 {
        return Err(ApiError::invalid("steps", "a tariff has 1 to 200 steps", "Add a month and its prices."));
    }
    let book = TariffBook::of(steps)
        .map_err(|refused| ApiError::invalid("steps", refused.to_string(), "Correct it and save again."))?;
    let document = serde_json::to_string(&book)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
    let trail = app.trail(caller);
    let view = tariff_view(name.clone(), &book);
    app.write(move |db| {
        let before = store::get(db, &name)?;
        store::put(db, &name, &document)?;
        let value = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        let (before, after) = (value(before).unwrap_or_default(), value(Some(document)).unwrap_or_default());
        Ok(trail.changed(db, "stove_tariffs.save", format!("tariff {name}"), &before, &after)?)
    })
    .await?;
    app.emit(Event::Stove { id: None });
    Ok(view)
}

pub(crate) async fn remove_tariff(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveTariffName,
) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        let stoves = store::used_by(db, &asked.name)?;
        if stoves > 0 {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("{stoves} stoves have the tariff {}", asked.name),
                "Give them another one first.",
            ));
        }
        if !store::remove(db, &asked.name)? {
            return Err(ApiError::not_found("tariff", &asked.name));
        }
        Ok(trail.done(db, "stove_tariffs.remove", format!("tariff {}", asked.name))?)
    })
    .await?;
    app.emit(Event::Stove { id: None });
    Ok(Nothing {})
}

pub(crate) async fn demo(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<DemoStove, ApiError> {
    let shown = app.demo_stove().ok_or_else(|| {
        ApiError::new(
            ErrorCode::Refused,
            "the stove made of software exists in try-outs only",
            "Start a station on a new folder with the try-out option.",
        )
    })?;
    let code = QrCode::with_error_correction_level(&shown.qr, EcLevel::L).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("no QR code can be made: {error}"), "")
    })?;
    let bit = |color: &Color| if *color == Color::Dark { '1' } else { '0' };
    let rows = code.to_colors().chunks(code.width()).map(|row| row.iter().map(bit).collect()).collect();
    Ok(DemoStove { id: demo::NUMBER.to_owned(), token: shown.qr, bluetooth: shown.bluetooth, rows })
}
