//! The settings document: read, replace, and the one secret that belongs to it.

use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use gerai_store::{acts, settings as store};

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
    let (now, actor, version) = (app.clock.now(), caller.actor(), asked.version);
    let before = app.settings();
    let changed = changed_fields(&before.1, &asked.settings)?;
    app.write(move |db| {
        if !store::replace(db, version, &document)? {
            return Err(stale());
        }
        Ok(acts::add(db, now, &actor, "settings.set", &changed)?)
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

/// Which fields differ, by name. Settings hold no secrets, but the trail needs no values either.
fn changed_fields(before: &Settings, after: &Settings) -> Result<String, ApiError> {
    let value = |settings: &Settings| {
        serde_json::to_value(settings)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))
    };
    let (before, after) = (value(before)?, value(after)?);
    let mut names = Vec::new();
    for (group, fields) in after.as_object().into_iter().flatten() {
        for (field, value) in fields.as_object().into_iter().flatten() {
            if before.get(group).and_then(|old| old.get(field)) != Some(value) {
                names.push(format!("{group}.{field}"));
            }
        }
    }
    Ok(names.join(", "))
}

pub(crate) async fn set_broker_password(
    app: &Arc<App>,
    caller: &Caller,
    asked: BrokerPassword,
) -> Result<Nothing, ApiError> {
    let (vault, entry) = (Arc::clone(&app.vault), app.vault_entry("broker-password"));
    let password = Secret::new(asked.password.into_bytes());
    App::blocking(move || vault.set(&entry, &password).map_err(|error| vault_error(&error))).await?;
    let (now, actor) = (app.clock.now(), caller.actor());
    app.write(move |db| Ok(acts::add(db, now, &actor, "broker.set_password", "")?)).await?;
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
