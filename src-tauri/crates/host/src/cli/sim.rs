//! `gerai modem sim`: modems made of software, until Ctrl-C.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use gerai_modem::sim::{self, Plug, SimOptions};
use serde_json::json;

use super::failure::Failure;
use super::output::Output;
use super::sms_args::Sim;
use super::station::Reach;
use crate::clock::SystemClock;

/// Simulates until it is told to stop.
pub async fn run(reach: &Reach, asked: Sim, output: &Output) -> Result<ExitCode, Failure> {
    let announce = asked.announce.clone().unwrap_or_else(|| reach.options().folder.announced_modems());
    std::fs::create_dir_all(&announce).map_err(|error| {
        Failure::invalid(
            format!("cannot make the folder {}: {error}", announce.display()),
            "Name another one with --announce.",
        )
    })?;
    let options = SimOptions {
        count: usize::from(asked.count),
        first: asked.first,
        profiles: asked.profile.split(',').map(str::to_owned).collect(),
        delay_ms: asked.delay_ms,
        report_delay_ms: asked.report_ms,
        plug: if asked.tcp { Plug::Tcp } else { Plug::default() },
        announce: Some(announce),
        control: asked.control.clone(),
        log: asked.log.clone(),
        log_text: asked.log_text,
        ..SimOptions::new(Arc::new(SystemClock))
    };
    let (stop, stopped) = sync_channel(1);
    tokio::spawn(async move {
        super::serve::until_told().await;
        let _ = stop.send(());
    });
    let shown = output.is_json();
    let done = tokio::task::spawn_blocking(move || {
        sim::run(
            &options,
            |simulator| {
                let modems: Vec<_> = (0..simulator.count())
                    .map(|index| {
                        let modem = simulator.modem(index);
                        json!({ "port": modem.port(), "imei": modem.imei(), "msisdn": modem.msisdn() })
                    })
                    .collect();
                let document = json!({ "modems": modems, "control": simulator.control() });
                if shown {
                    println!("{document}");
                } else {
                    println!("{} modems are plugged in. Ctrl-C unplugs them.", modems.len());
                    for modem in &modems {
                        let text = |field: &str| modem[field].as_str().unwrap_or("–").to_owned();
                        println!("  {}  IMEI {}  number {}", text("port"), text("imei"), text("msisdn"));
                    }
                }
            },
            &stopped,
        )
    })
    .await
    .map_err(|error| Failure::other(&error.into()))?;
    done.map_err(|error| {
        Failure::invalid(
            format!("no modems: {:#}", anyhow::Error::from(error)),
            "Look at `gerai modem sim --help`.",
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
