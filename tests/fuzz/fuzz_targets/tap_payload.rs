//! Any bytes as what a card reader publishes, on the legacy topic and on a v2 topic: no panic, nothing that is no card is
//! taken for one, and whatever is answered fits the packets of the smallest readers.

#![no_main]

use gerai_core::money::Rupiah;
use gerai_core::tap::Outcome;
use gerai_core::tap::payload::{
    ECHO_CHARS_MAX, PAYLOAD_BYTES_MAX, TapRequest, echo, id_of, is_request_id, parse_legacy, parse_v2,
};
use gerai_core::tap::wire::{RESULT_BYTES_MAX, V2Result, legacy_answer};
use libfuzzer_sys::fuzz_target;

fn sound(request: &TapRequest, payload: &[u8]) {
    assert!(payload.len() <= PAYLOAD_BYTES_MAX);
    let digits = request.card.digits();
    assert!((5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()), "{digits}");
    assert!(request.id.as_deref().is_none_or(is_request_id));
    assert!(request.amount.is_none_or(|amount| amount.0 > 0));
}

fuzz_target!(|payload: &[u8]| {
    if let Ok(request) = parse_legacy(payload) {
        sound(&request, payload);
    }
    let v2 = parse_v2(payload);
    if let Ok(request) = &v2 {
        sound(request, payload);
        assert!(request.id.is_some() && request.id == id_of(payload));
    }
    let echoed = echo(payload);
    assert!(echoed.len() <= ECHO_CHARS_MAX && echoed.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
    let most = Rupiah(i64::MAX);
    for outcome in Outcome::ALL {
        assert!(legacy_answer(outcome, &echoed, most, most).body.len() < 240);
        let id = id_of(payload).unwrap_or_default();
        let result = V2Result { id, st: outcome, bal: i64::MAX, tx: Some(i64::MAX) };
        assert!(result.to_json("", None, true).len() <= RESULT_BYTES_MAX);
    }
});
