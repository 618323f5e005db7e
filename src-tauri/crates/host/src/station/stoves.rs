//! What reads stoves and sends their readings on: camera, QR codes, Bluetooth and the way to the server, given to the core
//! at the start. A try-out looks at a stove made of software instead of the machine's own camera and radio.

use std::sync::Arc;

use gerai_app::contract::{HealthRow, HealthState};
use gerai_app::{App, Forwarder, StoveDoor};
use gerai_core::port::pictures::{Pictures, Still};
use gerai_core::port::scan::radio::{GattUuid, PeripheralAddress, RadioFault, RadioStep};
use gerai_core::port::scan::{Cameras, CodeFound};
use gerai_core::port::upstream::Upstream;
use gerai_sense::camera::CameraWorker;
use gerai_sense::camera::simulated::{SimulatedLens, Square};
use gerai_sense::image::{grey_to_png, jpeg_to_grey};
use gerai_sense::qr::Chain;
use gerai_sense::radio::NativeRadio;
use gerai_sense::radio::simulated::{SimulatedRadio, SimulatedStove};
use qrcode::{Color, EcLevel, QrCode};
use tokio_util::sync::CancellationToken;

use crate::options::Options;

/// Where the stove made of software gives its token; a try-out's settings begin with these.
pub const DEMO_SERVICE: &str = "6e400001-b5a3-f393-e0a9-e50e24dcca9e";
/// Its characteristic.
pub const DEMO_TOKEN: &str = "6e400003-b5a3-f393-e0a9-e50e24dcca9e";

/// Gives the core its eyes and ears: before any door opens, so that nobody is told that there are none.
pub fn equip(app: &Arc<App>, options: &Options) {
    app.set_pictures(Some(Arc::new(Seeing)));
    let cameras = cameras(app, options.try_out);
    match cameras {
        Ok(cameras) => app.set_cameras(Some(Arc::new(cameras) as Arc<dyn Cameras>)),
        Err(error) => {
            let row = HealthRow::new("camera", "stoves", HealthState::Bad, "camera_down", error.to_string());
            app.put_health(row.next("Restart Gerai; if it stays so, restart the computer."));
        }
    }
    app.set_radio(if options.try_out {
        simulated_radio(app)
    } else {
        Some(Arc::new(NativeRadio::default()))
    });
}

/// Sends readings on until cancelled; then eyes and ears are given back.
pub async fn keep(app: Arc<App>, upstream: Arc<dyn Upstream>, stop: CancellationToken) {
    Forwarder::run(Arc::clone(&app), upstream, stop.clone()).await;
    stop.cancelled().await;
    app.set_radio(None);
    // Joins the camera's thread, which may be in the middle of a picture.
    let _ = tokio::task::spawn_blocking(move || app.set_cameras(None)).await;
}

fn cameras(app: &Arc<App>, try_out: bool) -> std::io::Result<CameraWorker> {
    let (decoder, door) = (Arc::new(Chain), Arc::new(StoveDoor::new(Arc::clone(app))));
    if !try_out {
        return CameraWorker::native(decoder, door);
    }
    let core = Arc::downgrade(app);
    let showing = Arc::new(move || square(&core.upgrade()?.demo_stove_display()?));
    CameraWorker::behind(Arc::new(SimulatedLens::new(showing)), decoder, door)
}

/// The code on the display of the stove made of software.
fn square(token: &str) -> Option<Square> {
    let code = QrCode::with_error_correction_level(token, EcLevel::L).ok()?;
    let dark = code.to_colors().into_iter().map(|module| module == Color::Dark).collect();
    Some(Square { side: code.width(), dark })
}

fn simulated_radio(app: &Arc<App>) -> Option<Arc<dyn gerai_core::port::scan::radio::Radio>> {
    let core = Arc::downgrade(app);
    let token = move || {
        let token = core.upgrade().and_then(|app| app.demo_stove_bluetooth());
        token.map(String::into_bytes).ok_or(RadioFault::Dropped(RadioStep::Reading))
    };
    Some(Arc::new(SimulatedRadio::new(vec![SimulatedStove {
        address: PeripheralAddress("00:00:00:00:00:01".to_owned()),
        name: "Kompor coba".to_owned(),
        rssi_dbm: -58,
        service: DEMO_SERVICE.parse::<GattUuid>().ok()?,
        token_at: DEMO_TOKEN.parse::<GattUuid>().ok()?,
        // It has one secret as long as it lives.
        command_at: None,
        token: Arc::new(token),
        obey: Arc::new(|_: &[u8]| Err(RadioFault::Denied("it takes no commands".to_owned()))),
    }])))
}

/// Pictures, as `sense` understands them.
struct Seeing;

impl Pictures for Seeing {
    fn codes(&self, file: &[u8]) -> Result<Vec<CodeFound>, String> {
        let found = Chain.read_file(file).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(CodeFound::from).collect())
    }

    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String> {
        // In shades of grey: that is what was read, and a third of the size.
        let grey = jpeg_to_grey(jpeg).map_err(|error| error.to_string())?;
        grey_to_png(grey.width(), grey.height(), grey.pixels()).map_err(|error| error.to_string())
    }

    fn still(&self, file: &[u8]) -> Result<Still, String> {
        gerai_sense::still::check(file).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use gerai_core::port::scan::{FrameDecoder, Luma};

    use super::*;

    #[test]
    fn the_display_of_a_stove_is_read_by_the_same_decoders() {
        let token = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.\
                     5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";
        let square = square(token).unwrap();
        let desk = gerai_sense::camera::simulated::desk(1280, 720, Some(&square), 1);
        let found = Chain.decode(Luma { width: 1280, height: 720, pixels: &desk });
        assert_eq!(found[0].bytes, token.as_bytes());
    }

    #[test]
    fn a_file_that_is_no_picture_says_so() {
        assert!(Seeing.codes(b"no picture").is_err());
    }
}
