//! SMS-SUBMIT: from the queue's parts to hexadecimal digits.

use gerai_core::phone::Destination;
use gerai_core::port::lines::{Concat, SubmitPart};
use gerai_core::secret::Secret;
use gerai_core::sms::text::{Alphabet, split};
use proptest::prelude::*;

use super::*;

fn part(to: &str, text: &str) -> SubmitPart {
    SubmitPart {
        to: Destination::parse(to, "62").unwrap(),
        text: Secret::new(text.to_owned()),
        alphabet: Alphabet::of(text),
        concat: None,
        flash: false,
        validity_minutes: None,
        status_report: false,
        more_follow: false,
    }
}

fn check(part: &SubmitPart, hex: &str, length: usize) {
    let pdu = submit(part).unwrap();
    assert_eq!((pdu.hex.expose().as_str(), pdu.length), (hex, length));
}

#[test]
fn the_classic() {
    // First octet 01: SMS-SUBMIT, no validity. TP-MR 00. Address: 13 digits = 0D, type 91 (international, ISDN), digits
    // swapped in pairs, F fills the last. PID 00, DCS 00, 10 septets = 0A.
    check(&part("+6281234567890", "hellohello"), "0001000D91261832547698F000000AE8329BFD4697D9EC37", 23);
}

#[test]
fn what_the_first_octet_says() {
    let mut sent = part("888", "");
    // A short code: 3 digits of unknown type, 81 in all.
    check(&sent, "0001000381 88F8 0000 00".replace(' ', "").as_str(), 9);
    sent.status_report = true;
    sent.validity_minutes = Some(10);
    sent.flash = true;
    // 01 + 20 (TP-SRR) + 10 (relative TP-VP) = 31. DCS 10: class 0. TP-VP 01: (1 + 1) · 5 minutes.
    check(&sent, "00310003 8188F8 00 10 01 00".replace(' ', "").as_str(), 10);
}

#[test]
fn ucs2_with_a_surrogate_pair() {
    // 😀 is U+1F600: 1F600 − 10000 = F600 = 0000111101 1000000000, so D800 + 3D and DC00 + 200.
    check(&part("888", "中😀"), "0001000381 88F8 00 08 06 4E2D D83D DE00".replace(' ', "").as_str(), 15);
}

#[test]
fn parts_of_a_concatenated_message() {
    let mut sent = part("888", "A");
    sent.concat = Some(Concat { reference: 0x1AB, wide: false, total: 2, sequence: 1 });
    // 01 + 40 (TP-UDHI). Header 05 00 03 AB 02 01: 6 octets = 48 bits take 7 septets, and 1 for the text: 08. One fill
    // bit, then A = 1000001: 1000_0010.
    check(&sent, "00 41 00 0381 88F8 00 00 08 050003AB0201 82".replace(' ', "").as_str(), 16);
    sent.concat = Some(Concat { reference: 0x1AB, wide: true, total: 2, sequence: 2 });
    // 06 08 04 01AB 02 02: 7 octets = 56 bits = 8 septets, no fill bit.
    check(&sent, "00 41 00 0381 88F8 00 00 09 06080401AB0202 41".replace(' ', "").as_str(), 17);
}

#[test]
fn escapes_take_two_septets() {
    // € = 1B 65: 1B in the low 7 bits, the lowest bit of 65 on top = 9B; the rest of it = 32.
    check(&part("888", "€"), "0001000381 88F8 00 00 02 9B32".replace(' ', "").as_str(), 11);
}

#[test]
fn refusals() {
    let refused = |part: &SubmitPart| submit(part).unwrap_err();
    assert_eq!(refused(&part("888", &"a".repeat(161))), PduError::UserDataLength(141));
    assert_eq!(refused(&part("888", &"中".repeat(71))), PduError::UserDataLength(142));
    let mut sent = part("888", "ab中");
    sent.alphabet = Alphabet::Gsm7;
    assert_eq!(refused(&sent), PduError::NotInAlphabet(3));
    for (total, sequence) in [(2, 0), (2, 3), (0, 0)] {
        sent.concat = Some(Concat { reference: 1, wide: false, total, sequence });
        assert_eq!(refused(&sent), PduError::PartNumber { sequence, total });
    }
    assert!(submit(&part("888", &"a".repeat(160))).is_ok());
}

#[test]
fn nothing_of_the_message_is_printed() {
    let pdu = submit(&part("+6281234567890", "hellohello")).unwrap();
    let printed = format!("{pdu:?} {:?}", decode(pdu.hex.expose(), None, Direction::ToNetwork).unwrap());
    assert!(
        !printed.contains("E8329B") && !printed.contains("hello") && !printed.contains("81234"),
        "{printed}"
    );
}

#[test]
fn a_submit_is_read_again() {
    let mut sent = part("081234567890", "Kode: {1}");
    sent.validity_minutes = Some(60);
    let pdu = submit(&sent).unwrap();
    let read = decode(pdu.hex.expose(), Some(pdu.length), Direction::ToNetwork).unwrap();
    let Tpdu::Submit(read) = read.tpdu else { panic!("{read:?}") };
    assert_eq!(read.recipient.shown(), "+6281234567890");
    assert_eq!(read.validity, Validity::Relative(11));
    assert_eq!(read.user_data.text(), "Kode: {1}");
}

#[test]
fn other_validity_formats_are_read() {
    let read = |vp: &str, first: &str| {
        let hex = format!("00{first}000381 88F8 00 00 {vp} 00").replace(' ', "");
        match decode(&hex, None, Direction::ToNetwork).unwrap().tpdu {
            Tpdu::Submit(submit) => submit.validity,
            other @ (Tpdu::Deliver(_) | Tpdu::Report(_)) => panic!("{other:?}"),
        }
    };
    let Validity::Absolute(until) = read("62117201155382", "19") else { panic!() };
    assert_eq!(until.text().unwrap(), "2026-11-27T10:51:35+07:00");
    assert_eq!(read("42 1E 0000000000", "09").seconds(), Some(30));
    assert_eq!(read("", "01"), Validity::Default);
}

#[test]
fn the_kinds_that_are_refused() {
    let kind = |hex: &str, direction| decode(hex, None, direction).unwrap_err();
    // With their service centre's octet, and a first octet of type 0 and 2 from the phone, 1 from the network.
    assert_eq!(kind("000000", Direction::ToNetwork), PduError::Kind("SMS-DELIVER-REPORT"));
    assert_eq!(kind("000200000000", Direction::ToNetwork), PduError::Kind("SMS-COMMAND"));
    assert_eq!(kind("000100", Direction::FromNetwork), PduError::Kind("SMS-SUBMIT-REPORT"));
    assert_eq!(kind("0003", Direction::ToNetwork), PduError::Kind("reserved type of TPDU (3)"));
}

proptest! {
    #[test]
    fn every_part_of_a_text_fits(text in "(\\PC|[a-z€^{ ]){0,700}", wide: bool) {
        let parts = split(&text, wide).unwrap();
        let total = u8::try_from(parts.len()).unwrap();
        let mut joined = String::new();
        for (place, cut) in (1..).zip(&parts) {
            let mut sent = part("+6281234567890", cut);
            sent.alphabet = Alphabet::of(&text);
            let concat = Concat { reference: 77, wide, total, sequence: place };
            sent.concat = (total > 1).then_some(concat);
            let pdu = submit(&sent).unwrap();
            let read = decode(pdu.hex.expose(), Some(pdu.length), Direction::ToNetwork).unwrap();
            let Tpdu::Submit(read) = read.tpdu else { panic!("{read:?}") };
            prop_assert!(pdu.hex.expose().len() / 2 - 1 == pdu.length);
            prop_assert_eq!(read.user_data.header.as_ref().and_then(Header::part), sent.concat);
            joined.push_str(&read.user_data.text());
        }
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn one_unit_more_does_not_fit(wide: bool, ucs2: bool) {
        let (letter, alphabet) = if ucs2 { ('中', Alphabet::Ucs2) } else { ('a', Alphabet::Gsm7) };
        let room = alphabet.room(if wide { 7 } else { 6 });
        let mut sent = part("888", &letter.to_string().repeat(room));
        sent.concat = Some(Concat { reference: 1, wide, total: 2, sequence: 1 });
        prop_assert!(submit(&sent).is_ok());
        sent.text = Secret::new(letter.to_string().repeat(room + 1));
        prop_assert!(submit(&sent).is_err());
    }
}
