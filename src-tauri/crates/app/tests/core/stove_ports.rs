//! The camera's door, pictures, Bluetooth, phones, and the stove made of software.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gerai_app::access::{Caller, Surface};
use gerai_app::contract::{ErrorCode, dispatch};
use gerai_app::{App, AppOptions, StoveDoor, SubmitRefusal};
use gerai_core::port::pictures::{Pictures, Still};
use gerai_core::port::scan::radio::{
    OfferedService, Peripheral, PeripheralAddress, Radio, RadioFault, ReadPlan, WritePlan,
};
use gerai_core::port::scan::{
    CameraFault, CameraFound, CameraState, CameraWish, Cameras, CodeFound, Frame, ScanDoor,
};
use gerai_core::port::{BoxFuture, Clock, Vault};
use gerai_core::secret::Secret;
use gerai_core::stove::submission::BodyKind;
use gerai_store::OpenMode;
use serde_json::{Value, json};

use crate::stove_support::{Kitchen, NOON_S, token};
use crate::support::Desk;

struct Lens;

impl Cameras for Lens {
    fn list(&self) -> BoxFuture<'static, Result<Vec<CameraFound>, CameraFault>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn start(&self, _: CameraWish) {}

    fn stop(&self) {}

    fn now(&self) -> CameraState {
        CameraState::Off
    }
}

/// A picture is its codes, one a line.
struct Album;

impl Pictures for Album {
    fn codes(&self, file: &[u8]) -> Result<Vec<CodeFound>, String> {
        let text = std::str::from_utf8(file).map_err(|_| "this is no picture; choose another".to_owned())?;
        Ok(text.lines().map(code).collect())
    }

    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String> {
        Ok([b"PNG of ", jpeg].concat())
    }

    fn still(&self, _: &[u8]) -> Result<Still, String> {
        Err("this album is read, not shown".to_owned())
    }
}

fn code(text: &str) -> CodeFound {
    CodeFound { bytes: text.as_bytes().to_vec(), corners: [(1, 2), (3, 4), (5, 6), (7, 8)] }
}

fn frame(sequence: u64) -> Frame {
    Frame { sequence, width: 1_280, height: 720, jpeg: Arc::from(&b"a jpeg"[..]) }
}

/// Waits until the scan session says so.
async fn state(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let state = desk.give("scan.state", json!({})).await;
        if wanted(&state) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{}", desk.give("scan.state", json!({})).await);
}

#[tokio::test]
async fn what_the_camera_sees_is_taken_once_with_its_picture() {
    let mut kitchen = Kitchen::open().await;
    let app = Arc::clone(&kitchen.desk.app);
    assert_eq!(kitchen.desk.give("scan.state", json!({})).await["available"], false);
    assert!(kitchen.desk.try_give("scan.start", json!({})).await.is_err());
    app.set_cameras(Some(Arc::new(Lens)));
    app.set_pictures(Some(Arc::new(Album)));
    let door = StoveDoor::new(Arc::clone(&app));
    kitchen.desk.give("scan.start", json!({ "note": "RT 3" })).await;
    assert_eq!(kitchen.desk.audit().last().unwrap().act, "scan.start");
    door.state(CameraState::Running { name: "C920".to_owned(), width: 1_280, height: 720, fps: 30 });
    let one = token(NOON_S, 10_000, 2_000);
    for sequence in 1..30 {
        door.frame(frame(sequence));
        door.codes(vec![code(&one)], frame(sequence));
    }
    let seen = state(&kitchen.desk, |state| state["verdicts"] == 1).await;
    assert_eq!((&seen["last"]["outcome"], &seen["hint"]), (&json!("taken"), &json!("next")));
    assert_eq!((&seen["phase"], &seen["frame"]), (&json!("running"), &json!(29)));
    assert_eq!(seen["outline"]["corners"][2], json!([5, 6]));
    assert_eq!(seen["last"]["reading"]["note"], "RT 3");
    assert_eq!(app.stove_preview().unwrap().sequence, 29);
    let id = seen["last"]["reading"]["id"].clone();
    let mut picture = Err(());
    for _ in 0..400 {
        if let Ok(found) = kitchen.desk.try_give("readings.frame", json!({ "id": id })).await {
            picture = Ok(found);
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(picture.unwrap()["png"], "UE5HIG9mIGEganBlZw==");
    // Three seconds later it is another scan, and still one reading.
    kitchen.desk.turn_clock(3_000);
    door.codes(vec![code(&one)], frame(40));
    let seen = state(&kitchen.desk, |state| state["verdicts"] == 2).await;
    assert_eq!((&seen["last"]["outcome"], &seen["taken"]), (&json!("known"), &json!(1)));
    door.codes(vec![code("https://example.com")], frame(41));
    let seen = state(&kitchen.desk, |state| state["verdicts"] == 3).await;
    assert_eq!((&seen["last"]["outcome"], &seen["hint"]), (&json!("unreadable"), &json!("not_a_stove")));
    door.codes(vec![code(&one), code("x")], frame(42));
    assert_eq!(kitchen.desk.give("scan.state", json!({})).await["hint"], "several");
    door.state(CameraState::Failed(CameraFault::Unplugged));
    let gone = kitchen.desk.give("scan.state", json!({})).await;
    assert_eq!((&gone["phase"], &gone["trouble"]), (&json!("failed"), &json!("unplugged")));
    kitchen.round().await;
    assert!(
        kitchen.desk.try_give("readings.frame", json!({ "id": id })).await.is_err(),
        "dropped once accepted"
    );
    assert_eq!(kitchen.states().await, ["accepted"]);
}

#[tokio::test]
async fn a_picture_may_hold_several_codes() {
    let kitchen = Kitchen::open().await;
    let picture = format!("{}\nnothing\n{}", token(NOON_S - 60, 1_000, 100), token(NOON_S, 1_001, 101));
    let encoded = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let asked = json!({ "image": format!("data:image/png;base64,{}", encoded(&picture)), "note": "foto" });
    assert!(
        kitchen.desk.try_give("readings.take_image", asked.clone()).await.is_err(),
        "nobody reads pictures"
    );
    kitchen.desk.app.set_pictures(Some(Arc::new(Album)));
    let taken = kitchen.desk.give("readings.take_image", asked).await;
    let outcomes: Vec<&str> =
        taken["codes"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["taken", "unreadable", "taken"]);
    assert_eq!(kitchen.desk.audit().last().unwrap().act, "readings.take_image");
    let none = kitchen.desk.give("readings.take_image", json!({ "image": "" })).await;
    assert_eq!(none["codes"], json!([]));
    for wrong in ["%%%", &encoded("x")[..3]] {
        let refused =
            kitchen.desk.try_give("readings.take_image", json!({ "image": wrong })).await.unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("image"));
    }
}

#[tokio::test]
async fn the_camera_of_a_browser_is_one_scan_for_what_stays_in_view() {
    let kitchen = Kitchen::open().await;
    kitchen.desk.app.set_pictures(Some(Arc::new(Album)));
    let one = token(NOON_S, 1_000, 100);
    let shown =
        |text: &str| json!({ "image": data_encoding::BASE64.encode(text.as_bytes()), "camera": true });
    let nothing = kitchen.desk.give("readings.take_image", shown("")).await;
    assert_eq!((&nothing["codes"], &nothing["outlines"]), (&json!([]), &json!([])));
    let taken = kitchen.desk.give("readings.take_image", shown(&one)).await;
    let reading = &taken["codes"][0]["reading"];
    assert_eq!((&taken["codes"][0]["outcome"], &reading["source"]), (&json!("taken"), &json!("webcam")));
    assert_eq!(taken["outlines"], json!([[[1, 2], [3, 4], [5, 6], [7, 8]]]));
    let acts = kitchen.desk.audit().len();
    for _ in 0..20 {
        kitchen.desk.turn_clock(250);
        let again = kitchen.desk.give("readings.take_image", shown(&one)).await;
        assert_eq!((&again["codes"], again["outlines"].as_array().unwrap().len()), (&json!([]), 1));
    }
    assert_eq!(kitchen.desk.audit().len(), acts, "what stays in view is on record once");
    kitchen.desk.turn_clock(3_000);
    let later = kitchen.desk.give("readings.take_image", shown(&one)).await;
    assert_eq!(
        (&later["codes"][0]["outcome"], &later["codes"][0]["reading"]["scans"]),
        (&json!("known"), &json!(2))
    );
    let mut kept = false;
    for _ in 0..400 {
        let asked = json!({ "id": reading["id"] });
        kept = kitchen.desk.try_give("readings.frame", asked).await.is_ok();
        if kept {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(kept, "its picture is kept");
}

/// Gives one value after the other.
struct Values(Mutex<VecDeque<Result<Vec<u8>, RadioFault>>>);

impl Radio for Values {
    fn scan(&self, _: Duration) -> BoxFuture<'static, Result<Vec<Peripheral>, RadioFault>> {
        let found = Peripheral {
            address: PeripheralAddress("AA:BB".to_owned()),
            name: "Kompor".to_owned(),
            rssi_dbm: Some(-60),
            services: vec!["fff0".parse().unwrap()],
        };
        Box::pin(async { Ok(vec![found]) })
    }

    fn describe(&self, _: &PeripheralAddress) -> BoxFuture<'static, Result<Vec<OfferedService>, RadioFault>> {
        Box::pin(async { Err(RadioFault::Off) })
    }

    fn read(&self, _: &PeripheralAddress, _: ReadPlan) -> BoxFuture<'static, Result<Vec<u8>, RadioFault>> {
        let value = self.0.lock().unwrap().pop_front().unwrap();
        Box::pin(async move { value })
    }

    fn write(
        &self,
        _: &PeripheralAddress,
        _: WritePlan,
        _: Secret<Vec<u8>>,
    ) -> BoxFuture<'static, Result<(), RadioFault>> {
        Box::pin(async { Err(RadioFault::Off) })
    }
}

#[tokio::test]
async fn a_value_that_was_cut_is_asked_for_again() {
    let kitchen = Kitchen::open().await;
    let desk = &kitchen.desk;
    let whole = token(NOON_S, 1_000, 100).into_bytes();
    let read = async || desk.try_give("radio.read", json!({ "address": "AA:BB" })).await;
    assert_eq!(read().await.unwrap_err().code, ErrorCode::BluetoothNoAdapter);
    let values = [Ok(whole[..20].to_vec()), Ok(whole), Err(RadioFault::Off), Ok(vec![1]), Ok(vec![2])];
    desk.app.set_radio(Some(Arc::new(Values(Mutex::new(values.into())))));
    let refused = read().await.unwrap_err();
    assert!(refused.code == ErrorCode::BluetoothNotSet && refused.message.contains("ble_service"));
    let mut settings = desk.give("settings.get", json!({})).await;
    settings["settings"]["stove"]["ble_service"] = json!("fff0");
    settings["settings"]["stove"]["ble_read"] = json!("fff1");
    desk.give("settings.set", settings).await;
    let taken = read().await.unwrap();
    assert_eq!((&taken["outcome"], &taken["reading"]["method"]), (&json!("taken"), &json!("bluetooth")));
    assert_eq!(desk.audit().last().unwrap().act, "radio.read");
    let refused = read().await.unwrap_err();
    assert!(refused.code == ErrorCode::BluetoothOff && refused.message.contains("switched off"));
    assert_eq!(read().await.unwrap()["outcome"], "unreadable");
    assert_eq!(desk.give("radio.scan", json!({})).await[0]["likely"], true);
}

#[tokio::test]
async fn phones_send_what_they_read() {
    let kitchen = Kitchen::open().await;
    let desk = &kitchen.desk;
    let phone = desk.app.caller(Surface::Api, None, "192.168.1.9", false).await;
    let password = || Secret::new("kata sandi telepon".to_owned());
    let body = format!("payload={}&username=klien-1&method=qrcode", token(NOON_S, 1_000, 100));
    assert!(desk.app.stove_sign_in(&phone, "hp-1", password()).await.is_err(), "switched off");
    let mut settings = desk.give("settings.get", json!({})).await;
    settings["settings"]["stove"]["endpoint"] = json!(true);
    desk.give("settings.set", settings).await;
    let account = json!({ "name": "hp-1", "active": true, "password": "kata sandi telepon" });
    desk.give("stove_accounts.save", account).await;
    for (name, password) in [("hp-2", password()), ("hp-1", Secret::new("salah".to_owned()))] {
        assert!(desk.app.stove_sign_in(&phone, name, password).await.is_err());
    }
    let grant = desk.app.stove_sign_in(&phone, "hp-1", password()).await.unwrap();
    assert_eq!(grant.max_age_s, 3 * 3_600);
    let submit =
        async |bearer: &Secret<String>| desk.app.stove_submit(bearer, BodyKind::Form, body.as_bytes()).await;
    let taken = submit(&grant.token).await.unwrap();
    let reading = taken.reading.unwrap();
    assert_eq!((reading.officer.as_str(), reading.note.as_str()), ("hp-1", "user klien-1"));
    assert_eq!(submit(&grant.token).await.unwrap().reading.unwrap().scans, 1, "known is success");
    assert!(matches!(
        desk.app.stove_submit(&grant.token, BodyKind::Json, b"{}").await,
        Err(SubmitRefusal::Body(_))
    ));
    for wrong in [&grant.refresh_token, &Secret::new(String::new()), &Secret::new("x".repeat(500))] {
        assert!(matches!(submit(wrong).await, Err(SubmitRefusal::Unauthorized)));
    }
    desk.turn_clock(3 * 3_600_000);
    assert!(matches!(submit(&grant.token).await, Err(SubmitRefusal::Unauthorized)));
    let next = desk.app.stove_refresh(&grant.refresh_token).await.unwrap();
    assert!(desk.app.stove_refresh(&grant.refresh_token).await.is_err(), "used up");
    submit(&next.token).await.unwrap();
    desk.give("stove_accounts.save", json!({ "name": "hp-1", "active": false })).await;
    assert!(matches!(submit(&next.token).await, Err(SubmitRefusal::Unauthorized)));
    assert_eq!(desk.give("readings.list", json!({ "filter": { "source": "http" } })).await["total"], 1);
}

#[tokio::test]
async fn the_stove_made_of_software_is_for_try_outs_only() {
    let desk = Desk::open().await;
    assert!(desk.try_give("stove.demo", json!({})).await.is_err());
    assert!(desk.app.demo_stove_display().is_none());
    let dir = tempfile::tempdir().unwrap();
    let options = AppOptions {
        database: dir.path().join("try-out.db"),
        mode: OpenMode::Write,
        try_out: true,
        clock: Arc::clone(&desk.clock) as Arc<dyn Clock>,
        vault: Arc::clone(&desk.vault) as Arc<dyn Vault>,
    };
    let app = tokio::task::spawn_blocking(move || App::open(options)).await.unwrap().unwrap();
    let give =
        async |command: &str, asked: Value| dispatch(&app, &Caller::local(), command, asked).await.unwrap();
    for (form, readings) in [("token", 1), ("bluetooth", 2), ("token", 3)] {
        let shown = give("stove.demo", json!({})).await;
        assert_eq!(shown["rows"].as_array().unwrap().len(), 41, "version 6");
        let taken = give("readings.take", json!({ "token": shown[form], "live": true })).await;
        assert_eq!(
            (&taken["signature"], &taken["reading"]["standing"]),
            (&json!("valid"), &json!("validated"))
        );
        let stove = give("stoves.get", json!({ "id": shown["id"] })).await;
        assert_eq!(stove["row"]["readings"], readings);
        assert_eq!(stove["row"]["registered"], true, "its key is in memory");
        for (registered, stoves) in [(true, 1), (false, 0)] {
            let list = give("stoves.list", json!({ "registered": registered })).await;
            assert_eq!(list["total"], stoves);
        }
        desk.turn_clock(3_600_000);
    }
    assert_eq!(app.demo_stove_display().map(|text| text.len()), Some(118));
}
