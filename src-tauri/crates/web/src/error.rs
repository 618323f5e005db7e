//! Why the HTTP door could not open.

use std::net::SocketAddr;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The port is taken or not allowed.
    #[error("cannot listen on {bind}; choose another port (`gerai config set network.http_port PORT`)")]
    Bind {
        /// The address asked for.
        bind: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}
