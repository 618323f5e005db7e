//! The vault as people see it, and its rotation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gerai_core::port::VaultPlace;
use gerai_store::readers;

use crate::App;
use crate::access::Caller;
use crate::contract::*;
use crate::secrets::{BROKER_PASSWORD, READER_KEY};
use crate::usecases::settings::vault_error;

pub(crate) async fn status(app: &Arc<App>, _: &Caller, _: Nothing) -> Result<VaultView, ApiError> {
    let core = Arc::clone(app);
    App::blocking(move || Ok(view(&core))).await
}

/// The kind of an entry: its name without the station and without what comes behind.
fn kind(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Looks at the vault. Blocks.
pub(crate) fn view(app: &App) -> VaultView {
    let status = app.vault_status();
    let own = app.vault_entry("");
    let mut kinds: BTreeMap<String, VaultKindRow> = BTreeMap::new();
    let (mut known, mut missing) = (BTreeSet::new(), BTreeSet::new());
    for entry in &status.entries {
        let name = entry.name.strip_prefix(&own).unwrap_or(&entry.name);
        known.insert(name.to_owned());
        let new = || VaultKindRow { kind: kind(name).to_owned(), count: 0, missing: 0, oldest_ms: None };
        let row = kinds.entry(kind(name).to_owned()).or_insert_with(new);
        row.count += 1;
        let written = entry.written.map(|at| at.0);
        row.oldest_ms = row.oldest_ms.into_iter().chain(written).min();
        if entry.held == Some(false) {
            row.missing += 1;
            missing.insert(name.to_owned());
        }
    }
    if status.answer.is_ok() {
        // The database knows of keys too, should the vault's own list be gone.
        missing.extend(wanting(app).into_iter().filter(|name| !known.contains(name)));
    }
    let (answers, summary) = match status.answer {
        Ok(what) => (true, what),
        Err(why) => (false, why),
    };
    VaultView {
        place: match status.place {
            VaultPlace::Keychain => VaultPlaceView::Keychain,
            VaultPlace::Passphrase => VaultPlaceView::Passphrase,
            VaultPlace::Memory => VaultPlaceView::Memory,
        },
        answers,
        summary,
        kinds: kinds.into_values().collect(),
        missing: missing.into_iter().collect(),
        unfinished: status.unfinished,
        rotations: status.rotations.into(),
    }
}

/// Keys of signed readers that the station could not read.
fn wanting(app: &App) -> Vec<String> {
    let readers = app.store.read(readers::list).unwrap_or_default();
    let wanting = readers.into_iter().filter(|reader| {
        reader.signed
            && !reader.revoked
            && app.reader_key(&reader.name).is_none()
            && app.vault.get(&app.reader_key_entry(&reader.name)).is_err()
    });
    wanting.map(|reader| format!("{READER_KEY}/{}", reader.name)).collect()
}

/// The vault's row on the health page.
pub(crate) fn health_row(view: &VaultView) -> HealthRow {
    let row = |state, code, summary: String| {
        HealthRow::new("vault", "station", state, code, summary.clone()).value("vault", summary)
    };
    if !view.answers {
        return row(HealthState::Attention, "vault_away", view.summary.clone()).value("why", &view.summary).next(
            "Payments go on. Signed readers and an external broker's password need it: do as it says; the station finds \
             the vault again by itself.",
        );
    }
    if !view.missing.is_empty() {
        let count = view.missing.len();
        let names: Vec<&str> = view.missing.iter().take(5).map(String::as_str).collect();
        let more = if count > names.len() { ", …" } else { "" };
        let summary = format!(
            "the vault lacks {count} secrets that this station had put there ({}{more}); it was emptied, or is another \
             user's",
            names.join(", ")
        );
        return row(HealthState::Bad, "vault_missing", summary).value("count", count).next(
            "Restore the keychain or the vault file. If they are lost for good, give those readers new credentials and \
             set the broker's password again; nothing is made anew by itself.",
        );
    }
    if let Some(unfinished) = &view.unfinished {
        return row(HealthState::Attention, "vault_unfinished", unfinished.clone())
            .next("End the move with the same command.");
    }
    row(HealthState::Good, "vault_open", view.summary.clone())
}

pub(crate) async fn rotate(app: &Arc<App>, caller: &Caller, _: Nothing) -> Result<VaultRotated, ApiError> {
    let core = Arc::clone(app);
    let (held, vault) = App::blocking(move || {
        core.find_secrets().map_err(|error| vault_error(&error))?;
        let status = core.vault_status();
        let held: Vec<String> =
            status.entries.into_iter().filter(|e| e.held == Some(true)).map(|e| e.name).collect();
        core.vault.rewrap(&held).map_err(|error| vault_error(&error))?;
        Ok((held, view(&core)))
    })
    .await?;
    let (trail, detail) = (app.trail(caller), format!("{} secrets sealed anew", held.len()));
    app.write(move |db| Ok(trail.done(db, "vault.rotate", detail)?)).await?;
    app.put_health(health_row(&vault));
    let own = app.vault_entry("");
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for name in &held {
        *counts.entry(kind(name.strip_prefix(&own).unwrap_or(name)).to_owned()).or_default() += 1;
    }
    let kept = counts.into_iter().map(|(kind, count)| VaultKept { why: why_kept(&kind), kind, count });
    Ok(VaultRotated {
        rewrapped: i64::try_from(held.len()).unwrap_or(i64::MAX),
        // No kind of this release belongs to the station alone.
        renewed: Vec::new(),
        kept: kept.collect(),
        vault,
    })
}

fn why_kept(kind: &str) -> String {
    match kind {
        READER_KEY => {
            "the readers hold the same keys: `readers.rotate` replaces one, then type it into its reader"
        }
        BROKER_PASSWORD => "the other broker checks it: change it there, then under Broker",
        "totp" => {
            "the person's authenticator holds the same secret: they set the factor up anew under My account"
        }
        "contact-key" => "the stored contacts are sealed with it",
        "token-key" => "`tokens.rotate_keys` makes a new one; tokens of the old one live until they end",
        "tls-ca-key" | "tls-server-key" => "devices trust it: `network.renew_ca` makes a new authority",
        _ => "something outside the station may hold it",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> VaultView {
        VaultView {
            place: VaultPlaceView::Keychain,
            answers: true,
            summary: "it answers".to_owned(),
            kinds: Vec::new(),
            missing: Vec::new(),
            unfinished: None,
            rotations: 0,
        }
    }

    #[test]
    fn the_worst_is_told_first_and_every_trouble_has_a_next_step() {
        let mut view = view();
        assert_eq!(health_row(&view).code, "vault_open");
        view.unfinished = Some("a move was begun".to_owned());
        assert_eq!(health_row(&view).code, "vault_unfinished");
        view.missing = (0..7).map(|n| format!("reader-key/{n}")).collect();
        let row = health_row(&view);
        assert_eq!(
            (row.code.as_str(), row.state, row.values["count"].as_str()),
            ("vault_missing", HealthState::Bad, "7")
        );
        assert!(
            row.summary.contains("reader-key/4, …") && !row.summary.contains("reader-key/5"),
            "{}",
            row.summary
        );
        view.answers = false;
        let row = health_row(&view);
        assert_eq!((row.code.as_str(), row.state), ("vault_away", HealthState::Attention));
        assert!(!row.next_step.is_empty());
    }

    #[test]
    fn kinds_are_what_stands_before_the_name() {
        assert_eq!((kind("reader-key/kantin-01"), kind("broker-password")), (READER_KEY, BROKER_PASSWORD));
    }
}
