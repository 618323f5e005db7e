//! Gerai's use cases: what a tap, a top-up, a till, a reader or an operator can cause, the contract that screens
//! and the command line speak, and the workers. Names no transport: `web`, `broker` and `host` come to it.

pub mod access;
pub mod contract;

/// The station's core: everything that happens goes through it.
pub struct App {}

impl App {
    pub(crate) fn first_run(&self) -> bool {
        false
    }

    /// Finds out who is calling. `token`: the session token that the transport kept, if any; `peer`: address
    /// without port, empty for IPC.
    pub async fn caller(
        &self,
        surface: access::Surface,
        token: Option<gerai_core::secret::Secret<String>>,
        peer: &str,
        loopback: bool,
    ) -> access::Caller {
        let _ = token;
        access::Caller::new(surface, loopback, peer.to_owned(), access::Who::Nobody, None)
    }

    /// Live events, for callers that `may_listen`. A receiver that lags just re-reads everything.
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<contract::Event> {
        tokio::sync::broadcast::channel(1).1
    }

    /// Whether this caller may listen to live events (a counter session or any operator).
    pub fn may_listen(&self, caller: &access::Caller) -> Result<(), contract::ApiError> {
        access::allowed(self, caller, access::Access::Counter)
    }
}
