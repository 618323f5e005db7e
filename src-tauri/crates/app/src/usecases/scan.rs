//! Commands of the stoves: their handlers come with the store.

use std::sync::Arc;

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn take(app: &Arc<App>, _: &Caller, _: ReadingTake) -> Result<Taken, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn take_image(
    app: &Arc<App>,
    _: &Caller,
    _: ReadingTakeImage,
) -> Result<TakenImage, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn cameras(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<CameraView>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn start(app: &Arc<App>, _: &Caller, _: ScanStart) -> Result<ScanState, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn stop(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ScanState, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn state(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ScanState, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn radio_scan(
    app: &Arc<App>,
    _: &Caller,
    _: RadioScan,
) -> Result<Vec<PeripheralView>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn radio_describe(
    app: &Arc<App>,
    _: &Caller,
    _: RadioDescribe,
) -> Result<Vec<ServiceView>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn radio_read(app: &Arc<App>, _: &Caller, _: RadioRead) -> Result<Taken, ApiError> {
    Err(app.not_wired())
}
