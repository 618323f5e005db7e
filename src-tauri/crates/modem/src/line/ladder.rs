//! The recovery ladder: which step comes next for a modem that does not answer, and when the trouble is forgotten. Pure. The
//! first step, ESC and AT, is the dialogue's own; a modem that is merely absent never gets here.

/// A modem that has worked for this long starts at the first step again; sooner, the next trouble takes the next step,
/// so that no modem is reset in a circle. Milliseconds.
const STEADY_MS: u64 = 10 * 60_000;

/// One step of recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Close the port and open it again.
    Reopen,
    /// `AT+CFUN=1,1` (3GPP TS 27.007 section 8.2).
    Reset,
    /// Take the USB device off the bus and put it back.
    Rebind,
    /// Leave it alone for some minutes and tell a person.
    Quarantine,
}

/// Where a device session stands on the ladder.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    next: usize,
    last_ms: u64,
    steps: u32,
}

const STEPS: [Step; 4] = [Step::Reopen, Step::Reset, Step::Rebind, Step::Quarantine];

impl Ladder {
    /// The modem does not answer: what to do now.
    pub(super) fn step(&mut self, now_ms: u64) -> Step {
        if self.steps > 0 && now_ms.saturating_sub(self.last_ms) >= STEADY_MS {
            self.next = 0;
        }
        let step = STEPS[self.next.min(STEPS.len() - 1)];
        self.next += 1;
        self.last_ms = now_ms;
        self.steps = self.steps.saturating_add(1);
        step
    }

    /// A new device, or a person's word: everything from the start.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Steps taken in this device session.
    pub(super) fn steps(&self) -> u32 {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_soon_after_takes_the_next_step_and_steadiness_forgets() {
        let mut ladder = Ladder::default();
        assert_eq!(ladder.step(0), Step::Reopen);
        assert_eq!(ladder.step(60_000), Step::Reset);
        assert_eq!(ladder.step(120_000), Step::Rebind);
        assert_eq!(ladder.step(180_000), Step::Quarantine);
        assert_eq!(ladder.step(480_000), Step::Quarantine);
        assert_eq!(ladder.step(480_000 + STEADY_MS), Step::Reopen);
        assert_eq!(ladder.steps(), 6);
        ladder.clear();
        assert_eq!((ladder.step(0), ladder.steps()), (Step::Reopen, 1));
    }
}
