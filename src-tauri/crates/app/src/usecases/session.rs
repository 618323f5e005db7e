//! First run, sign-in, sign-out, operators.

use std::sync::Arc;

use gerai_core::money::Rupiah;
use gerai_store::sessions::{self, SessionOf};
use gerai_store::{accounts, operators, tills};

use crate::App;
use crate::access::{Caller, SessionChange, Surface, Who};
use crate::contract::*;
use crate::passwords;
use crate::sessions::operator_view;
use crate::usecases::{internal, text};

/// Shortest password of an operator (NIST SP 800-63B asks for 8 at least; a desk that holds money asks for more).
const PASSWORD_CHARS_MIN: usize = 10;
/// Longest: hashing must not become a way to keep the station busy.
const PASSWORD_CHARS_MAX: usize = 128;

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

pub(crate) async fn create_owner(
    app: &Arc<App>,
    caller: &Caller,
    new: OwnerCreate,
) -> Result<SessionView, ApiError> {
    let station_name = text("station_name", &new.station_name, 1, 60)?;
    let owner_name = text("owner_name", &new.owner_name, 2, 40)?;
    let till_name = text("till_name", &new.till_name, 1, 40)?;
    let price = crate::usecases::tills::price("price", new.price, &app.limits())?;
    let hash = hashed(new.password.clone()).await?;
    let trail = app.trail(caller).named(&owner_name);
    let mut settings = app.settings().1.clone();
    settings.station.name = station_name.clone();
    settings.station.language = new.language;
    settings.network.readers_on_lan = new.readers_on_lan;
    let document = crate::usecases::settings::document(&settings)?;
    let version = app.settings().0;
    let operator = app
        .write(move |db| {
            if operators::has_owner(db)? {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "this station has an owner already",
                    "Sign in.",
                ));
            }
            let id =
                operators::add(db, &owner_name, Role::Owner.word(), &hash, trail.now).map_err(name_taken)?;
            first_till(db, &till_name, &station_name, price)?;
            if !gerai_store::settings::replace(db, version, &document)? {
                return Err(crate::usecases::settings::stale());
            }
            trail.done(db, "owner.create", &owner_name)?;
            operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))
        })
        .await?;
    app.put_settings(version + 1, settings);
    app.owner_made();
    if caller.surface != Surface::Local {
        app.open_session(caller, SessionOf::Operator(operator.operator_id), false).await?;
    }
    Ok(view_of(app, &operator))
}

/// Gives the till that every station begins with its name and price. A station that was set up by the command line
/// may have more tills already: then the named one is added, or left as it is.
fn first_till(db: &gerai_store::Db, name: &str, place: &str, price: Option<Rupiah>) -> Result<(), ApiError> {
    let tills = tills::list(db)?;
    match tills.as_slice() {
        [only] => tills::update(db, only.till_id, name, place, price)?,
        several if several.iter().any(|till| till.name == name) => {}
        _ => {
            tills::create(db, name, place, price)?;
        }
    }
    Ok(())
}

pub(crate) async fn sign_in(app: &Arc<App>, caller: &Caller, tried: SignIn) -> Result<SessionView, ApiError> {
    if app.first_run() {
        return Err(ApiError::new(
            ErrorCode::FirstRun,
            "this station has no owner yet",
            "Make the owner first.",
        ));
    }
    let now = app.clock.now();
    let name: String = tried.name.trim().chars().take(64).collect();
    let keys = [format!("name {}", name.to_lowercase()), format!("peer {}", caller.peer)];
    let wait_ms = keys.iter().map(|key| app.backoff.wait_ms(key, now)).max().unwrap_or(0);
    if wait_ms > 0 {
        return Err(ApiError::new(
            ErrorCode::SignInRefused,
            "too many wrong passwords",
            format!("Try again in {} seconds.", (wait_ms + 999) / 1_000),
        ));
    }
    let wanted = name.clone();
    let found = app.read(move |db| Ok(operators::by_name(db, &wanted)?)).await?.filter(|o| o.active);
    let password = tried.password.clone();
    let operator = App::blocking(move || {
        // An unknown name costs the same time as a wrong password: nobody can tell names by the clock.
        let stored = found.as_ref().map_or(DUMMY_HASH, |operator| operator.password_hash.as_str());
        let right =
            password.chars().count() <= PASSWORD_CHARS_MAX && passwords::check_operator(&password, stored);
        Ok(found.filter(|_| right))
    })
    .await?;
    let Some(operator) = operator else {
        for key in &keys {
            app.backoff.failed(key, now);
        }
        let trail = app.trail(caller);
        let _ =
            app.write(move |db| Ok(trail.refused(db, "session.sign_in", "name or password is wrong")?)).await;
        return Err(ApiError::new(ErrorCode::SignInRefused, "name or password is wrong", "Type both again."));
    };
    for key in &keys {
        app.backoff.succeeded(key);
    }
    app.open_session(caller, SessionOf::Operator(operator.operator_id), false).await?;
    let trail = app.trail(caller).named(&operator.name);
    app.write(move |db| Ok(trail.done(db, "session.sign_in", "")?)).await?;
    Ok(view_of(app, &operator))
}

/// Argon2id of nothing anybody knows, with the parameters of real ones.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Z2VyYWktZHVtbXktc2FsdA$3S1oVQ0H7n8y7Q0o2m3wH6cZ3sJ7qv3oYk1kQk7mQ2E";

pub(crate) async fn sign_out(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<Nothing, ApiError> {
    if let Some(session) = caller.session {
        let trail = app.trail(caller);
        app.write(move |db| {
            sessions::close(db, session)?;
            Ok(trail.done(db, "session.sign_out", "")?)
        })
        .await?;
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
    let locked = matches!(caller.who, Who::Locked(_));
    Ok(SessionView { operator, till_id, locked, idle_lock_s: idle_lock_s(app) })
}

fn idle_lock_s(app: &App) -> i64 {
    app.settings().1.security.idle_lock_minutes * 60
}

fn view_of(app: &App, operator: &operators::Operator) -> SessionView {
    SessionView {
        operator: Some(operator_view(operator)),
        till_id: None,
        locked: false,
        idle_lock_s: idle_lock_s(app),
    }
}

pub(crate) async fn operators(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<OperatorView>, ApiError> {
    app.read(|db| Ok(operators::list(db)?.iter().map(operator_view).collect())).await
}

pub(crate) async fn add_operator(
    app: &Arc<App>,
    caller: &Caller,
    new: OperatorAdd,
) -> Result<OperatorView, ApiError> {
    let name = text("name", &new.name, 2, 40)?;
    let hash = hashed(new.password.clone()).await?;
    let (trail, role) = (app.trail(caller), new.role.word());
    let operator = app
        .write(move |db| {
            let id = operators::add(db, &name, role, &hash, trail.now).map_err(name_taken)?;
            trail.done(db, "operators.add", format!("{name} ({role})"))?;
            operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))
        })
        .await?;
    if new.role == Role::Owner {
        app.owner_made();
    }
    Ok(operator_view(&operator))
}

pub(crate) async fn reset_operator(
    app: &Arc<App>,
    caller: &Caller,
    reset: OperatorReset,
) -> Result<OperatorView, ApiError> {
    let hash = hashed(reset.password.clone()).await?;
    let (trail, name) = (app.trail(caller), reset.name.trim().to_owned());
    let operator = app
        .write(move |db| {
            let operator =
                operators::by_name(db, &name)?.ok_or_else(|| ApiError::not_found("operator", &name))?;
            operators::set_password(db, operator.operator_id, &hash, true, None)?;
            trail.done(db, "operators.reset", &operator.name)?;
            Ok(operator)
        })
        .await?;
    app.backoff.succeeded(&format!("name {}", operator.name.to_lowercase()));
    Ok(operator_view(&operator))
}

async fn hashed(password: String) -> Result<String, ApiError> {
    let length = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
        return Err(ApiError::invalid(
            "password",
            format!(
                "a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, this has {length}"
            ),
            "A short sentence is easy to remember and hard to guess.",
        ));
    }
    App::blocking(move || passwords::hash_operator(&password).map_err(internal)).await
}

fn name_taken(error: gerai_store::StoreError) -> ApiError {
    if accounts::is_taken(&error, "operator.name") {
        return ApiError {
            field: Some("name".to_owned()),
            ..ApiError::new(ErrorCode::Taken, "somebody has this name already", "Choose another name.")
        };
    }
    error.into()
}
