//! Commands of the stoves: their handlers come with the store.

use std::sync::Arc;

use crate::App;
use crate::access::Caller;
use crate::contract::*;

pub(crate) async fn list(app: &Arc<App>, _: &Caller, _: ReadingsList) -> Result<Page<ReadingRow>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn get(app: &Arc<App>, _: &Caller, _: ById) -> Result<ReadingDetail, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn frame(app: &Arc<App>, _: &Caller, _: ById) -> Result<ReadingFrame, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn judge(app: &Arc<App>, _: &Caller, _: ReadingJudge) -> Result<ReadingDetail, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn export(
    app: &Arc<App>,
    _: &Caller,
    _: ReadingsExport,
) -> Result<Page<ReadingRow>, ApiError> {
    Err(app.not_wired())
}

pub(crate) async fn unread(app: &Arc<App>, _: &Caller, _: ReadingUnread) -> Result<UnreadView, ApiError> {
    Err(app.not_wired())
}
