//! Tariffs: a name and a JSON document of prices over time.

use rusqlite::OptionalExtension;

use crate::{Db, StoreResult};

/// Keeps one; one of that name is replaced.
pub fn put(db: &Db, name: &str, book: &str) -> StoreResult<()> {
    db.execute(
        "INSERT INTO stove_tariff (name, book) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name, book = excluded.book",
        (name, book),
    )?;
    Ok(())
}

/// Forgets one. `false`: there was none.
pub fn remove(db: &Db, name: &str) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM stove_tariff WHERE name = ?1", [name])? == 1)
}

/// The document of one.
pub fn get(db: &Db, name: &str) -> StoreResult<Option<String>> {
    Ok(db
        .prepare_cached("SELECT book FROM stove_tariff WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// All, by name.
pub fn list(db: &Db) -> StoreResult<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT name, book FROM stove_tariff ORDER BY name LIMIT 200")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Stoves that have it as their own.
pub fn used_by(db: &Db, name: &str) -> StoreResult<i64> {
    Ok(db
        .query_row("SELECT count(*) FROM stove WHERE tariff = ?1 COLLATE NOCASE", [name], |row| row.get(0))?)
}
