//! What must hold of the choice of a SIM for any rules, lines and traffic.

use super::tests::{line, priced, rule, rules, sent, to, wanted};
use super::*;
use crate::port::lines::LineHealth;
use crate::sms::limits::Limits;
use proptest::prelude::*;

/// Any line of a small station.
fn any_line(id: i64) -> impl Strategy<Value = Line> {
    let health = prop::sample::select(vec![LineHealth::Ready, LineHealth::Ready, LineHealth::Searching]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), prop::bool::weighted(0.9));
    let limits = (0..4u32, 0..20u32, 0..40u32, 0..60u32, 0..10u32);
    (health, flags, limits, prop::option::of(0..400i64), 0..5u64, 0..3_000u32).prop_map(
        move |(health, (api, default, weak, active), limits, price, last_used, gap_ms)| Line {
            health,
            send_from_api: api,
            is_default: default,
            weak,
            active,
            limits: Limits {
                second: limits.0,
                hour: limits.1,
                day: limits.2,
                month: limits.3,
                recipients: limits.4,
            },
            last_used,
            gap_ms,
            ..price.map_or_else(|| line(id), |price| priced(id, &[("", price)]))
        },
    )
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    (any_line(1), any_line(2), any_line(3), any_line(4)).prop_map(|(a, b, c, d)| vec![a, b, c, d])
}

/// A message: its number, class, size, the line a person chose, and whether a program sends it.
type Traffic = (u32, bool, u32, Option<i64>, bool);

fn any_traffic() -> impl Strategy<Value = Vec<Traffic>> {
    prop::collection::vec((0..6u32, any::<bool>(), 1..5u32, prop::option::of(1..5i64), any::<bool>()), 1..120)
}

proptest! {
    #[test]
    fn no_limit_is_ever_exceeded(mut lines in any_lines(), traffic in any_traffic()) {
        let rules = rules(&[rule("6281", &[&[1, 2], &[3]])]);
        let mut seen = std::collections::HashSet::new();
        for (number, otp, parts, pinned, from_api) in traffic {
            let number = to(&format!("08123456{number:04}"));
            let has_seen = |id: i64| seen.contains(&(id, number.digits().to_owned()));
            let class = if otp { Class::Otp } else { Class::Normal };
            let wanted = Wanted { class, parts, pinned, from_api, seen_today: &has_seen, ..wanted(&number) };
            let decision = choose(&wanted, &rules, &lines);
            prop_assert_eq!(decision, choose(&wanted, &rules, &lines));
            let (explained, candidates) = explain(&wanted, &rules, &lines);
            prop_assert_eq!(decision, explained);
            prop_assert_eq!(candidates.len(), lines.len());
            let chosen = candidates.iter().filter(|c| c.verdict == Verdict::Chosen).count();
            prop_assert_eq!(chosen, usize::from(sent(decision).is_some()));
            prop_assert_eq!(choose(&Wanted { blocked: true, ..wanted }, &rules, &lines),
                Decision::Refuse { reason: Reason::Blocked });
            let Decision::Send { place, line, .. } = decision else { continue };
            prop_assert!(pinned.is_none_or(|id| id == line));
            let new = !has_seen(line);
            let line = &mut lines[place];
            prop_assert!(line.active && line.health == LineHealth::Ready && (line.send_from_api || !from_api));
            line.usage.add(class, parts, new);
            seen.insert((line.id, number.digits().to_owned()));
            let (limits, usage) = (line.limits, line.usage);
            for (limit, used) in [(limits.second, usage.second), (limits.hour, usage.hour), (limits.day, usage.day),
                (limits.month, usage.month), (limits.recipients, usage.recipients)] {
                prop_assert!(limit == 0 || used.all <= limit);
                prop_assert!(limit < 2 || (used.all - used.otp) * 5 <= limit * 4);
            }
        }
    }

    #[test]
    fn equals_take_turns(count in 1..9i64, rounds in 1..12u64) {
        let mut lines: Vec<Line> = (0..count).map(line).collect();
        let number = to("081234567890");
        let mut times = vec![0u64; lines.len()];
        for turn in 1..=rounds * lines.len() as u64 {
            let Decision::Send { place, .. } = choose(&wanted(&number), &Rules::default(), &lines) else {
                panic!("nobody takes it");
            };
            lines[place].last_used = turn;
            times[place] += 1;
        }
        prop_assert!(times.iter().all(|times| *times == rounds));
    }

    #[test]
    fn ordinary_traffic_never_keeps_a_code_from_leaving(limit in 2..60u32, sizes in prop::collection::vec(1..4u32, 0..80)) {
        let limits = Limits { second: 0, hour: limit, day: limit, month: limit, recipients: limit };
        let mut lines = [Line { limits, gap_ms: 60_000, ..line(1) }];
        let number = to("081234567890");
        for parts in sizes {
            let wanted = Wanted { parts, ..wanted(&number) };
            // The pause is over each time.
            lines[0].last_sent = None;
            if sent(choose(&wanted, &Rules::default(), &lines)).is_some() {
                lines[0].usage.add(Class::Normal, parts, true);
            }
            lines[0].last_sent = Some(wanted.now);
            let code = Wanted { class: Class::Otp, parts: 1, ..wanted };
            prop_assert_eq!(sent(choose(&code, &Rules::default(), &lines)), Some(1));
        }
    }

    #[test]
    fn the_first_choice_that_is_ready_takes_a_code(lines in any_lines()) {
        let number = to("081234567890");
        let rules = rules(&[rule("62812", &[&[4], &[3], &[2], &[1]])]);
        let code = Wanted { class: Class::Otp, ..wanted(&number) };
        let first = [4, 3, 2, 1].into_iter().find(|id| {
            let line = lines.iter().find(|line| line.id == *id).unwrap();
            matches!(line.standing(&code), Standing::Ready { .. })
        });
        prop_assert_eq!(sent(choose(&code, &rules, &lines)), first);
    }
}
