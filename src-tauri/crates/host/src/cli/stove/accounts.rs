//! `gerai stove accounts`: phones that send readings to this station sign in with these.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::figures::{looked_for, when};
use super::upkeep_args::Accounts;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Side, shown, table, text};
use crate::cli::passwords::new_password;
use crate::cli::station::{Need, Reach};

/// Carries `gerai stove accounts` out.
pub async fn run(reach: &Reach, command: Accounts, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Accounts::List => {
            let listed = reach.call(Need::Read, "stove_accounts.list", Value::Null).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
        Accounts::Save { name, active, new_password: asked, password_stdin } => {
            let listed = reach.call(Need::Read, "stove_accounts.list", Value::Null).await?;
            let known = listed.as_array().into_iter().flatten().find(|one| one["name"] == json!(name.trim()));
            if known.is_some() && active.is_none() && !asked && !password_stdin {
                return Err(Failure::invalid(
                    format!("the account {} is there, and nothing to change is named", name.trim()),
                    "Add --active, --new-password or --password-stdin.",
                ));
            }
            let password = match known {
                Some(_) if !asked && !password_stdin => None,
                _ => Some(new_password(password_stdin)?),
            };
            let active = active.unwrap_or_else(|| known.is_none_or(|known| known["active"] == json!(true)));
            let args = json!({ "name": name, "active": active, "password": password });
            let saved = reach.call(Need::Write, "stove_accounts.save", args).await?;
            Ok(output.show(&saved, || saved_text(&saved, known.is_none())))
        }
        Accounts::Remove { name } => {
            let removed = reach.call(Need::Write, "stove_accounts.remove", json!({ "name": name })).await;
            let removed = looked_for(removed, "`gerai stove accounts list` shows the accounts.")?;
            Ok(output.show(&removed, || format!("The account {} is removed.", shown(&name))))
        }
    }
}

fn saved_text(saved: &Value, new: bool) -> String {
    let may = if saved["active"] == json!(true) { "may sign in" } else { "may not sign in" };
    let name = text(saved, "name");
    if new { format!("Added {name}: it {may}.") } else { format!("{name} {may}.") }
}

fn list_text(listed: &Value) -> String {
    let columns =
        [("Name", Side::Left), ("May sign in", Side::Left), ("Since", Side::Left), ("Last sent", Side::Left)];
    let row = |one: &Value| {
        vec![text(one, "name"), text(one, "active"), when(one, "made_ms"), when(one, "last_ms")]
    };
    let rows: Vec<Vec<String>> = listed.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "No accounts. Add one with `gerai stove accounts save NAME`.".to_owned();
    }
    table(&columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_shown_without_passwords() {
        let listed = json!([{ "name": "klien-1", "active": false, "made_ms": 0, "last_ms": null }]);
        assert_eq!(
            list_text(&listed),
            "Name     May sign in  Since                Last sent\nklien-1  no           1970-01-01 07:00:00  –\n"
        );
        assert_eq!(saved_text(&listed[0], true), "Added klien-1: it may not sign in.");
    }
}
