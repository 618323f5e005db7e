//! `gerai vault`: where secrets are kept, sealing them anew, moving them to another vault.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use gerai_core::port::VaultError;
use gerai_core::secret::Secret;
use serde_json::{Value, json};

use super::args::{VaultCommand, VaultTarget};
use super::failure::Failure;
use super::money::wib;
use super::output::{Output, Side, number, table, text};
use super::station::{Need, Reach};
use crate::options::{Options, VaultKind};
use crate::station::open_core;
use crate::vault::{self, Index, Move, PassphraseSource, PassphraseVault};

/// Tries at the prompt.
const TRIES: usize = 3;

/// Carries the command out.
pub async fn run(reach: &Reach, command: VaultCommand, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        VaultCommand::Status => {
            let view = reach.call(Need::Read, "vault.status", Value::Null).await?;
            output.show(&view, || status_text(&view));
            let well =
                view["answers"] == json!(true) && view["missing"].as_array().is_some_and(Vec::is_empty);
            Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        VaultCommand::Rotate => {
            let done = reach.call(Need::Write, "vault.rotate", Value::Null).await?;
            Ok(output.show(&done, || rotated_text(&done)))
        }
        VaultCommand::Migrate { to } => migrate(reach, to, output).await,
        VaultCommand::Passphrase { new_passphrase_fd } => {
            change_passphrase(reach, new_passphrase_fd, output).await
        }
    }
}

fn status_text(view: &Value) -> String {
    let mut lines = format!("Vault      {}\n{}\n", text(view, "place"), text(view, "summary"));
    if let Some(unfinished) = view["unfinished"].as_str() {
        lines.push_str(&format!("{unfinished}\n"));
    }
    lines.push_str(&format!("Sealed anew: {}\n", number(view, "rotations")));
    let columns = [
        ("Kind", Side::Left),
        ("Secrets", Side::Right),
        ("Missing", Side::Right),
        ("Oldest (WIB)", Side::Left),
    ];
    let rows: Vec<Vec<String>> = view["kinds"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            let oldest = row["oldest_ms"].as_i64().map_or_else(|| "not known".to_owned(), wib);
            vec![text(row, "kind"), text(row, "count"), text(row, "missing"), oldest]
        })
        .collect();
    if rows.is_empty() {
        lines.push_str("Nothing was put there yet.\n");
    } else {
        lines.push_str(&format!("\n{}", table(&columns, &rows)));
    }
    for name in view["missing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        lines.push_str(&format!("Missing: {name}\n"));
    }
    lines
}

fn rotated_text(done: &Value) -> String {
    let mut lines = format!("{} secrets sealed anew.\n", number(done, "rewrapped"));
    for kept in done["kept"].as_array().into_iter().flatten() {
        lines.push_str(&format!(
            "{} {} kept their value: {}.\n",
            text(kept, "count"),
            text(kept, "kind"),
            text(kept, "why")
        ));
    }
    for name in done["vault"]["missing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        lines.push_str(&format!("Missing: {name}\n"));
    }
    lines
}

fn failed(error: VaultError) -> Failure {
    let (message, help) = match error {
        VaultError::Unavailable(why) => (why, ""),
        VaultError::NoEntry | VaultError::Missing => (
            "the vault lacks a secret that this station had put there".to_owned(),
            "See `gerai vault status`.",
        ),
    };
    Failure { code: "unavailable".to_owned(), message, help: help.to_owned() }
}

/// What needs the folder for itself.
async fn alone(reach: &Reach) -> Result<(), Failure> {
    if reach.running().await?.is_some() {
        return Err(Failure {
            code: "refused".to_owned(),
            message: "a station runs on this folder".to_owned(),
            help: "Stop it first, then repeat the command.".to_owned(),
        });
    }
    Ok(reach.options().folder.must_have_station().map_err(anyhow::Error::from)?)
}

async fn migrate(reach: &Reach, to: VaultTarget, output: &Output) -> Result<ExitCode, Failure> {
    alone(reach).await?;
    let to = match to {
        VaultTarget::Keychain => VaultKind::Keychain,
        VaultTarget::Passphrase => VaultKind::Passphrase,
    };
    let mut options = reach.options().clone();
    let folder = options.folder.path().to_owned();
    let index = Arc::new(Index::new(&folder));
    let list = index.read().map_err(|why| failed(VaultError::Unavailable(why)))?;
    options.vault = list.kind.unwrap_or(options.vault);
    let from = match list.moving {
        Some(Move::Emptying { from }) => from,
        _ => options.vault,
    };
    if from == VaultKind::Memory {
        return Err(Failure::invalid(
            "the memory vault has nothing that lasts",
            "Start with the vault you want.",
        ));
    }
    let begun = list.moving == Some(Move::Copying { to });
    let place = folder.join("vault.sealed");
    if to == VaultKind::Passphrase && list.moving.is_none() && from != to && place.exists() {
        return Err(Failure::invalid(
            format!("{} is there already, from an earlier vault", place.display()),
            "Move it away first; nothing is written over it.",
        ));
    }
    if to == VaultKind::Passphrase && (list.moving.is_none() || begun) && from != to {
        options.passphrase = Given::ask(&options, !place.exists())?;
    }
    let core = open_core(&options, false).await?;
    let station = options.folder.station_id()?;
    let app = Arc::clone(&core.app);
    let moved = tokio::task::spawn_blocking(move || {
        if index.read().map_err(VaultError::Unavailable)?.moving.is_none() {
            app.find_secrets()?;
        }
        drop(app);
        let (old, new) =
            (vault::bare(from, &options, &station, None), vault::bare(to, &options, &station, None));
        let clear = |names: &[String]| match from {
            // Whole: its passphrase is not needed for that.
            VaultKind::Passphrase => vault::remove_file(&folder).map_err(|error| {
                VaultError::Unavailable(format!("the old vault file cannot be removed: {error}"))
            }),
            _ => names.iter().try_for_each(|name| old.remove(name)),
        };
        vault::migrate(&index, (from, &*old), (to, &*new), &clear)
    })
    .await
    .map_err(anyhow::Error::from);
    core.close().await;
    let moved = moved?.map_err(failed)?;
    let document = json!({ "vault": to.word(), "secrets": moved.secrets, "moved": !moved.nothing });
    Ok(output.show(&document, || {
        if moved.nothing {
            return format!("The station's secrets are in the {} vault already.", to.word());
        }
        format!(
            "Moved {} secrets to the {} vault; the old one is empty. The station uses the new one from now on; where \
             GERAI_VAULT is set, set it to {}.",
            moved.secrets,
            to.word(),
            to.word()
        )
    }))
}

async fn change_passphrase(reach: &Reach, new_fd: Option<u32>, output: &Output) -> Result<ExitCode, Failure> {
    alone(reach).await?;
    let options = reach.options().clone();
    if options.vault != VaultKind::Passphrase {
        return Err(Failure::invalid(
            format!(
                "this station uses the {} vault, which has no passphrase of its own",
                options.vault.word()
            ),
            "Move to a passphrase vault with `gerai vault migrate --to passphrase`.",
        ));
    }
    let _lock = options.folder.lock().map_err(anyhow::Error::from)?;
    let station = options.folder.station_id()?;
    let done = tokio::task::spawn_blocking(move || -> Result<(), Failure> {
        let vault = PassphraseVault::new(options.folder.path(), &station, options.passphrase);
        vault.unlock().map_err(failed)?;
        let new = match new_fd {
            Some(number) => PassphraseSource::from_descriptor(number)?,
            None => PassphraseSource::Terminal,
        };
        vault.change_passphrase(&new.read(true)?).map_err(failed)
    });
    done.await.map_err(anyhow::Error::from)??;
    Ok(output.show(&json!({ "changed": true }), || {
        "The passphrase was changed. Old copies of vault.sealed still open with the old one.".to_owned()
    }))
}

/// A passphrase that is asked for beforehand.
struct Given;

impl Given {
    fn ask(options: &Options, new: bool) -> Result<PassphraseSource, Failure> {
        Ok(PassphraseSource::Given(options.passphrase.read(new)?))
    }
}

/// Sets where a command's passphrase comes from: the descriptor given, what the system set down, or the terminal.
pub fn choose_source(options: &mut Options, descriptor: Option<u32>, needed: bool) -> anyhow::Result<()> {
    if !needed && options.vault != VaultKind::Passphrase {
        return Ok(());
    }
    if let Some(number) = descriptor {
        options.passphrase = PassphraseSource::from_descriptor(number)?;
    } else if matches!(options.passphrase, PassphraseSource::Nowhere) {
        options.passphrase = PassphraseSource::Terminal;
    }
    Ok(())
}

/// Before a station starts: asks for the passphrase while somebody sits at the terminal. A station whose vault stays shut
/// starts all the same.
pub fn unlock_at_start(options: &mut Options, output: &Output) -> anyhow::Result<()> {
    if options.vault != VaultKind::Passphrase || !matches!(options.passphrase, PassphraseSource::Terminal) {
        return Ok(());
    }
    options.passphrase = PassphraseSource::Nowhere;
    if !std::io::stdin().is_terminal() {
        return Ok(());
    }
    let folder = options.folder.path().to_owned();
    let station = {
        let _lock = options.folder.lock()?;
        options.folder.station_id()?
    };
    let exists = PassphraseVault::new(&folder, &station, PassphraseSource::Nowhere).exists();
    for _ in 0..TRIES {
        let given: Result<Secret<String>, _> = PassphraseSource::Terminal.read(!exists);
        let tried = given.map(PassphraseSource::Given);
        match tried {
            Err(error) => output.note(&format!("gerai: {error:#}")),
            Ok(source) => match PassphraseVault::new(&folder, &station, source.clone()).unlock() {
                Ok(()) => {
                    options.passphrase = source;
                    return Ok(());
                }
                Err(VaultError::Unavailable(why)) => output.note(&format!("gerai: {why}")),
                Err(VaultError::NoEntry | VaultError::Missing) => return Ok(()),
            },
        }
    }
    output.note("gerai: the station starts with its vault shut; restart it to try again");
    Ok(())
}
