//! What can go wrong when a part of this crate starts. Later trouble (a lost link, a refused device) is not an error
//! here: it is reported through the ports.

use std::io;
use std::net::SocketAddr;

/// A part of the broker crate could not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// A listening socket could not be opened.
    #[error("cannot listen on {address}; another program may hold this port: choose another in the settings")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The embedded broker did not come up.
    #[error("the embedded broker did not start ({cause}); restart the station, or use an external broker")]
    Embedded {
        /// What the broker said.
        cause: String,
    },
    /// A setting can not be used.
    #[error("the broker setting {setting} can not be used: {why}; correct it in the settings")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gives no random numbers; restart the machine")]
    Random,
}
