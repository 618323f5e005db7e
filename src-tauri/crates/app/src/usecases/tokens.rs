//! API tokens: issued by the owner, listed, revoked, their keys changed.

use std::sync::Arc;

use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::tokens::{self as store, ApiToken};
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::settings::vault_error;
use crate::usecases::{internal, text};
use crate::{passwords, tokens};

const HOUR_MS: i64 = 3_600_000;
/// A token lives 90 days at most.
const HOURS_MAX: i64 = 2_160;
/// Tokens shown.
const SHOWN: i64 = 500;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<TokenRow>, ApiError> {
    let now = app.clock.now();
    app.read(move |db| {
        let rows = store::list(db, SHOWN)?;
        rows.into_iter()
            .map(|row| {
                let gone = store::key(db, &row.kid)?.and_then(|key| key.gone);
                Ok(view(row, gone, now))
            })
            .collect()
    })
    .await
}

fn view(row: ApiToken, key_gone: Option<UnixMs>, now: UnixMs) -> TokenRow {
    TokenRow {
        valid: row.revoked.is_none() && row.expires > now && key_gone.is_none_or(|gone| gone > now),
        role: Role::of_word(&row.role),
        jti: row.jti,
        name: row.name,
        kid: row.kid,
        made_by: row.made_by,
        made_ms: row.made.0,
        expires_ms: row.expires.0,
        revoked_ms: row.revoked.map(|at| at.0),
    }
}

pub(crate) async fn issue(
    app: &Arc<App>,
    caller: &Caller,
    asked: TokenIssue,
) -> Result<TokenIssued, ApiError> {
    let name = text("name", &asked.name, 1, 60)?;
    if asked.role == Role::Owner {
        return Err(ApiError::invalid(
            "role",
            "a token never has an owner's rights",
            "Choose administrator, operator, cashier or auditor.",
        ));
    }
    if !(1..=HOURS_MAX).contains(&asked.hours) {
        return Err(ApiError::invalid(
            "hours",
            format!("{} is not between 1 and {HOURS_MAX}", asked.hours),
            "A token lives 90 days at most; issue a new one then.",
        ));
    }
    let (kid, key) = signing_key(app, caller).await?;
    let trail = app.trail(caller);
    let row = ApiToken {
        jti: short_random(22)?,
        name,
        role: asked.role.word().to_owned(),
        kid,
        made_by: trail.actor.clone(),
        made: trail.now,
        expires: trail.now.plus(asked.hours * HOUR_MS),
        revoked: None,
    };
    let token = tokens::sign(&row.kid, &key, &app.station_id, &row)?;
    let (stored, now) = (row.clone(), trail.now);
    app.write(move |db| {
        // Keys may have been changed since this one was looked up: what it signs now would not be let in for long.
        if store::key(db, &stored.kid)?.is_none_or(|key| key.retired.is_some()) {
            return Err(ApiError::new(
                ErrorCode::Unavailable,
                "the keys were changed at this very moment",
                "Issue the token again.",
            ));
        }
        store::add(db, &stored)?;
        trail.changed(
            db,
            "tokens.issue",
            format!("token {} for {}", stored.jti, stored.name),
            &Value::Null,
            &json!({ "role": stored.role, "expires_ms": stored.expires.0, "kid": stored.kid }),
        )?;
        Ok(())
    })
    .await?;
    app.emit(Event::People);
    Ok(TokenIssued { row: view(row, None, now), token: token.expose().clone() })
}

/// The key that signs now; the first one is made when there is none yet. A key that the database knows and the vault
/// lacks is an error, never a reason to make another one in silence.
async fn signing_key(app: &Arc<App>, caller: &Caller) -> Result<(String, Secret<Vec<u8>>), ApiError> {
    if let Some(known) = app.read(|db| Ok(store::signing_key(db)?)).await? {
        let key = app.token_key(&known.kid).await?;
        return Ok((known.kid, key));
    }
    let (kid, key) = new_key(app).await?;
    let (trail, new) = (app.trail(caller), kid.clone());
    app.write(move |db| {
        store::add_key(db, &new, trail.now)?;
        Ok(trail.done(db, "tokens.first_key", format!("key {new}"))?)
    })
    .await?;
    app.api.keep(&kid, key.clone());
    Ok((kid, key))
}

/// A new key, in the vault before any row names it.
async fn new_key(app: &Arc<App>) -> Result<(String, Secret<Vec<u8>>), ApiError> {
    let (kid, key) = (short_random(12)?, passwords::random_key().map_err(internal)?);
    let (vault, entry, kept) = (Arc::clone(&app.vault), app.token_key_entry(&kid), key.clone());
    App::blocking(move || vault.set(&entry, &kept).map_err(|error| vault_error(&error))).await?;
    Ok((kid, key))
}

/// An id of so many random characters of base64url, 6 bits each. No secret.
fn short_random(chars: usize) -> Result<String, ApiError> {
    let random = passwords::random_token().map_err(internal)?;
    Ok(random.expose().chars().take(chars).collect())
}

pub(crate) async fn revoke(
    app: &Arc<App>,
    caller: &Caller,
    asked: TokenRevoke,
) -> Result<TokenRow, ApiError> {
    let trail = app.trail(caller);
    let row = app
        .write(move |db| {
            let shown: String = asked.jti.chars().take(64).collect();
            let before = store::get(db, &asked.jti)?.ok_or_else(|| ApiError::not_found("token", shown))?;
            store::revoke(db, &asked.jti, trail.now)?;
            if before.revoked.is_none() {
                trail.done(db, "tokens.revoke", format!("token {} for {}", before.jti, before.name))?;
            }
            let after = store::get(db, &asked.jti)?.unwrap_or(before);
            let gone = store::key(db, &after.kid)?.and_then(|key| key.gone);
            Ok(view(after, gone, trail.now))
        })
        .await?;
    app.emit(Event::People);
    Ok(row)
}

pub(crate) async fn rotate_keys(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<Nothing, ApiError> {
    let (kid, key) = new_key(app).await?;
    let (trail, new) = (app.trail(caller), kid.clone());
    app.write(move |db| {
        let before = store::signing_key(db)?.map(|key| key.kid);
        store::retire_keys(db, trail.now)?;
        store::add_key(db, &new, trail.now)?;
        let key = |kid: Option<String>| kid.map_or(Value::Null, |kid| json!({ "kid": kid }));
        Ok(trail.changed(
            db,
            "tokens.rotate_keys",
            "keys of the API tokens",
            &key(before),
            &key(Some(new)),
        )?)
    })
    .await?;
    app.api.keep(&kid, key);
    app.emit(Event::People);
    let core = Arc::clone(app);
    App::blocking(move || core.forget_token_keys()).await?;
    Ok(Nothing {})
}
