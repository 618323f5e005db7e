//! Readings: what stoves said, with its two verdicts (signature and quality), where it came from, and where it was
//! forwarded to. Energy is in thousandths of a kilowatt-hour, times are Unix milliseconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::words::words;
use super::{ForwardRow, ForwardState, StovePosition};

words! {
    /// Who made a token.
    StoveSignature {
        /// Signed with the stove's key.
        Valid = "valid",
        /// Signed with the key it had before.
        ValidPreviousKey = "valid_previous_key",
        /// Signed with the key that is being written to it: it has taken it.
        ValidPendingKey = "valid_pending_key",
        /// Signed with a secret that anyone can look up: an alarm, never genuine.
        DemoKey = "demo_key",
        /// None of its keys made it.
        Invalid = "invalid",
        /// No key of this stove is registered here: not checked, the server judges.
        UnknownStove = "unknown_stove",
    }
}

words! {
    /// How a token came in.
    ReadingSource {
        /// This station's camera.
        Webcam = "webcam",
        /// A picture.
        Image = "image",
        /// Pasted or typed, or the command line.
        Paste = "paste",
        /// This station's Bluetooth.
        Bluetooth = "bluetooth",
        /// A phone, over the stove endpoint.
        Http = "http",
    }
}

words! {
    /// How the stove was read: the device maker's words.
    ReadMethod {
        /// Its display.
        Qrcode = "qrcode",
        /// Its radio.
        Bluetooth = "bluetooth",
    }
}

words! {
    /// Standing of a reading.
    ReadingStanding {
        /// As it came.
        Raw = "raw",
        /// Found right, by the rules or by a person.
        Validated = "validated",
        /// Worked out from its neighbours.
        Estimated = "estimated",
        /// A person put another figure beside it.
        Edited = "edited",
    }
}

words! {
    /// How bad a flag is.
    FlagSeverity {
        /// Worth knowing.
        Notice = "notice",
        /// A person should look.
        Warning = "warning",
        /// Tampering, a fault or a swapped meter.
        Alarm = "alarm",
    }
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReadingFlag {
    /// The rule's name, such as `counter_backwards`.
    pub rule: String,
    /// How bad.
    pub severity: FlagSeverity,
    /// The figures that broke it, by name; units are in the names, energy in thousandths of a kilowatt-hour.
    pub figures: BTreeMap<String, String>,
}

/// Which readings: `readings.list` newest first, `readings.export` oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ReadingFilter {
    /// Of this stove, by number.
    pub stove: Option<String>,
    /// With this verdict.
    pub signature: Option<StoveSignature>,
    /// With a flag of this rule.
    pub flag: Option<String>,
    /// With a warning or an alarm.
    pub flagged: bool,
    /// By this way.
    pub source: Option<ReadingSource>,
    /// With this standing.
    pub standing: Option<ReadingStanding>,
    /// In this state on its way to the server.
    pub forward: Option<ForwardState>,
    /// By this officer.
    pub officer: Option<String>,
    /// Came in at or after.
    pub from_ms: Option<i64>,
    /// Came in before.
    pub until_ms: Option<i64>,
}

/// `readings.list`.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ReadingsList {
    /// Which.
    pub filter: ReadingFilter,
    /// Cursor of the page; `null` for the first.
    pub cursor: Option<i64>,
    /// Rows a page, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

/// `readings.export`: ask again with `after = next` until that is `null`. The first page is on record.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ReadingsExport {
    /// Which.
    pub filter: ReadingFilter,
    /// Readings after this id; 0 or `null`: from the first.
    pub after: Option<i64>,
    /// Rows a page, 1 to 1,000; 500 when absent.
    pub limit: Option<i64>,
}

/// A reading in a list. The total of a list counts up to 10,000.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ReadingRow {
    /// Id.
    pub id: i64,
    /// The stove's number.
    pub stove: String,
    /// The stove's label.
    pub label: String,
    /// When the stove read its meter, by its own clock; `null`: its version is not known.
    pub t_ms: Option<i64>,
    /// When it came in.
    pub at_ms: i64,
    /// Lifetime counter; `null`: its version is not known.
    pub total: Option<i64>,
    /// Counter of the month.
    pub month: Option<i64>,
    /// Volts.
    pub volts: Option<i64>,
    /// Thousandths of an ampere.
    pub milliamps: Option<i64>,
    /// Watts.
    pub watts: Option<i64>,
    /// Hundredths of the power factor.
    pub centi_pf: Option<i64>,
    /// Who made it.
    pub signature: StoveSignature,
    /// Broken rules.
    pub flags: Vec<ReadingFlag>,
    /// The worst of them.
    pub worst: Option<FlagSeverity>,
    /// Its standing.
    pub standing: ReadingStanding,
    /// The lifetime counter that counts instead, when edited or estimated.
    pub judged_total: Option<i64>,
    /// How it came in.
    pub source: ReadingSource,
    /// How the stove was read.
    pub method: ReadMethod,
    /// Who read it.
    pub officer: String,
    /// What they noted.
    pub note: String,
    /// Where it was read.
    pub position: Option<StovePosition>,
    /// How often it came in.
    pub scans: i64,
    /// On its way to the server; `null`: it is not forwarded.
    pub forward: Option<ForwardState>,
    /// Its picture is kept.
    pub frame: bool,
}

/// Something a person or a rule said of a reading.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct JudgementView {
    /// When.
    pub at_ms: i64,
    /// Standing since then.
    pub standing: ReadingStanding,
    /// The lifetime counter that counts, when edited or estimated.
    pub total: Option<i64>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
}

/// A reading (`readings.get`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ReadingDetail {
    /// As in the list.
    pub row: ReadingRow,
    /// The token as it is kept and forwarded.
    pub token: String,
    /// What it says: one line of text.
    pub payload: String,
    /// SHA-256 that names the token.
    pub hash: String,
    /// Its grammar, `V01`.
    pub version: String,
    /// Which key the stove says that it used, `APIKEY01`; `null`: its version is not known.
    pub slot: Option<String>,
    /// How many meters of this stove were replaced before.
    pub epoch: i64,
    /// What was odd about its envelope, in words.
    pub oddities: Vec<String>,
    /// The reading before it by the stove's time.
    pub previous: Option<ReadingRow>,
    /// Energy since then; `null`: it ran backwards, the meter is another one, or one of them is no part of the series.
    pub used: Option<i64>,
    /// The reading after it.
    pub next: Option<ReadingRow>,
    /// What was said of it, the newest first.
    pub judgements: Vec<JudgementView>,
    /// Its way to the server.
    pub forward: Option<ForwardRow>,
}

/// The picture a reading was read in (`readings.frame`).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct ReadingFrame {
    /// Id of the reading.
    pub id: i64,
    /// The PNG, base64.
    pub png: String,
}

words! {
    /// What a person says of a reading.
    JudgeStep {
        /// It is right in spite of its flags.
        Accept = "accept",
        /// It is worked out from its neighbours.
        Estimate = "estimate",
        /// Another figure counts.
        Edit = "edit",
        /// What the stove sent counts again.
        Restore = "restore",
    }
}

/// `readings.judge`.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReadingJudge {
    /// The reading.
    pub id: i64,
    /// What.
    pub step: JudgeStep,
    /// The lifetime counter that counts, for `edit`; thousandths of a kilowatt-hour.
    #[serde(default)]
    pub total: Option<i64>,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// `readings.take`: a token as text. The caller is the officer.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReadingTake {
    /// The token, with or without what is around it.
    pub token: String,
    /// How it came in; `paste` when absent.
    #[serde(default)]
    pub source: Option<ReadingSource>,
    /// How the stove was read; when absent, by the form of the token.
    #[serde(default)]
    pub method: Option<ReadMethod>,
    /// The stove is here, its clock can be compared.
    #[serde(default)]
    pub live: bool,
    /// A note, up to 300 characters.
    #[serde(default)]
    pub note: String,
    /// Where.
    #[serde(default)]
    pub position: Option<StovePosition>,
}

/// `readings.take_image`: a picture with one or more codes.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReadingTakeImage {
    /// JPEG, PNG, WebP, GIF or BMP, base64, up to 8 MiB.
    pub image: String,
    /// One of many pictures of a camera that looks at the stove now: a code that stays in view is one scan.
    #[serde(default)]
    pub camera: bool,
    /// A note, up to 300 characters.
    #[serde(default)]
    pub note: String,
    /// Where.
    #[serde(default)]
    pub position: Option<StovePosition>,
}

words! {
    /// What became of a token.
    TakeOutcome {
        /// It is a reading.
        Taken = "taken",
        /// It was known already: success, its scans are counted.
        Known = "known",
        /// Its signature is not that of the registered key: kept as evidence, no reading.
        Evidence = "evidence",
        /// It is no token that can be read.
        Unreadable = "unreadable",
    }
}

/// What became of a token (`readings.take`, `radio.read`, in lists of the others).
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct Taken {
    /// What.
    pub outcome: TakeOutcome,
    /// The stove it names; empty where it could not be read.
    pub stove: String,
    /// The verdict; `null` where it could not be read.
    pub signature: Option<StoveSignature>,
    /// The reading, as it is stored now.
    pub reading: Option<ReadingRow>,
    /// For evidence and what cannot be read: what is wrong, with the next step. English; empty otherwise.
    pub message: String,
    /// For translation: `signature_invalid`, `signature_demo_key`, or the kind of the token's fault.
    pub code: String,
}

/// What a picture gave.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct TakenImage {
    /// One for each code in it; none: no code was found. Of a camera: without codes that were in view a moment ago.
    pub codes: Vec<Taken>,
    /// Of a camera: where each code is, in pixels of the picture. Upper left, upper right, lower right, lower left.
    pub outlines: Vec<Vec<[i64; 2]>>,
}

/// `readings.unread`: a visit at which a stove could not be read.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct ReadingUnread {
    /// The stove's number.
    pub stove: String,
    /// Why, 1 to 200 characters, as the console offers it: `nobody home`, `display broken`.
    pub reason: String,
    /// A note, up to 300 characters.
    #[serde(default)]
    pub note: String,
    /// Where.
    #[serde(default)]
    pub position: Option<StovePosition>,
}
