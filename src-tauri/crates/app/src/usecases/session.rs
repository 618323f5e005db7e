//! Signing in and out, locking and unlocking, and what a screen must know before anybody signs in.

use std::sync::Arc;

use gerai_store::sessions::{self, SessionOf};
use gerai_store::{operators, recovery};

use crate::App;
use crate::access::{Caller, SessionChange, Who};
use crate::contract::*;
use crate::proof::Shown;
use crate::sessions::operator_view;

/// A session is marked as used at most this often: a moving mouse is no reason to write.
const TOUCH_MS: i64 = 10_000;
/// Characters of a typed name that are looked at.
pub(crate) const NAME_CHARS_MAX: usize = 64;

pub(crate) async fn status(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<StationStatus, ApiError> {
    let settings = app.settings();
    Ok(StationStatus {
        station_name: settings.1.station.name.clone(),
        first_run: app.first_run(),
        try_out: app.try_out,
        language: settings.1.station.language,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_ms: app.clock.now().0,
    })
}

pub(crate) async fn sign_in(app: &Arc<App>, caller: &Caller, tried: SignIn) -> Result<SessionView, ApiError> {
    owned(app)?;
    let name = typed_name(&tried.name);
    let wanted = name.clone();
    let found = app.read(move |db| Ok(operators::by_name(db, &wanted)?)).await?.filter(|o| o.active);
    let shown = Shown {
        act: "session.sign_in",
        password: &tried.password,
        second: true,
        code: tried.code.as_deref(),
    };
    let proven = app.prove(caller, &name, found, shown).await?;
    let (id, keys, how) = (proven.operator.operator_id, proven.keys, proven.how);
    let trail = app.trail(caller).of(&proven.operator);
    app.open_session(caller, SessionOf::Operator(id), proven.strong, move |db| {
        keys.forgive(db)?;
        operators::wake_pin(db, id)?;
        trail.done(db, "session.sign_in", how)
    })
    .await?;
    let mut view = operator_view(&proven.operator);
    view.pin = proven.operator.pin_hash.is_some();
    view_of(app, Some(view), None, false).await
}

/// Refuses what makes no sense before there is an owner.
pub(crate) fn owned(app: &App) -> Result<(), ApiError> {
    if app.first_run() {
        return Err(ApiError::new(
            ErrorCode::FirstRun,
            "this station has no owner yet",
            "Make the owner first.",
        ));
    }
    Ok(())
}

/// A name as it was typed, cut to a length that can be one.
pub(crate) fn typed_name(name: &str) -> String {
    name.trim().chars().take(NAME_CHARS_MAX).collect()
}

pub(crate) async fn sign_out(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<Nothing, ApiError> {
    if let Some(session) = caller.session {
        let trail = app.trail(caller);
        app.write(move |db| {
            sessions::close(db, session)?;
            Ok(trail.done(db, "session.sign_out", "")?)
        })
        .await?;
        app.emit(Event::People);
    }
    caller.change_session(SessionChange::Closed);
    Ok(Nothing {})
}

pub(crate) async fn current(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<SessionView, ApiError> {
    let till_id = match caller.who {
        Who::Counter { till_id, .. } => Some(till_id),
        _ => None,
    };
    let operator = match &caller.who {
        Who::LocalUser => Some(OperatorView {
            id: 0,
            name: caller.actor(),
            role: Role::Owner,
            active: true,
            totp: false,
            pin: false,
            must_change: false,
            contact: None,
        }),
        _ => caller.operator().cloned(),
    };
    view_of(app, operator, till_id, matches!(caller.who, Who::Locked(_))).await
}

/// What a session is told of itself.
pub(crate) async fn view_of(
    app: &Arc<App>,
    operator: Option<OperatorView>,
    till_id: Option<i64>,
    locked: bool,
) -> Result<SessionView, ApiError> {
    let owner = till_id.is_none() && operator.as_ref().is_some_and(|operator| operator.role == Role::Owner);
    let suggest_recovery = owner && !app.try_out && app.read(|db| Ok(recovery::file(db)?)).await?.is_none();
    Ok(SessionView {
        operator,
        till_id,
        locked,
        idle_lock_s: app.settings().1.security.idle_lock_minutes * 60,
        suggest_recovery,
    })
}

/// A person did something. A locked session stays locked: only unlocking opens it.
pub(crate) async fn touch(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<SessionView, ApiError> {
    if let (Who::Operator(_), Some(session)) = (&caller.who, caller.session) {
        let now = app.clock.now();
        let seen = app.read(move |db| Ok(sessions::get(db, session)?.map(|session| session.seen))).await?;
        if seen.is_some_and(|seen| now.since(seen) >= TOUCH_MS) {
            app.write(move |db| Ok(sessions::touch(db, session, now)?)).await?;
        }
    }
    current(app, caller, Nothing {}).await
}

pub(crate) async fn lock(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<SessionView, ApiError> {
    let (Who::Operator(operator), Some(session)) = (&caller.who, caller.session) else {
        return current(app, caller, Nothing {}).await;
    };
    let trail = app.trail(caller);
    app.write(move |db| {
        sessions::set_locked(db, session, true, trail.now)?;
        Ok(trail.done(db, "session.lock", "")?)
    })
    .await?;
    app.emit(Event::People);
    view_of(app, Some(operator.clone()), None, true).await
}

pub(crate) async fn unlock(app: &Arc<App>, caller: &Caller, asked: Unlock) -> Result<SessionView, ApiError> {
    if !matches!(caller.who, Who::Locked(_)) {
        return current(app, caller, Nothing {}).await;
    }
    const ACT: &str = "session.unlock";
    let proven = match (&asked.password, &asked.pin) {
        (Some(password), None) => {
            let shown = Shown { act: ACT, password, second: false, code: None };
            app.prove_again(caller, shown).await?
        }
        (None, Some(pin)) => {
            let operator = app.own(caller).await?;
            let name = operator.name.clone();
            app.prove_pin(caller, ACT, &name, Some(operator), pin).await?
        }
        _ => {
            return Err(ApiError::invalid(
                "password",
                "unlocking needs a password or a PIN",
                "Type one of the two.",
            ));
        }
    };
    let (trail, keys, how) = (app.trail(caller), proven.keys, proven.how);
    let id = proven.operator.operator_id;
    app.renew_session(caller, move |db, session| {
        keys.forgive(db)?;
        operators::wake_pin(db, id)?;
        sessions::set_locked(db, session, false, trail.now)?;
        trail.done(db, ACT, how)
    })
    .await?;
    let mut view = operator_view(&proven.operator);
    view.pin = proven.operator.pin_hash.is_some();
    view_of(app, Some(view), None, false).await
}
