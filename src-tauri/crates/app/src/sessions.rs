//! Sessions, sign-in back-off and pairing codes. Tokens are 256 random bits, stored as their SHA-256 only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_store::StoreResult;
use gerai_store::operators::{self, Operator};
use gerai_store::sessions::{self, NewSession, SessionOf};

use crate::App;
use crate::access::{Caller, SessionChange, Surface, Who};
use crate::contract::{ApiError, ErrorCode, OperatorView, Role};
use crate::passwords;

/// A counter's session ends after this long: it hangs on a wall.
const COUNTER_SESSION_S: i64 = 90 * 86_400;
/// A pairing code lives this long.
pub(crate) const PAIRING_MS: i64 = 600_000;
/// Wrong passwords before the first wait.
const FREE_TRIES: u32 = 5;
/// The longest wait between tries.
const WAIT_MAX_MS: i64 = 15 * 60_000;
/// Keys kept by the back-off and open pairing codes: a flood must not eat the memory.
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
        // One look-up by key: not worth a thread change.
        let idle_ms = self.settings().1.security.idle_lock_minutes * 60_000;
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
                    (Some(till_id), on_duty) => Who::Counter { till_id, on_duty },
                    (None, None) => return Ok((Who::Nobody, None)),
                    (None, Some(view)) if session.locked || idle => Who::Locked(view),
                    (None, Some(view)) => Who::Operator(view),
                };
                Ok((who, Some(session.session_id)))
            })
            .unwrap_or((Who::Nobody, None));
        Caller::new(surface, loopback, peer.to_owned(), who, session)
    }

    /// Opens a session and hands its token to the transport. `strong`: with a second factor.
    pub(crate) async fn open_session(
        &self,
        caller: &Caller,
        of: SessionOf,
        strong: bool,
    ) -> Result<(), ApiError> {
        let token = passwords::random_token()
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string(), ""))?;
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
            Ok(sessions::open(db, &new)?)
        })
        .await?;
        caller.change_session(SessionChange::Opened { token, max_age_s });
        Ok(())
    }
}

pub(crate) fn operator_view(operator: &Operator) -> OperatorView {
    OperatorView {
        id: operator.operator_id,
        name: operator.name.clone(),
        role: Role::of_word(&operator.role),
        active: operator.active,
        totp: operator.totp_since.is_some(),
        pin: operator.pin_hash.is_some(),
        must_change: operator.must_change,
        contact: None,
    }
}

/// Waits after wrong passwords, by account and by address: 5 free tries, then 2, 4, 8 … seconds up to 15 minutes.
#[derive(Default)]
pub(crate) struct SignInBackoff {
    tries: Mutex<HashMap<String, (u32, UnixMs)>>,
}

impl SignInBackoff {
    /// Milliseconds until this key may try again; 0: now.
    pub(crate) fn wait_ms(&self, key: &str, now: UnixMs) -> i64 {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((count, last)) = tries.get(key) else { return 0 };
        let Some(over) = count.checked_sub(FREE_TRIES) else { return 0 };
        let wait = 2_000_i64.checked_shl(over).map_or(WAIT_MAX_MS, |ms| ms.clamp(2_000, WAIT_MAX_MS));
        (wait - now.since(*last)).clamp(0, WAIT_MAX_MS)
    }

    pub(crate) fn failed(&self, key: &str, now: UnixMs) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= KEPT_MAX {
            tries.retain(|_, (_, last)| now.since(*last) < WAIT_MAX_MS);
        }
        if tries.len() < KEPT_MAX || tries.contains_key(key) {
            let entry = tries.entry(key.to_owned()).or_insert((0, now));
            *entry = (entry.0.saturating_add(1), now);
        }
    }

    pub(crate) fn succeeded(&self, key: &str) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
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
            open.insert(passwords::token_hash(&normal(code)), (till_id, until));
        }
        until
    }

    /// The till of a code, once.
    pub(crate) fn redeem(&self, code: &str, now: UnixMs) -> Option<i64> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (till_id, until) = open.remove(&passwords::token_hash(&normal(code)))?;
        (until > now).then_some(till_id)
    }
}

fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(16).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    #[test]
    fn wrong_passwords_cost_more_and_more_time() {
        let backoff = SignInBackoff::default();
        for _ in 0..4 {
            backoff.failed("rina", NOW);
        }
        assert_eq!(backoff.wait_ms("rina", NOW), 0);
        backoff.failed("rina", NOW);
        assert_eq!(backoff.wait_ms("rina", NOW), 2_000);
        backoff.failed("rina", NOW);
        assert_eq!(backoff.wait_ms("rina", NOW), 4_000);
        for _ in 0..100 {
            backoff.failed("rina", NOW);
        }
        assert_eq!(backoff.wait_ms("rina", NOW), WAIT_MAX_MS);
        assert_eq!(backoff.wait_ms("siti", NOW), 0);
        backoff.succeeded("rina");
        assert_eq!(backoff.wait_ms("rina", NOW), 0);
    }

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
