//! What a device, or somebody with a device's password, must not be able to do.

use crate::common::{PASSWORD, Station, until};
use crate::raw::{Raw, hello};

const V311_NOT_AUTHORIZED: u8 = 5;
const V5_NOT_AUTHORIZED: u8 = 0x87;

/// A legacy reader that hears `iot/success`: it must hear nothing forged.
async fn victim(station: &Station) -> Raw {
    let (mut raw, code) = Raw::connect(station.tcp(), &hello("victim", "door-2", PASSWORD)).await;
    assert_eq!(code, 0);
    assert_eq!(raw.subscribe("iot/success").await, Some(1));
    raw
}

#[tokio::test]
async fn nobody_gets_in_without_a_login() {
    let station = Station::start().await;
    let mut anonymous = hello("x", "", "");
    anonymous.login = None;
    for (say, v311, v5) in [
        (anonymous, V311_NOT_AUTHORIZED, V5_NOT_AUTHORIZED),
        (hello("x", "door-1", "wrong"), V311_NOT_AUTHORIZED, V5_NOT_AUTHORIZED),
        (hello("x", "door-1", ""), V311_NOT_AUTHORIZED, V5_NOT_AUTHORIZED),
        (hello("x", "nobody", PASSWORD), V311_NOT_AUTHORIZED, V5_NOT_AUTHORIZED),
        (hello("x", "door-1/#", PASSWORD), V311_NOT_AUTHORIZED, V5_NOT_AUTHORIZED),
    ] {
        let (mut raw, code) = Raw::connect(station.tcp(), &say).await;
        assert_eq!(code, v311, "{:?}", say.login);
        raw.ends().await;
        let (mut raw, code) = Raw::connect(station.tcp(), &say.clone().v5()).await;
        assert_eq!(code, v5, "{:?}", say.login);
        raw.ends().await;
        // Nor straight at the broker's loopback port.
        let (_, code) = Raw::connect(station.embedded.loopback_addr(), &say).await;
        assert_ne!(code, 0, "{:?}", say.login);
    }
    until("the wrong password is reported", || {
        station.devices.incidents.lock().unwrap().iter().any(|(name, _)| name == "door-1")
    })
    .await;
    assert!(station.devices.presence.lock().unwrap().is_empty());
    station.stop().await;
}

#[tokio::test]
async fn a_device_can_not_go_around_the_front() {
    let station = Station::start().await;
    // With a good password, but a client id of its own choice: the station's, say.
    for id in ["gerai-station", "d6~door-2~cx", ""] {
        let (_, code) = Raw::connect(station.embedded.loopback_addr(), &hello(id, "door-1", PASSWORD)).await;
        assert_eq!(code == 0, id.is_empty(), "{id:?}");
    }
    let say = hello("d6~door-1~cx", "door-1", PASSWORD).will("iot/deduct", false);
    assert_ne!(Raw::connect(station.embedded.loopback_addr(), &say).await.1, 0);
    station.stop().await;
}

#[tokio::test]
async fn a_forged_success_reaches_nobody() {
    let station = Station::start().await;
    let mut victim = victim(&station).await;
    for level in [4, 5] {
        let mut say = hello("forger", "door-1", PASSWORD);
        say.level = level;
        for topic in
            ["iot/success", "iot/failed", "iot/v2/door-2/result", "iot/topup", "gerai/link/gerai-station"]
        {
            for retain in [false, true] {
                let (mut raw, code) = Raw::connect(station.tcp(), &say).await;
                assert_eq!(code, 0);
                // MQTT 3.1.1 knows no refusal; the embedded broker sends it the code of MQTT 5 all the same.
                let reason = raw.publish(topic, b"Successfully deducted", retain).await;
                assert_eq!(reason, Some(V5_NOT_AUTHORIZED), "{topic}");
                raw.publish_qos0(topic, b"Successfully deducted").await;
                raw.lives().await;
            }
        }
    }
    victim.hears_nothing().await;
    // A retained one would come to whoever subscribes next.
    let mut late = hello("late", "till", PASSWORD);
    for level in [4, 5] {
        late.level = level;
        let (mut raw, _) = Raw::connect(station.tcp(), &late).await;
        assert_eq!(raw.subscribe("iot/success").await, Some(1));
        raw.hears_nothing().await;
    }
    station.stop().await;
}

#[tokio::test]
async fn a_last_will_is_refused_with_its_connection() {
    let station = Station::start().await;
    let mut victim = victim(&station).await;
    for topic in ["iot/success", "iot/deduct", "iot/v2/door-1/deduct"] {
        for retain in [false, true] {
            for user in ["door-1", "lama", "till"] {
                let say = hello("w", user, PASSWORD).will(topic, retain);
                let (mut raw, code) = Raw::connect(station.tcp(), &say).await;
                assert_eq!(code, V311_NOT_AUTHORIZED, "{user} {topic}");
                raw.ends().await;
                let (mut raw, code) = Raw::connect(station.tcp(), &say.v5()).await;
                assert_eq!(code, V5_NOT_AUTHORIZED, "{user} {topic}");
                raw.ends().await;
            }
        }
    }
    victim.hears_nothing().await;
    station.stop().await;
}

#[tokio::test]
async fn retained_taps_are_dropped() {
    let station = Station::start().await;
    for level in [4, 5] {
        let mut say = hello("r", "door-1", PASSWORD);
        say.level = level;
        let (mut raw, _) = Raw::connect(station.tcp(), &say).await;
        raw.publish("iot/deduct", b"5A3F01C2", true).await;
        raw.publish("iot/v2/door-1/deduct", b"{}", true).await;
    }
    // The station itself hears nothing of it, neither now nor as a retained message.
    let login = station.embedded.station_login();
    let say = hello("gerai-test", &login.user, login.password.expose());
    let (mut raw, code) = Raw::connect(station.embedded.loopback_addr(), &say).await;
    assert_eq!(code, 0);
    assert_eq!(raw.subscribe("iot/#").await, Some(1));
    raw.hears_nothing().await;
    station.stop().await;
}

#[tokio::test]
async fn wildcards_and_shares_are_refused() {
    let station = Station::start().await;
    for user in ["door-1", "lama", "till"] {
        for level in [4, 5] {
            let mut say = hello("s", user, PASSWORD);
            say.level = level;
            for filter in [
                "#",
                "+/success",
                "iot/#",
                "iot/+",
                "iot/v2/+/result",
                "iot/v2/door-2/result",
                "iot/deduct",
                "$share/g/iot/success",
                "$share/g/iot/#",
                "$SYS/#",
                "gerai/link/#",
                "gerai/link/gerai-station",
            ] {
                let (mut raw, code) = Raw::connect(station.tcp(), &say).await;
                assert_eq!(code, 0);
                if let Some(code) = raw.subscribe(filter).await {
                    assert!(code >= 0x80, "{user} v{level} {filter}: {code}");
                }
            }
            let (mut raw, _) = Raw::connect(station.tcp(), &say).await;
            assert_eq!(raw.subscribe("iot/success").await, Some(1));
            assert_eq!(raw.subscribe("iot/failed").await, Some(1));
        }
    }
    station.stop().await;
}

#[tokio::test]
async fn a_revoked_login_loses_its_rights_on_the_open_connection() {
    let station = Station::start().await;
    let (mut raw, _) = Raw::connect(station.tcp(), &hello("r", "door-1", PASSWORD).v5()).await;
    assert_ne!(raw.publish("iot/deduct", b"x", false).await, Some(V5_NOT_AUTHORIZED));
    station.devices.kinds.lock().unwrap().remove("door-1");
    crate::common::until("the cached kind has aged", {
        let since = std::time::Instant::now();
        move || since.elapsed().as_millis() > 1_100
    })
    .await;
    assert_eq!(raw.publish("iot/deduct", b"x", false).await, Some(V5_NOT_AUTHORIZED));
    station.stop().await;
}

#[tokio::test]
async fn a_device_can_not_kick_off_another_login() {
    let station = Station::start().await;
    let (mut till, _) = Raw::connect(station.tcp(), &hello("same", "till", PASSWORD)).await;
    let (mut reader, _) = Raw::connect(station.tcp(), &hello("same", "door-1", PASSWORD)).await;
    let (_, code) = Raw::connect(station.tcp(), &hello("d4~till~csame", "door-2", PASSWORD)).await;
    assert_eq!(code, 0);
    till.lives().await;
    reader.lives().await;
    station.stop().await;
}
