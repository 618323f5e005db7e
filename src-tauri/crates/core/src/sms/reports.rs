//! Which part a status report is about. The network names it by the line, an 8-bit reference (TP-MR) that comes round again
//! after 256 messages, and the recipient as it likes to write it. Better no part than the wrong one: what does not fit is
//! `None`, what fits twice is `Ambiguous`, and the message waits for another report or an operator.

use super::state::PartState;
use crate::time::UnixMs;

/// A report is looked for among parts submitted at most this long before it came, milliseconds: service centres try for
/// two days at most by default, and then report.
pub const REPORT_WINDOW_MS: i64 = 72 * 3_600_000;

/// A part that a report may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The part.
    pub part: i64,
    /// The line it was given to.
    pub line: i64,
    /// Its TP-MR; `None`: the network's answer never came.
    pub reference: Option<u8>,
    /// The last 8 digits of its recipient are those of the report's.
    pub tail_matches: bool,
    /// When it was given to the modem.
    pub submitted: UnixMs,
    /// Its state.
    pub state: PartState,
}

/// A status report that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The line it came by.
    pub line: i64,
    /// TP-MR (3GPP TS 23.040, section 9.2.3.6).
    pub reference: u8,
    /// When the station got it (the service centre's own time says nothing about this station's clock).
    pub at: UnixMs,
}

/// Which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// This one, by its reference.
    Part(i64),
    /// This one without a reference: nothing else can be meant. The report proves that it left.
    InDoubt(i64),
    /// None that is known.
    None,
    /// Several parts without a reference fit equally well.
    Ambiguous,
}

/// Finds the part of a report among those of the same line and recipient, submitted before it and within
/// [`REPORT_WINDOW_MS`]:
///
/// 1. a part that waits for a report and has this reference; of several the newest, because references come round;
/// 2. a part with this reference that has had its last report: the report came again. Before 3, because taking a
///    repeated report for a proof would end a doubt wrongly;
/// 3. the only part without a reference (in doubt, or its answer is still to come: a report can overtake it).
#[must_use]
pub fn match_report(report: &Report, candidates: &[Candidate]) -> Match {
    let fitting = || {
        candidates.iter().filter(|candidate| {
            let age = report.at.since(candidate.submitted);
            candidate.line == report.line && candidate.tail_matches && (0..=REPORT_WINDOW_MS).contains(&age)
        })
    };
    let by_reference = fitting()
        .filter(|candidate| candidate.reference == Some(report.reference))
        .max_by_key(|candidate| (is_open(candidate.state), candidate.submitted, candidate.part));
    if let Some(found) = by_reference {
        return Match::Part(found.part);
    }
    let mut nameless =
        fitting().filter(|candidate| candidate.reference.is_none() && is_open(candidate.state));
    match (nameless.next(), nameless.next()) {
        (None, _) => Match::None,
        (Some(only), None) => Match::InDoubt(only.part),
        (Some(_), Some(_)) => Match::Ambiguous,
    }
}

/// Waits for a report.
fn is_open(state: PartState) -> bool {
    match state {
        PartState::Submitting | PartState::Sent | PartState::InDoubt => true,
        PartState::Delivered | PartState::Failed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: UnixMs = UnixMs(1_000_000_000);
    const REPORT: Report = Report { line: 1, reference: 7, at: AT };

    fn sent(part: i64, age_ms: i64) -> Candidate {
        Candidate {
            part,
            line: 1,
            reference: Some(7),
            tail_matches: true,
            submitted: AT.plus(-age_ms),
            state: PartState::Sent,
        }
    }

    fn doubtful(part: i64, age_ms: i64) -> Candidate {
        Candidate { reference: None, state: PartState::InDoubt, ..sent(part, age_ms) }
    }

    fn check(candidates: &[Candidate], want: Match) {
        assert_eq!(match_report(&REPORT, candidates), want, "{candidates:?}");
    }

    #[test]
    fn by_line_reference_recipient_and_time() {
        check(&[sent(1, 5_000)], Match::Part(1));
        check(&[sent(1, 0)], Match::Part(1));
        check(&[sent(1, REPORT_WINDOW_MS)], Match::Part(1));
        check(&[sent(1, REPORT_WINDOW_MS + 1)], Match::None);
        check(&[sent(1, -1)], Match::None);
        check(&[Candidate { line: 2, ..sent(1, 5_000) }], Match::None);
        check(&[Candidate { reference: Some(8), ..sent(1, 5_000) }], Match::None);
        check(&[Candidate { tail_matches: false, ..sent(1, 5_000) }], Match::None);
        check(&[], Match::None);
    }

    #[test]
    fn references_come_round() {
        check(&[sent(1, 90_000), sent(2, 5_000), sent(3, 70_000)], Match::Part(2));
        let had_its_report = Candidate { state: PartState::Delivered, ..sent(2, 5_000) };
        check(&[sent(1, 90_000), had_its_report], Match::Part(1));
        check(&[had_its_report], Match::Part(2));
    }

    #[test]
    fn a_doubt_ends_only_when_nothing_else_can_be_meant() {
        check(&[doubtful(1, 5_000)], Match::InDoubt(1));
        check(&[Candidate { state: PartState::Submitting, ..doubtful(1, 5) }], Match::InDoubt(1));
        check(&[doubtful(1, 5_000), sent(2, 90_000)], Match::Part(2));
        check(&[doubtful(1, 5_000), Candidate { state: PartState::Failed, ..sent(2, 9) }], Match::Part(2));
        check(&[doubtful(1, 5_000), Candidate { reference: Some(8), ..sent(2, 9) }], Match::InDoubt(1));
        check(&[doubtful(1, 5_000), doubtful(2, 6_000)], Match::Ambiguous);
        check(&[doubtful(1, -1)], Match::None);
        check(&[Candidate { line: 2, ..doubtful(1, 5_000) }], Match::None);
        check(&[Candidate { tail_matches: false, ..doubtful(1, 5_000) }], Match::None);
        check(&[Candidate { state: PartState::Failed, ..doubtful(1, 5_000) }], Match::None);
    }

    proptest! {
        #[test]
        fn never_a_part_of_another_line_or_recipient(
            rows in prop::collection::vec((0..3i64, prop::option::of(6..9u8), any::<bool>(), 0..1_000i64, 0..5usize), 0..12),
        ) {
            let candidates: Vec<Candidate> = rows.iter().enumerate().map(|(part, row)| Candidate {
                part: part as i64,
                line: row.0,
                reference: row.1,
                tail_matches: row.2,
                submitted: AT.plus(-row.3),
                state: PartState::ALL[row.4],
            }).collect();
            let mut reversed = candidates.clone();
            reversed.reverse();
            let found = match_report(&REPORT, &candidates);
            prop_assert_eq!(found, match_report(&REPORT, &reversed));
            if let Match::Part(part) | Match::InDoubt(part) = found {
                let candidate = candidates[usize::try_from(part).unwrap()];
                prop_assert!(candidate.line == 1 && candidate.tail_matches);
                prop_assert!(candidate.reference.is_none_or(|reference| reference == 7));
            }
        }
    }
}
