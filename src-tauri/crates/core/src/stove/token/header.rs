//! The header of a three-part token: exactly `{"alg":"HS256"}` with or without `"typ":"JWT"`. It never chooses an
//! algorithm or a key, so everything else it could say is refused.

use super::error::{HeaderRefusal, TokenError, excerpt};
use crate::stove::members::Members;

/// Accepts the one header there is.
pub(super) fn accept(bytes: &[u8]) -> Result<(), TokenError> {
    let members: Members =
        serde_json::from_slice(bytes).map_err(|_| TokenError::Header(HeaderRefusal::NotAnObject))?;
    let (mut algorithm, mut kind) = (false, false);
    for (name, value) in &members.0 {
        let seen = match name.as_str() {
            "alg" => &mut algorithm,
            "typ" => &mut kind,
            _ => return Err(TokenError::Header(HeaderRefusal::Member { name: excerpt(name) })),
        };
        if std::mem::replace(seen, true) {
            return Err(TokenError::Header(HeaderRefusal::Twice { name: excerpt(name) }));
        }
        match (name.as_str(), value.as_str()) {
            ("alg", Some("HS256")) | ("typ", Some("JWT")) => {}
            ("alg", found) => {
                let found = found.map_or_else(|| excerpt(&value.to_string()), excerpt);
                return Err(TokenError::Header(HeaderRefusal::Algorithm { found }));
            }
            _ => return Err(TokenError::Header(HeaderRefusal::Type)),
        }
    }
    if algorithm { Ok(()) } else { Err(TokenError::Header(HeaderRefusal::NoAlgorithm)) }
}
