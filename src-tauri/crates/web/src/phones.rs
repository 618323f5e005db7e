//! `POST /api/v1/auth/token` and `POST /api/v1/stove-payload`: phones send what they read to this station as they would to
//! the device maker's server. The same requests and the same answers as there, form or JSON; who may, and what a token is
//! worth, is decided in `gerai_app`. Nothing here is open to pages of other sites.

mod credentials;
mod pace;
mod reply;

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use gerai_app::access::Surface;
use gerai_core::secret::Secret;
use gerai_core::stove::submission::{BODY_BYTES_MAX, BodyKind};
use tokio::time::{Instant, timeout};

use crate::connection::Ends;
use crate::limits::{BODY_TIMEOUT, COMMAND_TIMEOUT};
use crate::refusals::Reason;
use crate::rpc::{bearer, identity};
use crate::server::Shared;

use credentials::Credentials;
pub use pace::Pace;
use reply::{Problem, granted, taken};

/// A phone signs in, or asks for a new token with the one that came beside the last.
pub async fn sign_in(
    State(shared): State<Arc<Shared>>,
    Extension(ends): Extension<Ends>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    in_pace(&shared, ends, pace::SIGN_IN)?;
    let (kind, bytes) = read(&shared, &parts.headers, body).await?;
    let caller = identity(ends, &parts.headers);
    let app = Arc::clone(&shared.app);
    let caller =
        app.caller(Surface::Api, None, &caller.peer, caller.loopback).await.with_agent(&caller.agent);
    let grant = match Credentials::parse(kind, &bytes)? {
        Credentials::Password { name, password } => {
            carried_out(async move { app.stove_sign_in(&caller, &name, password).await }).await??
        }
        Credentials::Refresh(token) => carried_out(async move { app.stove_refresh(&token).await }).await??,
    };
    Ok(granted(&grant))
}

/// A phone sends one token of a stove.
pub async fn take(
    State(shared): State<Arc<Shared>>,
    Extension(ends): Extension<Ends>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    in_pace(&shared, ends, pace::READING)?;
    let bearer = bearer(&parts.headers).unwrap_or_else(|| Secret::new(String::new()));
    let (kind, bytes) = read(&shared, &parts.headers, body).await?;
    let app = Arc::clone(&shared.app);
    let submitted = carried_out(async move { app.stove_submit(&bearer, kind, &bytes).await }).await??;
    taken(submitted)
}

fn in_pace(shared: &Shared, ends: Ends, cost: u32) -> Result<(), Problem> {
    shared.pace.take(ends.peer.ip(), cost, Instant::now()).map_err(|wait_s| {
        shared.refusals.count(Reason::TooOften);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_often", "too many requests from this address")
            .help(format!("Try again in {wait_s} seconds."))
            .wait(wait_s)
    })
}

async fn read(shared: &Shared, headers: &HeaderMap, body: Body) -> Result<(BodyKind, Bytes), Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = BodyKind::of(content_type.unwrap_or_default()).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_type",
            "the body is neither a form nor JSON",
        )
        .help("Send it as application/x-www-form-urlencoded or application/json.")
    })?;
    let bytes = match timeout(BODY_TIMEOUT, to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            shared.refusals.body(status);
            return Err(Problem::new(status, "body_too_large", "the body is too large or broke off")
                .help(format!("Send one token a request, at most {} KiB.", BODY_BYTES_MAX / 1024)));
        }
        Err(_) => {
            let status = StatusCode::REQUEST_TIMEOUT;
            shared.refusals.body(status);
            return Err(
                Problem::new(status, "body_too_slow", "the body came too slowly").help("Send it again.")
            );
        }
    };
    Ok((kind, bytes))
}

/// In a task of its own: what was begun is carried out even when the phone goes away.
async fn carried_out<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    match timeout(COMMAND_TIMEOUT, tokio::spawn(work)).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(panic)) => {
            tracing::error!(%panic, "A phone's request ended without an answer");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "the request ended without an answer",
            )
            .help("Look at the station's log."))
        }
        Err(_) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the station is busy")
            .help("Send it again: what is there already is told apart.")),
    }
}
