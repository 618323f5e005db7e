//! `gerai serve`: the station without a window.

use std::net::SocketAddr;
use std::process::ExitCode;

use serde_json::json;

use super::args::Serve;
use super::failure::Failure;
use super::output::Output;
use crate::options::Options;
use crate::station::{self, Addresses};

/// Opens the station, says where, and keeps it open until the process is told to stop.
pub async fn run(options: Options, serve: &Serve, output: &Output) -> Result<ExitCode, Failure> {
    let (mut options, throw_away) = if serve.try_out { options.for_try_out()? } else { (options, false) };
    super::vault::unlock_at_start(&mut options, output)?;
    let mut told = Told::listen()?;
    let station = tokio::select! {
        started = station::start(&options) => started?,
        () = told.wait() => return Ok(ExitCode::SUCCESS),
    };
    announce(&station.addresses, &options, output);
    told.wait().await;
    tracing::info!("Stopping");
    // A second signal does not wait for the rest to end in order.
    tokio::select! {
        () = station.stop() => {}
        () = told.wait() => tracing::warn!("Stopped without waiting; the ledger is whole all the same"),
    }
    if throw_away && let Err(error) = std::fs::remove_dir_all(options.folder.path()) {
        tracing::warn!(%error, "The try-out folder could not be removed");
    }
    Ok(ExitCode::SUCCESS)
}

fn announce(addresses: &Addresses, options: &Options, output: &Output) {
    let Addresses { http, mqtt, ws, mqtts } = addresses;
    let url = http.map(|addr| format!("http://{}", reachable(addr)));
    let document = json!({
        "url": url, "http": http, "mqtt": mqtt, "ws": ws, "mqtts": mqtts,
        "data": options.folder.path(), "try_out": options.try_out, "process": std::process::id(),
    });
    output.show(&document, || {
        let mut lines = match &url {
            Some(url) => format!("Gerai is open at {url}\n"),
            None => "Gerai runs, but its console could not be opened: see `gerai doctor`\n".to_owned(),
        };
        for (name, addr) in [("MQTT", mqtt), ("MQTT over WebSocket", ws), ("MQTT over TLS", mqtts)] {
            if let Some(addr) = addr {
                lines.push_str(&format!("{name} at {addr}\n"));
            }
        }
        if options.try_out {
            let folder = options.folder.path().display();
            lines.push_str(&format!("No money here is real. Commands reach it with --data {folder}\n"));
        }
        lines
    });
}

/// An address a browser on this machine can open.
fn reachable(addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], addr.port())) } else { addr }
}

/// Resolves when the process is told to stop.
pub async fn until_told() {
    match Told::listen() {
        Ok(mut told) => told.wait().await,
        Err(error) => {
            tracing::warn!(%error, "The system gives no signals: end the process to stop");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Told {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Told {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Told;

#[cfg(not(unix))]
impl Told {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        // Where Ctrl-C cannot be listened to, the window's close button ends the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
