//! Envelopes that are taken off, fields at their places, and everything else refused with the place.

use super::super::framing::{CANONICAL_HEADER, INPUT_BYTES_MAX, Oddity};
use super::super::verify::tests::{BLUETOOTH_SAMPLE, QR_SAMPLE};
use super::super::verify::{Parts, sign};
use super::*;
use crate::secret::Secret;

fn decode(text: &str) -> Result<Token, TokenError> {
    Token::decode(text.as_bytes())
}

/// A token of this payload, whoever signed it.
fn of(payload: &str) -> Result<Token, TokenError> {
    decode(&sign(payload, &Secret::new(b"any".to_vec()), Parts::Two))
}

#[test]
fn reads_the_samples() {
    let qr = decode(QR_SAMPLE).unwrap();
    assert_eq!((qr.stove().as_str(), qr.version()), ("00000000001", Version::V01));
    let want = Reading {
        t: UnixS(1_646_646_860),
        total: MilliKwh(10_000),
        month: MilliKwh(2_000),
        electrical: None,
        slot: KeySlot(1),
    };
    assert_eq!(qr.reading(), Some(&want));
    assert_eq!(qr.wire(), QR_SAMPLE);
    assert_eq!(qr.payload_text(), "V01;00000000001;1646646860;00010.000;0002.000;APIKEY01;");
    let bluetooth = decode(BLUETOOTH_SAMPLE).unwrap();
    let electrical = Electrical {
        volts: Volts(220),
        milliamps: MilliAmps(32_000),
        watts: Watts(1_000),
        centi_pf: CentiPf(512),
    };
    assert_eq!(bluetooth.reading(), Some(&Reading { electrical: Some(electrical), ..want }));
    assert_eq!(format!("{CANONICAL_HEADER}.{}", bluetooth.wire()), BLUETOOTH_SAMPLE);
}

/// What `printf %s "$token" | sha256sum` prints.
#[test]
fn the_hash_is_of_payload_and_signature() {
    let two = decode(QR_SAMPLE).unwrap();
    assert_eq!(two.hash().to_string(), "ac7a07c3130864e45e4ea3e852d275fc75dc50255473c92338b07149d2a370b7");
    let three = decode(&format!("{CANONICAL_HEADER}.{QR_SAMPLE}")).unwrap();
    assert_eq!(two.hash(), three.hash());
    assert_ne!(two.hash(), decode(BLUETOOTH_SAMPLE).unwrap().hash());
    assert_eq!(TokenHash::parse(&two.hash().to_string()), Some(two.hash()));
    assert_eq!(TokenHash::parse("00"), None);
}

#[test]
fn takes_off_what_was_put_around() {
    use Oddity::{Bearer, Bom, Header, Padding, Query, Quotes, StandardAlphabet, Whitespace};
    let (payload, signature) = QR_SAMPLE.split_once('.').unwrap();
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    for (input, want) in [
        (QR_SAMPLE.to_owned(), vec![]),
        (format!("\u{feff}{QR_SAMPLE}"), vec![Bom]),
        (format!(" {QR_SAMPLE}\r\n"), vec![Whitespace]),
        (format!("{QR_SAMPLE}\0\0"), vec![Whitespace]),
        (format!("{}\r\n {}", &QR_SAMPLE[..60], &QR_SAMPLE[60..]), vec![Whitespace]),
        (format!("\"{QR_SAMPLE}\""), vec![Quotes]),
        (format!("bearer {QR_SAMPLE}"), vec![Bearer]),
        (format!("'Bearer  {QR_SAMPLE}'\n"), vec![Whitespace, Quotes, Bearer]),
        (format!("payload={QR_SAMPLE}"), vec![Query]),
        (format!("https://x.id/r?a=b&payload={}#c", QR_SAMPLE.replace('.', "%2e")), vec![Query]),
        (format!("{CANONICAL_HEADER}.{QR_SAMPLE}"), vec![Header]),
        (format!("{payload}.{signature}="), vec![Padding]),
        (format!("{payload}.{}", standard(signature)), vec![StandardAlphabet]),
        (format!("{payload}.{}%3D", standard(signature)), vec![]),
    ] {
        if want.is_empty() && input != QR_SAMPLE {
            assert!(matches!(decode(&input), Err(TokenError::Base64 { .. })), "no link, no escapes");
            continue;
        }
        let token = decode(&input).unwrap_or_else(|refused| panic!("{input}: {refused}"));
        assert_eq!(token.framing().iter().collect::<Vec<_>>(), want, "{input}");
        assert_eq!(token.hash(), decode(QR_SAMPLE).unwrap().hash(), "{input}");
    }
    for oddity in Oddity::ALL {
        assert_eq!(Oddity::parse(oddity.word()), Some(oddity));
    }
}

#[test]
fn refuses_what_is_no_token_and_says_where() {
    let (payload, signature) = QR_SAMPLE.split_once('.').unwrap();
    let cut = &signature[..signature.len() - 1];
    let last = |letter: char| format!("{payload}.{cut}{letter}");
    for (input, code) in [
        (String::new(), "token_empty"),
        (" \r\n\"\"".to_owned(), "token_empty"),
        ("payload=".to_owned(), "token_empty"),
        ("x".repeat(INPUT_BYTES_MAX + 1), "token_too_long"),
        ("kompor".to_owned(), "token_parts"),
        ("a.b.c.d".to_owned(), "token_parts"),
        (format!("{QR_SAMPLE}.{QR_SAMPLE}"), "token_parts"),
        (format!("é{QR_SAMPLE}"), "token_not_ascii"),
        (format!("payload={payload}%2"), "token_link_broken"),
        (format!("payload={payload}%C3%A9"), "token_not_ascii"),
        (".".to_owned(), "token_cut_off"),
        (format!("{payload}."), "token_cut_off"),
        (format!("{payload}.{}", &signature[..41]), "token_cut_off"),
        (format!("{payload}.{}", &signature[..40]), "token_signature_length"),
        (format!("{payload}.{signature}AAAA"), "token_signature_length"),
        (last('x'), "token_trailing_bits"),
        (last('!'), "token_base64"),
        (format!("{payload}.{signature}=="), "token_base64"),
        (format!("{payload}=.{signature}"), "token_base64"),
        (format!("e30.{QR_SAMPLE}"), "token_header"),
    ] {
        let refused = decode(&input).unwrap_err();
        assert_eq!(refused.code(), code, "{input}: {refused}");
        assert!(refused.to_string().len() < 300, "{refused}");
    }
    assert_eq!(Token::decode(b"\xff\xfe").unwrap_err(), TokenError::NotAscii { at: 0 });
    assert_eq!(Token::decode(b"\xef\xbb\xbfab\xff").unwrap_err(), TokenError::NotAscii { at: 5 });
}

/// The grammar, field by field: the field that is changed, what it is changed to, and its place in the Bluetooth form.
#[test]
fn every_field_is_held_to_its_form() {
    const GOOD: [&str; 10] = [
        "V01",
        "00000000001",
        "1646646860",
        "220",
        "32.000",
        "1000",
        "5.12",
        "00010.000",
        "0002.000",
        "APIKEY01",
    ];
    for (index, field, wrong) in [
        (0, Field::Version, vec!["", "V1", "v01", "V001", "01", "V0x", " V01"]),
        (1, Field::Id, vec!["", "0000000001", "000000000012", "0000000000a", "-0000000001", "0000000000 "]),
        (2, Field::T, vec!["", "12345678", "123456789012", "-1646646860", "1646646860.0", "0x64646860"]),
        (3, Field::Volts, vec!["", "2200", "220.0", "-20", "+20"]),
        (4, Field::Amps, vec!["", "32", "32.00", "32.0000", "132.000", "3,200", "-2.000"]),
        (5, Field::Watts, vec!["", "10000", "1e3", "1000.0"]),
        (6, Field::PowerFactor, vec!["", "5", "5.1", "5.123", "15.12", ".12"]),
        (7, Field::Total, vec!["", "000010.000", "10", "10.00", "10.0000", "NaN", "1e2.000"]),
        (8, Field::Month, vec!["", "00002.000", "2", "2.0", "-2.000", "inf"]),
        (9, Field::Slot, vec!["", "APIKEY", "APIKEY1", "APIKEY001", "apikey01", "APIKEY0x", "KEY01"]),
    ] {
        for bad in wrong {
            let mut fields = GOOD;
            fields[index] = bad;
            // With something after it, so that an empty last field is not the separator at the end.
            let payload = format!("{};", fields.join(";"));
            let at = fields[..index].iter().map(|field| field.len() + 1).sum();
            match of(&payload).unwrap_err() {
                TokenError::Field { field: told, number, at: place, found } => {
                    assert_eq!((told, number, place), (field, index + 1, at), "{payload}");
                    assert!(bad.starts_with(found.trim_end_matches('…')), "{found}");
                }
                other => panic!("{payload}: {other}"),
            }
        }
    }
    assert!(of(&GOOD.join(";")).is_ok() && of(&GOOD.join(":")).is_ok());
}

#[test]
fn six_fields_or_ten_and_one_separator_at_the_end() {
    let fields = "V01;00000000001:1646646860:00010.000;0002.000;APIKEY01";
    for end in ["", ";", ":"] {
        assert!(of(&format!("{fields}{end}")).is_ok());
    }
    for (payload, count) in [
        (format!("{fields};;"), 7),
        (format!("{fields};x"), 7),
        ("V01;00000000001;1646646860;00010.000;0002.000".to_owned(), 5),
        ("V01;00000000001".to_owned(), 2),
    ] {
        assert_eq!(of(&payload).unwrap_err(), TokenError::FieldCount { fields: count }, "{payload}");
    }
    assert_eq!(of("V01").unwrap_err(), TokenError::FieldCount { fields: 1 });
    for (payload, at, byte) in [("V01\n", 3, b'\n'), ("\u{e9}", 0, 0xc3), ("V01;\0", 4, 0), ("\x7f", 0, 0x7f)]
    {
        assert_eq!(of(payload).unwrap_err(), TokenError::PayloadByte { at, byte });
    }
}

#[test]
fn an_unknown_version_is_kept_and_not_guessed_at() {
    let token = of("V02;00000000009;what;ever;it=says").unwrap();
    assert_eq!((token.version(), token.stove().as_str()), (Version(2), "00000000009"));
    assert_eq!(token.reading(), None);
    // What looks like V01 is not read as V01.
    assert_eq!(of("V00;00000000009;1646646860;1.000;1.000;APIKEY01").unwrap().reading(), None);
    assert!(matches!(of("V02;9;x"), Err(TokenError::Field { field: Field::Id, .. })));
}

#[test]
fn no_token_is_shown_whole() {
    let token = decode(QR_SAMPLE).unwrap();
    let shown = format!("{token:?}");
    assert!(!shown.contains("0002.000") && !shown.contains(&QR_SAMPLE[..40]), "{shown}");
    let long = of(&format!("V01;{};1;1;1;1", "7".repeat(300))).unwrap_err().to_string();
    assert!(long.contains("7777777777777777…") && long.len() < 200, "{long}");
}

#[test]
fn a_stoves_number_is_eleven_digits_everywhere() {
    let id: StoveId = serde_json::from_str("\"00000000001\"").unwrap();
    assert_eq!(serde_json::to_string(&id).unwrap(), "\"00000000001\"");
    assert!(
        serde_json::from_str::<StoveId>("\"1\"").is_err() && serde_json::from_str::<StoveId>("1").is_err()
    );
    assert_eq!(StoveId::parse("０００００００００００"), None);
}
