//! Stoves: the registry, their meters, and the try-out stove. Energy is in thousandths of a
//! kilowatt-hour, times are Unix milliseconds, days and months are WIB. Nothing here holds a secret.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{EvidenceRow, FlagSeverity, ReadingRow, StoveChangeView, StoveSignature, UnreadView};

/// A place on the map, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct StovePosition {
    /// Degrees north, −90 to 90.
    pub lat: f64,
    /// Degrees east, −180 to 180.
    pub lon: f64,
}

/// Names one stove.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveById {
    /// Its number, eleven digits.
    pub id: String,
}

/// `stoves.list`: by number, keyset pages.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct StovesList {
    /// Number that begins so, or part of the label or place.
    pub search: Option<String>,
    /// Only those with open flags (warning or alarm, nobody has judged them).
    pub flagged: bool,
    /// Only those that were visited and could not be read since their last reading.
    pub unread: bool,
    /// Only those with (`true`) or without (`false`) a key here.
    pub registered: Option<bool>,
    /// Only those with a change of key or number that is not over.
    pub changing: bool,
    /// Only those that were (`true`) or were not (`false`) read in the running WIB month, by the stove's own clock.
    pub read: Option<bool>,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// How far the reading of the running WIB month is (`stoves.month`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StovesMonth {
    /// The month, `2026-11`.
    pub month: String,
    /// Stoves there are.
    pub stoves: i64,
    /// Those with a reading of the month, by their own clocks.
    pub read: i64,
}

/// A stove in the list.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveRow {
    /// Its number, eleven digits.
    pub id: String,
    /// What people call it; empty: nothing.
    pub label: String,
    /// Where it stands, in words.
    pub place: String,
    /// Where it stands: set by hand, otherwise where it was last read; `null`: not known.
    pub position: Option<StovePosition>,
    /// A key of it is registered here.
    pub registered: bool,
    /// Readings that count.
    pub readings: i64,
    /// Time of its newest reading, by its own clock.
    pub last_t_ms: Option<i64>,
    /// When something of it last came in.
    pub last_seen_ms: Option<i64>,
    /// Its newest lifetime counter.
    pub total: Option<i64>,
    /// Energy of the running WIB month; `null`: no two readings enclose any of it.
    pub month_used: Option<i64>,
    /// Some of it is spread over time between sparse readings.
    pub month_estimated: bool,
    /// Readings with a warning or an alarm that nobody has judged, counted up to 100.
    pub open_flags: i64,
    /// The worst of them.
    pub worst: Option<FlagSeverity>,
    /// Verdict on its newest reading.
    pub signature: Option<StoveSignature>,
    /// Tokens that were refused as readings and are kept as evidence.
    pub evidence: i64,
    /// Visits since its last reading at which it could not be read.
    pub unread: i64,
    /// Readings that wait to be forwarded.
    pub waiting: i64,
    /// A change of its key or number that is not over: its state.
    pub change: Option<String>,
}

/// A meter that was replaced.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct MeterReplacement {
    /// When.
    pub at_ms: i64,
    /// Lifetime counter of the old meter at its end.
    pub last_total: Option<i64>,
    /// Lifetime counter of the new meter at its beginning.
    pub first_total: Option<i64>,
    /// Why, as typed.
    pub note: String,
    /// Who said so.
    pub by: String,
}

/// A stove (`stoves.get`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct StoveDetail {
    /// As in the list.
    pub row: StoveRow,
    /// Anything worth knowing.
    pub note: String,
    /// Name of its tariff; empty: the one called `default`, where there is one.
    pub tariff: String,
    /// Where it stands as somebody set it; `null`: nobody did.
    pub set_position: Option<StovePosition>,
    /// The number it had before its last change of number.
    pub previous_id: Option<String>,
    /// Replaced meters, the newest first.
    pub replacements: Vec<MeterReplacement>,
    /// A reading whose counter ran backwards and nobody judged: was the meter replaced?
    pub ask_replacement: Option<ReadingRow>,
    /// The newest evidence, up to 20.
    pub evidence: Vec<EvidenceRow>,
    /// The newest visits at which it could not be read, up to 20.
    pub unread_visits: Vec<UnreadView>,
    /// The change of its key or number that is not over, or the last one.
    pub change: Option<StoveChangeView>,
}

/// `stoves.save`: what people set; a number that is not known becomes a stove.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct StoveSave {
    /// Its number, eleven digits.
    pub id: String,
    /// What people call it, up to 60 characters.
    #[serde(default)]
    pub label: String,
    /// Where it stands, up to 120 characters.
    #[serde(default)]
    pub place: String,
    /// Anything worth knowing, up to 500 characters.
    #[serde(default)]
    pub note: String,
    /// Name of its tariff; empty: `default`.
    #[serde(default)]
    pub tariff: String,
    /// Where it stands; `null`: not set.
    #[serde(default)]
    pub position: Option<StovePosition>,
}

/// `stoves.import`: a CSV text. Columns by their names in the first line, in any order: `id` (needed), `secret`, `label`,
/// `place`, `lat`, `lon`, `tariff`. Separated by `,` or `;`. Empty fields leave what is there.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct StovesImport {
    /// The text, up to 2 MiB and 20,000 lines.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ImportOutcome {
    /// A new stove.
    Added,
    /// A known one was changed.
    Changed,
    /// Nothing was done with it.
    Refused,
}

/// A line of an import that needs a look: refused, or taken with a warning.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ImportLine {
    /// Its number in the text, from 1.
    pub line: i64,
    /// The stove; empty where it could not be read.
    pub stove: String,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// What a person should know: a sentence with the next step.
    pub message: String,
}

/// What an import came to. Every line is counted; only those that need a look are listed.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[ts(export)]
pub struct ImportReport {
    /// New stoves.
    pub added: i64,
    /// Known stoves.
    pub changed: i64,
    /// Lines that were not taken.
    pub refused: i64,
    /// Keys that were registered.
    pub keys: i64,
    /// Lines that need a look, up to 1,000.
    pub lines: Vec<ImportLine>,
}

/// `stoves.replace_meter`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct MeterReplace {
    /// The stove's number.
    pub id: String,
    /// When: readings from then on are the new meter's.
    pub at_ms: i64,
    /// Lifetime counter of the old meter at its end, if someone wrote it down.
    #[serde(default)]
    pub last_total: Option<i64>,
    /// Lifetime counter of the new meter at its beginning, if someone wrote it down.
    #[serde(default)]
    pub first_total: Option<i64>,
    /// Why, 1 to 500 characters.
    pub note: String,
}

/// `stoves.undo_replacement`: the meter was not replaced then, or otherwise than was said.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct MeterUndo {
    /// The stove's number.
    pub id: String,
    /// When it was said to have been replaced.
    pub at_ms: i64,
    /// Why it is taken back, 1 to 500 characters.
    pub note: String,
}

/// The stove made of software (`stove.demo`), in try-outs only.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct DemoStove {
    /// Its number.
    pub id: String,
    /// What its display shows: the token in two parts.
    pub token: String,
    /// What it gives over Bluetooth.
    pub bluetooth: String,
    /// The QR code of `token`, row by row, `1` dark and `0` light, without the quiet zone of four.
    pub rows: Vec<String>,
}
