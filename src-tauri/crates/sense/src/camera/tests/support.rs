//! A door that writes down what it is told, decoders from functions, and a camera that follows a script.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use gerai_core::port::scan::{
    CameraFault, CameraFormat, CameraFound, CameraId, CameraState, CameraWish, CodeFound, Frame,
    FrameDecoder, Luma, PixelFormat, ScanDoor,
};

use crate::camera::lens::{Lens, Opened, Pictures};
use crate::camera::picture::Picture;

/// Longest wait for something that must come; a slow machine needs seconds, never this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything the door was told.
#[derive(Default)]
pub struct Told {
    pub states: Vec<CameraState>,
    pub frames: usize,
    pub codes: Vec<(Vec<CodeFound>, Frame)>,
}

#[derive(Default)]
pub struct Door {
    told: Mutex<Told>,
    bell: Condvar,
}

impl Door {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn states(&self) -> Vec<CameraState> {
        self.told.lock().unwrap().states.clone()
    }

    /// Waits until something was told.
    pub fn wait<T>(&self, look: impl Fn(&Told) -> Option<T>) -> T {
        let mut told = self.told.lock().unwrap();
        loop {
            if let Some(found) = look(&told) {
                return found;
            }
            let (next, waited) = self.bell.wait_timeout(told, PATIENCE).unwrap();
            assert!(!waited.timed_out(), "waited in vain; the states were {:?}", next.states);
            told = next;
        }
    }

    pub fn wait_for_state(&self, wanted: impl Fn(&CameraState) -> bool) {
        self.wait(|told| told.states.iter().any(&wanted).then_some(()));
    }

    fn tell(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.told.lock().unwrap());
        self.bell.notify_all();
    }
}

impl ScanDoor for Door {
    fn frame(&self, _frame: Frame) {
        self.tell(|told| told.frames += 1);
    }

    fn codes(&self, codes: Vec<CodeFound>, frame: Frame) {
        self.tell(|told| told.codes.push((codes, frame)));
    }

    fn state(&self, state: CameraState) {
        self.tell(|told| told.states.push(state));
    }
}

pub fn running(state: &CameraState) -> bool {
    matches!(state, CameraState::Running { .. })
}

pub struct Decoder<F>(pub F);

impl<F: Fn(Luma<'_>) -> Vec<CodeFound> + Send + Sync + 'static> FrameDecoder for Decoder<F> {
    fn decode(&self, picture: Luma<'_>) -> Vec<CodeFound> {
        (self.0)(picture)
    }
}

pub fn nothing(_: Luma<'_>) -> Vec<CodeFound> {
    Vec::new()
}

/// Gives the same picture again and again, a thousand times a second at most: one that never waits, as no camera does,
/// keeps the place for the newest picture locked and lets nobody else come to it.
pub struct Scripted {
    pub taken: Arc<AtomicU64>,
    picture: Arc<(CameraFormat, Vec<u8>)>,
    panics: AtomicU32,
}

impl Scripted {
    pub fn new(pixels: PixelFormat, width: u32, height: u32, bytes: Vec<u8>) -> Self {
        let format = CameraFormat { width, height, pixels, fps: 30 };
        Self { taken: Arc::default(), picture: Arc::new((format, bytes)), panics: AtomicU32::new(0) }
    }

    /// Panics so many times while it is opened.
    pub fn panicking(self, times: u32) -> Self {
        self.panics.store(times, Ordering::SeqCst);
        self
    }
}

impl Lens for Scripted {
    fn list(&self, _running: Option<&Opened>) -> Result<Vec<CameraFound>, CameraFault> {
        Ok(Vec::new())
    }

    fn open(&self, _wish: &CameraWish) -> Result<(Opened, Box<dyn Pictures>), CameraFault> {
        let left = self.panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        assert!(left.is_err(), "a driver that panics, on purpose");
        let format = self.picture.0;
        let opened = Opened {
            id: CameraId("scripted".to_owned()),
            name: "Scripted".to_owned(),
            format,
            formats: vec![format],
        };
        Ok((opened, Box::new(Again { taken: Arc::clone(&self.taken), picture: Arc::clone(&self.picture) })))
    }
}

struct Again {
    taken: Arc<AtomicU64>,
    picture: Arc<(CameraFormat, Vec<u8>)>,
}

impl Pictures for Again {
    fn next(&mut self) -> Result<Picture, CameraFault> {
        std::thread::sleep(Duration::from_millis(1));
        self.taken.fetch_add(1, Ordering::SeqCst);
        let (format, bytes) = self.picture.as_ref();
        Ok(Picture {
            pixels: format.pixels,
            width: format.width,
            height: format.height,
            bytes: bytes.clone(),
        })
    }
}
