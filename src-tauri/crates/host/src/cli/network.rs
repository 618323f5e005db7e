//! `gerai network`: what is open to the network, under which certificate, and what to look at before opening more.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Network;
use super::failure::Failure;
use super::output::{Output, text};
use super::station::{Need, Reach};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Network, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Network::Show => {
            let shown = reach.call(Need::Running, "network.show", json!({})).await?;
            Ok(output.show(&shown, || describe(&shown)))
        }
        Network::RenewCa => {
            let renewed = reach.call(Need::Running, "network.renew_ca", json!({})).await?;
            Ok(output.show(&renewed, || {
                format!("A new authority is made. Install it on every device again.\n{}", describe(&renewed))
            }))
        }
    }
}

fn describe(shown: &Value) -> String {
    let list = |field: &str| shown[field].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> =
        list("console").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    for port in list("ports") {
        let reach = if port["on_lan"] == json!(true) { "open to the network" } else { "this machine only" };
        lines.push(format!("{} {}: {reach}", text(&port, "service"), text(&port, "port")));
    }
    for (field, what) in [("certificate", "Certificate"), ("authority", "Authority to install")] {
        if shown[field].is_object() {
            lines.push(format!("{what}, SHA-256: {}", text(&shown[field], "sha256")));
        }
    }
    for check in list("checks") {
        let next = text(&check, "next_step");
        let next = if next.is_empty() { next } else { format!(" → {next}") };
        lines.push(format!("[{}] {}{next}", text(&check, "state"), text(&check, "summary")));
    }
    lines.join("\n")
}
