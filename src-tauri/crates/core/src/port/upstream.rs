//! The port to the server that readings go on to. It speaks HTTP and knows nothing of queues: when to send, how often and in
//! which order is decided in `app`. Implemented where HTTP clients are; every call ends by a deadline of its own.

use std::time::Duration;

use crate::port::BoxFuture;
use crate::secret::Secret;

/// Where to sign in, below the base URL.
pub const SIGN_IN_PATH: &str = "/api/v1/auth/token";
/// Where readings go, below the base URL.
pub const PAYLOAD_PATH: &str = "/api/v1/stove-payload";
/// A call that takes longer is over.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The server let the user in.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Bearer token.
    pub token: Secret<String>,
    /// How long it is good for, when the server says so.
    pub life: Option<Duration>,
}

/// The server did not let the user in. How to renew a token with the one that comes with it is in no document, so the
/// station signs in anew instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// User or password are wrong.
    #[error("the server refuses the user or the password (status {status}: {why}); set both again")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it says, shortened.
        why: String,
    },
    /// It asks to wait.
    #[error("the server asks to wait {seconds} s")]
    RetryAfter {
        /// How long.
        seconds: u64,
    },
    /// It failed, or its answer makes no sense.
    #[error("the server does not sign in (status {status}: {why}); its operator has to look")]
    Failed {
        /// HTTP status.
        status: u16,
        /// What it says, shortened.
        why: String,
    },
    /// It cannot be reached, or did not answer in time.
    #[error("the server cannot be reached: {0}; look at the network and the address")]
    Unreachable(String),
}

/// A reading as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Field `payload`: the token's text.
    pub payload: String,
    /// Field `username`.
    pub username: String,
    /// Field `method`: `qrcode` or `bluetooth`.
    pub method: String,
}

/// Personal data: only how long it is.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({} bytes, {})", self.payload.len(), self.method)
    }
}

/// What came of a reading that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has it (2xx).
    Accepted {
        /// HTTP status.
        status: u16,
    },
    /// It had it already (409, or a success that says so).
    Duplicate {
        /// HTTP status.
        status: u16,
    },
    /// It does not take it, and never will as it is (other 4xx).
    Rejected {
        /// HTTP status.
        status: u16,
        /// What it says, shortened.
        why: String,
    },
    /// The bearer token is not good (401).
    Unauthorized,
    /// It asks to wait (429 or 503 with `Retry-After`).
    RetryAfter {
        /// HTTP status.
        status: u16,
        /// How long, seconds.
        seconds: u64,
    },
    /// It failed (5xx, or an answer that makes no sense): perhaps it has it, perhaps not.
    Failed {
        /// HTTP status.
        status: u16,
        /// What it says, shortened.
        why: String,
    },
    /// It could not be reached, or the answer was lost: perhaps it has it, perhaps not.
    Unreachable(String),
}

/// The server.
pub trait Upstream: Send + Sync + 'static {
    /// Signs in at `{base}/api/v1/auth/token`. Ends within [`DEADLINE`].
    fn sign_in(
        &self,
        base: &str,
        user: &str,
        password: Secret<String>,
    ) -> BoxFuture<'static, Result<Grant, SignInFault>>;

    /// Sends one reading to `{base}/api/v1/stove-payload`. Ends within [`DEADLINE`].
    fn send(&self, base: &str, bearer: Secret<String>, reading: Outgoing) -> BoxFuture<'static, Answer>;
}
