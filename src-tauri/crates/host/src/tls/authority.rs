//! The local authority: made once, limited to private addresses and to this machine's names, its key in the vault. It
//! signs the server's certificate and nothing else. A lost key is never silently replaced: devices would have to
//! install a new authority, and a person has to know why.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;

use gerai_app::App;
use gerai_core::hex;
use gerai_core::port::{CertificateReport, VaultError};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData, SanType, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use zeroize::Zeroize;

use super::machine::PRIVATE;
use super::{Machine, Trouble, certificate};

/// The authority's certificate in the data folder; public.
pub const CA_FILE: &str = "tls-ca.crt";
/// The server's certificate in the data folder; public.
pub const SERVER_FILE: &str = "tls-server.crt";
/// Vault entry of the authority's key, PKCS #8.
pub const CA_KEY: &str = "tls-ca-key";
/// Vault entry of the server's key, PKCS #8.
pub const SERVER_KEY: &str = "tls-server-key";

const DAY_MS: i64 = 86_400_000;
/// Ten years.
const CA_DAYS: i64 = 3_652;
/// Browsers take no server certificate that lives longer than 398 days.
const SERVER_DAYS: i64 = 397;
/// A certificate begins a day back: devices' clocks differ.
const BACK_DAYS: i64 = 1;
/// Renewed when it has no more than this left.
pub const RENEW_DAYS: i64 = 30;

/// A server certificate signed by the local authority.
pub struct Local {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    pub report: CertificateReport,
    pub ca: CertificateReport,
    pub ca_pem: String,
}

/// The certificate of this machine now: the stored one while it fits, else a new one. Blocks (vault, files).
pub fn current(app: &App, folder: &Path, machine: &Machine, now: UnixMs) -> Result<Local, Trouble> {
    let ca_pem = read(&folder.join(CA_FILE))?;
    if let Some(ca_pem) = &ca_pem
        && let Some(local) = stored(app, folder, ca_pem, machine, now)?
    {
        return Ok(local);
    }
    let (ca_pem, ca_key) = match (app.secret(CA_KEY), ca_pem) {
        (Ok(key), Some(ca_pem)) => {
            let key = pair(&key)?;
            if certificate::public_key(&first(CA_FILE, &ca_pem)?).as_deref() != Some(key.public_key_raw()) {
                return Err(key_gone());
            }
            (ca_pem, key)
        }
        (Ok(key), None) => {
            // The same key and the same name: devices that trust the old copy go on doing so.
            let key = pair(&key)?;
            (write_ca(folder, &key, machine, now)?, key)
        }
        (Err(VaultError::NoEntry), None) => make(app, folder, machine, now)?,
        (Err(VaultError::NoEntry), Some(_)) | (Err(VaultError::Missing), _) => return Err(key_gone()),
        (Err(VaultError::Unavailable(why)), _) => return Err(vault_away(&why)),
    };
    issue(app, folder, &ca_pem, &ca_key, machine, now)
}

/// A new authority with a new key, on a person's word. What was signed by the old one is replaced as well.
pub fn renew(app: &App, folder: &Path, machine: &Machine, now: UnixMs) -> Result<Local, Trouble> {
    let (ca_pem, key) = make(app, folder, machine, now)?;
    issue(app, folder, &ca_pem, &key, machine, now)
}

/// Whether a certificate still serves: long enough, and for every name and address that the authority may vouch for.
pub fn fits(report: &CertificateReport, wanted: &[String], now: UnixMs) -> bool {
    report.from <= now
        && report.until.since(now) > RENEW_DAYS * DAY_MS
        && wanted.iter().all(|name| report.names.contains(name))
}

/// Names and addresses of a server certificate, as far as the authority may vouch for them.
pub fn wanted_names(ca: &CertificateDer<'_>, machine: &Machine) -> Result<Vec<String>, Trouble> {
    let limits = certificate::permitted_names(ca).map_err(|why| unreadable(CA_FILE, &why))?;
    let names = machine.names.iter().filter(|name| {
        let inside = limits.as_ref().is_none_or(|limits| certificate::within(name, limits));
        if !inside {
            tracing::warn!(
                "The local authority was made under another host name and cannot vouch for {name}"
            );
        }
        inside
    });
    let loopback = ["127.0.0.1".to_owned(), "::1".to_owned()];
    Ok(names.cloned().chain(loopback).chain(machine.lan.iter().map(IpAddr::to_string)).collect())
}

fn stored(
    app: &App,
    folder: &Path,
    ca_pem: &str,
    machine: &Machine,
    now: UnixMs,
) -> Result<Option<Local>, Trouble> {
    let ca = first(CA_FILE, ca_pem)?;
    let wanted = wanted_names(&ca, machine)?;
    let Some(pem) = read(&folder.join(SERVER_FILE))? else { return Ok(None) };
    let Ok(chain) = certificate::chain(pem.as_bytes()) else { return Ok(None) };
    let Some(report) = certificate::look_into(&chain[0]).ok().filter(|report| fits(report, &wanted, now))
    else {
        return Ok(None);
    };
    if chain.get(1) != Some(&ca) {
        return Ok(None);
    }
    let key = match app.secret(SERVER_KEY) {
        Ok(key) => key,
        // The authority can always vouch for another one.
        Err(VaultError::NoEntry | VaultError::Missing) => return Ok(None),
        Err(VaultError::Unavailable(why)) => return Err(vault_away(&why)),
    };
    let Ok(key) = private(&key) else { return Ok(None) };
    // A crash between the two writes leaves a key that belongs to another certificate.
    if certificate::server_config(chain.clone(), key.clone_key(), &[]).is_err() {
        return Ok(None);
    }
    let ca_report = certificate::look_into(&ca).map_err(|why| unreadable(CA_FILE, &why))?;
    Ok(Some(Local { chain, key, report, ca: ca_report, ca_pem: ca_pem.to_owned() }))
}

fn make(app: &App, folder: &Path, machine: &Machine, now: UnixMs) -> Result<(String, Wiped), Trouble> {
    let key = KeyPair::generate().map(Wiped).map_err(|error| failed(&error))?;
    // The key first: a certificate without its key would look like a lost one.
    keep(app, CA_KEY, &key)?;
    let pem = write_ca(folder, &key, machine, now)?;
    tracing::info!("Made a new local authority ({CA_FILE})");
    Ok((pem, key))
}

fn write_ca(folder: &Path, key: &KeyPair, machine: &Machine, now: UnixMs) -> Result<String, Trouble> {
    let mut params = CertificateParams::default();
    // The name follows from the key: two authorities of one station are told apart, and one made again is the same.
    let mark = hex::lower(&certificate::digest(&[key.der_bytes()])[..4]);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Gerai");
    params.distinguished_name.push(DnType::CommonName, format!("Gerai local authority {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut names = machine.names.clone();
    names.push("local".to_owned());
    let networks = PRIVATE.iter().map(|(ip, prefix)| CidrSubnet::from_addr_prefix(*ip, *prefix));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names
            .into_iter()
            .map(GeneralSubtree::DnsName)
            .chain(networks.map(GeneralSubtree::IpAddress))
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    lives(&mut params, now, CA_DAYS)?;
    let pem = params.self_signed(key).map_err(|error| failed(&error))?.pem();
    write(&folder.join(CA_FILE), &pem)?;
    Ok(pem)
}

fn issue(
    app: &App,
    folder: &Path,
    ca_pem: &str,
    ca_key: &KeyPair,
    machine: &Machine,
    now: UnixMs,
) -> Result<Local, Trouble> {
    let ca = first(CA_FILE, ca_pem)?;
    let ca_report = certificate::look_into(&ca).map_err(|why| unreadable(CA_FILE, &why))?;
    let days_left = ca_report.until.since(now) / DAY_MS;
    if days_left < 1 {
        return Err(Trouble::new(
            "tls_ca_ended",
            "the local authority has ended",
            "Make a new one with `gerai network renew-ca`; every device has to install it.",
        ));
    }
    let key = KeyPair::generate().map(Wiped).map_err(|error| failed(&error))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Gerai");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    for name in wanted_names(&ca, machine)? {
        params.subject_alt_names.push(match name.parse::<IpAddr>() {
            Ok(ip) => SanType::IpAddress(ip),
            Err(_) => SanType::DnsName(name.try_into().map_err(|error| failed(&error))?),
        });
    }
    lives(&mut params, now, SERVER_DAYS.min(days_left + BACK_DAYS))?;
    // Borrowed: the authority's key is wiped by its owner.
    let issuer = Issuer::from_ca_cert_der(&ca, ca_key).map_err(|error| failed(&error))?;
    let signed = params.signed_by(&*key, &issuer).map_err(|error| failed(&error))?;
    keep(app, SERVER_KEY, &key)?;
    write(&folder.join(SERVER_FILE), &format!("{}{ca_pem}", signed.pem()))?;
    let chain = vec![signed.der().clone(), ca];
    let report = certificate::look_into(&chain[0]).map_err(|why| unreadable(SERVER_FILE, &why))?;
    tracing::info!("Signed a new server certificate ({SERVER_FILE}) for {}", report.names.join(", "));
    let secret = Secret::new(key.serialize_der());
    Ok(Local { chain, key: private(&secret)?, report, ca: ca_report, ca_pem: ca_pem.to_owned() })
}

fn lives(params: &mut CertificateParams, now: UnixMs, days: i64) -> Result<(), Trouble> {
    let from = now.plus(-BACK_DAYS * DAY_MS).0 / 1_000;
    let moment = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| failed(&error));
    params.not_before = moment(from)?;
    // The last second belongs to it (RFC 5280, section 4.1.2.5).
    params.not_after = moment(from + days * DAY_MS / 1_000 - 1)?;
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(|error| failed(&error))?;
    // Positive, and never the same twice under one authority.
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(())
}

fn keep(app: &App, entry: &str, key: &KeyPair) -> Result<(), Trouble> {
    let secret = Secret::new(key.serialize_der());
    app.keep_secret(entry, &secret).map_err(|error| match error {
        VaultError::Unavailable(why) => vault_away(&why),
        VaultError::NoEntry | VaultError::Missing => vault_away("it does not keep what it is given"),
    })
}

fn pair(key: &Secret<Vec<u8>>) -> Result<Wiped, Trouble> {
    let der = private(key)?;
    let pair = KeyPair::from_der_and_sign_algo(&der, &rcgen::PKCS_ECDSA_P256_SHA256);
    pair.map(Wiped).map_err(|_| unreadable(CA_KEY, "it is no P-256 key"))
}

fn private(key: &Secret<Vec<u8>>) -> Result<PrivateKeyDer<'static>, Trouble> {
    PrivateKeyDer::try_from(key.expose().clone())
        .map_err(|_| unreadable("the key in the vault", "it is no key"))
}

fn first(file: &str, pem: &str) -> Result<CertificateDer<'static>, Trouble> {
    certificate::chain(pem.as_bytes())
        .map(|mut chain| chain.swap_remove(0))
        .map_err(|why| unreadable(file, &why))
}

fn read(path: &Path) -> Result<Option<String>, Trouble> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path.display().to_string(), &error.to_string())),
    }
}

/// Whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, path)).map_err(|error| {
        let what = format!("cannot write {}: {error}", path.display());
        Trouble::new(
            "tls_files",
            what,
            "Free some space or mend the folder's permissions; it is tried again by itself.",
        )
    })
}

fn key_gone() -> Trouble {
    Trouble::new(
        "tls_ca_key_gone",
        format!("the vault does not hold the key of the local authority whose certificate is in {CA_FILE}"),
        "If the keychain was only locked or not signed in to, unlock it. If the key is lost for good, make a new \
         authority with `gerai network renew-ca`: every device has to install it again.",
    )
}

fn vault_away(why: &str) -> Trouble {
    Trouble::new(
        "tls_vault_away",
        format!("the keys of the certificates are in the vault, and {why}"),
        "Unlock this user's keychain, or name a certificate of your own under Network. HTTP on this machine goes on.",
    )
}

fn unreadable(what: &str, why: &str) -> Trouble {
    Trouble::new(
        "tls_files",
        format!("cannot use {what}: {why}"),
        "Put the file back from a backup, or make a new authority with `gerai network renew-ca`.",
    )
}

fn failed(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(
        "tls_failed",
        format!("a certificate cannot be made: {error}"),
        "Restart Gerai; its log has more.",
    )
}

/// A key pair whose bytes are wiped when it goes.
struct Wiped(KeyPair);

impl std::ops::Deref for Wiped {
    type Target = KeyPair;

    fn deref(&self) -> &KeyPair {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
