//! `GET /counter/images/<id>?v=<mark>`: a shop's picture for an idle counter, for whoever may give `counter.image`. A
//! number is given to one file only and the mark changes with it, so a browser may keep what it has once been given.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gerai_app::contract::{self, ApiError, ErrorCode};
use serde_json::json;

use crate::connection::Ends;
use crate::rpc::{Refusal, identity};
use crate::server::Shared;

/// A day: a counter that starts again overnight loads its pictures anew.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");

/// The picture.
pub async fn file(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Extension(ends): Extension<Ends>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let identity = identity(ends, &headers);
    let caller = match identity.surface {
        gerai_app::access::Surface::Api => identity.api_caller(&shared.app).await?,
        _ => identity.caller(&shared.app).await,
    };
    let missing = || Refusal(StatusCode::NOT_FOUND, ApiError::not_found("picture", "with this number"));
    let id: i64 = id.parse().map_err(|_| missing())?;
    // The contract decides who may see which one.
    let answer = contract::dispatch(&shared.app, &caller, "counter.image", json!({ "id": id })).await?;
    let text = |field: &str| answer[field].as_str().unwrap_or_default();
    let unreadable = |what: &str| {
        Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            ApiError::new(ErrorCode::Internal, format!("picture {id} has no readable {what}"), ""),
        )
    };
    let bytes = STANDARD.decode(text("image")).map_err(|_| unreadable("file"))?;
    let media = HeaderValue::from_str(text("media")).map_err(|_| unreadable("kind"))?;
    Ok(([(header::CONTENT_TYPE, media), (header::CACHE_CONTROL, KEPT)], bytes).into_response())
}
