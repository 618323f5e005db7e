//! Sessions: where somebody is signed in, and signing out there. One's own, or everybody's for administrators.

use std::sync::Arc;

use gerai_store::sessions::{self, Session};
use gerai_store::{Db, operators, tills};

use crate::App;
use crate::access::{Access, Caller, SessionChange, allowed};
use crate::contract::*;

/// Whose sessions a caller asks for.
enum Whose {
    Of(i64),
    All,
}

/// The own ones, unless an administrator asks for others.
fn whose(app: &App, caller: &Caller, asked: &SessionsOf) -> Result<Whose, ApiError> {
    let own = caller.operator().map(|operator| operator.id);
    if asked.all == Some(true) {
        allowed(app, caller, Access::Administrator)?;
        return Ok(Whose::All);
    }
    match (asked.operator_id, own) {
        (None, Some(own)) => Ok(Whose::Of(own)),
        (Some(id), Some(own)) if id == own => Ok(Whose::Of(own)),
        (Some(id), _) => allowed(app, caller, Access::Administrator).map(|()| Whose::Of(id)),
        // The local command line has no sessions of its own.
        (None, None) => allowed(app, caller, Access::Administrator).map(|()| Whose::All),
    }
}

pub(crate) async fn list(
    app: &Arc<App>,
    caller: &Caller,
    asked: SessionsOf,
) -> Result<Vec<SessionRow>, ApiError> {
    let of = match whose(app, caller, &asked)? {
        Whose::Of(id) => Some(id),
        Whose::All => None,
    };
    let (own, now) = (caller.session, app.clock.now());
    let idle_ms = app.settings().1.security.idle_lock_minutes * 60_000;
    app.read(move |db| {
        let rows = sessions::list(db, of, now)?;
        rows.into_iter()
            .map(|session| {
                let idle = idle_ms > 0 && session.till_id.is_none() && now.since(session.seen) >= idle_ms;
                row(db, session, own, idle)
            })
            .collect()
    })
    .await
}

fn row(db: &Db, session: Session, own: Option<i64>, idle: bool) -> Result<SessionRow, ApiError> {
    let operator = match session.operator_id {
        Some(id) => operators::get(db, id)?.map(|operator| operator.name),
        None => None,
    };
    let till = match session.till_id {
        Some(id) => tills::get(db, id)?.map(|till| till.name),
        None => None,
    };
    Ok(SessionRow {
        id: session.session_id,
        operator,
        till,
        surface: session.surface,
        peer: session.peer,
        agent: session.agent,
        since_ms: session.created.0,
        seen_ms: session.seen.0,
        expires_ms: session.expires.0,
        locked: session.locked || idle,
        strong: session.strong,
        current: own == Some(session.session_id),
    })
}

pub(crate) async fn end(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<Nothing, ApiError> {
    let id = asked.id;
    let session = app.read(move |db| Ok(sessions::get(db, id)?)).await?;
    let own = caller.operator().map(|operator| operator.id);
    let is_own = |session: &Session| session.till_id.is_none() && session.operator_id == own && own.is_some();
    // Somebody without the right learns nothing of which numbers there are.
    if !session.as_ref().is_some_and(is_own) {
        allowed(app, caller, Access::Administrator)?;
    }
    let session = session.ok_or_else(|| ApiError::not_found("session", id))?;
    let trail = app.trail(caller);
    app.write(move |db| {
        let row = row(db, session, None, false)?;
        let of = match (row.operator, row.till) {
            (_, Some(till)) => format!("the counter of {till}"),
            (operator, None) => operator.unwrap_or_default(),
        };
        sessions::close(db, id)?;
        Ok(trail.done(db, "sessions.end", format!("session {id} of {of}"))?)
    })
    .await?;
    if caller.session == Some(id) {
        caller.change_session(SessionChange::Closed);
    }
    app.emit(Event::People);
    Ok(Nothing {})
}

pub(crate) async fn end_all(app: &Arc<App>, caller: &Caller, asked: SessionsOf) -> Result<Nothing, ApiError> {
    let whose = whose(app, caller, &asked)?;
    let (trail, keep) = (app.trail(caller), caller.session);
    app.write(move |db| {
        let (of, ended) = match whose {
            Whose::All => ("everybody".to_owned(), sessions::close_everything(db, keep)?),
            Whose::Of(id) => {
                let operator = operators::get(db, id)?.ok_or_else(|| ApiError::not_found("operator", id))?;
                (operator.name, sessions::close_all(db, id, keep)?)
            }
        };
        Ok(trail.done(db, "sessions.end_all", format!("{of}: {ended} ended"))?)
    })
    .await?;
    app.emit(Event::People);
    Ok(Nothing {})
}
