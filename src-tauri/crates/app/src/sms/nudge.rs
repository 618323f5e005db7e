//! What the dispatcher is told: which pools have something new, which lines changed, what is due. Kept as a set, not as a
//! queue: a flood of messages is one nudge, and none is ever lost.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use gerai_core::port::lines::LineReport;
use gerai_core::time::UnixMs;
use tokio::sync::{Notify, oneshot};

/// What happened since the dispatcher last looked.
#[derive(Default)]
pub(crate) struct Pending {
    /// Pools with a new message, and the lowest rank among the new.
    pub(crate) pools: BTreeMap<String, i64>,
    /// Every pool is to be read anew: rules, keys or the pause changed.
    pub(crate) all: bool,
    /// Lines as they are now, by IMEI: the newest report counts.
    pub(crate) reports: BTreeMap<String, LineReport>,
    /// What is set for lines, or in the settings, changed.
    pub(crate) setup: bool,
    /// Told when it is on the board.
    pub(crate) waiting: Vec<oneshot::Sender<()>>,
    /// Something is due then at the earliest.
    pub(crate) due: Option<UnixMs>,
    /// Parts whose final result came too late: ticket and TP-MR.
    pub(crate) late: Vec<(u64, u8)>,
    /// Blocked lines' messages that an operator released.
    pub(crate) woken: HashSet<i64>,
}

/// Tells the dispatcher.
#[derive(Default)]
pub(crate) struct Nudge {
    pending: Mutex<Pending>,
    notify: Notify,
}

impl Nudge {
    fn tell(&self, what: impl FnOnce(&mut Pending)) {
        what(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        self.notify.notify_one();
    }

    /// A message waits in a pool.
    pub(crate) fn pool(&self, pool: &str, rank: i64) {
        self.tell(|pending| {
            let lowest = pending.pools.entry(pool.to_owned()).or_insert(rank);
            *lowest = rank.min(*lowest);
        });
    }

    /// Everything is to be looked at anew.
    pub(crate) fn all(&self) {
        self.tell(|pending| pending.all = true);
    }

    /// Keys came.
    pub(crate) fn keys(&self) {
        self.all();
    }

    /// A line changed.
    pub(crate) fn report(&self, report: LineReport) {
        self.tell(|pending| {
            pending.reports.insert(report.key.imei.clone(), report);
        });
    }

    /// What is set for lines changed.
    pub(crate) fn setup(&self) {
        self.tell(|pending| {
            pending.setup = true;
            pending.all = true;
        });
    }

    /// The same, with word when it is on the board.
    pub(crate) fn setup_told(&self) -> oneshot::Receiver<()> {
        let (say, hear) = oneshot::channel();
        self.tell(|pending| {
            pending.setup = true;
            pending.all = true;
            pending.waiting.push(say);
        });
        hear
    }

    /// Something has to be done at this moment.
    pub(crate) fn due(&self, at: UnixMs) {
        self.tell(|pending| pending.due = Some(pending.due.map_or(at, |due| due.min(at))));
    }

    /// A key's time will be over then.
    pub(crate) fn key_epoch(&self, until: UnixMs) {
        self.due(until);
    }

    /// A final result came after its deadline.
    pub(crate) fn late(&self, ticket: u64, reference: u8) {
        self.tell(|pending| pending.late.push((ticket, reference)));
    }

    /// A line shall be tried again at once.
    pub(crate) fn wake(&self, line_id: i64) {
        self.tell(|pending| {
            pending.woken.insert(line_id);
            pending.all = true;
        });
    }

    /// Takes what there is.
    pub(crate) fn take(&self) -> Pending {
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Resolves when there is something.
    pub(crate) async fn told(&self) {
        self.notify.notified().await;
    }
}
