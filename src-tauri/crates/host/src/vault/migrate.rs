//! Moving every secret from one vault to another. It may be killed at any moment and is then repeated: the old vault
//! counts until every copy was read back, and is emptied only after that.

use gerai_core::port::{Vault, VaultError};

use super::index::{Index, Move};
use crate::options::VaultKind;

/// What a move came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Secrets in the new vault.
    pub secrets: usize,
    /// There was nothing to do.
    pub nothing: bool,
}

/// Moves everything on the list. `from` and `to` are the bare vaults, `clear` empties the old one of these names; the
/// caller holds the folder's lock.
pub fn migrate(
    index: &Index,
    (from_kind, from): (VaultKind, &dyn Vault),
    (to_kind, to): (VaultKind, &dyn Vault),
    clear: &dyn Fn(&[String]) -> Result<(), VaultError>,
) -> Result<Moved, VaultError> {
    let list = index.read().map_err(VaultError::Unavailable)?;
    let secrets = list.entries.len();
    match list.moving {
        Some(Move::Emptying { from: emptied }) if emptied == from_kind => {
            empty(index, clear)?;
            return Ok(Moved { secrets, nothing: false });
        }
        Some(Move::Copying { to: begun }) if begun != to_kind => {
            return Err(VaultError::Unavailable(format!(
                "a move to the {0} vault was begun; end it with `gerai vault migrate --to {0}`",
                begun.word()
            )));
        }
        Some(Move::Emptying { from }) => {
            return Err(VaultError::Unavailable(format!(
                "the move out of the {} vault has not ended; end that one first",
                from.word()
            )));
        }
        _ => {}
    }
    if list.kind.unwrap_or(from_kind) == to_kind {
        return Ok(Moved { secrets, nothing: true });
    }
    index
        .change(|list| list.moving = Some(Move::Copying { to: to_kind }))
        .map_err(VaultError::Unavailable)?;
    for name in list.entries.keys() {
        let value = from.get(name).map_err(|error| match error {
            VaultError::NoEntry | VaultError::Missing => VaultError::Unavailable(format!(
                "the {} vault lacks {name}, which this station had put there; nothing was removed. Unlock or restore it, or \
                 set that secret anew, then repeat the move",
                from_kind.word()
            )),
            other => other,
        })?;
        to.set(name, &value)?;
        gerai_core::crash::point("vault-copied");
    }
    // Read back once more, all of them, before the new vault counts.
    for name in list.entries.keys() {
        if from.get(name)? != to.get(name)? {
            return Err(VaultError::Unavailable(format!(
                "the {} vault does not give {name} back as it was; nothing was removed",
                to_kind.word()
            )));
        }
    }
    index
        .change(|list| {
            list.kind = Some(to_kind);
            list.moving = Some(Move::Emptying { from: from_kind });
        })
        .map_err(VaultError::Unavailable)?;
    gerai_core::crash::point("vault-before-emptying");
    empty(index, clear)?;
    Ok(Moved { secrets, nothing: false })
}

fn empty(index: &Index, clear: &dyn Fn(&[String]) -> Result<(), VaultError>) -> Result<(), VaultError> {
    let list = index.read().map_err(VaultError::Unavailable)?;
    clear(&list.entries.into_keys().collect::<Vec<_>>())?;
    index.change(|list| list.moving = None).map_err(VaultError::Unavailable)
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
