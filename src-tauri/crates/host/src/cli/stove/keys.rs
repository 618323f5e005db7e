//! `gerai stove keys`: what is registered, and registering. Secrets come from a file or standard input; a made one is shown
//! once, or goes straight into a file.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::figures::{page_text, word};
use super::upkeep_args::{Keys, Register};
use super::{change, token};
use crate::cli::failure::Failure;
use crate::cli::money::wib;
use crate::cli::new_file::new_file;
use crate::cli::output::{Output, Side, number, text};
use crate::cli::station::{Need, Reach};

/// Carries `gerai stove keys` out.
pub async fn run(reach: &Reach, command: Keys, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Keys::List { search, registered, changing, paging } => {
            let args = json!({
                "search": search, "registered": registered, "changing": changing, "cursor": paging.cursor, "limit": paging.limit,
            });
            let page = reach.call(Need::Read, "stove_keys.list", args).await?;
            Ok(output.show(&page, || list_text(&page)))
        }
        Keys::Register(asked) => register(reach, asked, output).await,
        Keys::Change(asked) => change::run(reach, asked, output).await,
    }
}

fn list_text(page: &Value) -> String {
    let columns = [
        ("Stove", Side::Left),
        ("Label", Side::Left),
        ("Key", Side::Left),
        ("Warnings", Side::Left),
        ("Previous", Side::Left),
        ("Pending", Side::Left),
        ("Change", Side::Left),
    ];
    let row = |row: &Value| {
        vec![
            text(row, "stove"),
            text(row, "label"),
            key(&row["current"]),
            warnings(&row["current"]),
            key(&row["previous"]),
            key(&row["pending"]),
            if row["change"].is_null() { String::new() } else { word(&row["change"], "state") },
        ]
    };
    page_text(
        page,
        &columns,
        row,
        "No such stoves. Register a key with `gerai stove keys register ID --secret-file FILE`.",
    )
}

/// `3 of 2026-11-22`.
fn key(key: &Value) -> String {
    if key.is_null() {
        return "–".to_owned();
    }
    let day = wib(number(key, "made_ms"));
    let held = if key["held"] == json!(false) { ", not in the vault" } else { "" };
    format!("{} of {}{held}", number(key, "id"), &day[..10.min(day.len())])
}

fn warnings(key: &Value) -> String {
    let words = key["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(", ").replace('_', " ")
}

async fn register(reach: &Reach, asked: Register, output: &Output) -> Result<ExitCode, Failure> {
    let secret = match &asked.secret_file {
        None => Value::Null,
        Some(path) => {
            let secret = token::secret(path)?;
            let text = std::str::from_utf8(secret.expose()).map_err(|_| {
                Failure::invalid(
                    format!("the secret in {} is not UTF-8 text", path.display()),
                    "Write it as the stove's maker gave it.",
                )
            })?;
            json!(text)
        }
    };
    let args = json!({ "stove": asked.id, "secret": secret });
    let call = reach.call(Need::Write, "stove_keys.register", args);
    let shown = secret_into(asked.out.as_deref(), "secret", call).await?;
    Ok(output.show(&shown, || registered_text(&shown, asked.out.as_deref())))
}

/// Gives a command whose answer has a secret, and moves that into a new file where one is named. The file is made before
/// anything is done: a secret that is shown once is not lost to a wrong path.
pub async fn secret_into(
    path: Option<&Path>,
    field: &str,
    call: impl Future<Output = Result<Value, Failure>>,
) -> Result<Value, Failure> {
    let Some(path) = path else { return call.await };
    let mut file = new_file(path)?;
    let outcome = call.await;
    let mut answer = outcome.inspect_err(|_| {
        std::fs::remove_file(path).ok();
    })?;
    if let Some(secret) = answer[field].as_str() {
        file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
            Failure::invalid(
                format!("it is done, but {} cannot be written: {error}", path.display()),
                "Make room and do it again: the next one takes its place.",
            )
        })?;
        answer[field] = Value::Null;
        answer["file"] = json!(path.display().to_string());
    }
    Ok(answer)
}

fn registered_text(shown: &Value, out: Option<&Path>) -> String {
    let mut said =
        format!("Key {} of stove {} is registered.\n", number(shown, "key_id"), text(shown, "stove"));
    for warning in shown["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        said.push_str(match warning {
            "short" => "It is weak: fewer than 32 bytes can be guessed. Change it.\n",
            "public_demo_key" => "It is public: anyone can sign with it. Change it now.\n",
            _ => "It is weak. Change it.\n",
        });
    }
    match (shown["secret"].as_str(), out) {
        (Some(secret), _) => {
            said.push_str(&format!("Secret  {secret}\nWrite this down now: it is not shown again."));
        }
        (None, Some(path)) => said.push_str(&format!("The secret is in {}.", path.display())),
        (None, None) => {}
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbers_and_days_never_secrets() {
        let page = json!({ "next": null, "total": 1, "rows": [{ "stove": "00000000001", "label": "",
            "current": { "id": 3, "made_ms": 0, "warnings": ["public_demo_key", "short"], "held": true },
            "previous": { "id": 2, "made_ms": 0, "warnings": [], "held": false }, "pending": null,
            "change": { "state": "server_acked" } }] });
        let said = list_text(&page);
        let want = "3 of 1970-01-01  public demo key, short  2 of 1970-01-01, not in the vault  –        server acked";
        assert!(said.contains(want), "{said}");
    }

    #[test]
    fn a_registered_key_is_warned_about_and_shown_once() {
        let shown = json!({ "stove": "00000000001", "key_id": 4, "secret": "abc", "warnings": [] });
        assert!(
            registered_text(&shown, None)
                .ends_with("Secret  abc\nWrite this down now: it is not shown again.")
        );
        let weak = json!({ "stove": "00000000001", "key_id": 4, "secret": null, "warnings": ["short", "public_demo_key"] });
        let said = registered_text(&weak, None);
        assert!(said.contains("32 bytes") && said.contains("Change it now."), "{said}");
    }

    #[tokio::test]
    async fn a_secret_goes_into_a_new_file_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let answer =
            secret_into(Some(&path), "secret", async { Ok(json!({ "secret": "abc" })) }).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "abc");
        assert_eq!(answer["secret"], Value::Null);
        let done = std::cell::Cell::new(false);
        let call = async {
            done.set(true);
            Ok(json!({ "secret": "abc" }))
        };
        assert!(secret_into(Some(&path), "secret", call).await.is_err());
        assert!(!done.get(), "nothing is done when the file is there already");
        let refused = folder.path().join("refused");
        let call = async { Err(Failure::invalid("no", "")) };
        assert!(secret_into(Some(&refused), "secret", call).await.is_err());
        assert!(!refused.exists());
    }
}
