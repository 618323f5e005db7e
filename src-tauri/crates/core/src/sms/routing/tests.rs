//! Tests of the choice of a SIM: the example that every user of prefix routing knows, and each reason.

use super::*;
use crate::phone::Destination;
use crate::port::lines::LineHealth;
use crate::sms::limits::{Limits, Usage, Used, WindowEnds};
use crate::sms::tariff::{Package, Tariff, TariffRow};

const NOW: UnixMs = UnixMs(1_795_323_600_500);
const ENDS: WindowEnds = WindowEnds {
    second: UnixMs(NOW.0 + 500),
    hour: UnixMs(NOW.0 + 1_800_000),
    day: UnixMs(NOW.0 + 40_000_000),
    month: UnixMs(NOW.0 + 400_000_000),
};

pub(super) fn to(number: &str) -> Destination {
    Destination::parse(number, "62").unwrap()
}

pub(super) fn wanted(to: &Destination) -> Wanted<'_> {
    Wanted {
        to,
        class: Class::Normal,
        from_api: true,
        pinned: None,
        parts: 1,
        blocked: false,
        paused: false,
        seen_today: &|_| false,
        window_opens: None,
        now: NOW,
        ends: ENDS,
    }
}

pub(super) fn line(id: i64) -> Line {
    Line { id, ..Line::default() }
}

pub(super) fn priced(id: i64, prices: &[(&str, i64)]) -> Line {
    let rows = prices.iter().map(|(prefix, price)| TariffRow {
        prefix: (*prefix).to_owned(),
        price: Rupiah(*price),
        after: 0,
        price_after: Rupiah::ZERO,
    });
    Line { tariff: Tariff::new(rows.collect()), ..line(id) }
}

pub(super) fn rule(prefix: &str, tiers: &[&[i64]]) -> Rule {
    Rule {
        prefix: prefix.to_owned(),
        tiers: tiers.iter().map(|tier| tier.to_vec()).collect(),
        ..Rule::default()
    }
}

pub(super) fn rules(rules: &[Rule]) -> Rules {
    Rules::new(rules.to_vec()).unwrap()
}

pub(super) fn sent(decision: Decision) -> Option<i64> {
    match decision {
        Decision::Send { line, .. } => Some(line),
        Decision::Wait { .. } | Decision::Refuse { .. } => None,
    }
}

fn code(decision: Decision) -> (&'static str, Option<i64>) {
    match decision {
        Decision::Send { .. } => ("chosen", None),
        Decision::Wait { reason, until, .. } => (reason.message_code(), until.map(|until| until.since(NOW))),
        Decision::Refuse { reason } => (reason.message_code(), None),
    }
}

/// Four SIMs of four operators: each takes its own operator's numbers, the one that is cheapest abroad takes the rest.
#[test]
fn four_operators() {
    let lines = [
        priced(1, &[("62871", 50), ("62872", 50), ("", 350)]),
        priced(2, &[("62835", 100), ("62856", 100), ("62837", 100), ("", 350)]),
        priced(3, &[("62845", 60), ("", 250)]),
        Line { is_default: true, ..priced(4, &[("62848", 90), ("62849", 90), ("", 200)]) },
    ];
    let own = |prefixes: &[&str]| -> Vec<String> {
        prefixes.iter().map(|prefix| canonical_prefix(prefix, "62").unwrap()).collect()
    };
    let (one, two, three) = (own(&["0871", "62872"]), own(&["0835", "0856", "0837"]), own(&["0845"]));
    let by_line = [(1, &one[..]), (2, &two[..]), (3, &three[..])];
    let by_rules = Rules::new(with_line_prefixes(Vec::new(), by_line)).unwrap();
    // The same comes out of the prices alone, with all lines in one list.
    let by_price = rules(&[rule("", &[&[1, 2, 3, 4]])]);
    for (number, line, cost) in [
        ("0871 1234 5678", 1, 50),
        ("0872 1234 5678", 1, 50),
        ("0835 1234 5678", 2, 100),
        ("0856 1234 5678", 2, 100),
        ("0837 1234 5678", 2, 100),
        ("0845 1234 5678", 3, 60),
        ("0848 1234 5678", 4, 90),
        ("0849 1234 5678", 4, 90),
        ("0812 1234 5678", 4, 200),
        ("+1 415 555 0100", 4, 200),
    ] {
        let number = to(number);
        for rules in [&by_rules, &by_price] {
            match choose(&wanted(&number), rules, &lines) {
                Decision::Send { line: chosen, cost: Some(Rupiah(rupiah)), .. } => {
                    assert_eq!((chosen, rupiah), (line, cost), "{number:?}");
                }
                other => panic!("{number:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn block_list_and_denials_come_first() {
    let number = to("081234567890");
    let lines = [Line { is_default: true, ..line(1) }];
    let deny = |prefix: &str| rules(&[Rule { deny: true, ..rule(prefix, &[]) }]);
    let check = |wanted: Wanted<'_>, rules: &Rules, want| {
        assert_eq!(code(choose(&wanted, rules, &lines)), (want, None));
    };
    let blocked = Wanted { blocked: true, pinned: Some(1), paused: true, ..wanted(&number) };
    check(blocked, &deny("62812"), "blocked");
    check(Wanted { pinned: Some(1), paused: true, ..wanted(&number) }, &deny("62812"), "denied");
    check(Wanted { paused: true, class: Class::Otp, ..wanted(&number) }, &Rules::default(), "paused");
    check(wanted(&number), &deny("62813"), "chosen");
    let short = to("6288");
    check(wanted(&short), &deny("62"), "chosen");
    check(wanted(&short), &deny(""), "denied");
}

#[test]
fn the_send_window_binds_ordinary_messages() {
    let number = to("081234567890");
    let lines = [line(1)];
    let closed = Wanted { window_opens: Some(NOW.plus(9_000)), ..wanted(&number) };
    assert_eq!(code(choose(&closed, &Rules::default(), &lines)), ("window", Some(9_000)));
    let otp = Wanted { class: Class::Otp, ..closed };
    assert_eq!(sent(choose(&otp, &Rules::default(), &lines)), Some(1));
}

#[test]
fn who_takes_numbers_without_a_rule() {
    let (number, short) = (to("081234567890"), to("888"));
    let rules = rules(&[rule("62871", &[&[1]])]);
    let check = |lines: &[Line], want| {
        for number in [&number, &short] {
            assert_eq!(sent(choose(&wanted(number), &rules, lines)), want, "{number:?}");
        }
    };
    check(&[line(1), line(2), Line { is_default: true, ..line(3) }], Some(3));
    check(&[line(1), line(2)], Some(2));
    check(&[line(1)], Some(1));
    check(&[], None);
    // A default line that is not for programs, or switched off, is none for this message.
    check(&[line(1), line(2), Line { is_default: true, send_from_api: false, ..line(3) }], Some(2));
    check(&[line(1), line(2), Line { is_default: true, active: false, ..line(3) }], Some(2));
    // One that is only down is waited for.
    check(&[line(1), line(2), Line { is_default: true, health: LineHealth::Searching, ..line(3) }], None);
}

#[test]
fn an_ordinary_message_waits_seconds_and_a_code_goes_elsewhere() {
    let number = to("087112345678");
    let rules = rules(&[rule("62871", &[&[1], &[2]])]);
    let check = |first: Line, normal: Option<i64>, why: (&str, Option<i64>), otp: Option<i64>| {
        let lines = [first, line(2), Line { is_default: true, ..line(3) }];
        let decision = choose(&wanted(&number), &rules, &lines);
        assert_eq!((sent(decision), code(decision)), (normal, why));
        let code = Wanted { class: Class::Otp, ..wanted(&number) };
        assert_eq!(sent(choose(&code, &rules, &lines)), otp);
    };
    check(line(1), Some(1), ("chosen", None), Some(1));
    check(Line { busy: true, ..line(1) }, None, ("line_busy", None), Some(2));
    let gap = Line { last_sent: Some(NOW.plus(-1_000)), gap_ms: 4_000, ..line(1) };
    check(gap.clone(), None, ("gap", Some(3_000)), Some(1));
    check(Line { last_sent: Some(NOW.plus(5_000)), ..gap }, Some(1), ("chosen", None), Some(1));
    let mut full = Line { limits: Limits { second: 1, ..Limits::default() }, ..line(1) };
    full.usage.add(Class::Normal, 1, false);
    check(full, None, ("limit_second", Some(500)), Some(2));
    let down = Line { health: LineHealth::Recovering, ..line(1) };
    check(down, Some(2), ("chosen", None), Some(2));
    check(Line { backoff_until: Some(NOW.plus(1)), ..line(1) }, Some(2), ("chosen", None), Some(2));
    check(Line { backoff_until: Some(NOW), ..line(1) }, Some(1), ("chosen", None), Some(1));
}

#[test]
fn why_a_line_does_not_take_it() {
    let number = to("087112345678");
    let day = Limits { day: 10, ..Limits::default() };
    let used = |all| Usage { day: Used { all, otp: 0 }, ..Usage::default() };
    let paid =
        |line: Line| Line { packages: vec![Package { prefixes: Vec::new(), left: 5, until: None }], ..line };
    let empty = Line { balance: Some(Rupiah(400)), floor: Rupiah(500), ..priced(1, &[("", 350)]) };
    for (line, word, verdict, for_message, until) in [
        (Line { active: false, ..line(1) }, "off", "out", "no_line", None),
        (Line { health: LineHealth::Off, ..line(1) }, "off", "out", "no_line", None),
        (Line { health: LineHealth::Absent, ..line(1) }, "absent", "out", "no_line", None),
        (Line { health: LineHealth::NoSim, ..line(1) }, "line_down", "out", "line_down", None),
        (Line { health: LineHealth::Searching, ..line(1) }, "line_down", "waits", "line_down", None),
        (Line { send_from_api: false, ..line(1) }, "not_for_api", "out", "no_line", None),
        (Line { swapped: true, ..line(1) }, "sim_swapped", "waits", "sim_swapped", None),
        (empty.clone(), "empty_balance", "out", "no_line", None),
        (Line { tariff: Tariff::default(), ..empty.clone() }, "empty_balance", "out", "no_line", None),
        (paid(empty), "ready", "chosen", "chosen", None),
        (Line { limits: day, usage: used(7), ..line(1) }, "ready", "chosen", "chosen", None),
        (
            Line { limits: day, usage: used(8), ..line(1) },
            "otp_reserve",
            "waits",
            "otp_reserve",
            Some(40_000_000),
        ),
        (
            Line { limits: day, usage: used(10), ..line(1) },
            "limit_day",
            "waits",
            "limit_day",
            Some(40_000_000),
        ),
        (Line { backoff_until: Some(NOW.plus(7)), ..line(1) }, "backoff", "waits", "backoff", Some(7)),
    ] {
        let rules = rules(&[rule("62871", &[&[1]])]);
        let (decision, candidates) = explain(&wanted(&number), &rules, std::slice::from_ref(&line));
        assert_eq!(code(decision), (for_message, until), "{word}");
        assert_eq!((candidates[0].reason.code(), candidates[0].verdict.word()), (word, verdict));
        assert!(candidates[0].reason.sentence().ends_with('.'), "{word}");
    }
}

#[test]
fn all_parts_need_room() {
    let number = to("087112345678");
    let lines = [Line {
        limits: Limits { hour: 10, ..Limits::default() },
        usage: Usage { hour: Used { all: 5, otp: 0 }, ..Usage::default() },
        ..line(1)
    }];
    let check = |parts, class, want| {
        let wanted = Wanted { parts, class, ..wanted(&number) };
        assert_eq!(code(choose(&wanted, &Rules::default(), &lines)), want, "{parts}");
    };
    check(3, Class::Normal, ("chosen", None));
    check(4, Class::Normal, ("otp_reserve", Some(1_800_000)));
    check(5, Class::Otp, ("chosen", None));
    check(6, Class::Otp, ("limit_hour", Some(1_800_000)));
    check(11, Class::Otp, ("limit_hour", None));
}

#[test]
fn what_passes_soonest_is_told() {
    let number = to("087112345678");
    let lines = [
        Line { health: LineHealth::NoSim, ..line(1) },
        Line { backoff_until: Some(NOW.plus(90)), ..line(2) },
        Line { backoff_until: Some(NOW.plus(60)), ..line(3) },
        Line { swapped: true, ..line(4) },
    ];
    let all = rules(&[rule("", &[&[1, 2, 3, 4]])]);
    let decision = choose(&wanted(&number), &all, &lines);
    let want = Decision::Wait { reason: Reason::Backoff, until: Some(NOW.plus(60)), line: Some(3) };
    assert_eq!(decision, want);
    let decision = choose(&wanted(&number), &rules(&[rule("", &[&[1, 4]])]), &lines[..1]);
    assert_eq!(code(decision), ("line_down", None));
    assert_eq!(code(choose(&Wanted { pinned: Some(9), ..wanted(&number) }, &all, &lines)), ("no_line", None));
}

#[test]
fn the_explanation_names_every_line() {
    let number = to("087112345678");
    let lines = [
        line(7),
        Line { active: false, ..line(8) },
        Line { is_default: true, ..line(9) },
        priced(1, &[("", 350)]),
        priced(2, &[("", 50)]),
        Line { last_used: 4, ..priced(3, &[("", 50)]) },
        Line { weak: true, ..priced(4, &[("", 10)]) },
        line(5),
        Line { busy: true, ..line(6) },
    ];
    let rules = rules(&[rule("62871", &[&[1, 2, 3, 4, 6], &[5]])]);
    let (decision, candidates) = explain(&wanted(&number), &rules, &lines);
    assert_eq!(sent(decision), Some(2));
    let shown: Vec<_> = candidates
        .iter()
        .map(|c| (c.line, c.verdict.word(), c.reason.code(), c.price.map(|p| p.0)))
        .collect();
    assert_eq!(
        shown,
        [
            (2, "chosen", "turn", Some(50)),
            (1, "spare", "dearer", Some(350)),
            (3, "spare", "turn", Some(50)),
            (4, "spare", "ready", Some(10)),
            (5, "spare", "ready", None),
            (9, "spare", "ready", None),
            (6, "waits", "line_busy", None),
            (7, "out", "not_in_rule", None),
            (8, "out", "off", None),
        ]
    );
}
