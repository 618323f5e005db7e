//! Pictures of a shop for its idle counters, as they were uploaded. Which files may be here, and how many, is the use
//! case's business; reading a list never touches the files themselves.

use gerai_core::port::pictures::StillKind;
use gerai_core::time::UnixMs;
use rusqlite::{OptionalExtension, Row, params};

use crate::{Db, StoreError, StoreResult};

/// A picture before it has its number.
#[derive(Clone, PartialEq, Eq)]
pub struct CounterImageDraft {
    /// The till whose counter shows it; `None`: all do.
    pub till_id: Option<i64>,
    /// What is on it, 1 to 80 characters.
    pub name: String,
    /// What kind of file it is.
    pub kind: StillKind,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// The file.
    pub picture: Vec<u8>,
    /// When it was added.
    pub added: UnixMs,
    /// By whom.
    pub added_by: String,
}

/// A stored picture without its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterImage {
    /// Its number, never given again.
    pub image_id: i64,
    /// The till whose counter shows it; `None`: all do.
    pub till_id: Option<i64>,
    /// What is on it.
    pub name: String,
    /// What kind of file it is.
    pub kind: StillKind,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Bytes of the file.
    pub bytes: i64,
    /// When it was added.
    pub added: UnixMs,
    /// By whom.
    pub added_by: String,
}

const COLUMNS: &str =
    "image_id, till_id, name, media, width, height, sha256, length(picture), added_ms, added_by";

/// All pictures, in their order.
pub fn list(db: &Db) -> StoreResult<Vec<CounterImage>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM counter_image ORDER BY place, image_id"))?;
    let rows = statement.query_map([], read)?;
    rows.map(|row| row?).collect()
}

/// One picture.
pub fn get(db: &Db, image_id: i64) -> StoreResult<Option<CounterImage>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM counter_image WHERE image_id = ?1"))?
        .query_row([image_id], read)
        .optional()?
        .transpose()
}

/// The file of a picture.
pub fn file(db: &Db, image_id: i64) -> StoreResult<Option<Vec<u8>>> {
    Ok(db
        .prepare_cached("SELECT picture FROM counter_image WHERE image_id = ?1")?
        .query_row([image_id], |row| row.get(0))
        .optional()?)
}

/// Adds a picture behind the others. Answers with its number.
pub fn add(db: &Db, draft: &CounterImageDraft) -> StoreResult<i64> {
    db.execute(
        "INSERT INTO counter_image (place, till_id, name, media, width, height, sha256, picture, added_ms, added_by)
         VALUES ((SELECT coalesce(max(place), 0) + 1 FROM counter_image), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            draft.till_id,
            draft.name,
            draft.kind.media_type(),
            draft.width,
            draft.height,
            draft.sha256,
            draft.picture,
            draft.added.0,
            draft.added_by,
        ],
    )?;
    Ok(db.last_insert_rowid())
}

/// Takes a picture away. Answers whether it was there.
pub fn remove(db: &Db, image_id: i64) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM counter_image WHERE image_id = ?1", [image_id])? == 1)
}

/// Puts the pictures into this order.
pub fn arrange(db: &Db, order: &[i64]) -> StoreResult<()> {
    let mut statement = db.prepare_cached("UPDATE counter_image SET place = ?2 WHERE image_id = ?1")?;
    for (place, image_id) in (1_i64..).zip(order) {
        statement.execute((image_id, place))?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoreResult<CounterImage>> {
    let (image_id, media): (i64, String) = (row.get(0)?, row.get(3)?);
    let Some(kind) = StillKind::of_media_type(&media) else {
        return Ok(Err(StoreError::Damaged(format!("counter picture {image_id} is of an unknown kind"))));
    };
    Ok(Ok(CounterImage {
        image_id,
        till_id: row.get(1)?,
        name: row.get(2)?,
        kind,
        width: row.get(4)?,
        height: row.get(5)?,
        sha256: row.get(6)?,
        bytes: row.get(7)?,
        added: UnixMs(row.get(8)?),
        added_by: row.get(9)?,
    }))
}
