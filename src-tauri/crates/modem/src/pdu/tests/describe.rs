//! The description of a PDU as JSON.

use serde_json::{Value, json};

use super::*;

fn described(hex: &str) -> Value {
    serde_json::to_value(describe(&hex.replace(' ', "")).unwrap()).unwrap()
}

#[test]
fn a_message_that_came() {
    let told = described(&format!("07912618010000F0{}", &deliver_with("44", "10", "08050003AB020182")[2..]));
    let want = json!({
        "type": "SMS-DELIVER",
        "smsc": { "number": "+62811000000", "ton": "international", "npi": 1 },
        "sender": { "number": "+6281234567890", "ton": "international", "npi": 1 },
        "pid": 0,
        "dcs": {
            "value": 16, "alphabet": "gsm7", "class": 0, "flash": true, "compressed": false,
            "automatic_deletion": false, "reserved": false, "message_waiting": null,
        },
        "scts": { "time": "2026-11-27T10:51:35+07:00", "unix_ms": 1_795_751_495_000_i64, "hex": "62117201155382" },
        "more_messages": false,
        "loop_prevention": false,
        "status_report_indicated": false,
        "reply_path": false,
        "udh": {
            "elements": [{ "element": "concatenation", "reference": 171, "reference_bits": 8, "total": 2, "sequence": 1 }],
            "faulty": false,
        },
        "text": "A",
        "binary": false,
        "units": 1,
        // First octet 1, TP-OA 9, PID 1, DCS 1, SCTS 7, UDL 1, UD 7.
        "tpdu_octets": 27,
        "trailing_octets": 0,
    });
    assert_eq!(told, want);
}

#[test]
fn a_message_to_send() {
    let told = described("0031 2A 03 81 88F8 00 C8 A7 02 9B32");
    assert_eq!(told["type"], "SMS-SUBMIT");
    assert_eq!(told["smsc"], Value::Null);
    assert_eq!(told["tp_mr"], 42);
    assert_eq!(told["recipient"]["number"], "888");
    assert_eq!(told["status_report_requested"], true);
    // A7 = 167: 12 hours and 24 halves.
    assert_eq!(told["validity"], json!({ "format": "relative", "value": 167, "seconds": 86_400 }));
    assert_eq!(
        told["dcs"]["message_waiting"],
        json!({ "kind": "voicemail", "active": true, "store": false })
    );
    assert_eq!(told["text"], "€");
    assert_eq!(told["units"], 2);
}

#[test]
fn a_status_report() {
    let told = described("00062A0D91261832547698F0 62117201155382 00000000000000 46");
    assert_eq!(told["type"], "SMS-STATUS-REPORT");
    assert_eq!(
        told["status"],
        json!({ "value": 70, "class": "failed", "meaning": "validity period expired" })
    );
    assert_eq!(told["discharge"], json!({ "time": null, "unix_ms": null, "hex": "00000000000000" }));
    assert_eq!(told["dcs"], Value::Null);
    assert_eq!(told.get("text"), None);
}

#[test]
fn elements() {
    let header = "0605040B8423F0 2401 01 2501 0D 0102 8003 7001 AA".replace(' ', "");
    // The header's own length octet replaces the first one: 6 + 3 + 3 + 4 + 3 octets.
    let header = format!("13{}", &header[2..]);
    let told = described(&deliver_with("44", "04", &format!("14{header}")));
    let want = json!([
        { "element": "ports", "destination": 2948, "source": 9200, "bits": 16 },
        { "element": "single_shift", "value": 1, "language": "turkish" },
        { "element": "locking_shift", "value": 13, "language": "urdu" },
        { "element": "special_message", "kind": 0, "count": 3, "store": true },
        { "element": "other", "id": 112, "hex": "AA" },
    ]);
    assert_eq!(told["udh"]["elements"], want);
    assert_eq!(told["binary"], true);
}

#[test]
fn refusals_name_the_field() {
    let error = |hex: &str| describe(hex).err().unwrap().to_string();
    assert_eq!(error("0004"), "the PDU ends within TP-OA: 1 octets wanted, 0 left");
    assert_eq!(error("00 04"), "character 3 is no hexadecimal digit; a PDU is written as pairs of them");
}
