//! Certificates and keys: read from PEM, looked into, and made into what rustls serves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use gerai_core::hex;
use gerai_core::port::CertificateReport;
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The certificates of a PEM text, the server's own first.
pub fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("it is not PEM: {error}"))?;
    if chain.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(chain)
}

/// Names, times and fingerprint of a certificate.
pub fn look_into(der: &CertificateDer<'_>) -> Result<CertificateReport, String> {
    let (_, found) =
        X509Certificate::from_der(der).map_err(|_| "it is not an X.509 certificate".to_owned())?;
    let names = match found.subject_alternative_name() {
        Ok(Some(names)) => names.value.general_names.iter().filter_map(name).collect(),
        Ok(None) => Vec::new(),
        Err(_) => return Err("its names cannot be read".to_owned()),
    };
    let ms = |seconds: i64| UnixMs(seconds.saturating_mul(1_000));
    Ok(CertificateReport {
        names,
        from: ms(found.validity().not_before.timestamp()),
        until: ms(found.validity().not_after.timestamp()),
        sha256: hex::lower(&<[u8; 32]>::from(Sha256::digest(der.as_ref()))),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The public key of a certificate, as its algorithm writes it.
pub fn public_key(der: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, found) = X509Certificate::from_der(der).ok()?;
    Some(found.public_key().subject_public_key.data.to_vec())
}

/// The DNS names that an authority may vouch for; `None`: it is not limited.
pub fn permitted_names(der: &CertificateDer<'_>) -> Result<Option<Vec<String>>, String> {
    let (_, found) =
        X509Certificate::from_der(der).map_err(|_| "it is not an X.509 certificate".to_owned())?;
    let limits = found.name_constraints().map_err(|_| "its limits cannot be read".to_owned())?;
    let permitted = limits.and_then(|limits| limits.value.permitted_subtrees.as_ref());
    Ok(permitted.map(|subtrees| {
        let names = subtrees.iter().filter_map(|subtree| match &subtree.base {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        names.collect()
    }))
}

/// Whether one of these subtrees holds the name (RFC 5280, section 4.2.1.10). Addresses are limited elsewhere.
pub fn within(name: &str, subtrees: &[String]) -> bool {
    name.parse::<IpAddr>().is_ok()
        || subtrees.iter().any(|subtree| {
            name == subtree || name.strip_suffix(subtree.as_str()).is_some_and(|rest| rest.ends_with('.'))
        })
}

/// What rustls serves: TLS 1.2 and 1.3. Refuses a key that does not belong to the certificate.
pub fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    alpn: &[&[u8]],
) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// The private key of a PEM text.
pub fn key(pem: &Secret<Vec<u8>>) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem.expose()).map_err(|error| match error {
        rustls::pki_types::pem::Error::NoItemsFound => "there is no private key in it".to_owned(),
        _ => "it is not a private key in PEM".to_owned(),
    })
}

/// SHA-256 of a text, to notice a change.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtrees_hold_names_below_them() {
        let subtrees = ["local".to_owned(), "kasir".to_owned()];
        for (name, inside) in [
            ("kasir.local", true),
            ("local", true),
            ("kasir", true),
            ("a.kasir", true),
            ("xlocal", false),
            ("evil.example", false),
            ("192.168.1.1", true),
        ] {
            assert_eq!(within(name, &subtrees), inside, "{name}");
        }
    }

    #[test]
    fn rubbish_is_refused_in_words() {
        assert!(chain(b"").unwrap_err().contains("no certificate"));
        assert!(chain(b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n").is_err());
        assert!(key(&Secret::new(b"hello".to_vec())).unwrap_err().contains("no private key"));
        assert!(look_into(&CertificateDer::from(vec![1, 2, 3])).is_err());
    }
}
