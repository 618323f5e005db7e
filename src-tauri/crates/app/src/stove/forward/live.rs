//! What forwarding does now, for the screens, and how it is woken. In memory only.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use gerai_core::time::UnixMs;
use tokio::sync::Notify;

use crate::contract::{ForwardPhase, HealthRow, HealthState};

/// What it does.
#[derive(Debug, Clone)]
pub(crate) struct Now {
    pub(crate) phase: ForwardPhase,
    pub(crate) next_try: Option<UnixMs>,
    pub(crate) trouble: String,
}

/// The task's state.
pub(crate) struct Live {
    now: Mutex<Now>,
    wake: Notify,
    paused: AtomicBool,
    hurry: AtomicBool,
}

impl Default for Live {
    fn default() -> Self {
        let now = Now { phase: ForwardPhase::Off, next_try: None, trouble: String::new() };
        Self {
            now: Mutex::new(now),
            wake: Notify::new(),
            paused: AtomicBool::new(false),
            hurry: AtomicBool::new(false),
        }
    }
}

impl Live {
    /// What it does now.
    pub(crate) fn now(&self) -> Now {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn put(&self, phase: ForwardPhase, next_try: Option<UnixMs>, trouble: String) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = Now { phase, next_try, trouble };
    }

    /// Something waits, or the settings changed.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// As `wake`; whatever was waited for is tried now.
    pub(crate) fn hurry(&self) {
        self.hurry.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(super) fn take_hurry(&self) -> bool {
        self.hurry.swap(false, Ordering::AcqRel)
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(crate) fn paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
    }
}

/// Forwarding's row on the health page.
pub(super) fn health_row(phase: ForwardPhase, trouble: &str) -> HealthRow {
    let row = |state, code, summary: &str| {
        HealthRow::new("stove_forward", "stoves", state, code, summary.to_owned())
    };
    match phase {
        ForwardPhase::Off => row(HealthState::Unused, "stove_forward_off", "readings stay on this station"),
        ForwardPhase::Paused => row(HealthState::Attention, "stove_forward_paused", "forwarding is paused")
            .next("Let it go on under Forwarding."),
        ForwardPhase::Idle | ForwardPhase::Sending => {
            row(HealthState::Good, "stove_forward_good", "readings go on to the server")
        }
        // Waiting for a stove's next turn is no trouble.
        ForwardPhase::Waiting if trouble.is_empty() => {
            row(HealthState::Good, "stove_forward_good", "readings go on to the server")
        }
        ForwardPhase::Waiting => row(HealthState::Attention, "stove_forward_waiting", trouble)
            .value("why", trouble)
            .next("Readings are kept and go on by themselves once the server answers."),
        ForwardPhase::SignInRefused => row(HealthState::Bad, "stove_forward_refused", trouble)
            .value("why", trouble)
            .next("Set user and password under Forwarding."),
    }
}
