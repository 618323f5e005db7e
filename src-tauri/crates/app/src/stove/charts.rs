//! Charts of a stove: power in a day, energy by day in a month, energy by month in a year, with the year before and the cost.
//! Between sparse readings energy is spread evenly and marked as estimated; nothing finer is invented. A year is read from the
//! months' first and last readings, a month from one index.

use gerai_core::stove::months::{Period, Sample, Use, used};
use gerai_core::stove::tariff::TariffBook;
use gerai_core::stove::{MilliKwh, UnixS, replacement};
use gerai_core::time::{UnixMs, WibDay, WibMonth};
use gerai_store::Db;
use gerai_store::stove::registry::Stove;
use gerai_store::stove::{readings, tariffs};

use super::views::{month_samples, replaced};
use crate::contract::{ApiError, ChartBar, ChartRange, ErrorCode, PowerPoint, PowerStep, StoveChartView};

/// Two readings further apart than this give a mean, not what happened, seconds.
const SPARSE_S: i64 = 3_600;
/// Years that can be asked for.
const YEARS: std::ops::RangeInclusive<i32> = 2_000..=2_200;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Day(WibDay),
    Month(WibMonth),
    Year(i32),
}

impl Span {
    /// What was asked for; without a time the running one.
    pub(crate) fn parse(range: ChartRange, at: Option<&str>, now: UnixMs) -> Result<Self, ApiError> {
        let today = WibDay::of(now);
        let Some(at) = at else {
            return Ok(match range {
                ChartRange::Day => Self::Day(today),
                ChartRange::Month => Self::Month(today.month()),
                ChartRange::Year => Self::Year(today.month().year()),
            });
        };
        let span = match range {
            ChartRange::Day => day_of(at).map(Self::Day),
            ChartRange::Month => WibMonth::parse(at).map(Self::Month),
            ChartRange::Year => (at.len() == 4).then(|| at.parse().ok()).flatten().map(Self::Year),
        };
        span.filter(|span| YEARS.contains(&span.months().0.year())).ok_or_else(|| {
            ApiError::invalid(
                "at",
                format!("`{}` is no such time", at.chars().take(20).collect::<String>()),
                "Write a day as 2026-11-22, a month as 2026-11, a year as 2026.",
            )
        })
    }

    /// The months it lies in: from, and the one after.
    fn months(self) -> (WibMonth, WibMonth) {
        match self {
            Self::Day(day) => (day.month(), day.month().next()),
            Self::Month(month) => (month, month.next()),
            Self::Year(year) => (WibMonth::of(year, 1), WibMonth::of(year.saturating_add(1), 1)),
        }
    }

    /// Its beginning and its end.
    fn bounds(self) -> (UnixS, UnixS) {
        match self {
            Self::Day(day) => (Period::starts(day), Period::starts(day.following())),
            Self::Month(_) | Self::Year(_) => {
                let (from, to) = self.months();
                (Period::starts(from), Period::starts(to))
            }
        }
    }

    /// The same a year before; 29 February has none, its 1 March is taken.
    fn year_before(self) -> Self {
        match self {
            Self::Day(day) => {
                let date = i32::from(day_of_month(day)) - 1;
                Self::Day(WibDay(day.month().year_before().first_day().0.saturating_add(date)))
            }
            Self::Month(month) => Self::Month(month.year_before()),
            Self::Year(year) => Self::Year(year.saturating_sub(1)),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Day(day) => date_text(day),
            Self::Month(month) => month.to_string(),
            Self::Year(year) => format!("{year:04}"),
        }
    }
}

/// `2026-11-22`.
fn date_text(day: WibDay) -> String {
    let mut text = WibDay::starts(day).wib_text();
    text.truncate(10);
    text
}

fn day_of(text: &str) -> Option<WibDay> {
    let month = WibMonth::parse(text.get(..7)?)?;
    let date = text.get(7..)?.strip_prefix('-').filter(|date| date.len() == 2)?;
    let date: u8 = date.parse().ok()?;
    let day = WibDay::from_date(month.year(), month.number(), date);
    (date > 0 && day.month() == month).then_some(day)
}

fn day_of_month(day: WibDay) -> u8 {
    u8::try_from(day.0 - day.month().first_day().0 + 1).unwrap_or(1)
}

/// The tariff of a stove.
pub(crate) fn book(db: &Db, stove: &Stove) -> Result<Option<TariffBook>, ApiError> {
    let name = if stove.tariff.is_empty() { "default" } else { &stove.tariff };
    let Some(text) = tariffs::get(db, name)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("tariff {name} cannot be read: {error}"),
            "Save it again under Tariffs.",
        )
    })
}

/// The samples of a span, with the neighbours on both sides, and power as it was told.
struct Samples {
    samples: Vec<Sample>,
    watts: Vec<(UnixS, i64)>,
    /// Readings inside.
    readings: i64,
}

fn samples(db: &Db, stove: &Stove, span: Span) -> Result<Samples, ApiError> {
    let (from, until) = span.bounds();
    let found = readings::samples(db, stove.stove_id, from.0, until.0)?;
    let inside = |t: UnixS| (from..until).contains(&t);
    let readings = found.iter().filter(|(sample, _)| inside(sample.t)).count();
    let watts = found
        .iter()
        .filter(|(sample, _)| inside(sample.t))
        .filter_map(|(sample, watts)| Some((sample.t, (*watts)?)))
        .collect();
    let told = replaced(db, stove.stove_id, stove.epoch)?;
    let samples = replacement::in_order(told, found.into_iter().map(|(sample, _)| sample));
    Ok(Samples { samples, watts, readings: i64::try_from(readings).unwrap_or(i64::MAX) })
}

/// The chart of a span.
pub(crate) fn chart(db: &Db, stove: &Stove, span: Span) -> Result<StoveChartView, ApiError> {
    let book = book(db, stove)?;
    let (from, until) = span.bounds();
    let (range, drawn) = match span {
        Span::Year(_) => (ChartRange::Year, year(db, stove, span, book.as_ref())?),
        Span::Month(month) => {
            let mut drawn = days(db, stove, span)?;
            let doubtful = drawn.bars.iter().any(|bar| bar.backwards);
            let book = book.as_ref().filter(|_| !doubtful);
            drawn.cost = book.and_then(|book| book.cost(month, drawn.used)).map(|cost| cost.total.0);
            (ChartRange::Month, drawn)
        }
        Span::Day(_) => (ChartRange::Day, day(db, stove, span)?),
    };
    Ok(StoveChartView {
        id: stove.number.clone(),
        range,
        at: span.text(),
        from_ms: from.ms().0,
        to_ms: until.ms().0,
        bars: drawn.bars,
        steps: drawn.steps,
        points: drawn.points,
        used: drawn.used.0,
        year_before: drawn.year_before.map(|used| used.0),
        cost: drawn.cost,
        readings: drawn.readings,
    })
}

#[derive(Default)]
struct Drawn {
    bars: Vec<ChartBar>,
    steps: Vec<PowerStep>,
    points: Vec<PowerPoint>,
    used: MilliKwh,
    year_before: Option<MilliKwh>,
    cost: Option<i64>,
    readings: i64,
}

/// A bar of a period, used or not.
fn bar<P: Period>(period: P, name: String, found: Option<&Use<P>>) -> ChartBar {
    ChartBar {
        period: name,
        from_ms: period.starts().ms().0,
        to_ms: period.following().starts().ms().0,
        used: found.map(|found| found.used.0),
        estimated: found.is_some_and(|found| found.estimated),
        complete: found.is_some_and(|found| found.complete),
        backwards: found.is_some_and(|found| found.backwards),
        cost: None,
        year_before: None,
    }
}

fn sum<P>(uses: &[Use<P>]) -> MilliKwh {
    MilliKwh(uses.iter().fold(0, |sum, one| sum.saturating_add(one.used.0)))
}

fn year(db: &Db, stove: &Stove, span: Span, book: Option<&TariffBook>) -> Result<Drawn, ApiError> {
    let ((first, end), (before, _)) = (span.months(), span.year_before().months());
    let (samples, rows) = month_samples(db, stove.stove_id, stove.epoch, before, end)?;
    let all: Vec<Use<WibMonth>> = used(samples, before, end);
    let of = |month: WibMonth| all.iter().find(|one| one.period == month);
    let mut drawn = Drawn::default();
    let mut month = first;
    while month < end {
        let mut bar = bar(month, month.to_string(), of(month));
        bar.backwards |= rows.iter().any(|row| row.month == month && row.backwards);
        bar.year_before = of(month.year_before()).map(|one| one.used.0);
        // What a counter that ran backwards costs nobody knows before somebody judges it.
        let priced = of(month).filter(|_| !bar.backwards);
        bar.cost = priced.and_then(|one| book?.cost(month, one.used)).map(|cost| cost.total.0);
        if let Some(cost) = bar.cost {
            drawn.cost = Some(drawn.cost.unwrap_or(0).saturating_add(cost));
        }
        drawn.bars.push(bar);
        month = month.next();
    }
    let (this, last): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.period >= first);
    drawn.used = sum(&this);
    drawn.year_before = (!last.is_empty()).then(|| sum(&last));
    drawn.readings =
        rows.iter().filter(|row| (first..end).contains(&row.month)).map(|row| row.readings).sum();
    Ok(drawn)
}

/// Energy by day.
fn days(db: &Db, stove: &Stove, span: Span) -> Result<Drawn, ApiError> {
    let uses = |span: Span| -> Result<(Vec<Use<WibDay>>, Samples), ApiError> {
        let (from, until) = span.bounds();
        let samples = samples(db, stove, span)?;
        let found =
            used(samples.samples.iter().copied(), WibDay::containing(from), WibDay::containing(until));
        Ok((found, samples))
    };
    let (this, here) = uses(span)?;
    let (last, _) = uses(span.year_before())?;
    let (from, until) = span.bounds();
    let mut drawn = Drawn { readings: here.readings, used: sum(&this), ..Drawn::default() };
    drawn.year_before = (!last.is_empty()).then(|| sum(&last));
    let (mut day, end) = (WibDay::containing(from), WibDay::containing(until));
    while day < end {
        let mut bar = bar(day, date_text(day), this.iter().find(|one| one.period == day));
        let date = day_of_month(day);
        bar.year_before = last.iter().find(|one| day_of_month(one.period) == date).map(|one| one.used.0);
        drawn.bars.push(bar);
        day = day.following();
    }
    Ok(drawn)
}

/// Power in a day.
fn day(db: &Db, stove: &Stove, span: Span) -> Result<Drawn, ApiError> {
    let mut drawn = days(db, stove, span)?;
    let found = samples(db, stove, span)?;
    let (from, until) = span.bounds();
    for pair in found.samples.windows(2) {
        let [earlier, later] = pair else { continue };
        let seconds = later.t.since(earlier.t);
        let energy = later.total.less(earlier.total);
        let (begin, end) = (earlier.t.max(from), later.t.min(until));
        if earlier.epoch != later.epoch || seconds <= 0 || energy.0 < 0 || begin >= end {
            continue;
        }
        drawn.steps.push(PowerStep {
            from_ms: begin.ms().0,
            to_ms: end.ms().0,
            // A thousandth of a kilowatt-hour is 3 600 watt-seconds.
            watts: energy.0.saturating_mul(3_600) / seconds,
            estimated: seconds > SPARSE_S,
        });
    }
    drawn.points =
        found.watts.iter().map(|(t, watts)| PowerPoint { t_ms: t.ms().0, watts: *watts }).collect();
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 WIB

    fn check(range: ChartRange, at: Option<&str>, want: Option<&str>) {
        let span = Span::parse(range, at, NOW);
        assert_eq!(span.ok().map(Span::text).as_deref(), want, "{at:?}");
    }

    #[test]
    fn times_are_read_strictly() {
        check(ChartRange::Day, None, Some("2026-11-22"));
        check(ChartRange::Month, None, Some("2026-11"));
        check(ChartRange::Year, None, Some("2026"));
        check(ChartRange::Day, Some("2024-02-29"), Some("2024-02-29"));
        for wrong in
            ["2026-02-29", "2026-11-00", "2026-11-1", "2026-11-31", "2026-11", "2026-11-2x", "ÿÿÿÿ-ÿ"]
        {
            check(ChartRange::Day, Some(wrong), None);
        }
        check(ChartRange::Month, Some("1999-12"), None);
        check(ChartRange::Year, Some("20261"), None);
        check(ChartRange::Year, Some("+026"), None);
    }

    #[test]
    fn a_year_before() {
        let before = |range, at| Span::parse(range, Some(at), NOW).unwrap().year_before().text();
        assert_eq!(before(ChartRange::Day, "2026-11-22"), "2025-11-22");
        assert_eq!(before(ChartRange::Day, "2024-02-29"), "2023-03-01");
        assert_eq!(before(ChartRange::Month, "2026-01"), "2025-01");
        assert_eq!(before(ChartRange::Year, "2026"), "2025");
    }
}
