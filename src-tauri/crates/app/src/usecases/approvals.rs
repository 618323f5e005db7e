//! The second person: some acts are asked for by one and carried out when another one approves. What is carried out,
//! and by whom, is decided in one transaction with the decision.
//!
//! The local command line counts as one person. It may ask, and it may decide what an operator asked; what it asked
//! itself, an operator decides.

use std::sync::Arc;

use gerai_core::ledger::Limits;
use gerai_core::time::{UnixMs, WibDay};
use gerai_store::approvals::{self as store, Approval, Decision, NewApproval};
use gerai_store::{Db, operators};

use crate::App;
use crate::access::{Access, Caller, Who, roles_of};
use crate::contract::*;
use crate::trail::Trail;
use crate::usecases::{adjust, page_rows, settings, sms, text};

const HOUR_MS: i64 = 3_600_000;

/// When an act is carried out, and what it is held against.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: UnixMs,
    pub(crate) day: WibDay,
    pub(crate) limits: Limits,
}

impl App {
    /// This moment.
    pub(crate) fn moment(&self) -> Moment {
        let (now, day) = self.today();
        Moment { now, day, limits: self.limits() }
    }
}

/// Who asks: an operator, or the local user.
pub(crate) struct Asker(Option<i64>);

impl Asker {
    /// A program asks for nothing that needs a second person: whoever made its token could then be both.
    pub(crate) fn of(caller: &Caller) -> Result<Self, ApiError> {
        match &caller.who {
            Who::Operator(operator) => Ok(Self(Some(operator.id))),
            Who::LocalUser => Ok(Self(None)),
            _ => Err(ApiError::new(
                ErrorCode::Refused,
                "this needs a second person, and only a person can ask one",
                "Sign in as an administrator and ask for it there.",
            )),
        }
    }
}

/// What is asked for.
pub(crate) struct Asked {
    /// The command: [`carry_out`] must know it.
    pub(crate) command: &'static str,
    /// Its arguments as JSON, without secrets.
    pub(crate) arguments: String,
    /// What it is about, in words.
    pub(crate) subject: String,
    /// How long it waits.
    pub(crate) hours: i64,
}

/// Stores what is asked for, and answers with its number.
pub(crate) fn ask(db: &Db, trail: &Trail, asker: Asker, asked: Asked) -> Result<i64, ApiError> {
    let approval_id = store::put(
        db,
        &NewApproval {
            command: asked.command.to_owned(),
            arguments: asked.arguments,
            subject: asked.subject.clone(),
            asked_by: asker.0,
            asked_name: trail.actor.clone(),
            asked: trail.now,
            expires: trail.now.plus(asked.hours.saturating_mul(HOUR_MS)),
        },
    )?;
    trail.done(
        db,
        asked.command,
        format!("waits for a second person as approval {approval_id}: {}", asked.subject),
    )?;
    Ok(approval_id)
}

/// The approval that waits for a request asked before; an error when it came to an end, or asked for something else.
pub(crate) fn asked_before(
    db: &Db,
    command: &str,
    request_id: &str,
    arguments: &str,
    now: UnixMs,
) -> Result<Option<i64>, ApiError> {
    let Some(before) = store::by_request(db, command, request_id)? else { return Ok(None) };
    if before.arguments != arguments {
        return Err(ApiError::new(
            ErrorCode::RequestReused,
            format!("request {request_id} was used before for something else"),
            "Close the form, open it again, and type the request anew.",
        ));
    }
    if before.waits(now) {
        return Ok(Some(before.approval_id));
    }
    let (id, how) = (before.approval_id, words(state(&before, now)));
    let note = if before.note.is_empty() { String::new() } else { format!(": {}", before.note) };
    Err(ApiError::new(ErrorCode::Refused, format!("approval {id} {how}{note}"), "Start a new request."))
}

/// What an approved act changed, for those who show it.
enum Effect {
    Account(i64),
    Settings(i64, Box<Settings>),
    Sms,
}

/// Carries an approved act out, in the transaction of the decision. Every rule is checked anew.
fn carry_out(db: &Db, moment: &Moment, trail: &Trail, approval: &Approval) -> Result<Effect, ApiError> {
    let by = format!(" (asked by {}, approved by {})", approval.asked_name, trail.actor);
    match approval.command.as_str() {
        adjust::COMMAND => {
            let asked: AdjustRequest = arguments(approval)?;
            let actor = format!("{} + {}", approval.asked_name, trail.actor);
            adjust::carry_out(db, moment, trail, &asked, &actor, &by)?;
            Ok(Effect::Account(asked.account_id))
        }
        settings::COMMAND => {
            let (version, document) = settings::ease(db, trail, &arguments(approval)?, &by)?;
            Ok(Effect::Settings(version, Box::new(document)))
        }
        sms::COMMAND => {
            let asked: ReleaseAsked = arguments(approval)?;
            sms::release_approved(db, &asked.ids)?;
            Ok(Effect::Sms)
        }
        other => Err(ApiError::new(
            ErrorCode::Refused,
            format!("this version cannot carry out `{other}`"),
            "Approve it with the version that asked for it.",
        )),
    }
}

/// Test codes that wait.
#[derive(serde::Deserialize)]
struct ReleaseAsked {
    ids: Vec<i64>,
}

fn arguments<T: serde::de::DeserializeOwned>(approval: &Approval) -> Result<T, ApiError> {
    serde_json::from_str(&approval.arguments).map_err(|error| {
        let id = approval.approval_id;
        ApiError::new(ErrorCode::Refused, format!("what approval {id} asks for cannot be read: {error}"), "")
    })
}

/// Who may give the command that is asked for.
fn access_of(command: &str) -> Access {
    COMMANDS.iter().find(|info| info.name == command).map_or(Access::Owner, |info| info.access)
}

/// Refuses whoever asked, and whoever could not give the command.
fn may_decide(caller: &Caller, approval: &Approval) -> Result<(), ApiError> {
    let refused = |why: &str, help: &str| Err(ApiError::new(ErrorCode::Forbidden, why, help));
    match &caller.who {
        Who::Operator(operator) if approval.asked_by == Some(operator.id) => {
            refused("who asked cannot be the second person", "Ask another administrator to decide.")
        }
        Who::LocalUser if approval.asked_by.is_none() => refused(
            "the command line asked for this and cannot be the second person",
            "An administrator decides it in the console.",
        ),
        Who::Operator(operator) if !roles_of(access_of(&approval.command)).contains(&operator.role) => {
            refused("your role may not do what is asked here", "Ask somebody whose role allows it.")
        }
        Who::Operator(_) | Who::LocalUser => Ok(()),
        _ => refused("only a person can be the second person", "Sign in as an administrator."),
    }
}

fn may_withdraw(caller: &Caller, approval: &Approval) -> bool {
    match &caller.who {
        Who::Operator(operator) => approval.asked_by == Some(operator.id),
        Who::LocalUser => approval.asked_by.is_none(),
        _ => false,
    }
}

/// Whoever asked must still be allowed to: people leave and roles change while something waits.
fn asker_still_may(db: &Db, approval: &Approval) -> Result<(), ApiError> {
    let Some(id) = approval.asked_by else { return Ok(()) };
    let still = operators::get(db, id)?.is_some_and(|operator| {
        operator.active && roles_of(access_of(&approval.command)).contains(&Role::of_word(&operator.role))
    });
    if still {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Refused,
        format!("{} may not do this any more", approval.asked_name),
        "Somebody who may has to ask for it anew.",
    ))
}

pub(crate) async fn list(
    app: &Arc<App>,
    caller: &Caller,
    asked: ApprovalsList,
) -> Result<Page<ApprovalView>, ApiError> {
    let (now, caller) = (app.clock.now(), caller.clone());
    app.read(move |db| {
        let waiting_at = asked.waiting.then_some(now);
        let limit = page_rows(asked.limit);
        let rows = store::list(db, waiting_at, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.approval_id)).flatten();
        let total = store::count(db, waiting_at)?;
        Ok(Page { rows: rows.into_iter().map(|row| view(&caller, row, now)).collect(), next, total })
    })
    .await
}

pub(crate) async fn decide(
    app: &Arc<App>,
    caller: &Caller,
    asked: ApprovalDecide,
) -> Result<ApprovalView, ApiError> {
    let note = text("note", &asked.note, if asked.approve { 0 } else { 3 }, 200)?;
    let (moment, trail, who) = (app.moment(), app.trail(caller), caller.clone());
    let (decided, effect) = app
        .write(move |db| {
            let approval = waiting(db, asked.id, moment.now)?;
            may_decide(&who, &approval)?;
            let (state, note, effect) = if asked.approve {
                let outcome = asker_still_may(db, &approval)
                    .and_then(|()| store::attempt(db, |db| carry_out(db, &moment, &trail, &approval)));
                match outcome {
                    Ok(effect) => ("carried_out", note, Some(effect)),
                    Err(error) if is_outcome(error.code) => ("failed", error.message, None),
                    Err(fault) => return Err(fault),
                }
            } else {
                ("refused", note, None)
            };
            end(db, &trail, &approval, "approvals.decide", state, &note)?;
            let after = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("approval", asked.id))?;
            Ok((view(&who, after, moment.now), effect))
        })
        .await?;
    match effect {
        Some(Effect::Account(account_id)) => app.emit(Event::Account { account_id }),
        Some(Effect::Settings(version, document)) => app.put_settings(version, *document),
        Some(Effect::Sms) => {
            app.sms.nudge.all();
            app.emit(Event::Sms { id: None });
        }
        None => {}
    }
    app.emit(Event::Approval);
    Ok(decided)
}

pub(crate) async fn withdraw(app: &Arc<App>, caller: &Caller, asked: ById) -> Result<ApprovalView, ApiError> {
    let (now, trail, who) = (app.clock.now(), app.trail(caller), caller.clone());
    let withdrawn = app
        .write(move |db| {
            let approval = waiting(db, asked.id, now)?;
            if !may_withdraw(&who, &approval) {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "only who asked can take it back",
                    "Refuse it instead, with a word why.",
                ));
            }
            end(db, &trail, &approval, "approvals.withdraw", "withdrawn", "")?;
            let after = store::get(db, asked.id)?.ok_or_else(|| ApiError::not_found("approval", asked.id))?;
            Ok(view(&who, after, now))
        })
        .await?;
    app.emit(Event::Approval);
    Ok(withdrawn)
}

/// What still waits; an error says how it ended.
fn waiting(db: &Db, id: i64, now: UnixMs) -> Result<Approval, ApiError> {
    let approval = store::get(db, id)?.ok_or_else(|| ApiError::not_found("approval", id))?;
    if approval.waits(now) {
        return Ok(approval);
    }
    let how = words(state(&approval, now));
    Err(ApiError::new(
        ErrorCode::Refused,
        format!("approval {id} {how} already"),
        "Reload the list; ask for it anew if it is still wanted.",
    ))
}

/// Ends an approval, and records it under both names.
fn end(
    db: &Db,
    trail: &Trail,
    approval: &Approval,
    act: &str,
    state: &'static str,
    note: &str,
) -> Result<(), ApiError> {
    let decision = Decision {
        state,
        decided_by: trail.operator_id,
        decided_name: trail.actor.clone(),
        decided: trail.now,
        note: note.to_owned(),
    };
    store::decide(db, approval.approval_id, &decision)?;
    let (id, command, by) = (approval.approval_id, &approval.command, &approval.asked_name);
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    trail.changed(
        db,
        act,
        format!("approval {id}, {command} asked by {by}: {}{note}", approval.subject),
        &"waiting".into(),
        &state.into(),
    )?;
    Ok(())
}

/// Errors that are an outcome of the act itself: they end the approval. Any other is a fault, and it goes on waiting.
fn is_outcome(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Refused
            | ErrorCode::NotFound
            | ErrorCode::Taken
            | ErrorCode::Invalid
            | ErrorCode::RequestReused
    )
}

fn state(approval: &Approval, now: UnixMs) -> ApprovalState {
    match approval.state.as_str() {
        "waiting" if approval.waits(now) => ApprovalState::Waiting,
        "waiting" | "expired" => ApprovalState::Expired,
        "carried_out" => ApprovalState::CarriedOut,
        "refused" => ApprovalState::Refused,
        "withdrawn" => ApprovalState::Withdrawn,
        _ => ApprovalState::Failed,
    }
}

fn words(state: ApprovalState) -> &'static str {
    match state {
        ApprovalState::Waiting => "waits",
        ApprovalState::CarriedOut => "was carried out",
        ApprovalState::Refused => "was refused",
        ApprovalState::Withdrawn => "was taken back",
        ApprovalState::Expired => "has expired",
        ApprovalState::Failed => "could not be carried out",
    }
}

fn view(caller: &Caller, row: Approval, now: UnixMs) -> ApprovalView {
    let state = state(&row, now);
    let waits = state == ApprovalState::Waiting;
    ApprovalView {
        id: row.approval_id,
        may_decide: waits && may_decide(caller, &row).is_ok(),
        may_withdraw: waits && may_withdraw(caller, &row),
        command: row.command,
        subject: row.subject,
        asked_by: row.asked_name,
        asked_ms: row.asked.0,
        expires_ms: row.expires.0,
        state,
        decided_by: row.decided_name,
        decided_ms: row.decided.map(|at| at.0),
        note: row.note,
    }
}

impl App {
    /// Ends what nobody decided in time. Blocks; called now and then.
    pub fn expire_approvals(&self) -> Result<(), ApiError> {
        let now = self.clock.now();
        if self.store.read(|db| store::overdue(db, now))?.is_empty() {
            return Ok(());
        }
        self.store.writer()?.submit_blocking(move |db| -> Result<(), ApiError> {
            let trail = Trail::station(now);
            for approval in store::overdue(db, now)? {
                end(db, &trail, &approval, "approvals.expire", "expired", "nobody decided in time")?;
            }
            Ok(())
        })?;
        self.emit(Event::Approval);
        Ok(())
    }
}
