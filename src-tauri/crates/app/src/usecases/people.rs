//! Operators: who there is, what they may do, where a code for a forgotten password can go.

use std::sync::Arc;

use gerai_core::contact::Contact;
use gerai_core::secret::Secret;
use gerai_store::operators::{self, Operator};
use gerai_store::{Db, accounts, sessions};
use serde_json::{Value, json};

use crate::App;
use crate::access::{Caller, Who};
use crate::backoff::Keys;
use crate::contract::*;
use crate::people;
use crate::proof::hashed;
use crate::sessions::operator_view;
use crate::usecases::{internal, text};

/// What a list shows of a contact that cannot be opened now.
const HIDDEN: &str = "•••";

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<OperatorView>, ApiError> {
    let operators = app.read(|db| Ok(operators::list(db)?)).await?;
    views(app, operators).await
}

/// Operators with their contacts masked. A vault that is away hides them, nothing else.
async fn views(app: &Arc<App>, operators: Vec<Operator>) -> Result<Vec<OperatorView>, ApiError> {
    let sealed = operators.iter().any(|operator| operator.contact_sealed.is_some());
    let key = if sealed { app.contact_key(false).await.ok() } else { None };
    let view = |operator: &Operator| {
        let contact = operator.contact_sealed.as_deref().map(|sealed| {
            let opened =
                key.as_ref().and_then(|key| people::open_contact(key.expose(), operator.operator_id, sealed));
            opened.map_or_else(|| HIDDEN.to_owned(), |contact| contact.masked())
        });
        OperatorView { contact, ..operator_view(operator) }
    };
    Ok(operators.iter().map(view).collect())
}

async fn one(app: &Arc<App>, operator: Operator) -> Result<OperatorView, ApiError> {
    let mut views = views(app, vec![operator]).await?;
    views.pop().ok_or_else(|| ApiError::not_found("operator", ""))
}

pub(crate) async fn add(app: &Arc<App>, caller: &Caller, new: OperatorAdd) -> Result<OperatorView, ApiError> {
    let name = text("name", &new.name, 2, 40)?;
    owners_by_owners(caller, new.role)?;
    let contact = typed_contact(new.contact.as_deref())?;
    let hash = hashed(new.password).await?;
    let key = key_for(app, contact.as_ref()).await?;
    let (trail, role, must_change) = (app.trail(caller), new.role.word(), by_somebody_else(caller));
    let operator = app
        .write(move |db| {
            let id = operators::add(db, &name, role, &hash, must_change, trail.now).map_err(name_taken)?;
            put_contact(db, id, contact.as_ref(), key.as_ref())?;
            let after = json!({ "role": role, "contact": contact.map(|contact| contact.masked()) });
            trail.changed(db, "operators.add", format!("{name} ({role})"), &Value::Null, &after)?;
            found(db, id)
        })
        .await?;
    if new.role == Role::Owner {
        app.owner_made();
    }
    app.emit(Event::People);
    one(app, operator).await
}

pub(crate) async fn update(
    app: &Arc<App>,
    caller: &Caller,
    asked: OperatorUpdate,
) -> Result<OperatorView, ApiError> {
    owners_by_owners(caller, asked.role)?;
    let removes = asked.contact.as_deref().is_some_and(|text| text.trim().is_empty());
    let contact = if removes { None } else { typed_contact(asked.contact.as_deref())? };
    let key = key_for(app, contact.as_ref()).await?;
    let (trail, who, id, role) = (app.trail(caller), caller.clone(), asked.id, asked.role.word());
    let operator = app
        .write(move |db| {
            let before = found(db, id)?;
            owners_by_owners(&who, Role::of_word(&before.role))?;
            if !asked.active && who.operator().is_some_and(|own| own.id == id) {
                return Err(refused("nobody takes their own sign-in away", "Ask another administrator."));
            }
            operators::set_role(db, id, role, asked.active)?;
            keep_an_owner(db, &before)?;
            if before.active && !asked.active {
                sessions::close_all(db, id, None)?;
                gerai_store::reset_codes::forget(db, id)?;
            }
            if removes || contact.is_some() {
                put_contact(db, id, contact.as_ref(), key.as_ref())?;
            }
            let terms = |operator: &Operator| json!({ "role": operator.role, "active": operator.active });
            let after = found(db, id)?;
            let mut now = terms(&after);
            match &contact {
                Some(contact) => now["contact"] = json!(contact.masked()),
                None if removes => now["contact"] = Value::Null,
                None => {}
            }
            trail.changed(db, "operators.update", &before.name, &terms(&before), &now)?;
            Ok(after)
        })
        .await?;
    app.emit(Event::People);
    one(app, operator).await
}

pub(crate) async fn reset(
    app: &Arc<App>,
    caller: &Caller,
    asked: OperatorReset,
) -> Result<OperatorView, ApiError> {
    let hash = hashed(asked.password).await?;
    let (trail, who, name) = (app.trail(caller), caller.clone(), asked.name.trim().to_owned());
    let (must_change, second_factor) = (by_somebody_else(caller), asked.second_factor == Some(true));
    let operator = app
        .write(move |db| {
            let operator =
                operators::by_name(db, &name)?.ok_or_else(|| ApiError::not_found("operator", &name))?;
            let id = operator.operator_id;
            owners_by_owners(&who, Role::of_word(&operator.role))?;
            if who.operator().is_some_and(|own| own.id == id) {
                return Err(refused(
                    "one's own password is not reset, it is changed",
                    "Change it under your own name, with the old one.",
                ));
            }
            operators::set_password(db, id, &hash, must_change, None)?;
            if second_factor {
                operators::clear_totp(db, id)?;
                operators::set_pin(db, id, None)?;
            }
            Keys::name(&operator.name).forgive(db)?;
            let what = if second_factor { "password; second factor and PIN taken away" } else { "password" };
            trail.done(db, "operators.reset", format!("{}: {what}; all sessions ended", operator.name))?;
            found(db, id)
        })
        .await?;
    if second_factor {
        app.forget_totp_secret(operator.operator_id).await;
    }
    app.emit(Event::People);
    one(app, operator).await
}

/// Only owners make, change and reset owners.
fn owners_by_owners(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if role == Role::Owner && caller.role() != Some(Role::Owner) {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "only an owner makes, changes or resets owners",
            "Ask an owner.",
        ));
    }
    Ok(())
}

/// Refuses a change that left the station without an owner who may sign in.
fn keep_an_owner(db: &Db, before: &Operator) -> Result<(), ApiError> {
    if before.role == Role::Owner.word() && operators::active_owners(db)? == 0 {
        return Err(refused(
            "this is the last owner: without one nobody could manage the station",
            "Make somebody else an owner first.",
        ));
    }
    Ok(())
}

/// A password that another signed-in person chose must be changed. The local command line belongs to whoever owns the
/// machine; it sets passwords that stay.
fn by_somebody_else(caller: &Caller) -> bool {
    !matches!(caller.who, Who::LocalUser)
}

fn typed_contact(text: Option<&str>) -> Result<Option<Contact>, ApiError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    Contact::parse(text).map(Some).map_err(|error| {
        ApiError::invalid("contact", error.to_string(), "For example siti@example.org or +62 812 3456 7890.")
    })
}

async fn key_for(app: &Arc<App>, contact: Option<&Contact>) -> Result<Option<Secret<Vec<u8>>>, ApiError> {
    match contact {
        Some(_) => app.contact_key(true).await.map(Some),
        None => Ok(None),
    }
}

fn put_contact(
    db: &Db,
    operator_id: i64,
    contact: Option<&Contact>,
    key: Option<&Secret<Vec<u8>>>,
) -> Result<(), ApiError> {
    let sealed = match (contact, key) {
        (Some(contact), Some(key)) => {
            Some(people::seal_contact(key.expose(), operator_id, contact).map_err(internal)?)
        }
        _ => None,
    };
    Ok(operators::set_contact(db, operator_id, sealed.as_deref())?)
}

fn found(db: &Db, id: i64) -> Result<Operator, ApiError> {
    operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))
}

fn refused(what: &str, help: &str) -> ApiError {
    ApiError::new(ErrorCode::Refused, what, help)
}

pub(crate) fn name_taken(error: gerai_store::StoreError) -> ApiError {
    if accounts::is_taken(&error, "operator.name") {
        return ApiError {
            field: Some("name".to_owned()),
            ..ApiError::new(ErrorCode::Taken, "somebody has this name already", "Choose another name.")
        };
    }
    error.into()
}
