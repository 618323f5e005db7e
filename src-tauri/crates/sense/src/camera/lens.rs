//! What the worker needs of cameras, whatever they are made of: a list, and pictures one after the other. Everything here
//! may block and may panic (drivers and their libraries do); the worker keeps it on a thread of its own.

use gerai_core::port::scan::{CameraFault, CameraFormat, CameraFound, CameraId, CameraWish};

use super::picture::Picture;

/// The camera that runs, as it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its lasting name.
    pub id: CameraId,
    /// Its name for people.
    pub name: String,
    /// The format chosen.
    pub format: CameraFormat,
    /// Everything it can give.
    pub formats: Vec<CameraFormat>,
}

/// A way to cameras.
pub trait Lens: Send + Sync + 'static {
    /// Looks at every camera. `running` is the one in use, which must not be touched.
    ///
    /// # Errors
    /// The system can not say what there is.
    fn list(&self, running: Option<&Opened>) -> Result<Vec<CameraFound>, CameraFault>;

    /// Opens a camera for this wish.
    ///
    /// # Errors
    /// Why there will be no pictures.
    fn open(&self, wish: &CameraWish) -> Result<(Opened, Box<dyn Pictures>), CameraFault>;
}

/// Pictures of an open camera. Dropping it lets the camera go.
pub trait Pictures {
    /// Waits for the next picture.
    ///
    /// # Errors
    /// There will be no more.
    fn next(&mut self) -> Result<Picture, CameraFault>;
}

/// The formats that can be read here, best first for a wanted size: usable speed, then the nearest size (a smaller one
/// counts double, because modules get lost), then the cheaper coding, then about 30 pictures a second.
#[must_use]
pub fn by_preference(formats: &[CameraFormat], width: u32, height: u32) -> Vec<CameraFormat> {
    /// Fewer pictures a second feel broken when one aims.
    const SLOW_FPS: u32 = 8;
    const WANTED_FPS: u32 = 30;
    let away = |has: u32, wanted: u32| {
        if has < wanted { 2 * u64::from(wanted - has) } else { u64::from(has - wanted) }
    };
    let mut sorted: Vec<_> = formats.to_vec();
    sorted.sort_by_key(|format| {
        let size = away(format.width, width) + away(format.height, height);
        (format.fps < SLOW_FPS, size, format.pixels, format.fps.abs_diff(WANTED_FPS))
    });
    sorted.dedup();
    sorted
}
