//! What a command says when it is refused or fails: a code for programs, a sentence and the next step for people.

use gerai_app::contract::{ApiError, ErrorCode};

/// A refusal or a failure.
#[derive(Debug)]
pub struct Failure {
    /// Code, as in the contract.
    pub code: String,
    /// What went wrong.
    pub message: String,
    /// The next step; may be empty.
    pub help: String,
}

impl Failure {
    /// A wrong value.
    pub fn invalid(message: impl Into<String>, help: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::Invalid, message, help).into()
    }

    /// Something that does not exist.
    pub fn not_found(message: impl Into<String>, help: impl Into<String>) -> Self {
        ApiError::new(ErrorCode::NotFound, message, help).into()
    }

    /// Anything else, with its causes.
    pub fn other(error: &anyhow::Error) -> Self {
        Self { code: "failed".to_owned(), message: format!("{error:#}"), help: String::new() }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let code = serde_json::to_value(error.code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("internal").to_owned();
        let field = error.field.filter(|field| !error.message.contains(field.as_str()));
        let message = field.map_or(error.message.clone(), |field| format!("{field}: {}", error.message));
        Self { code, message, help: error.help }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::other(&error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::other(&error.into())
    }
}
