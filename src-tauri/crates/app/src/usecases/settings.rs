//! The settings document: read, replace, and the one secret that belongs to it.

use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_store::{Db, approvals as waiting, settings as store};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::trail::Trail;
use crate::usecases::approvals::{self, Asked, Asker};

/// Its name in the table and in approvals.
pub(crate) const COMMAND: &str = "settings.set";

pub(crate) async fn get(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<SettingsView, ApiError> {
    let current = app.settings();
    Ok(SettingsView { version: current.0, settings: current.1.clone(), waiting: None })
}

pub(crate) async fn set(
    app: &Arc<App>,
    caller: &Caller,
    asked: SettingsSet,
) -> Result<SettingsView, ApiError> {
    crate::settings::check(&asked.settings)?;
    let document = document(&asked.settings)?;
    let (trail, version) = (app.trail(caller), asked.version);
    let before = app.settings();
    // The rules below compare with what is there now: a change made on anything else must not pass them.
    if before.0 != version {
        return Err(stale());
    }
    if let Some(easing) = easing(&before.1, &asked.settings)? {
        return ask_to_ease(app, caller, &before, easing).await;
    }
    let (old, new) = changed_fields(&before.1, &asked.settings)?;
    app.write(move |db| {
        if !store::replace(db, version, &document)? {
            return Err(stale());
        }
        Ok(trail.changed(db, "settings.set", format!("version {}", version + 1), &old.into(), &new.into())?)
    })
    .await?;
    app.put_settings(version + 1, asked.settings.clone());
    if before.1.sms != asked.settings.sms {
        app.sms.nudge.setup();
    }
    Ok(SettingsView { version: version + 1, settings: asked.settings, waiting: None })
}

/// A change that makes the two-person rule weaker: it needs a second person itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Easing {
    two_person: bool,
    two_person_above: i64,
}

/// Whether a change makes the two-person rule weaker. Such a change is asked for alone.
fn easing(before: &Settings, after: &Settings) -> Result<Option<Easing>, ApiError> {
    let (old, new) = (&before.security, &after.security);
    if !old.two_person || (new.two_person && new.two_person_above <= old.two_person_above) {
        return Ok(None);
    }
    let easing = Easing { two_person: new.two_person, two_person_above: new.two_person_above };
    let mut alone = before.clone();
    apply(&mut alone, &easing);
    if alone != *after {
        return Err(ApiError {
            field: Some("security.two_person".to_owned()),
            ..ApiError::new(
                ErrorCode::Refused,
                "weakening the two-person rule needs a second person and is asked for alone",
                "Save the other changes first, then this one.",
            )
        });
    }
    Ok(Some(easing))
}

fn apply(settings: &mut Settings, easing: &Easing) {
    settings.security.two_person = easing.two_person;
    settings.security.two_person_above = easing.two_person_above;
}

/// Asks for it; the same question is asked once.
async fn ask_to_ease(
    app: &Arc<App>,
    caller: &Caller,
    before: &(i64, Settings),
    easing: Easing,
) -> Result<SettingsView, ApiError> {
    let asker = Asker::of(caller)?;
    let arguments = serde_json::to_string(&easing)
        .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
    let subject = if easing.two_person {
        let above = |amount| gerai_core::money::Rupiah(amount);
        let (old, new) = (before.1.security.two_person_above, easing.two_person_above);
        format!("corrections need a second person above {} instead of {}", above(new), above(old))
    } else {
        "switch the two-person rule off".to_owned()
    };
    let (trail, hours) = (app.trail(caller), before.1.security.approval_hours);
    let approval_id = app
        .write(move |db| {
            if let Some(before) = waiting::waiting_for(db, COMMAND, &arguments, trail.now)? {
                return Ok(before.approval_id);
            }
            approvals::ask(db, &trail, asker, Asked { command: COMMAND, arguments, subject, hours })
        })
        .await?;
    app.emit(Event::Approval);
    Ok(SettingsView { version: before.0, settings: before.1.clone(), waiting: Some(approval_id) })
}

/// Makes an approved change to the settings as they are now, in the transaction of the decision.
pub(crate) fn ease(db: &Db, trail: &Trail, easing: &Easing, by: &str) -> Result<(i64, Settings), ApiError> {
    let unreadable = |why: String| ApiError::new(ErrorCode::Internal, why, "");
    let (version, before) = crate::settings::read(store::get(db)?).map_err(unreadable)?;
    let mut after = before.clone();
    apply(&mut after, easing);
    crate::settings::check(&after)?;
    let (old, new) = changed_fields(&before, &after)?;
    if !store::replace(db, version, &document(&after)?)? {
        return Err(stale());
    }
    trail.changed(db, COMMAND, format!("version {}{by}", version + 1), &old.into(), &new.into())?;
    Ok((version + 1, after))
}

/// The document as it is stored.
pub(crate) fn document(settings: &Settings) -> Result<String, ApiError> {
    serde_json::to_string(settings).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))
}

pub(crate) fn stale() -> ApiError {
    ApiError::new(
        ErrorCode::Taken,
        "the settings were changed by somebody else meanwhile",
        "Look at them again and repeat your change.",
    )
}

/// Fields of the document by their dotted names.
type Fields = Map<String, Value>;

/// The fields that differ, as they were and as they are. Settings hold no secrets.
fn changed_fields(before: &Settings, after: &Settings) -> Result<(Fields, Fields), ApiError> {
    let value = |settings: &Settings| {
        serde_json::to_value(settings)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))
    };
    let (before, after) = (value(before)?, value(after)?);
    let (mut old, mut new) = (Fields::new(), Fields::new());
    for (group, fields) in after.as_object().into_iter().flatten() {
        for (field, value) in fields.as_object().into_iter().flatten() {
            let was = before.get(group).and_then(|fields| fields.get(field));
            if was != Some(value) {
                let name = format!("{group}.{field}");
                old.insert(name.clone(), was.cloned().unwrap_or(Value::Null));
                new.insert(name, value.clone());
            }
        }
    }
    Ok((old, new))
}

pub(crate) async fn set_broker_password(
    app: &Arc<App>,
    caller: &Caller,
    asked: BrokerPassword,
) -> Result<Nothing, ApiError> {
    let (vault, entry) = (Arc::clone(&app.vault), app.vault_entry("broker-password"));
    let password = Secret::new(asked.password.into_bytes());
    App::blocking(move || vault.set(&entry, &password).map_err(|error| vault_error(&error))).await?;
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "broker.set_password", "")?)).await?;
    app.broker_password_changed();
    Ok(Nothing {})
}

pub(crate) fn vault_error(error: &VaultError) -> ApiError {
    let (message, help) = match error {
        VaultError::Unavailable(why) => (
            format!("the vault does not answer: {why}"),
            "Mend the vault (the health page says how), then try again.",
        ),
        VaultError::NoEntry => ("the vault does not hold this secret".to_owned(), "Set it again."),
        VaultError::Missing => (
            "the vault lacks this secret, although this station had put it there".to_owned(),
            "Restore the keychain or the vault file; if it is lost for good, set the secret again.",
        ),
    };
    ApiError::new(ErrorCode::Unavailable, message, help)
}
