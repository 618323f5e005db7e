//! Waits after wrong passwords, PINs and codes, by account and by address: five free tries, then 2, 4, 8 … seconds up
//! to 15 minutes. A try is counted before it is looked at, so that many at once are no way around, and the count is in
//! the database, so that a restart is none either.

use std::net::IpAddr;

use gerai_core::time::UnixMs;
use gerai_store::{Db, StoreResult, tries};
use sha2::{Digest, Sha256};

use crate::App;
use crate::access::Caller;
use crate::contract::{ApiError, ErrorCode};

/// Wrong tries before the first wait.
const FREE_TRIES: i64 = 5;
/// The longest wait between tries.
pub(crate) const WAIT_MAX_MS: i64 = 15 * 60_000;

/// What a try is counted against.
#[derive(Clone)]
pub(crate) struct Keys(Vec<[u8; 32]>);

impl Keys {
    /// An account, by the name that was typed, and the caller's address.
    pub(crate) fn account(name: &str, caller: &Caller) -> Self {
        Self(vec![name_key(name), hash("peer", &network(&caller.peer))])
    }

    /// The caller's address, for one kind of try.
    pub(crate) fn peer(kind: &str, caller: &Caller) -> Self {
        Self(vec![hash(kind, &network(&caller.peer))])
    }

    /// As `account`, counted apart from sign-ins.
    pub(crate) fn apart(kind: &str, name: &str, caller: &Caller) -> Self {
        Self(vec![hash(kind, &name.trim().to_lowercase()), hash(kind, &network(&caller.peer))])
    }

    /// The account alone: to forgive it.
    pub(crate) fn name(name: &str) -> Self {
        Self(vec![name_key(name)])
    }

    /// Forgives everything counted against them, in the transaction of what went right.
    pub(crate) fn forgive(&self, db: &Db) -> StoreResult<()> {
        self.0.iter().try_for_each(|key| tries::forgive(db, key))
    }
}

fn name_key(name: &str) -> [u8; 32] {
    hash("name", &name.trim().to_lowercase())
}

fn hash(kind: &str, text: &str) -> [u8; 32] {
    Sha256::digest(format!("gerai try 1\n{kind}\n{text}").as_bytes()).into()
}

/// One subscriber holds a whole IPv6 /64: its addresses are one.
fn network(peer: &str) -> String {
    match peer.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => peer.to_owned(),
    }
}

/// Milliseconds until the next try after so many; 0: now.
pub(crate) fn wait_ms(counted: Option<(i64, UnixMs)>, now: UnixMs) -> i64 {
    let Some((misses, last)) = counted else { return 0 };
    let over = misses - FREE_TRIES;
    if over < 0 {
        return 0;
    }
    let wait = u32::try_from(over).ok().and_then(|over| 2_000_i64.checked_mul(2_i64.checked_pow(over)?));
    let wait = wait.map_or(WAIT_MAX_MS, |ms| ms.min(WAIT_MAX_MS));
    (wait - now.since(last)).clamp(0, WAIT_MAX_MS)
}

const TOO_MANY: &str = "too many wrong tries";
const AGAIN: &str = "Try again in ";

fn waits(ms: i64) -> ApiError {
    ApiError::new(ErrorCode::SignInRefused, TOO_MANY, format!("{AGAIN}{} seconds.", (ms + 999) / 1_000))
}

impl ApiError {
    /// Seconds to wait after too many wrong tries; `None`: it is another error.
    #[must_use]
    pub fn wait_s(&self) -> Option<u64> {
        let help = self.help.strip_prefix(AGAIN).filter(|_| self.message == TOO_MANY)?;
        help.split(' ').next()?.parse().ok()
    }
}

impl App {
    /// Lets a try in and counts it, or says how long to wait.
    pub(crate) async fn admit(&self, keys: &Keys) -> Result<(), ApiError> {
        let (keys, now) = (keys.clone(), self.clock.now());
        self.write(move |db| {
            let mut longest = 0;
            for key in &keys.0 {
                longest = longest.max(wait_ms(tries::get(db, key)?, now));
            }
            if longest > 0 {
                return Err(waits(longest));
            }
            Ok(keys.0.iter().try_for_each(|key| tries::count(db, key, now))?)
        })
        .await
    }

    /// What was let in was no wrong try: the station could not look, or asks for more.
    pub(crate) async fn take_back(&self, keys: &Keys) -> Result<(), ApiError> {
        let keys = keys.clone();
        self.write(move |db| Ok(keys.0.iter().try_for_each(|key| tries::take_back(db, key))?)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    #[test]
    fn wrong_tries_cost_more_and_more_time() {
        for (misses, want) in [
            (1, 0),
            (4, 0),
            (5, 2_000),
            (6, 4_000),
            (7, 8_000),
            (13, 512_000),
            (14, 900_000),
            (9_999, 900_000),
        ] {
            assert_eq!(wait_ms(Some((misses, NOW)), NOW), want, "{misses}");
        }
        assert_eq!(wait_ms(None, NOW), 0);
        assert_eq!(wait_ms(Some((6, NOW)), NOW.plus(3_999)), 1);
        assert_eq!(wait_ms(Some((6, NOW)), NOW.plus(4_000)), 0);
        assert_eq!(wait_ms(Some((6, NOW)), NOW.plus(-1_000_000)), WAIT_MAX_MS, "a clock set back is bounded");
    }

    #[test]
    fn an_error_tells_how_long_to_wait() {
        assert_eq!(waits(1_001).wait_s(), Some(2));
        assert_eq!(waits(900_000).wait_s(), Some(900));
        let other = ApiError::new(ErrorCode::SignInRefused, "name or password is wrong", "Type both again.");
        assert_eq!(other.wait_s(), None);
    }

    #[test]
    fn one_network_is_one_address() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("192.168.1.9"), "192.168.1.9");
        assert_eq!(network(""), "");
    }
}
