//! Forged results and foreign hands at the embedded broker: nothing changes a screen, nothing reaches a reader.

use std::time::Duration;

use rumqttc::{Client, Event, LastWill, MqttOptions, Packet, QoS};
use serde_json::json;

use crate::reader::OriginalReader;
use crate::station::{Station, folder};

const QUIET: Duration = Duration::from_millis(800);

/// Publishes at QoS 0 and 1, retained and not, and then breaks off so that a will would be sent.
fn attack(port: u16, client_id: &str, user: &str, password: &str, will: bool) {
    let mut options = MqttOptions::new(client_id, "127.0.0.1", port);
    options.set_credentials(user, password).set_keep_alive(Duration::from_secs(5));
    let forged = "Successfully deducted 5000 for 5A3F01C2\nBalance: 999999";
    if will {
        options.set_last_will(LastWill::new("iot/success", forged, QoS::AtLeastOnce, true));
    }
    let (client, mut connection) = Client::new(options, 64);
    for topic in ["iot/success", "iot/failed", "iot/v2/kantin-02/result", "iot/v2/kantin-02/deduct"] {
        for (qos, retain) in [(QoS::AtMostOnce, false), (QoS::AtLeastOnce, false), (QoS::AtLeastOnce, true)] {
            let _ = client.try_publish(topic, qos, retain, forged);
        }
    }
    let _ = client.try_subscribe("#", QoS::AtLeastOnce);
    let _ = client.try_subscribe("$share/x/iot/#", QoS::AtLeastOnce);
    let began = std::time::Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        match connection.recv_timeout(Duration::from_millis(200)) {
            Ok(Ok(Event::Incoming(Packet::Publish(heard)))) => panic!("a reader heard {}", heard.topic),
            Ok(Err(_)) => break,
            _ => {}
        }
    }
    // Dropped without DISCONNECT: the broker would send a will now.
}

#[test]
fn forged_results_light_nothing() {
    let folder = folder();
    Station::prepare(folder.path(), &[]);
    let station = Station::start(folder.path());
    station.customer("Siti Rahmawati", "5A3F01C2", 50_000);
    let (shared, shared_password) = station.reader(&["--name", "lama", "--legacy"]);
    let (own, own_password) = station.reader(&["--name", "kantin-01"]);
    station.reader(&["--name", "kantin-02"]);
    let mut reader = OriginalReader::connect(station.mqtt, &shared, &shared_password);
    for (user, password) in [(&own, &own_password), (&shared, &shared_password)] {
        for will in [false, true] {
            attack(station.mqtt, "ESP32Client", user, password, will);
            attack(station.mqtt, "gerai-station", user, password, will);
        }
    }
    assert_eq!(reader.hear(QUIET), None, "nothing forged reached the reader");
    // Nor does a reader that comes later find something retained.
    assert_eq!(OriginalReader::connect(station.mqtt, &shared, &shared_password).hear(QUIET), None);
    let counter = station.must(&["ledger", "stats"]);
    assert_eq!(
        (&counter["payments"], &counter["taps_today"]),
        (&json!(0), &json!(0)),
        "and no screen has anything to show"
    );
    reader.publish("iot/deduct", b"5A3F01C2", false);
    let paid = "Successfully deducted 5000 for 5A3F01C2\nBalance: 45000".to_owned();
    assert_eq!(
        reader.hear(Duration::from_secs(10)),
        Some(("iot/success".to_owned(), paid)),
        "the reader still hears the station"
    );
}
