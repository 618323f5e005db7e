//! The log: to standard error, `info` by default, `RUST_LOG` chooses otherwise. Standard output stays free for answers.

use tracing_subscriber::EnvFilter;

/// What is said when `RUST_LOG` does not choose; the keychain's and the broker's libraries only when something is wrong.
const SERVING: &str = "info,zbus=warn,mqtt5=warn,rumqttc=warn,hyper=warn";
/// A single command says only what is wrong.
const COMMAND: &str = "warn,zbus=error,mqtt5=error,rumqttc=error";

/// Starts the log of a station that runs (`serving`) or of a single command. A second call changes nothing.
pub fn start(serving: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(if serving { SERVING } else { COMMAND }));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
}
