//! The system's cameras by nokhwa: V4L2 on Linux, Media Foundation on Windows, AVFoundation on macOS. Chooses the format,
//! tells faults apart, and gives cameras names that outlast a replug. Opening and listing never run at the same time.

mod fault;
mod name;

use std::sync::{Mutex, PoisonError};

use gerai_core::port::scan::{CameraFault, CameraFormat, CameraFound, CameraWish, PixelFormat};
use nokhwa::Camera;
use nokhwa::utils::{
    ApiBackend, CameraFormat as NativeFormat, CameraInfo, FrameFormat, RequestedFormat, RequestedFormatType,
    Resolution,
};

use super::lens::{Lens, Opened, Pictures, by_preference};
use super::picture::Picture;
use fault::{Moment, fault_of};

/// Codings that can be read here.
const READABLE: &[FrameFormat] =
    &[FrameFormat::MJPEG, FrameFormat::YUYV, FrameFormat::NV12, FrameFormat::GRAY];

/// Some cameras refuse formats that they list; so many are tried.
const FORMATS_TRIED: usize = 4;

/// The cameras of this computer.
#[derive(Default)]
pub struct NativeLens {
    /// Held while a camera is opened or looked at: opening one twice at once confuses drivers.
    opening: Mutex<()>,
}

impl Lens for NativeLens {
    fn list(&self, running: Option<&Opened>) -> Result<Vec<CameraFound>, CameraFault> {
        let mut found = Vec::new();
        for info in present()? {
            let id = name::lasting(&info);
            if let Some(running) = running.filter(|running| running.id == id) {
                let (name, formats) = (running.name.clone(), running.formats.clone());
                found.push(CameraFound { id, name, formats, fault: None });
                continue;
            }
            let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            match open_any(&info) {
                Ok((camera, formats)) => {
                    let name = camera.info().human_name();
                    let formats = by_preference(&formats, u32::MAX, u32::MAX);
                    found.push(CameraFound { id, name, formats, fault: None });
                }
                // Not a camera to look through (the second node of one, a tuner, an encoder), or one that has just gone.
                Err(CameraFault::Unsupported | CameraFault::NoCamera) => {}
                Err(fault) => {
                    let name = info.human_name();
                    found.push(CameraFound { id, name, formats: Vec::new(), fault: Some(fault) });
                }
            }
        }
        Ok(found)
    }

    fn open(&self, wish: &CameraWish) -> Result<(Opened, Box<dyn Pictures>), CameraFault> {
        permission()?;
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept: Option<CameraFault> = None;
        for info in present()? {
            let id = name::lasting(&info);
            if wish.camera.as_ref().is_some_and(|wanted| *wanted != id) {
                continue;
            }
            match open_for(&info, wish.width, wish.height) {
                Ok((camera, formats, format)) => {
                    let opened = Opened { id, name: camera.info().human_name(), format, formats };
                    return Ok((opened, Box::new(NativePictures { camera })));
                }
                // What says more is kept: nodes that are no camera stand beside every camera.
                Err(CameraFault::Unsupported) => kept = kept.or(Some(CameraFault::Unsupported)),
                Err(fault) => kept = kept.filter(|kept| *kept != CameraFault::Unsupported).or(Some(fault)),
            }
        }
        Err(kept.unwrap_or(CameraFault::NoCamera))
    }
}

/// Every camera that the system names, in its order.
fn present() -> Result<Vec<CameraInfo>, CameraFault> {
    let mut found = nokhwa::query(ApiBackend::Auto).map_err(|error| fault_of(&error, Moment::Opening))?;
    found.sort_by_key(|info| info.index().as_index().unwrap_or(u32::MAX));
    Ok(found)
}

/// macOS asks the person before the first picture.
#[cfg(target_os = "macos")]
fn permission() -> Result<(), CameraFault> {
    /// A person needs this long to read and answer.
    const ANSWER_MAX: std::time::Duration = std::time::Duration::from_secs(25);
    if nokhwa::nokhwa_check() {
        return Ok(());
    }
    let (answered, answer) = std::sync::mpsc::sync_channel(1);
    nokhwa::nokhwa_initialize(move |allowed| {
        let _ = answered.try_send(allowed);
    });
    match answer.recv_timeout(ANSWER_MAX) {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(CameraFault::Denied),
    }
}

#[cfg(not(target_os = "macos"))]
#[expect(clippy::unnecessary_wraps, reason = "only macOS asks")]
fn permission() -> Result<(), CameraFault> {
    Ok(())
}

/// Opens a camera in whatever readable format comes first, and lists what it has.
fn open_any(info: &CameraInfo) -> Result<(Camera, Vec<CameraFormat>), CameraFault> {
    let opening = |error| fault_of(&error, Moment::Opening);
    let any = RequestedFormat::with_formats(RequestedFormatType::None, READABLE);
    let mut camera = Camera::new(info.index().clone(), any).map_err(opening)?;
    let listed = camera.compatible_camera_formats().map_err(opening)?;
    let formats: Vec<_> = listed.iter().filter_map(ours).collect();
    if formats.is_empty() {
        return Err(CameraFault::Unsupported);
    }
    Ok((camera, formats))
}

/// Opens a camera in the best format that it accepts, and starts it.
fn open_for(
    info: &CameraInfo,
    width: u32,
    height: u32,
) -> Result<(Camera, Vec<CameraFormat>, CameraFormat), CameraFault> {
    let (mut camera, formats) = open_any(info)?;
    let preferred = by_preference(&formats, width, height);
    let mut refused = CameraFault::Unsupported;
    for format in preferred.iter().take(FORMATS_TRIED) {
        let native = theirs(format);
        if camera.camera_format() != native
            && let Err(error) = camera.set_camera_requset(exactly(native))
        {
            refused = fault_of(&error, Moment::Opening);
            continue;
        }
        camera.open_stream().map_err(|error| fault_of(&error, Moment::Opening))?;
        return Ok((camera, by_preference(&formats, u32::MAX, u32::MAX), *format));
    }
    Err(refused)
}

/// A format in the words of the port; `None`: it can not be read here.
fn ours(format: &NativeFormat) -> Option<CameraFormat> {
    let pixels = match format.format() {
        FrameFormat::MJPEG => PixelFormat::Mjpg,
        FrameFormat::YUYV => PixelFormat::Yuyv,
        FrameFormat::NV12 => PixelFormat::Nv12,
        FrameFormat::GRAY => PixelFormat::Grey,
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => return None,
    };
    Some(CameraFormat { width: format.width(), height: format.height(), pixels, fps: format.frame_rate() })
}

fn theirs(format: &CameraFormat) -> NativeFormat {
    let coding = match format.pixels {
        PixelFormat::Mjpg => FrameFormat::MJPEG,
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Grey | PixelFormat::Drawn => FrameFormat::GRAY,
    };
    NativeFormat::new(Resolution::new(format.width, format.height), coding, format.fps)
}

/// A request for this format and no other.
fn exactly(format: NativeFormat) -> RequestedFormat<'static> {
    RequestedFormat::with_formats(RequestedFormatType::Exact(format), READABLE)
}

/// Pictures of an open camera.
struct NativePictures {
    camera: Camera,
}

impl Pictures for NativePictures {
    fn next(&mut self) -> Result<Picture, CameraFault> {
        let format = ours(&self.camera.camera_format()).ok_or(CameraFault::Unsupported)?;
        let mapped = self.camera.frame_raw().map_err(|error| fault_of(&error, Moment::Running))?;
        let (width, height) = (format.width as usize, format.height as usize);
        // Mapped buffers are as long as the driver likes: megabytes need not be copied to be cut afterwards.
        let needed = match format.pixels {
            PixelFormat::Mjpg => crate::jpeg::end(&mapped).unwrap_or(mapped.len()),
            PixelFormat::Yuyv => width * height * 2,
            PixelFormat::Nv12 => width * height * 3 / 2,
            PixelFormat::Grey | PixelFormat::Drawn => width * height,
        };
        let bytes = mapped.get(..needed).unwrap_or(&mapped).to_vec();
        Ok(Picture { pixels: format.pixels, width: format.width, height: format.height, bytes })
    }
}
