//! `gerai config export --mosquitto DIR`: everything a mosquitto needs to stand in for the embedded broker.
//! Device passwords go over as hashes of mosquitto's own form; nobody needs to set them again.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use gerai_app::contract::ApiError;
use gerai_app::{App, BrokerLogin};
use gerai_broker::sample::{MosquittoSettings, mosquitto_acl, mosquitto_conf, mosquitto_passwd_line};
use gerai_core::port::{DeviceKind, DeviceLogin};
use serde_json::{Value, json};

use super::config::current;
use super::failure::Failure;
use super::new_file::new_file;
use super::output::Output;
use super::station::Session;
use crate::control::Door;

/// The station's own user name at another broker, where the settings name none.
const STATION_USER: &str = "gerai-station";

/// Every login that may connect, with its hash: what the control socket hands to the command line.
pub async fn logins_of(app: &Arc<App>) -> Result<Value, ApiError> {
    let logins = app.broker_logins().await?;
    let one = |login: BrokerLogin| json!({ "name": login.name, "kind": kind_name(login.kind), "hash": login.password_hash });
    Ok(logins.into_iter().map(one).collect())
}

/// Writes the three files.
pub async fn export(session: &Session, folder: &Path, output: &Output) -> Result<ExitCode, Failure> {
    let settings = current(session).await?.1;
    let logins = match session.door() {
        Door::Here(app) => logins_of(app).await?,
        Door::There(client) => client.broker_logins().await?,
    };
    let folder = std::path::absolute(folder)?;
    std::fs::create_dir_all(&folder)?;
    let files = compose(&settings, &logins, &folder);
    for (name, text) in &files {
        let mut file = new_file(&folder.join(name))?;
        file.write_all(text.as_bytes())?;
    }
    let devices = logins.as_array().map_or(0, Vec::len);
    let document = json!({ "folder": folder, "files": files.map(|(name, _)| name), "devices": devices });
    Ok(output.show(&document, || {
        format!(
            "Wrote mosquitto.conf, acl and passwd for {devices} devices to {0}.\n\
             Give the station its own password there: mosquitto_passwd {0}/passwd {1}",
            folder.display(),
            station_user(&settings)
        )
    }))
}

fn compose(settings: &Value, logins: &Value, folder: &Path) -> [(&'static str, String); 3] {
    let port = |name: &str, default| {
        settings["network"][name].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or(default)
    };
    let on_lan = settings["network"]["readers_on_lan"] == json!(true);
    let place = |name: &str| folder.join(name).display().to_string();
    let conf = mosquitto_conf(&MosquittoSettings {
        tcp_port: port("mqtt_port", 1884),
        ws_port: port("ws_port", 8080),
        bind: if on_lan { "0.0.0.0" } else { "127.0.0.1" }.to_owned(),
        password_file: place("passwd"),
        acl_file: place("acl"),
        ..MosquittoSettings::default()
    });
    let mut devices = Vec::new();
    let mut passwd = String::new();
    for login in logins.as_array().into_iter().flatten() {
        let (Some(name), Some(hash)) = (login["name"].as_str(), login["hash"].as_str()) else { continue };
        let Some(kind) = login["kind"].as_str().and_then(kind_of) else { continue };
        if let Some(line) = mosquitto_passwd_line(name, hash) {
            passwd.push_str(&line);
            devices.push(DeviceLogin { name: name.to_owned(), kind });
        }
    }
    let prefix = settings["payments"]["topic_prefix"].as_str().unwrap_or("iot");
    let client_id = settings["broker"]["client_id"].as_str().unwrap_or(STATION_USER);
    let acl = mosquitto_acl(prefix, &station_user(settings), client_id, &devices);
    [("mosquitto.conf", conf), ("acl", acl), ("passwd", passwd)]
}

fn station_user(settings: &Value) -> String {
    let named = settings["broker"]["username"].as_str().filter(|name| !name.is_empty());
    named.unwrap_or(STATION_USER).to_owned()
}

fn kind_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Reader => "reader",
        DeviceKind::LegacyShared => "legacy",
        DeviceKind::Screen => "screen",
        DeviceKind::Station => "station",
    }
}

fn kind_of(name: &str) -> Option<DeviceKind> {
    [DeviceKind::Reader, DeviceKind::LegacyShared, DeviceKind::Screen]
        .into_iter()
        .find(|kind| kind_name(*kind) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_fit_each_other() {
        let settings = json!({ "network": { "mqtt_port": 1999, "ws_port": 8081, "readers_on_lan": false },
            "payments": { "topic_prefix": "iot" }, "broker": { "username": "", "client_id": "gerai-station" } });
        let logins = json!([
            { "name": "meja-1", "kind": "reader", "hash": "$7$101$c2FsdA==$aGFzaA==" },
            { "name": "evil:x", "kind": "reader", "hash": "$7$1" },
            { "name": "root", "kind": "station", "hash": "$7$1" },
        ]);
        let [(_, conf), (_, acl), (_, passwd)] = compose(&settings, &logins, Path::new("/srv/m"));
        assert!(
            conf.contains("listener 1999 127.0.0.1") && conf.contains("password_file /srv/m/passwd"),
            "{conf}"
        );
        assert!(
            acl.contains("user gerai-station") && acl.contains("topic write iot/v2/meja-1/deduct"),
            "{acl}"
        );
        assert_eq!(passwd, "meja-1:$7$101$c2FsdA==$aGFzaA==\n");
    }
}
