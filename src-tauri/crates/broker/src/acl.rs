//! Who may publish and read what: one pure function, default deny. The embedded broker asks it for every publish,
//! will and subscription; `sample` exports the same rules for other brokers.
//! A user name is a device id; names that could be read as a wildcard or as two topic levels get nothing.

use gerai_core::port::{DeviceKind, DeviceLogin};

/// Device names are at most this long: they go into client ids, which brokers limit to 128 bytes.
pub const DEVICE_NAME_BYTES_MAX: usize = 64;

/// The topic under which a station's link sends messages to itself.
pub const LINK_TOPIC: &str = "gerai/link";

/// What a login wants to do with a topic or filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Publish without the retain flag.
    Publish,
    /// Leave a last will in CONNECT. Nobody may: on a deduct topic it would be a charge that nobody tapped.
    Will,
    /// Publish with the retain flag.
    Retained,
    /// Subscribe to a filter, shared ones included as `$share/…`.
    Subscribe,
}

/// May `login` do `action` on `topic` (a topic name, or a filter for `Subscribe`)?
#[must_use]
pub fn may(login: &DeviceLogin, prefix: &str, action: Action, topic: &str) -> bool {
    if !is_device_name(&login.name) || !is_prefix(prefix) || topic.contains('\0') {
        return false;
    }
    let own = |leaf: &str| below(prefix, topic) == Some(leaf);
    let own_v2 = |leaf: &str| {
        below(prefix, topic)
            .and_then(|rest| rest.strip_prefix("v2/"))
            .and_then(|rest| rest.strip_prefix(login.name.as_str()))
            .and_then(|rest| rest.strip_prefix('/'))
            == Some(leaf)
    };
    match (login.kind, action) {
        (_, Action::Will) => false,
        (DeviceKind::Station, Action::Publish | Action::Retained) => {
            !has_wildcard(topic) && in_station_realm(prefix, topic)
        }
        (DeviceKind::Station, Action::Subscribe) => in_station_realm(prefix, topic),
        (DeviceKind::Reader, Action::Publish) => own("deduct") || own_v2("deduct"),
        (DeviceKind::Reader, Action::Subscribe) => own("success") || own("failed") || own_v2("result"),
        (DeviceKind::LegacyShared, Action::Publish) => own("deduct"),
        (DeviceKind::LegacyShared | DeviceKind::Screen, Action::Subscribe) => own("success") || own("failed"),
        (DeviceKind::Screen, Action::Publish) => false,
        (DeviceKind::Reader | DeviceKind::LegacyShared | DeviceKind::Screen, Action::Retained) => false,
    }
}

/// Can this be a device's name? It becomes one topic level and part of a client id.
#[must_use]
pub fn is_device_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= DEVICE_NAME_BYTES_MAX
        && !name.starts_with('$')
        && !name.chars().any(|c| matches!(c, '+' | '#' | '/' | '\\') || c.is_control())
}

/// Can this be the topic prefix of a station, such as `iot`?
#[must_use]
pub fn is_prefix(prefix: &str) -> bool {
    !prefix.is_empty()
        && !prefix.starts_with(['$', '/'])
        && !prefix.ends_with('/')
        && !prefix.chars().any(|c| matches!(c, '+' | '#') || c.is_control())
}

fn below<'t>(prefix: &str, topic: &'t str) -> Option<&'t str> {
    topic.strip_prefix(prefix)?.strip_prefix('/')
}

fn in_station_realm(prefix: &str, topic: &str) -> bool {
    below(prefix, topic).is_some_and(|rest| !rest.is_empty())
        || below(LINK_TOPIC, topic).is_some_and(|rest| !rest.is_empty() && !has_wildcard(rest))
}

fn has_wildcard(topic: &str) -> bool {
    topic.contains(['+', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Publish, Retained, Subscribe, Will};
    use DeviceKind::{LegacyShared, Reader, Screen, Station};

    fn check(kind: DeviceKind, name: &str, action: Action, topic: &str, want: bool) {
        let login = DeviceLogin { name: name.into(), kind };
        assert_eq!(may(&login, "iot", action, topic), want, "{kind:?} {name:?} {action:?} {topic:?}");
    }

    #[test]
    fn a_reader_writes_taps_and_nothing_else() {
        for (topic, want) in [
            ("iot/deduct", true),
            ("iot/v2/door-1/deduct", true),
            ("iot/v2/door-2/deduct", false),
            ("iot/v2/door-1/result", false),
            ("iot/v2/door-1/deduct/x", false),
            ("iot/v2/door-1x/deduct", false),
            ("iot/success", false),
            ("iot/failed", false),
            ("iot/topup", false),
            ("iot/created", false),
            ("iot/deduct/", false),
            ("/iot/deduct", false),
            ("IOT/deduct", false),
            ("iot/DEDUCT", false),
            ("iotdeduct", false),
            ("", false),
            ("$SYS/broker", false),
            ("gerai/link/station", false),
            ("other/deduct", false),
            ("iot/deduct\0", false),
        ] {
            check(Reader, "door-1", Publish, topic, want);
            check(Reader, "door-1", Retained, topic, false);
            check(Reader, "door-1", Will, topic, false);
        }
    }

    #[test]
    fn a_reader_reads_three_topics_by_their_full_names() {
        for (filter, want) in [
            ("iot/success", true),
            ("iot/failed", true),
            ("iot/v2/door-1/result", true),
            ("iot/v2/door-2/result", false),
            ("iot/v2/+/result", false),
            ("iot/v2/door-1/+", false),
            ("iot/v2/door-1/deduct", false),
            ("iot/deduct", false),
            ("iot/#", false),
            ("iot/+", false),
            ("#", false),
            ("+/success", false),
            ("$share/g/iot/success", false),
            ("$share/g/iot/#", false),
            ("$SYS/#", false),
            ("gerai/link/#", false),
            ("", false),
        ] {
            check(Reader, "door-1", Subscribe, filter, want);
        }
    }

    #[test]
    fn shared_logins_and_screens_know_no_v2_topic() {
        check(LegacyShared, "lama", Publish, "iot/deduct", true);
        check(LegacyShared, "lama", Publish, "iot/v2/lama/deduct", false);
        check(LegacyShared, "lama", Publish, "iot/success", false);
        check(LegacyShared, "lama", Publish, "iot/topup", false);
        check(LegacyShared, "lama", Retained, "iot/deduct", false);
        check(LegacyShared, "lama", Will, "iot/deduct", false);
        check(Screen, "till", Publish, "iot/deduct", false);
        check(Screen, "till", Publish, "iot/success", false);
        for (kind, name) in [(LegacyShared, "lama"), (Screen, "till")] {
            check(kind, name, Subscribe, "iot/success", true);
            check(kind, name, Subscribe, "iot/failed", true);
            check(kind, name, Subscribe, "iot/v2/till/result", false);
            check(kind, name, Subscribe, "iot/v2/lama/result", false);
            check(kind, name, Subscribe, "iot/#", false);
            check(kind, name, Subscribe, "$share/a/iot/success", false);
        }
    }

    #[test]
    fn the_station_owns_its_prefix_and_its_marker() {
        for (action, topic, want) in [
            (Publish, "iot/success", true),
            (Publish, "iot/v2/door-1/result", true),
            (Publish, "iot/#", false),
            (Publish, "other/success", false),
            (Publish, "gerai/link/station", true),
            (Publish, "$SYS/x", false),
            (Retained, "iot/deduct", true),
            (Will, "iot/success", false),
            (Subscribe, "iot/#", true),
            (Subscribe, "iot/v2/+/deduct", true),
            (Subscribe, "gerai/link/station", true),
            (Subscribe, "gerai/link/#", false),
            (Subscribe, "#", false),
            (Subscribe, "$SYS/#", false),
            (Subscribe, "$share/g/iot/deduct", false),
        ] {
            check(Station, "station", action, topic, want);
        }
    }

    #[test]
    fn names_that_read_as_wildcards_or_levels_get_nothing() {
        for name in ["+", "#", "a/b", "door+", "x#", "", "nul\0", "a\\b", "$share", "line\n"] {
            for (action, topic) in [
                (Publish, "iot/deduct".to_owned()),
                (Publish, format!("iot/v2/{name}/deduct")),
                (Subscribe, format!("iot/v2/{name}/result")),
                (Subscribe, "iot/success".to_owned()),
            ] {
                check(Reader, name, action, &topic, false);
            }
        }
        check(Reader, &"n".repeat(65), Publish, "iot/deduct", false);
    }

    #[test]
    fn a_prefix_of_several_levels_works_and_a_broken_one_gives_nothing() {
        let login = DeviceLogin { name: "r".into(), kind: Reader };
        assert!(may(&login, "kantin/utara", Publish, "kantin/utara/v2/r/deduct"));
        for prefix in ["", "#", "+", "iot/", "/iot", "$SYS"] {
            assert!(!may(&login, prefix, Publish, &format!("{prefix}/deduct")), "{prefix:?}");
        }
    }
}
