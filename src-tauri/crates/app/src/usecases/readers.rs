//! Readers: logins, keys, and the virtual reader's tap.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use gerai_core::card::{CardUid, masked};
use gerai_core::port::VirtualTap;
use gerai_core::secret::Secret;
use gerai_core::tap::Outcome as Tapped;
use gerai_core::tap::wire::is_reader_name;
use gerai_store::readers::{self, Reader};
use gerai_store::{Db, StoreError, accounts, tills};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::devices::VIRTUAL_PREFIX;
use crate::usecases::settings::vault_error;
use crate::usecases::{internal, tills as till_cases};
use crate::{passwords, views};

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<ReaderView>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        readers::list(db)?
            .into_iter()
            .filter(|reader| !reader.name.starts_with(VIRTUAL_PREFIX))
            .map(|reader| view(&core, db, reader))
            .collect()
    })
    .await
}

fn view(app: &App, db: &Db, reader: Reader) -> Result<ReaderView, ApiError> {
    let seen = app.presence.of(&reader.name);
    let till = match reader.till_id {
        Some(id) => tills::get(db, id)?.map(|till| till.name),
        None => None,
    };
    let keyless = reader.signed && app.reader_key(&reader.name).is_none();
    Ok(ReaderView {
        kind: match reader.kind.as_str() {
            "v2" => ReaderKind::V2,
            "legacy" => ReaderKind::Legacy,
            _ => ReaderKind::Screen,
        },
        till_id: reader.till_id,
        till,
        signed: reader.signed,
        may_set_amount: reader.may_set_amount,
        revoked: reader.revoked,
        connections: seen.connections,
        last_seen_ms: seen.last.map(|at| at.0),
        last_outcome: seen.last_outcome.map(views::outcome),
        answer_ms: seen.answer_ms(),
        trouble: if keyless {
            "its key is not in the vault: unlock the vault, or rotate the reader".to_owned()
        } else {
            seen.incident(app.clock.now()).unwrap_or_default().to_owned()
        },
        name: reader.name,
    })
}

pub(crate) async fn add(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReaderAdd,
) -> Result<ReaderCredentials, ApiError> {
    let name = asked.name.trim().to_owned();
    if !is_reader_name(&name) || name.starts_with("gerai-") {
        return Err(ApiError::invalid(
            "name",
            format!("`{}` cannot name a reader", name.chars().take(40).collect::<String>()),
            "Use 1 to 32 letters, digits, `.`, `_` or `-`, not beginning with `gerai-`.",
        ));
    }
    let kind = asked.kind.unwrap_or(ReaderKind::V2);
    if asked.signed && kind != ReaderKind::V2 {
        return Err(ApiError::invalid(
            "signed",
            "only v2 readers sign their messages",
            "Add it without signatures.",
        ));
    }
    let password = chosen_password(kind, asked.password)?;
    let key = if asked.signed { Some(store_key(app, &name).await?) } else { None };
    let hash = hashed(&password).await?;
    let trail = app.trail(caller);
    let reader = Reader {
        name: name.clone(),
        kind: kind_word(kind).to_owned(),
        till_id: asked.till_id,
        password_hash: hash,
        signed: asked.signed,
        may_set_amount: asked.may_set_amount,
        revoked: false,
        sequence: None,
    };
    let added = app
        .write(move |db| {
            if let Some(till_id) = reader.till_id {
                tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
            }
            readers::add(db, &reader, trail.now).map_err(taken)?;
            Ok(trail.changed(
                db,
                "readers.add",
                &reader.name,
                &Value::Null,
                &json!({ "kind": reader.kind, "till": reader.till_id, "signed": reader.signed, "may_set_amount": reader.may_set_amount }),
            )?)
        })
        .await;
    added?;
    if let Some(key) = &key {
        app.keep_reader_key(&name, key.clone());
    }
    app.emit(Event::Reader);
    Ok(credentials(app, name, &password, key.as_ref()))
}

pub(crate) async fn update(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReaderUpdate,
) -> Result<ReaderView, ApiError> {
    let trail = app.trail(caller);
    let core = Arc::clone(app);
    let reader = app
        .write(move |db| {
            let before = known(db, &asked.name)?;
            if let Some(till_id) = asked.till_id {
                tills::get(db, till_id)?.ok_or_else(|| ApiError::not_found("till", till_id))?;
            }
            readers::update(db, &before.name, asked.till_id, asked.may_set_amount, asked.revoked)?;
            trail.changed(
                db,
                "readers.update",
                &before.name,
                &json!({ "till": before.till_id, "may_set_amount": before.may_set_amount, "revoked": before.revoked }),
                &json!({ "till": asked.till_id, "may_set_amount": asked.may_set_amount, "revoked": asked.revoked }),
            )?;
            known(db, &asked.name)
        })
        .await?;
    app.emit(Event::Reader);
    app.read(move |db| view(&core, db, reader)).await
}

pub(crate) async fn rotate(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReaderByName,
) -> Result<ReaderCredentials, ApiError> {
    let wanted = asked.name.clone();
    let reader = app.read(move |db| known(db, &wanted)).await?;
    let password = passwords::random_password().map_err(internal)?;
    let key = if reader.signed { Some(store_key(app, &reader.name).await?) } else { None };
    let hash = hashed(&password).await?;
    let (trail, name) = (app.trail(caller), reader.name.clone());
    app.write(move |db| {
        readers::set_password(db, &name, &hash)?;
        Ok(trail.done(db, "readers.rotate", &name)?)
    })
    .await?;
    if let Some(key) = &key {
        app.keep_reader_key(&reader.name, key.clone());
    }
    app.emit(Event::Reader);
    Ok(credentials(app, reader.name, &password, key.as_ref()))
}

fn credentials(
    app: &App,
    username: String,
    password: &Secret<String>,
    key: Option<&Secret<Vec<u8>>>,
) -> ReaderCredentials {
    ReaderCredentials {
        username,
        password: password.expose().clone(),
        key: key.map(|key| gerai_core::hex::lower(key.expose())),
        broker: app.broker_addresses.read().unwrap_or_else(PoisonError::into_inner).clone(),
    }
}

fn chosen_password(kind: ReaderKind, given: Option<String>) -> Result<Secret<String>, ApiError> {
    match given {
        None => passwords::random_password().map_err(internal),
        Some(_) if kind != ReaderKind::Legacy => Err(ApiError::invalid(
            "password",
            "only fielded readers of the original system bring their own password",
            "Leave it out: the station makes one.",
        )),
        Some(password) if (1..=128).contains(&password.len()) => Ok(Secret::new(password)),
        Some(_) => Err(ApiError::invalid(
            "password",
            "a password has 1 to 128 bytes",
            "Type the one the devices hold.",
        )),
    }
}

/// Makes a reader's key and keeps it in the vault, before any row names it.
async fn store_key(app: &Arc<App>, name: &str) -> Result<Secret<Vec<u8>>, ApiError> {
    let key = passwords::random_key().map_err(internal)?;
    let (vault, entry, kept) = (Arc::clone(&app.vault), app.reader_key_entry(name), key.clone());
    App::blocking(move || vault.set(&entry, &kept).map_err(|error| vault_error(&error))).await?;
    Ok(key)
}

async fn hashed(password: &Secret<String>) -> Result<String, ApiError> {
    let password = password.clone();
    App::blocking(move || passwords::hash_reader(password.expose().as_bytes()).map_err(internal)).await
}

fn known(db: &Db, name: &str) -> Result<Reader, ApiError> {
    readers::get(db, name)?
        .ok_or_else(|| ApiError::not_found("reader", name.chars().take(40).collect::<String>()))
}

fn kind_word(kind: ReaderKind) -> &'static str {
    match kind {
        ReaderKind::V2 => "v2",
        ReaderKind::Legacy => "legacy",
        ReaderKind::Screen => "screen",
    }
}

fn taken(error: StoreError) -> ApiError {
    if accounts::is_taken(&error, "reader.name") {
        return ApiError {
            field: Some("name".to_owned()),
            ..ApiError::new(ErrorCode::Taken, "another reader has this name", "Choose another name.")
        };
    }
    error.into()
}

/// A tap of the virtual reader: over MQTT, through the same doors as any other.
pub(crate) async fn tap(
    app: &Arc<App>,
    caller: &Caller,
    asked: VirtualTapRequest,
) -> Result<VirtualTapResult, ApiError> {
    let device = app.virtual_reader.read().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(device) = device else {
        return Err(ApiError::new(
            ErrorCode::Unavailable,
            "the virtual reader needs a running station with its own broker",
            "Start the station with `gerai serve`; with an external broker use a real reader.",
        ));
    };
    // One spelling on the air; what cannot be a card is sent as typed, as a faulty reader would.
    let uid = CardUid::parse(&asked.uid)
        .map_or_else(|_| asked.uid.trim().to_owned(), |uid| uid.as_str().to_owned());
    if uid.is_empty() || uid.chars().count() > 64 {
        return Err(ApiError::invalid("uid", "type a card UID or a NIM", "For example 5A3F01C2."));
    }
    till_cases::price("amount", asked.amount, &app.limits())?;
    let reader = virtual_login(app, asked.reader, asked.till_id).await?;
    let (trail, what) = (app.trail(caller), format!("card {} at reader {}", masked(&uid), reader.name));
    let amount = json!({ "amount": asked.amount });
    app.write(move |db| Ok(trail.changed(db, "readers.tap", what, &Value::Null, &amount)?)).await?;
    let password = passwords::random_password().map_err(internal)?;
    app.presence.one_time_login(&reader.name, password.clone(), app.clock.now());

    let id = format!("{}-1", app.clock.now().0);
    let mut message = serde_json::json!({ "id": id, "uid": uid });
    if let Some(amount) = asked.amount {
        message["amt"] = amount.into();
    }
    let started = Instant::now();
    let heard = device.tap(&reader.name, password, &id, message.to_string().into_bytes()).await;
    let answer_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    match heard {
        VirtualTap::Result(text) => read_result(&text, id, answer_ms),
        VirtualTap::Silent => Err(ApiError::new(
            ErrorCode::Unavailable,
            "no result came back within ten seconds; nothing is known to be charged",
            "Look at the payments list before you tap again.",
        )),
        VirtualTap::Failed(why) => Err(ApiError::new(
            ErrorCode::Unavailable,
            format!("the virtual reader could not reach the broker: {why}"),
            "Look at the broker on the health page.",
        )),
    }
}

/// The login that a virtual tap goes by: the named v2 reader, or the virtual reader of a till.
async fn virtual_login(
    app: &Arc<App>,
    reader: Option<String>,
    till_id: Option<i64>,
) -> Result<Reader, ApiError> {
    let now = app.clock.now();
    app.write(move |db| {
        let till_id = match reader {
            None => till_id,
            Some(name) => {
                let reader = known(db, &name)?;
                if reader.revoked {
                    return Err(ApiError::new(
                        ErrorCode::Refused,
                        format!("reader {name} is revoked"),
                        "Allow it again first.",
                    ));
                }
                // A signed reader's boots and numbers belong to the device: a tap out of thin air in its name would make
                // the station take the device's next ones for replays. It goes to the same till instead.
                if reader.kind == "v2" && !reader.signed {
                    return Ok(reader);
                }
                reader.till_id
            }
        };
        let till = match till_id {
            Some(id) => tills::get(db, id)?.ok_or_else(|| ApiError::not_found("till", id))?,
            None => tills::default(db)?.ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotFound,
                    "there is no till to tap at",
                    "Add a till in the console, under Tills.",
                )
            })?,
        };
        let name = format!("{VIRTUAL_PREFIX}{}", till.till_id);
        if let Some(reader) = readers::get(db, &name)? {
            return Ok(reader);
        }
        let reader = Reader {
            name,
            kind: "v2".to_owned(),
            till_id: Some(till.till_id),
            // No password hashes to this: only one-time logins open it.
            password_hash: "!".to_owned(),
            signed: false,
            may_set_amount: true,
            revoked: false,
            sequence: None,
        };
        readers::add(db, &reader, now)?;
        Ok(reader)
    })
    .await
}

fn read_result(text: &str, id: String, answer_ms: i64) -> Result<VirtualTapResult, ApiError> {
    #[derive(Deserialize)]
    struct Heard {
        st: Tapped,
        #[serde(default)]
        bal: i64,
        tx: Option<i64>,
    }
    let heard: Heard = serde_json::from_str(text).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("the result that came back cannot be read: {error}"), "")
    })?;
    Ok(VirtualTapResult {
        outcome: views::outcome(heard.st),
        balance: heard.bal,
        entry: heard.tx,
        id,
        answer_ms,
    })
}
