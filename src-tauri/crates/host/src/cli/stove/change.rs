//! `gerai stove keys change`: a stove's secret or number changed step by step. Which step may follow is the station's to say;
//! here is what a person does next, in words and as a command.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::figures::{NO_STOVE, card, looked_for, when};
use super::keys::secret_into;
use super::upkeep_args::{ChangeStep, Step};
use crate::cli::failure::Failure;
use crate::cli::output::{Output, shown, text};
use crate::cli::station::{Need, Reach};

/// Carries `gerai stove keys change` out.
pub async fn run(reach: &Reach, asked: ChangeStep, output: &Output) -> Result<ExitCode, Failure> {
    misplaced(&asked)?;
    let need = match asked.step {
        Step::Status => Need::Read,
        // The radio is the station's.
        Step::Write => Need::Running,
        Step::Begin
        | Step::ServerAgrees
        | Step::ServerRefuses
        | Step::WriteByHand
        | Step::Written
        | Step::ServerUpdated
        | Step::Abandon
        | Step::TakeUp => Need::Write,
    };
    let kind = if asked.new_id.is_some() { "id" } else { "secret" };
    let args = json!({
        "stove": asked.id, "step": asked.step.word(), "kind": kind, "new_id": asked.new_id,
        "address": asked.address,
    });
    let next = match asked.step {
        Step::Status => "`gerai stove keys change ID begin` begins one; `gerai stove list` shows the stoves.",
        _ => NO_STOVE,
    };
    let call = async { looked_for(reach.call(need, "stove_keys.change", args).await, next) };
    let view = secret_into(asked.out.as_deref(), "message", call).await?;
    let code = output.show(&view, || text_of(&view));
    // The change stays where it is and can be written again; the command has failed all the same.
    let failed = asked.step == Step::Write && view["trouble"].as_str().is_some_and(|why| !why.is_empty());
    Ok(if failed { ExitCode::FAILURE } else { code })
}

/// An option that the step does not use would be silently without effect.
fn misplaced(asked: &ChangeStep) -> Result<(), Failure> {
    let options = [
        (asked.new_id.is_some(), "--new-id", Step::Begin, "begin"),
        (asked.address.is_some(), "--address", Step::Write, "write"),
        (asked.out.is_some(), "--out", Step::WriteByHand, "write-by-hand"),
    ];
    match options.iter().find(|(given, _, step, _)| *given && *step != asked.step) {
        None => Ok(()),
        Some((_, option, _, step)) => {
            Err(Failure::invalid(format!("{option} belongs to the step `{step}`"), "Leave it out."))
        }
    }
}

/// A change in words, with the next step as a command.
pub fn text_of(change: &Value) -> String {
    let what = match change["kind"].as_str() {
        Some("id") => format!("number {} → {}", text(change, "old_id"), text(change, "new_id")),
        _ => "secret".to_owned(),
    };
    let mut said = card(&[
        ("Change", format!("{what} of stove {}", text(change, "stove"))),
        ("State", state(change)),
        ("Begun", format!("{} by {}", when(change, "begun_ms"), text(change, "by"))),
        ("Moved", when(change, "moved_ms")),
        ("Notice", notice(change)),
        ("Trouble", text(change, "trouble")),
        ("Next", next(change)),
    ]);
    let both = if change["kind"] == "id" { "" } else { " Both secrets stand in it: keep it to yourself." };
    if let Some(message) = change["message"].as_str() {
        said.push_str(&format!("\n{}\nThis is the message for the stove.{both}\n", shown(message)));
    } else if let Some(file) = change["file"].as_str() {
        said.push_str(&format!("\nThe message for the stove is in {}.{both}\n", shown(file)));
    }
    said
}

fn state(change: &Value) -> String {
    let word = match change["state"].as_str().unwrap_or_default() {
        "prepared" => "prepared",
        "server_acked" => "the server agrees",
        "writing" => "being written",
        "written" => "written, not proved",
        "confirmed" => "proved by a reading",
        "server_updated" => "done",
        "abandoned" => "abandoned",
        other => other,
    };
    let open = change["open"] == json!(true);
    let reached = change["reached"] == json!(true) && change["next"] != "update_server";
    let either = if open && reached { "; the stove may hold either value" } else { "" };
    format!("{word}{either}")
}

fn notice(change: &Value) -> String {
    match change["notice"].as_str() {
        None => String::new(),
        Some("server_refused") => "the server refused this change".to_owned(),
        Some("server_lacks_new") => {
            "the stove uses the new value, but the server does not know it: update the server soon".to_owned()
        }
        Some("not_taken") => "the stove still uses the old value: write it again".to_owned(),
        Some("neither_lives") => "the last reading fits neither value: look at the stove".to_owned(),
        Some("old_again") => "the stove uses the old value again".to_owned(),
        Some(other) => other.replace('_', " "),
    }
}

fn next(change: &Value) -> String {
    let stove = text(change, "stove");
    let step = |words: &str| format!("gerai stove keys change {stove} {words}");
    match change["next"].as_str().unwrap_or_default() {
        "ask_server" => {
            format!("ask whoever runs the server, then {} (or server-refuses)", step("server-agrees"))
        }
        "write" => format!("near the stove: {} (or write-by-hand)", step("write --address ADDRESS")),
        "read_token" => {
            let seen = if change["state"] == "writing" { " (or written)" } else { "" };
            let again = step("write --address ADDRESS");
            format!("read the stove once: it tells which value lives. To write it again: {again}{seen}")
        }
        "update_server" => format!("give the server the new value, then {}", step("server-updated")),
        _ if change["state"] == "abandoned" && change["reached"] == json!(true) => {
            format!("the stove may hold the new value: {}", step("take-up"))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(state: &str, next: &str) -> Value {
        json!({ "id": 1, "stove": "00000000001", "kind": "secret", "state": state, "reached": false, "open": true,
            "next": next, "old_id": null, "new_id": null, "begun_ms": 0, "by": "budi", "moved_ms": 0, "notice": null,
            "trouble": "", "message": null })
    }

    #[test]
    fn every_state_names_the_next_command() {
        for (state, next, command) in [
            ("prepared", "ask_server", "server-agrees"),
            ("server_acked", "write", "write --address ADDRESS"),
            ("writing", "read_token", "write --address ADDRESS"),
            ("confirmed", "update_server", "server-updated"),
        ] {
            let said = text_of(&change(state, next));
            assert!(said.contains(&format!("gerai stove keys change 00000000001 {command}")), "{said}");
        }
        assert!(!text_of(&change("server_updated", "nothing")).contains("Next"));
        let mut given_up = change("abandoned", "nothing");
        given_up["reached"] = json!(true);
        given_up["open"] = json!(false);
        assert!(text_of(&given_up).contains("take-up"));
    }

    #[test]
    fn the_message_is_shown_with_a_warning() {
        let mut by_hand = change("writing", "read_token");
        by_hand["reached"] = json!(true);
        by_hand["message"] = json!("{\"id\":\"00000000001\"}");
        let said = text_of(&by_hand);
        assert!(
            said.contains("{\"id\":\"00000000001\"}\nThis is the message") && said.contains("either value"),
            "{said}"
        );
    }

    #[test]
    fn an_option_of_another_step_is_refused() {
        let asked = |step, new_id: Option<&str>| ChangeStep {
            id: "00000000001".to_owned(),
            step,
            new_id: new_id.map(str::to_owned),
            address: None,
            out: None,
        };
        assert!(misplaced(&asked(Step::Begin, Some("00000000002"))).is_ok());
        let failure = misplaced(&asked(Step::Status, Some("00000000002"))).unwrap_err();
        assert_eq!(failure.message, "--new-id belongs to the step `begin`");
    }
}
