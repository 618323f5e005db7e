//! The doors to the network: what is open, under which certificate, and the check list before opening more.

use std::sync::{Arc, PoisonError};

use gerai_core::port::{CertificateReport, DoorsReport, NetworkDoors};
use gerai_core::time::UnixMs;
use gerai_store::operators::{self, Operator};
use gerai_store::readers;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::devices::VIRTUAL_PREFIX;

/// A certificate that ends within this time is worth a look: it should have been renewed long before.
const ENDS_SOON_MS: i64 = 14 * 86_400_000;

impl App {
    /// The doors of the running station; `None` in a core opened for one act.
    pub fn set_network_doors(&self, doors: Option<Arc<dyn NetworkDoors>>) {
        *self.network_doors.write().unwrap_or_else(PoisonError::into_inner) = doors;
    }

    fn doors(&self) -> Option<Arc<dyn NetworkDoors>> {
        self.network_doors.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) async fn show(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<NetworkView, ApiError> {
    let report = app.doors().map(|doors| doors.report()).unwrap_or_default();
    let settings = app.settings().1.network.clone();
    let (owned, now) = (!app.first_run(), app.clock.now());
    let (legacy, bare) = app
        .read(|db| {
            let all = readers::list(db)?;
            let shared = |reader: &&readers::Reader| {
                !reader.revoked && reader.kind == "legacy" && !reader.name.starts_with(VIRTUAL_PREFIX)
            };
            let legacy: Vec<_> = all.iter().filter(shared).map(|reader| reader.name.clone()).collect();
            let manages = |o: &Operator| o.active && matches!(o.role.as_str(), "owner" | "administrator");
            let people = operators::list(db)?;
            let bare: Vec<_> = people
                .into_iter()
                .filter(|operator| manages(operator) && operator.totp_since.is_none())
                .map(|operator| operator.name)
                .collect();
            Ok((legacy, bare))
        })
        .await?;
    let checks = vec![
        owner(owned),
        second_factor(&bare),
        default_passwords(),
        reader_logins(&legacy),
        reader_encryption(&settings, &report),
        certificate(&report, now),
        public_address(&report),
        firewall(&report),
    ];
    let source = match (&report.certificate, report.own_certificate) {
        (None, _) => CertificateSource::None,
        (Some(_), true) => CertificateSource::Own,
        (Some(_), false) => CertificateSource::Local,
    };
    let (trouble, next_step) = report.trouble.unzip();
    let counted = |(reason, count): (&'static str, u64)| RefusedCount {
        reason: reason.to_owned(),
        count: i64::try_from(count).unwrap_or(i64::MAX),
    };
    Ok(NetworkView {
        console_on_lan: settings.console_on_lan,
        readers_on_lan: settings.readers_on_lan,
        console: report.console,
        ports: report
            .ports
            .into_iter()
            .map(|(service, port, on_lan)| NetworkPort { service, port, on_lan })
            .collect(),
        source,
        certificate: report.certificate.map(view),
        authority: report.authority.map(view),
        trouble,
        next_step,
        refused: report.refused.into_iter().filter(|(_, count)| *count > 0).map(counted).collect(),
        checks,
    })
}

pub(crate) async fn renew_ca(
    app: &Arc<App>,
    caller: &Caller,
    asked: Nothing,
) -> Result<NetworkView, ApiError> {
    let Some(doors) = app.doors() else {
        return Err(ApiError::new(
            ErrorCode::Unavailable,
            "no station runs, so there are no certificates to renew",
            "Start the station, then give the command again.",
        ));
    };
    doors.renew_authority().await.map_err(|why| ApiError::new(ErrorCode::Unavailable, why, ""))?;
    let trail = app.trail(caller);
    app.write(move |db| Ok(trail.done(db, "network.renew_ca", "")?)).await?;
    show(app, caller, asked).await
}

fn view(report: CertificateReport) -> CertificateView {
    CertificateView {
        names: report.names,
        from_ms: report.from.0,
        until_ms: report.until.0,
        sha256: report.sha256,
    }
}

fn check(
    code: &str,
    state: HealthState,
    summary: impl Into<String>,
    next_step: impl Into<String>,
) -> NetworkCheck {
    NetworkCheck { code: code.to_owned(), state, summary: summary.into(), next_step: next_step.into() }
}

fn owner(owned: bool) -> NetworkCheck {
    if owned {
        return check("owner", HealthState::Good, "the station has an owner", "");
    }
    check(
        "owner",
        HealthState::Bad,
        "the station has no owner yet",
        "Open the console on the station itself and make the owner first.",
    )
}

/// A guessed password of somebody who manages is worth the most.
fn second_factor(bare: &[String]) -> NetworkCheck {
    if bare.is_empty() {
        return check(
            "second_factor",
            HealthState::Good,
            "owners and administrators sign in with a second factor",
            "",
        );
    }
    check(
        "second_factor",
        HealthState::Attention,
        format!("signs in with a password only: {}", bare.join(", ")),
        "Set up a second factor under My account; the setting security.require_second_factor asks it of all who manage.",
    )
}

/// No login comes with the program: operators type theirs, readers' are random or those of their firmware.
fn default_passwords() -> NetworkCheck {
    check("default_passwords", HealthState::Good, "no login has a password that came with the program", "")
}

fn reader_logins(legacy: &[String]) -> NetworkCheck {
    if legacy.is_empty() {
        return check("reader_logins", HealthState::Good, "each reader has a login of its own", "");
    }
    check(
        "reader_logins",
        HealthState::Attention,
        format!("{} logins are shared by readers of the original kind: {}", legacy.len(), legacy.join(", ")),
        "Their password stands in their firmware. Give readers logins of their own (Readers, Add) where you can.",
    )
}

fn reader_encryption(network: &NetworkSettings, report: &DoorsReport) -> NetworkCheck {
    const CODE: &str = "reader_encryption";
    if !network.readers_on_lan {
        return check(CODE, HealthState::Good, "readers connect from this machine only", "");
    }
    let tls = report.ports.iter().find(|(service, _, _)| service == "mqtts").map(|(_, port, _)| *port);
    let next = match tls {
        Some(port) => {
            format!("Let readers that can speak TLS use port {port}; sign the messages of the others.")
        }
        None => "Mend the certificate, so that readers can connect with TLS.".to_owned(),
    };
    let what = "plain MQTT is open to the network: passwords and card numbers can be read on the way";
    check(CODE, HealthState::Attention, what, next)
}

fn certificate(report: &DoorsReport, now: UnixMs) -> NetworkCheck {
    const CODE: &str = "certificate";
    if let Some((trouble, next)) = &report.trouble {
        let state = if report.certificate.is_some() { HealthState::Attention } else { HealthState::Bad };
        return check(CODE, state, trouble, next);
    }
    let Some(found) = &report.certificate else {
        let what = "there is no certificate yet; one is made when the station is opened to the network";
        return check(CODE, HealthState::Unused, what, "");
    };
    let days = found.until.since(now) / 86_400_000;
    if found.until.since(now) < ENDS_SOON_MS {
        let next = if report.own_certificate {
            "Put a newer one into the same files."
        } else {
            "Unlock this user's keychain, so that the station can renew it."
        };
        return check(CODE, HealthState::Attention, format!("the certificate ends in {days} days"), next);
    }
    let whose = if report.own_certificate { "your own" } else { "signed by this station's authority" };
    check(CODE, HealthState::Good, format!("{whose}, good for {days} more days"), "")
}

fn public_address(report: &DoorsReport) -> NetworkCheck {
    const CODE: &str = "public_address";
    if report.public_addresses.is_empty() {
        return check(CODE, HealthState::Good, "this machine has private addresses only", "");
    }
    check(
        CODE,
        HealthState::Attention,
        format!("this machine can be reached from the internet as {}", report.public_addresses.join(", ")),
        "The console is not served there, but open MQTT ports are: close them in the firewall.",
    )
}

/// The station cannot see the firewalls on the way; it names what they should know.
fn firewall(report: &DoorsReport) -> NetworkCheck {
    let open: Vec<String> = report
        .ports
        .iter()
        .filter(|(_, _, on_lan)| *on_lan)
        .map(|(service, port, _)| format!("{port} ({service})"))
        .collect();
    if open.is_empty() {
        return check("firewall", HealthState::Good, "no port is open to the network", "");
    }
    check(
        "firewall",
        HealthState::Unused,
        format!("open to the network: TCP {}", open.join(", ")),
        "Let these ports in from the shop's own network only, in the firewall of this machine and of the router.",
    )
}
