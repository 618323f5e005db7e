//! The scan session: what the camera does, its newest picture, and the verdicts on what it saw. In memory only; one session at
//! a time, as one camera runs at a time. Held for moments, never across a wait.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gerai_core::port::scan::{CameraFault, CameraState, CodeFound, Frame};
use gerai_core::time::UnixMs;
use gerai_store::stove::Place;
use tokio::runtime::Handle;

use super::settle::is_one_scan;
use crate::contract::{CameraPhase, CameraTrouble, ScanHint, ScanOutline, ScanState, TakeOutcome, Taken};

/// Nothing was read for this long: something else would help than aiming.
const LONG_MS: i64 = 6_000;
/// Codes that are being looked at at once; further ones come again with the next picture.
const BUSY_MAX: usize = 8;
/// Codes that are remembered for telling repeats.
const SEEN_MAX: usize = 256;

/// What the session knows.
#[derive(Default)]
pub(crate) struct Inner {
    phase: Option<CameraState>,
    frame: Option<Frame>,
    outline: Option<ScanOutline>,
    /// When each code was last seen.
    seen: HashMap<Vec<u8>, UnixMs>,
    busy: usize,
    verdicts: i64,
    taken: i64,
    last: Option<(Taken, UnixMs)>,
    last_code: Option<UnixMs>,
    started: Option<UnixMs>,
    several: bool,
    officer: String,
    note: String,
    position: Option<Place>,
    runtime: Option<Handle>,
}

/// The session.
#[derive(Default)]
pub(crate) struct Session(Mutex<Inner>);

/// A code that is to be looked at.
pub(crate) struct Wanted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) officer: String,
    pub(crate) note: String,
    pub(crate) position: Option<Place>,
    pub(crate) runtime: Handle,
}

impl Session {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session begins; what was of the one before is forgotten.
    pub(crate) fn begin(&self, officer: String, note: String, position: Option<Place>, now: UnixMs) {
        let mut inner = self.inner();
        let (phase, frame, busy) = (inner.phase.take(), inner.frame.take(), inner.busy);
        *inner = Inner {
            phase,
            frame,
            busy,
            officer,
            note,
            position,
            started: Some(now),
            runtime: Handle::try_current().ok(),
            ..Inner::default()
        };
    }

    /// The newest picture.
    pub(crate) fn frame(&self) -> Option<Frame> {
        self.inner().frame.clone()
    }

    pub(crate) fn put_frame(&self, frame: Frame) {
        self.inner().frame = Some(frame);
    }

    pub(crate) fn put_phase(&self, state: CameraState) {
        let mut inner = self.inner();
        if matches!(state, CameraState::Off) {
            inner.frame = None;
            inner.outline = None;
        }
        inner.phase = Some(state);
    }

    /// Codes in a picture: those that were not seen within the last three seconds are to be looked at. `true` beside them:
    /// the screens should look.
    pub(crate) fn codes(&self, codes: Vec<CodeFound>, frame: &Frame, now: UnixMs) -> (Vec<Wanted>, bool) {
        let mut inner = self.inner();
        let outlined = inner.outline.is_some() && inner.last_code.is_some_and(|at| now.since(at) < 500);
        inner.several = codes.len() > 1;
        inner.last_code = Some(now);
        if let Some(code) = codes.first() {
            inner.outline = Some(ScanOutline {
                corners: code.corners.iter().map(|(x, y)| [i64::from(*x), i64::from(*y)]).collect(),
                width: frame.width.into(),
                height: frame.height.into(),
                at_ms: now.0,
            });
        }
        let Some(runtime) = inner.runtime.clone() else { return (Vec::new(), !outlined) };
        if inner.seen.len() > SEEN_MAX {
            inner.seen.retain(|_, at| is_one_scan(*at, now));
        }
        let mut wanted = Vec::new();
        for code in codes {
            let before = inner.seen.insert(code.bytes.clone(), now);
            let again = before.is_some_and(|at| is_one_scan(at, now));
            if again {
                continue;
            }
            if inner.busy >= BUSY_MAX {
                // It comes again with the next picture.
                inner.seen.remove(&code.bytes);
                continue;
            }
            inner.busy += 1;
            wanted.push(Wanted {
                bytes: code.bytes,
                officer: inner.officer.clone(),
                note: inner.note.clone(),
                position: inner.position,
                runtime: runtime.clone(),
            });
        }
        (wanted, !outlined)
    }

    /// A code was looked at.
    pub(crate) fn verdict(&self, taken: Option<Taken>, now: UnixMs) {
        let mut inner = self.inner();
        inner.busy = inner.busy.saturating_sub(1);
        if let Some(taken) = taken {
            inner.verdicts += 1;
            inner.taken += i64::from(taken.outcome == TakeOutcome::Taken);
            inner.last = Some((taken, now));
        }
    }

    /// As screens see it.
    pub(crate) fn view(&self, available: bool, now: UnixMs) -> ScanState {
        let inner = self.inner();
        let (phase, camera, size, trouble) = match inner.phase.as_ref() {
            None | Some(CameraState::Off) => (CameraPhase::Off, "", (0, 0), None),
            Some(CameraState::Opening) => (CameraPhase::Opening, "", (0, 0), None),
            Some(CameraState::Running { name, width, height, .. }) => {
                (CameraPhase::Running, name.as_str(), (*width, *height), None)
            }
            Some(CameraState::Failed(fault)) => (CameraPhase::Failed, "", (0, 0), Some(fault)),
        };
        ScanState {
            available,
            phase,
            camera: camera.to_owned(),
            width: size.0.into(),
            height: size.1.into(),
            trouble: trouble.map(trouble_word),
            trouble_text: trouble.map(ToString::to_string).unwrap_or_default(),
            frame: inner.frame.as_ref().map_or(0, |frame| i64::try_from(frame.sequence).unwrap_or(i64::MAX)),
            outline: inner.outline.clone(),
            verdicts: inner.verdicts,
            last: inner.last.as_ref().map(|(taken, _)| taken.clone()),
            last_ms: inner.last.as_ref().map(|(_, at)| at.0),
            hint: hint(&inner, now),
            officer: inner.officer.clone(),
            taken: inner.taken,
        }
    }
}

/// What would help now.
fn hint(inner: &Inner, now: UnixMs) -> ScanHint {
    let fresh = |at: UnixMs| (0..LONG_MS).contains(&now.since(at));
    if inner.several && inner.last_code.is_some_and(fresh) {
        return ScanHint::Several;
    }
    if let Some((taken, at)) = &inner.last
        && fresh(*at)
    {
        return match taken.outcome {
            TakeOutcome::Unreadable => ScanHint::NotAStove,
            TakeOutcome::Taken | TakeOutcome::Known | TakeOutcome::Evidence => ScanHint::Next,
        };
    }
    let quiet = inner.last_code.or(inner.started);
    if quiet.is_none_or(fresh) { ScanHint::Aim } else { ScanHint::Nearer }
}

/// The word for a camera's fault.
pub(crate) fn trouble_word(fault: &CameraFault) -> CameraTrouble {
    match fault {
        CameraFault::NoCamera => CameraTrouble::NoCamera,
        CameraFault::Busy => CameraTrouble::Busy,
        CameraFault::Unplugged => CameraTrouble::Unplugged,
        CameraFault::Denied => CameraTrouble::Denied,
        CameraFault::Unsupported => CameraTrouble::Unsupported,
        CameraFault::Other(_) => CameraTrouble::Other,
    }
}
