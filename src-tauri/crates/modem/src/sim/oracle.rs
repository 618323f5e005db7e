//! What really went out over the air: the one count that a station can not talk itself out of. Kept in memory, and in a file
//! of JSON lines that outlives the station and the simulator. Texts are in it only when asked for, else their hash.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Records kept in memory; older ones are only in the file.
const RECORDS_MAX: usize = 1_000_000;

/// One message that the network took. In the file two lines may tell of it: the first when it left, another one with
/// `final_us` when the modem said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnAir {
    /// Counts from 1.
    pub seq: u64,
    /// Number of the modem, from 0.
    pub modem: usize,
    /// Serial number of the modem.
    pub imei: String,
    /// Serial number of the SIM.
    pub iccid: String,
    /// Message reference (TP-MR) that the network gave.
    pub mr: u8,
    /// Recipient: digits, with `+` for international.
    pub to: String,
    /// Reference, number of parts and place of a part of a concatenated message.
    pub concat: Option<(u16, u8, u8)>,
    /// Data coding scheme.
    pub dcs: u8,
    /// A status report was asked for.
    pub status_report: bool,
    /// SHA-256 of the text (UTF-8) in hexadecimal digits.
    pub text_sha256: String,
    /// The text, when the simulator was told to keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Wall clock when it left, ms since 1970.
    pub unix_ms: i64,
    /// `AT+CMGS` was complete; microseconds of the monotonic clock, as all that follow.
    pub command_us: u64,
    /// The prompt was given.
    pub prompt_us: u64,
    /// Ctrl-Z came: the message left at this moment.
    pub submit_us: u64,
    /// The final result was given. Absent: not (yet).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_us: Option<u64>,
}

/// SHA-256 of a text as the oracle writes it.
#[must_use]
pub fn text_sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}

pub(super) struct Oracle {
    records: Vec<OnAir>,
    first: u64,
    next: u64,
    file: Option<File>,
    keep_text: bool,
}

impl Oracle {
    /// `log`: file to append to.
    pub fn new(log: Option<&Path>, keep_text: bool) -> std::io::Result<Self> {
        let file = log.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { records: Vec::new(), first: 1, next: 1, file, keep_text })
    }

    /// A message left. Gives its number.
    pub fn left(&mut self, mut record: OnAir) -> u64 {
        record.seq = self.next;
        self.next += 1;
        if !self.keep_text {
            record.text = None;
        }
        self.write(&record);
        if self.records.len() >= RECORDS_MAX {
            self.records.drain(..RECORDS_MAX / 2);
            self.first += (RECORDS_MAX / 2) as u64;
        }
        let seq = record.seq;
        self.records.push(record);
        seq
    }

    /// Its final result was given.
    pub fn told(&mut self, seq: u64, at_us: u64) {
        let Some(place) = seq.checked_sub(self.first).and_then(|place| usize::try_from(place).ok()) else {
            return;
        };
        if let Some(record) = self.records.get_mut(place) {
            record.final_us = Some(at_us);
            let record = record.clone();
            self.write(&record);
        }
    }

    fn write(&mut self, record: &OnAir) {
        let Some(file) = &mut self.file else { return };
        let Ok(mut line) = serde_json::to_vec(record) else { return };
        line.push(b'\n');
        if let Err(error) = file.write_all(&line) {
            tracing::warn!(%error, "the simulator's log can not be written; it goes on without");
            self.file = None;
        }
    }

    /// What left since (and with) this number, and how many left in all.
    pub fn since(&self, seq: u64) -> (&[OnAir], u64) {
        let place =
            usize::try_from(seq.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.records.len());
        (&self.records[place..], self.next - 1)
    }
}
