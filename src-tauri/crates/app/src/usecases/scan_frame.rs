//! The camera's newest picture for the desktop's windows, which speak JSON only. Browsers get it as bytes over HTTP.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::App;
use crate::access::Caller;
use crate::contract::{ApiError, Nothing, ScanFrame};

pub(crate) async fn newest(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<ScanFrame, ApiError> {
    Ok(match app.stove_preview() {
        Some(frame) => ScanFrame {
            frame: i64::try_from(frame.sequence).unwrap_or(i64::MAX),
            jpeg: STANDARD.encode(&frame.jpeg),
        },
        None => ScanFrame { frame: 0, jpeg: String::new() },
    })
}
