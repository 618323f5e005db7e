//! `GET /scan/frame.jpg`: the camera's newest picture, for whoever may give `scan.state`. The screen asks for it when
//! the number of the picture there has changed. Nothing on the way may keep it: it may show people.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gerai_app::contract;
use serde_json::Value;

use crate::connection::Ends;
use crate::rpc::{Refusal, identity};
use crate::server::Shared;

/// The picture's number, as in `scan.state`.
const NUMBER: HeaderName = HeaderName::from_static("x-gerai-frame");

/// The picture, or 204 while there is none.
pub async fn newest(
    State(shared): State<Arc<Shared>>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let identity = identity(ends, &headers);
    let caller = match identity.surface {
        gerai_app::access::Surface::Api => identity.api_caller(&shared.app).await?,
        _ => identity.caller(&shared.app).await,
    };
    // The contract decides who may: the picture belongs to that answer.
    contract::dispatch(&shared.app, &caller, "scan.state", Value::Null).await?;
    let Some(frame) = shared.app.stove_preview() else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    Ok((
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (NUMBER, HeaderValue::from(frame.sequence)),
        ],
        frame.jpeg.to_vec(),
    )
        .into_response())
}
