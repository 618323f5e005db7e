//! The counter: pairing a screen with a till, and everything it shows, read from the ledger.

use std::sync::{Arc, PoisonError};

use gerai_core::tap::wire::RESULT_LATE_MS;
use gerai_core::time::UnixMs;
use gerai_store::payments::{self, PaymentFilter as Stored};
use gerai_store::sessions::SessionOf;
use gerai_store::{Db, tills};

use crate::App;
use crate::access::{Caller, Who};
use crate::backoff::Keys;
use crate::contract::*;
use crate::usecases::session::view_of;
use crate::usecases::{counter_images, own_till};
use crate::views;

/// Results kept on the counter beside the one that is lit.
const HISTORY_ROWS: usize = 5;

pub(crate) async fn pair(
    app: &Arc<App>,
    caller: &Caller,
    asked: CounterPair,
) -> Result<SessionView, ApiError> {
    let keys = Keys::peer("counter.pair", caller);
    app.admit(&keys).await.map_err(|held| match held.code {
        ErrorCode::SignInRefused => ApiError { code: ErrorCode::PairingRefused, ..held },
        _ => held,
    })?;
    let Some(till_id) = app.pairings.redeem(&asked.code, app.clock.now()) else {
        let trail = app.trail(caller);
        app.write(move |db| Ok(trail.refused(db, "counter.pair", "the code is wrong, used, or too old")?))
            .await?;
        return Err(ApiError::new(
            ErrorCode::PairingRefused,
            "this code is wrong, used, or older than ten minutes",
            "Make a new code in the console, under the till.",
        ));
    };
    let trail = app.trail(caller);
    app.open_session(caller, SessionOf::Till(till_id), false, move |db| {
        keys.forgive(db)?;
        trail.done(db, "counter.pair", format!("till {till_id}"))
    })
    .await?;
    let counter = view_of(app, None, Some(till_id), false).await?;
    Ok(SessionView { idle_lock_s: 0, ..counter })
}

pub(crate) async fn show(
    app: &Arc<App>,
    caller: &Caller,
    asked: CounterShow,
) -> Result<CounterView, ApiError> {
    let wanted = match (&caller.who, asked.till_id) {
        (Who::Counter { till_id, .. }, None) => Some(*till_id),
        (_, asked) => asked,
    };
    if let Some(till_id) = wanted {
        own_till(caller, till_id)?;
    }
    let now = app.clock.now();
    let on_duty = match &caller.who {
        Who::Counter { on_duty: Some(operator), .. } => Some(operator.name.clone()),
        _ => None,
    };
    let core = Arc::clone(app);
    app.read(move |db| {
        let till = match wanted {
            Some(id) => tills::get(db, id)?.ok_or_else(|| ApiError::not_found("till", id))?,
            None => tills::default(db)?.ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotFound,
                    "there is no till yet",
                    "Add one in the console, under Tills.",
                )
            })?,
        };
        view(&core, db, till, now).map(|view| CounterView { on_duty, ..view })
    })
    .await
}

fn view(app: &App, db: &Db, till: tills::Till, now: UnixMs) -> Result<CounterView, ApiError> {
    let settings = app.settings();
    let settings = &settings.1;
    let armed = views::armed_now(&till, now);
    let mut results = results(app, db, till.till_id, HISTORY_ROWS as i64 + 1)?;
    let fresh = results.first().is_some_and(|newest| now.0 - newest.at_ms <= RESULT_LATE_MS);
    let result = fresh.then(|| results.remove(0));
    results.truncate(HISTORY_ROWS);
    let stopped = app.stopped();
    Ok(CounterView {
        till_id: till.till_id,
        place: if till.place.is_empty() { settings.station.name.clone() } else { till.place },
        till: till.name,
        now_ms: now.0,
        online: app.link.lock().unwrap_or_else(PoisonError::into_inner).up,
        taking: stopped.is_none(),
        stopped: stopped.unwrap_or_default(),
        price: till.price.map(|price| price.0),
        armed: armed.map(|sale| sale.amount.0),
        armed_until_ms: armed.map(|sale| sale.until.0),
        max_per_tap: settings.payments.max_per_tap,
        result,
        history: if settings.counter.history { results } else { Vec::new() },
        language: settings.station.language,
        images: counter_images::on_counter(db, till.till_id)?,
        settings: settings.counter.clone(),
        on_duty: None,
        try_out: app.try_out,
    })
}

impl App {
    /// Why no payment can be taken now, if none can.
    pub(crate) fn stopped(&self) -> Option<String> {
        match self.store.writer() {
            Ok(writer) if writer.is_stopped() => Some("the ledger has stopped after a disk error".to_owned()),
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        }
    }
}

/// The newest result of a till while it is on the counter.
pub(crate) fn shown_result(
    app: &App,
    db: &Db,
    till_id: i64,
    now: UnixMs,
) -> Result<Option<CounterResult>, ApiError> {
    let stays_ms = app.settings().1.counter.result_seconds * 1_000;
    let newest = results(app, db, till_id, 1)?.into_iter().next();
    Ok(newest.filter(|result| (0..stays_ms).contains(&(now.0 - result.at_ms))))
}

fn results(app: &App, db: &Db, till_id: i64, limit: i64) -> Result<Vec<CounterResult>, ApiError> {
    let privacy = app.settings().1.counter.balance;
    let filter = Stored { till_id: Some(till_id), ..Stored::default() };
    payments::list(db, &filter, None, limit)?
        .iter()
        .map(|payment| views::counter_result(db, payment, privacy))
        .collect()
}
