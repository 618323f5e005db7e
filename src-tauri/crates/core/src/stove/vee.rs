//! The standing of a reading, in the words of validation, estimation and editing (VEE) that utilities use. What the
//! stove sent is never altered or deleted: a validation, an estimate or an edit is a row of its own beside it, with who
//! and why. This file is the rule for which row may follow which.

use serde::{Deserialize, Serialize};

use super::quality::{Flag, Severity};
use super::verify::Signature;

/// A longer reason is refused, characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Standing of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As it came.
    Raw,
    /// A rule or a person found it right.
    Validated,
    /// Worked out from its neighbours, because none was read or the one read is wrong.
    Estimated,
    /// A person put another figure beside it.
    Edited,
}

/// What changes a standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The rules found nothing wrong: genuine, and no flag above a notice.
    PassRules,
    /// A person says that it is right in spite of its flags.
    Accept {
        /// Why.
        reason: String,
    },
    /// It is worked out from its neighbours.
    Estimate {
        /// Why.
        reason: String,
    },
    /// A person gives another figure.
    Edit {
        /// Why.
        reason: String,
    },
    /// A person takes all of that back: what the stove sent counts again.
    Restore {
        /// Why.
        reason: String,
    },
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// It does not follow.
    #[error("a reading that is {} cannot take this step; look at it again", .standing.word())]
    NoSuchStep {
        /// What it is.
        standing: Standing,
    },
    /// No reason.
    #[error("a reason is needed; say in a few words why")]
    NoReason,
    /// More than [`REASON_CHARS_MAX`].
    #[error("the reason has {chars} characters, at most {REASON_CHARS_MAX} are kept; shorten it")]
    LongReason {
        /// How many.
        chars: usize,
    },
}

impl Standing {
    /// The word in SQL, JSON and on screens.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Validated => "validated",
            Self::Estimated => "estimated",
            Self::Edited => "edited",
        }
    }

    /// The standing of a word, or `None` for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Raw, Self::Validated, Self::Estimated, Self::Edited].into_iter().find(|one| one.word() == word)
    }

    /// The standing after a step.
    ///
    /// # Errors
    /// A step that does not follow, or a person's step without a reason.
    pub fn after(self, step: &Step) -> Result<Self, StepRefused> {
        if let Some(reason) = step.reason() {
            let chars = reason.trim().chars().count();
            if chars == 0 {
                return Err(StepRefused::NoReason);
            }
            if chars > REASON_CHARS_MAX {
                return Err(StepRefused::LongReason { chars });
            }
        }
        match (step, self) {
            (Step::PassRules | Step::Accept { .. }, Self::Raw) => Ok(Self::Validated),
            // A rule never undoes what a person did, and an edit is not an accepted original.
            (Step::PassRules | Step::Accept { .. }, Self::Validated | Self::Estimated | Self::Edited)
            | (Step::Restore { .. }, Self::Raw) => Err(StepRefused::NoSuchStep { standing: self }),
            (Step::Estimate { .. }, Self::Raw | Self::Validated | Self::Estimated) => Ok(Self::Estimated),
            // A person's figure is not replaced by a reckoned one before it is taken back.
            (Step::Estimate { .. }, Self::Edited) => Err(StepRefused::NoSuchStep { standing: self }),
            (Step::Edit { .. }, Self::Raw | Self::Validated | Self::Estimated | Self::Edited) => {
                Ok(Self::Edited)
            }
            (Step::Restore { .. }, Self::Validated | Self::Estimated | Self::Edited) => Ok(Self::Raw),
        }
    }
}

impl Step {
    /// What was given as the reason; a rule gives none.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::PassRules => None,
            Self::Accept { reason }
            | Self::Estimate { reason }
            | Self::Edit { reason }
            | Self::Restore { reason } => Some(reason),
        }
    }
}

/// Whether the rules alone validate a reading.
#[must_use]
pub fn passes(signature: Signature, flags: &[Flag]) -> bool {
    signature.is_genuine() && flags.iter().all(|flag| flag.severity() == Severity::Notice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stove::units::{UnixS, Volts};

    fn steps() -> [Step; 5] {
        let reason = || "the officer read it again".to_owned();
        [
            Step::PassRules,
            Step::Accept { reason: reason() },
            Step::Estimate { reason: reason() },
            Step::Edit { reason: reason() },
            Step::Restore { reason: reason() },
        ]
    }

    #[test]
    fn the_table_of_steps() {
        use Standing::{Edited, Estimated, Raw, Validated};
        for (from, want) in [
            (Raw, [Some(Validated), Some(Validated), Some(Estimated), Some(Edited), None]),
            (Validated, [None, None, Some(Estimated), Some(Edited), Some(Raw)]),
            (Estimated, [None, None, Some(Estimated), Some(Edited), Some(Raw)]),
            (Edited, [None, None, None, Some(Edited), Some(Raw)]),
        ] {
            assert_eq!(steps().map(|step| from.after(&step).ok()), want, "{from:?}");
            assert_eq!(Standing::parse(from.word()), Some(from));
        }
    }

    #[test]
    fn a_person_says_why() {
        let silent = Step::Edit { reason: " \n".to_owned() };
        assert_eq!(Standing::Raw.after(&silent), Err(StepRefused::NoReason));
        let endless = Step::Edit { reason: "x".repeat(501) };
        assert_eq!(Standing::Raw.after(&endless), Err(StepRefused::LongReason { chars: 501 }));
    }

    #[test]
    fn rules_validate_what_is_genuine_and_plausible() {
        let low = Flag::VoltageOutside { volts: Volts(100) };
        let late = Flag::TimeNotIncreasing { t: UnixS(1), newest: UnixS(2) };
        assert!(passes(Signature::Valid, &[]) && passes(Signature::ValidPreviousKey, &[late]));
        assert!(!passes(Signature::Valid, &[late, low]));
        assert!(!passes(Signature::UnknownStove, &[]) && !passes(Signature::DemoKey, &[]));
    }
}
