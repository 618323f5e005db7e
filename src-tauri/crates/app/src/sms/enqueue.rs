//! The one way into the queue, for every door: numbers are made canonical before, the text is sealed here, and what comes
//! back is committed. A caller's id that comes again gets the same answer and sends nothing.

use std::sync::Arc;

use gerai_core::ledger::chain::{Canonical, GENESIS, Hash};
use gerai_core::phone::Destination;
use gerai_core::secret::Secret;
use gerai_core::sms::state::Class;
use gerai_core::sms::text::{self, Alphabet};
use gerai_core::time::UnixMs;
use gerai_store::Db;
use gerai_store::sms::queue::{self, NewMessage};
use gerai_store::sms::{blocks, lines};

use super::keys::{Kind, OTP_LIFE_MAX_MS, Sealer};
use super::{calendar, pool};
use crate::App;
use crate::contract::{ApiError, ErrorCode, Event};
use crate::passwords;
use crate::trail::Trail;
use crate::usecases::internal;

/// The act's name in the table, in approvals and in the trail.
pub(crate) const ACT: &str = "sms.send";
/// Characters of a text.
pub(crate) const TEXT_CHARS_MAX: usize = 20_000;
/// Numbers of one transaction: a long list must not keep a card waiting.
pub(crate) const NUMBERS_MAX: usize = 250;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// A send to more numbers than this is a mailing.
const MAILING_ABOVE: usize = 20;
/// The longest life of a normal message.
const NORMAL_LIFE_MAX_MS: i64 = 30 * 24 * HOUR_MS;

/// What a door asks for.
pub(crate) struct Order {
    /// Where it comes from: `console`, `cli`, `canary`, an account.
    pub(crate) origin: String,
    /// The caller's own id.
    pub(crate) request_id: String,
    /// Whom to, at most [`NUMBERS_MAX`].
    pub(crate) to: Vec<Destination>,
    /// What.
    pub(crate) text: Arc<Secret<String>>,
    pub(crate) class: Class,
    /// The line to use.
    pub(crate) line_id: Option<i64>,
    /// Not before.
    pub(crate) at: Option<UnixMs>,
    /// Not after.
    pub(crate) deadline: Option<UnixMs>,
    pub(crate) flash: bool,
    /// −5 to 5.
    pub(crate) priority: i64,
    /// Asked for by a program.
    pub(crate) from_api: bool,
    /// Waits for a second person.
    pub(crate) hold: bool,
    /// Blocked numbers are left out; otherwise they refuse the whole.
    pub(crate) skip_blocked: bool,
    /// Where the act is recorded, in the same transaction.
    pub(crate) trail: Option<Trail>,
}

/// What it came to.
#[derive(Debug, Default)]
pub(crate) struct Enqueued {
    /// Ids in the order of the numbers that were taken.
    pub(crate) ids: Vec<i64>,
    /// Places in the list of numbers that are blocked.
    pub(crate) blocked: Vec<usize>,
    /// It had been taken before.
    pub(crate) repeated: bool,
}

/// The time a message has.
struct Life {
    /// Not before: as asked, or when the send window opens.
    due: Option<UnixMs>,
    state: &'static str,
    cause: &'static str,
    deadline: UnixMs,
}

/// Puts messages into the queue.
pub(crate) async fn enqueue(app: &Arc<App>, order: Order) -> Result<Enqueued, ApiError> {
    let now = app.clock.now();
    app.sms_numbers_ready().await?;
    check_text(order.text.expose())?;
    let life = life(app, &order, now)?;
    let settings = app.settings();
    let sms = &settings.1.sms;
    let measure = text::measure(order.text.expose(), sms.wide_references)
        .map_err(|error| ApiError::invalid("text", error.to_string(), "Shorten the text."))?;
    let volatile = order.class == Class::Otp && sms.volatile_otp;
    let sealer = if volatile { None } else { Some(app.sms_sealer(Kind::of(order.class)).await?) };
    let (wide, report) = (sms.wide_references, sms.reports);
    let fingerprint = fingerprint(app, &order)?;
    if order.class == Class::Otp {
        app.sms.volatile.same_code(&order, now.plus(OTP_LIFE_MAX_MS), now)?;
    }
    let core = Arc::clone(app);
    let (order, rows) = App::blocking(move || {
        let rows = order
            .to
            .iter()
            .map(|to| {
                let reference = (measure.parts > 1).then(|| reference(wide)).transpose()?;
                row(
                    &core,
                    &order,
                    to,
                    &life,
                    (measure.alphabet, measure.parts),
                    reference,
                    report,
                    sealer.as_ref(),
                    now,
                )
            })
            .collect::<Result<Vec<_>, ApiError>>()?;
        Ok((order, rows))
    })
    .await?;
    let (origin, request_id, skip, line_id) =
        (order.origin.clone(), order.request_id.clone(), order.skip_blocked, order.line_id);
    let (held, class, trail) = (order.hold, order.class, order.trail.clone());
    let nudges: Vec<(String, i64, Option<UnixMs>, UnixMs)> =
        rows.iter().map(|row| (row.pool.clone(), row.rank, row.due, row.deadline)).collect();
    let (core, text) = (Arc::clone(app), Arc::clone(&order.text));
    let done = app
        .store
        .writer()?
        .submit_repeatable(move |db| {
            let done = insert(db, &origin, &request_id, &fingerprint, line_id, &rows, skip, now)?;
            if let Some(trail) = trail.as_ref().filter(|_| !done.repeated) {
                trail.done(db, ACT, subject(&done.ids, class))?;
            }
            if volatile && !done.repeated {
                // Before COMMIT: a dispatcher that finds the row finds its text.
                core.sms.volatile.keep(&done.ids, &text, now.plus(OTP_LIFE_MAX_MS));
            }
            Ok::<_, ApiError>(done)
        })
        .await?;
    if !done.repeated {
        for (pool, rank, due, deadline) in nudges {
            app.sms.nudge.due(due.map_or(deadline, |due| due.min(deadline)));
            if due.is_none() && !held {
                app.sms.nudge.pool(&pool, rank);
            }
        }
        let id = if let [one] = done.ids[..] { Some(one) } else { None };
        app.emit(Event::Sms { id });
    }
    Ok(done)
}

/// What was sent, for the trail.
pub(crate) fn subject(ids: &[i64], class: Class) -> String {
    let class = class.word();
    match ids {
        [] => format!("no message, {class}"),
        [only] => format!("message {only}, {class}"),
        [first, ..] => format!("{} messages from {first} on, {class}", ids.len()),
    }
}

/// A text that can be sent.
pub(crate) fn check_text(text: &str) -> Result<(), ApiError> {
    let length = text.chars().count();
    if (1..=TEXT_CHARS_MAX).contains(&length) {
        return Ok(());
    }
    Err(ApiError::invalid(
        "text",
        format!("the text has {length} characters; 1 to {TEXT_CHARS_MAX} can be sent"),
        if length == 0 { "Write something." } else { "Shorten the text." },
    ))
}

fn life(app: &App, order: &Order, now: UnixMs) -> Result<Life, ApiError> {
    let settings = app.settings();
    let sms = &settings.1.sms;
    let at = order.at.filter(|at| *at > now);
    let begin = at.unwrap_or(now);
    let (usual, most) = match order.class {
        Class::Otp => (sms.otp_minutes * MINUTE_MS, OTP_LIFE_MAX_MS),
        Class::Normal => (sms.normal_hours * HOUR_MS, NORMAL_LIFE_MAX_MS),
    };
    if order.class == Class::Otp && begin.since(now) > OTP_LIFE_MAX_MS {
        return Err(ApiError::invalid(
            "at_ms",
            "a code cannot be scheduled later than in 30 minutes",
            "Send it when it is needed.",
        ));
    }
    let longest = match order.class {
        // Its key is gone by then.
        Class::Otp => now.plus(most),
        Class::Normal => begin.plus(most),
    };
    let deadline = order.deadline.unwrap_or_else(|| begin.plus(usual)).min(longest);
    if deadline <= begin {
        return Err(ApiError::invalid(
            "deadline_ms",
            "the message would be too old before it could leave",
            "Choose a later deadline.",
        ));
    }
    if order.hold {
        return Ok(Life { due: at, state: "held", cause: "approval", deadline });
    }
    if at.is_some() {
        return Ok(Life { due: at, state: "scheduled", cause: "scheduled", deadline });
    }
    let window = if order.class == Class::Normal { calendar::window_opens(now, sms) } else { None };
    Ok(match window {
        Some(opens) => Life {
            due: Some(opens),
            state: "queued",
            cause: "window",
            // What its sender said counts; the usual life is stretched.
            deadline: if order.deadline.is_some() { deadline } else { deadline.max(opens.plus(HOUR_MS)) },
        },
        None => Life { due: None, state: "queued", cause: "", deadline },
    })
}

/// A concatenation reference. Random: two messages to one phone must not share one.
fn reference(wide: bool) -> Result<u16, ApiError> {
    let bytes = passwords::random::<2>().map_err(internal)?;
    // One of 16 bits never looks like one of 8: the parts are cut by its width.
    Ok(if wide { u16::from_be_bytes(bytes) | 0x100 } else { u16::from(bytes[0]) })
}

#[allow(clippy::too_many_arguments, reason = "one row has as many columns")]
fn row(
    app: &App,
    order: &Order,
    to: &Destination,
    life: &Life,
    (alphabet, parts): (Alphabet, usize),
    reference: Option<u16>,
    report: bool,
    sealer: Option<&Sealer>,
    now: UnixMs,
) -> Result<NewMessage, ApiError> {
    let keys = &app.sms.keys;
    let (number_tag, tail_tag) = keys.tags(to).map_err(internal)?;
    let pool = order.line_id.map_or_else(|| app.sms.pool_of(to), pool::of_line);
    Ok(NewMessage {
        origin: order.origin.clone(),
        from_api: order.from_api,
        class: order.class.word(),
        state: life.state,
        cause: life.cause,
        pool: if order.from_api { pool::of_programs(&pool) } else { pool },
        rank: rank(order.class, order.priority, order.to.len()),
        priority: order.priority,
        due: life.due,
        deadline: life.deadline,
        number_sealed: keys.seal_number(&to.dialled()).map_err(internal)?,
        number_tag,
        tail_tag,
        body: sealer
            .map(|sealer| sealer.seal(order.text.expose(), &number_tag))
            .transpose()
            .map_err(internal)?,
        alphabet: match alphabet {
            Alphabet::Gsm7 => "gsm7",
            Alphabet::Ucs2 => "ucs2",
        },
        parts: u16::try_from(parts).unwrap_or(u16::MAX),
        reference,
        flash: order.flash,
        report,
        created: now,
    })
}

/// Place in the queue: codes before everything else, then by priority; of one priority a mailing lets the others pass, so
/// that a notice to one person does not wait for thousands.
pub(crate) fn rank(class: Class, priority: i64, numbers: usize) -> i64 {
    let class = match class {
        Class::Otp => 0,
        Class::Normal => 100,
    };
    class - 2 * priority.clamp(-5, 5) + i64::from(numbers > MAILING_ABOVE)
}

#[allow(clippy::too_many_arguments, reason = "moved into the transaction one by one")]
fn insert(
    db: &Db,
    origin: &str,
    request_id: &str,
    fingerprint: &Hash,
    line_id: Option<i64>,
    rows: &[NewMessage],
    skip_blocked: bool,
    now: UnixMs,
) -> Result<Enqueued, ApiError> {
    if let Some((before, first, count)) = queue::request(db, origin, request_id)? {
        if before != *fingerprint {
            return Err(reused(request_id));
        }
        return Ok(Enqueued { ids: (first..first + count).collect(), blocked: Vec::new(), repeated: true });
    }
    if let Some(id) = line_id
        && lines::get(db, id)?.is_none()
    {
        return Err(ApiError::not_found("line", id));
    }
    let mut done = Enqueued::default();
    for (place, row) in rows.iter().enumerate() {
        if blocks::find(db, &row.number_tag)?.is_none() {
            done.ids.push(queue::insert(db, row)?);
        } else if skip_blocked {
            done.blocked.push(place);
        } else {
            return Err(blocked());
        }
    }
    let first = done.ids.first().copied().unwrap_or(0);
    let count = i64::try_from(done.ids.len()).unwrap_or(0);
    queue::keep_request(db, origin, request_id, fingerprint, (first, count), now)?;
    Ok(done)
}

pub(crate) fn blocked() -> ApiError {
    ApiError::new(
        ErrorCode::Refused,
        "this number is on the block list",
        "Take it off the list (SMS, Routes, Blocked), or leave it out.",
    )
}

pub(crate) fn reused(request_id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::RequestReused,
        format!("request {request_id} was used before for something else"),
        "Use a new request id for another message.",
    )
}

/// What a request asks for. A normal text goes in by a keyed hash. That of a code does not go in at all: whoever has the
/// disk and the vault could try a million codes against it. Codes are compared in memory, while they live.
fn fingerprint(app: &App, order: &Order) -> Result<Hash, ApiError> {
    let mut bytes = Canonical::new("gerai sms order 1", &GENESIS);
    bytes.text(order.class.word()).maybe_int(order.line_id).maybe_int(order.at.map(|at| at.0));
    bytes.maybe_int(order.deadline.map(|at| at.0)).int(i64::from(order.flash)).int(order.priority);
    for to in &order.to {
        bytes.bytes(&app.sms.keys.tags(to).map_err(internal)?.0);
    }
    if order.class == Class::Normal {
        bytes.bytes(&app.sms.keys.tag("text", order.text.expose()).map_err(internal)?);
    }
    Ok(bytes.finish())
}
