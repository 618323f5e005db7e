//! Ways in that people use: paste, pictures, the camera, Bluetooth. The caller is the officer of what comes in.

use std::sync::Arc;
use std::time::Duration;

use gerai_core::port::scan::radio::{GattUuid, PeripheralAddress};
use gerai_core::port::scan::{CameraId, CameraWish, CodeFound, PixelFormat};
use gerai_store::stove::Place;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::stove::door::keep_frame;
use crate::stove::radio::fault;
use crate::stove::session::trouble_word;
use crate::stove::take::Arriving;
use crate::stove::verdict::place;
use crate::usecases::{file_of, text};

/// Bytes of a picture, before base64.
const IMAGE_BYTES_MAX: usize = 8 << 20;
/// Codes of one picture that are looked at.
const CODES_MAX: usize = 16;
/// Characters of a pasted text that are looked at; the parser refuses far shorter ones.
const PASTE_CHARS_MAX: usize = 4_096;
/// Characters of a device's address.
const ADDRESS_CHARS_MAX: usize = 100;

pub(crate) async fn take(app: &Arc<App>, caller: &Caller, asked: ReadingTake) -> Result<Taken, ApiError> {
    if asked.token.len() > PASTE_CHARS_MAX {
        return Err(ApiError::invalid(
            "token",
            format!("{} characters are no token", asked.token.len()),
            "Paste one token only.",
        ));
    }
    let source = asked.source.unwrap_or(ReadingSource::Paste);
    let arriving = Arriving {
        input: asked.token.into_bytes(),
        source,
        method: asked.method,
        live: asked.live,
        officer: caller.actor(),
        note: text("note", &asked.note, 0, 300)?,
        position: place(asked.position)?,
    };
    let taken = app.take_one(arriving).await?;
    record(app, caller, "readings.take", std::slice::from_ref(&taken)).await?;
    Ok(taken)
}

/// What a person brought in by hand is on record, by number; what cannot be read is not.
async fn record(app: &Arc<App>, caller: &Caller, act: &'static str, taken: &[Taken]) -> Result<(), ApiError> {
    let told: Vec<String> = taken
        .iter()
        .filter(|one| one.outcome != TakeOutcome::Unreadable)
        .map(|one| {
            let reading = one.reading.as_ref().map(|row| format!(", reading {}", row.id)).unwrap_or_default();
            format!("stove {}: {}{reading}", one.stove, one.outcome.word())
        })
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, act, told.join("; "))?)).await
}

pub(crate) async fn take_image(
    app: &Arc<App>,
    caller: &Caller,
    asked: ReadingTakeImage,
) -> Result<TakenImage, ApiError> {
    let (note, position) = (text("note", &asked.note, 0, 300)?, place(asked.position)?);
    let pictures = app.stoves.pictures().ok_or_else(|| {
        ApiError::new(
            ErrorCode::Unavailable,
            "this station does not read pictures",
            "Paste the stove's token as text.",
        )
    })?;
    let wrong =
        |why: String| ApiError::invalid("image", why, "Choose a JPEG, PNG, WebP, GIF or BMP picture.");
    if asked.image.len() > IMAGE_BYTES_MAX / 3 * 4 + 4 {
        return Err(wrong(format!("the picture has more than {} MiB", IMAGE_BYTES_MAX >> 20)));
    }
    let (mut found, picture) = App::blocking(move || {
        let bytes = file_of(&asked.image).map_err(|_| wrong("the picture is no base64".to_owned()))?;
        pictures.codes(&bytes).map_err(wrong).map(|found| (found, bytes))
    })
    .await?;
    found.truncate(CODES_MAX);
    if !asked.camera {
        let codes = take_found(app, caller, found, ReadingSource::Image, &note, position).await?;
        return Ok(TakenImage { codes, outlines: Vec::new() });
    }
    let corners = |code: &CodeFound| code.corners.iter().map(|(x, y)| [(*x).into(), (*y).into()]).collect();
    let outlines = found.iter().map(corners).collect();
    let officer = caller.actor();
    let fresh = app.stoves.in_view.fresh(&officer, found, app.clock.now());
    let bytes: Vec<Vec<u8>> = fresh.iter().map(|code| code.bytes.clone()).collect();
    let codes = take_found(app, caller, fresh, ReadingSource::Webcam, &note, position)
        .await
        .inspect_err(|_| app.stoves.in_view.forget(&officer, &bytes))?;
    keep_picture(app, &codes, picture);
    Ok(TakenImage { codes, outlines })
}

/// Takes the codes of one picture, in order.
async fn take_found(
    app: &Arc<App>,
    caller: &Caller,
    found: Vec<CodeFound>,
    source: ReadingSource,
    note: &str,
    position: Option<Place>,
) -> Result<Vec<Taken>, ApiError> {
    let arriving = found.into_iter().map(|code| Arriving {
        input: code.bytes,
        source,
        method: Some(ReadMethod::Qrcode),
        // A file may be of last week; what a camera shows is here.
        live: source == ReadingSource::Webcam,
        officer: caller.actor(),
        note: note.to_owned(),
        position,
    });
    let mut codes = Vec::new();
    for outcome in app.take_all(arriving.collect()).await? {
        codes.push(app.shown(outcome).await?);
    }
    record(app, caller, "readings.take_image", &codes).await?;
    Ok(codes)
}

/// The picture of a browser's camera is kept like one of the station's: beside the answer, which does not wait for it.
fn keep_picture(app: &Arc<App>, codes: &[Taken], picture: Vec<u8>) {
    let new = codes.iter().filter(|taken| taken.outcome == TakeOutcome::Taken);
    let Some(reading_id) = new.filter_map(|taken| taken.reading.as_ref()).map(|row| row.id).next() else {
        return;
    };
    let app = Arc::clone(app);
    tokio::spawn(async move { keep_frame(&app, reading_id, picture.into()).await });
}

pub(crate) async fn cameras(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<CameraView>, ApiError> {
    let Some(cameras) = app.stoves.cameras() else { return Ok(Vec::new()) };
    let found =
        cameras.list().await.map_err(|fault| ApiError::new(ErrorCode::Unavailable, fault.to_string(), ""))?;
    let pixels = |pixels| match pixels {
        PixelFormat::Mjpg => "mjpg",
        PixelFormat::Yuyv => "yuyv",
        PixelFormat::Nv12 => "nv12",
        PixelFormat::Grey => "grey",
        PixelFormat::Drawn => "drawn",
    };
    let view = |camera: gerai_core::port::scan::CameraFound| CameraView {
        id: camera.id.0,
        name: camera.name,
        formats: camera
            .formats
            .iter()
            .map(|format| CameraFormatView {
                width: format.width.into(),
                height: format.height.into(),
                pixels: pixels(format.pixels).to_owned(),
                fps: format.fps.into(),
            })
            .collect(),
        trouble: camera.fault.as_ref().map(trouble_word),
        trouble_text: camera.fault.map(|fault| fault.to_string()).unwrap_or_default(),
    };
    Ok(found.into_iter().map(view).collect())
}

fn view(app: &App) -> ScanState {
    app.stoves.session.view(app.stoves.cameras().is_some(), app.clock.now())
}

pub(crate) async fn start(app: &Arc<App>, caller: &Caller, asked: ScanStart) -> Result<ScanState, ApiError> {
    let (note, position) = (text("note", &asked.note, 0, 300)?, place(asked.position)?);
    let cameras = app.stoves.cameras().ok_or_else(|| {
        ApiError::new(
            ErrorCode::Unavailable,
            "this station has no cameras",
            "Read the stove over Bluetooth, choose a picture, or paste its token.",
        )
    })?;
    let pixels = |field: &str, asked: Option<i64>, usual: u32| match asked {
        None => Ok(usual),
        Some(pixels) => {
            u32::try_from(pixels).ok().filter(|pixels| (160..=7_680).contains(pixels)).ok_or_else(|| {
                ApiError::invalid(field, format!("{pixels} pixels are no picture"), "Choose 160 to 7,680.")
            })
        }
    };
    let usual = CameraWish::default();
    let wish = CameraWish {
        camera: asked.camera.map(CameraId),
        width: pixels("width", asked.width, usual.width)?,
        height: pixels("height", asked.height, usual.height)?,
    };
    app.stoves.session.begin(caller.actor(), note, position, app.clock.now());
    let trail = app.trail(caller);
    let which = wish.camera.as_ref().map_or("the first camera", |camera| camera.0.as_str());
    let which: String = which.chars().filter(|c| !c.is_control()).take(100).collect();
    app.write(move |db| Ok(trail.done(db, "scan.start", which)?)).await?;
    cameras.start(wish);
    app.emit(Event::Scan);
    Ok(view(app))
}

pub(crate) async fn stop(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<ScanState, ApiError> {
    if let Some(cameras) = app.stoves.cameras() {
        cameras.stop();
    }
    let (trail, taken) = (app.trail(caller), view(app).taken);
    app.write(move |db| Ok(trail.done(db, "scan.stop", format!("{taken} readings"))?)).await?;
    app.emit(Event::Scan);
    Ok(view(app))
}

pub(crate) async fn state(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ScanState, ApiError> {
    Ok(view(app))
}

pub(crate) async fn radio_scan(
    app: &Arc<App>,
    _: &Caller,
    asked: RadioScan,
) -> Result<Vec<PeripheralView>, ApiError> {
    let radio = app.stoves.radio()?;
    let seconds = u64::try_from(asked.seconds.unwrap_or(6).clamp(1, 30)).unwrap_or(6);
    let service = app.settings().1.stove.ble_service.parse::<GattUuid>().ok();
    let found = radio.scan(Duration::from_secs(seconds)).await.map_err(|error| fault(&error))?;
    let view = |device: gerai_core::port::scan::radio::Peripheral| PeripheralView {
        address: device.address.0,
        name: device.name,
        rssi_dbm: device.rssi_dbm.map(i64::from),
        likely: service.is_some_and(|service| device.services.contains(&service)),
        services: device.services.iter().map(ToString::to_string).collect(),
    };
    Ok(found.into_iter().map(view).collect())
}

pub(super) fn address(typed: &str) -> Result<String, ApiError> {
    text("address", typed, 1, ADDRESS_CHARS_MAX)
}

pub(crate) async fn radio_describe(
    app: &Arc<App>,
    _: &Caller,
    asked: RadioDescribe,
) -> Result<Vec<ServiceView>, ApiError> {
    let (radio, address) = (app.stoves.radio()?, PeripheralAddress(address(&asked.address)?));
    let offered = radio.describe(&address).await.map_err(|error| fault(&error))?;
    let services = offered.into_iter().map(|service| ServiceView {
        uuid: service.uuid.to_string(),
        characteristics: service
            .characteristics
            .iter()
            .map(|one| {
                let can = one.abilities;
                let words = [
                    (can.read, "read"),
                    (can.write, "write"),
                    (can.write_without_response, "write_without_response"),
                    (can.notify, "notify"),
                    (can.indicate, "indicate"),
                ];
                let abilities = words.into_iter().filter(|(can, _)| *can).map(|(_, word)| word.to_owned());
                CharacteristicView { uuid: one.uuid.to_string(), abilities: abilities.collect() }
            })
            .collect(),
    });
    Ok(services.collect())
}

pub(crate) async fn radio_read(app: &Arc<App>, caller: &Caller, asked: RadioRead) -> Result<Taken, ApiError> {
    let (note, position) = (text("note", &asked.note, 0, 300)?, place(asked.position)?);
    let address = address(&asked.address)?;
    let taken = app.read_over_radio(&address, caller.actor(), note, position).await?;
    record(app, caller, "radio.read", std::slice::from_ref(&taken)).await?;
    Ok(taken)
}
