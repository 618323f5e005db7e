//! The settings document: read, replace, and the one secret that belongs to it.

use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_store::settings as store;
use serde_json::{Map, Value};

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn get(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<SettingsView, ApiError> {
    let current = app.settings();
    Ok(SettingsView { version: current.0, settings: current.1.clone() })
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
    let (old, new) = changed_fields(&before.1, &asked.settings)?;
    app.write(move |db| {
        if !store::replace(db, version, &document)? {
            return Err(stale());
        }
        Ok(trail.changed(db, "settings.set", format!("version {}", version + 1), &old.into(), &new.into())?)
    })
    .await?;
    app.put_settings(version + 1, asked.settings.clone());
    Ok(SettingsView { version: version + 1, settings: asked.settings })
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
