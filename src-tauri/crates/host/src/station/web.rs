//! The console's server: always on this machine, and on the local network while the settings say so and there is a
//! certificate. What changes (settings, certificate, addresses) is followed without touching what is open.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use gerai_app::App;
use gerai_app::contract::{HealthRow, HealthState};
use gerai_web::{Face, Server, WebConfig};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::events::settings_changed;
use crate::tls::Machine;

/// How soon a new address of this machine is noticed, and refusals are counted on the health page.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The same for refusals while the console is open to this machine only.
const LOOK_SELDOM: Duration = Duration::from_secs(30);

type FaceNow = watch::Receiver<Option<Arc<Face>>>;

/// Starts the server on this machine. A port that is taken is a row on the health page.
pub async fn start(app: &Arc<App>, face: FaceNow, stop: &CancellationToken) -> Option<Arc<Server>> {
    let port = app.settings().1.network.http_port;
    let config = WebConfig { face, ..WebConfig::plain(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) };
    match Server::start(config, Arc::clone(app), stop.clone()).await {
        Ok(server) => {
            app.put_health(local_row(&server));
            Some(Arc::new(server))
        }
        Err(error) => {
            tracing::error!("{error:#}");
            let row = HealthRow::new("web", "station", HealthState::Bad, "web_down", error.to_string());
            app.put_health(row.value("port", port).next(
                "Stop the other program, or choose another port with `gerai config set network.http_port`, then restart.",
            ));
            None
        }
    }
}

/// Opens and closes the listeners of the local network until `stop`.
pub async fn keep(app: Arc<App>, server: Arc<Server>, mut face: FaceNow, stop: CancellationToken) {
    let mut events = app.events();
    loop {
        follow(&app, &server, &face).await;
        let pause = if app.settings().1.network.console_on_lan { LOOK_EVERY } else { LOOK_SELDOM };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            changed = face.changed() => if changed.is_err() { return },
            () = settings_changed(&mut events) => {}
        }
    }
}

async fn follow(app: &Arc<App>, server: &Server, face: &FaceNow) {
    let wanted = app.settings().1.network.console_on_lan;
    let ready = face.borrow().is_some();
    // The first owner is made on the station itself: until then there is nothing for the network to see.
    let owned = !app.first_run();
    let machine = if wanted && ready && owned { Machine::look() } else { Machine::default() };
    let failed = server.listen_on_lan(&machine.lan).await;
    let row = match (wanted, ready, owned) {
        (false, ..) => local_row(server),
        (true, _, false) => waits(
            server,
            "the station has no owner yet",
            "Open the console on this machine and make the owner.",
        ),
        (true, false, true) => {
            waits(server, "there is no certificate", "The row of the certificate says what is missing.")
        }
        (true, true, true) => lan_row(server, &machine, &failed),
    };
    app.put_health(with_refusals(row, server));
}

fn local_row(server: &Server) -> HealthRow {
    let addr = server.addr();
    HealthRow::new("web", "station", HealthState::Good, "web_up", format!("console at http://{addr}"))
        .value("address", addr)
}

fn waits(server: &Server, why: &str, next: &str) -> HealthRow {
    let summary = format!("console at http://{}; not open to the network: {why}", server.addr());
    HealthRow::new("web", "station", HealthState::Attention, "web_lan_waits", summary)
        .value("address", server.addr())
        .value("why", why)
        .next(next)
}

fn lan_row(server: &Server, machine: &Machine, failed: &[(SocketAddr, std::io::Error)]) -> HealthRow {
    let open: Vec<String> = server.lan_addrs().iter().map(|addr| format!("https://{addr}")).collect();
    let (addr, urls) = (server.addr(), open.join(", "));
    if let Some((first, error)) = failed.first() {
        let summary = format!("console at http://{addr} {urls}; cannot listen on {first}: {error}");
        return HealthRow::new("web", "station", HealthState::Attention, "web_lan_partly", summary)
            .value("address", addr)
            .value("why", format!("{first}: {error}"))
            .next(format!(
                "Stop the other program that uses port {}; it is tried again by itself.",
                first.port()
            ));
    }
    if open.is_empty() {
        let why = if machine.public.is_empty() {
            "this machine has no address on a network"
        } else {
            "this machine has public addresses only"
        };
        return waits(server, why, "Connect it to the shop's own network; it is noticed by itself.");
    }
    HealthRow::new(
        "web",
        "station",
        HealthState::Good,
        "web_up_lan",
        format!("console at http://{addr} and {urls}"),
    )
    .value("address", addr)
    .value("lan", urls)
}

fn with_refusals(row: HealthRow, server: &Server) -> HealthRow {
    let refused: Vec<_> = server.refused().into_iter().filter(|(_, count)| *count > 0).collect();
    if refused.is_empty() {
        return row;
    }
    let total: u64 = refused.iter().map(|(_, count)| count).sum();
    let each: Vec<String> = refused.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let summary = format!("{}; {total} requests turned away ({})", row.summary, each.join(", "));
    HealthRow { summary, ..row }.value("refused", total)
}
