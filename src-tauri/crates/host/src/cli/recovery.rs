//! `gerai operator recovery` and `recover`: the recovery file, written to a stick and read from one.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gerai_core::recovery::FILE_BYTES_MAX;
use serde_json::{Value, json};

use super::failure::Failure;
use super::money::wib;
use super::new_file::new_file;
use super::output::{Output, number, text};
use super::passwords::new_password;
use super::people_args::Recovery;
use super::station::{Need, Reach};

/// Carries the command out.
pub async fn run(reach: &Reach, command: Recovery, output: &Output) -> Result<ExitCode, Failure> {
    let state = match command {
        Recovery::Make { to } => return make(reach, &to, output).await,
        Recovery::Show => reach.call(Need::Read, "recovery.show", Value::Null).await?,
        Recovery::Seen => reach.call(Need::Write, "recovery.seen", Value::Null).await?,
    };
    Ok(output.show(&state, || state_text(&state)))
}

/// Opens the place first: making a new file makes the old one worthless, so it must not get lost on the way.
async fn make(reach: &Reach, to: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let in_folder = to.is_dir();
    let begun = if in_folder { to.join("gerai-recovery.txt") } else { to.to_owned() };
    let file = new_file(&begun)?;
    let made = match reach.call(Need::Write, "recovery.make", Value::Null).await {
        Ok(made) => made,
        Err(failure) => {
            let _ = std::fs::remove_file(&begun);
            return Err(failure);
        }
    };
    keep(file, &made)?;
    let path = if in_folder { named(&begun, &to.join(text(&made, "file_name"))) } else { begun };
    let document = json!({ "file": path.display().to_string() });
    Ok(output.show(&document, || {
        format!(
            "The recovery file is {}. It works once, at this station only; an older one is worth nothing any more.\n\
             Keep it on a USB stick that is locked away.",
            path.display()
        )
    }))
}

fn keep(mut file: File, made: &Value) -> Result<(), Failure> {
    let text = made["text"].as_str().unwrap_or_default();
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

/// Its own name, which tells station and day; the plain one where that is taken.
fn named(begun: &Path, wanted: &Path) -> PathBuf {
    if !wanted.exists() && std::fs::rename(begun, wanted).is_ok() {
        return wanted.to_owned();
    }
    begun.to_owned()
}

/// Makes an owner by a recovery file.
pub async fn recover(
    reach: &Reach,
    from: &Path,
    name: &str,
    password_stdin: bool,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let mut file = String::new();
    let read =
        File::open(from).and_then(|open| open.take(FILE_BYTES_MAX as u64 + 1).read_to_string(&mut file));
    read.map_err(|error| {
        Failure::invalid(
            format!("cannot read {}: {error}", from.display()),
            "Name the recovery file on the USB stick.",
        )
    })?;
    let args = json!({ "file": file, "name": name, "password": new_password(password_stdin)? });
    let owner = reach.call(Need::Write, "recovery.use", args).await?;
    Ok(output.show(&owner, || {
        format!(
            "{} is owner with the new password; all sessions ended, and the file is used up.\n\
             Make a new one: gerai operator recovery make --to DIR",
            text(&owner, "name")
        )
    }))
}

fn state_text(state: &Value) -> String {
    let mut said = match state["made_ms"].as_i64() {
        Some(at) => format!("A recovery file was made on {} WIB by {}.", wib(at), text(state, "made_by")),
        None => "There is no valid recovery file. Make one: gerai operator recovery make --to DIR".to_owned(),
    };
    if !state["used_ms"].is_null() {
        said.push_str(&format!(
            "\n{} became owner by a recovery file on {} WIB, and nobody has said that they saw it.\n\
             If you know of it: gerai operator recovery seen",
            text(state, "used_by"),
            wib(number(state, "used_ms"))
        ));
    }
    said
}
