//! Short messages: send, preview, list, show. What is done with them afterwards is in `sms_acts`.

use std::sync::Arc;

use gerai_core::phone::Destination;
use gerai_core::secret::Secret;
use gerai_core::sms::state::Class;
use gerai_core::sms::text::{self, Alphabet};
use gerai_core::time::UnixMs;
use gerai_store::Db;
use gerai_store::sms::course::{self, Cause, Requeue};
use gerai_store::sms::list::{self as store, Filter};
use gerai_store::sms::{blocks, parts, queue};
use serde_json::json;

use crate::App;
use crate::access::{Caller, Who};
use crate::contract::*;
use crate::sms::enqueue::{self, NUMBERS_MAX, Order};
use crate::sms::{calendar, views};
use crate::trail::Trail;
use crate::usecases::approvals::{self, Asked, Asker};
use crate::usecases::{check_request_id, internal, page_rows};

pub(crate) use crate::sms::enqueue::ACT as COMMAND;
/// Numbers of one send.
pub(super) const RECIPIENTS_MAX: usize = 10_000;
/// Routes shown in a preview.
const ROUTES_SHOWN: usize = 20;
/// Rows that are counted for a list's total.
const COUNTED_MAX: i64 = 100_000;
/// Hours a test code waits for its second person: it does not live longer itself.
const APPROVAL_HOURS: i64 = 1;

pub(crate) fn class_of(class: SmsClass) -> Class {
    match class {
        SmsClass::Otp => Class::Otp,
        SmsClass::Normal => Class::Normal,
    }
}

/// Numbers sorted out: those that can be sent to with their places, and those that cannot.
fn sort_out(app: &App, written: &[String]) -> (Vec<(usize, Destination)>, Vec<SmsLeftOut>) {
    let settings = app.settings();
    let (mut good, mut bad) = (Vec::with_capacity(written.len()), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for (place, text) in written.iter().enumerate() {
        let leave = |shown: String, why: String| SmsLeftOut { place: place_of(place), shown, why };
        match Destination::parse(text, &settings.1.sms.country_code) {
            Err(error) => bad.push(leave(text.chars().take(40).collect(), error.to_string())),
            Ok(to) if app.sms.board().denies(&to) => bad.push(leave(to.masked(), "denied".to_owned())),
            Ok(to) if !seen.insert(to.dialled()) => bad.push(leave(to.masked(), "twice".to_owned())),
            Ok(to) => good.push((place, to)),
        }
    }
    (good, bad)
}

pub(super) fn place_of(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn check_recipients(count: usize, least: usize) -> Result<(), ApiError> {
    if (least..=RECIPIENTS_MAX).contains(&count) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "to",
        format!("{count} numbers; one send goes to 1 to {RECIPIENTS_MAX}"),
        "Give at least one number, or send in several steps.",
    ))
}

pub(crate) async fn send(app: &Arc<App>, caller: &Caller, asked: SmsSend) -> Result<SmsAccepted, ApiError> {
    check_request_id(&asked.request_id)?;
    check_recipients(asked.to.len(), 1)?;
    enqueue::check_text(&asked.text)?;
    if !(-5..=5).contains(&asked.priority) {
        return Err(ApiError::invalid(
            "priority",
            format!("{} is not between -5 and 5", asked.priority),
            "Leave it out.",
        ));
    }
    let (good, mut left_out) = sort_out(app, &asked.to);
    if let Some(first) = left_out.first().filter(|_| !asked.skip_bad) {
        return Err(ApiError::invalid(
            "to",
            format!("number {} ({}): {}", first.place + 1, first.shown, first.why),
            "Correct it, or leave wrong numbers out.",
        ));
    }
    if good.len() > NUMBERS_MAX && !asked.skip_bad {
        refuse_blocked(app, good.iter().map(|(_, to)| to.clone()).collect()).await?;
    }
    // A person who tries codes out is not their sender: somebody else looks at it first.
    let person = matches!(caller.who, Who::Operator(_) | Who::LocalUser);
    let second = person && asked.class == SmsClass::Otp;
    let asker = if second { Some(Asker::of(caller)?) } else { None };
    let (text, trail) = (Arc::new(Secret::new(asked.text.clone())), app.trail(caller));
    let (mut ids, mut repeated) = (Vec::with_capacity(good.len()), false);
    for (number, chunk) in good.chunks(NUMBERS_MAX).enumerate() {
        let order = Order {
            origin: origin(caller),
            request_id: if number == 0 {
                asked.request_id.clone()
            } else {
                format!("{}#{number}", asked.request_id)
            },
            to: chunk.iter().map(|(_, to)| to.clone()).collect(),
            text: Arc::clone(&text),
            class: class_of(asked.class),
            line_id: asked.line_id,
            at: asked.at_ms.map(UnixMs),
            deadline: asked.deadline_ms.map(UnixMs),
            flash: asked.flash,
            priority: asked.priority,
            from_api: matches!(caller.who, Who::Token { .. }),
            hold: second,
            skip_blocked: asked.skip_bad,
            trail: (!second).then(|| trail.clone()),
        };
        let done = enqueue::enqueue(app, order).await?;
        repeated |= done.repeated;
        for place in &done.blocked {
            let (place, to) = &chunk[*place];
            left_out.push(SmsLeftOut {
                place: place_of(*place),
                shown: to.masked(),
                why: "blocked".to_owned(),
            });
        }
        ids.extend(done.ids);
    }
    let waiting = match asker {
        Some(asker) if !repeated => Some(ask(app, trail, asker, asked.class, ids.clone()).await?),
        _ => None,
    };
    Ok(SmsAccepted { ids, left_out, repeated, waiting })
}

/// A long list goes in by several transactions: a number that refuses all is found before the first.
async fn refuse_blocked(app: &Arc<App>, numbers: Vec<Destination>) -> Result<(), ApiError> {
    app.sms_numbers_ready().await?;
    let core = Arc::clone(app);
    app.read(move |db| {
        for to in &numbers {
            if is_blocked(&core, db, to)? {
                return Err(enqueue::blocked());
            }
        }
        Ok(())
    })
    .await
}

/// What the queue and the screens call the caller.
fn origin(caller: &Caller) -> String {
    match &caller.who {
        Who::LocalUser => "cli".to_owned(),
        Who::Token { name, .. } => name.clone(),
        _ => "console".to_owned(),
    }
}

/// The question to a second person.
async fn ask(
    app: &Arc<App>,
    trail: Trail,
    asker: Asker,
    class: SmsClass,
    ids: Vec<i64>,
) -> Result<i64, ApiError> {
    let subject = enqueue::subject(&ids, class_of(class));
    let waiting = app
        .write(move |db| {
            let request_id = format!("sms-{}", ids.first().unwrap_or(&0));
            let arguments = json!({ "request_id": request_id, "ids": ids }).to_string();
            let asked = Asked { command: COMMAND, arguments, subject, hours: APPROVAL_HOURS };
            approvals::ask(db, &trail, asker, asked)
        })
        .await?;
    app.emit(Event::Approval);
    Ok(waiting)
}

/// What an approved test send does: its messages may go.
pub(crate) fn release_approved(db: &Db, ids: &[i64]) -> Result<(), ApiError> {
    let mut released = 0;
    for id in ids {
        let Some(row) = store::get(db, *id)?.filter(|row| row.state == "held") else { continue };
        // `due`: it was held and scheduled.
        let back = Requeue { id: *id, pool: None, due: row.due, cause: Cause::default(), resend: false };
        released += i64::from(course::requeue(db, &back)?);
    }
    if released > 0 {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::Refused,
        "the messages have expired or were taken back",
        "Send the test again and decide within its life.",
    ))
}

pub(crate) async fn preview(app: &Arc<App>, _: &Caller, asked: SmsPreview) -> Result<SmsPreviewed, ApiError> {
    if !asked.to.is_empty() {
        check_recipients(asked.to.len(), 1)?;
    }
    let settings = app.settings();
    let sms = &settings.1.sms;
    let measure = text::measure(&asked.text, sms.wide_references)
        .map_err(|error| ApiError::invalid("text", error.to_string(), "Shorten the text."))?;
    let now = app.clock.now();
    let core = Arc::clone(app);
    let (class, line_id) = (class_of(asked.class), asked.line_id);
    let parts = u32::try_from(measure.parts).unwrap_or(u32::MAX);
    let window_opens = match class {
        Class::Otp => None,
        Class::Normal => calendar::window_opens(now, sms),
    };
    let (left_out, recipients, cost, routes) = app
        .read(move |db| {
            let (good, mut left_out) = sort_out(&core, &asked.to);
            let (mut cost, mut routes, mut recipients) = (Some(0_i64), Vec::new(), 0_i64);
            for (place, to) in &good {
                if is_blocked(&core, db, to)? {
                    left_out.push(SmsLeftOut {
                        place: place_of(*place),
                        shown: to.masked(),
                        why: "blocked".to_owned(),
                    });
                    continue;
                }
                recipients += 1;
                let decided = core.sms.board().decide(&views::Question {
                    to,
                    class,
                    from_api: false,
                    line_id,
                    parts,
                    now,
                });
                cost = cost
                    .zip(decided.price)
                    .map(|(sum, price)| sum.saturating_add(price.saturating_mul(i64::from(parts))));
                if routes.len() < ROUTES_SHOWN {
                    routes.push(decided);
                }
            }
            Ok((left_out, recipients, cost, routes))
        })
        .await?;
    let foreign: String = match measure.alphabet {
        Alphabet::Gsm7 => String::new(),
        Alphabet::Ucs2 => {
            let lacking = |c: &char| gerai_core::sms::alphabet::septets(*c).is_none();
            asked.text.chars().filter(lacking).take(10).collect()
        }
    };
    Ok(SmsPreviewed {
        alphabet: views::alphabet(measure.alphabet).to_owned(),
        units: place_of(measure.units),
        parts: place_of(measure.parts),
        left: place_of(measure.left),
        room: place_of(measure.units + measure.left),
        foreign,
        recipients,
        left_out,
        cost: cost.filter(|_| recipients > 0),
        routes,
        window_opens_ms: window_opens.map(|at| at.0),
    })
}

fn is_blocked(app: &App, db: &Db, to: &Destination) -> Result<bool, ApiError> {
    if !app.sms.keys.ready() {
        return Ok(false);
    }
    let (tag, _) = app.sms.keys.tags(to).map_err(internal)?;
    Ok(blocks::find(db, &tag)?.is_some())
}

pub(crate) async fn list(app: &Arc<App>, _: &Caller, asked: SmsList) -> Result<Page<SmsRow>, ApiError> {
    let number_tag = match &asked.number {
        None => None,
        Some(written) => {
            let to = super::inbox::number(app, "number", written)?;
            app.sms_numbers_ready().await?;
            Some(app.sms.keys.tags(&to).map_err(internal)?.0)
        }
    };
    let core = Arc::clone(app);
    app.read(move |db| {
        let filter = Filter {
            phase: match asked.filter {
                SmsFilter::All => None,
                SmsFilter::Waiting | SmsFilter::Held => Some("waiting"),
                SmsFilter::InDoubt => Some("in_doubt"),
                SmsFilter::Failed => Some("failed"),
                SmsFilter::Gone => Some("gone"),
            },
            held: asked.filter == SmsFilter::Held,
            class: asked.class.map(|class| class_of(class).word()),
            line_id: asked.line_id,
            number_tag,
        };
        let limit = page_rows(asked.limit);
        let rows = store::page(db, &filter, asked.cursor, limit)?;
        let next = (rows.len() as i64 == limit).then(|| rows.last().map(|row| row.id)).flatten();
        let total = store::count(db, &filter, COUNTED_MAX)?;
        let rows = rows.iter().map(|row| views::row(&core, row)).collect();
        Ok(Page { rows, next, total })
    })
    .await
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, asked: ById) -> Result<SmsDetail, ApiError> {
    detail(app, asked.id).await
}

pub(super) async fn detail(app: &Arc<App>, id: i64) -> Result<SmsDetail, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| {
        let row = store::get(db, id)?.ok_or_else(|| ApiError::not_found("message", id))?;
        let head = queue::head_of(db, id)?;
        let text = match (row.class.as_str(), head) {
            ("normal", Some(head)) => head
                .body
                .and_then(|body| core.sms.keys.open_body(&body, &head.number_tag).ok())
                .map(|text| text.expose().clone()),
            _ => None,
        };
        Ok(views::detail(&core, &row, &parts::of(db, id)?, text))
    })
    .await
}

pub(crate) async fn counts(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<SmsCounts, ApiError> {
    let core = Arc::clone(app);
    app.read(move |db| Ok(core.sms_counts(db)?)).await
}

pub(crate) async fn routing_test(
    app: &Arc<App>,
    _: &Caller,
    asked: RoutingTest,
) -> Result<RouteDecision, ApiError> {
    let to = super::inbox::number(app, "number", &asked.number)?;
    let now = app.clock.now();
    let question = views::Question {
        to: &to,
        class: class_of(asked.class),
        from_api: asked.from_api,
        line_id: None,
        parts: 1,
        now,
    };
    let mut decided = app.sms.board().decide(&question);
    let (core, number) = (Arc::clone(app), to.clone());
    if app.read(move |db| is_blocked(&core, db, &number)).await? {
        decided = views::blocked(&to);
    }
    Ok(decided)
}
