//! Messages that are not carried out as a tap: each becomes a row of the rejected list, and where somebody waits for
//! an answer, a refusal. A flood of junk is counted, not stored row by row: it must not eat the disk.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gerai_core::card::masked;
use gerai_core::money::Rupiah;
use gerai_core::port::Inbound;
use gerai_core::tap::Outcome;
use gerai_core::tap::payload::{NotATap, echo};
use gerai_core::tap::wire::{V2Result, legacy_answer};
use gerai_core::time::UnixMs;
use gerai_store::outbox::{self, Cause, Channel};
use gerai_store::rejected::{self, Rejected};
use gerai_store::{Db, StoreResult};

use super::{Context, Taken};
use crate::contract::RejectedReason;

/// Characters of a topic that are kept.
const TOPIC_CHARS: usize = 80;
/// Rows (and answers) per sender and second; what comes beyond is counted on the next row.
const ROWS_PER_SECOND: u32 = 20;
/// Senders remembered by the limiter.
const SENDERS_MAX: usize = 1_024;

/// What is answered.
pub(crate) enum Answer {
    /// Nothing: nobody waits, or nobody is known to.
    None,
    /// On `{prefix}/failed`.
    Legacy(Outcome),
    /// On the reader's own result topic.
    V2(String, V2Result),
}

/// Counts rejected messages per sender and second.
#[derive(Default)]
pub(crate) struct RejectLimiter {
    senders: Mutex<HashMap<String, Flow>>,
}

#[derive(Default)]
struct Flow {
    second: i64,
    rows: u32,
    dropped: u64,
}

impl RejectLimiter {
    /// Whether a row may be stored now; if so, how many were dropped since the last one.
    fn admit(&self, sender: &str, now: UnixMs) -> Option<u64> {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.len() >= SENDERS_MAX && !senders.contains_key(sender) {
            senders.clear();
        }
        let flow = senders.entry(sender.to_owned()).or_default();
        let second = now.0.div_euclid(1_000);
        if flow.second != second {
            flow.second = second;
            flow.rows = 0;
        }
        if flow.rows >= ROWS_PER_SECOND {
            flow.dropped += 1;
            return None;
        }
        flow.rows += 1;
        Some(std::mem::take(&mut flow.dropped))
    }
}

/// Stores a rejected message and puts its answer into the outbox.
pub(crate) fn reject(
    db: &Db,
    cx: &Context,
    message: &Inbound,
    reason: RejectedReason,
    answer: Answer,
) -> StoreResult<Taken> {
    let Some(dropped) = cx.limiter.admit(message.sender.as_deref().unwrap_or(&message.topic), cx.now) else {
        return Ok(Taken::default());
    };
    let (channel, body) = match answer {
        Answer::None => (None, None),
        Answer::Legacy(outcome) => {
            let body = legacy_answer(outcome, &echo(&message.payload), Rupiah::ZERO, Rupiah::ZERO).body;
            (Some(Channel::Failed), Some(body))
        }
        Answer::V2(reader, result) => (Some(Channel::V2(reader)), Some(result.to_json("", None, false))),
    };
    let mut excerpt = excerpt(&message.payload);
    if dropped > 0 {
        excerpt.push_str(&format!(" (+{dropped} more like it)"));
    }
    let rejected_id = rejected::add(
        db,
        &Rejected {
            rejected_id: 0,
            at: cx.now,
            wib_day: cx.day,
            topic: message.topic.chars().take(TOPIC_CHARS).collect(),
            sender: message.sender.clone(),
            reason: word(reason),
            bytes: i64::try_from(message.payload.len()).unwrap_or(i64::MAX),
            excerpt,
            answer: body.clone(),
        },
    )?;
    let answered = match channel.zip(body) {
        None => false,
        Some((channel, body)) => {
            outbox::put(db, Cause::Rejected(rejected_id), &channel, &body, cx.now)?;
            true
        }
    };
    Ok(Taken { payment: None, rejected: true, answered })
}

/// The beginning of a payload, printable, with every run of eight or more hex digits masked.
fn excerpt(payload: &[u8]) -> String {
    let text = echo(payload);
    let (mut shown, mut run) = (String::new(), String::new());
    for c in text.chars().chain([' ']) {
        if c.is_ascii_hexdigit() {
            run.push(c);
            continue;
        }
        shown.push_str(&if run.len() >= 8 { masked(&run) } else { std::mem::take(&mut run) });
        run.clear();
        shown.push(c);
    }
    shown.trim_end().to_owned()
}

/// The word that SQL keeps; the contract reads it back.
fn word(reason: RejectedReason) -> String {
    serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

impl From<NotATap> for RejectedReason {
    fn from(why: NotATap) -> Self {
        match why {
            NotATap::NotUnderstood => Self::NotUnderstood,
            NotATap::TooLarge => Self::TooLarge,
            NotATap::NotUtf8 => Self::NotUtf8,
            NotATap::BadAmount => Self::BadAmount,
            NotATap::BadUid => Self::BadUid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_hide_card_numbers() {
        assert_eq!(excerpt(b"hello"), "hello");
        assert_eq!(excerpt(b"08A1B2C3"), "•••• B2C3");
        assert_eq!(excerpt(br#"{"uid":"5A3F01C2","amt":-5}"#), r#"{"uid":"•••• 01C2","amt":-5}"#);
    }

    #[test]
    fn a_flood_is_counted() {
        let limiter = RejectLimiter::default();
        let now = UnixMs(5_000);
        let stored = (0..1_000).filter(|_| limiter.admit("a", now).is_some()).count();
        assert_eq!(stored, 20);
        assert_eq!(limiter.admit("b", now), Some(0), "others are not affected");
        assert_eq!(limiter.admit("a", now.plus(1_000)), Some(980));
    }

    #[test]
    fn reasons_are_kept_by_their_contract_words() {
        assert_eq!(word(RejectedReason::TopupFromAir), "topup_from_air");
    }
}
