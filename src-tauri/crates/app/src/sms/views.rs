//! Messages, lines and decisions as people see them.

use gerai_core::phone::{self, Destination};
use gerai_core::sms::routing::{self, Candidate, Decision, Reason, Wanted, explain, rule_of};
use gerai_core::sms::state::{Class, State};
use gerai_core::sms::text::Alphabet;
use gerai_core::time::UnixMs;
use gerai_store::sms::list::MessageRow;
use gerai_store::sms::parts::Part;

use super::board::Board;
use super::{calendar, pool};
use crate::App;
use crate::contract::*;

/// Lines that are kept with a message: the chosen one and those that nearly were.
const STORED_CANDIDATES: usize = 6;

/// Which line a number would get.
pub(crate) struct Question<'a> {
    pub(crate) to: &'a Destination,
    pub(crate) class: Class,
    pub(crate) from_api: bool,
    pub(crate) line_id: Option<i64>,
    pub(crate) parts: u32,
    pub(crate) now: UnixMs,
}

impl Board {
    /// Decides as the dispatcher would, for people; a busy line counts as free, because nobody asks for this very moment.
    pub(crate) fn decide(&self, question: &Question<'_>) -> RouteDecision {
        let nobody = |_| false;
        let wanted = Wanted {
            to: question.to,
            class: question.class,
            from_api: question.from_api,
            pinned: question.line_id,
            parts: question.parts,
            blocked: false,
            paused: false,
            seen_today: &nobody,
            window_opens: None,
            now: question.now,
            ends: calendar::place(question.now, self.zone()).ends,
        };
        let (decision, candidates) = explain(&wanted, self.rules(), self.facts());
        route(self, &wanted, decision, &candidates, usize::MAX)
    }
}

/// A number that is on the block list.
pub(crate) fn blocked(to: &Destination) -> RouteDecision {
    RouteDecision {
        number: to.masked(),
        prefix: None,
        label: String::new(),
        line_id: None,
        line: String::new(),
        price: None,
        code: Reason::Blocked.code().to_owned(),
        text: Reason::Blocked.sentence(),
        candidates: Vec::new(),
    }
}

/// What is stored with a message.
pub(crate) fn stored_route(
    board: &Board,
    wanted: &Wanted<'_>,
    decision: Decision,
    candidates: &[Candidate],
) -> String {
    serde_json::to_string(&route(board, wanted, decision, candidates, STORED_CANDIDATES)).unwrap_or_default()
}

fn route(
    board: &Board,
    wanted: &Wanted<'_>,
    decision: Decision,
    candidates: &[Candidate],
    most: usize,
) -> RouteDecision {
    let rule = rule_of(wanted, board.rules());
    let name = |place: usize| board.slots().get(place).map(|slot| slot.row.name.clone()).unwrap_or_default();
    let (line_id, line, code, reason) = match decision {
        Decision::Send { line, place, reason, .. } => (Some(line), name(place), "chosen", reason),
        Decision::Wait { reason, .. } => (None, String::new(), reason.message_code(), reason),
        Decision::Refuse { reason } => (None, String::new(), reason.code(), reason),
    };
    let price = candidates.iter().find(|candidate| Some(candidate.line) == line_id).and_then(|c| c.price);
    RouteDecision {
        number: wanted.to.masked(),
        prefix: rule.map(|rule| rule.prefix.clone()),
        label: rule.map(|rule| rule.label.clone()).unwrap_or_default(),
        line_id,
        line,
        price: price.map(|price| price.0),
        code: code.to_owned(),
        text: reason.sentence(),
        candidates: candidates
            .iter()
            .take(most)
            .map(|candidate| RouteCandidate {
                line_id: candidate.line,
                line: name(candidate.place),
                verdict: candidate.verdict.word().to_owned(),
                code: candidate.reason.code().to_owned(),
                text: candidate.reason.sentence(),
                price: candidate.price.map(|price| price.0),
                until_ms: candidate.until.map(|at| at.0),
            })
            .collect(),
    }
}

/// The word for an alphabet.
pub(crate) fn alphabet(alphabet: Alphabet) -> &'static str {
    match alphabet {
        Alphabet::Gsm7 => "gsm7",
        Alphabet::Ucs2 => "ucs2",
    }
}

pub(crate) fn state(word: &str) -> SmsState {
    match State::parse(word) {
        Some(State::Scheduled) => SmsState::Scheduled,
        Some(State::Queued) => SmsState::Queued,
        Some(State::Leased) => SmsState::Leased,
        Some(State::Submitting) => SmsState::Submitting,
        Some(State::Sent) => SmsState::Sent,
        Some(State::InDoubt) => SmsState::InDoubt,
        Some(State::Delivered) => SmsState::Delivered,
        Some(State::Failed) => SmsState::Failed,
        Some(State::Expired) => SmsState::Expired,
        Some(State::Cancelled) => SmsState::Cancelled,
        Some(State::Lost) => SmsState::Lost,
        Some(State::Held) | None => SmsState::Held,
    }
}

fn class(word: &str) -> SmsClass {
    if word == "otp" { SmsClass::Otp } else { SmsClass::Normal }
}

/// A message in a list.
pub(crate) fn row(app: &App, row: &MessageRow) -> SmsRow {
    let number = app.sms.keys.open_number(&row.number_sealed).ok();
    let to = number.as_ref().map_or_else(|| "••••".to_owned(), |number| phone::mask(number.expose()));
    let board = app.sms.board();
    let line =
        row.line_id.and_then(|id| board.slot(id)).map(|slot| slot.row.name.clone()).unwrap_or_default();
    let state = state(&row.state);
    let reason = match state {
        SmsState::Queued if row.cause.is_empty() && row.due.is_none() => {
            let settings = app.settings();
            let to = number.and_then(|n| Destination::parse(n.expose(), &settings.1.sms.country_code).ok());
            to.map(|to| waiting(app, &board, row, &to)).unwrap_or_default()
        }
        _ => SmsReason {
            code: row.cause.clone(),
            text: row.cause_text.clone(),
            until_ms: match state {
                SmsState::Scheduled | SmsState::Queued => row.due.map(|at| at.0),
                _ => None,
            },
        },
    };
    SmsRow {
        id: row.id,
        at_ms: row.created.0,
        state,
        reason,
        class: class(&row.class),
        to,
        origin: row.origin.clone(),
        line_id: row.line_id,
        line,
        parts: row.parts,
        deadline_ms: (row.deadline.0 < i64::MAX).then_some(row.deadline.0),
        sent_ms: row.sent.map(|at| at.0),
        done_ms: row.done.map(|at| at.0),
        cost: row.cost,
    }
}

/// Why a message that could leave does not: what the rules say of it now.
fn waiting(app: &App, board: &Board, row: &MessageRow, to: &Destination) -> SmsReason {
    let now = app.clock.now();
    let settings = app.settings();
    let class = Class::parse(&row.class).unwrap_or(Class::Normal);
    let seen = |line_id| board.seen_today(line_id, &row.number_tag);
    let wanted = Wanted {
        to,
        class,
        from_api: row.from_api,
        pinned: pool::line_of(&row.pool),
        parts: u32::try_from(row.parts).unwrap_or(1),
        blocked: false,
        paused: app.sms.paused(),
        seen_today: &seen,
        window_opens: match class {
            Class::Otp => None,
            Class::Normal => calendar::window_opens(now, &settings.1.sms),
        },
        now,
        ends: board.place().ends,
    };
    match routing::choose(&wanted, board.rules(), board.facts()) {
        Decision::Wait { reason, until, .. } => SmsReason {
            code: reason.message_code().to_owned(),
            text: reason.sentence(),
            until_ms: until.map(|at| at.0),
        },
        Decision::Send { .. } => {
            SmsReason { code: "turn".to_owned(), text: "Others go first.".to_owned(), until_ms: None }
        }
        Decision::Refuse { reason } => {
            SmsReason { code: reason.code().to_owned(), text: reason.sentence(), until_ms: None }
        }
    }
}

/// A message in full.
pub(crate) fn detail(app: &App, message: &MessageRow, parts: &[Part], text: Option<String>) -> SmsDetail {
    let view = row(app, message);
    SmsDetail {
        text,
        alphabet: message.alphabet.clone(),
        flash: message.flash,
        priority: message.priority,
        attempts: message.attempts,
        resent: message.resent,
        route: message.route.as_deref().and_then(|route| serde_json::from_str(route).ok()),
        parts: parts
            .iter()
            .map(|part| SmsPartView {
                sequence: i64::from(part.sequence),
                state: part.state.clone(),
                reference: part.reference.map(i64::from),
                submitted_ms: part.submitted.0,
                sent_ms: part.sent.map(|at| at.0),
                report_status: part.report_status.map(i64::from),
                report_ms: part.report.map(|at| at.0),
            })
            .collect(),
        steps: steps(&view, message, parts),
        row: view,
    }
}

/// The way of a message, from its time stamps.
fn steps(view: &SmsRow, message: &MessageRow, parts: &[Part]) -> Vec<SmsStep> {
    let step = |at: UnixMs, state: SmsState, text: String| SmsStep { at_ms: at.0, state, text };
    let mut steps =
        vec![step(message.created, SmsState::Queued, format!("accepted from {}", message.origin))];
    if let Some(at) = message.leased {
        steps.push(step(at, SmsState::Leased, format!("taken by {}", view.line)));
    }
    let total = message.parts;
    for part in parts {
        let place =
            if total > 1 { format!("part {} of {total}", part.sequence) } else { "the message".to_owned() };
        let again = if part.round > 0 { " once more" } else { "" };
        steps.push(step(part.submitted, SmsState::Submitting, format!("{place} given to the modem{again}")));
        match (part.sent, part.reference) {
            (Some(at), Some(reference)) => {
                steps.push(step(
                    at,
                    SmsState::Sent,
                    format!("{place} taken by the network, TP-MR {reference}"),
                ));
            }
            (Some(at), None) => steps.push(step(at, SmsState::Sent, format!("{place} counted as sent"))),
            (None, _) if part.state == "in_doubt" => {
                steps.push(step(part.submitted, SmsState::InDoubt, format!("{place} got no answer")));
            }
            (None, _) => {}
        }
        if let (Some(at), Some(status)) = (part.report, part.report_status) {
            let state = if part.state == "delivered" { SmsState::Delivered } else { SmsState::Sent };
            steps.push(step(at, state, format!("report for {place}, TP-ST {status:#04x}")));
        }
    }
    if let Some(at) = message.done.filter(|_| view.state != SmsState::Delivered || parts.is_empty()) {
        steps.push(step(at, view.state, message.cause_text.clone()));
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}
