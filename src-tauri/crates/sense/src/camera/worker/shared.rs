//! What the camera's threads and their callers share: the wish, the state, the one place for the newest picture, and a
//! bell that rings when any of them changes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gerai_core::port::scan::{CameraFault, CameraState, CameraWish};

use crate::camera::lens::Opened;
use crate::camera::picture::Picture;

/// What the worker saw when the bell rang.
pub(super) enum Seen {
    /// The newest picture and its number.
    Picture(Picture, u64),
    /// The taker ended.
    Ended(CameraFault),
    /// Nothing for as long as was waited.
    Silence,
    /// There is another wish, or the station ends.
    Other,
}

struct Inner {
    /// Grows with every wish.
    number: u64,
    wish: Option<CameraWish>,
    /// The wish that the worker has taken up.
    taken_up: u64,
    quit: bool,
    state: CameraState,
    /// The taker that counts; pictures of others are thrown away.
    taking: u64,
    /// Takers that have not ended.
    alive: Vec<u64>,
    opened: Option<Opened>,
    newest: Option<(Picture, u64)>,
    ended: Option<CameraFault>,
    /// Number of the last picture.
    sequence: u64,
}

/// See the module.
pub(in crate::camera) struct Shared {
    inner: Mutex<Inner>,
    bell: Condvar,
}

impl Default for Shared {
    fn default() -> Self {
        let inner = Inner {
            number: 0,
            wish: None,
            taken_up: 0,
            quit: false,
            state: CameraState::Off,
            taking: 0,
            alive: Vec::new(),
            opened: None,
            newest: None,
            ended: None,
            sequence: 0,
        };
        Self { inner: Mutex::new(inner), bell: Condvar::new() }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the bell until `done` says so or the time is over; whether it was done.
    fn wait_until(&self, time: Duration, done: impl Fn(&Inner) -> bool) -> (MutexGuard<'_, Inner>, bool) {
        let until = Instant::now() + time;
        let mut inner = self.lock();
        loop {
            if done(&inner) {
                return (inner, true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return (inner, false);
            }
            inner = self.bell.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Somebody wants pictures, or none any more.
    pub fn wish(&self, wish: Option<CameraWish>) {
        let mut inner = self.lock();
        inner.number += 1;
        inner.wish = wish;
        self.bell.notify_all();
    }

    /// The station ends.
    pub fn quit(&self) {
        self.lock().quit = true;
        self.bell.notify_all();
    }

    /// The camera that runs.
    pub fn running(&self) -> Option<Opened> {
        self.lock().opened.clone()
    }

    /// How it fares.
    pub fn state(&self) -> CameraState {
        self.lock().state.clone()
    }

    /// Whether this is news.
    pub(super) fn set_state(&self, state: CameraState) -> bool {
        let mut inner = self.lock();
        let news = inner.state != state;
        inner.state = state;
        news
    }

    /// Waits for a wish that was not taken up; `None`: the station ends. Idle without a deadline: nothing wakes it.
    pub(super) fn next_wish(&self) -> Option<(u64, Option<CameraWish>)> {
        let mut inner = self.lock();
        loop {
            if inner.quit {
                return None;
            }
            if inner.number != inner.taken_up {
                inner.taken_up = inner.number;
                return Some((inner.number, inner.wish.clone()));
            }
            inner = self.bell.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Pauses; whether somebody wished for something else meanwhile.
    pub(super) fn wait_for_other_wish(&self, number: u64, pause: Duration) -> bool {
        self.wait_until(pause, |inner| inner.quit || inner.number != number).1
    }

    /// Waits for what this taker brings.
    pub(super) fn wait_for_picture(&self, number: u64, taking: u64, patience: Duration) -> Seen {
        let (mut inner, rang) = self.wait_until(patience, |inner| {
            inner.quit
                || inner.number != number
                || inner.newest.is_some()
                || inner.ended.is_some()
                || !inner.alive.contains(&taking)
        });
        if inner.quit || inner.number != number {
            return Seen::Other;
        }
        if let Some((picture, sequence)) = inner.newest.take() {
            return Seen::Picture(picture, sequence);
        }
        if rang {
            let fault = inner.ended.take();
            return Seen::Ended(fault.unwrap_or_else(|| CameraFault::Other("its thread ended".to_owned())));
        }
        Seen::Silence
    }

    /// Makes room for a new taker and gives its number.
    pub(super) fn new_taker(&self) -> u64 {
        let mut inner = self.lock();
        inner.taking += 1;
        inner.opened = None;
        inner.newest = None;
        inner.ended = None;
        let taking = inner.taking;
        inner.alive.push(taking);
        taking
    }

    /// Tells the taker to end and waits for it; one that does not is left behind.
    pub(super) fn end_taker(&self, patience: Duration) {
        let last = {
            let mut inner = self.lock();
            let last = inner.taking;
            inner.taking += 1;
            inner.opened = None;
            inner.newest = None;
            self.bell.notify_all();
            last
        };
        let (_inner, gone) = self.wait_until(patience, |inner| !inner.alive.contains(&last));
        if !gone {
            tracing::warn!("The camera does not let go; going on without it");
        }
    }

    /// Takers that did not end when they were told to.
    pub(super) fn hanging(&self) -> usize {
        self.lock().alive.len()
    }

    /// Whether this taker still counts.
    pub(super) fn counts(&self, taking: u64) -> bool {
        let inner = self.lock();
        inner.taking == taking && !inner.quit
    }

    /// A taker has opened its camera.
    pub(super) fn opened(&self, taking: u64, opened: Opened) {
        let mut inner = self.lock();
        if inner.taking == taking {
            inner.opened = Some(opened);
        }
    }

    /// A taker has a picture: it takes the place of the one before.
    pub(super) fn newest(&self, taking: u64, picture: Picture) {
        let mut inner = self.lock();
        if inner.taking == taking {
            inner.sequence += 1;
            let sequence = inner.sequence;
            inner.newest = Some((picture, sequence));
            self.bell.notify_all();
        }
    }

    /// A taker knows why it ends.
    pub(super) fn ending(&self, taking: u64, fault: CameraFault) {
        let mut inner = self.lock();
        if inner.taking == taking {
            inner.ended = Some(fault);
        }
    }

    /// A taker is gone, and with it its hold of the camera.
    pub(super) fn gone(&self, taking: u64) {
        self.lock().alive.retain(|other| *other != taking);
        self.bell.notify_all();
    }
}
