//! Commands of the stoves: their handlers come with the store.

use std::sync::Arc;

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn import(app: &Arc<App>, _: &Caller, _: StovesImport) -> Result<ImportReport, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: StovesList) -> Result<Page<StoveKeyRow>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn register(
    app: &Arc<App>,
    _: &Caller,
    _: StoveKeyRegister,
) -> Result<StoveKeyShown, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn change(
    app: &Arc<App>,
    _: &Caller,
    _: StoveKeyChange,
) -> Result<StoveChangeView, ApiError> {
    Err(app.not_wired())
}
