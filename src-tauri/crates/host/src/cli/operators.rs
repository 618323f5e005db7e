//! `gerai operator`: the people who sign in, their sessions, what they may do.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::failure::Failure;
use super::money::wib;
use super::output::{Output, Side, number, table, text};
use super::passwords::new_password;
use super::people_args::{Operator, RoleArg, SignOut};
use super::recovery;
use super::station::{Need, Reach};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Operator, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Operator::Add { name, role, contact, password_stdin } => {
            let role = role.word();
            let password = new_password(password_stdin)?;
            let args = json!({ "name": name, "role": role, "password": password, "contact": contact });
            let added = reach.call(Need::Write, "operators.add", args).await?;
            Ok(output.show(&added, || added_text(&added, role)))
        }
        Operator::Update { name, role, active, contact } => {
            update(reach, &name, role, active, contact, output).await
        }
        Operator::Reset { name, second_factor, password_stdin } => {
            let password = new_password(password_stdin)?;
            let args = json!({ "name": name, "password": password, "second_factor": second_factor });
            let reset = reach.call(Need::Write, "operators.reset", args).await?;
            Ok(output
                .show(&reset, || format!("{} has a new password; all sessions ended.", text(&reset, "name"))))
        }
        Operator::List => {
            let listed = reach.call(Need::Read, "operators.list", Value::Null).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
        Operator::Sessions { name } => {
            let of = match name {
                Some(name) => json!({ "operator_id": find(reach, &name).await?["id"] }),
                None => json!({ "all": true }),
            };
            let listed = reach.call(Need::Read, "sessions.list", of).await?;
            Ok(output.show(&listed, || sessions_text(&listed)))
        }
        Operator::SignOut(whose) => sign_out(reach, whose, output).await,
        Operator::Roles => {
            let rules = reach.call(Need::Read, "roles.show", Value::Null).await?;
            Ok(output.show(&rules, || roles_text(&rules)))
        }
        Operator::Recovery(command) => recovery::run(reach, command, output).await,
        Operator::Recover { from, name, password_stdin } => {
            recovery::recover(reach, &from, &name, password_stdin, output).await
        }
    }
}

fn added_text(added: &Value, role: &str) -> String {
    let mut said = format!("Added {} ({role}).", text(added, "name"));
    if role == RoleArg::Owner.word() {
        said.push_str(
            "\nMake a recovery file on a USB stick and lock it away: gerai operator recovery make --to DIR",
        );
    }
    said
}

/// Somebody by name, case apart.
async fn find(reach: &Reach, name: &str) -> Result<Value, Failure> {
    let listed = reach.call(Need::Read, "operators.list", Value::Null).await?;
    let wanted = name.trim().to_lowercase();
    let found =
        listed.as_array().and_then(|rows| rows.iter().find(|row| text(row, "name").to_lowercase() == wanted));
    found.cloned().ok_or_else(|| {
        Failure::not_found(format!("nobody is called {name}"), "See the names with `gerai operator list`.")
    })
}

async fn update(
    reach: &Reach,
    name: &str,
    role: Option<RoleArg>,
    active: Option<bool>,
    contact: Option<String>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let before = find(reach, name).await?;
    let args = json!({
        "id": before["id"],
        "role": role.map_or(before["role"].clone(), |role| json!(role.word())),
        "active": active.map_or(before["active"].clone(), |active| json!(active)),
        "contact": contact,
    });
    let updated = reach.call(Need::Write, "operators.update", args).await?;
    Ok(output.show(&updated, || {
        let may = if updated["active"] == true { "may sign in" } else { "may no longer sign in" };
        format!("{} is {} and {may}.", text(&updated, "name"), text(&updated, "role"))
    }))
}

async fn sign_out(reach: &Reach, whose: SignOut, output: &Output) -> Result<ExitCode, Failure> {
    let (command, args) = match (&whose.name, whose.session) {
        (Some(name), _) => ("sessions.end_all", json!({ "operator_id": find(reach, name).await?["id"] })),
        (None, Some(id)) => ("sessions.end", json!({ "id": id })),
        (None, None) => ("sessions.end_all", json!({ "all": true })),
    };
    let ended = reach.call(Need::Write, command, args).await?;
    Ok(output.show(&ended, || "Signed out.".to_owned()))
}

fn list_text(listed: &Value) -> String {
    let columns = [
        ("Name", Side::Left),
        ("Role", Side::Left),
        ("May sign in", Side::Left),
        ("Second factor", Side::Left),
        ("PIN", Side::Left),
        ("Contact", Side::Left),
    ];
    let fields = ["name", "role", "active", "totp", "pin", "contact"];
    let row = |row: &Value| fields.iter().map(|field| text(row, field)).collect();
    let rows: Vec<Vec<String>> =
        listed.as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    if rows.is_empty() {
        return "Nobody signs in yet. Add the owner with `gerai operator add --role owner --name NAME`."
            .to_owned();
    }
    table(&columns, &rows)
}

fn sessions_text(listed: &Value) -> String {
    let columns = [
        ("Id", Side::Right),
        ("Who", Side::Left),
        ("Where", Side::Left),
        ("Address", Side::Left),
        ("Since (WIB)", Side::Left),
        ("Until (WIB)", Side::Left),
        ("Locked", Side::Left),
    ];
    let row = |row: &Value| {
        let place = match text(row, "till").as_str() {
            "–" => text(row, "surface"),
            till => format!("counter of {till}"),
        };
        let moment = |field| wib(number(row, field));
        vec![
            text(row, "id"),
            text(row, "operator"),
            place,
            text(row, "peer"),
            moment("since_ms"),
            moment("expires_ms"),
            text(row, "locked"),
        ]
    };
    let rows: Vec<Vec<String>> =
        listed.as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    if rows.is_empty() { "Nobody is signed in.".to_owned() } else { table(&columns, &rows) }
}

fn roles_text(rules: &Value) -> String {
    let columns = [("Command", Side::Left), ("Who", Side::Left)];
    let row = |rule: &Value| {
        let roles: Vec<String> = rule["roles"]
            .as_array()
            .map(|roles| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        let mut who = if rule["public"] == true { vec!["anybody".to_owned()] } else { roles };
        if rule["counter"] == true && rule["public"] != true {
            who.push("counter".to_owned());
        }
        if who.is_empty() {
            who.push("anybody on this machine, until there is an owner".to_owned());
        }
        vec![text(rule, "command"), who.join(", ")]
    };
    let rows: Vec<Vec<String>> =
        rules.as_array().map(|rules| rules.iter().map(row).collect()).unwrap_or_default();
    table(&columns, &rows)
}
