//! Arguments of `gerai stove`. Those for keys, tariffs, forwarding and accounts are in `upkeep_args`; secrets and passwords
//! are never among them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::figures::{parse_kwh, parse_moment, parse_position};
use super::filter_args::{Filter, Paging, Remark};
use super::upkeep_args::{Accounts, Forward, Keys, Radio, Tariffs};
use crate::cli::money::parse_positive;

#[derive(Subcommand)]
pub enum Stove {
    /// What a token says, without judging who signed it
    Decode {
        /// The token; `-`: standard input
        token: String,
    },
    /// Who signed a token; exit code 0 only if this secret did
    Verify {
        /// The token; `-`: standard input
        token: String,
        /// File with the stove's secret (a line end after it is no part of it); without it only the public demo
        /// secrets are tried
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Sign a payload as a stove does
    Sign {
        /// Such as `V01;00000000001;1646646860;00010.000;0002.000;APIKEY01;`
        payload: String,
        /// File with the secret
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// Put the header in front: `header.payload.signature`
        #[arg(long)]
        whole: bool,
    },
    /// Show a token as a QR code, as a stove does
    Qr {
        /// The token; `-`: standard input
        token: String,
        /// Write it to this file instead: `.svg` or `.png`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Take readings: from picture files, or by the camera until Ctrl-C
    Scan(Scan),
    /// Take one token that was read elsewhere
    Take {
        /// The token; `-`: standard input
        token: String,
        #[command(flatten)]
        remark: Remark,
    },
    /// Bluetooth: what is heard, what a device offers, read a stove
    #[command(subcommand)]
    Radio(Radio),
    /// What the stove made of software shows now (try-outs only)
    Demo,
    /// Stoves, by number
    List(List),
    /// Stoves with a place, for a map
    Map(MapOf),
    /// How many stoves are read in this month
    Month,
    /// One stove: counter, month, flags, replaced meters, evidence, visits in vain, change of key
    Show {
        /// Its number, eleven digits
        id: String,
    },
    /// Make a stove known
    Add {
        /// Its number, eleven digits
        id: String,
        #[command(flatten)]
        labels: Labels,
    },
    /// Change what people set about a stove; what is left out stays, an empty text takes it away
    Edit {
        /// Its number, eleven digits
        id: String,
        #[command(flatten)]
        labels: Labels,
    },
    /// Note that a stove was visited and could not be read
    Unread {
        /// Its number, eleven digits
        id: String,
        /// Why. The console offers: nobody home, display broken, no power, code dirty, no Bluetooth answer, no access
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        remark: Remark,
    },
    /// Register stoves from a CSV file
    Import {
        /// Columns: id, label, place, lat, lon, tariff, secret; `-`: standard input
        file: PathBuf,
    },
    /// Say that the meter of a stove was replaced: a new series begins
    ReplaceMeter(ReplaceMeter),
    /// Energy or power of a day, a month or a year
    Chart(Chart),
    /// Readings, newest first
    Readings {
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        paging: Paging,
    },
    /// One reading: figures, flags, neighbours, what was said of it, its way to the server
    Reading {
        /// Its id
        #[arg(value_parser = parse_positive)]
        id: i64,
        /// Write the picture it was read in to this file instead, as PNG; it must not exist yet
        #[arg(long, value_name = "FILE")]
        frame: Option<PathBuf>,
    },
    /// A person's word on a reading; the token stays as it is
    Judge(Judge),
    /// Write all readings to a file
    Export(Export),
    /// What waits for the server, and what it said
    Forward(Forward),
    /// Keys of stoves, and changing a secret or a number step by step
    #[command(subcommand)]
    Keys(Keys),
    /// Prices of energy
    #[command(subcommand)]
    Tariffs(Tariffs),
    /// Accounts of the phones that send readings to this station
    #[command(subcommand)]
    Accounts(Accounts),
}

#[derive(Args)]
pub struct Scan {
    /// Picture files; without any the camera is used
    pub images: Vec<PathBuf>,
    /// Which camera; `gerai stove scan --cameras` names them
    #[arg(long, value_name = "ID", conflicts_with = "images")]
    pub camera: Option<String>,
    /// Pixels of the camera's picture [default: 1280x720]
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size, conflicts_with = "images")]
    pub size: Option<(i64, i64)>,
    /// List the cameras
    #[arg(long, conflicts_with_all = ["images", "camera", "size"])]
    pub cameras: bool,
    #[command(flatten)]
    pub remark: Remark,
}

/// Reads `1280x720`.
fn parse_size(typed: &str) -> Result<(i64, i64), String> {
    let found = typed.split_once(['x', 'X', '×']);
    found
        .and_then(|(width, height)| width.trim().parse().ok().zip(height.trim().parse().ok()))
        .ok_or_else(|| "write pixels across and down, such as 1280x720".to_owned())
}

#[derive(Args)]
pub struct List {
    /// The beginning of the number, or part of the label or the place
    #[arg(long)]
    pub search: Option<String>,
    /// Only those with a warning or an alarm that nobody has judged
    #[arg(long)]
    pub flagged: bool,
    /// Only those that were visited and could not be read since their last reading
    #[arg(long)]
    pub unread: bool,
    /// Only those with a key here, or without
    #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
    pub registered: Option<bool>,
    /// Only those that were read in this month (WIB, by the stoves' own clocks), or were not
    #[arg(long, value_name = "YES|NO", value_parser = clap::builder::BoolishValueParser::new())]
    pub read: Option<bool>,
    #[command(flatten)]
    pub paging: Paging,
}

#[derive(Args)]
pub struct MapOf {
    /// Only those that were visited and could not be read since their last reading
    #[arg(long)]
    pub unread: bool,
    /// Only those with a warning or an alarm that nobody has judged
    #[arg(long)]
    pub flagged: bool,
}

/// What people set about a stove.
#[derive(Args)]
pub struct Labels {
    /// What people call it
    #[arg(long)]
    pub label: Option<String>,
    /// Where it stands, in words
    #[arg(long)]
    pub place: Option<String>,
    /// Anything worth knowing
    #[arg(long)]
    pub note: Option<String>,
    /// Name of its tariff; none: the one called `default`
    #[arg(long, value_name = "NAME")]
    pub tariff: Option<String>,
    /// Where it stands, in degrees: -6.8915,107.6107
    #[arg(long, value_name = "LAT,LON", value_parser = parse_position, allow_hyphen_values = true)]
    pub position: Option<Value>,
}

impl Labels {
    /// Nothing was named.
    pub fn is_empty(&self) -> bool {
        let texts = [&self.label, &self.place, &self.note, &self.tariff];
        texts.iter().all(|text| text.is_none()) && self.position.is_none()
    }
}

#[derive(Args)]
pub struct ReplaceMeter {
    /// The stove's number, eleven digits
    pub id: String,
    /// When, WIB: 2026-11-22 or "2026-11-22 07:30" [default: the time of the reading whose counter ran backwards]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub at: Option<i64>,
    /// Counter of the old meter at its end, if somebody wrote it down
    #[arg(long, value_name = "KWH", value_parser = parse_kwh)]
    pub last: Option<i64>,
    /// Counter of the new meter at its beginning, if somebody wrote it down
    #[arg(long, value_name = "KWH", value_parser = parse_kwh)]
    pub first: Option<i64>,
    /// Take back that it was replaced at this time
    #[arg(long, requires = "at", conflicts_with_all = ["last", "first"])]
    pub undo: bool,
    /// Why
    #[arg(long)]
    pub reason: String,
}

#[derive(Args)]
pub struct Chart {
    /// The stove's number, eleven digits
    pub id: String,
    /// Power in a day: 2026-11-22 [default: today]
    #[arg(long, value_name = "DAY", num_args = 0..=1, conflicts_with_all = ["month", "year"])]
    pub day: Option<Option<String>>,
    /// Energy by day: 2026-11 [default: this month]
    #[arg(long, value_name = "MONTH", num_args = 0..=1, conflicts_with = "year")]
    pub month: Option<Option<String>>,
    /// Energy by month: 2026 [default: this year]
    #[arg(long, value_name = "YEAR", num_args = 0..=1)]
    pub year: Option<Option<String>>,
}

/// What a person says of a reading.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Word {
    /// It is right in spite of its flags
    #[value(alias = "accept")]
    Validated,
    /// It is worked out from its neighbours
    #[value(alias = "estimate")]
    Estimated,
    /// Another figure counts: --total
    #[value(alias = "edit")]
    Edited,
    /// What the stove sent counts again
    #[value(alias = "restore")]
    Raw,
}

impl Word {
    /// The step of the contract that leads there.
    pub fn step(self) -> &'static str {
        match self {
            Self::Validated => "accept",
            Self::Estimated => "estimate",
            Self::Edited => "edit",
            Self::Raw => "restore",
        }
    }
}

#[derive(Args)]
pub struct Judge {
    /// The reading's id
    #[arg(value_parser = parse_positive)]
    pub id: i64,
    /// What it is from now on
    #[arg(long = "as", value_name = "STANDING", value_enum)]
    pub word: Word,
    /// The lifetime counter that counts; for `edited`
    #[arg(long, value_name = "KWH", value_parser = parse_kwh, required_if_eq("word", "edited"))]
    pub total: Option<i64>,
    /// Why
    #[arg(long)]
    pub reason: String,
}

#[derive(Args)]
pub struct Export {
    /// The file; it must not exist yet
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// `csv` or `json` (one document a line)
    #[arg(long, default_value = "csv", value_parser = ["csv", "json"])]
    pub format: String,
    #[command(flatten)]
    pub filter: Filter,
}

#[cfg(test)]
mod tests;
