//! Marked codes go through the queue while the station is killed at every state. Afterwards no text of theirs is in any file,
//! in any form in which a text can lie somewhere, and a minute later none is in the memory of the station that runs on.

use std::time::Duration;

use gerai_core::secret::Secret;
use serde_json::{Value, json};

use crate::run_with_secrets::{Place, Running};
use crate::sms::{lines_ready, modems, must, place, until};
use crate::sought::{Sought, files_below};

/// The states at which the station dies, one life each.
const POINTS: [&str; 6] = [
    "sms-before-commit:1",
    "sms-after-intent:1",
    "sms-before-ctrl-z:1",
    "sms-after-ctrl-z:1",
    "sms-after-final:1",
    "sms-after-result:1",
];
/// After this long nothing of a code may be in the memory of the process.
const MEMORY_AFTER: Duration = Duration::from_secs(62);

/// A code with a mark that is nowhere else.
fn code(n: usize) -> String {
    format!("Kode masuk Anda KANARIOTP{n:02}QZXW7391{n:02} jangan berikan")
}

/// The mark, and its packed 7-bit septets at each of the eight places of an octet where one can begin; the search itself
/// knows UTF-16, hexadecimal and base64 of each.
fn forms(sought: &mut Sought, name: &str, text: &str) {
    let mark = text.split(' ').find(|word| word.starts_with("KANARI")).unwrap();
    sought.add(name, mark);
    for phase in 0..8 {
        // Septets of the default alphabet are those of ASCII for these characters.
        let mut bits = vec![0_u8; phase];
        for byte in mark.bytes() {
            bits.extend((0..7).map(|bit| byte >> bit & 1));
        }
        let octet = |bits: &[u8]| bits.iter().enumerate().fold(0, |sum, (bit, value)| sum | value << bit);
        // The first octet carries bits of what stands before it.
        let packed: Vec<u8> = bits.chunks_exact(8).skip(1).map(octet).collect();
        sought.add_bytes(name, &packed);
    }
}

fn token(place: &Place) -> Secret<String> {
    // A station that nobody owns lets no program in.
    place.must(
        &["operator", "add", "--name", "pemilik", "--role", "owner", "--password-stdin"],
        "kata sandi pemilik panjang\n",
    );
    let issued = must(place, "tokens.issue", json!({ "name": "bank", "role": "operator", "hours": 2 }));
    Secret::new(issued["token"].as_str().unwrap().to_owned())
}

fn send(station: &Running, token: &Secret<String>, n: usize) -> Option<Value> {
    let asked = json!({ "request_id": format!("otp-{n}"), "to": [format!("0813{:08}", n + 1)], "text": code(n), "class": "otp" });
    let bearer = format!("Bearer {}", token.expose());
    let answer = station.try_rpc("sms.send", &asked, &[("Authorization", &bearer)])?;
    // A station that dies in the middle of its answer says nothing.
    (answer.status != 0).then_some(())?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Some(answer.body)
}

#[test]
fn codes_leave_no_trace_on_the_disk_nor_later_in_memory() {
    let place = place();
    let _simulator = modems(&place, 2, 40);
    let mut sought = Sought::default();
    let mut n = 0;
    let bearer = {
        let _station = Running::start(&place, "first.log", None);
        token(&place)
    };
    for (life, point) in POINTS.into_iter().enumerate() {
        let Some(mut station) = Running::try_start(&place, &format!("station-{life}.log"), Some(point))
        else {
            continue;
        };
        for _ in 0..40 {
            if !station.is_running() {
                break;
            }
            forms(&mut sought, &format!("code {n}"), &code(n));
            let _ = send(&station, &bearer, n);
            n += 1;
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(!station.is_running(), "{point} was never reached");
    }
    let station = Running::start(&place, "last.log", None);
    lines_ready(&place, 2);
    forms(&mut sought, "last code", &code(n));
    let id = send(&station, &bearer, n).unwrap()["ids"][0].as_i64().unwrap();
    until("the last code delivered", 30, || {
        must(&place, "sms.show", json!({ "id": id }))["row"]["state"] == "delivered"
    });
    let detail = must(&place, "sms.show", json!({ "id": id }));
    assert_eq!(detail["text"], Value::Null, "nobody sees the text of a code");
    // The search finds what is there.
    place.plant("tmp/planted", format!("... {} ...", code(0)).as_bytes());
    let found = sought.in_files(&files_below(&place.path("tmp")));
    assert_eq!(found.len(), 1, "the planted code is found: {found:?}");
    std::fs::remove_file(place.path("tmp/planted")).unwrap();
    for folder in ["data", "tmp", "logs", "home"] {
        let found = sought.in_files(&files_below(&place.path(folder)));
        assert!(found.is_empty(), "{folder}: {found:?}");
    }
    std::thread::sleep(MEMORY_AFTER);
    let dump = station.dump(&place);
    let found = sought.in_files(&[dump]);
    assert!(found.is_empty(), "in memory: {found:?}");
}
