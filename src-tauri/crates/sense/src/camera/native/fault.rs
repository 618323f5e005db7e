//! What the system says about a camera, told apart. The library hands on texts only; the numbers in them are the system's
//! own and the same in every language.

use gerai_core::port::scan::CameraFault;
use nokhwa::NokhwaError;

/// When it happened: the same number means another thing before and after the first picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before there were pictures.
    Opening,
    /// While pictures came.
    Running,
}

/// Errors of the system in hexadecimal as Windows writes them, and what they mean for a camera.
const WINDOWS: &[(&str, CameraFault)] = &[
    // E_ACCESSDENIED
    ("0x80070005", CameraFault::Denied),
    // MF_E_HW_MFT_FAILED_START_STREAMING: another program streams.
    ("0xc00d3704", CameraFault::Busy),
    // MF_E_VIDEO_RECORDING_DEVICE_PREEMPTED
    ("0xc00d3ea3", CameraFault::Busy),
    // ERROR_SHARING_VIOLATION
    ("0x80070020", CameraFault::Busy),
    // MF_E_VIDEO_RECORDING_DEVICE_INVALIDATED
    ("0xc00d3ea2", CameraFault::Unplugged),
    // ERROR_DEVICE_NOT_CONNECTED
    ("0x8007048f", CameraFault::Unplugged),
];

/// Longest text of an unknown fault that is shown, characters.
const WORDS_MAX: usize = 200;

/// The fault that this error of the library means.
pub(super) fn fault_of(error: &NokhwaError, moment: Moment) -> CameraFault {
    match error {
        // None of the listed formats can be read here.
        NokhwaError::UnsupportedOperationError(_) | NokhwaError::NotImplementedError(_) => {
            CameraFault::Unsupported
        }
        NokhwaError::UnitializedError
        | NokhwaError::InitializeError { .. }
        | NokhwaError::ShutdownError { .. }
        | NokhwaError::GeneralError(_)
        | NokhwaError::StructureError { .. }
        | NokhwaError::OpenDeviceError(_, _)
        | NokhwaError::GetPropertyError { .. }
        | NokhwaError::SetPropertyError { .. }
        | NokhwaError::OpenStreamError(_)
        | NokhwaError::ReadFrameError(_)
        | NokhwaError::ProcessFrameError { .. }
        | NokhwaError::StreamShutdownError(_) => of_text(&error.to_string(), moment),
    }
}

fn of_text(text: &str, moment: Moment) -> CameraFault {
    let gone = match moment {
        Moment::Opening => CameraFault::NoCamera,
        Moment::Running => CameraFault::Unplugged,
    };
    match os_error(text) {
        // EPERM, EACCES
        Some(1 | 13) => return CameraFault::Denied,
        // EBUSY
        Some(16) => return CameraFault::Busy,
        // ENOENT, ENXIO, ENODEV
        Some(2 | 6 | 19) => return gone,
        // EINVAL and ENOTTY while asking: a node that is no camera to look through.
        Some(22 | 25) if moment == Moment::Opening => return CameraFault::Unsupported,
        Some(_) | None => {}
    }
    let lower = text.to_lowercase();
    if let Some((_, fault)) = WINDOWS.iter().find(|(code, _)| lower.contains(code)) {
        return fault.clone();
    }
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["fufill", "fulfill", "unsupported", "not whole number", "not same/rejected"]) {
        CameraFault::Unsupported
    } else if says(&["permission", "not authorized", "access is denied"]) {
        CameraFault::Denied
    } else if says(&["in use", "lock rejected", "already open"]) {
        CameraFault::Busy
    } else {
        CameraFault::Other(text.chars().take(WORDS_MAX).collect())
    }
}

/// The number in `(os error 16)`, as Rust writes errors of the system.
fn os_error(text: &str) -> Option<i32> {
    let (_, after) = text.rsplit_once("(os error ")?;
    after.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{CameraFault, Moment, of_text};

    fn check(text: &str, moment: Moment, want: &CameraFault) {
        assert_eq!(of_text(text, moment), *want, "{text}");
    }

    #[test]
    fn linux_by_number() {
        let open = |number: i32| format!("Could not open device 0: V4L2 Error: x (os error {number})");
        check(&open(16), Moment::Opening, &CameraFault::Busy);
        check(&open(13), Moment::Opening, &CameraFault::Denied);
        check(&open(2), Moment::Opening, &CameraFault::NoCamera);
        check(&open(19), Moment::Running, &CameraFault::Unplugged);
        check(&open(25), Moment::Opening, &CameraFault::Unsupported);
        check(&open(5), Moment::Running, &CameraFault::Other(open(5)));
    }

    #[test]
    fn windows_by_code_and_the_rest_by_words() {
        check("Could not read (0xC00D3EA2)", Moment::Running, &CameraFault::Unplugged);
        check("denied (0x80070005)", Moment::Opening, &CameraFault::Denied);
        check("Lock Rejected", Moment::Opening, &CameraFault::Busy);
        check("Failed to Fufill", Moment::Opening, &CameraFault::Unsupported);
        check("(os error many)", Moment::Opening, &CameraFault::Other("(os error many)".to_owned()));
    }
}
