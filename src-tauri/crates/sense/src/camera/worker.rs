//! The camera's two threads. The *worker* lives as long as the station: it opens, decodes, tells the door, and tries again
//! with growing pauses when a camera fails. The *taker* lives as long as one opened camera: it waits for pictures and lays
//! the newest into the one place for it, over the one before. A taker that hangs in a driver is left behind.

mod shared;
mod taker;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gerai_core::port::scan::{
    CameraFault, CameraState, CameraWish, Frame, FrameDecoder, Luma, PixelFormat, ScanDoor,
};

use super::lens::{Lens, Opened};
use super::picture::{Picture, PictureFault};
use shared::Seen;
pub(super) use shared::Shared;

/// Pauses between tries to open a camera; the last one repeats.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];
/// From the start of opening to the first picture. A system may ask the person for permission first.
const FIRST_MAX: Duration = Duration::from_secs(30);
/// From one picture to the next. Exposure in the dark takes up to a second.
const NEXT_MAX: Duration = Duration::from_secs(5);
/// A taker that was told to end is waited for this long, so that the camera is free for the next.
const LET_GO_MAX: Duration = Duration::from_secs(3);
/// Takers that hang in a driver: with so many no other is made. macOS tells nobody that a camera was pulled out, so the
/// next one has to be tried beside the one that waits; elsewhere a driver that hangs has the camera, and nobody else gets it.
const HANGING_MAX: usize = if cfg!(target_os = "macos") { 3 } else { 1 };
/// So many damaged pictures in a row are the camera's fault, not the cable's.
const DAMAGED_MAX: u32 = 60;
/// Pictures that have to be made into JPEG are shown at most this often; those with a code always.
const SHOWN_EVERY: Duration = Duration::from_millis(80);

/// Runs what may panic. A panic of a driver or a decoder becomes a fault, and nothing else stops.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, CameraFault> {
    // What was half done is thrown away with the camera or the picture it belonged to.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| CameraFault::Other("its driver library failed (panic)".to_owned()))
}

/// Everything the worker thread has.
pub(super) struct Worker {
    pub shared: Arc<Shared>,
    pub lens: Arc<dyn Lens>,
    pub decoder: Arc<dyn FrameDecoder>,
    pub door: Arc<dyn ScanDoor>,
}

/// How one opened camera ended.
enum End {
    /// Somebody wished for something else.
    Superseded,
    /// No more pictures. `ran`: there had been some.
    Failed { fault: CameraFault, ran: bool },
}

impl Worker {
    /// Until the station ends.
    pub fn run(self) {
        while let Some((number, wish)) = self.shared.next_wish() {
            match wish {
                Some(wish) => self.look(number, &wish),
                None => self.tell(CameraState::Off),
            }
        }
        self.tell(CameraState::Off);
    }

    fn tell(&self, state: CameraState) {
        if self.shared.set_state(state.clone()) {
            // A door that panics must not end the worker.
            let _ = guarded(|| self.door.state(state));
        }
    }

    /// Fulfils one wish until there is another.
    fn look(&self, number: u64, wish: &CameraWish) {
        let mut tries = 0;
        let mut ever_ran = false;
        self.tell(CameraState::Opening);
        loop {
            let end = self.one_camera(number, wish);
            self.shared.end_taker(LET_GO_MAX);
            let End::Failed { fault, ran } = end else { return };
            if ran {
                tries = 0;
                ever_ran = true;
            }
            // A camera that ran and is not there was pulled out, however the system puts it.
            let fault =
                if ever_ran && fault == CameraFault::NoCamera { CameraFault::Unplugged } else { fault };
            if ran {
                tracing::warn!(%fault, "The camera stopped: {fault}");
            }
            self.tell(CameraState::Failed(fault));
            let pause = PAUSES.get(tries).or(PAUSES.last()).copied().unwrap_or(NEXT_MAX);
            tries += 1;
            if self.shared.wait_for_other_wish(number, pause) {
                return;
            }
        }
    }

    /// Opens a camera and works on its pictures until it ends.
    fn one_camera(&self, number: u64, wish: &CameraWish) -> End {
        let failed = |fault| End::Failed { fault, ran: false };
        if self.shared.hanging() >= HANGING_MAX {
            return failed(CameraFault::Other("it does not answer any more".to_owned()));
        }
        let taking = self.shared.new_taker();
        if let Err(error) = taker::start(&self.shared, &self.lens, wish, taking) {
            return failed(CameraFault::Other(error.to_string()));
        }
        let mut patience = FIRST_MAX;
        let mut work = Work { damaged: 0, shown: None, ran: false };
        loop {
            match self.shared.wait_for_picture(number, taking, patience) {
                Seen::Other => return End::Superseded,
                Seen::Ended(fault) => return End::Failed { fault, ran: work.ran },
                Seen::Silence => {
                    let fault = CameraFault::Other(format!("no picture for {} s", patience.as_secs()));
                    return End::Failed { fault, ran: work.ran };
                }
                Seen::Picture(picture, sequence) => {
                    patience = NEXT_MAX;
                    if let Err(fault) = self.work_on(&picture, sequence, &mut work) {
                        return End::Failed { fault, ran: work.ran };
                    }
                }
            }
        }
    }

    fn tell_running(&self, width: u32, height: u32) {
        if let Some(Opened { name, format, .. }) = self.shared.running() {
            tracing::info!(width, height, "The camera {name} gives pictures of {width}×{height}");
            self.tell(CameraState::Running { name, width, height, fps: format.fps });
        }
    }

    /// Shows one picture and reads the codes in it.
    fn work_on(&self, picture: &Picture, sequence: u64, work: &mut Work) -> Result<(), CameraFault> {
        let grey = guarded(|| picture.grey());
        let grey = match grey {
            Ok(Ok(grey)) => grey,
            Ok(Err(damage)) => return work.count_damage(&damage),
            Err(_) => return work.count_damage(&PictureFault::Jpeg("its decoder failed (panic)".to_owned())),
        };
        let (width, height) = (grey.width, grey.height);
        work.damaged = 0;
        if !work.ran {
            work.ran = true;
            self.tell_running(width, height);
        }
        let make = || -> Option<Frame> {
            let jpeg = guarded(|| picture.jpeg()).ok()?.ok()?;
            Some(Frame { sequence, width, height, jpeg: jpeg.into() })
        };
        // The camera's own JPEG costs nothing to show, and shown before the decoder works it keeps up with the hand.
        let costs_nothing = picture.pixels == PixelFormat::Mjpg;
        let due = work.shown.is_none_or(|at| at.elapsed() >= SHOWN_EVERY);
        let mut frame = if costs_nothing || due { make() } else { None };
        if let Some(frame) = &frame {
            work.shown = Some(Instant::now());
            let _ = guarded(|| self.door.frame(frame.clone()));
        }
        let luma = Luma { width, height, pixels: &grey.pixels };
        let codes = guarded(|| self.decoder.decode(luma)).unwrap_or_default();
        if !codes.is_empty() {
            frame = frame.or_else(make);
            if let Some(frame) = frame {
                let _ = guarded(|| self.door.codes(codes, frame));
            }
        }
        Ok(())
    }
}

/// What is known of the pictures so far.
struct Work {
    damaged: u32,
    shown: Option<Instant>,
    ran: bool,
}

impl Work {
    fn count_damage(&mut self, damage: &PictureFault) -> Result<(), CameraFault> {
        self.damaged += 1;
        tracing::debug!(%damage, "A damaged picture was passed over: {damage}");
        if self.damaged >= DAMAGED_MAX { Err(CameraFault::Other(damage.to_string())) } else { Ok(()) }
    }
}
