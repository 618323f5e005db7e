//! The screens, built from `ui/` into `ui/dist` and carried inside the program (a debug build reads them from there).
//! Without them the station still runs and says how to build them.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../../ui/dist"]
#[allow_missing = true]
struct Screens;

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Gerai</title>\
    <h1>Gerai runs</h1><p>Its screens are not built yet: <code>cargo xtask run</code> builds the screens and opens them.</p>";

/// `GET /`: the console.
pub async fn console(headers: HeaderMap) -> Response {
    page("index.html", &headers)
}

/// `GET /counter`: the counter of one till.
pub async fn counter(headers: HeaderMap) -> Response {
    page("counter.html", &headers)
}

/// Any other file of the screens.
pub async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let found = is_plain(&path).then(|| Screens::get(&path)).flatten();
    match found {
        Some(found) => answer(&path, found, &headers),
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
    }
}

fn page(name: &str, headers: &HeaderMap) -> Response {
    match Screens::get(name) {
        Some(found) => answer(name, found, headers),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response(),
    }
}

fn answer(path: &str, found: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = entity_tag(&found);
    // The build names these files by their content, so they never change under one name.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = content_type(path);
        ([(header::CONTENT_TYPE, kind)], Body::from(found.data.into_owned())).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response.headers_mut().insert(header::ETAG, tag);
    response
}

fn entity_tag(found: &EmbeddedFile) -> HeaderValue {
    let hash: String =
        found.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Only names the build makes: no dot files, no `..`, no escapes, no backslashes.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_plain_names_are_looked_up() {
        for path in ["favicon.ico", "assets/index-B3x_9.js"] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "../Cargo.toml",
            "assets/../../x",
            "/etc/passwd",
            ".env",
            "a//b",
            "a\\b",
            "%2e%2e/x",
            "a/.git/config",
            "",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
