//! Recovery by physical presence: a file on a USB stick that makes an owner anew, at the station itself, loudly.

use std::sync::Arc;

use gerai_core::recovery::{self as file, RecoveryNote};
use gerai_core::secret::Secret;
use gerai_store::{Db, operators, recovery, sessions};
use subtle::ConstantTimeEq;

use crate::App;
use crate::access::{Caller, Surface};
use crate::backoff::Keys;
use crate::contract::*;
use crate::passwords::random;
use crate::proof::hashed;
use crate::sessions::operator_view;
use crate::usecases::people::name_taken;
use crate::usecases::{internal, text};

pub(crate) async fn make(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<RecoveryFile, ApiError> {
    let mut secret = random::<{ file::SECRET_BYTES }>().map_err(internal)?;
    let (hash, trail) = (file::kept_hash(&secret), app.trail(caller));
    let made = trail.now.wib_text();
    let note = RecoveryNote {
        station_id: &app.station_id,
        station_name: &app.settings().1.station.name,
        made: &format!("{made} WIB"),
        made_by: &trail.actor,
    };
    let text = file::write(&note, &secret);
    zeroize::Zeroize::zeroize(&mut secret);
    app.write(move |db| {
        let older = recovery::file(db)?.is_some();
        recovery::keep_file(db, &hash, &trail.actor, trail.now)?;
        let what = if older { "a new one; the older one is worth nothing" } else { "the first one" };
        Ok(trail.done(db, "recovery.make", what)?)
    })
    .await?;
    app.emit(Event::Health);
    let stamp: String = made.chars().filter(char::is_ascii_digit).take(12).collect();
    Ok(RecoveryFile {
        file_name: format!("gerai-recovery-{}-{stamp}.txt", app.station_id),
        text: text.expose().clone(),
    })
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<RecoveryState, ApiError> {
    app.read(state).await
}

fn state(db: &Db) -> Result<RecoveryState, ApiError> {
    let (kept, used) = (recovery::file(db)?, recovery::unseen_use(db)?);
    Ok(RecoveryState {
        made_ms: kept.as_ref().map(|kept| kept.made.0),
        made_by: kept.map(|kept| kept.made_by),
        used_ms: used.as_ref().map(|used| used.at.0),
        used_by: used.map(|used| used.actor),
    })
}

/// An owner has seen that the recovery file was used.
pub(crate) async fn seen(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<RecoveryState, ApiError> {
    let trail = app.trail(caller);
    let state = app
        .write(move |db| {
            if let Some(used) = recovery::unseen_use(db)? {
                trail.done(db, "recovery.seen", format!("audit record {}", used.audit_id))?;
            }
            state(db)
        })
        .await?;
    app.emit(Event::Health);
    Ok(state)
}

pub(crate) async fn use_file(
    app: &Arc<App>,
    caller: &Caller,
    asked: RecoveryUse,
) -> Result<OperatorView, ApiError> {
    const ACT: &str = "recovery.use";
    let here = matches!(caller.surface, Surface::Browser | Surface::ConsoleWindow | Surface::Local);
    if !here || !caller.loopback {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "a recovery file works at the station itself only",
            "Open the console on the machine that runs Gerai, or use `gerai operator recover` there.",
        ));
    }
    let (text_of_file, password) = (Secret::new(asked.file), asked.password);
    let name = text("name", &asked.name, 2, 40)?;
    let keys = Keys::peer(ACT, caller);
    app.admit(&keys).await?;
    let secret = match file::read(text_of_file.expose(), &app.station_id) {
        Ok(secret) => secret,
        Err(error) => return Err(unfit(&error.to_string())),
    };
    let given = file::kept_hash(secret.expose());
    let hash = match hashed(password).await {
        Ok(hash) => hash,
        Err(wrong) => {
            app.take_back(&keys).await?;
            return Err(wrong);
        }
    };
    let trail = app.trail(caller);
    let operator = app
        .write(move |db| {
            let kept = recovery::file(db)?
                .ok_or_else(|| unfit("this station has no valid recovery file: it was used, or none was made"))?;
            if !bool::from(kept.hash.ct_eq(&given)) {
                return Err(unfit("this recovery file is not the newest one: another one was made after it"));
            }
            let ended = sessions::close_everything(db, None)?;
            let id = become_owner(db, &name, &hash, trail.now)?;
            keys.forgive(db)?;
            Keys::name(&name).forgive(db)?;
            recovery::forget_file(db)?;
            let operator = operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))?;
            let subject = format!(
                "{} is owner by the recovery file that {} made on {} WIB; password new, second factor and PIN taken \
                 away, {ended} sessions ended",
                operator.name,
                kept.made_by,
                kept.made.wib_text()
            );
            trail.clone().of(&operator).done(db, ACT, subject)?;
            Ok(operator)
        })
        .await?;
    tracing::warn!(operator.id = operator.operator_id, "The recovery file was used: all sessions have ended");
    app.owner_made();
    app.forget_totp_secret(operator.operator_id).await;
    for event in [Event::People, Event::Health, Event::Audit] {
        app.emit(event);
    }
    Ok(operator_view(&operator))
}

/// An active owner with this password and nothing else that could be asked for.
fn become_owner(db: &Db, name: &str, hash: &str, now: gerai_core::time::UnixMs) -> Result<i64, ApiError> {
    let owner = Role::Owner.word();
    let Some(operator) = operators::by_name(db, name)? else {
        return operators::add(db, name, owner, hash, false, now).map_err(name_taken);
    };
    let id = operator.operator_id;
    operators::set_role(db, id, owner, true)?;
    operators::set_password(db, id, hash, false, None)?;
    operators::clear_totp(db, id)?;
    operators::set_pin(db, id, None)?;
    Ok(id)
}

fn unfit(what: &str) -> ApiError {
    ApiError {
        field: Some("file".to_owned()),
        ..ApiError::new(
            ErrorCode::Refused,
            what,
            "Take the newest recovery file of this station. Without one, whoever owns this machine can run `gerai operator reset`.",
        )
    }
}
