//! Texts kept for sending again.

use rusqlite::params;

use crate::{Db, StoreResult};

/// A template: id, name, sealed text.
pub type Template = (i64, String, Vec<u8>);

/// All, by name.
pub fn list(db: &Db) -> StoreResult<Vec<Template>> {
    let mut statement =
        db.prepare_cached("SELECT template_id, name, text_sealed FROM sms_template ORDER BY name")?;
    Ok(statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?)
}

/// Makes one, or changes one. Its id; `None`: there is none with this id.
pub fn save(db: &Db, id: Option<i64>, name: &str, text_sealed: &[u8]) -> StoreResult<Option<i64>> {
    match id {
        None => {
            db.execute(
                "INSERT INTO sms_template (name, text_sealed) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET text_sealed = excluded.text_sealed",
                params![name, text_sealed],
            )?;
            Ok(Some(db.query_row("SELECT template_id FROM sms_template WHERE name = ?1", [name], |row| {
                row.get(0)
            })?))
        }
        Some(id) => {
            let changed = db.execute(
                "UPDATE sms_template SET name = ?2, text_sealed = ?3 WHERE template_id = ?1",
                params![id, name, text_sealed],
            )?;
            Ok((changed == 1).then_some(id))
        }
    }
}

/// Removes one. `false`: there was none.
pub fn remove(db: &Db, id: i64) -> StoreResult<bool> {
    Ok(db.execute("DELETE FROM sms_template WHERE template_id = ?1", [id])? == 1)
}
