//! A camera made of software, for trying the station out and for tests: it draws a desk with a square code on it, such as
//! the QR code of the try-out stove, and can be pulled out, taken by "another program", or forbidden. Its pictures go the
//! same way as those of real cameras.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::scan::{CameraFault, CameraFormat, CameraFound, CameraId, CameraWish, PixelFormat};

use super::lens::{Lens, Opened, Pictures};
use super::picture::{Picture, SIDE_MAX};

/// Pictures a second: smooth enough to aim, cheap enough for a small computer.
pub const FPS: u32 = 15;

/// A square of light and dark modules, without the quiet zone around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Square {
    /// Modules a side.
    pub side: usize,
    /// Row by row, `true` is dark; `side × side` of them.
    pub dark: Vec<bool>,
}

/// Says what lies on the desk when a picture is taken. `None`: an empty desk.
pub type Showing = Arc<dyn Fn() -> Option<Square> + Send + Sync>;

/// The simulated camera. Cheap to clone: clones are the same camera.
#[derive(Clone)]
pub struct SimulatedLens {
    showing: Showing,
    fault: Arc<Mutex<Option<CameraFault>>>,
}

impl SimulatedLens {
    /// A camera that looks at what `showing` says.
    #[must_use]
    pub fn new(showing: Showing) -> Self {
        Self { showing, fault: Arc::default() }
    }

    /// From now on it fails like this; `None`: it works again.
    pub fn fail(&self, fault: Option<CameraFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn check(&self) -> Result<(), CameraFault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    fn id() -> CameraId {
        CameraId("simulated".to_owned())
    }

    fn name() -> String {
        "Simulated camera".to_owned()
    }
}

impl Lens for SimulatedLens {
    fn list(&self, _running: Option<&Opened>) -> Result<Vec<CameraFound>, CameraFault> {
        let fault = self.check().err();
        if matches!(fault, Some(CameraFault::NoCamera | CameraFault::Unplugged)) {
            return Ok(Vec::new());
        }
        let formats = [(1280, 720), (640, 480)].map(|(width, height)| CameraFormat {
            width,
            height,
            pixels: PixelFormat::Drawn,
            fps: FPS,
        });
        let formats = if fault.is_some() { Vec::new() } else { formats.to_vec() };
        Ok(vec![CameraFound { id: Self::id(), name: Self::name(), formats, fault }])
    }

    fn open(&self, wish: &CameraWish) -> Result<(Opened, Box<dyn Pictures>), CameraFault> {
        if wish.camera.as_ref().is_some_and(|wanted| *wanted != Self::id()) {
            return Err(CameraFault::NoCamera);
        }
        match self.check() {
            // It can not be pulled out before it is opened.
            Err(CameraFault::Unplugged) => return Err(CameraFault::NoCamera),
            checked => checked?,
        }
        let format = CameraFormat {
            width: wish.width.clamp(160, SIDE_MAX),
            height: wish.height.clamp(120, SIDE_MAX),
            pixels: PixelFormat::Drawn,
            fps: FPS,
        };
        let opened = Opened { id: Self::id(), name: Self::name(), format, formats: vec![format] };
        Ok((opened, Box::new(Drawn { lens: self.clone(), format, due: None, number: 0 })))
    }
}

/// Pictures that are drawn at the camera's pace.
struct Drawn {
    lens: SimulatedLens,
    format: CameraFormat,
    due: Option<Instant>,
    number: u64,
}

impl Pictures for Drawn {
    fn next(&mut self) -> Result<Picture, CameraFault> {
        let every = Duration::from_millis(1000 / u64::from(FPS));
        if let Some(due) = self.due {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        self.due = Some(Instant::now() + every);
        self.lens.check()?;
        self.number += 1;
        let (width, height) = (self.format.width, self.format.height);
        let square = (self.lens.showing)();
        let bytes = desk(width as usize, height as usize, square.as_ref(), self.number);
        Ok(Picture { pixels: PixelFormat::Drawn, width, height, bytes })
    }
}

/// Draws the desk with a code on it: on a white card in the middle, moving a little as in a hand, a little grainy.
#[must_use]
pub fn desk(width: usize, height: usize, square: Option<&Square>, number: u64) -> Vec<u8> {
    /// Light modules around the code (ISO/IEC 18004, section 6.3.8).
    const QUIET: usize = 4;
    let mut pixels = Vec::with_capacity(width * height);
    let square = square.filter(|square| square.side > 0 && square.dark.len() == square.side * square.side);
    let modules = square.map_or(0, |square| square.side + 2 * QUIET);
    // Two thirds of the picture, in whole pixels a module.
    let scale = (height.min(width) * 2 / 3).checked_div(modules).unwrap_or(0).max(1);
    let card = modules * scale;
    let sway = |slow: u64| usize::try_from((number / slow) % 16).map_or(0, |step| step.abs_diff(8));
    let left = width.saturating_sub(card) / 2 + sway(2);
    let top = height.saturating_sub(card) / 2 + sway(3);
    let mut grain = number | 1;
    for y in 0..height {
        for x in 0..width {
            grain ^= grain << 13;
            grain ^= grain >> 7;
            grain ^= grain << 17;
            let shade = match (x.checked_sub(left), y.checked_sub(top)) {
                (Some(across), Some(down)) if across < card && down < card => {
                    let module = |at: usize| (at / scale).checked_sub(QUIET);
                    let dark = square.zip(module(across)).zip(module(down)).is_some_and(
                        |((square, column), row)| {
                            column < square.side
                                && square.dark.get(row * square.side + column).copied().unwrap_or(false)
                        },
                    );
                    if dark { 38 } else { 216 }
                }
                (Some(_) | None, Some(_) | None) => 120,
            };
            let noise = u8::try_from(grain % 16).unwrap_or(0);
            pixels.push(shade + noise);
        }
    }
    pixels
}
