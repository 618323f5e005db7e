//! Pictures on idle counters: kept by administrators, shown to whoever may see the counter they are on. The files are
//! judged by the host's `Pictures`; here are the rules of how many, for whom and in which order.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gerai_store::counter_images::{self as store, CounterImage, CounterImageDraft};
use gerai_store::{Db, tills};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::App;
use crate::access::{Caller, Who};
use crate::contract::*;
use crate::usecases::{file_of, text};

/// Bytes of a file's hash in its mark: 64 bits tell any two files of a station apart.
const MARK_BYTES: usize = 8;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<CounterImageView>, ApiError> {
    app.read(all).await
}

pub(crate) async fn add(
    app: &Arc<App>,
    caller: &Caller,
    asked: CounterImageAdd,
) -> Result<Vec<CounterImageView>, ApiError> {
    let name = text("name", &asked.name, 1, 80)?;
    let pictures = app.stoves.pictures().ok_or_else(|| {
        ApiError::new(ErrorCode::Unavailable, "this station does not read pictures", "Restart Gerai.")
    })?;
    let (still, picture, sha256) = App::blocking(move || {
        // What is wrong comes with its next step.
        let wrong = |why: String| ApiError::invalid("image", why, "");
        let picture = file_of(&asked.image)
            .map_err(|_| wrong("the picture is no base64; send the file as it is, in base64".to_owned()))?;
        let still = pictures.still(&picture).map_err(wrong)?;
        let sha256: [u8; 32] = Sha256::digest(&picture).into();
        Ok((still, picture, sha256))
    })
    .await?;
    let trail = app.trail(caller);
    let draft = CounterImageDraft {
        till_id: asked.till_id,
        name,
        kind: still.kind,
        width: still.width,
        height: still.height,
        sha256,
        picture,
        added: trail.now,
        added_by: trail.actor.clone(),
    };
    let list = app
        .write(move |db| {
            room_for(db, &draft)?;
            let id = store::add(db, &draft)?;
            let subject = format!("picture {id}, {}, {}", draft.name, for_whom(db, draft.till_id)?);
            trail.done(db, "counter_images.add", subject)?;
            all(db)
        })
        .await?;
    app.emit(Event::Settings);
    Ok(list)
}

/// Refuses the ninth, one that is there already, and one for a till that does not exist.
fn room_for(db: &Db, draft: &CounterImageDraft) -> Result<(), ApiError> {
    if let Some(till_id) = draft.till_id
        && tills::get(db, till_id)?.is_none()
    {
        return Err(ApiError { field: Some("till_id".to_owned()), ..ApiError::not_found("till", till_id) });
    }
    let kept = store::list(db)?;
    let refused = |code, message: String, help| ApiError {
        field: Some("image".to_owned()),
        ..ApiError::new(code, message, help)
    };
    if kept.len() >= COUNTER_IMAGES_MAX {
        return Err(refused(
            ErrorCode::Refused,
            format!("there are {} pictures, more are not kept", kept.len()),
            "Remove one first.",
        ));
    }
    let same = |one: &&CounterImage| one.sha256 == draft.sha256 && one.till_id == draft.till_id;
    match kept.iter().find(same) {
        Some(same) => Err(refused(
            ErrorCode::Taken,
            format!("this very picture is there already: {}", same.name),
            "Choose another one.",
        )),
        None => Ok(()),
    }
}

pub(crate) async fn remove(
    app: &Arc<App>,
    caller: &Caller,
    asked: ById,
) -> Result<Vec<CounterImageView>, ApiError> {
    let trail = app.trail(caller);
    let list = app
        .write(move |db| {
            let gone = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("picture", asked.id))?;
            store::remove(db, asked.id)?;
            trail.done(db, "counter_images.remove", format!("picture {}, {}", asked.id, gone.name))?;
            all(db)
        })
        .await?;
    app.emit(Event::Settings);
    Ok(list)
}

pub(crate) async fn arrange(
    app: &Arc<App>,
    caller: &Caller,
    asked: CounterImageMove,
) -> Result<Vec<CounterImageView>, ApiError> {
    let trail = app.trail(caller);
    let list = app
        .write(move |db| {
            let mut order: Vec<i64> = store::list(db)?.iter().map(|image| image.image_id).collect();
            let from = order.iter().position(|id| *id == asked.id);
            let from = from.ok_or_else(|| ApiError::not_found("picture", asked.id))?;
            let to = usize::try_from(asked.to).map_err(|_| {
                ApiError::invalid("to", format!("there is no place {}", asked.to), "Count from 0.")
            })?;
            let to = to.min(order.len() - 1);
            let id = order.remove(from);
            order.insert(to, id);
            store::arrange(db, &order)?;
            let (before, after) = (json!({ "place": from + 1 }), json!({ "place": to + 1 }));
            trail.changed(db, "counter_images.move", format!("picture {id}"), &before, &after)?;
            all(db)
        })
        .await?;
    app.emit(Event::Settings);
    Ok(list)
}

/// The file for a screen. A counter gets those that are on it and no others.
pub(crate) async fn file(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<CounterImageFile, ApiError> {
    let own = match caller.who {
        Who::Counter { till_id, .. } => Some(till_id),
        _ => None,
    };
    app.read(move |db| {
        let missing = || ApiError::not_found("picture", asked.id);
        let image = store::get(db, asked.id)?.ok_or_else(missing)?;
        // Not `forbidden`: which pictures other tills have is not this counter's business, and no break-in either.
        if own.is_some_and(|own| !is_on(&image, own)) {
            return Err(missing());
        }
        let bytes = store::file(db, asked.id)?.ok_or_else(missing)?;
        Ok(CounterImageFile {
            id: image.image_id,
            mark: mark(&image),
            media: image.kind.media_type().to_owned(),
            image: STANDARD.encode(bytes),
        })
    })
    .await
}

/// The pictures of a till's counter, in order.
pub(crate) fn on_counter(db: &Db, till_id: i64) -> Result<Vec<CounterPicture>, ApiError> {
    let kept = store::list(db)?.into_iter().filter(|image| is_on(image, till_id));
    Ok(kept
        .map(|image| CounterPicture { id: image.image_id, mark: mark(&image), name: image.name })
        .collect())
}

fn is_on(image: &CounterImage, till_id: i64) -> bool {
    image.till_id.is_none_or(|only| only == till_id)
}

fn mark(image: &CounterImage) -> String {
    gerai_core::hex::lower(&image.sha256[..MARK_BYTES])
}

fn for_whom(db: &Db, till_id: Option<i64>) -> Result<String, ApiError> {
    Ok(match till_id {
        None => "for all tills".to_owned(),
        Some(id) => {
            format!("for {}", tills::get(db, id)?.map_or_else(|| format!("till {id}"), |till| till.name))
        }
    })
}

fn all(db: &Db) -> Result<Vec<CounterImageView>, ApiError> {
    let view = |image: CounterImage| CounterImageView {
        id: image.image_id,
        mark: mark(&image),
        name: image.name,
        till_id: image.till_id,
        media: image.kind.media_type().to_owned(),
        width: image.width.into(),
        height: image.height.into(),
        bytes: image.bytes,
        added_ms: image.added.0,
        added_by: image.added_by,
    };
    Ok(store::list(db)?.into_iter().map(view).collect())
}
