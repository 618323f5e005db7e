//! The camera's door: pictures are shown, codes become tokens, and the picture a new reading was read in is kept. Called on
//! the camera's worker, so nothing here waits: what takes time is a task of the station's runtime.

use std::sync::Arc;

use gerai_core::port::scan::{CameraState, CodeFound, Frame, ScanDoor};
use gerai_store::stove::frames;

use super::session::Wanted;
use super::verdict::Arriving;
use crate::App;
use crate::contract::{ApiError, Event, KeepFrames, ReadMethod, ReadingSource, TakeOutcome, Taken};

/// The station's door for its camera.
pub struct StoveDoor {
    app: Arc<App>,
}

impl StoveDoor {
    /// A door into this station.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

impl ScanDoor for StoveDoor {
    fn frame(&self, frame: Frame) {
        self.app.stoves.session.put_frame(frame);
    }

    fn codes(&self, codes: Vec<CodeFound>, frame: Frame) {
        if codes.is_empty() {
            return;
        }
        let now = self.app.clock.now();
        let (wanted, look) = self.app.stoves.session.codes(codes, &frame, now);
        if look {
            self.app.emit(Event::Scan);
        }
        for code in wanted {
            let (app, frame) = (Arc::clone(&self.app), frame.clone());
            code.runtime.clone().spawn(async move { scanned(app, code, frame).await });
        }
    }

    fn state(&self, state: CameraState) {
        self.app.stoves.session.put_phase(state);
        self.app.emit(Event::Scan);
    }
}

async fn scanned(app: Arc<App>, code: Wanted, frame: Frame) {
    let arriving = Arriving {
        input: code.bytes,
        source: ReadingSource::Webcam,
        method: Some(ReadMethod::Qrcode),
        live: true,
        officer: code.officer,
        note: code.note,
        position: code.position,
    };
    let verdict = match app.take_one(arriving).await {
        Ok(taken) => taken,
        Err(error) => away(&error),
    };
    let new = verdict.reading.as_ref().filter(|_| verdict.outcome == TakeOutcome::Taken).map(|row| row.id);
    app.stoves.session.verdict(Some(verdict), app.clock.now());
    app.emit(Event::Scan);
    if let Some(reading_id) = new {
        keep_frame(&app, reading_id, frame.jpeg).await;
    }
}

/// The token could be read, but the station could not take it.
fn away(error: &ApiError) -> Taken {
    Taken {
        outcome: TakeOutcome::Unreadable,
        stove: String::new(),
        signature: None,
        reading: None,
        message: error.to_string(),
        code: "unavailable".to_owned(),
    }
}

/// Keeps the picture of a new reading, if the settings say so. A reading without a picture is a reading all the same.
pub(crate) async fn keep_frame(app: &Arc<App>, reading_id: i64, jpeg: Arc<[u8]>) {
    let keep = app.settings().1.stove.keep_frames;
    let Some(pictures) = app.stoves.pictures().filter(|_| keep != KeepFrames::Never) else { return };
    let now = app.clock.now();
    let png = App::blocking(move || {
        pictures.png(&jpeg).map_err(|why| ApiError::new(crate::contract::ErrorCode::Internal, why, ""))
    });
    let kept = match png.await {
        Err(error) => Err(error),
        Ok(png) => {
            app.write(move |db| {
                // The server may have been quicker.
                if keep == KeepFrames::Always || !frames::is_accepted(db, reading_id)? {
                    frames::keep(db, reading_id, &png, now)?;
                }
                Ok(())
            })
            .await
        }
    };
    if let Err(error) = kept {
        tracing::warn!(reading.id = reading_id, %error, "The picture of reading {reading_id} is not kept");
    }
}
