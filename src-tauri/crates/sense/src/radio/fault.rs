//! What the Bluetooth libraries say, told apart. BlueZ names its errors; the other systems' are the library's own kinds.

use btleplug::Error;
use gerai_core::port::scan::radio::{RadioFault, RadioStep};

/// Longest text of a fault that is handed on, characters.
const WORDS_MAX: usize = 200;

/// The fault that this error means while `doing` something with `stove`.
pub(super) fn fault_of(error: &Error, doing: RadioStep, stove: &str) -> RadioFault {
    let words = || error.to_string().chars().take(WORDS_MAX).collect::<String>();
    match error {
        Error::PermissionDenied => RadioFault::Denied(words()),
        Error::DeviceNotFound => RadioFault::NotFound(stove.to_owned()),
        Error::NotConnected => broken(doing, words()),
        Error::NoAdapterAvailable => RadioFault::NoAdapter,
        Error::UnexpectedCallback
        | Error::UnexpectedCharacteristic
        | Error::NoSuchCharacteristic
        | Error::NotSupported(_)
        | Error::TimedOut(_)
        | Error::Uuid(_)
        | Error::InvalidBDAddr(_)
        | Error::RuntimeError(_) => of_words(&error.to_string(), doing, stove, words()),
        // The names of BlueZ's errors are shown by `Debug` only.
        Error::Other(_) => of_words(&format!("{error:?}"), doing, stove, words()),
    }
}

fn broken(doing: RadioStep, words: String) -> RadioFault {
    match doing {
        RadioStep::Waiting | RadioStep::Finding => RadioFault::Other(words),
        RadioStep::Connecting => RadioFault::ConnectFailed(words),
        RadioStep::Listing | RadioStep::Reading | RadioStep::Writing => RadioFault::Dropped(doing),
    }
}

fn of_words(told: &str, doing: RadioStep, stove: &str, words: String) -> RadioFault {
    let told = told.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| told.contains(part));
    if says(&[
        "dbus.error.serviceunknown",
        "dbus.error.namehasnoowner",
        "dbus.error.noserver",
        "dbus.error.filenotfound",
        "dbus.error.disconnected",
        "dbus.error.spawn",
        "failed to connect to socket",
        "failed to open dbus connection",
    ]) {
        RadioFault::NoService
    } else if says(&[
        "bluez.error.notpermitted",
        "bluez.error.notauthorized",
        "bluez.error.authentication",
        "dbus.error.accessdenied",
        "access is denied",
        "insufficient authentication",
        "insufficient encryption",
    ]) {
        RadioFault::Denied(words)
    } else if says(&["bluez.error.notready", "not powered", "powered off"]) {
        RadioFault::Off
    } else if says(&["dbus.error.unknownobject", "bluez.error.doesnotexist"])
        && doing == RadioStep::Connecting
    {
        RadioFault::NotFound(stove.to_owned())
    } else if says(&["bluez.error.notconnected", "not connected", "dbus.error.unknownobject", "unreachable"])
    {
        broken(doing, words)
    } else if doing == RadioStep::Connecting {
        RadioFault::ConnectFailed(words)
    } else {
        RadioFault::Other(words)
    }
}

#[cfg(test)]
mod tests {
    use super::{RadioFault, RadioStep, of_words};

    fn check(told: &str, doing: RadioStep, want: &RadioFault) {
        assert_eq!(of_words(told, doing, "S", "w".to_owned()), *want, "{told}");
    }

    #[test]
    fn bluez_by_name() {
        use RadioStep::{Connecting, Finding, Reading, Writing};
        check("(org.freedesktop.DBus.Error.ServiceUnknown)", Finding, &RadioFault::NoService);
        check("(org.bluez.Error.NotPermitted)", Reading, &RadioFault::Denied("w".to_owned()));
        check("(org.bluez.Error.NotReady)", Finding, &RadioFault::Off);
        check("(org.bluez.Error.Failed)", Connecting, &RadioFault::ConnectFailed("w".to_owned()));
        check("Not connected (org.bluez.Error.Failed)", Reading, &RadioFault::Dropped(Reading));
        check("(org.bluez.Error.Failed)", Writing, &RadioFault::Other("w".to_owned()));
        check(
            "(org.freedesktop.DBus.Error.UnknownObject)",
            Connecting,
            &RadioFault::NotFound("S".to_owned()),
        );
        check("(org.freedesktop.DBus.Error.UnknownObject)", Writing, &RadioFault::Dropped(Writing));
    }
}
