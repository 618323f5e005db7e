//! The settings document and the station's own row. What the document means is known to `app` alone.

use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// The document and its version.
pub fn get(db: &Db) -> StoreResult<Option<(i64, String)>> {
    Ok(db
        .query_row("SELECT version, document FROM settings WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

/// Replaces the document, if it is still of `version`. Answers whether it was.
pub fn replace(db: &Db, version: i64, document: &str) -> StoreResult<bool> {
    let changed = if version == 0 {
        db.execute("INSERT OR IGNORE INTO settings (id, version, document) VALUES (1, 1, ?1)", [document])?
    } else {
        db.execute(
            "UPDATE settings SET version = version + 1, document = ?2 WHERE id = 1 AND version = ?1",
            (version, document),
        )?
    };
    Ok(changed == 1)
}

/// The station's random name and whether it is a try-out.
pub fn station(db: &Db) -> StoreResult<Option<(String, bool)>> {
    Ok(db
        .query_row("SELECT station_id, try_out FROM station WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

/// Names the station, once.
pub fn name_station(db: &Db, station_id: &str, try_out: bool) -> StoreResult<()> {
    db.execute(
        "INSERT OR IGNORE INTO station (id, station_id, try_out) VALUES (1, ?1, ?2)",
        (station_id, try_out),
    )?;
    Ok(())
}
