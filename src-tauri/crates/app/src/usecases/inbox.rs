//! The inbox, the block list and templates.

use std::sync::Arc;

use gerai_core::phone::Destination;
use gerai_core::sms::reassembly::{self, GAP};
use gerai_core::sms::secrecy;
use gerai_store::Db;
use gerai_store::sms::{blocks, inbox as store, lines, templates};

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::usecases::{internal, page_rows, text};

/// Characters of an excerpt.
const EXCERPT_CHARS: usize = 80;
/// Blocked numbers shown.
const BLOCKS_SHOWN: i64 = 1_000;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, asked: InboxList) -> Result<Page<InboxRow>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let limit = page_rows(asked.limit);
        let rows = store::page(db, asked.unread, asked.line_id, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.id)).flatten();
        let (all, unread) = store::counts(db)?;
        let rows = rows.into_iter().map(|row| view(&core, db, row)).collect::<Result<_, _>>()?;
        Ok(Page { rows, next, total: if asked.unread { unread } else { all } })
    })
    .await
}

fn view(app: &App, db: &Db, row: store::InboxRow) -> Result<InboxRow, ApiError> {
    let kind = match row.kind.as_str() {
        "call" => InboxKind::Call,
        "unreadable" => InboxKind::Unreadable,
        _ => InboxKind::Sms,
    };
    let excerpt = match kind {
        InboxKind::Sms => {
            let whole = whole_text(app, db, &row)?;
            secrecy::cover_codes(&whole).chars().take(EXCERPT_CHARS).collect()
        }
        InboxKind::Call => String::new(),
        InboxKind::Unreadable => row.note.clone(),
    };
    Ok(InboxRow {
        id: row.id,
        kind,
        at_ms: row.at.0,
        smsc_ms: row.smsc.map(|at| at.0),
        from: row.sender_sealed.as_deref().map(|sealed| app.sms.keys.masked(sealed)).unwrap_or_default(),
        line_id: row.line_id,
        line: lines::get(db, row.line_id)?.map(|line| line.name).unwrap_or_default(),
        excerpt,
        parts: row.here,
        parts_total: row.total,
        unread: !row.read,
    })
}

/// The text of a message from its parts, with a mark where one is missing.
fn whole_text(app: &App, db: &Db, row: &store::InboxRow) -> Result<String, ApiError> {
    let Some(tag) = sender_tag(app, row)? else { return Ok(GAP.to_owned()) };
    let mut opened = Vec::new();
    for (sequence, body) in store::parts(db, row.id)? {
        if let Ok(part) = app.sms.keys.open_body(&body, &tag) {
            opened.push((sequence, part));
        }
    }
    let parts: Vec<(u8, &str)> =
        opened.iter().map(|(sequence, part)| (*sequence, part.expose().as_str())).collect();
    Ok(reassembly::join(u8::try_from(row.total).unwrap_or(u8::MAX), &parts).text)
}

/// What a sender's texts are bound to; `None` while the numbers' key is away.
fn sender_tag(app: &App, row: &store::InboxRow) -> Result<Option<[u8; 16]>, ApiError> {
    let sender = match &row.sender_sealed {
        None => String::new(),
        Some(sealed) => match app.sms.keys.open_number(sealed) {
            Ok(sender) => sender.expose().clone(),
            Err(_) => return Ok(None),
        },
    };
    app.sms.keys.tag("sender", &sender).map(Some).map_err(internal)
}

pub(crate) async fn show(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<InboxDetail, ApiError> {
    let (core, trail) = (Arc::clone(app), app.trail(caller));
    app.write(move |db| {
        // The first to open it is on record: messages that come in may hold codes.
        if store::mark_read(db, asked.id, trail.now)? {
            trail.done(db, "inbox.show", format!("inbox {}", asked.id))?;
        }
        Ok(())
    })
    .await?;
    let detail = app
        .read(move |db| {
            let row = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("message", asked.id))?;
            let text = whole_text(&core, db, &row)?;
            let note = row.note.clone();
            let row = view(&core, db, row)?;
            Ok(match row.kind {
                InboxKind::Sms => InboxDetail { row, text, pdu: None },
                InboxKind::Call => InboxDetail { row, text: String::new(), pdu: None },
                InboxKind::Unreadable => InboxDetail { row, text: note, pdu: Some(text) },
            })
        })
        .await?;
    app.emit(Event::Inbox);
    Ok(detail)
}

pub(crate) async fn remove(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        if !store::remove(db, asked.id)? {
            return Err(ApiError::not_found("message", asked.id));
        }
        Ok(trail.done(db, "inbox.remove", format!("inbox {}", asked.id))?)
    })
    .await?;
    app.emit(Event::Inbox);
    Ok(Nothing {})
}

pub(crate) async fn reveal(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<NumberRevealed, ApiError> {
    let (core, trail) = (Arc::clone(app), app.trail(caller));
    app.write(move |db| {
        let row = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("message", asked.id))?;
        let sealed = row.sender_sealed.as_deref().ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "the sender is withheld", "There is no number to show.")
        })?;
        trail.done(db, "inbox.reveal", format!("inbox {}", asked.id))?;
        core.sms.reveal(sealed)
    })
    .await
}

pub(crate) async fn blocked(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<BlockedNumber>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        Ok(blocks::list(db, BLOCKS_SHOWN)?.into_iter().map(|block| block_view(&core, block)).collect())
    })
    .await
}

fn block_view(app: &App, block: blocks::Block) -> BlockedNumber {
    BlockedNumber {
        id: block.block_id,
        number: app.sms.keys.masked(&block.number_sealed),
        note: block.note,
        at_ms: block.at.0,
        by: block.by,
    }
}

/// A number as a person wrote it, in the station's country.
pub(crate) fn number(app: &App, field: &str, written: &str) -> Result<Destination, ApiError> {
    let settings = app.settings();
    Destination::parse(written, &settings.1.sms.country_code)
        .map_err(|error| ApiError::invalid(field, error.to_string(), "Correct the number."))
}

pub(crate) async fn block(
    app: &Arc<App>,
    caller: &Caller,
    asked: BlockAdd,
) -> Result<BlockedNumber, ApiError> {
    let note = text("note", &asked.note, 0, 200)?;
    let to = number(app, "number", &asked.number)?;
    app.sms_numbers_ready().await?;
    let (tag, _) = app.sms.keys.tags(&to).map_err(internal)?;
    let sealed = app.sms.keys.seal_number(&to.dialled()).map_err(internal)?;
    let trail = app.trail(caller);
    let row = app
        .write(move |db| {
            let row = blocks::add(db, &tag, &sealed, &note, &trail.actor, trail.now)?;
            trail.done(db, "block.add", format!("{} (block {})", to.masked(), row.block_id))?;
            Ok(row)
        })
        .await?;
    app.sms.nudge.all();
    Ok(block_view(app, row))
}

pub(crate) async fn unblock(
    app: &Arc<App>,
    caller: &Caller,
    asked: BlockRemove,
) -> Result<Nothing, ApiError> {
    let tag = match &asked.number {
        None => None,
        Some(written) => {
            let to = number(app, "number", written)?;
            app.sms_numbers_ready().await?;
            Some(app.sms.keys.tags(&to).map_err(internal)?.0)
        }
    };
    let trail = app.trail(caller);
    app.write(move |db| {
        let found = match (asked.id, tag) {
            (Some(id), _) => Some(id),
            (None, Some(tag)) => blocks::find(db, &tag)?,
            (None, None) => None,
        };
        let Some(id) = found else {
            return Err(ApiError::new(
                ErrorCode::NotFound,
                "this number is not blocked",
                "Look at the list.",
            ));
        };
        if !blocks::remove(db, id)? {
            return Err(ApiError::not_found("blocked number", id));
        }
        Ok(trail.done(db, "block.remove", format!("block {id}"))?)
    })
    .await?;
    app.sms.nudge.all();
    Ok(Nothing {})
}

pub(crate) async fn templates(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<TemplateView>, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let all = templates::list(db)?.into_iter();
        Ok(all
            .map(|(id, name, sealed)| TemplateView {
                id,
                name,
                text: core
                    .sms
                    .keys
                    .open_number(&sealed)
                    .map(|text| text.expose().clone())
                    .unwrap_or_default(),
            })
            .collect())
    })
    .await
}

pub(crate) async fn save_template(
    app: &Arc<App>,
    caller: &Caller,
    asked: TemplateSave,
) -> Result<TemplateView, ApiError> {
    let name = text("name", &asked.name, 1, 60)?;
    let length = asked.text.chars().count();
    if !(1..=2_000).contains(&length) {
        return Err(ApiError::invalid(
            "text",
            format!("a template has 1 to 2,000 characters, this has {length}"),
            "Shorten it.",
        ));
    }
    app.sms_numbers_ready().await?;
    let sealed = app.sms.keys.seal_number(&asked.text).map_err(internal)?;
    let (trail, kept) = (app.trail(caller), name.clone());
    let id = app
        .write(move |db| {
            let id = templates::save(db, asked.id, &kept, &sealed)?;
            let id = id.ok_or_else(|| ApiError::not_found("template", asked.id.unwrap_or(0)))?;
            trail.done(db, "templates.save", format!("template {id}, {kept}"))?;
            Ok(id)
        })
        .await?;
    Ok(TemplateView { id, name, text: asked.text })
}

pub(crate) async fn remove_template(
    app: &Arc<App>,
    caller: &Caller,
    asked: ById,
) -> Result<Nothing, ApiError> {
    let trail = app.trail(caller);
    app.write(move |db| {
        if !templates::remove(db, asked.id)? {
            return Err(ApiError::not_found("template", asked.id));
        }
        Ok(trail.done(db, "templates.remove", format!("template {}", asked.id))?)
    })
    .await?;
    Ok(Nothing {})
}
