//! A shop's own pictures on its idle counters: the administrators' list, and one file for a screen. Browsers get the file
//! as bytes (`GET /counter/images/<id>`), the desktop's windows by a command.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Pictures that a station keeps at most.
pub const COUNTER_IMAGES_MAX: usize = 8;

/// A picture as a counter needs it (in `counter.show`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct CounterPicture {
    /// Picture id, never given again.
    pub id: i64,
    /// Changes with what is in the file: part of its address, so that caches never mix two up.
    pub mark: String,
    /// What is on it, in words.
    pub name: String,
}

/// A picture in the administrators' list (`counter_images.list`), in the order of the screen.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export)]
pub struct CounterImageView {
    /// Picture id, never given again.
    pub id: i64,
    /// Changes with what is in the file.
    pub mark: String,
    /// What is on it, in words.
    pub name: String,
    /// The till whose counter shows it; `null`: all do.
    pub till_id: Option<i64>,
    /// Media type: `image/jpeg`, `image/png` or `image/webp`.
    pub media: String,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// Bytes of the file.
    pub bytes: i64,
    /// When it was added, Unix milliseconds.
    pub added_ms: i64,
    /// By whom.
    pub added_by: String,
}

/// `counter_images.add`: puts a picture behind the others. Returns the list.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct CounterImageAdd {
    /// What is on it, 1 to 80 characters.
    pub name: String,
    /// The till whose counter shows it; `null`: all do.
    pub till_id: Option<i64>,
    /// The file in base64, also as a `data:` address: JPEG, PNG or WebP, still, at most 2 MiB and 8,192 pixels a side.
    pub image: String,
}

/// `counter_images.move`: puts a picture to another place. Returns the list.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export)]
pub struct CounterImageMove {
    /// Picture id.
    pub id: i64,
    /// Its new place, from 0; behind the last one it is the last.
    pub to: i64,
}

/// The file of a picture (`counter.image`).
#[derive(Clone, Serialize, TS)]
#[ts(export)]
pub struct CounterImageFile {
    /// Picture id.
    pub id: i64,
    /// As in `counter.show`.
    pub mark: String,
    /// Media type.
    pub media: String,
    /// The file, base64: put it behind `data:<media>;base64,`.
    pub image: String,
}
