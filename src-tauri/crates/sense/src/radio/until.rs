//! A deadline, and steps towards it that have shorter ones of their own.

use std::time::Duration;

use gerai_core::port::scan::radio::{RadioFault, RadioStep};
use tokio::time::Instant;

/// When a call has to be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    at: Instant,
    given: Duration,
}

impl Until {
    /// So long from now on.
    pub fn from_now(given: Duration) -> Self {
        Self { at: Instant::now() + given, given }
    }

    /// What is left.
    pub fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// That `doing` took too long.
    pub fn over(&self, doing: RadioStep) -> RadioFault {
        RadioFault::Timeout { doing, deadline_ms: u64::try_from(self.given.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Waits for a step, at most `max` and never past the deadline.
    pub async fn step<T>(
        &self,
        doing: RadioStep,
        max: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, RadioFault> {
        tokio::time::timeout(max.min(self.left()), work).await.map_err(|_| self.over(doing))
    }
}
