//! `gerai operator`: the people who sign in.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Operator;
use super::failure::Failure;
use super::output::{Output, Side, table, text};
use super::passwords::new_password;
use super::station::{Need, Reach};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Operator, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Operator::Add { name, role, password_stdin } => {
            let role = role.word();
            let args = json!({ "name": name, "role": role, "password": new_password(password_stdin)? });
            let added = reach.call(Need::Write, "operators.add", args).await?;
            Ok(output.show(&added, || format!("Added {} ({role}).", text(&added, "name"))))
        }
        Operator::Reset { name, password_stdin } => {
            let args = json!({ "name": name, "password": new_password(password_stdin)? });
            let reset = reach.call(Need::Write, "operators.reset", args).await?;
            Ok(output
                .show(&reset, || format!("{} has a new password; all sessions ended.", text(&reset, "name"))))
        }
        Operator::List => {
            let listed = reach.call(Need::Read, "operators.list", Value::Null).await?;
            Ok(output.show(&listed, || list_text(&listed)))
        }
    }
}

fn list_text(listed: &Value) -> String {
    let columns = [("Name", Side::Left), ("Role", Side::Left), ("May sign in", Side::Left)];
    let row = |row: &Value| vec![text(row, "name"), text(row, "role"), text(row, "active")];
    let rows: Vec<Vec<String>> =
        listed.as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    if rows.is_empty() {
        return "Nobody signs in yet. Add the owner with `gerai operator add --role owner --name NAME`."
            .to_owned();
    }
    table(&columns, &rows)
}
