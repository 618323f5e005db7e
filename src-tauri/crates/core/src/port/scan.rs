//! The ports between the station and what reads stoves: cameras, the decoder of their pictures, and Bluetooth LE. `app`
//! decides when to look and what a token means; `sense` speaks to the hardware. Nothing here judges what was read: a
//! code is bytes, a characteristic is bytes. Words for people come from the faults themselves.

use std::fmt;
use std::sync::Arc;

use super::BoxFuture;

pub mod radio;

/// What a camera is asked for unless a person chose otherwise, in pixels. A far code on 640 × 480 has about two pixels a
/// module, which is too few to read.
pub const WANTED_SIZE: (u32, u32) = (1280, 720);

/// Name of a camera that stays the same when it is plugged in again: what the system calls it, not a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CameraId(pub String);

/// How a camera codes its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PixelFormat {
    /// One JPEG a picture.
    Mjpg,
    /// Four bytes for two pixels: Y, U, Y, V.
    Yuyv,
    /// A plane of Y, then one of U and V for every four pixels.
    Nv12,
    /// One byte a pixel.
    Grey,
    /// Pictures of the simulated camera.
    Drawn,
}

/// One way in which a camera can give pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CameraFormat {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// How they are coded.
    pub pixels: PixelFormat,
    /// Most pictures a second.
    pub fps: u32,
}

/// A camera as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraFound {
    /// Its lasting name.
    pub id: CameraId,
    /// Its name for people: `HD Pro Webcam C920`.
    pub name: String,
    /// What it can give, largest first. Empty when it could not be asked; `fault` then says why.
    pub formats: Vec<CameraFormat>,
    /// Why it could not be asked.
    pub fault: Option<CameraFault>,
}

/// Which pictures are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameraWish {
    /// Which camera; `None`: the first that there is.
    pub camera: Option<CameraId>,
    /// Wanted width in pixels; the nearest the camera has is taken.
    pub width: u32,
    /// Wanted height in pixels.
    pub height: u32,
}

impl Default for CameraWish {
    fn default() -> Self {
        Self { camera: None, width: WANTED_SIZE.0, height: WANTED_SIZE.1 }
    }
}

/// Why there are no pictures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CameraFault {
    /// No camera is plugged in, or not the chosen one.
    #[error("no camera was found; plug one in")]
    NoCamera,
    /// Another program uses it.
    #[error("the camera is used by another program; close that program (a browser tab, a video call)")]
    Busy,
    /// It was pulled out while it ran.
    #[error("the camera was unplugged; plug it in again, the picture comes back by itself")]
    Unplugged,
    /// The system does not let this user have it.
    #[error(
        "the system does not allow the use of the camera; allow it in the privacy settings, on Linux add the user to the group `video` and sign in again"
    )]
    Denied,
    /// It gives no kind of picture that the station can read.
    #[error("the camera gives no picture that can be read here; choose another camera or another resolution")]
    Unsupported,
    /// Something else, in the system's words.
    #[error("the camera does not work: {0}; unplug it and plug it in again")]
    Other(String),
}

/// How the camera fares. Every change is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameraState {
    /// Not in use.
    Off,
    /// Being opened.
    Opening,
    /// Gives pictures.
    Running {
        /// The camera's name for people.
        name: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Pictures a second that it promises.
        fps: u32,
    },
    /// Gives none. It is tried again by itself until it is stopped, at the latest every five seconds.
    Failed(CameraFault),
}

/// A picture as the console shows it. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// Number of the picture since the station's start; grows, may skip.
    pub sequence: u64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The picture as one JPEG. A camera that gives JPEG has its own passed on unchanged.
    pub jpeg: Arc<[u8]>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Pictures may show people: sizes only.
        write!(f, "Frame(#{} {}×{}, {} bytes)", self.sequence, self.width, self.height, self.jpeg.len())
    }
}

/// A picture in shades of grey, row by row, one byte a pixel, no padding: `pixels.len() == width × height`.
#[derive(Clone, Copy)]
pub struct Luma<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// 0 black to 255 white.
    pub pixels: &'a [u8],
}

/// A code that was read in a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeFound {
    /// What it says, as it was coded.
    pub bytes: Vec<u8>,
    /// Its corners in pixels of the picture, x then y: upper left, upper right, lower right, lower left of the code
    /// itself, however it is turned. They may lie a little outside the picture.
    pub corners: [(i32, i32); 4],
}

impl fmt::Debug for CodeFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token is personal data: its length only.
        write!(f, "CodeFound({} bytes at {:?})", self.bytes.len(), self.corners)
    }
}

/// Reads codes in pictures. Handed to the camera, which knows nothing of codes. Called on the camera's worker; a panic
/// costs that picture only.
pub trait FrameDecoder: Send + Sync + 'static {
    /// All codes in this picture; none is no error.
    fn decode(&self, picture: Luma<'_>) -> Vec<CodeFound>;
}

/// Where the camera hands what it sees. Implemented by `app`. Called on the camera's worker: never blocks.
pub trait ScanDoor: Send + Sync + 'static {
    /// The newest picture. Keep the last one only: another follows.
    fn frame(&self, frame: Frame);
    /// Codes that were read in this very picture, which is the evidence. The same code comes again with every picture
    /// that shows it; finding repeats is the door's business.
    fn codes(&self, codes: Vec<CodeFound>, frame: Frame);
    /// The camera's state changed.
    fn state(&self, state: CameraState);
}

/// The cameras. Implemented by `sense`, for real cameras and for a simulated one. One camera runs at a time.
pub trait Cameras: Send + Sync + 'static {
    /// Looks at every camera there is; one that another program uses is listed with its fault. Resolves within 10 s.
    ///
    /// # Errors
    /// The system can not say what there is; no camera at all is an empty list.
    fn list(&self) -> BoxFuture<'static, Result<Vec<CameraFound>, CameraFault>>;
    /// Starts looking, in place of what ran before. Returns at once; the door hears how it goes. A camera that fails or
    /// is pulled out is tried again until [`Cameras::stop`].
    fn start(&self, wish: CameraWish);
    /// Stops looking and lets the camera go. Returns at once; [`CameraState::Off`] follows.
    fn stop(&self);
    /// How it fares now.
    fn now(&self) -> CameraState;
}
