//! What stoves use: charts of days, months and years, and tariffs. Energy is in thousandths of a kilowatt-hour, times are Unix
//! milliseconds, days and months are WIB.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a chart shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChartRange {
    /// Power in one day.
    Day,
    /// Energy by day in one month.
    Month,
    /// Energy by month in one year.
    Year,
}

/// `stoves.chart`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveChart {
    /// The stove's number.
    pub id: String,
    /// What.
    pub range: ChartRange,
    /// `2026-11-22`, `2026-11` or `2026` as the range asks; `null`: the running one.
    #[serde(default)]
    pub at: Option<String>,
}

/// A day or a month of a chart.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ChartBar {
    /// `2026-11-22` or `2026-11`.
    pub period: String,
    /// Its beginning.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// Energy; `null`: no two readings enclose any of it.
    pub used: Option<i64>,
    /// Some of it was spread evenly between sparse readings.
    pub estimated: bool,
    /// Readings enclose all of it.
    pub complete: bool,
    /// The counter ran backwards in it.
    pub backwards: bool,
    /// Rupiah by its tariff; only for months, `null` without a tariff.
    pub cost: Option<i64>,
    /// Energy of the same month, or day of the month, a year before.
    pub year_before: Option<i64>,
}

/// Mean power between two readings, from their counters.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PowerStep {
    /// From.
    pub from_ms: i64,
    /// To.
    pub to_ms: i64,
    /// Watts.
    pub watts: i64,
    /// They lie more than an hour apart: a mean, not what happened.
    pub estimated: bool,
}

/// Power as the stove told it: its mean over five minutes. Only readings over Bluetooth have it.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct PowerPoint {
    /// When.
    pub t_ms: i64,
    /// Watts.
    pub watts: i64,
}

/// A chart (`stoves.chart`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveChartView {
    /// The stove's number.
    pub id: String,
    /// What it shows.
    pub range: ChartRange,
    /// `2026-11-22`, `2026-11` or `2026`.
    pub at: String,
    /// Its beginning.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// Months of a year, days of a month, the one day.
    pub bars: Vec<ChartBar>,
    /// Of a day: mean power between readings.
    pub steps: Vec<PowerStep>,
    /// Of a day: power as told.
    pub points: Vec<PowerPoint>,
    /// Energy in all.
    pub used: i64,
    /// Energy of the same time a year before; `null`: not known.
    pub year_before: Option<i64>,
    /// Rupiah, of a month or a year; `null` without a tariff.
    pub cost: Option<i64>,
    /// Readings in it.
    pub readings: i64,
}

/// A price up to a level of the month's energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StoveTier {
    /// Up to and with this energy; `null`: whatever is above.
    pub up_to: Option<i64>,
    /// Rupiah a kilowatt-hour.
    pub per_kwh: i64,
}

/// Prices from a month on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StoveTariffStep {
    /// `2026-11`.
    pub from: String,
    /// In rising order; the last one is open.
    pub tiers: Vec<StoveTier>,
    /// Rupiah a month.
    pub monthly_fee: i64,
}

/// A tariff (`stove_tariffs.list`, `stove_tariffs.save`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StoveTariff {
    /// Its name, 1 to 40 characters. The one called `default` is that of stoves without a tariff of their own.
    pub name: String,
    /// Its prices over time.
    pub steps: Vec<StoveTariffStep>,
}

/// `stove_tariffs.remove`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveTariffName {
    /// The tariff's name.
    pub name: String,
}
