//! Forwarding for people, and the accounts of the stove endpoint.

use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_core::time::WibDay;
use gerai_store::stove::{accounts as phones, forward as store};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::passwords;
use crate::stove::forward::PASSWORD;
use crate::stove::views;
use crate::usecases::settings::vault_error;
use crate::usecases::{internal, page_rows};

/// Lists count up to this many.
const COUNTED_MAX: i64 = 10_000;
/// Readings that are retried by id at once.
const RETRY_MAX: usize = 1_000;

pub(crate) async fn status(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ForwardStatus, ApiError> {
    let (now, core) = (app.clock.now(), Arc::clone(app));
    let has_password = App::blocking(move || Ok(core.secret(PASSWORD).is_ok())).await?;
    let (settings, live) = (app.settings(), app.stoves.forward.now());
    let (url, user) = (settings.1.stove.forward_url.clone(), settings.1.stove.forward_user.clone());
    let off = url.is_empty() || user.is_empty() || !has_password;
    app.read(move |db| {
        let counts = store::counts(db)?;
        let of = |state: ForwardState| counts.get(state.word()).copied().unwrap_or(0);
        let (paused, last_accepted) = store::switch(db)?;
        let phase = match live.phase {
            _ if off => ForwardPhase::Off,
            _ if paused => ForwardPhase::Paused,
            // The task has not looked since.
            ForwardPhase::Off | ForwardPhase::Paused => ForwardPhase::Idle,
            phase => phase,
        };
        Ok(ForwardStatus {
            phase,
            url,
            user,
            has_password,
            queued: of(ForwardState::Queued),
            sending: of(ForwardState::Sending),
            rejected: of(ForwardState::Rejected),
            dead: of(ForwardState::Dead),
            accepted_today: store::accepted_on(db, WibDay::of(now))?,
            oldest_ms: store::oldest(db)?.map(|at| at.0),
            next_try_ms: live.next_try.map(|at| at.0),
            last_accepted_ms: last_accepted.map(|at| at.0),
            trouble: live.trouble,
        })
    })
    .await
}

pub(crate) async fn list(
    app: &Arc<App>,
    _: &Caller,
    asked: ForwardList,
) -> Result<Page<ForwardRow>, ApiError> {
    app.read(move |db| {
        let stove_id = match asked.stove.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
            None => None,
            Some(number) => Some(App::find_stove(db, number)?.stove_id),
        };
        let (state, limit) = (asked.state.map(ForwardState::word), page_rows(asked.limit));
        let found = store::page(db, state, stove_id, asked.cursor, limit)?;
        let full = i64::try_from(found.len()).unwrap_or(0) == limit;
        let next = found.last().filter(|_| full).map(|row| row.reading_id);
        let total = store::count(db, state, stove_id, COUNTED_MAX)?;
        Ok(Page { rows: found.into_iter().map(views::forward_row).collect(), next, total })
    })
    .await
}

pub(crate) async fn retry(
    app: &Arc<App>,
    caller: &Caller,
    asked: ForwardRetry,
) -> Result<ForwardCounted, ApiError> {
    if asked.ids.len() > RETRY_MAX {
        return Err(ApiError::invalid(
            "ids",
            format!("{} readings are too many at once", asked.ids.len()),
            "Retry all of a state instead.",
        ));
    }
    let all = match asked.all {
        None => None,
        Some(state @ (ForwardState::Rejected | ForwardState::Dead)) => Some(state.word()),
        Some(ForwardState::Queued | ForwardState::Sending | ForwardState::Accepted) => {
            return Err(ApiError::invalid(
                "all",
                "only rejected readings and those given up are retried",
                "Choose `rejected` or `dead`.",
            ));
        }
    };
    let trail = app.trail(caller);
    let count = app
        .write(move |db| {
            let count = if asked.ids.is_empty() && all.is_none() {
                store::all_due(db, trail.now)?
            } else {
                store::retry(db, &asked.ids, all, trail.now)?
            };
            trail.done(db, "forward.retry", format!("{count} readings"))?;
            Ok(count)
        })
        .await?;
    app.stoves.forward.hurry();
    app.emit(Event::Forward);
    Ok(ForwardCounted { count: i64::try_from(count).unwrap_or(i64::MAX) })
}

pub(crate) async fn pause(
    app: &Arc<App>,
    caller: &Caller,
    asked: ForwardPause,
) -> Result<ForwardStatus, ApiError> {
    let trail = app.trail(caller);
    let word = if asked.paused { "paused" } else { "goes on" };
    app.write(move |db| {
        store::set_paused(db, asked.paused)?;
        Ok(trail.done(db, "forward.pause", word)?)
    })
    .await?;
    app.stoves.forward.set_paused(asked.paused);
    app.stoves.forward.wake();
    app.emit(Event::Forward);
    status(app, caller, Nothing {}).await
}

pub(crate) async fn set_password(
    app: &Arc<App>,
    caller: &Caller,
    asked: ForwardPassword,
) -> Result<ForwardStatus, ApiError> {
    let (vault, entry) = (Arc::clone(&app.vault), app.vault_entry(PASSWORD));
    let password = Secret::new(asked.password.into_bytes());
    let empty = password.expose().is_empty();
    App::blocking(move || {
        let done = if empty {
            match vault.remove(&entry) {
                Err(VaultError::NoEntry | VaultError::Missing) => Ok(()),
                other => other,
            }
        } else {
            vault.set(&entry, &password)
        };
        done.map_err(|error| vault_error(&error))
    })
    .await?;
    let (trail, word) = (app.trail(caller), if empty { "removed" } else { "" });
    app.write(move |db| Ok(trail.done(db, "forward.set_password", word)?)).await?;
    app.stoves.forward.hurry();
    app.emit(Event::Forward);
    status(app, caller, Nothing {}).await
}

fn account(row: phones::Account) -> StoveAccount {
    StoveAccount { name: row.name, active: row.active, made_ms: row.made.0, last_ms: row.last.map(|at| at.0) }
}

pub(crate) async fn accounts(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<StoveAccount>, ApiError> {
    app.read(|db| Ok(phones::list(db)?.into_iter().map(account).collect())).await
}

pub(crate) async fn save_account(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveAccountSave,
) -> Result<StoveAccount, ApiError> {
    let name = asked.name.trim().to_owned();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !(1..=40).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(ApiError::invalid(
            "name",
            "a name has 1 to 40 letters, digits, `.`, `_` or `-`",
            "Choose another one.",
        ));
    }
    let hash = match asked.password.map(Secret::new) {
        None => None,
        Some(password) if (10..=200).contains(&password.expose().chars().count()) => {
            Some(App::blocking(move || passwords::hash_operator(password.expose()).map_err(internal)).await?)
        }
        Some(_) => {
            return Err(ApiError::invalid(
                "password",
                "a password has 10 to 200 characters",
                "Choose another one.",
            ));
        }
    };
    let trail = app.trail(caller);
    app.write(move |db| {
        let before = phones::get(db, &name)?;
        let new_password = hash.is_some();
        let hash = hash
            .or_else(|| before.as_ref().map(|row| row.password_hash.clone()))
            .ok_or_else(|| ApiError::invalid("password", "a new account needs a password", "Type one."))?;
        phones::save(db, &name, &hash, asked.active, trail.now)?;
        let what = match (&before, new_password) {
            (None, _) => "new",
            (Some(_), true) => "new password",
            (Some(_), false) => "changed",
        };
        let active = if asked.active { "active" } else { "not active" };
        trail.done(db, "stove_accounts.save", format!("account {name}: {what}, {active}"))?;
        phones::get(db, &name)?.map(account).ok_or_else(|| ApiError::not_found("account", &name))
    })
    .await
}

pub(crate) async fn remove_account(
    app: &Arc<App>,
    caller: &Caller,
    asked: StoveAccountName,
) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        if !phones::remove(db, &asked.name)? {
            return Err(ApiError::not_found("account", &asked.name));
        }
        Ok(trail.done(db, "stove_accounts.remove", format!("account {}", asked.name))?)
    })
    .await?;
    Ok(Nothing {})
}
