//! Reads any text as a `+CUSD`, and any text as the string of one under every coding scheme and character set.

#![no_main]

use gerai_modem::ussd::{Form, TeCharset, complete, decode, parse, reply, request};
use libfuzzer_sys::fuzz_target;

// The first octet is the coding scheme, the second the character set (odd: no scheme was told), the rest the text.
fuzz_target!(|input: &[u8]| {
    let [dcs, charset, text @ ..] = input else { return };
    let dcs = charset.is_multiple_of(2).then_some(*dcs);
    let charset =
        [TeCharset::Gsm, TeCharset::Ira, TeCharset::Ucs2, TeCharset::Hex][usize::from(charset / 2 % 4)];
    let text = &*String::from_utf8_lossy(text);
    let _ = (complete(text), parse(text), reply(text, charset));
    let shown = decode(text, dcs, charset);
    assert!(!shown.contains('\r'), "one kind of line end");
    let hex: String = text.bytes().map(|octet| format!("{octet:02X}")).collect();
    let _ = decode(&hex, dcs, charset);
    for form in [Form::Plain, Form::Packed, Form::Ucs2] {
        if let Ok(request) = request(text, form) {
            assert!(!request.text.contains(|c: char| c == '"' || c.is_control()), "would end the command");
        }
    }
});
