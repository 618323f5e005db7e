//! `POST /rpc/<command>`: one command of the contract. The answer is the command's response, or an `ApiError`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gerai_app::access::{Caller, Surface};
use gerai_app::contract::{self, ApiError, ErrorCode};
use gerai_core::secret::Secret;
use serde_json::Value;
use tokio::time::timeout;

use crate::connection::Ends;
use crate::cookie;
use crate::guard::is_loopback;
use crate::limits::{
    BODY_BYTES_MAX, BODY_TIMEOUT, COMMAND_TIMEOUT, FILE_BODY_BYTES_MAX, FILE_BODY_TIMEOUT, WITH_FILE,
};
use crate::live::Identity;
use crate::refusals::Reason;
use crate::server::Shared;

/// An error with its HTTP status.
pub struct Refusal(pub StatusCode, pub ApiError);

/// A refusal that HTTP itself gives, before any command ran.
pub fn refusal(status: StatusCode, message: &str, help: &str) -> Refusal {
    let code = if status == StatusCode::FORBIDDEN { ErrorCode::Forbidden } else { ErrorCode::Invalid };
    Refusal(status, ApiError::new(code, message, help))
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(status_of(error.code), error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let challenge = self.0 == StatusCode::UNAUTHORIZED;
        let mut response = (self.0, Json(self.1)).into_response();
        if challenge {
            // RFC 9110, section 15.5.2: what would let the caller in.
            let value = header::HeaderValue::from_static("Bearer realm=\"gerai\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}

/// Carries one command out.
pub async fn call(
    State(shared): State<Arc<Shared>>,
    Path(command): Path<String>,
    Extension(ends): Extension<Ends>,
    request: Request<Body>,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let identity = identity(ends, &parts.headers);
    meant_for_us(&parts.headers, identity.surface)
        .inspect_err(|_| shared.refusals.count(Reason::NotACommand))?;
    let caller = match identity.surface {
        Surface::Api => identity.api_caller(&shared.app).await?,
        _ => identity.caller(&shared.app).await,
    };
    let arguments = if WITH_FILE.contains(&command.as_str()) && caller.role().is_some() {
        // Held until it is carried out: so many pictures are in memory, and no more.
        let place = timeout(FILE_BODY_TIMEOUT, shared.files.acquire()).await;
        let _place = place.ok().and_then(Result::ok).ok_or_else(|| {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "many files come in at once", "Send it again.")
        })?;
        read_body(body, FILE_BODY_BYTES_MAX, FILE_BODY_TIMEOUT).await
    } else {
        read_body(body, BODY_BYTES_MAX, BODY_TIMEOUT).await
    };
    let arguments = arguments.inspect_err(|refusal| shared.refusals.body(refusal.0))?;
    let outcome = carry_out(&shared, &caller, command, arguments).await;
    let mut response = match outcome {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => Refusal::from(error).into_response(),
    };
    let change = caller.take_session_change().filter(|_| caller.surface != Surface::Api);
    if let Some(cookie) = change.as_ref().and_then(|change| cookie::set_cookie(change, ends.tls)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who calls, as the request's connection tells, and its API token or its cookie: with a token the cookie is not looked at.
pub fn identity(ends: Ends, headers: &HeaderMap) -> Identity {
    let (surface, token) = match bearer(headers) {
        Some(token) => (Surface::Api, Some(token)),
        None => (Surface::Browser, cookie::session_token(headers, ends.tls)),
    };
    Identity {
        surface,
        token,
        peer: ends.peer.ip().to_canonical().to_string(),
        loopback: is_loopback(ends.peer, headers),
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The token of `Authorization: Bearer` (RFC 6750, section 2.1). Empty, so that it lets nobody in, when the header cannot
/// be read or comes twice.
pub fn bearer(headers: &HeaderMap) -> Option<Secret<String>> {
    let mut found = None;
    for value in headers.get_all(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or("Bearer ");
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            let token = if found.is_none() { token.trim().to_owned() } else { String::new() };
            found = Some(Secret::new(token));
        }
    }
    found
}

/// A page of another site can send neither this header nor this content type without the browser asking us first. Nor
/// can it send an API token, which stands for the header.
fn meant_for_us(headers: &HeaderMap, surface: Surface) -> Result<(), Refusal> {
    if surface != Surface::Api && headers.get("x-gerai-request").is_none_or(|value| value != "1") {
        return Err(refusal(
            StatusCode::FORBIDDEN,
            "the header X-Gerai-Request: 1 is missing",
            "Send it with each command.",
        ));
    }
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a command's body is JSON",
            "Send it with Content-Type: application/json.",
        ));
    }
    Ok(())
}

async fn read_body(body: Body, bytes_max: usize, patience: Duration) -> Result<Value, Refusal> {
    let bytes = timeout(patience, to_bytes(body, bytes_max))
        .await
        .map_err(|_| {
            refusal(StatusCode::REQUEST_TIMEOUT, "the request's body came too slowly", "Send it again.")
        })?
        .map_err(|_| {
            refusal(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the request's body is too large or broke off",
                &format!("Send at most {} KiB.", bytes_max / 1024),
            )
        })?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        refusal(StatusCode::BAD_REQUEST, &format!("the request's body is not JSON: {error}"), "")
    })
}

/// Runs the command in a task of its own: what was begun is carried out even when the caller goes away.
async fn carry_out(
    shared: &Shared,
    caller: &Caller,
    command: String,
    arguments: Value,
) -> Result<Value, ApiError> {
    let (app, caller) = (shared.app.clone(), caller.clone());
    let task = tokio::spawn(async move { contract::dispatch(&app, &caller, &command, arguments).await });
    match timeout(COMMAND_TIMEOUT, task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            tracing::error!(%panic, "A command ended without an answer");
            Err(ApiError::new(
                ErrorCode::Internal,
                "the command ended without an answer",
                "Look at the station's log.",
            ))
        }
        Err(_) => Err(ApiError::new(
            ErrorCode::Unavailable,
            "the command still runs after two minutes",
            "Reload the page to see what it did.",
        )),
    }
}

fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::SignedOut
        | ErrorCode::SignInRefused
        | ErrorCode::SecondFactor
        | ErrorCode::Locked
        | ErrorCode::PairingRefused => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::MustChange | ErrorCode::SecondFactorNeeded => StatusCode::FORBIDDEN,
        ErrorCode::FirstRun | ErrorCode::Taken | ErrorCode::RequestReused => StatusCode::CONFLICT,
        ErrorCode::UnknownCommand | ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Invalid => StatusCode::BAD_REQUEST,
        ErrorCode::Refused | ErrorCode::BluetoothNotSet => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Unavailable
        | ErrorCode::LedgerStopped
        | ErrorCode::BluetoothNoService
        | ErrorCode::BluetoothNoAdapter
        | ErrorCode::BluetoothOff
        | ErrorCode::BluetoothDenied
        | ErrorCode::BluetoothNotFound
        | ErrorCode::BluetoothConnectFailed
        | ErrorCode::BluetoothDropped
        | ErrorCode::BluetoothNoSuchService
        | ErrorCode::BluetoothNoSuchCharacteristic
        | ErrorCode::BluetoothTooLong
        | ErrorCode::BluetoothTimeout
        | ErrorCode::BluetoothFailed => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
