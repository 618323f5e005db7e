//! How often one address may ask: a phone in a loop, or somebody who guesses, must not keep the station from its payments.
//! A bucket for each address, in memory only: what a restart forgets is a minute.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

/// What a sign-in costs: a password's hash is slow on purpose.
pub const SIGN_IN: u32 = 50;
/// What a reading costs.
pub const READING: u32 = 1;
/// What an address may spend at once: a phone that comes back with a week's readings of its officer.
const BURST: u32 = 1_000;
/// What it gets back each second.
const EACH_SECOND: u32 = 100;
/// Addresses that are remembered. With all places taken new ones share one bucket.
const KEPT_MAX: usize = 4_096;

/// The buckets.
#[derive(Default)]
pub struct Pace(Mutex<HashMap<IpAddr, Bucket>>);

struct Bucket {
    /// Thousandths of what is left.
    left: u64,
    at: Instant,
}

impl Bucket {
    fn full(at: Instant) -> Self {
        Self { left: u64::from(BURST) * 1_000, at }
    }

    fn fill(&mut self, now: Instant) {
        let ms = u64::try_from(now.saturating_duration_since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.left =
            self.left.saturating_add(ms.saturating_mul(EACH_SECOND.into())).min(u64::from(BURST) * 1_000);
        self.at = now;
    }
}

impl Pace {
    /// Lets a request in, or says how many seconds to wait.
    pub fn take(&self, peer: IpAddr, cost: u32, now: Instant) -> Result<(), u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT_MAX {
            buckets.retain(|_, bucket| {
                bucket.fill(now);
                bucket.left < u64::from(BURST) * 1_000
            });
        }
        let place = network(peer);
        let crowded = buckets.len() >= KEPT_MAX && !buckets.contains_key(&place);
        let place = if crowded { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { place };
        let bucket = buckets.entry(place).or_insert_with(|| Bucket::full(now));
        bucket.fill(now);
        let cost = u64::from(cost) * 1_000;
        if bucket.left >= cost {
            bucket.left -= cost;
            return Ok(());
        }
        Err((cost - bucket.left).div_ceil(u64::from(EACH_SECOND) * 1_000).max(1))
    }
}

/// One subscriber holds a whole IPv6 /64: its addresses are one.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_the_pace_holds() {
        let (pace, now) = (Pace::default(), Instant::now());
        let peer = IpAddr::from([192, 168, 1, 9]);
        for _ in 0..BURST {
            pace.take(peer, READING, now).unwrap();
        }
        assert_eq!(pace.take(peer, READING, now), Err(1));
        assert_eq!(pace.take(IpAddr::from([192, 168, 1, 10]), SIGN_IN, now), Ok(()), "others are not slowed");
        let later = now + Duration::from_millis(100);
        for _ in 0..EACH_SECOND / 10 {
            pace.take(peer, READING, later).unwrap();
        }
        assert_eq!(pace.take(peer, READING, later), Err(1));
        assert_eq!(pace.take(peer, SIGN_IN, later), Err(1));
        for _ in 0..BURST / SIGN_IN {
            pace.take(peer, SIGN_IN, later + Duration::from_secs(60)).unwrap();
        }
        assert!(pace.take(peer, SIGN_IN, later + Duration::from_secs(60)).is_err());
    }

    #[test]
    fn one_network_is_one_address_and_memory_is_bounded() {
        let (pace, now) = (Pace::default(), Instant::now());
        for last in 0..u16::try_from(BURST).unwrap() {
            pace.take(IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, last]), READING, now).unwrap();
        }
        assert!(pace.take("2001:db8:1:2::ffff:1".parse().unwrap(), READING, now).is_err());
        for number in 0..20_000_u32 {
            let _ = pace.take(IpAddr::from(number.to_be_bytes()), READING, now);
        }
        assert!(pace.0.lock().unwrap().len() <= KEPT_MAX + 1);
        let later = now + Duration::from_secs(60);
        pace.take(IpAddr::from([10, 0, 0, 1]), READING, later).unwrap();
        assert!(pace.0.lock().unwrap().len() <= 2, "full buckets are forgotten");
    }
}
