//! Commands of the stoves: their handlers come with the store.

use std::sync::Arc;

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn status(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ForwardStatus, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: ForwardList) -> Result<Page<ForwardRow>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn retry(app: &Arc<App>, _: &Caller, _: ForwardRetry) -> Result<ForwardCounted, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn pause(app: &Arc<App>, _: &Caller, _: ForwardPause) -> Result<ForwardStatus, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn set_password(
    app: &Arc<App>,
    _: &Caller,
    _: ForwardPassword,
) -> Result<ForwardStatus, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn accounts(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<StoveAccount>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn save_account(
    app: &Arc<App>,
    _: &Caller,
    _: StoveAccountSave,
) -> Result<StoveAccount, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn remove_account(
    app: &Arc<App>,
    _: &Caller,
    _: StoveAccountName,
) -> Result<Nothing, ApiError> {
    Err(app.not_wired())
}
