//! Looking at stoves: the camera session and Bluetooth. Browsers get the camera's newest picture as bytes
//! (`GET /scan/frame.jpg`), the desktop's windows by a command.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::words;
use super::{StovePosition, Taken};

/// One way in which a camera gives pictures.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CameraFormatView {
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// How they are coded: `mjpg`, `yuyv`, `nv12`, `grey`, `drawn`.
    pub pixels: String,
    /// Most pictures a second.
    pub fps: i64,
}

words! {
    /// Why there are no pictures.
    CameraTrouble {
        /// None is plugged in, or not the chosen one.
        NoCamera = "no_camera",
        /// Another program uses it.
        Busy = "busy",
        /// Pulled out while it ran: it comes back by itself.
        Unplugged = "unplugged",
        /// The system does not allow it.
        Denied = "denied",
        /// No kind of picture that can be read.
        Unsupported = "unsupported",
        /// Something else.
        Other = "other",
    }
}

/// A camera (`scan.cameras`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CameraView {
    /// Its lasting name, for `scan.start`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it can give, largest first.
    pub formats: Vec<CameraFormatView>,
    /// Why it cannot be used now.
    pub trouble: Option<CameraTrouble>,
    /// The same as a sentence with the next step; empty: nothing.
    pub trouble_text: String,
}

/// `scan.start`: what ran before is replaced. The caller is the officer of what is read until `scan.stop`.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ScanStart {
    /// Which camera; `null`: the first there is.
    pub camera: Option<String>,
    /// Wanted pixels across; 1280 when absent.
    pub width: Option<i64>,
    /// Wanted pixels down; 720 when absent.
    pub height: Option<i64>,
    /// A note for every reading of the session.
    pub note: String,
    /// Where.
    pub position: Option<StovePosition>,
}

words! {
    /// How the camera fares.
    CameraPhase {
        /// Not in use.
        Off = "off",
        /// Being opened.
        Opening = "opening",
        /// Gives pictures.
        Running = "running",
        /// Gives none; tried again by itself.
        Failed = "failed",
    }
}

words! {
    /// What would help now.
    ScanHint {
        /// Hold the code into the picture, at 10 to 15 cm.
        Aim = "aim",
        /// Nothing was read for a while: nearer, tilt it away from glare.
        Nearer = "nearer",
        /// The code that is seen is no stove's.
        NotAStove = "not_a_stove",
        /// Several codes are seen: show one.
        Several = "several",
        /// A reading was taken: the next one.
        Next = "next",
    }
}

/// A code in the newest picture, for its outline.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ScanOutline {
    /// Corners in pixels of the picture: upper left, upper right, lower right, lower left of the code.
    pub corners: Vec<[i64; 2]>,
    /// Pixels of that picture across.
    pub width: i64,
    /// Pixels of that picture down.
    pub height: i64,
    /// When it was seen: older than a second is gone.
    pub at_ms: i64,
}

/// The scan session (`scan.state`; the event `scan` says when to look).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ScanState {
    /// This station can have cameras.
    pub available: bool,
    /// How the camera fares.
    pub phase: CameraPhase,
    /// The camera's name; empty: none.
    pub camera: String,
    /// Pixels across; 0: no picture.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// Why there are no pictures.
    pub trouble: Option<CameraTrouble>,
    /// The same as a sentence with the next step.
    pub trouble_text: String,
    /// Number of the newest picture; ask for the picture when it has changed.
    pub frame: i64,
    /// The code that was last seen.
    pub outline: Option<ScanOutline>,
    /// Grows with every verdict: one beep each.
    pub verdicts: i64,
    /// The last verdict.
    pub last: Option<Taken>,
    /// When.
    pub last_ms: Option<i64>,
    /// What would help.
    pub hint: ScanHint,
    /// Who reads.
    pub officer: String,
    /// Readings taken in this session, without repeats.
    pub taken: i64,
}

/// The camera's newest picture (`scan.frame`), for windows that have no HTTP.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ScanFrame {
    /// Its number, as in `scan.state`; 0: there is none.
    pub frame: i64,
    /// The JPEG, base64: put it behind `data:image/jpeg;base64,`. Empty: there is none.
    pub jpeg: String,
}

/// `radio.scan`.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct RadioScan {
    /// Seconds to look around, 1 to 30; 6 when absent.
    pub seconds: Option<i64>,
}

/// A device that was heard, the strongest first.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PeripheralView {
    /// What to call it by.
    pub address: String,
    /// The name it gives itself.
    pub name: String,
    /// Signal in dBm; `null`: not heard now.
    pub rssi_dbm: Option<i64>,
    /// Services it announces.
    pub services: Vec<String>,
    /// It announces the service that the settings name.
    pub likely: bool,
}

/// `radio.describe`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct RadioDescribe {
    /// The device.
    pub address: String,
}

/// A characteristic of a device.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CharacteristicView {
    /// Its UUID.
    pub uuid: String,
    /// What may be done with it: `read`, `write`, `write_without_response`, `notify`, `indicate`.
    pub abilities: Vec<String>,
}

/// A service of a device.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ServiceView {
    /// Its UUID.
    pub uuid: String,
    /// Its characteristics.
    pub characteristics: Vec<CharacteristicView>,
}

/// `radio.read`: reads a token by the characteristic that the settings name. The caller is the officer.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct RadioRead {
    /// The device.
    pub address: String,
    /// A note, up to 300 characters.
    #[serde(default)]
    pub note: String,
    /// Where.
    #[serde(default)]
    pub position: Option<StovePosition>,
}
