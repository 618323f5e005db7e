//! The session cookie: how a browser keeps the token that the contract gave it.

use axum::http::{HeaderMap, HeaderValue, header};
use gerai_app::access::SessionChange;
use gerai_core::secret::Secret;

use crate::limits::TOKEN_CHARS_MAX;

const NAME: &str = "gerai_session";

/// The session token of a request, if it carries one that can be ours (base64url, bounded).
pub fn session_token(headers: &HeaderMap) -> Option<Secret<String>> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == NAME && is_token(value))
        .map(|(_, value)| Secret::new(value.to_owned()))
}

/// The `Set-Cookie` line that carries a session change out. `None` for a token that no cookie can hold.
pub fn set_cookie(change: &SessionChange) -> Option<HeaderValue> {
    let (value, max_age_s) = match change {
        SessionChange::Opened { token, max_age_s } if is_token(token.expose()) => {
            (token.expose().as_str(), *max_age_s)
        }
        SessionChange::Opened { .. } => return None,
        SessionChange::Closed => ("", 0),
    };
    let line = format!("{NAME}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}");
    let mut header = HeaderValue::from_str(&line).ok()?;
    header.set_sensitive(true);
    Some(header)
}

fn is_token(text: &str) -> bool {
    (1..=TOKEN_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(line: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(line).unwrap());
        session_token(&headers).map(|token| token.expose().clone())
    }

    #[test]
    fn finds_its_own_cookie_among_others() {
        assert_eq!(token_of("a=b; gerai_session=abc-DEF_1; c=d").as_deref(), Some("abc-DEF_1"));
        assert_eq!(token_of("xgerai_session=abc"), None);
        assert_eq!(token_of("gerai_session="), None);
        assert_eq!(token_of("gerai_session=a b"), None);
        assert_eq!(token_of(&format!("gerai_session={}", "a".repeat(129))), None);
    }

    #[test]
    fn the_cookie_is_for_this_site_only_and_hidden_from_scripts() {
        let opened = SessionChange::Opened { token: Secret::new("abc".to_owned()), max_age_s: 60 };
        let line = set_cookie(&opened).unwrap();
        assert_eq!(
            line.to_str().unwrap(),
            "gerai_session=abc; HttpOnly; SameSite=Strict; Path=/; Max-Age=60"
        );
        assert!(line.is_sensitive());
        let closed = set_cookie(&SessionChange::Closed).unwrap();
        assert_eq!(closed.to_str().unwrap(), "gerai_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
        let hostile =
            SessionChange::Opened { token: Secret::new("a; Domain=evil".to_owned()), max_age_s: 60 };
        assert!(set_cookie(&hostile).is_none());
    }
}
