//! What one token proves about a change that is under way: the only proof there is, as only the stove knows which value
//! lives in it. Called whenever a token of a stove with an open change is read.

use super::Lives;
use crate::secret::Secret;
use crate::stove::token::{StoveId, Token};
use crate::stove::verify::made_with;

/// What a token proves about a change of secret.
#[must_use]
pub fn secret_that_lives(token: &Token, old: &Secret<Vec<u8>>, new: &Secret<Vec<u8>>) -> Lives {
    if made_with(token, new.expose()) {
        Lives::New
    } else if made_with(token, old.expose()) {
        Lives::Old
    } else {
        Lives::Neither
    }
}

/// What a token proves about a change of number; `key` is the stove's current secret, which the change does not touch.
#[must_use]
pub fn number_that_lives(token: &Token, old: StoveId, new: StoveId, key: &Secret<Vec<u8>>) -> Lives {
    if !made_with(token, key.expose()) {
        Lives::Neither
    } else if token.stove() == new {
        Lives::New
    } else if token.stove() == old {
        Lives::Old
    } else {
        Lives::Neither
    }
}
