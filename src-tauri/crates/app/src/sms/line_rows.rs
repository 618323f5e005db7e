//! Lines between the database and the board: rows of modems and SIMs that were never seen are made, a SIM that is another one
//! than before is noticed, and what is set goes to the modems.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::VaultError;
use gerai_core::port::lines::{LineHealth, LineReport, LineSetup};
use gerai_core::secret::Secret;
use gerai_core::sms::routing::{self, Rule, Rules};
use gerai_core::time::UnixMs;
use gerai_store::sms::lines::{self, LineRow};
use gerai_store::sms::{rules, usage};
use gerai_store::{Db, StoreError};

use super::board::{Loaded, SimSettings};
use super::{calendar, pool};
use crate::App;
use crate::contract::{ApiError, Event, RouteRule};
use crate::usecases::lines::{SIM_PIN, modem_settings, split};

/// Rows that get another pool in one transaction after the rules changed.
const REPOOL_STEP: i64 = 500;
/// A dispatcher that is alive reads what was set within this time.
const RELOAD: Duration = Duration::from_secs(2);

/// Reads what is set and used of every line, and the rules, and puts them on the board.
pub(crate) fn load(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let zone = app.settings().1.sms.time_zone.clone();
    let place = calendar::place(now, &zone);
    let (loaded, rules) = app.store.read(|db| -> Result<_, StoreError> {
        let mut loaded = Vec::new();
        for row in lines::list(db)? {
            loaded.push(load_one(db, row, &place)?);
        }
        Ok((loaded, stored_rules(db)?))
    })?;
    let own: Vec<(i64, Vec<String>)> =
        loaded.iter().map(|line| (line.row.line_id, line.settings.prefixes.clone())).collect();
    let all = routing::with_line_prefixes(rules, own.iter().map(|(id, prefixes)| (*id, prefixes.as_slice())));
    let rules = Rules::new(all).unwrap_or_else(|error| {
        tracing::error!(%error, "The stored routing rules cannot be used");
        Rules::default()
    });
    app.sms.board().set(loaded, rules, &zone, now);
    Ok(())
}

/// Has what was set read anew, and waits until it is on the board: what is answered then shows it.
pub(crate) async fn reload(app: &Arc<App>) -> Result<(), ApiError> {
    if app.sms.runtime().is_err() {
        // No dispatcher runs yet: nobody else touches the board.
        let core = Arc::clone(app);
        return App::blocking(move || Ok(load(&core)?)).await;
    }
    // A dispatcher that has stopped never answers.
    let _ = tokio::time::timeout(RELOAD, app.sms.nudge.setup_told()).await;
    Ok(())
}

fn load_one(db: &Db, row: LineRow, place: &calendar::Place) -> Result<Loaded, StoreError> {
    let sim = row.sim_id.map(|id| lines::sim_of(db, id)).transpose()?.flatten();
    let sim_settings: SimSettings =
        sim.as_ref().and_then(|sim| serde_json::from_str(&sim.settings).ok()).unwrap_or_default();
    let mut settings = modem_settings(&row);
    if sim.is_some() {
        // What follows the SIM is the SIM's.
        settings.limits = sim_settings.limits.clone();
        settings.tariff.clone_from(&sim_settings.tariff);
        settings.packages.clone_from(&sim_settings.packages);
        settings.balance_code.clone_from(&sim_settings.balance_code);
        settings.balance_hours = sim_settings.balance_hours;
        settings.balance_floor = sim_settings.balance_floor;
        settings.msisdn.clone_from(&sim_settings.msisdn);
    }
    let (mut hours, mut recipients, mut by_prefix) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(sim) = &sim {
        hours = usage::since(db, sim.sim_id, place.month)?;
        recipients = usage::recipients(db, sim.sim_id, place.day)?;
        by_prefix = usage::by_prefix(db, sim.sim_id, place.day)?;
    }
    Ok(Loaded { row, settings, sim, sim_settings, hours, recipients, by_prefix })
}

fn stored_rules(db: &Db) -> Result<Vec<Rule>, StoreError> {
    let stored = rules::get(db)?;
    let rules: Vec<RouteRule> = serde_json::from_str(&stored.rules)
        .map_err(|error| StoreError::Refused(format!("the stored routing rules cannot be read: {error}")))?;
    Ok(rules
        .into_iter()
        .map(|rule| Rule { prefix: rule.prefix, label: rule.label, deny: rule.deny, tiers: rule.lines })
        .collect())
}

/// Takes a line's report in. A modem or a SIM that is new gets its row first.
pub(crate) async fn reported(app: &Arc<App>, report: LineReport) -> Result<(), ApiError> {
    let now = app.clock.now();
    let imei = report.key.imei.clone();
    let known = app.sms.board().report(report.clone(), now);
    if !known && report.health != LineHealth::Absent {
        let found = report.clone();
        let changed = app.write(move |db| Ok(rows_of(db, &found, now)?)).await?;
        if changed {
            let core = Arc::clone(app);
            App::blocking(move || Ok(load(&core)?)).await?;
            configure(app).await?;
        }
        app.sms.board().report(report, now);
    }
    if let Some(line_id) = app.sms.line_of_imei(&imei) {
        app.emit(Event::Line { line_id });
    }
    Ok(())
}

/// Makes the rows of a modem and its SIM, or notices that the SIM is another one. `true`: something changed.
fn rows_of(db: &Db, report: &LineReport, now: UnixMs) -> Result<bool, StoreError> {
    let model = format!("{} {}", report.maker, report.model).trim().to_owned();
    let before = lines::by_imei(db, &report.key.imei)?;
    let line = match before {
        Some(line) if lines::get(db, line.line_id)?.is_some() => line,
        _ => lines::add(db, &report.key.imei, &model, now)?,
    };
    if report.key.iccid.is_empty() {
        return Ok(true);
    }
    let sim = lines::sim_by_iccid(db, &report.key.iccid, &report.imsi, &report.operator)?;
    let (own, found) = match line.sim_id {
        // The first SIM ever seen in it is its own, and so is what was set while it was locked.
        None => {
            if sim.settings == "{}" && line.settings != "{}" {
                let (_, own) = split(&modem_settings(&line)).map_err(|e| StoreError::Refused(e.message))?;
                lines::save_sim(db, sim.sim_id, &own)?;
            }
            (Some(sim.sim_id), None)
        }
        Some(own) if own == sim.sim_id => (Some(own), None),
        Some(own) => (Some(own), Some(sim.sim_id)),
    };
    if (own, found) != (line.sim_id, line.found_sim) {
        lines::set_sims(db, line.line_id, own, found)?;
        if found.is_some() {
            tracing::warn!(line.id = line.line_id, "Another SIM is in the modem of line {}", line.line_id);
        }
    }
    Ok(true)
}

/// Hands what is set to the modems.
pub(crate) async fn configure(app: &Arc<App>) -> Result<(), ApiError> {
    let Ok(lines) = app.sms.lines() else { return Ok(()) };
    let core = Arc::clone(app);
    let setups = App::blocking(move || {
        let set: Vec<_> = {
            let board = core.sms.board();
            board.slots().iter().map(|slot| (slot.row.imei.clone(), slot.settings.clone())).collect()
        };
        Ok(set
            .into_iter()
            .map(|(imei, settings)| {
                let pin = pin_of(&core, &imei);
                LineSetup {
                    imei,
                    active: settings.active,
                    pin,
                    smsc: settings.smsc,
                    baud: u32::try_from(settings.baud).unwrap_or(0),
                    parity: settings.parity,
                    data_bits: u8::try_from(settings.data_bits).unwrap_or(8),
                    stop_bits: u8::try_from(settings.stop_bits).unwrap_or(1),
                    init: settings.init,
                }
            })
            .collect())
    })
    .await?;
    lines.configure(setups);
    Ok(())
}

fn pin_of(app: &App, imei: &str) -> Option<Secret<String>> {
    match app.vault.get(&app.vault_entry(&format!("{SIM_PIN}/{imei}"))) {
        Ok(pin) => String::from_utf8(pin.expose().clone()).ok().map(Secret::new),
        Err(VaultError::NoEntry | VaultError::Missing | VaultError::Unavailable(_)) => None,
    }
}

/// Gives every waiting message the pool that the rules say now.
pub(crate) async fn repool(app: &Arc<App>) -> Result<(), ApiError> {
    let mut after = 0;
    loop {
        let core = Arc::clone(app);
        let step = app
            .write(move |db| {
                let country = core.settings().1.sms.country_code.clone();
                Ok(gerai_store::sms::course::repool(db, after, REPOOL_STEP, |sealed, pool| {
                    if pool::line_of(pool).is_some() {
                        return None;
                    }
                    let number = core.sms.keys.open_number(sealed).ok()?;
                    let to = gerai_core::phone::Destination::parse(number.expose(), &country).ok()?;
                    let new = core.sms.pool_of(&to);
                    Some(if pool::is_of_programs(pool) { pool::of_programs(&new) } else { new })
                })?)
            })
            .await?;
        match step {
            Some(last) => after = last,
            None => break,
        }
    }
    app.sms.nudge.all();
    Ok(())
}
