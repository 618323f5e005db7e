//! Client ids that belong to a login. MQTT disconnects the elder of two connections with one client id, whoever owns
//! them; so the front puts the login's name into each client id, and the embedded broker refuses ids of other logins.
//! The length before the name makes it unambiguous: `d3~kas~1` can only be client `1` of login `kas`.

use crate::embedded::random_hex;
use crate::error::BrokerError;

/// The embedded broker's limit for client ids.
const CLIENT_ID_BYTES_MAX: usize = 128;
/// What the broker puts in front of the ids that it assigns to clients without one; those are random.
const ASSIGNED: &str = "auto-";

/// The client id under which a device's own `client_id` goes to the broker.
pub(crate) fn namespaced(user: &str, client_id: &str) -> String {
    let own = format!("{}{}", own_prefix(user), escaped(client_id));
    if own.len() <= CLIENT_ID_BYTES_MAX {
        return own;
    }
    // Too long for the broker. A collision of this hash could only make a login disturb itself.
    format!("{}h{:016x}", own_prefix(user), fnv1a(client_id.as_bytes()))
}

/// A client id of its own for one connection of a login that several devices share.
pub(crate) fn unique(user: &str) -> Result<String, BrokerError> {
    Ok(format!("{}s{}", own_prefix(user), random_hex(12)?))
}

/// May `user` connect under this client id?
pub(crate) fn belongs_to(user: &str, client_id: &str) -> bool {
    client_id.starts_with(&own_prefix(user)) || client_id.starts_with(ASSIGNED)
}

fn own_prefix(user: &str) -> String {
    format!("d{}~{user}~", user.len())
}

/// Escapes what the broker refuses in client ids, reversibly, so that two ids stay two.
fn escaped(client_id: &str) -> String {
    let mut out = String::with_capacity(client_id.len() + 1);
    out.push('c');
    for c in client_id.chars() {
        if matches!(c, '/' | '\\' | '%') || c.is_control() {
            let mut utf8 = [0_u8; 4];
            for byte in c.encode_utf8(&mut utf8).bytes() {
                out.push_str(&format!("%{byte:02x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_belongs_to_one_login_only() {
        assert_eq!(namespaced("kas", "ESP32Client"), "d3~kas~cESP32Client");
        assert!(belongs_to("kas", &namespaced("kas", "x")));
        assert!(!belongs_to("kas", &namespaced("kas2", "x")));
        assert!(!belongs_to("a", &namespaced("a~cb", "x")));
        assert!(!belongs_to("kas", "gerai-station"));
        assert_ne!(namespaced("a~cb", "c"), namespaced("a", "b~cc"));
    }

    #[test]
    fn odd_and_long_ids_stay_apart_and_acceptable() {
        assert_ne!(namespaced("r", "a/b"), namespaced("r", "a%2fb"));
        assert!(!namespaced("r", "a/b\\c\u{7}").contains(['/', '\\', '\u{7}']));
        let long = namespaced(&"n".repeat(64), &"x".repeat(300));
        assert!(long.len() <= CLIENT_ID_BYTES_MAX);
        assert_ne!(long, namespaced(&"n".repeat(64), &"x".repeat(301)));
        assert_ne!(unique("r").unwrap(), unique("r").unwrap());
        assert!(unique(&"n".repeat(64)).unwrap().len() <= CLIENT_ID_BYTES_MAX);
    }
}
