//! Clients of other people against the embedded broker and against a real mosquitto: mosquitto_pub and mosquitto_sub,
//! paho in Python (TCP and WebSocket), mqtt.js over WebSocket, and a reader of the original system.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::brokers::Mosquitto;
use crate::reader::OriginalReader;
use crate::station::{Station, folder};
use crate::storm::external;

const PAID: &str = "Successfully deducted 5000 for 5A3F01C2\nBalance: 45000";

/// Logins that the clients come with.
struct Logins {
    reader: (String, String),
    legacy: (String, String),
    screen: (String, String),
}

fn shop(station: &Station) -> Logins {
    for uid in ["5A3F01C2", "5A3F01C3", "5A3F01C4", "5A3F01C5"] {
        station.customer("Siti Rahmawati", uid, 50_000);
    }
    Logins {
        reader: station.reader(&["--name", "kantin-01"]),
        legacy: station.reader(&["--name", "lama", "--legacy"]),
        screen: station.reader(&["--name", "layar", "--screen"]),
    }
}

#[test]
fn clients_of_other_people_at_the_embedded_broker() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    let station = Station::start(folder.path());
    let logins = shop(&station);
    every_client(station.mqtt, station.ws, &logins);
    // A reader whose sender is known pays at its own till; a wrong password is let in nowhere.
    let refused = paho(station.mqtt, "tcp", &(logins.reader.0.clone(), "wrong".to_owned()), "5A3F01C5", "v2");
    assert!(refused.get("topic").is_none(), "{refused}");
    station.verify();
}

#[test]
fn clients_of_other_people_at_mosquitto() {
    let (folder, at_broker) = (folder(), folder());
    Station::prepare(folder.path(), &[]);
    let first = Station::start(folder.path());
    let logins = shop(&first);
    drop(first);
    let broker = Mosquitto::exported(folder.path(), at_broker.path());
    let station = external(folder.path(), &broker);
    every_client(broker.port, broker.ws, &logins);
    station.verify();
}

fn every_client(mqtt: u16, ws: u16, logins: &Logins) {
    // The command line tools of mosquitto: a screen listens, a reader of the original kind taps.
    let port = mqtt.to_string();
    let login =
        |login: &(String, String)| ["-u".to_owned(), login.0.clone(), "-P".to_owned(), login.1.clone()];
    // Line by line: into a pipe it would speak only when it ends.
    let mut listener = Command::new("stdbuf")
        .args([
            "-oL",
            "mosquitto_sub",
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-t",
            "iot/success",
            "-C",
            "1",
            "-W",
            "30",
            "-v",
            "-d",
        ])
        .args(login(&logins.screen))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines();
    // `-d` says when the subscription stands; the message itself comes after it.
    assert!(lines.by_ref().any(|line| line.unwrap().contains("SUBACK")));
    let published = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", "iot/deduct", "-m", "5A3F01C2", "-q", "1"])
        .args(login(&logins.legacy))
        .status()
        .unwrap();
    assert!(published.success());
    let heard: Vec<String> = lines
        .map(Result::unwrap)
        .filter(|line| !line.starts_with("Client ") && !line.starts_with("Subscribed"))
        .collect();
    assert!(listener.wait().unwrap().success());
    assert_eq!(heard.join("\n"), format!("iot/success {PAID}"));

    // paho over TCP (v2) and over WebSocket (legacy).
    let result = paho(mqtt, "tcp", &logins.reader, "5A3F01C3", "v2");
    let body: Value = serde_json::from_str(result["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&body["st"], &body["bal"], &body["id"]), (&json!("ok"), &json!(45_000), &json!("paho-1")));
    assert_eq!(result["retain"], json!(false));
    let result = paho(ws, "websockets", &logins.legacy, "5A3F01C4", "legacy");
    assert_eq!(result["payload"], json!(PAID.replace("5A3F01C2", "5A3F01C4")), "{result}");

    // mqtt.js as the merchant's page, while a reader of the original system taps.
    let mut screen = Command::new("node")
        .arg(interop("mqttjs_screen.mjs"))
        .args([format!("ws://127.0.0.1:{ws}"), logins.screen.0.clone(), logins.screen.1.clone()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let mut lines = BufReader::new(screen.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready", "npm packages come by `cargo xtask test`");
    let mut reader = OriginalReader::connect(mqtt, &logins.legacy.0, &logins.legacy.1);
    reader.publish("iot/deduct", b"5A3F01C5", false);
    let paid = PAID.replace("5A3F01C2", "5A3F01C5");
    assert_eq!(reader.hear(Duration::from_secs(20)), Some(("iot/success".to_owned(), paid.clone())));
    let heard: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(heard, json!({ "topic": "iot/success", "payload": paid }));
    assert!(screen.wait().unwrap().success());
}

fn paho(port: u16, transport: &str, login: &(String, String), uid: &str, kind: &str) -> Value {
    let python =
        std::env::var("GERAI_INTEROP_PYTHON").expect("`cargo xtask test` names a Python with paho-mqtt");
    let output = Command::new(python)
        .arg(interop("paho_reader.py"))
        .args(["127.0.0.1", &port.to_string(), transport, &login.0, &login.1, uid, kind])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn interop(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(name)
}
