//! Commands of the stoves: their handlers come with the store.

use std::sync::Arc;

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: StovesList) -> Result<Page<StoveRow>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn get(app: &Arc<App>, _: &Caller, _: StoveById) -> Result<StoveDetail, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn save(app: &Arc<App>, _: &Caller, _: StoveSave) -> Result<StoveDetail, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn replace_meter(
    app: &Arc<App>,
    _: &Caller,
    _: MeterReplace,
) -> Result<StoveDetail, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn chart(app: &Arc<App>, _: &Caller, _: StoveChart) -> Result<StoveChartView, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn tariffs(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<StoveTariff>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn save_tariff(app: &Arc<App>, _: &Caller, _: StoveTariff) -> Result<StoveTariff, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn remove_tariff(
    app: &Arc<App>,
    _: &Caller,
    _: StoveTariffName,
) -> Result<Nothing, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn demo(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<DemoStove, ApiError> {
    Err(app.not_wired())
}
