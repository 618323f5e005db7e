//! The session cookie: how a browser keeps the token that the contract gave it.

use axum::http::{HeaderMap, HeaderValue, header};
use gerai_app::access::SessionChange;
use gerai_core::secret::Secret;

use crate::limits::TOKEN_CHARS_MAX;

/// Over plain HTTP, which never leaves this machine.
const NAME: &str = "gerai_session";
/// Over TLS. Browsers take a cookie of this prefix only when it is `Secure`, of this very host and for all its paths, so
/// neither a neighbouring host nor plain HTTP can put another one in its place (RFC 6265bis, section 4.1.3.2).
const SECURE_NAME: &str = "__Host-gerai_session";

fn name(tls: bool) -> &'static str {
    if tls { SECURE_NAME } else { NAME }
}

/// The session token of a request, if it carries one that can be ours (base64url, bounded).
pub fn session_token(headers: &HeaderMap, tls: bool) -> Option<Secret<String>> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name(tls) && is_token(value))
        .map(|(_, value)| Secret::new(value.to_owned()))
}

/// The `Set-Cookie` line that carries a session change out. `None` for a token that no cookie can hold.
pub fn set_cookie(change: &SessionChange, tls: bool) -> Option<HeaderValue> {
    let (value, max_age_s) = match change {
        SessionChange::Opened { token, max_age_s } if is_token(token.expose()) => {
            (token.expose().as_str(), *max_age_s)
        }
        SessionChange::Opened { .. } => return None,
        SessionChange::Closed => ("", 0),
    };
    let (name, secure) = (name(tls), if tls { "Secure; " } else { "" });
    let line = format!("{name}={value}; {secure}HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age_s}");
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
        session_token(&headers, false).map(|token| token.expose().clone())
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
        let line = set_cookie(&opened, false).unwrap();
        assert_eq!(
            line.to_str().unwrap(),
            "gerai_session=abc; HttpOnly; SameSite=Strict; Path=/; Max-Age=60"
        );
        assert!(line.is_sensitive());
        let closed = set_cookie(&SessionChange::Closed, false).unwrap();
        assert_eq!(closed.to_str().unwrap(), "gerai_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
        let hostile =
            SessionChange::Opened { token: Secret::new("a; Domain=evil".to_owned()), max_age_s: 60 };
        assert!(set_cookie(&hostile, false).is_none());
    }

    #[test]
    fn over_tls_it_is_another_cookie_that_never_goes_out_in_the_clear() {
        let opened = SessionChange::Opened { token: Secret::new("abc".to_owned()), max_age_s: 60 };
        assert_eq!(
            set_cookie(&opened, true).unwrap().to_str().unwrap(),
            "__Host-gerai_session=abc; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=60"
        );
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("gerai_session=plain; __Host-gerai_session=tls"),
        );
        assert_eq!(session_token(&headers, true).unwrap().expose(), "tls");
        assert_eq!(session_token(&headers, false).unwrap().expose(), "plain");
        headers.insert(header::COOKIE, HeaderValue::from_static("gerai_session=plain"));
        assert!(
            session_token(&headers, true).is_none(),
            "a cookie that travelled in the clear opens nothing here"
        );
    }
}
