//! Tests of the states: every word, every step, every report status.

use super::*;
use proptest::prelude::*;

#[test]
fn words_are_read_back() {
    for state in State::ALL {
        assert_eq!(State::parse(state.word()), Some(state));
    }
    for part in PartState::ALL {
        assert_eq!(PartState::parse(part.word()), Some(part));
    }
    assert_eq!(State::parse("unknown"), None);
    assert_eq!(State::parse("Queued"), None);
    assert_eq!(Class::parse("otp"), Some(Class::Otp));
    assert_eq!(Class::parse("OTP"), None);
}

/// From which states a step leads on, and where to; from every other one it is refused.
fn check(event: Event, from: &[State], to: State) {
    for state in State::ALL {
        let want = if from.contains(&state) { Ok(to) } else { Err(NoSuchStep { state, event }) };
        assert_eq!(state.after(event), want, "{state:?} {event:?}");
    }
}

#[test]
fn steps() {
    use State::*;
    let waiting = [Scheduled, Queued, Held, Leased];
    check(Event::Due, &[Scheduled], Queued);
    check(Event::Hold, &waiting, Held);
    check(Event::Lease, &[Queued], Leased);
    check(Event::Return, &[Leased, Submitting], Queued);
    check(Event::Submit, &[Leased], Submitting);
    check(Event::Fail, &[Queued, Leased, Submitting], Failed);
    check(Event::Expire(Class::Normal), &waiting, Expired);
    check(Event::Expire(Class::Otp), &[Scheduled, Queued, Held, Leased, InDoubt], Expired);
    check(Event::Cancel, &waiting, Cancelled);
    check(Event::Lose, &waiting, Lost);
    check(Event::SendAgain, &[InDoubt, Held], Queued);
    check(Event::AssumeSent, &[InDoubt, Held], Sent);
    check(Event::AssumeFailed, &[InDoubt, Held], Failed);
    check(Event::Parts(Delivered), &[Submitting, Sent, InDoubt, Delivered, Failed, Expired], Delivered);
    check(Event::Parts(Failed), &[Submitting, Sent, InDoubt, Failed], Failed);
    check(Event::Parts(Sent), &[Submitting, Sent, InDoubt], Sent);
    check(Event::Parts(InDoubt), &[Submitting, InDoubt], InDoubt);
    check(Event::Parts(Queued), &[], Queued);
}

#[test]
fn a_restore_sends_nothing() {
    for state in State::ALL {
        let after = state.after(Event::Restore);
        match state {
            State::Sent => assert_eq!(after, Ok(State::Sent)),
            ended if ended.is_terminal() => assert!(after.is_err()),
            _ => assert_eq!(after, Ok(State::Held)),
        }
    }
}

#[test]
fn what_the_parts_make_of_it() {
    use PartState::*;
    for (total, parts, want) in [
        (1, &[][..], State::Leased),
        (1, &[Submitting], State::Submitting),
        (1, &[Sent], State::Sent),
        (1, &[Delivered], State::Delivered),
        (2, &[Delivered], State::Submitting),
        (2, &[Delivered, Sent], State::Sent),
        (2, &[Delivered, Delivered], State::Delivered),
        (2, &[InDoubt, Submitting], State::Submitting),
        (2, &[InDoubt], State::InDoubt),
        (3, &[Delivered, InDoubt, Sent], State::InDoubt),
        (3, &[Failed, InDoubt, Sent], State::InDoubt),
        (3, &[Failed, Delivered, Sent], State::Failed),
        (3, &[Failed], State::Failed),
    ] {
        assert_eq!(aggregate(total, parts), want, "{parts:?} of {total}");
    }
}

#[test]
fn every_report_status() {
    for status in 0..=255u8 {
        let want = match status {
            0 => ReportOutcome::Delivered,
            1..32 | 128.. => ReportOutcome::Unknown,
            32..64 => ReportOutcome::Pending,
            64..128 => ReportOutcome::Failed,
        };
        assert_eq!(ReportOutcome::of(status), want, "{status:#04x}");
    }
    // Forwarded but unconfirmed; replaced; no response from the phone, still trying; number unknown; validity over.
    for (status, part) in [
        (0x00, PartState::Delivered),
        (0x01, PartState::Sent),
        (0x02, PartState::Sent),
        (0x22, PartState::Sent),
        (0x41, PartState::Failed),
        (0x46, PartState::Failed),
        (0x62, PartState::Failed),
        (0xFF, PartState::Sent),
    ] {
        for before in [PartState::Sent, PartState::InDoubt] {
            assert_eq!(ReportOutcome::of(status).on(before), part, "{status:#04x}");
        }
        assert_eq!(ReportOutcome::of(status).on(PartState::Delivered), PartState::Delivered);
    }
}

#[test]
fn only_a_living_code_is_sent_again_and_once() {
    let now = UnixMs(1_000_000);
    let doubt =
        Doubt { class: Class::Otp, resend: true, resent: false, deadline: Some(now.plus(60_000)), now };
    assert_eq!(in_doubt(doubt), DoubtAction::SendAgain);
    for other in [
        Doubt { class: Class::Normal, ..doubt },
        Doubt { resend: false, ..doubt },
        Doubt { resent: true, ..doubt },
        Doubt { deadline: None, ..doubt },
        Doubt { deadline: Some(now.plus(59_999)), ..doubt },
        Doubt { deadline: Some(now.plus(-1)), ..doubt },
    ] {
        assert_eq!(in_doubt(other), DoubtAction::Wait, "{other:?}");
    }
}

fn part() -> impl Strategy<Value = PartState> {
    proptest::sample::select(PartState::ALL.to_vec())
}

proptest! {
    #[test]
    fn delivered_is_all_parts_and_nothing_less(parts in prop::collection::vec(part(), 0..12), more in 0..3usize) {
        let total = parts.len() + more;
        let all = more == 0 && !parts.is_empty() && parts.iter().all(|part| *part == PartState::Delivered);
        prop_assert_eq!(aggregate(total, &parts) == State::Delivered, all);
    }

    #[test]
    fn the_order_of_parts_is_of_no_account(parts in prop::collection::vec(part(), 1..12).prop_shuffle()) {
        let mut sorted = parts.clone();
        sorted.sort_by_key(|part| part.word());
        prop_assert_eq!(aggregate(parts.len(), &parts), aggregate(sorted.len(), &sorted));
    }
}
