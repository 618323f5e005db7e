//! What was turned away at the HTTP door, counted by reason: attacks and mistakes show on the health page and never
//! fill a log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;

/// Why something was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A `Host` that is not ours: a rebound name, or a proxy.
    WrongHost,
    /// A page of another site.
    OtherSite,
    /// A command without the header or the content type that only our pages send.
    NotACommand,
    /// A body, or a head, beyond its limit.
    TooLarge,
    /// A head, a body or a handshake that did not come in time.
    TooSlow,
    /// Two ways to tell a body's length, or a way that no client of ours uses.
    Framing,
    /// Not HTTP, or HTTP that cannot be.
    Malformed,
    /// More connections than one address, or all together, may hold.
    TooManyConnections,
    /// A TLS handshake that came to nothing: an unknown authority, an old version.
    Handshake,
    /// A command over plain HTTP from the network.
    InTheClear,
    /// More requests of phones than one address may send.
    TooOften,
}

const NAMES: [(Reason, &str); 11] = [
    (Reason::WrongHost, "wrong_host"),
    (Reason::OtherSite, "other_site"),
    (Reason::NotACommand, "not_a_command"),
    (Reason::TooLarge, "too_large"),
    (Reason::TooSlow, "too_slow"),
    (Reason::Framing, "framing"),
    (Reason::Malformed, "malformed"),
    (Reason::TooManyConnections, "too_many_connections"),
    (Reason::Handshake, "handshake"),
    (Reason::InTheClear, "in_the_clear"),
    (Reason::TooOften, "too_often"),
];

/// The counts since the start.
#[derive(Default)]
pub struct Refusals([AtomicU64; NAMES.len()]);

impl Refusals {
    /// One more.
    pub fn count(&self, reason: Reason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// A body that could not be taken; one that is no JSON is a plain mistake and not counted.
    pub fn body(&self, status: StatusCode) {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => self.count(Reason::TooLarge),
            StatusCode::REQUEST_TIMEOUT => self.count(Reason::TooSlow),
            _ => {}
        }
    }

    /// A connection that ended with this error.
    pub fn ended(&self, error: &hyper::Error) {
        if error.is_timeout() {
            self.count(Reason::TooSlow);
        } else if error.is_parse_too_large() {
            self.count(Reason::TooLarge);
        } else if error.is_parse() {
            self.count(Reason::Malformed);
        }
    }

    /// All counts, by name.
    pub fn all(&self) -> Vec<(&'static str, u64)> {
        NAMES.iter().map(|(reason, name)| (*name, self.0[*reason as usize].load(Ordering::Relaxed))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_place_of_its_own() {
        for (place, (reason, name)) in NAMES.iter().enumerate() {
            let refusals = Refusals::default();
            refusals.count(*reason);
            let counted: Vec<_> = refusals.all().into_iter().filter(|(_, count)| *count > 0).collect();
            assert_eq!((*reason as usize, counted), (place, vec![(*name, 1)]));
        }
    }
}
