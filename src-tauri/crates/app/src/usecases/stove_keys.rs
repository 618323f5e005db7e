//! Keys of stoves: the list, registering, importing, and changing a stove's secret or number step by step.

use std::sync::Arc;

use gerai_core::secret::Secret;
use gerai_core::stove::StoveId;
use gerai_core::stove::rotation::Event as Happened;
use gerai_core::stove::rotation::message::new_secret;
use gerai_core::stove::verify::key_warnings;
use gerai_store::Db;
use gerai_store::stove::keys::{self as store, KeyRow};
use gerai_store::stove::{changes, registry, tariffs};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::passwords;
use crate::stove::demo;
use crate::stove::import::{self, Line, SECRET_BYTES_MAX};
use crate::stove::keys_many::{KEYS_MAX, NewKey, Registered};
use crate::stove::take::number_of;
use crate::stove::views;
use crate::trail::Trail;
use crate::usecases::internal;
use crate::usecases::scan::address;
use crate::usecases::stoves::{filter_of, page_of};

/// Lines of an import's report.
const REPORTED_MAX: usize = 1_000;

pub(crate) async fn list(
    app: &Arc<App>,
    _: &Caller,
    asked: StovesList,
) -> Result<Page<StoveKeyRow>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let filter = registry::Filter { keyed: asked.registered != Some(false), ..filter_of(&core, &asked) };
        let (found, next, total) = page_of(db, &filter, &asked)?;
        let rows = found.into_iter().map(|stove| row(&core, db, stove)).collect::<Result<_, _>>()?;
        Ok(Page { rows, next, total })
    })
    .await
}

fn row(app: &App, db: &Db, stove: registry::Stove) -> Result<StoveKeyRow, ApiError> {
    let held = app.stoves.keys.held(stove.stove_id);
    let view = |key: KeyRow| StoveKeyInfo {
        id: key.key_id,
        made_ms: key.made.0,
        warnings: serde_json::from_str(&key.warnings).unwrap_or_default(),
        held,
    };
    let keys = store::of(db, stove.stove_id)?;
    let of = |slot: &str| keys.iter().find(|key| key.slot == slot).cloned().map(view);
    let change = changes::last_of(db, stove.stove_id)?.filter(|change| change.open);
    Ok(StoveKeyRow {
        current: of("current"),
        previous: of("previous"),
        pending: of("pending"),
        change: change.map(|change| views::change(&stove.number, &change)),
        stove: stove.number,
        label: stove.label,
    })
}

fn warning_words(secret: &Secret<Vec<u8>>) -> Vec<String> {
    let words = serde_json::to_value(key_warnings(secret.expose())).and_then(serde_json::from_value);
    words.unwrap_or_default()
}

pub(crate) async fn register(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveKeyRegister,
) -> Result<StoveKeyShown, ApiError> {
    let number = number_of(&asked.stove)?;
    if app.try_out && number.as_str() == demo::NUMBER {
        return Err(ApiError::new(
            ErrorCode::Refused,
            format!("stove {number} is the try-out's own and has its key already"),
            "Register another number.",
        ));
    }
    let (secret, made) = match asked.secret {
        Some(text) => (Secret::new(text.into_bytes()), false),
        None => {
            let random = passwords::random_key().map_err(internal)?;
            let made = new_secret(&random)
                .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
            (made, true)
        }
    };
    if !(1..=SECRET_BYTES_MAX).contains(&secret.expose().len()) {
        return Err(ApiError::invalid(
            "secret",
            format!("a secret has 1 to {SECRET_BYTES_MAX} bytes"),
            "Type it as it is in the stove, or let the station make one.",
        ));
    }
    let warnings = warning_words(&secret);
    let shown = made.then(|| String::from_utf8_lossy(secret.expose()).into_owned());
    let (core, trail) = (Arc::clone(app), app.trail(caller));
    let key_id = App::blocking(move || {
        let key_id = core.register_stove_key(number, &secret, &trail, "stove_keys.register")?;
        core.remove_spent_stove_keys()?;
        Ok(key_id)
    })
    .await?;
    app.verify_again(number).await?;
    app.emit(Event::Stove { id: Some(number.to_string()) });
    Ok(StoveKeyShown { stove: number.to_string(), key_id, secret: shown, warnings })
}

pub(crate) async fn import(
    app: &Arc<App>,
    caller: &Caller,
    asked: StovesImport,
) -> Result<ImportReport, ApiError> {
    let (core, trail) = (Arc::clone(app), app.trail(caller));
    let (report, keyed) = App::blocking(move || {
        let mut report = ImportReport::default();
        let mut keyed = Vec::new();
        let mut lines = Vec::new();
        for line in import::read(&asked.text)? {
            match line {
                Ok(line) => lines.push(line),
                Err(refused) => {
                    report.refused += 1;
                    note(&mut report, refused.number, refused.stove, ImportOutcome::Refused, refused.why);
                }
            }
        }
        while !lines.is_empty() {
            let page: Vec<Line> = lines.drain(..lines.len().min(KEYS_MAX)).collect();
            import_page(&core, &trail, page, &mut report, &mut keyed)?;
        }
        report.lines.sort_by_key(|line| line.line);
        let told = format!(
            "{} new stoves, {} known, {} lines refused, {} keys",
            report.added, report.changed, report.refused, report.keys
        );
        core.store.writer()?.submit_blocking(move |db| -> Result<(), ApiError> {
            Ok(trail.done(db, "stoves.import", told)?)
        })?;
        Ok((report, keyed))
    })
    .await?;
    for number in keyed {
        app.verify_again(number).await?;
    }
    app.emit(Event::Stove { id: None });
    Ok(report)
}

fn note(report: &mut ImportReport, line: i64, stove: String, outcome: ImportOutcome, message: String) {
    if report.lines.len() < REPORTED_MAX {
        report.lines.push(ImportLine { line, stove, outcome, message });
    }
}

/// Takes a page of lines. What goes wrong with one is told and stops no other.
fn import_page(
    app: &App,
    trail: &Trail,
    page: Vec<Line>,
    report: &mut ImportReport,
    keyed: &mut Vec<StoveId>,
) -> Result<(), ApiError> {
    let now = trail.now;
    let mut keys: Vec<(i64, NewKey)> = Vec::new();
    for line in &page {
        if let Some(secret) = &line.secret {
            keys.push((line.number, NewKey { stove: line.stove, secret: secret.clone() }));
        }
    }
    let saved = app.store.writer()?.submit_blocking(move |db| -> Result<Vec<_>, ApiError> {
        let one = |line: Line| (line.number, line.stove, save_line(db, line, now));
        Ok(page.into_iter().map(one).collect())
    })?;
    for (number, stove, saved) in saved {
        match saved {
            Ok(new) => {
                report.added += i64::from(new);
                report.changed += i64::from(!new);
            }
            Err(error) => {
                report.refused += 1;
                keys.retain(|(line, _)| *line != number);
                note(report, number, stove.to_string(), ImportOutcome::Refused, error.to_string());
            }
        }
    }
    let asked: Vec<NewKey> = keys.iter().map(|(_, key)| key.clone()).collect();
    let answers = app.register_stove_keys(&asked, trail, "stoves.import")?;
    for ((number, key), answer) in keys.into_iter().zip(answers) {
        let message = match answer {
            Registered::Same => continue,
            Registered::No(error) => format!("the stove is saved, its key is not: {error}"),
            Registered::Yes => {
                report.keys += 1;
                keyed.push(key.stove);
                let warnings = warning_words(&key.secret);
                if warnings.is_empty() {
                    continue;
                }
                format!("its secret is weak: {}", warnings.join(", "))
            }
        };
        note(report, number, key.stove.to_string(), ImportOutcome::Changed, message);
    }
    Ok(())
}

/// Saves what a line says; `true`: a new stove. A refused line has written nothing.
fn save_line(db: &Db, line: Line, now: gerai_core::time::UnixMs) -> Result<bool, ApiError> {
    if let Some(tariff) = &line.tariff
        && tariffs::get(db, tariff)?.is_none()
    {
        return Err(ApiError::not_found("tariff", tariff));
    }
    let before = registry::find(db, line.stove.as_str())?;
    let stove_id = registry::ensure(db, line.stove.as_str(), now)?;
    let known = before.as_ref();
    let keep = |new: Option<String>, old: Option<&String>| new.or_else(|| old.cloned()).unwrap_or_default();
    let labels = registry::Labels {
        label: keep(line.label, known.map(|stove| &stove.label)),
        place: keep(line.place, known.map(|stove| &stove.place)),
        note: known.map(|stove| stove.note.clone()).unwrap_or_default(),
        tariff: keep(line.tariff, known.map(|stove| &stove.tariff)),
        position: line.position.or_else(|| known.and_then(|stove| stove.position)),
    };
    registry::label(db, stove_id, &labels)?;
    Ok(before.is_none())
}

pub(crate) async fn change(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveKeyChange,
) -> Result<StoveChangeView, ApiError> {
    let number = number_of(&asked.stove)?;
    let trail = app.trail(caller);
    let mut message = None;
    let step = |happened| app.move_change(number, happened, String::new(), trail.clone());
    match asked.step {
        StoveChangeStep::Status => {}
        StoveChangeStep::Begin => {
            let kind = asked.kind.unwrap_or(StoveChangeKind::Secret);
            app.begin_change(number, kind, asked.new_id.as_deref(), trail.clone()).await?;
        }
        StoveChangeStep::ServerAgrees => step(Happened::ServerAck).await?,
        StoveChangeStep::ServerRefuses => step(Happened::ServerRefused).await?,
        StoveChangeStep::Write => {
            let to = address(asked.address.as_deref().unwrap_or_default())?;
            app.write_change(number, &to, trail.clone()).await?;
        }
        StoveChangeStep::WriteByHand => {
            let text = app.change_message(number).await?;
            step(Happened::WriteBegins).await?;
            message = Some(String::from_utf8_lossy(text.expose()).into_owned());
        }
        StoveChangeStep::Written => step(Happened::WriteDone).await?,
        StoveChangeStep::ServerUpdated => step(Happened::ServerUpdateDone).await?,
        StoveChangeStep::Abandon => step(Happened::Abandon).await?,
        StoveChangeStep::TakeUp => step(Happened::TakeUp).await?,
    }
    let view = app
        .read(move |db| {
            let stove = App::find_stove(db, number.as_str())?;
            let change = changes::last_of(db, stove.stove_id)?.ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotFound,
                    format!("stove {number} was never changed"),
                    "Begin a change.",
                )
            })?;
            Ok(views::change(&stove.number, &change))
        })
        .await?;
    Ok(StoveChangeView { message, ..view })
}
