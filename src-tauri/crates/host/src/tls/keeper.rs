//! Keeps the certificate in use right: looks at settings, files, names and time every few seconds, and hands a new one
//! to both listeners without dropping a connection. A look that finds nothing new costs two small reads.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gerai_app::App;
use gerai_app::contract::{HealthRow, HealthState, NetworkSettings};
use gerai_core::port::{CertificateReport, Clock};
use gerai_core::secret::Secret;
use gerai_core::time::UnixMs;
use gerai_web::{Authority, Face};
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::authority::{self, Local};
use super::{Machine, Trouble, certificate};
use crate::clock::SystemClock;
use crate::events::settings_changed;

/// How soon a changed file or address is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A vault that refused is not asked at every look: it may show a window each time.
const VAULT_AGAIN: Duration = Duration::from_secs(60);
const DAY_MS: i64 = 86_400_000;
/// An authority that ends this soon should be renewed while there is time to walk from device to device.
const CA_ENDS_DAYS: i64 = 427;

/// Both listeners' TLS.
pub struct Keeper {
    app: Arc<App>,
    folder: PathBuf,
    face: watch::Sender<Option<Arc<Face>>>,
    readers: watch::Sender<Option<Arc<ServerConfig>>>,
    state: Mutex<State>,
}

/// What is in use and what is wrong.
#[derive(Default)]
struct State {
    used: Used,
    trouble: Option<Trouble>,
    tried: Option<(Instant, Machine)>,
}

#[derive(Default)]
enum Used {
    #[default]
    Nothing,
    Own {
        digest: [u8; 32],
        report: CertificateReport,
    },
    Local {
        /// What the certificate was made for.
        machine: Machine,
        report: CertificateReport,
        ca: CertificateReport,
        ca_pem: String,
    },
}

/// What the station shows of its certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsReport {
    /// The certificate in use.
    pub certificate: Option<CertificateReport>,
    /// It comes from the operator's own files.
    pub own: bool,
    /// The local authority, when it signed the certificate.
    pub authority: Option<CertificateReport>,
    /// What is wrong.
    pub trouble: Option<Trouble>,
}

impl Keeper {
    /// Nothing is read yet: `keep` or `look` does.
    #[must_use]
    pub fn new(app: Arc<App>, folder: PathBuf) -> Arc<Self> {
        let (face, readers) = (watch::channel(None).0, watch::channel(None).0);
        Arc::new(Self { app, folder, face, readers, state: Mutex::default() })
    }

    /// The certificate for the console.
    #[must_use]
    pub fn face(&self) -> watch::Receiver<Option<Arc<Face>>> {
        self.face.subscribe()
    }

    /// The certificate for readers.
    #[must_use]
    pub fn readers(&self) -> watch::Receiver<Option<Arc<ServerConfig>>> {
        self.readers.subscribe()
    }

    /// What is in use and what is wrong.
    #[must_use]
    pub fn report(&self) -> TlsReport {
        let state = self.state();
        let trouble = state.trouble.clone();
        match &state.used {
            Used::Nothing => TlsReport { trouble, ..TlsReport::default() },
            Used::Own { report, .. } => {
                TlsReport { certificate: Some(report.clone()), own: true, authority: None, trouble }
            }
            Used::Local { report, ca, .. } => TlsReport {
                certificate: Some(report.clone()),
                own: false,
                authority: Some(ca.clone()),
                trouble,
            },
        }
    }

    /// Looks every few seconds while there is anything to keep, and at each change of the settings, until `stop`.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut events = self.app.events();
        loop {
            self.look_away().await;
            let network = self.app.settings().1.network.clone();
            let again = async {
                if Wanted::of(&network) != Wanted::Nothing {
                    tokio::time::sleep(LOOK_EVERY).await
                } else {
                    std::future::pending().await
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = again => {}
                () = settings_changed(&mut events) => {}
            }
        }
    }

    /// One look, off the async threads.
    async fn look_away(self: &Arc<Self>) {
        let keeper = Arc::clone(self);
        if tokio::task::spawn_blocking(move || keeper.look(&Machine::look(), SystemClock.now()))
            .await
            .is_err()
        {
            tracing::error!("A look at the certificates ended early");
        }
    }

    /// One look: blocks (files, the vault).
    pub fn look(&self, machine: &Machine, now: UnixMs) {
        let network = self.app.settings().1.network.clone();
        match Wanted::of(&network) {
            Wanted::OwnFiles => self.look_at_own(&network, now),
            Wanted::LocalAuthority => self.look_at_local(machine, now),
            Wanted::Nothing => {
                let mut state = self.state();
                if !matches!(state.used, Used::Nothing) || state.trouble.is_some() {
                    *state = State::default();
                    drop(state);
                    self.face.send_replace(None);
                    self.readers.send_replace(None);
                }
            }
        }
        self.app.put_health(row(&self.report(), now));
    }

    /// Makes a new local authority, on a person's word. Blocks.
    pub fn renew(&self, machine: &Machine, now: UnixMs) -> Result<(), Trouble> {
        let made = authority::renew(&self.app, &self.folder, machine, now)?;
        let network = self.app.settings().1.network.clone();
        // With files of one's own the authority is made and waits.
        if Wanted::of(&network) == Wanted::LocalAuthority {
            self.use_local(made, machine, now)?;
        }
        self.app.put_health(row(&self.report(), now));
        Ok(())
    }

    fn look_at_own(&self, network: &NetworkSettings, now: UnixMs) {
        let loaded = read_own(network);
        let digest = loaded.as_ref().ok().map(|(pem, key)| certificate::digest(&[pem, key.expose()]));
        let mut state = self.state();
        if let (Used::Own { digest: used, report }, Some(digest)) = (&state.used, digest)
            && *used == digest
        {
            state.trouble = dates(report, now);
            return;
        }
        let used_before = matches!(state.used, Used::Own { .. });
        let made = loaded.and_then(|(pem, key)| own_configs(&pem, &key));
        match made {
            // What has ended is no reason to give up what has not.
            Ok((report, ..)) if used_before && report.until <= now => {
                state.trouble = Some(kept(&network.tls_cert_file, "it has ended"));
            }
            Ok((report, console, readers)) => {
                tracing::info!(
                    "Using the certificate {} ({})",
                    network.tls_cert_file,
                    report.names.join(", ")
                );
                let face = Face { config: console, names: report.names.clone(), authority: None };
                state.trouble = dates(&report, now);
                state.used = Used::Own { digest: digest.unwrap_or_default(), report };
                drop(state);
                self.face.send_replace(Some(Arc::new(face)));
                self.readers.send_replace(Some(readers));
            }
            Err(why) if used_before => state.trouble = Some(kept(&network.tls_cert_file, &why)),
            Err(why) => {
                // The operator chose files: another certificate in their place would be a surprise.
                *state = State { trouble: Some(unusable(&why)), ..State::default() };
                drop(state);
                self.face.send_replace(None);
                self.readers.send_replace(None);
            }
        }
    }

    fn look_at_local(&self, machine: &Machine, now: UnixMs) {
        {
            let state = self.state();
            if let Used::Local { machine: made_for, report, ca_pem, .. } = &state.used {
                let same_file = fs::read(self.folder.join(authority::CA_FILE))
                    .is_ok_and(|bytes| bytes == ca_pem.as_bytes());
                if made_for == machine
                    && authority::fits(report, &[], now)
                    && same_file
                    && state.trouble.is_none()
                {
                    return;
                }
            }
            let again =
                state.tried.as_ref().is_none_or(|(at, then)| at.elapsed() >= VAULT_AGAIN || then != machine);
            if state.trouble.is_some() && matches!(state.used, Used::Local { .. } | Used::Nothing) && !again {
                return;
            }
        }
        let made = authority::current(&self.app, &self.folder, machine, now);
        let done = made.and_then(|local| self.use_local(local, machine, now));
        if let Err(trouble) = done {
            tracing::warn!("{}; {}", trouble.what, trouble.next);
            let mut state = self.state();
            let ended = match &state.used {
                Used::Local { report, .. } => report.until <= now,
                Used::Own { .. } => true,
                Used::Nothing => false,
            };
            if ended {
                state.used = Used::Nothing;
                self.face.send_replace(None);
                self.readers.send_replace(None);
            }
            state.trouble = Some(trouble);
            state.tried = Some((Instant::now(), machine.clone()));
        }
    }

    fn use_local(&self, local: Local, machine: &Machine, now: UnixMs) -> Result<(), Trouble> {
        let Local { chain, key, report, ca, ca_pem } = local;
        let failed = |why: String| unusable(&why);
        let console =
            certificate::server_config(chain.clone(), key.clone_key(), &[b"http/1.1"]).map_err(failed)?;
        let readers = certificate::server_config(chain, key, &[]).map_err(failed)?;
        let authority = Authority { pem: ca_pem.clone(), sha256: ca.sha256.clone() };
        let face = Face { config: console, names: report.names.clone(), authority: Some(authority) };
        let trouble = ca_dates(&ca, now);
        let used = Used::Local { machine: machine.clone(), report, ca, ca_pem };
        *self.state() = State { used, trouble, tried: Some((Instant::now(), machine.clone())) };
        self.face.send_replace(Some(Arc::new(face)));
        self.readers.send_replace(Some(readers));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the settings ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// TLS is not in use: everything stays on this computer.
    Nothing,
    /// A certificate from files of the operator's own.
    OwnFiles,
    /// One by the station's own authority, for whoever comes over the network.
    LocalAuthority,
}

impl Wanted {
    fn of(network: &NetworkSettings) -> Self {
        if !network.tls_cert_file.is_empty() {
            Self::OwnFiles
        } else if network.console_on_lan || network.readers_on_lan {
            Self::LocalAuthority
        } else {
            Self::Nothing
        }
    }
}

fn read_own(network: &NetworkSettings) -> Result<(Vec<u8>, Secret<Vec<u8>>), String> {
    let read = |path: &str| fs::read(path).map_err(|error| format!("cannot read {path}: {error}"));
    Ok((read(&network.tls_cert_file)?, Secret::new(read(&network.tls_key_file)?)))
}

type Made = (CertificateReport, Arc<ServerConfig>, Arc<ServerConfig>);

fn own_configs(pem: &[u8], key: &Secret<Vec<u8>>) -> Result<Made, String> {
    let chain = certificate::chain(pem)?;
    let report = certificate::look_into(&chain[0])?;
    let key = certificate::key(key)?;
    let console = certificate::server_config(chain.clone(), key.clone_key(), &[b"http/1.1"])?;
    Ok((report, console, certificate::server_config(chain, key, &[])?))
}

fn dates(report: &CertificateReport, now: UnixMs) -> Option<Trouble> {
    if report.until <= now {
        return Some(Trouble::new(
            "tls_ended",
            "the certificate has ended; browsers and readers refuse it",
            "Put a newer one into the same files; it is taken at once.",
        ));
    }
    if report.from > now {
        return Some(Trouble::new(
            "tls_not_yet",
            "the certificate is not valid yet, or this machine's clock is behind",
            "Look at the clock, then at the certificate.",
        ));
    }
    None
}

fn ca_dates(ca: &CertificateReport, now: UnixMs) -> Option<Trouble> {
    let days = ca.until.since(now) / DAY_MS;
    (days < CA_ENDS_DAYS).then(|| {
        Trouble::new(
            "tls_ca_ends",
            format!("the local authority ends in {days} days"),
            "Make a new one in a quiet hour with `gerai network renew-ca`; every device has to install it.",
        )
    })
}

fn kept(path: &str, why: &str) -> Trouble {
    Trouble::new(
        "tls_kept",
        format!("the new certificate in {path} cannot be used: {why}; the one before it is still in use"),
        "Mend the two files; they are read again by themselves.",
    )
}

fn unusable(why: &str) -> Trouble {
    Trouble::new(
        "tls_unusable",
        format!("the certificate cannot be used: {why}"),
        "Mend the two files named under Network; they are read again by themselves. HTTP on this machine goes on.",
    )
}

/// The row `tls` of the health page.
fn row(report: &TlsReport, now: UnixMs) -> HealthRow {
    let new = |state, code: &str, summary: String| HealthRow::new("tls", "station", state, code, summary);
    if let Some(trouble) = &report.trouble {
        let serves = report.certificate.as_ref().is_some_and(|found| found.until > now);
        let state = if serves { HealthState::Attention } else { HealthState::Bad };
        return new(state, trouble.code, trouble.what.clone())
            .value("why", &trouble.what)
            .next(&trouble.next);
    }
    let Some(found) = &report.certificate else {
        return new(HealthState::Unused, "tls_unused", "not used: nothing is open to the network".to_owned());
    };
    let days = found.until.since(now) / DAY_MS;
    let (code, whose) =
        if report.own { ("tls_own", "your own") } else { ("tls_local", "the local authority's") };
    let names = found.names.join(", ");
    new(HealthState::Good, code, format!("{whose} certificate for {names}; good for {days} more days"))
        .value("names", names)
        .value("days", days)
}
