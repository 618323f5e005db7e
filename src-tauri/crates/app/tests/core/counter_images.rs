//! A shop's pictures on its idle counters: which files, how many, for which till, in which order, and for whose eyes.

use std::sync::Arc;

use gerai_app::access::{Caller, SessionChange};
use gerai_app::contract::{ErrorCode, dispatch};
use gerai_core::port::pictures::{Pictures, Still, StillKind};
use gerai_core::port::scan::CodeFound;
use serde_json::{Value, json};

use crate::support::Desk;

/// Knows pictures by their first word: `PNG`, `JPEG` or `WEBP`; the rest is what is on it.
struct Frames;

impl Pictures for Frames {
    fn codes(&self, _: &[u8]) -> Result<Vec<CodeFound>, String> {
        Ok(Vec::new())
    }

    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String> {
        Ok(jpeg.to_vec())
    }

    fn still(&self, file: &[u8]) -> Result<Still, String> {
        let kind = match file.split(|byte| *byte == b' ').next() {
            Some(b"PNG") => StillKind::Png,
            Some(b"JPEG") => StillKind::Jpeg,
            Some(b"WEBP") => StillKind::WebP,
            _ => return Err("this is a text, not a picture".to_owned()),
        };
        Ok(Still { kind, width: 1_920, height: 1_080 })
    }
}

async fn desk() -> Desk {
    let desk = Desk::open().await;
    desk.app.set_pictures(Some(Arc::new(Frames)));
    desk
}

fn picture(name: &str, file: &str) -> Value {
    json!({ "name": name, "till_id": null, "image": data_encoding::BASE64.encode(file.as_bytes()) })
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap()).collect()
}

async fn refused(desk: &Desk, asked: Value) -> (ErrorCode, Option<String>) {
    let error = desk.try_give("counter_images.add", asked).await.unwrap_err();
    (error.code, error.field)
}

#[tokio::test]
async fn a_picture_is_kept_as_it_came_and_shown_to_every_counter() {
    let desk = desk().await;
    let list = desk.give("counter_images.add", picture(" Menu siang ", "PNG nasi goreng")).await;
    let one = &list[0];
    assert_eq!((&one["name"], &one["media"]), (&json!("Menu siang"), &json!("image/png")));
    assert_eq!((&one["width"], &one["height"], &one["bytes"]), (&json!(1_920), &json!(1_080), &json!(15)));
    assert_eq!((&one["till_id"], &one["added_ms"]), (&Value::Null, &json!(desk.clock_ms())));
    let shown = desk.give("counter.show", json!({})).await;
    let (id, mark) = (&one["id"], &one["mark"]);
    assert_eq!(shown["images"], json!([{ "id": id, "mark": mark, "name": "Menu siang" }]));
    assert_eq!(shown["settings"]["image_seconds"], json!(10));
    let file = desk.give("counter.image", json!({ "id": id })).await;
    let kept = data_encoding::BASE64.decode(file["image"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!((kept.as_slice(), &file["media"]), (&b"PNG nasi goreng"[..], &json!("image/png")));
    let record = desk.audit().pop().unwrap();
    assert_eq!(record.act, "counter_images.add");
    assert_eq!(record.subject, format!("picture {id}, Menu siang, for all tills"));
    desk.assert_whole().await;
}

#[tokio::test]
async fn eight_are_kept_and_the_ninth_is_refused() {
    let desk = desk().await;
    for number in 1..=8 {
        desk.give("counter_images.add", picture(&format!("{number}"), &format!("JPEG {number}"))).await;
    }
    let ninth = refused(&desk, picture("9", "JPEG 9")).await;
    assert_eq!(ninth, (ErrorCode::Refused, Some("image".to_owned())));
    let list = desk.give("counter_images.list", json!({})).await;
    assert_eq!(names(&list), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    let (third, last) = (list[2]["id"].clone(), list[7]["id"].clone());
    desk.give("counter_images.remove", json!({ "id": third })).await;
    let list = desk.give("counter_images.add", picture("9", "JPEG 9")).await;
    assert_eq!(names(&list), ["1", "2", "4", "5", "6", "7", "8", "9"]);
    assert!(list[7]["id"].as_i64() > last.as_i64(), "a number is never given twice");
    let gone = desk.try_give("counter.image", json!({ "id": third })).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
    let again = desk.try_give("counter_images.remove", json!({ "id": third })).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_ninth_does_not_slip_in_when_two_come_at_once() {
    let desk = desk().await;
    for number in 1..=7 {
        desk.give("counter_images.add", picture(&format!("{number}"), &format!("WEBP {number}"))).await;
    }
    let (one, other) = tokio::join!(
        desk.try_give("counter_images.add", picture("a", "PNG a")),
        desk.try_give("counter_images.add", picture("b", "PNG b")),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    assert_eq!(desk.give("counter_images.list", json!({})).await.as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_at_its_field() {
    let desk = desk().await;
    let image = || Some("image".to_owned());
    let not_base64 = json!({ "name": "Menu", "till_id": null, "image": "%%%" });
    for asked in [picture("Menu", "nasi goreng 15.000"), picture("Menu", ""), not_base64] {
        assert_eq!(refused(&desk, asked).await, (ErrorCode::Invalid, image()));
    }
    for name in ["", "  ", "a\nb", &"a".repeat(81)] {
        assert_eq!(
            refused(&desk, picture(name, "PNG menu")).await,
            (ErrorCode::Invalid, Some("name".to_owned()))
        );
    }
    let mut elsewhere = picture("Menu", "PNG menu");
    elsewhere["till_id"] = json!(99);
    assert_eq!(refused(&desk, elsewhere).await, (ErrorCode::NotFound, Some("till_id".to_owned())));
    let mut sent = picture("Menu", "PNG menu");
    sent["image"] = json!(format!("data:image/png;base64,{}", sent["image"].as_str().unwrap()));
    desk.give("counter_images.add", sent).await;
    assert_eq!(
        refused(&desk, picture("Sekali lagi", "PNG menu")).await,
        (ErrorCode::Taken, image()),
        "sent twice"
    );
    desk.app.set_pictures(None);
    assert_eq!(refused(&desk, picture("Menu", "PNG other")).await, (ErrorCode::Unavailable, None));
    assert_eq!(names(&desk.give("counter_images.list", json!({})).await), ["Menu"]);
}

#[tokio::test]
async fn the_order_is_the_administrators() {
    let desk = desk().await;
    for name in ["a", "b", "c", "d"] {
        desk.give("counter_images.add", picture(name, &format!("PNG {name}"))).await;
    }
    let id_of = async |name: &str| {
        let list = desk.give("counter_images.list", json!({})).await;
        let found = list.as_array().unwrap().iter().find(|image| image["name"] == name).cloned();
        found.unwrap()["id"].clone()
    };
    for (name, to, order) in [
        ("d", 0, ["d", "a", "b", "c"]),
        ("d", 2, ["a", "b", "d", "c"]),
        ("a", 99, ["b", "d", "c", "a"]),
        ("c", 2, ["b", "d", "c", "a"]),
    ] {
        let moved = desk.give("counter_images.move", json!({ "id": id_of(name).await, "to": to })).await;
        assert_eq!(names(&moved), order, "{name} to {to}");
    }
    let record = desk.audit().pop().unwrap();
    assert_eq!(
        (record.act.as_str(), record.before.as_deref()),
        ("counter_images.move", Some(r#"{"place":3}"#))
    );
    let shown = desk.give("counter.show", json!({})).await;
    assert_eq!(names(&shown["images"]), ["b", "d", "c", "a"]);
    let below = desk.try_give("counter_images.move", json!({ "id": id_of("a").await, "to": -1 })).await;
    assert_eq!(below.unwrap_err().field.as_deref(), Some("to"));
    let nobody = desk.try_give("counter_images.move", json!({ "id": 77, "to": 0 })).await;
    assert_eq!(nobody.unwrap_err().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_counter_sees_its_own_pictures_and_no_others() {
    let desk = desk().await;
    desk.give("operators.add", json!({ "name": "rina", "password": "kata sandi panjang", "role": "owner" }))
        .await;
    let second = desk.give("tills.create", json!({ "name": "Meja 2", "place": "", "price": 900 })).await;
    let mut own = picture("Meja 1", "PNG one");
    own["till_id"] = json!(desk.till);
    let mut others = picture("Meja 2", "PNG two");
    others["till_id"] = second["id"].clone();
    for asked in [picture("Semua", "PNG all"), own, others] {
        desk.give("counter_images.add", asked).await;
    }
    let all = desk.give("counter_images.list", json!({})).await;
    let counter = counter_of(&desk, desk.till).await;
    let shown = dispatch(&desk.app, &counter, "counter.show", json!({})).await.unwrap();
    assert_eq!(names(&shown["images"]), ["Semua", "Meja 1"]);
    for (place, seen) in [(0, true), (1, true), (2, false)] {
        let asked = json!({ "id": all[place]["id"] });
        let answer = dispatch(&desk.app, &counter, "counter.image", asked).await;
        assert_eq!(answer.is_ok(), seen, "{place}");
    }
    for command in ["counter_images.list", "counter_images.add", "counter_images.remove"] {
        let told = dispatch(&desk.app, &counter, command, json!({ "id": 1 })).await.unwrap_err();
        assert_eq!(told.code, ErrorCode::Forbidden, "{command}");
    }
    let nobody = desk.browser(None).await;
    let told = dispatch(&desk.app, &nobody, "counter.image", json!({ "id": 1 })).await.unwrap_err();
    assert_eq!(told.code, ErrorCode::SignedOut);
}

/// A counter that was paired with a till.
async fn counter_of(desk: &Desk, till: i64) -> Caller {
    let code = desk.give("tills.pairing_code", json!({ "id": till })).await;
    let screen = desk.browser(None).await;
    dispatch(&desk.app, &screen, "counter.pair", json!({ "code": code["code"] })).await.unwrap();
    let Some(SessionChange::Opened { token, .. }) = screen.take_session_change() else { panic!() };
    desk.browser(Some(token)).await
}

#[tokio::test]
async fn pictures_stay_over_a_restart() {
    let desk = desk().await;
    desk.give("counter_images.add", picture("Jam buka", "JPEG 08.00")).await;
    let desk = desk.restart().await;
    assert_eq!(names(&desk.give("counter.show", json!({})).await["images"]), ["Jam buka"]);
}
