//! Stored rows as the contract shows them.

use std::collections::BTreeMap;

use gerai_core::stove::months::{Sample, used};
use gerai_core::stove::{Flag, KeySlot, Token, UnixS, Version, replacement};
use gerai_core::time::{UnixMs, WibMonth};
use gerai_store::stove::changes::{self, Change};
use gerai_store::stove::evidence::Evidence;
use gerai_store::stove::list::ReadingRow as Row;
use gerai_store::stove::registry::Stove;
use gerai_store::stove::unread::Unread;
use gerai_store::stove::{forward, months, registry, replacements};
use gerai_store::{Db, StoreError};
use serde_json::Value;

use super::settle::{flags_of, rank};
use super::verdict::position;
use crate::contract::{
    EvidenceRow, FlagSeverity, ForwardRow, ForwardState, ReadMethod, ReadingFlag, ReadingRow, ReadingSource,
    ReadingStanding, StoveChangeKind, StoveChangeNext, StoveChangeView, StoveRow, StoveSignature, UnreadView,
};

/// Open flags are counted up to this many.
const OPEN_FLAGS_MAX: i64 = 100;

pub(crate) fn ms(seconds: i64) -> i64 {
    UnixS(seconds).ms().0
}

pub(crate) fn signature(word: &str) -> StoveSignature {
    StoveSignature::parse(word).unwrap_or(StoveSignature::UnknownStove)
}

pub(crate) fn severity(rank: i64) -> Option<FlagSeverity> {
    match rank {
        1 => Some(FlagSeverity::Notice),
        2 => Some(FlagSeverity::Warning),
        3 => Some(FlagSeverity::Alarm),
        _ => None,
    }
}

fn flag(flag: &Flag) -> ReadingFlag {
    let mut figures = BTreeMap::new();
    if let Ok(Value::Object(members)) = serde_json::to_value(flag) {
        for (name, value) in members {
            if name != "rule" {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                figures.insert(name, text);
            }
        }
    }
    let severity = severity(rank(flag.severity())).unwrap_or(FlagSeverity::Notice);
    ReadingFlag { rule: flag.rule().to_owned(), severity, figures }
}

/// A reading in a list.
pub(crate) fn reading(row: Row) -> ReadingRow {
    ReadingRow {
        id: row.reading_id,
        stove: row.number,
        label: row.label,
        t_ms: row.t.map(ms),
        at_ms: row.at.0,
        total: row.total,
        month: row.month,
        volts: row.volts,
        milliamps: row.milliamps,
        watts: row.watts,
        centi_pf: row.centi_pf,
        signature: signature(&row.signature),
        flags: flags_of(&row.flags).iter().map(flag).collect(),
        worst: severity(row.severity),
        standing: ReadingStanding::parse(&row.standing).unwrap_or(ReadingStanding::Raw),
        judged_total: row.judged_total,
        source: ReadingSource::parse(&row.source).unwrap_or(ReadingSource::Paste),
        method: ReadMethod::parse(&row.method).unwrap_or(ReadMethod::Qrcode),
        officer: row.officer,
        note: row.note,
        position: position(row.position),
        scans: row.scans,
        forward: row.forward.as_deref().and_then(ForwardState::parse),
        frame: row.frame,
    }
}

/// Its grammar, and which key the stove says that it used.
pub(crate) fn told(row: &Row) -> (String, Option<String>) {
    (Version(row.version).to_string(), row.slot.map(|slot| KeySlot(slot).to_string()))
}

/// What a token says, in its own words.
pub(crate) fn payload(token: &str) -> String {
    Token::decode(token.as_bytes()).map(|token| token.payload_text().to_owned()).unwrap_or_default()
}

pub(crate) fn forward_row(row: forward::ForwardRow) -> ForwardRow {
    ForwardRow {
        id: row.reading_id,
        stove: row.number,
        t_ms: row.t.map(ms),
        at_ms: row.at.0,
        state: ForwardState::parse(&row.state).unwrap_or(ForwardState::Queued),
        method: ReadMethod::parse(&row.method).unwrap_or(ReadMethod::Qrcode),
        attempts: row.attempts,
        due_ms: row.due.map(|at| at.0),
        last_status: row.status,
        last_answer: row.answer,
        last_ms: row.last.map(|at| at.0),
    }
}

pub(crate) fn evidence(number: &str, row: Evidence) -> EvidenceRow {
    EvidenceRow {
        id: row.evidence_id,
        stove: number.to_owned(),
        at_ms: row.at.0,
        last_ms: row.last.0,
        signature: signature(&row.signature),
        source: ReadingSource::parse(&row.source).unwrap_or(ReadingSource::Paste),
        officer: row.officer,
        payload: payload(&row.token),
        scans: row.scans,
    }
}

pub(crate) fn unread(number: &str, row: Unread) -> UnreadView {
    UnreadView {
        id: row.unread_id,
        stove: number.to_owned(),
        at_ms: row.at.0,
        reason: row.reason,
        note: row.note,
        officer: row.officer,
        position: position(row.position),
    }
}

/// What a change waits for.
fn next(change: &Change) -> StoveChangeNext {
    match change.state.as_str() {
        "prepared" => StoveChangeNext::AskServer,
        "server_acked" => StoveChangeNext::Write,
        "writing" | "written" => StoveChangeNext::ReadToken,
        "confirmed" => StoveChangeNext::UpdateServer,
        _ => StoveChangeNext::Nothing,
    }
}

pub(crate) fn change(number: &str, change: &Change) -> StoveChangeView {
    let (trouble_code, trouble) = super::radio::told(&change.trouble);
    StoveChangeView {
        id: change.change_id,
        stove: number.to_owned(),
        kind: StoveChangeKind::parse(&change.kind).unwrap_or(StoveChangeKind::Secret),
        state: change.state.clone(),
        reached: change.reached,
        open: change.open,
        next: next(change),
        old_id: change.old_number.clone(),
        new_id: change.new_number.clone(),
        begun_ms: change.begun.0,
        by: change.by.clone(),
        moved_ms: change.moved.0,
        notice: change.notice.clone(),
        trouble: trouble.to_owned(),
        trouble_code,
        message: None,
    }
}

/// First and last readings of months, with what was written down of replaced meters, in order of time.
pub(crate) fn month_samples(
    db: &Db,
    stove_id: i64,
    meters: u32,
    from: WibMonth,
    to: WibMonth,
) -> Result<(Vec<Sample>, Vec<months::Month>), StoreError> {
    let found = months::around(db, stove_id, from, to)?;
    let read = found.iter().flat_map(|month| [month.first, month.last]);
    let samples = replacement::in_order(replaced(db, stove_id, meters)?, read);
    Ok((samples, found))
}

/// What was written down of replaced meters.
pub(crate) fn replaced(db: &Db, stove_id: i64, meters: u32) -> Result<Vec<Sample>, StoreError> {
    if meters == 0 {
        return Ok(Vec::new());
    }
    let told = replacements::of(db, stove_id)?;
    let samples =
        (1_u32..).zip(&told).flat_map(|(epoch, told)| replacement::samples(&told.replacement, epoch));
    Ok(samples.flatten().collect())
}

/// A stove in the list.
pub(crate) fn stove(db: &Db, row: Stove, now: UnixMs) -> Result<StoveRow, StoreError> {
    let month = gerai_core::time::WibDay::of(now).month();
    let (samples, _) = month_samples(db, row.stove_id, row.epoch, month, month.next())?;
    let running = used(samples, month, month.next()).into_iter().next();
    // What a counter did that ran backwards nobody knows before somebody judges it.
    let running = running.filter(|month| !month.backwards);
    let (open_flags, worst) = registry::open_flags(db, row.stove_id, OPEN_FLAGS_MAX)?;
    let change = changes::open_of(db, row.stove_id)?;
    Ok(StoveRow {
        waiting: forward::waiting_of(db, row.stove_id)?,
        position: position(row.position.or(row.seen_position)),
        id: row.number,
        label: row.label,
        place: row.place,
        registered: row.registered,
        readings: row.readings,
        last_t_ms: row.last_t.map(ms),
        last_seen_ms: row.last_ms,
        total: row.last_total,
        month_used: running.map(|month| month.used.0),
        month_estimated: running.is_some_and(|month| month.estimated),
        open_flags,
        worst: worst.and_then(severity),
        signature: row.last_signature.as_deref().map(signature),
        evidence: row.evidence,
        unread: row.unread,
        change: change.map(|change| change.state),
    })
}
