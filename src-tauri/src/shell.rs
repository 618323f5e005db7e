//! The life of the desktop: find or start the station, open the windows, and stop what was started when they are gone.

use std::time::{Duration, Instant};

use anyhow::Context;
use gerai_host::control::{ControlClient, Door};
use gerai_host::data_folder::{DataFolder, FolderError};
use gerai_host::options::Options;
use gerai_host::station::{self, Station};
use tauri::{AppHandle, RunEvent};
use tokio::runtime::Runtime;

use crate::desk::Desk;
use crate::{events, ipc, windows};

/// A station that holds the folder but does not answer yet is starting or stopping.
const TAKEN_WAIT: Duration = Duration::from_secs(10);

/// Runs until the last window closes.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = Runtime::new().context("the system gives no threads for the station")?;
    tauri::async_runtime::set(runtime.handle().clone());
    let (door, station) = runtime.block_on(reach(options))?;
    let outcome = show(&runtime, options, door);
    if let Some(station) = station {
        runtime.block_on(station.stop());
    }
    // A thread that waits for a hung keychain must not keep the program from ending.
    runtime.shutdown_timeout(Duration::from_secs(2));
    outcome
}

/// Joins the station that runs on the folder, or becomes it.
async fn reach(options: &Options) -> anyhow::Result<(Door, Option<Station>)> {
    let began = Instant::now();
    loop {
        if let Some(client) = ControlClient::connect(&options.folder).await? {
            tracing::info!("Joined the station that runs on this folder");
            return Ok((Door::There(client), None));
        }
        match station::start(options).await {
            Ok(station) => return Ok((Door::Here(station.app.clone()), Some(station))),
            Err(error) if is_taken(&error) && began.elapsed() < TAKEN_WAIT => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_taken(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<FolderError>(), Some(FolderError::Taken { .. }))
}

fn show(runtime: &Runtime, options: &Options, door: Door) -> anyhow::Result<()> {
    let again = |app: &AppHandle, _arguments, _folder| {
        if let Err(error) = windows::open_missing(app) {
            tracing::warn!(%error, "A window could not be opened again");
        }
        windows::focus_console(app);
    };
    let single = tauri_plugin_single_instance::Builder::new()
        .callback(again)
        .dbus_id(bus_name(&options.folder))
        .build();
    let app = tauri::Builder::default()
        .plugin(single)
        .manage(Desk::new(door))
        .invoke_handler(tauri::generate_handler![ipc::rpc])
        .setup(|app| {
            windows::open_missing(app.handle())?;
            events::forward(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the windows cannot be opened")?;
    let handle = app.handle().clone();
    runtime.spawn(async move {
        told_to_stop().await;
        handle.exit(0);
    });
    let code = app.run_return(|_, event| {
        if let RunEvent::ExitRequested { .. } = event {
            tracing::info!("The windows are closed");
        }
    });
    anyhow::ensure!(code == 0, "the windows ended with code {code}");
    Ok(())
}

/// One desktop a data folder, not one a user: the folder is part of its name on the session bus.
fn bus_name(folder: &DataFolder) -> String {
    // FNV-1a, 64 bits: the same in every build, and short.
    let hash =
        folder.path().as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("id.gerai.desktop.f{hash:016x}")
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
