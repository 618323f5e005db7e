//! What comes in: SMS-DELIVER and SMS-STATUS-REPORT as modems hand them over.

use gerai_core::port::lines::{Concat, InboundContent};
use gerai_core::time::UnixMs;

use super::*;

/// Text of user data in an SMS-DELIVER.
fn text(first: &str, dcs: &str, user_data: &str) -> String {
    deliver(&deliver_with(first, dcs, user_data)).user_data.text()
}

/// 2026-11-27 10:51:35 +07:00: 20,784 days, 3 h 51 min 35 s.
const AT: UnixMs = UnixMs((20_784 * 86_400 + 3 * 3600 + 51 * 60 + 35) * 1000);

#[test]
fn a_message() {
    let hex = deliver_with("04", "00", "0AE8329BFD4697D9EC37");
    let InboundContent::Deliver { sender, text, binary, concat, smsc_at, flash } = inbound(&hex, None) else {
        panic!()
    };
    assert_eq!((sender.as_str(), text.expose().as_str()), ("+6281234567890", "hellohello"));
    assert_eq!((binary, concat, smsc_at, flash), (false, None, Some(AT), false));
}

#[test]
fn with_and_without_a_service_centre() {
    let bare = &deliver_with("04", "00", "0AE8329BFD4697D9EC37")[2..];
    let length = bare.len() / 2;
    // 07 octets: type 91 and 12 digits.
    let with = format!("07912618010000F0{bare}");
    for (hex, declared) in [(with.as_str(), Some(length)), (&with, None), (bare, Some(length)), (bare, None)]
    {
        let read = decode(hex, declared, Direction::FromNetwork).unwrap();
        let Tpdu::Deliver(deliver) = read.tpdu else { panic!() };
        assert_eq!(deliver.user_data.text(), "hellohello");
        let smsc = read.smsc.map(|smsc| smsc.shown());
        assert_eq!(smsc.as_deref(), (hex.len() > bare.len()).then_some("+62811000000"));
    }
    // A length that fits neither way does not stop anybody; nor do the F's that fill up a record.
    assert!(decode(&with, Some(usize::MAX), Direction::FromNetwork).is_ok());
    assert_eq!(decode(&format!("{with}FFFFFF"), None, Direction::FromNetwork).unwrap().trailing, 3);
}

#[test]
fn senders() {
    let sender =
        |address: &str| deliver(&format!("0004{address}0000 62117201155382 00").replace(' ', "")).sender;
    // TELKOMSEL: 9 septets = 63 bits = 16 half octets (10). T=54 E=45 L=4C: 54 + the lowest bit of 45 on top = D4,
    // 45 without it + the two lowest bits of 4C on top = 22, …
    let named = sender("10D0 D42273F96C4E8B4C");
    assert_eq!((named.shown().as_str(), named.ton), ("TELKOMSEL", TypeOfNumber::Alphanumeric));
    assert_eq!(sender("03818 8F8").shown(), "888");
    // National (A1), digits only.
    assert_eq!(sender("0CA1 802143658709").shown(), "081234567890");
    // * # a b c are A to E, the low half first; an F before its time ends the number.
    assert_eq!(sender("0681 1ABCED").number, "*1a#bc");
    assert_eq!(sender("0881 21F34365").number, "123");
    assert_eq!(sender("0091").shown(), "");
    assert_eq!(sender("00D0").shown(), "");
    // Seven letters whose length counts eight: the padding is no '@'. Written with 13 it is seven anyway.
    assert_eq!(sender("0ED0 C1A0501E4EAD00").shown().chars().count(), 7);
    let at_end = Address::alphanumeric("KANTOR7@");
    let mut written = Vec::new();
    at_end.write(&mut written, "TP-OA").unwrap();
    assert_eq!(Address::read(&mut Octets::new(&written), "TP-OA"), Ok(at_end));
    for (bits, ton) in [(0x8, 0), (0x9, 1), (0xA, 2), (0xB, 3), (0xC, 4), (0xE, 6), (0xF, 7)] {
        let address = sender(&format!("02{bits:X}9 21"));
        assert_eq!((address.ton as u8, address.plan, address.number.as_str()), (ton, 9, "12"));
    }
}

#[test]
fn septets_and_padding() {
    // 7 septets leave 7 bits in the last octet: no '@' is made of them. "ABCDEFG" = 41 42 … packed.
    assert_eq!(text("04", "00", "0741E19058341E01"), "ABCDEFG");
    // 8 septets with a real '@' (00) at the end are the same octets.
    assert_eq!(text("04", "00", "0841E19058341E01"), "ABCDEFG@");
    // 1B 65 is €; 1B 41 has no character: 'A' of the main table; 1B 1B a space; 1B at the end a space.
    assert_eq!(text("04", "00", "029B32"), "€");
    assert_eq!(text("04", "00", "029B20"), "A");
    assert_eq!(text("04", "00", "029B0D"), " ");
    assert_eq!(text("04", "00", "011B"), " ");
}

#[test]
fn sixteen_bit_text() {
    assert_eq!(text("04", "08", "064E2DD83DDE00"), "中😀");
    // Cut within the pair by a foreign sender: each half shows as U+FFFD, and the units are kept.
    assert_eq!(text("04", "08", "044E2DD83D"), "中\u{FFFD}");
    assert_eq!(text("04", "08", "04DE000041"), "\u{FFFD}A");
    assert_eq!(deliver(&deliver_with("04", "08", "02D83D")).user_data.content, Content::Units(vec![0xD83D]));
    // An odd octet is half a unit.
    assert_eq!(text("04", "08", "03004142"), "A\u{FFFD}");
    // Message waiting, stored, UCS-2.
    assert_eq!(text("04", "E8", "020041"), "A");
}

#[test]
fn octets_are_shown_in_hexadecimal() {
    for dcs in ["04", "F5", "15", "20"] {
        let InboundContent::Deliver { text, binary, .. } =
            inbound(&deliver_with("04", dcs, "03C0FFEE"), None)
        else {
            panic!()
        };
        assert_eq!((text.expose().as_str(), binary), ("C0FFEE", true), "{dcs}");
    }
}

#[test]
fn flash() {
    for (dcs, want) in [("10", true), ("18", true), ("F0", true), ("00", false), ("11", false), ("F1", false)]
    {
        let InboundContent::Deliver { flash, .. } = inbound(&deliver_with("04", dcs, "00"), None) else {
            panic!()
        };
        assert_eq!(flash, want, "{dcs}");
    }
}

#[test]
fn parts() {
    let concat = |user_data: &str, dcs: &str| match inbound(&deliver_with("44", dcs, user_data), None) {
        InboundContent::Deliver { concat, text, .. } => (concat, text.expose().clone()),
        InboundContent::Report { .. } | InboundContent::Unreadable { .. } => panic!(),
    };
    let numbered = |reference, wide, total, sequence| Some(Concat { reference, wide, total, sequence });
    assert_eq!(concat("08050003AB020182", "00"), (numbered(0xAB, false, 2, 1), "A".to_owned()));
    assert_eq!(concat("0906080401AB020241", "00"), (numbered(0x1AB, true, 2, 2), "A".to_owned()));
    assert_eq!(concat("08050003AB02010041", "08"), (numbered(0xAB, false, 2, 1), "A".to_owned()));
    // Impossible numbers: part 0, part 3 of 2, none in all. Part 1 of 1 is a whole message.
    for bad in ["050003AB0200", "050003AB0203", "050003AB0000", "050003AB0101"] {
        assert_eq!(concat(&format!("08{bad}82"), "00"), (None, "A".to_owned()), "{bad}");
    }
    // Two of them: the last counts. 0A 00 03 AB 02 01 00 03 CD 02 02 is 11 octets = 88 bits, 13 septets, 3 fill
    // bits; A shifted by 3 is 0208.
    assert_eq!(concat("0E0A0003AB02010003CD02020802", "00"), (numbered(0xCD, false, 2, 2), "A".to_owned()));
}

#[test]
fn elements_of_the_header() {
    let elements =
        |user_data: &str| deliver(&deliver_with("44", "04", user_data)).user_data.header.unwrap().elements;
    assert_eq!(
        elements("070605040B8423F0"),
        [Element::Ports { destination: 2948, source: 9200, wide: true }]
    );
    assert_eq!(
        elements("0504040216 0F".replace(' ', "").as_str()),
        [Element::Ports { destination: 22, source: 15, wide: false }]
    );
    assert_eq!(elements("050401028003"), [Element::Special { kind: 0x80, count: 3 }]);
    assert_eq!(
        elements("0706 70 00 71 02 AABB".replace(' ', "").as_str()),
        [Element::Other { id: 0x70, octets: vec![] }, Element::Other { id: 0x71, octets: vec![0xAA, 0xBB] }]
    );
    // Known identifiers with a wrong length are kept as they are.
    assert_eq!(
        elements("0403 00 01 AB".replace(' ', "").as_str()),
        [Element::Other { id: 0, octets: vec![0xAB] }]
    );
    assert_eq!(elements("0100"), []);
}

#[test]
fn broken_headers() {
    // An element that is longer than its header: all are ignored, the text behind it is read.
    let faulty = deliver(&deliver_with("44", "04", "0605000AAB020141")).user_data;
    assert_eq!((faulty.header.clone().unwrap().faulty, faulty.text().as_str()), (true, ""));
    let faulty = deliver(&deliver_with("44", "04", "07050009AB020141")).user_data;
    assert_eq!((faulty.header.clone().unwrap().elements.len(), faulty.text().as_str()), (0, "41"));
    // A header that is longer than the user data, and none at all.
    let error = |user_data: &str| {
        decode(&deliver_with("44", "04", user_data), None, Direction::FromNetwork).unwrap_err()
    };
    assert_eq!(error("0205000003"), PduError::HeaderLength { header: 6, user_data: 2 });
    assert_eq!(error("00"), PduError::Short { field: "the user data", wanted: 1, had: 0 });
}

#[test]
fn status_reports() {
    // 06: SMS-STATUS-REPORT, no more waiting. TP-MR 2A. Sent and received 10:51:35 and 10:51:40.
    let hex = "00062A0D91261832547698F0 62117201155382 62117201150482 00".replace(' ', "");
    let want = |status| InboundContent::Report {
        reference: 0x2A,
        recipient: "+6281234567890".to_owned(),
        status,
        at: Some(AT.plus(5_000)),
    };
    assert!(inbound(&hex, Some(hex.len() / 2 - 1)) == want(0));
    // With TP-PI: PID, DCS and user data.
    assert!(
        inbound(&format!("{}46 07 00 00 01 41", &hex[..hex.len() - 2]).replace(' ', ""), None) == want(0x46)
    );
    // With a TP-PI that promises what is not there.
    assert!(inbound(&format!("{hex}07"), None) == want(0));
    assert!(inbound(&format!("{hex}FF"), None) == want(0));
    // An impossible time of discharge.
    let InboundContent::Report { at, .. } = inbound(&hex.replace("62117201150482", "00000000000000"), None)
    else {
        panic!()
    };
    assert_eq!(at, None);
}

#[test]
fn a_report_is_written_as_it_is_read() {
    let hex = "00062A0D91261832547698F0 62117201155382 62117201150482 46 07 00 00 01 41".replace(' ', "");
    let read = decode(&hex, None, Direction::FromNetwork).unwrap();
    assert_eq!(encode(None, &read.tpdu).unwrap(), Encoded { length: hex.len() / 2 - 1, hex });
}

#[test]
fn what_cannot_be_read_is_kept() {
    let unreadable = |hex: &str| match inbound(hex, None) {
        InboundContent::Unreadable { pdu, why } => (pdu.expose().clone(), why),
        InboundContent::Deliver { .. } | InboundContent::Report { .. } => panic!(),
    };
    assert_eq!(unreadable(" XYZ\r").0, "XYZ");
    assert_eq!(unreadable(&"é".repeat(2_000)).0.chars().count(), UNREADABLE_DIGITS_MAX);
    assert!(unreadable("").1.contains("empty"));
    assert!(unreadable("0001000381 88F8000000".replace(' ', "").as_str()).1.contains("outgoing"));
    // Cut short within the text.
    let cut = deliver_with("04", "00", "0AE8329BFD46");
    let (kept, why) = unreadable(&cut);
    assert_eq!(kept, cut);
    assert_eq!(why, "the PDU ends within the user data: 9 octets wanted, 5 left");
}

#[test]
fn a_reserved_type_is_a_message() {
    let InboundContent::Deliver { text, .. } = inbound(&deliver_with("07", "00", "0141"), None) else {
        panic!()
    };
    assert_eq!(text.expose(), "A");
}
