//! Answers in the manner of the device maker's server: JSON with a `status` first, `success` or `error`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gerai_app::contract::{ApiError, ErrorCode, TakeOutcome, Taken};
use gerai_app::{EndpointGrant, SubmitRefusal};

use gerai_core::stove::submission::SubmissionError;
use serde_json::json;

use crate::rpc::Refusal;

/// The rule that two readings of one stove and moment break when they say different things.
const CONFLICT: &str = "conflict";

/// Why a request is not carried out.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// For clients that branch on it; never changes.
    pub code: &'static str,
    message: String,
    help: String,
    wait_s: Option<u64>,
}

impl Problem {
    /// What is wrong, with which value.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), help: String::new(), wait_s: None }
    }

    /// The next step.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Not before so many seconds.
    pub fn wait(mut self, seconds: u64) -> Self {
        self.wait_s = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "status": "error", "code": self.code, "message": self.message, "help": self.help,
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.wait_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gerai\""));
        }
        response
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let wait_s = error.wait_s();
        let (status, code) = match (error.code, wait_s) {
            (ErrorCode::SignInRefused, Some(_)) => (StatusCode::TOO_MANY_REQUESTS, "too_many_tries"),
            (ErrorCode::SignInRefused, None) => (StatusCode::UNAUTHORIZED, "sign_in_refused"),
            (ErrorCode::Unavailable | ErrorCode::LedgerStopped, _) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            _ => (Refusal::from(error.clone()).0, "refused"),
        };
        Self { status, code, message: error.message, help: error.help, wait_s }
    }
}

impl From<SubmitRefusal> for Problem {
    fn from(refusal: SubmitRefusal) -> Self {
        match refusal {
            SubmitRefusal::Unauthorized => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "the bearer token is missing, wrong or over",
            )
            .help("Sign in again at /api/v1/auth/token."),
            SubmitRefusal::Off => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "this station takes no readings from phones",
            )
            .help("Switch the stove endpoint on in the station's settings (Stoves)."),
            SubmitRefusal::Body(error) => {
                let status = match error {
                    SubmissionError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                    SubmissionError::NotAForm { .. }
                    | SubmissionError::NotJson { .. }
                    | SubmissionError::NoPayload
                    | SubmissionError::Twice { .. }
                    | SubmissionError::NotText { .. }
                    | SubmissionError::Username
                    | SubmissionError::Method => StatusCode::BAD_REQUEST,
                };
                Self::new(status, error.code(), error.to_string())
            }
            SubmitRefusal::Station(error) => Self::from(error),
        }
    }
}

/// A phone is let in.
pub fn granted(grant: &EndpointGrant) -> Response {
    Json(json!({
        "status": "success",
        "token": grant.token.expose(),
        "max_age": lasts(grant.max_age_s),
        "refresh_token": grant.refresh_token.expose(),
    }))
    .into_response()
}

/// As the device maker writes it: `3h`.
fn lasts(seconds: i64) -> String {
    if seconds % 3_600 == 0 { format!("{}h", seconds / 3_600) } else { format!("{seconds}s") }
}

/// What became of a reading.
pub fn taken(taken: Taken) -> Result<Response, Problem> {
    let known = match taken.outcome {
        TakeOutcome::Taken => false,
        TakeOutcome::Known => true,
        TakeOutcome::Evidence => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(told(status, "error", &taken.code, &taken.message, &taken));
        }
        TakeOutcome::Unreadable => {
            let status = StatusCode::BAD_REQUEST;
            return Ok(told(status, "error", &taken.code, &taken.message, &taken));
        }
    };
    let flags = taken.reading.iter().flat_map(|reading| &reading.flags);
    let conflict = flags.into_iter().any(|flag| flag.rule == CONFLICT);
    Ok(match (known, conflict) {
        (true, _) => told(StatusCode::OK, "success", "duplicate", "this reading is known already", &taken),
        (false, true) => {
            let message = format!(
                "stove {} gave another reading with the same time; both are kept, and somebody at the station has to look",
                taken.stove
            );
            told(StatusCode::CONFLICT, "error", CONFLICT, &message, &taken)
        }
        (false, false) => told(StatusCode::OK, "success", "taken", "the reading is taken", &taken),
    })
}

fn told(status: StatusCode, word: &str, code: &str, message: &str, taken: &Taken) -> Response {
    let mut body = json!({
        "status": word,
        "code": code,
        "message": message,
        "duplicate": taken.outcome == TakeOutcome::Known,
    });
    if !taken.stove.is_empty() {
        let reading = taken.reading.as_ref();
        body["data"] = json!({
            "id": reading.map(|reading| reading.id),
            "stove": taken.stove,
            "signature": taken.signature.map(|signature| signature.word()),
            "flags": reading.map(|reading| {
                reading.flags.iter().map(|flag| flag.rule.as_str()).collect::<Vec<_>>()
            }),
        });
    }
    (status, Json(body)).into_response()
}
