//! Cameras: pictures for the console and grey ones for whatever reads codes in them. One worker thread minds the camera
//! that runs and another takes its pictures; the newest picture wins and none is queued. What a camera is stands behind
//! [`Lens`]: the system's cameras ([`native`]) or one made of software ([`simulated`]). Decoders are handed in.

pub mod lens;
pub mod native;
pub mod picture;
pub mod simulated;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_channel::oneshot;
use gerai_core::port::BoxFuture;
use gerai_core::port::scan::{
    CameraFault, CameraFound, CameraState, CameraWish, Cameras, FrameDecoder, ScanDoor,
};

use lens::Lens;
use worker::Shared;

/// A look at all cameras takes at most this long; opening one takes about a second.
const LIST_MAX: Duration = Duration::from_secs(10);

/// The cameras behind one lens. They end when this is dropped.
pub struct CameraWorker {
    shared: Arc<Shared>,
    lens: Arc<dyn Lens>,
    listing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl CameraWorker {
    /// The system's cameras. None is touched before it is asked for.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn native(decoder: Arc<dyn FrameDecoder>, door: Arc<dyn ScanDoor>) -> std::io::Result<Self> {
        Self::behind(Arc::new(native::NativeLens::default()), decoder, door)
    }

    /// Cameras behind any lens, such as [`simulated::SimulatedLens`].
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn behind(
        lens: Arc<dyn Lens>,
        decoder: Arc<dyn FrameDecoder>,
        door: Arc<dyn ScanDoor>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = worker::Worker { shared: Arc::clone(&shared), lens: Arc::clone(&lens), decoder, door };
        let thread = std::thread::Builder::new().name("camera".to_owned()).spawn(move || worker.run())?;
        Ok(Self { shared, lens, listing: Arc::default(), thread: Some(thread) })
    }
}

impl Drop for CameraWorker {
    fn drop(&mut self) {
        self.shared.quit();
        if let Some(thread) = self.thread.take() {
            // A worker that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Lets the next look at the cameras begin, however this one ended.
struct Looking(Arc<AtomicBool>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Cameras for CameraWorker {
    fn list(&self) -> BoxFuture<'static, Result<Vec<CameraFound>, CameraFault>> {
        if self.listing.swap(true, Ordering::SeqCst) {
            // A driver that hangs must not collect threads.
            return Box::pin(std::future::ready(Err(CameraFault::Other(
                "another look at the cameras is not finished yet".to_owned(),
            ))));
        }
        let looking = Looking(Arc::clone(&self.listing));
        let lens = Arc::clone(&self.lens);
        let running = self.shared.running();
        let (back, found) = oneshot::channel();
        let spawned = std::thread::Builder::new().name("cameras".to_owned()).spawn(move || {
            let listed = worker::guarded(|| lens.list(running.as_ref()));
            // Before the answer: whoever has it may ask again at once.
            drop(looking);
            let _ = back.send(listed.unwrap_or_else(Err));
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "The system gives no thread to look at the cameras");
        }
        Box::pin(async move {
            match tokio::time::timeout(LIST_MAX, found).await {
                Ok(Ok(listed)) => listed,
                Ok(Err(_)) => Err(CameraFault::Other("the system gives no thread".to_owned())),
                Err(_) => Err(CameraFault::Other(format!(
                    "looking at the cameras took more than {} s",
                    LIST_MAX.as_secs()
                ))),
            }
        })
    }

    fn start(&self, wish: CameraWish) {
        self.shared.wish(Some(wish));
    }

    fn stop(&self) {
        self.shared.wish(None);
    }

    fn now(&self) -> CameraState {
        self.shared.state()
    }
}
