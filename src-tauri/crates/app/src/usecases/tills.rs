//! Tills: prices, armed amounts, pairing a counter.

use std::sync::Arc;

use gerai_core::ledger::Limits;
use gerai_core::money::Rupiah;
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::tills::{self, Till};
use gerai_store::{Db, StoreError, accounts, readers};
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::devices::VIRTUAL_PREFIX;
use crate::usecases::counter::shown_result;
use crate::usecases::{internal, own_till, text};
use crate::{passwords, views};

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<TillView>, ApiError> {
    let (now, day) = app.today();
    let core = Arc::clone(app);
    app.read(move |db| tills::list(db)?.into_iter().map(|till| view(&core, db, till, now, day)).collect())
        .await
}

fn view(app: &App, db: &Db, till: Till, now: UnixMs, day: WibDay) -> Result<TillView, ApiError> {
    let (taps_today, taken_today, last_tap_ms) = tills::today(db, till.till_id, day.0)?;
    let names: Vec<String> = readers::list(db)?
        .into_iter()
        .filter(|r| !r.revoked && !r.name.starts_with(VIRTUAL_PREFIX))
        .filter(|r| r.till_id.map_or(till.is_default, |id| id == till.till_id))
        .map(|r| r.name)
        .collect();
    let armed = views::armed_now(&till, now);
    Ok(TillView {
        id: till.till_id,
        place: till.place.clone(),
        price: till.price.map(|price| price.0),
        is_default: till.is_default,
        armed: armed.map(|sale| sale.amount.0),
        armed_until_ms: armed.map(|sale| sale.until.0),
        result: shown_result(app, db, till.till_id, now)?,
        online: names.iter().any(|name| app.presence.of(name).connections > 0),
        readers: names,
        taps_today,
        taken_today,
        last_tap_ms,
        name: till.name,
    })
}

async fn one(app: &Arc<App>, till_id: i64) -> Result<TillView, ApiError> {
    let (now, day) = app.today();
    let core = Arc::clone(app);
    app.read(move |db| {
        let till = tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
        view(&core, db, till, now, day)
    })
    .await
}

pub(crate) async fn save(app: &Arc<App>, caller: &Caller, asked: TillSave) -> Result<TillView, ApiError> {
    let name = text("name", &asked.name, 1, 40)?;
    let place = text("place", &asked.place, 0, 60)?;
    let price = price("price", asked.price, &app.limits())?;
    let trail = app.trail(caller);
    let till_id = app
        .write(move |db| {
            let (till_id, before) = match asked.id {
                None => (tills::create(db, &name, &place, price).map_err(taken)?, None),
                Some(id) => {
                    let before = tills::get(db, id)?.ok_or_else(|| ApiError::not_found("till", id))?;
                    tills::update(db, id, &name, &place, price).map_err(taken)?;
                    (id, Some(before))
                }
            };
            if asked.is_default {
                tills::make_default(db, till_id)?;
            }
            let terms = |till: &Till| json!({ "name": till.name, "price": till.price.map(|price| price.0), "default": till.is_default });
            let after = tills::get(db, till_id)?.as_ref().map_or(Value::Null, terms);
            let before = before.as_ref().map_or(Value::Null, terms);
            trail.changed(db, "tills.save", format!("till {till_id}"), &before, &after)?;
            Ok(till_id)
        })
        .await?;
    app.emit(Event::Till { till_id });
    one(app, till_id).await
}

/// A price that can be: 1 rupiah up to the limit per tap.
pub(crate) fn price(field: &str, price: Option<i64>, limits: &Limits) -> Result<Option<Rupiah>, ApiError> {
    let Some(price) = price else { return Ok(None) };
    match Rupiah::asked(price).filter(|price| *price <= limits.per_tap) {
        Some(price) => Ok(Some(price)),
        None => Err(ApiError::invalid(
            field,
            format!("{} is not between Rp 1 and the limit per tap of {}", Rupiah(price), limits.per_tap),
            "Type another amount, or raise the limit in the settings.",
        )),
    }
}

pub(crate) async fn arm(app: &Arc<App>, caller: &Caller, asked: TillArm) -> Result<TillView, ApiError> {
    own_till(caller, asked.id)?;
    let amount = price("amount", Some(asked.amount), &app.limits())?.unwrap_or(Rupiah::ZERO);
    let trail = app.trail(caller);
    let until = trail.now.plus(app.settings().1.payments.arm_seconds * 1_000);
    let till_id = asked.id;
    app.write(move |db| {
        let till = tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
        if till.price.is_some() {
            return Err(ApiError::new(
                ErrorCode::Refused,
                format!("{} has a fixed price", till.name),
                "Take the fixed price away in the till's settings to type amounts.",
            ));
        }
        tills::arm(db, till_id, amount, until)?;
        let before =
            views::armed_now(&till, trail.now).map_or(Value::Null, |sale| json!({ "armed": sale.amount.0 }));
        Ok(trail.changed(
            db,
            "tills.arm",
            format!("till {till_id}"),
            &before,
            &json!({ "armed": amount.0 }),
        )?)
    })
    .await?;
    app.emit(Event::Till { till_id });
    one(app, till_id).await
}

pub(crate) async fn cancel(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<TillView, ApiError> {
    own_till(caller, asked.id)?;
    let (trail, till_id) = (app.trail(caller), asked.id);
    app.write(move |db| {
        let till = tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
        tills::disarm(db, till_id)?;
        let before =
            views::armed_now(&till, trail.now).map_or(Value::Null, |sale| json!({ "armed": sale.amount.0 }));
        Ok(trail.changed(db, "tills.cancel", format!("till {till_id}"), &before, &Value::Null)?)
    })
    .await?;
    app.emit(Event::Till { till_id });
    one(app, till_id).await
}

pub(crate) async fn pairing_code(
    app: &Arc<App>,
    caller: &Caller,
    asked: ById,
) -> Result<PairingCode, ApiError> {
    let (trail, till_id) = (app.trail(caller), asked.id);
    app.write(move |db| {
        let till = tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
        Ok(trail.done(db, "tills.pairing_code", &till.name)?)
    })
    .await?;
    let code = passwords::pairing_code().map_err(internal)?;
    let until = app.pairings.offer(&code, till_id, app.clock.now());
    Ok(PairingCode { code, until_ms: until.0 })
}

fn taken(error: StoreError) -> ApiError {
    if accounts::is_taken(&error, "till.name") {
        return ApiError {
            field: Some("name".to_owned()),
            ..ApiError::new(ErrorCode::Taken, "another till has this name", "Choose another name.")
        };
    }
    error.into()
}
