//! USSD dialogues: said and heard in memory only (they tell balances and sometimes codes); what stays is the balance that was
//! read out of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use gerai_core::port::lines::{LineError, UssdReply, UssdState};
use gerai_core::sms::balance;
use gerai_store::sms::lines;

use crate::App;
use crate::contract::{ApiError, ErrorCode, Event, UssdTurn};

/// Turns that are remembered for each line.
const KEPT: usize = 100;
/// Characters of a code or an answer (3GPP TS 23.038 section 6.1.2.3: 182 in 160 octets).
const TEXT_CHARS_MAX: usize = 182;

/// The dialogues of the lines.
#[derive(Default)]
pub(crate) struct Dialogues {
    turns: Mutex<HashMap<i64, VecDeque<UssdTurn>>>,
}

impl Dialogues {
    fn add(&self, turn: UssdTurn) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let line = turns.entry(turn.line_id).or_default();
        if line.len() == KEPT {
            line.pop_front();
        }
        line.push_back(turn);
    }

    /// The turns of a line, oldest first.
    pub(crate) fn of(&self, line_id: i64) -> Vec<UssdTurn> {
        let turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(&line_id).map(|line| line.iter().cloned().collect()).unwrap_or_default()
    }
}

/// Says something on a line and waits for the answer.
pub(crate) async fn say(app: &Arc<App>, line_id: i64, text: &str) -> Result<UssdTurn, ApiError> {
    let length = text.chars().count();
    if !(1..=TEXT_CHARS_MAX).contains(&length) || text.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            "text",
            format!("a USSD code or answer has 1 to {TEXT_CHARS_MAX} characters, this has {length}"),
            "Type something like *888#.",
        ));
    }
    let (lines, key) = app.sms.line(line_id)?;
    note(app, line_id, true, text, false, false, None);
    let reply = lines.ussd(&key, text).await.map_err(|error| line_error(line_id, &error));
    match reply {
        Ok(reply) => Ok(heard(app, line_id, reply, false)),
        Err(error) => {
            note(app, line_id, false, &error.message, false, false, None);
            Err(error)
        }
    }
}

/// Ends an open dialogue.
pub(crate) async fn cancel(app: &Arc<App>, line_id: i64) -> Result<(), ApiError> {
    let (lines, key) = app.sms.line(line_id)?;
    lines.ussd_cancel(&key).await.map_err(|error| line_error(line_id, &error))?;
    app.emit(Event::Ussd { line_id });
    Ok(())
}

/// A text came that nobody waited for.
pub(crate) fn pushed(app: &Arc<App>, line_id: i64, reply: UssdReply) {
    heard(app, line_id, reply, true);
}

fn heard(app: &Arc<App>, line_id: i64, reply: UssdReply, pushed: bool) -> UssdTurn {
    let found = balance::parse(&reply.text);
    if let Some(found) = &found {
        keep_balance(app, line_id, found.amount.0, found.expires);
    }
    let answerable = match reply.state {
        UssdState::Answerable => true,
        UssdState::Done
        | UssdState::Ended
        | UssdState::Elsewhere
        | UssdState::Unsupported
        | UssdState::TimedOut => false,
    };
    let text = if reply.text.is_empty() { silent(reply.state).to_owned() } else { reply.text };
    note(app, line_id, false, &text, answerable, pushed, found.map(|found| found.amount.0))
}

/// What an answer without a text means.
fn silent(state: UssdState) -> &'static str {
    match state {
        UssdState::Done => "(done)",
        UssdState::Answerable => "(the network waits for an answer)",
        UssdState::Ended => "(ended by the network)",
        UssdState::Elsewhere => "(another program has answered)",
        UssdState::Unsupported => "(not supported by the network)",
        UssdState::TimedOut => "(the network did not answer in time)",
    }
}

fn note(
    app: &App,
    line_id: i64,
    ours: bool,
    text: &str,
    answerable: bool,
    pushed: bool,
    balance: Option<i64>,
) -> UssdTurn {
    let at_ms = app.clock.now().0;
    let turn = UssdTurn { line_id, at_ms, ours, text: text.to_owned(), answerable, pushed, balance };
    app.sms.dialogues.add(turn.clone());
    app.emit(Event::Ussd { line_id });
    turn
}

/// Keeps a balance with the line's SIM; the routing rules learn of it.
fn keep_balance(app: &Arc<App>, line_id: i64, amount: i64, expires: Option<gerai_core::time::UnixMs>) {
    let now = app.clock.now();
    let Ok(writer) = app.store.writer() else { return };
    let written = writer.submit(move |db| -> Result<(), ApiError> {
        if let Some(sim_id) = lines::get(db, line_id)?.and_then(|line| line.found_sim.or(line.sim_id)) {
            lines::set_balance(db, sim_id, amount, now, expires)?;
        }
        Ok(())
    });
    let core = Arc::clone(app);
    let Ok(handle) = app.sms.runtime() else { return };
    handle.spawn(async move {
        match written.await {
            Ok(()) => {
                core.sms.nudge.setup();
                core.emit(Event::Line { line_id });
            }
            Err(error) => tracing::warn!(%error, "A balance could not be kept"),
        }
    });
}

/// What a line answered, for people.
pub(crate) fn line_error(line_id: i64, error: &LineError) -> ApiError {
    let (code, help) = match error {
        LineError::Absent => (ErrorCode::Unavailable, "Plug the modem in, or choose another line."),
        LineError::NotReady(_) => (ErrorCode::Unavailable, "The Lines page says what it needs."),
        LineError::Refused(_) => (ErrorCode::Refused, "Try again, or try another code."),
        LineError::Timeout(_) => (ErrorCode::Unavailable, "Try again; the line recovers by itself."),
    };
    ApiError::new(code, format!("line {line_id}: {error}"), help)
}
