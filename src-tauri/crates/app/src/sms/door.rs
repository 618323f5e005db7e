//! The modems' door: what a line says goes to the dispatcher, what comes in goes into the inbox or to the message a report is
//! about, and may be acknowledged once that has committed.

use std::sync::Arc;

use gerai_core::port::lines::{Concat, InboundContent, InboundSms, LineDoor, LineKey, LineReport, UssdReply};
use gerai_core::port::{BoxFuture, NotDurable};
use gerai_core::sms::reassembly::{self, Arrived as ArrivedPart, Open, Place};
use gerai_core::time::UnixMs;
use gerai_store::sms::inbox::{self, NewInbox};
use gerai_store::sms::lines;
use gerai_store::sms::queue::SealedBody;
use gerai_store::{Db, StoreError};
use tokio::runtime::Handle;

use super::keys::{Kind, Sealer};
use super::{reports, ussd};
use crate::App;
use crate::contract::{ApiError, Event};
use crate::usecases::internal;

/// Characters of a sender that are kept.
const SENDER_CHARS_MAX: usize = 40;

/// The station's door for its modems.
pub struct SmsDoor {
    app: Arc<App>,
}

impl SmsDoor {
    /// A door into this station.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

/// What a committed arrival came to.
enum Arrived {
    /// Taken before.
    Repeat,
    /// In the inbox.
    Inbox,
    /// A report about this message.
    Report(i64),
    /// A report about none of ours.
    Foreign,
}

impl LineDoor for SmsDoor {
    fn line_changed(&self, report: LineReport) {
        self.app.sms.nudge.report(report);
    }

    fn take(&self, inbound: InboundSms) -> BoxFuture<'static, Result<(), NotDurable>> {
        let app = Arc::clone(&self.app);
        // A line polls this on its own thread, where no runtime is; keys and the database need one.
        let runtime = Handle::try_current().or_else(|_| app.sms.runtime());
        Box::pin(async move {
            let Ok(runtime) = runtime else {
                return Err(NotDurable("the queue does not run yet".to_owned()));
            };
            let taken = runtime.spawn(async move {
                match take(&app, inbound).await? {
                    Arrived::Repeat | Arrived::Foreign => {}
                    Arrived::Inbox => app.emit(Event::Inbox),
                    Arrived::Report(id) => app.emit(Event::Sms { id: Some(id) }),
                }
                Ok::<(), ApiError>(())
            });
            match taken.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(NotDurable(error.to_string())),
                Err(_) => Err(NotDurable("the station is stopping".to_owned())),
            }
        })
    }

    fn called(&self, key: &LineKey, caller: &str, at: UnixMs) {
        let (app, imei, caller) = (Arc::clone(&self.app), key.imei.clone(), clipped(caller));
        let Ok(handle) = Handle::try_current().or_else(|_| app.sms.runtime()) else { return };
        handle.spawn(async move {
            if let Err(error) = call(&app, &imei, &caller, at).await {
                tracing::warn!(%error, "A call could not be noted");
            }
        });
    }

    fn late_result(&self, _: &LineKey, ticket: u64, reference: u8) {
        self.app.sms.nudge.late(ticket, reference);
    }

    fn ussd_pushed(&self, key: &LineKey, reply: UssdReply) {
        let Some(line_id) = self.app.sms.line_of_imei(&key.imei) else { return };
        ussd::pushed(&self.app, line_id, reply);
    }
}

async fn call(app: &Arc<App>, imei: &str, caller: &str, at: UnixMs) -> Result<(), ApiError> {
    app.sms_numbers_ready().await?;
    let keys = &app.sms.keys;
    let sender_sealed =
        if caller.is_empty() { None } else { Some(keys.seal_number(caller).map_err(internal)?) };
    let sender_tag = keys.tag("sender", caller).map_err(internal)?;
    let imei = imei.to_owned();
    app.write(move |db| {
        let line_id = line_id(db, &imei, at)?;
        inbox::add(
            db,
            &NewInbox {
                kind: "call",
                line_id,
                at,
                smsc: None,
                sender_sealed,
                sender_tag,
                concat: None,
                flash: false,
                note: String::new(),
            },
        )?;
        Ok(())
    })
    .await?;
    app.emit(Event::Inbox);
    Ok(())
}

async fn take(app: &Arc<App>, inbound: InboundSms) -> Result<Arrived, ApiError> {
    app.sms_numbers_ready().await?;
    let InboundSms { key, at, content, pdu_hash } = inbound;
    match content {
        InboundContent::Report { reference, recipient, status, at: reached } => {
            let tail = app.sms.keys.tail_tag(&recipient).map_err(internal)?;
            let about = reports::Report { reference, tail, status, reached: reached.unwrap_or(at), at };
            let found = reports::take(app, key.imei, about).await?;
            Ok(found.map_or(Arrived::Foreign, Arrived::Report))
        }
        InboundContent::Deliver { sender, text, binary, concat, smsc_at, flash } => {
            let sealer = app.sms_sealer(Kind::Inbox).await?;
            let note = if binary { "binary".to_owned() } else { String::new() };
            let new = Arrival {
                kind: "sms",
                imei: key.imei,
                at,
                smsc: smsc_at,
                sender: clipped(&sender),
                concat,
                flash,
                note,
                pdu_hash,
            };
            arrive(app, new, text.expose(), &sealer).await
        }
        InboundContent::Unreadable { pdu, why } => {
            let sealer = app.sms_sealer(Kind::Inbox).await?;
            let new = Arrival {
                kind: "unreadable",
                imei: key.imei,
                at,
                smsc: None,
                sender: String::new(),
                concat: None,
                flash: false,
                note: why,
                pdu_hash,
            };
            arrive(app, new, pdu.expose(), &sealer).await
        }
    }
}

struct Arrival {
    kind: &'static str,
    imei: String,
    at: UnixMs,
    smsc: Option<UnixMs>,
    sender: String,
    concat: Option<Concat>,
    flash: bool,
    note: String,
    pdu_hash: [u8; 32],
}

async fn arrive(app: &Arc<App>, new: Arrival, text: &str, sealer: &Sealer) -> Result<Arrived, ApiError> {
    let keys = &app.sms.keys;
    let sender_tag = keys.tag("sender", &new.sender).map_err(internal)?;
    let sender_sealed =
        if new.sender.is_empty() { None } else { Some(keys.seal_number(&new.sender).map_err(internal)?) };
    let body = sealer.seal(text, &sender_tag).map_err(internal)?;
    let text_tag = keys.tag("inbox text", text).map_err(internal)?;
    let gap_ms = app.settings().1.sms.gap_hours * 3_600_000;
    let taken = app.store.writer()?.submit_repeatable(move |db| -> Result<bool, StoreError> {
        store_arrival(db, &new, sender_sealed.as_deref(), &sender_tag, &body, &text_tag, gap_ms)
    });
    Ok(if taken.await? { Arrived::Inbox } else { Arrived::Repeat })
}

/// One part, or the whole, into the inbox. `false`: it had been taken in before.
fn store_arrival(
    db: &Db,
    new: &Arrival,
    sender_sealed: Option<&[u8]>,
    sender_tag: &[u8; 16],
    body: &SealedBody,
    text_tag: &[u8; 16],
    gap_ms: i64,
) -> Result<bool, StoreError> {
    if !inbox::remember(db, &new.imei, new.smsc, sender_tag, &new.pdu_hash, new.at)? {
        return Ok(false);
    }
    let row = NewInbox {
        kind: new.kind,
        line_id: line_id(db, &new.imei, new.at)?,
        at: new.at,
        smsc: new.smsc,
        sender_sealed: sender_sealed.map(<[u8]>::to_vec),
        sender_tag: *sender_tag,
        concat: new.concat.map(|concat| (concat.reference, concat.wide, concat.total)),
        flash: new.flash,
        note: new.note.clone(),
    };
    let line_id = row.line_id;
    let (id, sequence) = match belongs(db, new, line_id, sender_tag, text_tag, gap_ms)? {
        (Place::Repeats(_), _) => return Ok(false),
        (Place::Joins(id), sequence) => (id, sequence),
        (Place::Opens, sequence) => (inbox::add(db, &row)?, sequence),
        (Place::Alone, _) => (inbox::add(db, &NewInbox { concat: None, ..row })?, 1),
    };
    inbox::add_part(db, id, sequence, body, text_tag)?;
    Ok(true)
}

/// Where a part belongs among the unfinished messages of its sender, and its own place.
fn belongs(
    db: &Db,
    new: &Arrival,
    line_id: i64,
    sender_tag: &[u8; 16],
    text_tag: &[u8; 16],
    gap_ms: i64,
) -> Result<(Place, u8), StoreError> {
    let Some(concat) = new.concat else { return Ok((Place::Alone, 1)) };
    let rows = inbox::open(db, sender_tag, (concat.reference, concat.wide, concat.total))?;
    let here: Vec<Vec<(u8, [u8; 32])>> = rows
        .iter()
        .map(|row| row.here.iter().map(|(sequence, tag)| (*sequence, padded(tag))).collect())
        .collect();
    // The rows are all of this sender: its name need not be known.
    let open: Vec<Open<'_>> = rows
        .iter()
        .zip(&here)
        .map(|(row, here)| Open { id: row.id, line: row.line_id, sender: "", concat, first_at: row.at, here })
        .collect();
    let arrived =
        ArrivedPart { line: line_id, sender: "", concat: Some(concat), hash: padded(text_tag), at: new.at };
    Ok((reassembly::place(&arrived, &open, gap_ms), concat.sequence))
}

fn padded(tag: &[u8; 16]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(tag);
    hash
}

/// The line of a modem; one that nobody has reported yet gets its row here.
pub(crate) fn line_id(db: &Db, imei: &str, now: UnixMs) -> Result<i64, StoreError> {
    match lines::by_imei(db, imei)? {
        Some(line) => Ok(line.line_id),
        None => Ok(lines::add(db, imei, "", now)?.line_id),
    }
}

/// A sender as it is kept: no longer than a number or a name can be.
fn clipped(sender: &str) -> String {
    sender.chars().filter(|c| !c.is_control()).take(SENDER_CHARS_MAX).collect()
}
