//! The queue in figures. Counting reads an index through, which takes a while when a million messages wait: the figures are
//! kept for a time that grows with what counting costs.

use std::time::{Duration, Instant};

use gerai_core::port::lines::LineHealth;
use gerai_store::sms::{inbox, list};
use gerai_store::{Db, StoreError};

use super::calendar;
use crate::App;
use crate::contract::SmsCounts;

/// Figures are kept this many times as long as it took to count them.
const KEPT_TIMES: u32 = 20;

/// Figures, and until when they are good.
#[derive(Default)]
pub(super) struct Counted {
    last: Option<(SmsCounts, Instant)>,
}

impl App {
    /// The queue in figures.
    pub(crate) fn sms_counts(&self, db: &Db) -> Result<SmsCounts, StoreError> {
        let mut counted = self.sms.counted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut counts = match &counted.last {
            Some((counts, until)) if Instant::now() < *until => counts.clone(),
            _ => {
                let began = Instant::now();
                let counts = self.count(db)?;
                let kept = (began.elapsed() * KEPT_TIMES).max(Duration::from_millis(50));
                counted.last = Some((counts.clone(), Instant::now() + kept));
                counts
            }
        };
        let health = self.sms.board().healths();
        let there = |health: &&LineHealth| !matches!(health, LineHealth::Absent | LineHealth::Off);
        counts.lines = i64::try_from(health.iter().filter(there).count()).unwrap_or(0);
        counts.lines_ready =
            i64::try_from(health.iter().filter(|health| **health == LineHealth::Ready).count()).unwrap_or(0);
        counts.paused = self.sms.paused();
        Ok(counts)
    }

    fn count(&self, db: &Db) -> Result<SmsCounts, StoreError> {
        let phases = list::phases(db)?;
        let of = |phase: &str| phases.get(phase).copied().unwrap_or(0);
        let day = calendar::place(self.clock.now(), &self.settings().1.sms.time_zone).day;
        let delivered = list::ended_since(db, "delivered", day)?;
        let mut failed = 0;
        for state in ["failed", "expired", "lost"] {
            failed += list::ended_since(db, state, day)?;
        }
        Ok(SmsCounts {
            waiting: of("waiting"),
            in_doubt: of("in_doubt"),
            held: list::held(db)?,
            sent_today: self.sms.board().sent_today(),
            delivered_today: delivered,
            failed_today: failed,
            unread: inbox::counts(db)?.1,
            ..SmsCounts::default()
        })
    }
}
