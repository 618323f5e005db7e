//! The station's face on TLS: its certificate, and the page that helps a phone to trust it.
//!
//! `/ca` and `/ca.crt` are the only things that plain HTTP from the network gets to see: a device that does not trust
//! the station yet has to get the authority somehow. Nothing there is secret; the fingerprint on the station's own
//! screen is what makes it trustworthy.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::server::Shared;

/// The local authority, for devices to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The certificate, PEM.
    pub pem: String,
    /// SHA-256 of the certificate, 64 hex digits.
    pub sha256: String,
}

/// What TLS clients meet.
#[derive(Debug, Clone)]
pub struct Face {
    /// Certificate, key and protocol versions; ALPN `http/1.1`.
    pub config: Arc<rustls::ServerConfig>,
    /// Names and addresses of the certificate; `*.` stands for one level.
    pub names: Vec<String>,
    /// The authority that signed it, when it is the station's own.
    pub authority: Option<Authority>,
}

impl Face {
    /// The certificate stands for this name.
    pub(crate) fn is_named(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(rest) => host
                .split_once('.')
                .is_some_and(|(first, parent)| !first.is_empty() && parent.eq_ignore_ascii_case(rest)),
            None => name.eq_ignore_ascii_case(host),
        })
    }
}

fn authority(shared: &Shared) -> Result<Authority, (StatusCode, &'static str)> {
    let face = shared.face.borrow().clone();
    face.and_then(|face| face.authority.clone())
        .ok_or((StatusCode::NOT_FOUND, "this station has no authority of its own to install\n"))
}

/// `GET /ca.crt`: the authority's certificate, PEM.
pub async fn certificate(State(shared): State<Arc<Shared>>) -> Response {
    match authority(&shared) {
        Ok(authority) => {
            ([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], authority.pem).into_response()
        }
        Err(none) => none.into_response(),
    }
}

/// `GET /ca`: how to install it.
pub async fn help(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let authority = match authority(&shared) {
        Ok(authority) => authority,
        Err(none) => return none.into_response(),
    };
    // The guard has seen that this is a name of ours.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let page = PAGE.replace("{fingerprint}", &grouped(&authority.sha256)).replace("{host}", &escaped(host));
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

/// In pairs, as devices show it.
fn grouped(sha256: &str) -> String {
    let pairs: Vec<String> =
        sha256.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    pairs.join(":")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

const PAGE: &str = r#"<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gerai</title></head><body>
<h1>Pasang sertifikat stasiun ini</h1>
<p>1. Unduh: <a href="/ca.crt">gerai-ca.crt</a></p>
<p>2. Cocokkan sidik jari SHA-256 dengan yang tampil di layar stasiun (Pengaturan, Jaringan). Jika berbeda, jangan pasang.</p>
<p><code>{fingerprint}</code></p>
<p>3. Pasang:</p>
<ul>
<li>Android: Setelan › Keamanan › Enkripsi &amp; kredensial › Pasang sertifikat › Sertifikat CA.</li>
<li>iPhone, iPad: buka berkas itu di Safari, lalu Pengaturan › Umum › VPN &amp; Manajemen Perangkat › pasang; kemudian Umum › Mengenai › Pengaturan Kepercayaan Sertifikat › nyalakan.</li>
<li>Windows: klik dua kali › Pasang sertifikat › Otoritas Sertifikasi Akar Tepercaya.</li>
<li>macOS: buka dengan Akses Rantai Kunci, pilih "Selalu Percaya".</li>
<li>Firefox: Pengaturan › Privasi &amp; Keamanan › Sertifikat › Impor.</li>
</ul>
<p>4. Buka <a href="https://{host}/">https://{host}/</a></p>
<hr>
<div lang="en">
<h1>Install this station's certificate</h1>
<p>1. Download: <a href="/ca.crt">gerai-ca.crt</a></p>
<p>2. Compare the SHA-256 fingerprint above with the one on the station's own screen (Settings, Network). If it differs, do not install it.</p>
<p>3. Install it:</p>
<ul>
<li>Android: Settings › Security › Encryption &amp; credentials › Install a certificate › CA certificate.</li>
<li>iPhone, iPad: open the file in Safari, then Settings › General › VPN &amp; Device Management › install; then General › About › Certificate Trust Settings › switch it on.</li>
<li>Windows: double-click › Install certificate › Trusted Root Certification Authorities.</li>
<li>macOS: open with Keychain Access, choose "Always Trust".</li>
<li>Firefox: Settings › Privacy &amp; Security › Certificates › Import.</li>
</ul>
<p>4. Open <a href="https://{host}/">https://{host}/</a></p>
</div></body></html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_level() {
        let config =
            rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(rustls::server::ResolvesServerCertUsingSni::new()));
        let names = vec!["kasir.local".to_owned(), "*.toko.example".to_owned()];
        let face = Face { config: Arc::new(config), names, authority: None };
        for (host, ours) in [
            ("KASIR.local", true),
            ("a.toko.example", true),
            ("toko.example", false),
            ("b.a.toko.example", false),
            (".toko.example", false),
            ("evil.example", false),
        ] {
            assert_eq!(face.is_named(host), ours, "{host}");
        }
    }

    #[test]
    fn a_fingerprint_reads_as_devices_show_it() {
        assert_eq!(grouped("00ff1a"), "00:FF:1A");
    }
}
