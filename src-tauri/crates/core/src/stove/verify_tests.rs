//! The two samples of the device maker's document, a public vector, and flips of every bit.

use proptest::prelude::*;

use super::*;
use crate::stove::token::TokenError;

pub(crate) const DOCUMENT_SECRET: &str = "spat9uv8choh4pl2lhewA3otrabldrUqasep";
pub(crate) const QR_SAMPLE: &str = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";
pub(crate) const BLUETOOTH_SAMPLE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MjIwOzMyLjAwMDsxMDAwOzUuMTI7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.XFep22dBJsVsFv3mRbGtGI93DlOipdkqeviR57kLcBg";

fn secret(text: &str) -> Secret<Vec<u8>> {
    Secret::new(text.as_bytes().to_vec())
}

fn token(text: &str) -> Token {
    Token::decode(text.as_bytes()).unwrap()
}

#[test]
fn the_bluetooth_sample_is_valid_with_the_documented_secret() {
    let ring = KeyRing::of(secret(DOCUMENT_SECRET));
    assert_eq!(verify(&token(BLUETOOTH_SAMPLE), Some(&ring)), Signature::Valid);
    // Without a key it is seen for what it is: anyone can read that secret in the document.
    assert_eq!(verify(&token(BLUETOOTH_SAMPLE), None), Signature::DemoKey);
}

#[test]
fn the_qr_sample_was_signed_with_the_demo_key_of_jwt_io() {
    let ring = KeyRing::of(secret(DOCUMENT_SECRET));
    assert!(!made_with(&token(QR_SAMPLE), DOCUMENT_SECRET.as_bytes()));
    assert!(made_with(&token(QR_SAMPLE), b"your-256-bit-secret"));
    for keys in [Some(&ring), None] {
        assert_eq!(verify(&token(QR_SAMPLE), keys), Signature::DemoKey);
    }
}

/// RFC 4231, test case 2.
#[test]
fn the_mac_is_the_public_one() {
    assert_eq!(
        crate::hex::lower(&mac(b"what do ya want for nothing?", b"Jefe")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
}

#[test]
fn each_key_of_the_ring_has_its_verdict() {
    let payload = "V01;00000000007;1790000000;00010.000;0002.000;APIKEY01;";
    let mut ring = KeyRing::of(secret("the current one"));
    ring.previous = Some(secret("the previous one"));
    ring.pending = Some(secret("the pending one"));
    for (key, want) in [
        ("the current one", Signature::Valid),
        ("the previous one", Signature::ValidPreviousKey),
        ("the pending one", Signature::ValidPendingKey),
        ("secret", Signature::DemoKey),
        ("somebody else's", Signature::Invalid),
    ] {
        for parts in [Parts::Two, Parts::Three] {
            let signed = token(&sign(payload, &secret(key), parts));
            assert_eq!(verify(&signed, Some(&ring)), want, "{key}");
        }
    }
    let foreign = token(&sign(payload, &secret("somebody else's"), Parts::Two));
    assert_eq!(verify(&foreign, None), Signature::UnknownStove);
}

#[test]
fn only_genuine_tokens_and_those_of_stoves_without_a_key_count() {
    for verdict in Signature::ALL {
        assert_eq!(Signature::parse(verdict.word()), Some(verdict));
        assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.word());
    }
    assert!(!Signature::Invalid.counts(true) && !Signature::DemoKey.counts(true));
    assert!(Signature::UnknownStove.counts(false) && Signature::DemoKey.counts(false));
    assert!(!Signature::DemoKey.is_genuine() && !Signature::UnknownStove.is_genuine());
}

#[test]
fn weak_keys_are_told_when_they_are_registered() {
    assert_eq!(key_warnings(DOCUMENT_SECRET.as_bytes()), [KeyWarning::PublicDemoKey]);
    assert_eq!(key_warnings(b"your-256-bit-secret"), [KeyWarning::PublicDemoKey, KeyWarning::Short]);
    assert_eq!(key_warnings(b"31 bytes are one byte too short"), [KeyWarning::Short]);
    assert_eq!(key_warnings(&[b'k'; 32]), []);
}

/// Every input that differs from a genuine one in a single bit: refused by the grammar, or not genuine.
fn flips(genuine: &str, ring: &KeyRing) {
    assert!(verify(&token(genuine), Some(ring)).is_genuine());
    for at in 0..genuine.len() {
        for bit in 0..8 {
            let mut bytes = genuine.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            if let Ok(flipped) = Token::decode(&bytes) {
                let verdict = verify(&flipped, Some(ring));
                assert_eq!(verdict, Signature::Invalid, "bit {bit} of character {at}");
            }
        }
    }
}

#[test]
fn every_flip_of_a_bit_in_the_samples_form_is_refused() {
    let key = secret(DOCUMENT_SECRET);
    let ring = KeyRing::of(key.clone());
    flips(BLUETOOTH_SAMPLE, &ring);
    flips(BLUETOOTH_SAMPLE.split_once('.').unwrap().1, &ring);
    let qr = token(QR_SAMPLE);
    for parts in [Parts::Two, Parts::Three] {
        flips(&sign(qr.payload_text(), &key, parts), &ring);
    }
}

#[test]
fn headers_that_choose_are_refused_whoever_signed_them() {
    let payload = BLUETOOTH_SAMPLE.split('.').nth(1).unwrap();
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None","typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":"HS512","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"1"}"#,
        r#"{"alg":"HS256","jku":"http://evil/"}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JOSE"}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"["HS256","JWT"]"#,
        "{}",
        "HS256",
    ] {
        let input = format!("{}.{payload}", BASE64URL_NOPAD.encode(header.as_bytes()));
        let signature = BASE64URL_NOPAD.encode(&mac(input.as_bytes(), DOCUMENT_SECRET.as_bytes()));
        for signature in [signature.as_str(), ""] {
            let refused = Token::decode(format!("{input}.{signature}").as_bytes());
            assert!(matches!(refused, Err(TokenError::Header(_) | TokenError::CutOff { .. })), "{header}");
        }
    }
}

#[test]
fn another_header_of_the_same_meaning_has_its_own_hash_and_its_own_mac() {
    let payload = BLUETOOTH_SAMPLE.split('.').nth(1).unwrap();
    let input = format!("{}.{payload}", BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#));
    let signature = BASE64URL_NOPAD.encode(&mac(input.as_bytes(), DOCUMENT_SECRET.as_bytes()));
    let ring = KeyRing::of(secret(DOCUMENT_SECRET));
    let own = token(&format!("{input}.{signature}"));
    assert_eq!(verify(&own, Some(&ring)), Signature::Valid);
    assert_eq!(token(&own.wire()).hash(), own.hash());
    // The genuine token's MAC behind this header: not genuine, and it must not take the genuine one's place.
    let forged = token(&format!("{input}.{}", BLUETOOTH_SAMPLE.split('.').nth(2).unwrap()));
    assert_eq!(verify(&forged, Some(&ring)), Signature::Invalid);
    assert_ne!(forged.hash(), token(BLUETOOTH_SAMPLE).hash());
}

proptest! {
    #[test]
    fn what_is_signed_is_valid_and_says_the_same(
        id in 0_u64..100_000_000_000, t in 100_000_000_i64..99_999_999_999, total in 0_u32..100_000_000,
        month in 0_u32..10_000_000, key in proptest::collection::vec(any::<u8>(), 1..100), three in any::<bool>(),
        electrical in proptest::option::of((0_u16..1000, 0_u32..100_000, 0_u16..10_000, 0_u16..1000)),
        colon in any::<bool>(), trailing in any::<bool>(),
    ) {
        let s = if colon { ':' } else { ';' };
        let middle = electrical.map_or(String::new(), |(v, i, p, pf)| {
            format!("{v}{s}{}.{:03}{s}{p}{s}{}.{:02}{s}", i / 1000, i % 1000, pf / 100, pf % 100)
        });
        let end = if trailing { ";" } else { "" };
        let payload = format!(
            "V01;{id:011}{s}{t}:{middle}{:05}.{:03};{:04}.{:03}{s}APIKEY07{end}",
            total / 1000, total % 1000, month / 1000, month % 1000
        );
        let key = Secret::new(key);
        let parts = if three { Parts::Three } else { Parts::Two };
        let signed = token(&sign(&payload, &key, parts));
        let other = token(&sign(&payload, &key, if three { Parts::Two } else { Parts::Three }));
        prop_assert_eq!(verify(&signed, Some(&KeyRing::of(key))), Signature::Valid);
        prop_assert_eq!(signed.hash(), other.hash());
        prop_assert_eq!(token(&signed.wire()).hash(), signed.hash());
        let reading = signed.reading().unwrap();
        prop_assert_eq!(reading.t.0, t);
        prop_assert_eq!(reading.total.0, i64::from(total));
        prop_assert_eq!(reading.month.0, i64::from(month));
        prop_assert_eq!(reading.slot.0, 7);
        prop_assert_eq!(signed.stove().to_string(), format!("{id:011}"));
        prop_assert_eq!(
            reading.electrical.map(|e| (e.volts.0, e.milliamps.0, e.watts.0, e.centi_pf.0)), electrical
        );
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Token::decode(&bytes);
    }
}
