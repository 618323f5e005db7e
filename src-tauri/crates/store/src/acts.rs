//! Acts of people that move no money: who, what, when. Never a secret, never a whole card number.

use gerai_core::time::UnixMs;

use crate::{Db, StoreResult};

/// Records an act.
pub fn add(db: &Db, at: UnixMs, actor: &str, what: &str, detail: &str) -> StoreResult<()> {
    db.prepare_cached("INSERT INTO act (at_ms, actor, what, detail) VALUES (?1, ?2, ?3, ?4)")?
        .execute((at.0, actor, what, detail))?;
    Ok(())
}
