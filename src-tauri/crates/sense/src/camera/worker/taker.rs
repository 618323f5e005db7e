//! The thread of one opened camera: opens it, takes picture after picture, ends with the camera or when nobody wants it.

use std::sync::Arc;

use gerai_core::port::scan::{CameraFault, CameraWish};

use super::{Shared, guarded};
use crate::camera::lens::Lens;

/// Tells that the taker is gone, however it went.
struct Goodbye {
    shared: Arc<Shared>,
    taking: u64,
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        self.shared.gone(self.taking);
    }
}

/// Starts the thread.
pub(super) fn start(
    shared: &Arc<Shared>,
    lens: &Arc<dyn Lens>,
    wish: &CameraWish,
    taking: u64,
) -> std::io::Result<()> {
    // Made first: when the system gives no thread, it is dropped and the number is free again.
    let goodbye = Goodbye { shared: Arc::clone(shared), taking };
    let (lens, wish) = (Arc::clone(lens), wish.clone());
    std::thread::Builder::new().name("camera-taker".to_owned()).spawn(move || {
        let shared = &goodbye.shared;
        let ended = take(shared, lens.as_ref(), &wish, taking);
        if let Err(fault) = ended {
            shared.ending(taking, fault);
        }
    })?;
    Ok(())
}

fn take(shared: &Shared, lens: &dyn Lens, wish: &CameraWish, taking: u64) -> Result<(), CameraFault> {
    let (opened, mut pictures) = guarded(|| lens.open(wish))??;
    shared.opened(taking, opened);
    let mut ended = Ok(());
    while shared.counts(taking) {
        match guarded(|| pictures.next()) {
            Ok(Ok(picture)) => shared.newest(taking, picture),
            Ok(Err(fault)) | Err(fault) => {
                ended = Err(fault);
                break;
            }
        }
    }
    // Letting a camera go can panic in its library too; by itself it must not hide why the pictures ended.
    let _ = guarded(|| drop(pictures));
    ended
}
