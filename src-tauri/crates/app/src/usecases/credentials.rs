//! One's own password and PIN, and a password that was forgotten.

use std::sync::Arc;

use gerai_core::pin;
use gerai_core::port::{ResetMessage, ResetSender};
use gerai_core::secret::Secret;
use gerai_store::{operators, reset_codes};

use crate::App;
use crate::access::Caller;
use crate::backoff::Keys;
use crate::contract::*;
use crate::people;
use crate::proof::{Shown, hashed};
use crate::trail::Trail;
use crate::usecases::internal;
use crate::usecases::session::{current, owned, typed_name};

/// A code for a forgotten password is good for this long (OWASP ASVS 5.0, 6.5.5: ten minutes at most).
const RESET_MINUTES: i64 = 10;
/// No second code goes out to a person within this time.
const RESET_AGAIN_MS: i64 = 60_000;

pub(crate) async fn change_password(
    app: &Arc<App>,
    caller: &Caller,
    asked: ChangePassword,
) -> Result<SessionView, ApiError> {
    const ACT: &str = "session.change_password";
    if asked.old == asked.new {
        return Err(ApiError::invalid("new", "the new password is the old one", "Choose another one."));
    }
    let shown = Shown { act: ACT, password: &asked.old, second: false, code: None };
    let proven = app.prove_again(caller, shown).await?;
    let hash = match hashed(asked.new).await {
        Ok(hash) => hash,
        Err(unfit) => {
            app.take_back(&proven.keys).await?;
            return Err(ApiError { field: Some("new".to_owned()), ..unfit });
        }
    };
    let (id, keys, trail) = (proven.operator.operator_id, proven.keys, app.trail(caller));
    app.renew_session(caller, move |db, session| {
        keys.forgive(db)?;
        operators::set_password(db, id, &hash, false, Some(session))?;
        trail.done(db, ACT, "all other sessions ended")
    })
    .await?;
    let mut changed = caller.clone();
    if let crate::access::Who::Operator(operator) = &mut changed.who {
        operator.must_change = false;
    }
    current(app, &changed, Nothing {}).await
}

pub(crate) async fn set_pin(app: &Arc<App>, caller: &Caller, asked: SetPin) -> Result<SessionView, ApiError> {
    const ACT: &str = "session.set_pin";
    if let Some(pin) = &asked.pin {
        pin::check(pin).map_err(|error| {
            ApiError::invalid("pin", error.to_string(), "Choose digits that mean nothing to anybody else.")
        })?;
    }
    let shown = Shown { act: ACT, password: &asked.password, second: false, code: None };
    let proven = app.prove_again(caller, shown).await?;
    let set = asked.pin.is_some();
    let hash = match asked.pin.map(Secret::new) {
        Some(pin) => {
            let hash = move || crate::passwords::hash_operator(pin.expose()).map_err(internal);
            Some(App::blocking(hash).await?)
        }
        None => None,
    };
    let (id, keys, trail) = (proven.operator.operator_id, proven.keys, app.trail(caller));
    app.write(move |db| {
        keys.forgive(db)?;
        operators::set_pin(db, id, hash.as_deref())?;
        Ok(trail.done(db, ACT, if set { "set" } else { "taken away" })?)
    })
    .await?;
    app.emit(Event::People);
    let mut changed = caller.clone();
    if let crate::access::Who::Operator(operator) = &mut changed.who {
        operator.pin = set;
    }
    current(app, &changed, Nothing {}).await
}

/// Sends a one-time code to the address of a person. Answers at once and the same for every name: looking and sending
/// happen behind its back.
pub(crate) async fn forgot(
    app: &Arc<App>,
    caller: &Caller,
    asked: PasswordForgot,
) -> Result<PasswordForgotten, ApiError> {
    owned(app)?;
    let name = typed_name(&asked.name);
    let Some(sender) = app.reset_sender() else {
        return Ok(PasswordForgotten { can_send: false });
    };
    app.admit(&Keys::apart("forgot", &name, caller)).await?;
    let (app, trail) = (Arc::clone(app), app.trail(caller));
    tokio::spawn(async move {
        if let Err(error) = send_code(&app, trail, &name, sender.as_ref()).await {
            tracing::warn!(%error, "A code for a forgotten password could not be sent");
        }
        app.emit(Event::Audit);
    });
    Ok(PasswordForgotten { can_send: true })
}

async fn send_code(
    app: &Arc<App>,
    trail: Trail,
    name: &str,
    sender: &dyn ResetSender,
) -> Result<(), ApiError> {
    const ACT: &str = "password.forgot";
    let wanted = name.to_owned();
    let found = app.read(move |db| Ok(operators::by_name(db, &wanted)?)).await?.filter(|o| o.active);
    let refuse = async |why: String| {
        let trail = trail.clone();
        app.write(move |db| Ok(trail.refused(db, ACT, why)?)).await
    };
    let Some(operator) = found else { return refuse("no such name".to_owned()).await };
    let Some(sealed) = &operator.contact_sealed else {
        return refuse(format!("{}: no address is known", operator.name)).await;
    };
    let key = app.contact_key(false).await?;
    let Some(to) = people::open_contact(key.expose(), operator.operator_id, sealed) else {
        return refuse(format!("{}: the address cannot be opened", operator.name)).await;
    };
    if !sender.can_reach(&to) {
        return refuse(format!("{}: nothing can send to {}", operator.name, to.masked())).await;
    }
    let code = crate::passwords::long_code().map_err(internal)?;
    let hash = crate::passwords::code_hash(code.expose());
    let (id, now, masked, of) = (operator.operator_id, app.clock.now(), to.masked(), operator.name.clone());
    let recorded = trail.clone();
    let fresh = app
        .write(move |db| {
            if reset_codes::newest(db, id)?.is_some_and(|made| now.since(made) < RESET_AGAIN_MS) {
                recorded.refused(db, ACT, format!("{of}: a code went out less than a minute ago"))?;
                return Ok(false);
            }
            reset_codes::keep(db, &hash, id, now, now.plus(RESET_MINUTES * 60_000))?;
            recorded.done(db, ACT, format!("{of}: a code goes to {masked}"))?;
            Ok(true)
        })
        .await?;
    if !fresh {
        return Ok(());
    }
    let message = ResetMessage {
        to,
        name: operator.name,
        station_name: app.settings().1.station.name.clone(),
        code,
        minutes: RESET_MINUTES,
    };
    sender.send(message).await.map_err(|why| ApiError::new(ErrorCode::Unavailable, why, ""))
}

/// A new password by a code that was sent. The second factor stays as it is.
pub(crate) async fn reset(
    app: &Arc<App>,
    caller: &Caller,
    asked: PasswordReset,
) -> Result<Nothing, ApiError> {
    const ACT: &str = "password.reset";
    owned(app)?;
    let name = typed_name(&asked.name);
    // The slow part first, for every name and code alike.
    let hash = hashed(asked.password).await?;
    let keys = Keys::account(&name, caller);
    app.admit(&keys).await?;
    let (code, trail, good) = (crate::passwords::code_hash(&asked.code), app.trail(caller), keys.clone());
    let done = app
        .write(move |db| {
            let found = operators::by_name(db, &name)?.filter(|operator| operator.active);
            let (id, operator) = match &found {
                Some(operator) => (operator.operator_id, Some(operator)),
                None => (0, None),
            };
            let right = reset_codes::redeem(db, &code, id, trail.now)?;
            let Some(operator) = operator.filter(|_| right) else {
                let why =
                    found.as_ref().map_or("no such name".to_owned(), |o| format!("{}: wrong code", o.name));
                trail.refused(db, ACT, why)?;
                return Ok(false);
            };
            good.forgive(db)?;
            operators::set_password(db, id, &hash, false, None)?;
            trail.clone().of(operator).done(db, ACT, "by a code; all sessions ended")?;
            Ok(true)
        })
        .await?;
    app.emit(Event::People);
    if done {
        return Ok(Nothing {});
    }
    Err(ApiError {
        field: Some("code".to_owned()),
        ..ApiError::new(
            ErrorCode::SignInRefused,
            format!("this code is wrong, used, or older than {RESET_MINUTES} minutes"),
            "Ask for a new one.",
        )
    })
}
