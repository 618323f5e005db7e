//! Days and months by hand, and that energy is neither made nor lost.

use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

fn at(year: i32, month: u8, day: u8) -> i64 {
    Period::starts(WibDay::from_date(year, month, day)).0
}

fn sample(t: i64, total: i64) -> Sample {
    Sample { t: UnixS(t), total: MilliKwh(total), epoch: 0 }
}

fn all<P: Period>(samples: &[Sample]) -> Vec<Use<P>> {
    let last = samples.last().map_or(UnixS(0), |last| last.t);
    let first = samples.first().map_or(UnixS(0), |first| first.t);
    used(samples.iter().copied(), P::containing(first), P::containing(last).following())
}

fn months(samples: &[Sample]) -> Vec<(String, i64, bool, bool)> {
    let all: Vec<Use<WibMonth>> = all(samples);
    all.iter().map(|u| (u.period.to_string(), u.used.0, u.estimated, u.complete)).collect()
}

#[test]
fn one_reading_tells_no_use_however_often_it_is_given() {
    let one = sample(at(2026, 3, 15), 10_000);
    assert_eq!(months(&[one, one]), []);
    assert_eq!(months(&[one, one, sample(at(2026, 3, 16), 10_000)]).len(), 1, "nothing used is known");
}

#[test]
fn a_month_between_exact_edges_is_measured() {
    let samples =
        [sample(at(2026, 10, 1), 1_000), sample(at(2026, 10, 20), 5_000), sample(at(2026, 11, 1), 9_000)];
    assert_eq!(months(&samples), [("2026-10".to_owned(), 8_000, false, true)]);
}

#[test]
fn what_straddles_an_edge_is_split_evenly_and_marked() {
    // Ten days, of which four are in October.
    let samples = [sample(at(2026, 10, 28), 1_000), sample(at(2026, 11, 7), 2_000)];
    assert_eq!(
        months(&samples),
        [("2026-10".to_owned(), 400, true, false), ("2026-11".to_owned(), 600, true, false)]
    );
    let days: Vec<Use<WibDay>> = all(&samples);
    assert_eq!(days.len(), 10);
    assert!(days.iter().all(|day| day.used.0 == 100 && day.estimated && day.complete));
}

#[test]
fn close_readings_around_an_edge_are_no_estimate_nor_is_nothing_used() {
    let edge = at(2026, 11, 1);
    let close = [sample(edge - HOUR / 2, 1_000), sample(edge + HOUR / 2, 1_100)];
    assert!(all::<WibDay>(&close).iter().all(|day| !day.estimated && day.used.0 == 50));
    let idle = [sample(edge - 5 * DAY, 1_000), sample(edge + 5 * DAY, 1_000)];
    assert!(all::<WibDay>(&idle).iter().all(|day| !day.estimated && day.used.0 == 0));
    // Two readings half a day apart: close for a month, not for a day.
    let apart = [sample(edge - DAY / 4, 1_000), sample(edge + DAY / 4, 1_100)];
    assert!(all::<WibDay>(&apart).iter().all(|day| day.estimated));
    assert!(all::<WibMonth>(&apart).iter().all(|month| !month.estimated));
}

#[test]
fn nothing_is_said_between_two_meters() {
    let (old, new) = (at(2026, 10, 10), at(2026, 10, 12));
    let samples = [
        sample(old - 5 * DAY, 90_000),
        sample(old, 95_000),
        Sample { epoch: 1, ..sample(new, 0) },
        Sample { epoch: 1, ..sample(new + 5 * DAY, 7_000) },
    ];
    let all: Vec<Use<WibMonth>> = all(&samples);
    assert_eq!((all[0].used.0, all[0].covered_s, all.len()), (12_000, 10 * DAY, 1));
}

#[test]
fn a_counter_that_went_backwards_is_shown_and_not_mended() {
    let start = at(2026, 10, 10);
    let samples = [sample(start, 5_000), sample(start + HOUR, 4_000), sample(start + 2 * HOUR, 5_500)];
    let days: Vec<Use<WibDay>> = all(&samples);
    assert_eq!((days[0].used.0, days[0].backwards), (500, true));
}

#[test]
fn only_what_was_asked_for_and_no_million_days_of_a_wrong_clock() {
    let samples = [sample(at(2026, 10, 1), 0), sample(99_999_999_999, 1_000_000)];
    let (from, to) = (WibDay::from_date(2026, 11, 1), WibDay::from_date(2026, 11, 8));
    let week: Vec<Use<WibDay>> = used(samples, from, to);
    assert_eq!(week.len(), 7);
    assert!(week.iter().all(|day| day.estimated && day.complete));
    assert_eq!(used(samples, to, from), []);
    let none: [Sample; 0] = [];
    assert_eq!(used(none, from, to), []);
    assert_eq!(used([samples[0]], from, to), []);
}

#[test]
fn an_estimate_lies_between_its_neighbours() {
    let (one, two) = (sample(1_000, 100), sample(1_003, 110));
    let at = |t| estimate(&one, &two, UnixS(t)).map(|total| total.0);
    assert_eq!(
        [999, 1_000, 1_001, 1_002, 1_003, 1_004].map(at),
        [None, Some(100), Some(103), Some(106), Some(110), None]
    );
    assert_eq!(estimate(&one, &Sample { epoch: 1, ..two }, UnixS(1_001)), None);
}

#[test]
fn a_year_later() {
    let months: Vec<Use<WibMonth>> = all(&[
        sample(at(2025, 10, 1), 0),
        sample(at(2025, 11, 1), 8_000),
        sample(at(2025, 12, 1), 8_000),
        sample(at(2026, 10, 1), 9_000),
        sample(at(2026, 11, 1), 19_000),
        sample(at(2026, 11, 15), 20_000),
    ]);
    let compared = year_on_year(&months);
    let of = |month| compared.iter().find(|one| one.now.period == WibMonth::of(2026, month)).unwrap();
    assert_eq!(of(10).change_permille, Some(250));
    assert_eq!((of(11).before.map(|before| before.used.0), of(11).change_permille), (Some(0), None));
    assert_eq!((of(9).before, of(9).change_permille), (None, None));
}

fn series() -> impl Strategy<Value = Vec<Sample>> {
    let pause = prop_oneof![Just(0_i64), 1_i64..2 * HOUR, Just(DAY), 0_i64..40 * DAY];
    let step = (pause, -2_000_i64..60_000, 0_u8..20);
    (
        prop_oneof![1_577_836_800_i64..1_900_000_000, Just(at(2026, 11, 1))],
        proptest::collection::vec(step, 0..60),
    )
        .prop_map(|(start, steps)| {
            let mut now = sample(start, 50_000);
            let mut samples = vec![now];
            for (dt, rise, replaced) in steps {
                now.t.0 += dt;
                now.total.0 += rise;
                if replaced == 0 {
                    now = Sample { epoch: now.epoch + 1, total: MilliKwh(0), ..now };
                }
                samples.push(now);
            }
            samples
        })
}

fn differences(samples: &[Sample]) -> i64 {
    samples.windows(2).filter(|p| p[0].epoch == p[1].epoch).map(|p| p[1].total.0 - p[0].total.0).sum()
}

proptest! {
    #[test]
    fn days_and_months_and_counters_agree(samples in series()) {
        let days: Vec<Use<WibDay>> = all(&samples);
        let months: Vec<Use<WibMonth>> = all(&samples);
        let sum: i64 = days.iter().map(|day| day.used.0).sum();
        prop_assert_eq!(sum, months.iter().map(|month| month.used.0).sum::<i64>());
        prop_assert_eq!(sum, differences(&samples));
        for month in &months {
            let of_days: Vec<_> = days.iter().filter(|day| day.period.month() == month.period).collect();
            prop_assert_eq!(of_days.iter().map(|day| day.used.0).sum::<i64>(), month.used.0);
            prop_assert_eq!(of_days.iter().map(|day| day.covered_s).sum::<i64>(), month.covered_s);
        }
        prop_assert!(days.is_sorted_by(|a, b| a.period < b.period));
        prop_assert!(days.iter().all(|day| (0..=DAY).contains(&day.covered_s)));
    }

    #[test]
    fn a_part_asked_for_is_that_part_of_the_whole(samples in series(), skip in 0_i32..400, length in 0_i32..400) {
        let whole: Vec<Use<WibDay>> = all(&samples);
        let from = WibDay(WibDay::containing(samples[0].t).0 + skip);
        let to = WibDay(from.0 + length);
        let want: Vec<_> = whole.into_iter().filter(|day| (from..to).contains(&day.period)).collect();
        prop_assert_eq!(used(samples, from, to), want);
    }

    #[test]
    fn the_first_and_last_of_every_month_are_enough(samples in series()) {
        let key = |s: &Sample| (WibMonth::containing(s.t), s.epoch);
        let edge = |i: usize| {
            let own = Some(key(&samples[i]));
            let before = i.checked_sub(1).map(|i| key(&samples[i]));
            before != own || samples.get(i + 1).map(key) != own
        };
        let thin: Vec<Sample> = (0..samples.len()).filter(|i| edge(*i)).map(|i| samples[i]).collect();
        let (whole, thin): (Vec<Use<WibMonth>>, Vec<Use<WibMonth>>) = (all(&samples), all(&thin));
        let figures = |uses: &[Use<WibMonth>]| -> Vec<_> {
            uses.iter().filter(|u| u.covered_s > 0).map(|u| (u.period, u.used, u.covered_s, u.complete)).collect()
        };
        prop_assert_eq!(figures(&whole), figures(&thin));
    }
}
