//! What the windows share: the door to the station, and each window's session. Tokens stay here; no window sees one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gerai_app::access::{SessionChange, Surface};
use gerai_host::control::{Door, Identity, Secret};
use tokio::sync::watch;

/// Label of the console's window.
pub const CONSOLE: &str = "console";
/// Label of the counter's window; more counters are `counter-2` and so on.
pub const COUNTER: &str = "counter";

/// The commands of a counter's window. Whatever session it holds, it can give no others.
const COUNTER_COMMANDS: [&str; 10] = [
    "station.status",
    "session.current",
    "session.touch",
    "counter.pair",
    "counter.show",
    "counter.image",
    "counter.switch",
    "counter.leave",
    "tills.arm",
    "tills.cancel",
];

/// The windows' shared state.
pub struct Desk {
    door: Door,
    tokens: Mutex<HashMap<String, Secret<String>>>,
    changes: watch::Sender<u64>,
}

impl Desk {
    /// For windows that come through this door.
    pub fn new(door: Door) -> Self {
        Self { door, tokens: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// The way to the station.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Tells when a session opened or ended.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Who a window is. A counter that was not paired by itself stands beside a console and shares its session, within
    /// its own few commands.
    pub fn identity(&self, label: &str) -> Identity {
        let tokens = self.tokens();
        let token = tokens.get(label).or_else(|| tokens.get(CONSOLE)).cloned();
        let surface = if label == CONSOLE { Surface::ConsoleWindow } else { Surface::CounterWindow };
        Identity::window(surface, token)
    }

    /// Carries a session change of a window out.
    pub fn change(&self, label: &str, change: SessionChange) {
        match change {
            SessionChange::Opened { token, .. } => drop(self.tokens().insert(label.to_owned(), token)),
            SessionChange::Closed => drop(self.tokens().remove(label)),
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// Forgets a session of a window that the station no longer knows. True when it held one of its own.
    pub fn forget(&self, label: &str) -> bool {
        let held = self.tokens().remove(label).is_some();
        if held {
            self.changes.send_modify(|count| *count += 1);
        }
        held
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, Secret<String>>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a window may give a command at all. What its session may do is decided by the contract.
pub fn window_may(label: &str, command: &str) -> bool {
    label == CONSOLE || (is_counter(label) && COUNTER_COMMANDS.contains(&command))
}

/// The label of a counter's window.
pub fn is_counter(label: &str) -> bool {
    label == COUNTER || label.strip_prefix("counter-").is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_gives_only_a_counters_commands() {
        for command in ["counter.show", "tills.arm", "session.current"] {
            assert!(window_may("counter", command) && window_may("counter-2", command), "{command}");
        }
        for command in
            ["accounts.list", "settings.set", "session.unlock", "session.sign_out", "owner.create", ""]
        {
            assert!(!window_may("counter", command), "{command}");
            assert!(window_may("console", command), "{command}");
        }
        for label in ["counter-", "counterfeit", "other", ""] {
            assert!(!window_may(label, "counter.show"), "{label}");
        }
    }
}
