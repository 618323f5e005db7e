//! `gerai config`: the one settings document, the same that the console edits.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::Config;
use super::failure::Failure;
use super::mosquitto;
use super::new_file::new_file;
use super::output::Output;
use super::station::{Need, Reach, Session};

/// Far more than the settings ever take.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Carries the command out.
pub async fn run(reach: &Reach, command: Config, output: &Output) -> Result<ExitCode, Failure> {
    let need = match command {
        Config::Get { .. } | Config::Export { .. } => Need::Read,
        Config::Set { .. } | Config::Import { .. } => Need::Write,
    };
    let session = reach.open(need).await?;
    let outcome = carry_out(&session, command, output).await;
    session.close().await;
    outcome
}

async fn carry_out(session: &Session, command: Config, output: &Output) -> Result<ExitCode, Failure> {
    match command {
        Config::Get { path } => {
            let settings = current(session).await?.1;
            let value = path.map_or(Ok(&settings), |path| at(&settings, &path))?;
            Ok(output.show(value, || plain(value)))
        }
        Config::Set { path, value } => {
            let (version, mut settings) = current(session).await?;
            let place = at_mut(&mut settings, &path)?;
            *place = typed(place, &value);
            let (saved, waiting) = save(session, version, &settings).await?;
            if let Some(approval) = waiting {
                let document = json!({ "path": path, "waiting": approval });
                return Ok(output.show(&document, || super::accounts::waits(approval)));
            }
            let value = at(&saved, &path)?.clone();
            Ok(output
                .show(&json!({ "path": path, "value": value }), || format!("{path} = {}", plain(&value))))
        }
        Config::Import { file } => {
            let settings = read_settings(&file)?;
            let (version, _) = current(session).await?;
            let (saved, waiting) = save(session, version, &settings).await?;
            Ok(output.show(&saved, || {
                if let Some(approval) = waiting {
                    return super::accounts::waits(approval);
                }
                "The settings were replaced; the port of the console changes at the next start.".to_owned()
            }))
        }
        Config::Export { mosquitto: Some(folder), .. } => mosquitto::export(session, &folder, output).await,
        Config::Export { file, .. } => export(session, file.as_deref(), output).await,
    }
}

async fn export(session: &Session, file: Option<&Path>, output: &Output) -> Result<ExitCode, Failure> {
    let settings = current(session).await?.1;
    let Some(path) = file else { return Ok(output.show(&settings, || plain(&settings))) };
    std::io::Write::write_all(&mut new_file(path)?, format!("{}\n", plain(&settings)).as_bytes())?;
    Ok(output.show(&json!({ "file": path }), || format!("Wrote the settings to {}.", path.display())))
}

/// The version and the document.
pub async fn current(session: &Session) -> Result<(i64, Value), Failure> {
    let mut view = session.call("settings.get", Value::Null).await?;
    Ok((super::output::number(&view, "version"), view["settings"].take()))
}

/// Saves the settings. Answers with them, and with the approval that the change waits for, if it does.
async fn save(session: &Session, version: i64, settings: &Value) -> Result<(Value, Option<i64>), Failure> {
    let mut view = session.call("settings.set", json!({ "version": version, "settings": settings })).await?;
    let waiting = view["waiting"].as_i64();
    Ok((view["settings"].take(), waiting))
}

fn at<'a>(settings: &'a Value, path: &str) -> Result<&'a Value, Failure> {
    let mut place = settings;
    for key in path.split('.') {
        place = place.get(key).ok_or_else(|| no_such(place, path, key))?;
    }
    Ok(place)
}

fn at_mut<'a>(settings: &'a mut Value, path: &str) -> Result<&'a mut Value, Failure> {
    at(settings, path)?;
    settings
        .pointer_mut(&format!("/{}", path.replace('.', "/")))
        .filter(|value| !value.is_object())
        .ok_or_else(|| {
            Failure::invalid(format!("`{path}` is a group of settings"), "Name one setting in it.")
        })
}

fn no_such(place: &Value, path: &str, key: &str) -> Failure {
    let known = place.as_object().map(|map| map.keys().map(String::as_str).collect::<Vec<_>>().join(", "));
    let help = known.map_or("Look at `gerai config get`.".to_owned(), |known| format!("There are: {known}."));
    Failure::not_found(format!("there is no setting `{path}` (`{key}`)"), help)
}

/// Text where text stands now; otherwise JSON where it is JSON, and text where it is not.
fn typed(now: &Value, given: &str) -> Value {
    match serde_json::from_str(given) {
        Ok(Value::String(text)) => Value::String(text),
        Ok(value) if !now.is_string() => value,
        _ => Value::String(given.to_owned()),
    }
}

/// Text as it is, everything else as indented JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => super::output::shown(text),
        other => serde_json::to_string_pretty(other).unwrap_or_else(|_| other.to_string()),
    }
}

fn read_settings(file: &Path) -> Result<Value, Failure> {
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let opened = std::fs::File::open(file);
        Box::new(opened.map_err(|error| {
            Failure::invalid(
                format!("cannot read {}: {error}", file.display()),
                "Name a file made by `config export`.",
            )
        })?)
    };
    let mut text = String::new();
    source.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    let mut value: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::invalid(format!("the file is not JSON: {error}"), "Import a file made by `config export`.")
    })?;
    if !value.is_object() {
        return Err(Failure::invalid("the file holds no settings", "Import a file made by `config export`."));
    }
    // `config get --json` of another station may have been wrapped with its version.
    Ok(if value.get("settings").is_some_and(Value::is_object) { value["settings"].take() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_settings_and_wrong_ones_say_what_there_is() {
        let mut settings = json!({ "network": { "http_port": 8888, "tls_cert_file": "" } });
        assert_eq!(at(&settings, "network.http_port").unwrap(), &json!(8888));
        let wrong = at(&settings, "network.port").unwrap_err();
        assert_eq!(
            (wrong.code.as_str(), wrong.help.as_str()),
            ("not_found", "There are: http_port, tls_cert_file.")
        );
        assert!(at_mut(&mut settings, "network").is_err());
        assert!(at_mut(&mut settings, "network.http_port.x").is_err());
    }

    #[test]
    fn values_keep_the_type_that_stands_there() {
        assert_eq!(typed(&json!(8888), "9999"), json!(9999));
        assert_eq!(typed(&json!("Kantin"), "12"), json!("12"));
        assert_eq!(typed(&json!("Kantin"), "\"12\""), json!("12"));
        assert_eq!(typed(&json!("id"), "en"), json!("en"));
        assert_eq!(typed(&json!(false), "true"), json!(true));
        assert_eq!(typed(&Value::Null, "540"), json!(540));
        assert_eq!(typed(&json!(540), "null"), Value::Null);
    }
}
