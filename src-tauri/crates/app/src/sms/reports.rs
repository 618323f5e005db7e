//! Status reports and late replies: what they make of the message they are about.

use std::sync::Arc;

use gerai_core::sms::reports::{self as rules, Candidate, Match, REPORT_WINDOW_MS};
use gerai_core::sms::state::{PartState, ReportOutcome, State, aggregate};
use gerai_core::time::UnixMs;
use gerai_store::sms::course::{self, Cause, Requeue};
use gerai_store::sms::parts::{self, Part, PartKey};
use gerai_store::sms::{list, queue};
use gerai_store::{Db, StoreError};

use super::dispatch::of_ticket;
use super::pool;
use crate::App;
use crate::contract::{ApiError, Event};

/// A status report.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    /// TP-MR.
    pub(crate) reference: u8,
    /// Keyed hash of the recipient's last digits.
    pub(crate) tail: [u8; 16],
    /// TP-ST.
    pub(crate) status: u8,
    /// When the phone got it, as the network says.
    pub(crate) reached: UnixMs,
    /// When the station got the report.
    pub(crate) at: UnixMs,
}

/// Takes a report in; the message it is about.
pub(crate) async fn take(app: &Arc<App>, imei: String, report: Report) -> Result<Option<i64>, ApiError> {
    let taken = app.store.writer()?.submit_repeatable(move |db| -> Result<Option<(i64, bool)>, StoreError> {
        let line_id = super::door::line_id(db, &imei, report.at)?;
        let Some(part) = find(db, line_id, &report)? else { return Ok(None) };
        let rests = reported(db, &part, &report)?;
        Ok(Some((part.message_id, rests)))
    });
    let Some((id, rests)) = taken.await? else {
        tracing::debug!("A status report is about none of our messages");
        return Ok(None);
    };
    if rests {
        app.sms.nudge.all();
    }
    Ok(Some(id))
}

fn find(db: &Db, line_id: i64, report: &Report) -> Result<Option<Part>, StoreError> {
    let since = report.at.plus(-REPORT_WINDOW_MS);
    let found = parts::candidates(db, line_id, report.reference, &report.tail, since)?;
    let candidates: Vec<Candidate> = (0_i64..)
        .zip(&found)
        .map(|(place, (part, tail_matches))| Candidate {
            part: place,
            line: part.line_id,
            reference: part.reference,
            tail_matches: *tail_matches,
            submitted: part.submitted,
            state: PartState::parse(&part.state).unwrap_or(PartState::Failed),
        })
        .collect();
    let asked = rules::Report { line: line_id, reference: report.reference, at: report.at };
    Ok(match rules::match_report(&asked, &candidates) {
        Match::Part(place) | Match::InDoubt(place) => {
            usize::try_from(place).ok().and_then(|place| found.into_iter().nth(place)).map(|(part, _)| part)
        }
        Match::Ambiguous => only_message(found, &candidates, report.at),
        Match::None => None,
    })
}

/// A code that was sent twice and is in doubt twice is one message all the same: the report is about its newer sending.
fn only_message(found: Vec<(Part, bool)>, candidates: &[Candidate], at: UnixMs) -> Option<Part> {
    let doubtful = found.into_iter().zip(candidates).filter(|((part, tail_matches), candidate)| {
        *tail_matches
            && part.reference.is_none()
            && (0..=REPORT_WINDOW_MS).contains(&at.since(candidate.submitted))
    });
    let mut parts: Vec<Part> = doubtful.map(|((part, _), _)| part).collect();
    parts.sort_by_key(|part| part.round);
    let newest = parts.pop()?;
    let same = |part: &Part| (part.message_id, part.sequence) == (newest.message_id, newest.sequence);
    parts.iter().all(same).then_some(newest)
}

/// Writes a report down. `true`: parts of its message have to follow.
fn reported(db: &Db, part: &Part, report: &Report) -> Result<bool, StoreError> {
    let before = PartState::parse(&part.state).unwrap_or(PartState::Sent);
    let after = ReportOutcome::of(report.status).on(before);
    let key = PartKey { message_id: part.message_id, sequence: part.sequence, round: part.round };
    if before == PartState::InDoubt && after != PartState::InDoubt {
        // The report proves that it left, with this reference.
        parts::sent(db, key, Some(report.reference), report.at)?;
    }
    parts::reported(db, key, Some(after.word()), report.status, report.reached)?;
    settle(db, part.message_id, report.at)
}

/// Brings a message to what its parts say. `true`: parts have to follow.
fn settle(db: &Db, id: i64, at: UnixMs) -> Result<bool, StoreError> {
    let Some(row) = list::get(db, id)? else { return Ok(false) };
    let state = State::parse(&row.state).unwrap_or(State::Sent);
    if state == State::Submitting {
        // What is still being sent is settled when its last part has gone.
        return Ok(false);
    }
    let all = parts::of(db, id)?;
    let total = usize::try_from(row.parts).unwrap_or(usize::MAX);
    let gone = latest(&all);
    let states: Vec<PartState> = gone.iter().filter_map(|part| PartState::parse(&part.state)).collect();
    let ended = states.contains(&PartState::InDoubt) || states.contains(&PartState::Failed);
    if state == State::InDoubt && gone.len() < total && !ended {
        let bound = row.line_id.map(pool::of_line);
        let cause = Cause::default();
        course::requeue(db, &Requeue { id, pool: bound, due: None, cause, resend: false })?;
        return Ok(true);
    }
    match aggregate(total, &states) {
        State::Delivered if matches!(state, State::Failed | State::Expired) => {
            course::delivered_late(db, id, at)?
        }
        _ if state.is_terminal() => {}
        State::Delivered => {
            course::end(db, id, "delivered", &Cause::default(), at)?;
        }
        State::Failed => {
            let failed = gone.iter().find(|part| part.state == PartState::Failed.word());
            let status = failed.and_then(|part| part.report_status).unwrap_or(0);
            let cause = Cause {
                word: "report_failed".to_owned(),
                text: format!("the network reports that it did not arrive (TP-ST {status:#04x})"),
            };
            course::end(db, id, "failed", &cause, at)?;
        }
        State::Sent if state == State::InDoubt => course::sent(db, id, at)?,
        _ => {}
    }
    Ok(false)
}

/// Reports can overtake the modem's own word: those of a message that has just been sent are counted now.
pub(crate) fn settle_early(db: &Db, id: i64, at: UnixMs) -> Result<(), StoreError> {
    if parts::of(db, id)?.iter().any(|part| part.report.is_some()) {
        settle(db, id, at)?;
    }
    Ok(())
}

/// The newest round of each part.
fn latest(all: &[Part]) -> Vec<&Part> {
    let mut newest: Vec<&Part> = Vec::with_capacity(all.len());
    for part in all {
        match newest.iter_mut().find(|known| known.sequence == part.sequence) {
            // A first sending that is known to have arrived is not undone by the second one.
            Some(known) if known.state != "delivered" => *known = part,
            Some(_) => {}
            None => newest.push(part),
        }
    }
    newest
}

/// A modem's final result came after its deadline: the part had left, with this reference.
pub(crate) async fn late(app: &Arc<App>, ticket: u64, reference: u8) -> Result<(), ApiError> {
    let ((id, sequence), now) = (of_ticket(ticket), app.clock.now());
    let rests = app
        .write(move |db| {
            let all = parts::of(db, id)?;
            let doubtful =
                all.iter().rev().find(|part| part.sequence == sequence && part.state == "in_doubt");
            let Some(part) = doubtful else { return Ok(false) };
            let key = PartKey { message_id: id, sequence, round: part.round };
            parts::sent(db, key, Some(reference), now)?;
            Ok(settle(db, id, now)?)
        })
        .await?;
    if rests {
        app.sms.nudge.all();
    }
    app.emit(Event::Sms { id: Some(id) });
    Ok(())
}

/// Whether every part of a message has left.
fn all_left(db: &Db, id: i64) -> Result<bool, StoreError> {
    let Some(row) = list::get(db, id)? else { return Ok(false) };
    let all = parts::of(db, id)?;
    let left = latest(&all).iter().filter(|part| part.state != "failed").count();
    Ok(i64::try_from(left).unwrap_or(0) >= row.parts)
}

/// What a station that died left in the middle of sending: in doubt, or once more where the rules say so.
pub(crate) fn recover(db: &Db, resend: bool, now: UnixMs) -> Result<usize, StoreError> {
    use gerai_core::sms::state::{Class, Doubt, DoubtAction, in_doubt};
    let unfinished = course::unfinished(db)?;
    let cause = || Cause {
        word: "station_died".to_owned(),
        text: "the station stopped after the message was given to the modem".to_owned(),
    };
    for message in &unfinished {
        let id = message.id;
        let in_modem = parts::doubt_all(db, id)? > 0;
        let doubt = Doubt {
            class: Class::parse(&message.class).unwrap_or(Class::Normal),
            resend,
            resent: message.resent,
            deadline: Some(message.deadline),
            now,
        };
        let has_text = queue::head_of(db, id)?.is_some_and(|head| head.body.is_some());
        match (in_modem, in_doubt(doubt)) {
            // Its reports came before the modem's word: everything has left.
            (false, _) if all_left(db, id)? => {
                course::sent(db, id, now)?;
                settle(db, id, now)?;
            }
            // Nothing of it had been given to the modem.
            (false, _) => {
                let bound =
                    if parts::of(db, id)?.is_empty() { None } else { message.line_id.map(pool::of_line) };
                course::requeue(
                    db,
                    &Requeue { id, pool: bound, due: None, cause: Cause::default(), resend: false },
                )?;
            }
            (true, DoubtAction::SendAgain) if has_text => {
                course::requeue(db, &Requeue { id, pool: None, due: None, cause: cause(), resend: true })?;
            }
            (true, DoubtAction::SendAgain | DoubtAction::Wait) => course::in_doubt(db, id, &cause())?,
        }
    }
    Ok(unfinished.len())
}
