//! Sessions and pairing codes. Tokens are 256 random bits, stored as their SHA-256 only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gerai_core::pin;
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::operators::{self, Operator};
use gerai_store::sessions::{self, NewSession, SessionOf};
use gerai_store::{Db, StoreResult};

use crate::App;
use crate::access::{Access, Caller, SessionChange, Surface, Who, roles_of};
use crate::contract::{ApiError, ErrorCode, Event, OperatorView, Role};
use crate::passwords;

/// A counter's session ends after this long: it hangs on a wall.
const COUNTER_SESSION_S: i64 = 90 * 86_400;
/// A pairing code lives this long.
pub(crate) const PAIRING_MS: i64 = 600_000;
/// Open pairing codes at most: a flood must not eat the memory.
const KEPT_MAX: usize = 4_096;

impl App {
    /// Finds out who is calling. `token`: the session token that the transport kept, if any; `peer`: address
    /// without port, empty for IPC.
    pub async fn caller(
        &self,
        surface: Surface,
        token: Option<Secret<String>>,
        peer: &str,
        loopback: bool,
    ) -> Caller {
        let Some(token) = token else {
            return Caller::new(surface, loopback, peer.to_owned(), Who::Nobody, None);
        };
        let hash = passwords::token_hash(token.expose());
        let now = self.clock.now();
        let security = self.settings().1.security.clone();
        let idle_ms = security.idle_lock_minutes * 60_000;
        let mut fell_idle = None;
        // One look-up by key: not worth a thread change.
        let (who, session) = self
            .store
            .read(|db| -> StoreResult<(Who, Option<i64>)> {
                let Some(session) = sessions::by_token(db, &hash, now)? else {
                    return Ok((Who::Nobody, None));
                };
                let operator = match session.operator_id {
                    Some(id) => operators::get(db, id)?.filter(|operator| operator.active),
                    None => None,
                };
                let view = operator.as_ref().map(operator_view);
                let idle = idle_ms > 0 && now.since(session.seen) >= idle_ms;
                let who = match (session.till_id, view) {
                    (Some(till_id), view) => {
                        // Nobody is on duty longer than a sign-in would last, or with a role that has no business there.
                        let since_ms = now.since(session.seen);
                        let on_duty = view.filter(|view| {
                            since_ms < security.session_hours * 3_600_000
                                && roles_of(Access::Counter).contains(&view.role)
                        });
                        Who::Counter { till_id, on_duty }
                    }
                    (None, None) => return Ok((Who::Nobody, None)),
                    (None, Some(view)) if session.locked || idle => {
                        fell_idle = (!session.locked).then_some(session.session_id);
                        Who::Locked(view)
                    }
                    (None, Some(view)) => Who::Operator(view),
                };
                Ok((who, Some(session.session_id)))
            })
            .unwrap_or((Who::Nobody, None));
        if let (Some(session), Ok(writer)) = (fell_idle, self.store.writer()) {
            // Written down, so that neither a longer limit nor a clock that is set back opens it again.
            writer.ride(move |db| sessions::set_locked(db, session, true, UnixMs(0)));
        }
        Caller::new(surface, loopback, peer.to_owned(), who, session)
    }

    /// Opens a session, does `with_it` in the same transaction, and hands the token to the transport. `strong`: with a
    /// second factor.
    pub(crate) async fn open_session(
        &self,
        caller: &Caller,
        of: SessionOf,
        strong: bool,
        with_it: impl FnOnce(&Db) -> StoreResult<()> + Send + 'static,
    ) -> Result<(), ApiError> {
        let token = new_token()?;
        let hash = passwords::token_hash(token.expose());
        let max_age_s = match of {
            SessionOf::Operator(_) => self.settings().1.security.session_hours * 3_600,
            SessionOf::Till(_) => COUNTER_SESSION_S,
        };
        let now = self.clock.now();
        // A session that is signed in anew starts over: a planted token is worth nothing.
        let before = caller.session;
        let new = NewSession {
            token_hash: hash,
            of,
            surface: match of {
                SessionOf::Till(_) => "counter",
                SessionOf::Operator(_) if caller.surface == Surface::ConsoleWindow => "console",
                SessionOf::Operator(_) => "browser",
            },
            peer: caller.peer.clone(),
            agent: caller.agent.clone(),
            now,
            expires: now.plus(max_age_s * 1_000),
            strong,
        };
        self.write(move |db| {
            if let Some(before) = before {
                sessions::close(db, before)?;
            }
            sessions::open(db, &new)?;
            Ok(with_it(db)?)
        })
        .await?;
        caller.change_session(SessionChange::Opened { token, max_age_s });
        self.emit(Event::People);
        Ok(())
    }

    /// Gives the caller's session another token, in the transaction of `with_it`: whoever shows anew who they are leaves
    /// a token behind that somebody may have seen. Its life does not get longer.
    pub(crate) async fn renew_session(
        &self,
        caller: &Caller,
        with_it: impl FnOnce(&Db, i64) -> StoreResult<()> + Send + 'static,
    ) -> Result<(), ApiError> {
        let session = caller.session.ok_or_else(signed_out)?;
        let token = new_token()?;
        let hash = passwords::token_hash(token.expose());
        let expires = self
            .write(move |db| {
                let expires = sessions::get(db, session)?.ok_or_else(signed_out)?.expires;
                sessions::change_token(db, session, &hash)?;
                with_it(db, session)?;
                Ok(expires)
            })
            .await?;
        let max_age_s = expires.since(self.clock.now()) / 1_000;
        caller.change_session(SessionChange::Opened { token, max_age_s });
        self.emit(Event::People);
        Ok(())
    }
}

fn new_token() -> Result<Secret<String>, ApiError> {
    passwords::random_token().map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))
}

fn signed_out() -> ApiError {
    ApiError::new(ErrorCode::SignedOut, "this session has ended", "Sign in again.")
}

pub(crate) fn operator_view(operator: &Operator) -> OperatorView {
    OperatorView {
        id: operator.operator_id,
        name: operator.name.clone(),
        role: Role::of_word(&operator.role),
        active: operator.active,
        totp: operator.totp_since.is_some(),
        pin: operator.pin_hash.is_some() && operator.pin_misses < pin::MISSES_MAX,
        must_change: operator.must_change,
        contact: None,
    }
}

/// Open pairing codes: code hash → till, until.
#[derive(Default)]
pub(crate) struct Pairings {
    open: Mutex<HashMap<[u8; 32], (i64, UnixMs)>>,
}

impl Pairings {
    pub(crate) fn offer(&self, code: &str, till_id: i64, now: UnixMs) -> UnixMs {
        let until = now.plus(PAIRING_MS);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (_, until)| *until > now);
        if open.len() < KEPT_MAX {
            open.insert(passwords::code_hash(code), (till_id, until));
        }
        until
    }

    /// The till of a code, once.
    pub(crate) fn redeem(&self, code: &str, now: UnixMs) -> Option<i64> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (till_id, until) = open.remove(&passwords::code_hash(code))?;
        (until > now).then_some(till_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    #[test]
    fn a_pairing_code_works_once_and_not_for_long() {
        let pairings = Pairings::default();
        pairings.offer("ABCD-EFGH", 3, NOW);
        assert_eq!(pairings.redeem("abcd efgh", NOW), Some(3));
        assert_eq!(pairings.redeem("ABCD-EFGH", NOW), None);
        pairings.offer("ABCD-EFGH", 3, NOW);
        assert_eq!(pairings.redeem("ABCD-EFGH", NOW.plus(PAIRING_MS)), None);
    }
}
