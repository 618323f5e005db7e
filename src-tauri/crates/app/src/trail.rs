//! The audit trail of use cases: a record is written in the transaction of the act it tells of, so that there is no act
//! without a record and no record without an act. Refusals are recorded on their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gerai_core::audit::{AuditOutcome, AuditRecord};
use gerai_core::time::UnixMs;
use gerai_store::operators::Operator;
use gerai_store::{Db, StoreResult, audit};
use serde_json::Value;

use crate::App;
use crate::access::{Caller, Who};
use crate::contract::{ApiError, ErrorCode, Event};

/// Who acts, from where, and when: taken from the caller before the transaction, moved into it.
#[derive(Clone)]
pub(crate) struct Trail {
    pub(crate) now: UnixMs,
    /// Name of who acts.
    pub(crate) actor: String,
    pub(crate) operator_id: Option<i64>,
    surface: &'static str,
    peer: String,
}

impl Trail {
    /// The same, in the name of somebody who is not signed in (yet).
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.actor);
        self
    }

    /// The same, some time later.
    pub(crate) fn at(mut self, now: UnixMs) -> Self {
        self.now = now;
        self
    }

    /// The same, in the name of an operator whose session is not open (yet).
    pub(crate) fn of(mut self, operator: &Operator) -> Self {
        operator.name.clone_into(&mut self.actor);
        self.operator_id = Some(operator.operator_id);
        self
    }

    /// What the station does by itself.
    pub(crate) fn station(now: UnixMs) -> Self {
        Self { now, actor: "station".to_owned(), operator_id: None, surface: "station", peer: String::new() }
    }

    /// Something was done.
    pub(crate) fn done(&self, db: &Db, act: &str, subject: impl Into<String>) -> StoreResult<()> {
        self.write(db, act, AuditOutcome::Done, subject.into(), None, None)
    }

    /// Something was changed from `before` to `after`. Neither may hold a secret.
    pub(crate) fn changed(
        &self,
        db: &Db,
        act: &str,
        subject: impl Into<String>,
        before: &Value,
        after: &Value,
    ) -> StoreResult<()> {
        let text = |value: &Value| (!value.is_null()).then(|| value.to_string());
        self.write(db, act, AuditOutcome::Done, subject.into(), text(before), text(after))
    }

    /// Something was refused; `why` without what was typed.
    pub(crate) fn refused(&self, db: &Db, act: &str, why: impl Into<String>) -> StoreResult<()> {
        self.write(db, act, AuditOutcome::Refused, why.into(), None, None)
    }

    fn write(
        &self,
        db: &Db,
        act: &str,
        outcome: AuditOutcome,
        subject: String,
        before: Option<String>,
        after: Option<String>,
    ) -> StoreResult<()> {
        let record = AuditRecord {
            at: self.now,
            actor: self.actor.clone(),
            operator_id: self.operator_id,
            surface: self.surface.to_owned(),
            peer: self.peer.clone(),
            act: act.to_owned(),
            outcome,
            subject,
            before,
            after,
        };
        audit::append(db, &record).map(drop)
    }
}

impl App {
    /// The trail of this caller, now.
    pub(crate) fn trail(&self, caller: &Caller) -> Trail {
        Trail {
            now: self.clock.now(),
            actor: caller.actor(),
            operator_id: caller.operator().map(|operator| operator.id),
            surface: caller.surface.word(),
            peer: caller.peer.clone(),
        }
    }

    /// Records that a command was refused to a caller who had no right to it, or by a rule. Wrong input is no refusal.
    pub(crate) async fn record_refusal(self: &Arc<Self>, caller: &Caller, command: &str, error: &ApiError) {
        if !matches!(
            error.code,
            ErrorCode::Forbidden
                | ErrorCode::Refused
                | ErrorCode::RequestReused
                | ErrorCode::SecondFactorNeeded
        ) {
            return;
        }
        // Whoever has not shown who they are could fill the disk with refusals: one a minute from each address is enough.
        if matches!(caller.who, Who::Nobody) && !self.seldom.due(&caller.peer, self.clock.now()) {
            return;
        }
        let (trail, command, why) = (self.trail(caller), command.to_owned(), error.message.clone());
        let recorded = self.write(move |db| Ok(trail.refused(db, &command, why)?)).await;
        if let Err(error) = recorded {
            tracing::warn!(%error, "A refusal could not be recorded");
        }
        self.emit(Event::Audit);
    }
}

/// What anybody on the network can cause is recorded once a minute from each address.
const SELDOM_MS: i64 = 60_000;
/// Addresses that are remembered for it.
const SELDOM_KEPT: usize = 4_096;

/// Says which of many alike things are worth a record.
#[derive(Default)]
pub(crate) struct Seldom {
    last: Mutex<HashMap<String, UnixMs>>,
}

impl Seldom {
    /// Whether nothing of `key` was recorded in the last minute.
    pub(crate) fn due(&self, key: &str, now: UnixMs) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not silence an address for long.
        let fresh = |at: UnixMs| (0..SELDOM_MS).contains(&now.since(at));
        if last.get(key).copied().is_some_and(fresh) {
            return false;
        }
        if last.len() >= SELDOM_KEPT {
            last.retain(|_, at| fresh(*at));
        }
        if last.len() >= SELDOM_KEPT {
            return false;
        }
        last.insert(key.to_owned(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_from_one_address_is_one_record_a_minute() {
        let (seldom, now) = (Seldom::default(), UnixMs(1_000_000));
        assert!(seldom.due("a", now) && !seldom.due("a", now.plus(59_999)) && seldom.due("b", now));
        assert!(seldom.due("a", now.plus(60_000)));
        assert!(seldom.due("a", now), "a clock set back");
        for n in 0..SELDOM_KEPT {
            seldom.due(&n.to_string(), now);
        }
        assert!(!seldom.due("one too many", now));
        assert!(seldom.due("one too many", now.plus(60_000)));
    }
}
