//! Texts of `+CUSD` in all their forms.

use gerai_core::port::lines::UssdState;
use proptest::prelude::*;

use super::*;
use crate::pdu::{Tables, octets};

fn check(text: &str, dcs: u8, want: &str) {
    assert_eq!(decode(text, Some(dcs), TeCharset::Ira), want, "{text} {dcs}");
}

fn hex_of_units(text: &str) -> String {
    octets::to_hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>())
}

fn hex_of_packed(text: &str) -> String {
    octets::to_hex(&request::packed(Tables::DEFAULT.septets(text).unwrap()))
}

#[test]
fn plain_text() {
    check("Sisa pulsa Rp 5.000", 15, "Sisa pulsa Rp 5.000");
    check("Pilih:\r\n1. Pulsa\r\n2. Kuota\r\n", 15, "Pilih:\n1. Pulsa\n2. Kuota");
    check("", 15, "");
    // Digits only are digits, even where they could be read as something else.
    for digits in ["5000", "12345", "0812", "081234567890", "2026", "100000", "50313233"] {
        check(digits, 15, digits);
    }
    // A scheme of UCS-2 or octets, but the modem has already made characters of it.
    check("Saldo habis", 72, "Saldo habis");
    check("Saldo habis", 68, "Saldo habis");
    // Seven spare bits that the modem took for '@'.
    check("Pulsa 5@", 15, "Pulsa 5");
    check("Pulsa 50@", 15, "Pulsa 50@");
    check("Pulsa 5\r", 15, "Pulsa 5");
}

#[test]
fn ucs2_in_hexadecimal() {
    // S=0053 a=0061 l=006C d=0064 o=006F.
    check("00530061006C0064006F", 72, "Saldo");
    check("00530061006C0064006F", 15, "Saldo");
    check("00530061006c0064006f", 0x08, "Saldo");
    check("0420044304310031", 15, "Руб1");
    check("4F60597D4F60597D", 72, "你好你好");
    check("004100310D0A".replace("0D0A", "000D000A").as_str(), 72, "A1");
    // 0x11: e=65 n=6E packed in two octets: 65, then 6E without its lowest bit: 37. Some leave the language out.
    check("65370053", 0x11, "S");
    check("00530061", 0x11, "Sa");
    // A lone surrogate is no text: shown as it stands.
    check("D83D", 72, "D83D");
    assert_eq!(decode("00530061", Some(15), TeCharset::Ucs2), "Sa");
}

#[test]
fn packed_in_hexadecimal() {
    check("E8329BFD4697D9EC37", 15, "hellohello");
    check(&hex_of_packed("Sisa pulsa Rp 5.000 s/d 31/12/2026"), 15, "Sisa pulsa Rp 5.000 s/d 31/12/2026");
    // *100#: 2A with the lowest bit of 31 on top = AA, 31 >> 1 = 18, 30 >> 2 = 0C, 30 >> 3 with 3 on top = 36, 02.
    check("AA180C3602", 15, "*100#");
    // Seven characters: the last seven bits hold a carriage return (0D): 1A in the top of the last octet.
    assert_eq!(hex_of_packed("ABCDEFG"), "41E19058341E1B");
    check("41E19058341E1B", 15, "ABCDEFG");
    // Zeros in their place are an old habit.
    check("41E19058341E01", 15, "ABCDEFG");
    // 0x10: "en" and a carriage return first.
    check(&hex_of_packed("en\rSaldo Rp 5.000"), 0x10, "Saldo Rp 5.000");
    check("en\rSaldo", 0x10, "Saldo");
}

#[test]
fn octets_in_hexadecimal() {
    check("53616C646F", 68, "Saldo");
    check("53616C646F", 15, "Saldo");
    check("00530061", 68, "Sa");
    check("C3A9", 68, "é");
    check("E9", 68, "é");
    assert_eq!(decode("53616C646F", Some(15), TeCharset::Hex), "Saldo");
    assert_eq!(decode("E8329BFD4697D9EC37", Some(15), TeCharset::Hex), "hellohello");
}

#[test]
fn notices() {
    let parsed = |line: &str| parse(line).map(|n| (n.state, n.text, n.dcs));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(parsed("+CUSD: 1,\"Menu\",15"), Some((UssdState::Answerable, text("Menu"), Some(15))));
    assert_eq!(
        parsed("+CUSD:0,\"a, \"b\", c\" , 72"),
        Some((UssdState::Done, text("a, \"b\", c"), Some(72)))
    );
    assert_eq!(
        parsed("+CUSD: 0,\"a\r\n,15\r\nb\",15\r\n"),
        Some((UssdState::Done, text("a\r\n,15\r\nb"), Some(15)))
    );
    assert_eq!(parsed("2"), Some((UssdState::Ended, None, None)));
    assert_eq!(parsed("+CUSD: 5"), Some((UssdState::TimedOut, None, None)));
    assert_eq!(parsed("+CUSD: 4,"), Some((UssdState::Unsupported, None, None)));
    assert_eq!(parsed("+CUSD: 3,\"\""), Some((UssdState::Elsewhere, text(""), None)));
    assert_eq!(parsed("+CUSD: 0,Saldo 5,000,15"), Some((UssdState::Done, text("Saldo 5,000"), Some(15))));
    assert_eq!(parsed("+CUSD: 0,\"cut"), Some((UssdState::Done, text("cut"), None)));
    assert_eq!(parsed("+CUSD: 7"), None);
    assert_eq!(parsed("+CUSD:"), None);
    let replied = reply("+CUSD: 1,\"E8329BFD4697D9EC37\",15", TeCharset::Gsm).unwrap();
    assert_eq!((replied.state, replied.text.as_str()), (UssdState::Answerable, "hellohello"));
    assert_eq!(reply("+CUSD: 2", TeCharset::Gsm).unwrap().text, "");
}

#[test]
fn where_a_notice_ends() {
    for whole in [
        "+CUSD: 2",
        "+CUSD: 0,\"a\",15",
        "+CUSD: 0,\"a\"",
        "+CUSD: 0,\"a\nb\", 15",
        "+CUSD: 0,a,15",
        "+CUSD: 0,\"\"",
    ] {
        assert!(complete(whole), "{whole}");
    }
    for begun in ["+CUSD: 0,\"a", "+CUSD: 0,\"", "+CUSD: 0,\"a \"b\" c", "+CUSD: 0,\"a \"b\", c"] {
        assert!(!complete(begun), "{begun}");
    }
}

#[test]
fn requests() {
    let sent = |text: &str, form| request(text, form).map(|request| (request.text, request.dcs));
    assert_eq!(sent("*888#", Form::Plain), Ok(("*888#".to_owned(), 15)));
    // 2A 38 38 38 23. 2A with the lowest bit of 38 on top = 2A; 38 >> 1 = 1C; 38 >> 2 = 0E; 38 >> 3 = 07 with the low
    // half of 23 on top = 37; the rest of 23 = 02.
    assert_eq!(sent("*888#", Form::Packed), Ok(("2A1C0E3702".to_owned(), 15)));
    assert_eq!(sent("*888#", Form::Ucs2), Ok(("002A0038003800380023".to_owned(), 15)));
    assert_eq!(sent("пин", Form::Ucs2), Ok(("043F0438043D".to_owned(), 72)));
    assert_eq!(sent("", Form::Plain), Err(UssdError::Empty));
    assert_eq!(sent("*1\"#", Form::Plain), Err(UssdError::Character(3)));
    assert_eq!(sent("*1\r\nATD", Form::Ucs2), Err(UssdError::Character(3)));
    assert_eq!(sent("*é#", Form::Plain), Err(UssdError::Character(2)));
    assert_eq!(sent("*п#", Form::Packed), Err(UssdError::Character(2)));
    assert_eq!(sent(&"1".repeat(183), Form::Packed), Err(UssdError::TooLong(161)));
    assert!(request(&"1".repeat(182), Form::Packed).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn anything_is_a_text(text in "\\PC{0,80}|[0-9A-F]{0,80}|[0-9a-f\r\n]{0,40}", dcs: Option<u8>, charset in 0..4) {
        let charset = [TeCharset::Gsm, TeCharset::Ira, TeCharset::Ucs2, TeCharset::Hex][charset as usize];
        let _ = decode(&text, dcs, charset);
        let _ = (complete(&text), parse(&text));
        let _ = reply(&format!("+CUSD: 0,\"{text}\",15"), charset);
    }

    #[test]
    fn sentences_survive_every_form(text in "[A-Za-z][A-Za-z0-9 .,:/*#-]{24,150}") {
        // Long enough that no other reading of it makes sense by chance.
        let text = text.trim_end();
        prop_assume!(text.chars().any(|c| !c.is_ascii_hexdigit()) && text.len() > 20);
        check(text, 15, text);
        check(&hex_of_packed(text), 15, text);
        check(&hex_of_units(text), 15, text);
        check(&hex_of_units(text), 72, text);
        check(&octets::to_hex(text.as_bytes()), 68, text);
    }

    #[test]
    fn a_request_says_what_was_typed(code in "[*#][0-9*#]{1,60}") {
        let packed = request(&code, Form::Packed).unwrap();
        prop_assert_eq!(decode::packed(&octets::hex_pairs(&packed.text).unwrap()), code.clone());
        let ucs2 = request(&code, Form::Ucs2).unwrap();
        prop_assert_eq!(decode(&ucs2.text, Some(15), TeCharset::Ucs2), code);
    }
}
