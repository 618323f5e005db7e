//! What can be made to go wrong with a simulated modem.

/// Faults that are set, and how often they still strike.
#[derive(Default)]
pub(super) struct Faults {
    /// Hears everything, says nothing.
    pub mute: bool,
    /// Does not read its port.
    pub hang: bool,
    /// Next submits that are refused, and how: the `+CMS ERROR` number.
    pub refuse: (u32, u16),
    /// Next submits that go out without a final result.
    pub lost_final: u32,
    /// Next submits whose final result comes this many ms late.
    pub late_final: (u32, u64),
    /// Next submits without a prompt.
    pub no_prompt: u32,
    /// Next deletes that fail.
    pub keep: u32,
    /// Commands whose answers come before the next command's answer.
    pub shift: u32,
    held: Option<String>,
    /// Loses its port when this many bytes more have come in.
    pub unplug_at_input: Option<u64>,
    /// Loses its port when this many bytes more have been said.
    pub unplug_at_output: Option<u64>,
    /// It has said its last byte.
    pub spent: bool,
}

impl Faults {
    /// Power came back: what sat in its head is gone.
    pub fn powered_on(&mut self) {
        self.mute = false;
        self.hang = false;
        self.held = None;
        self.spent = false;
        self.unplug_at_input = None;
        self.unplug_at_output = None;
    }

    /// Counts a byte that came in.
    pub fn input_ends(&mut self) -> bool {
        match &mut self.unplug_at_input {
            None => false,
            Some(0 | 1) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }

    /// Counts bytes to be said: how many of them still get out, or `None` for all.
    pub fn cut_out(&mut self, count: usize) -> Option<usize> {
        let left = self.unplug_at_output?;
        let said = u64::try_from(count).unwrap_or(u64::MAX).min(left);
        self.unplug_at_output = Some(left - said);
        self.spent = left == said;
        usize::try_from(said).ok()
    }

    /// What is said instead of this answer. `None`: nothing.
    pub fn on_answer(&mut self, answer: String) -> Option<String> {
        if self.mute {
            return None;
        }
        let before = self.held.take();
        if self.shift > 0 {
            self.shift -= 1;
            self.held = Some(answer);
            return before;
        }
        Some(before.unwrap_or_default() + &answer)
    }

    /// Uses up one of a counted fault.
    pub fn strikes(left: &mut u32) -> bool {
        let strikes = *left > 0;
        *left = left.saturating_sub(1);
        strikes
    }
}
