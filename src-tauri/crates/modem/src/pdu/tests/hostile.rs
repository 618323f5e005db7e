//! No input makes the codec panic, and what it reads it can write.

use proptest::prelude::*;

use super::*;

/// A header whose lengths contradict each other is ignored, and not written again.
fn faulty(tpdu: &Tpdu) -> bool {
    let header = match tpdu {
        Tpdu::Submit(submit) => submit.user_data.header.as_ref(),
        Tpdu::Deliver(deliver) => deliver.user_data.header.as_ref(),
        Tpdu::Report(report) => report.user_data.as_ref().and_then(|user_data| user_data.header.as_ref()),
    };
    header.is_some_and(|header| header.faulty)
}

/// Reads in every way, and writes again what was read.
fn read_all(hex: &str, declared: Option<usize>) {
    let _ = inbound(hex, declared);
    for direction in [Direction::FromNetwork, Direction::ToNetwork] {
        let Ok(read) = decode(hex, declared, direction) else { continue };
        let _ = format!("{read:?}");
        // More than 140 octets of user data are read, not written.
        let Ok(again) = encode(read.smsc.as_ref(), &read.tpdu) else { continue };
        let twice = decode(&again.hex, Some(again.length), direction).unwrap();
        if !faulty(&read.tpdu) {
            assert_eq!(twice.tpdu, read.tpdu, "{hex}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..220), declared: Option<usize>) {
        read_all(&octets::to_hex(&octets), declared);
    }

    #[test]
    fn octets_that_begin_well(
        first: u8, digits in 0_u8..30, kind: u8, tail in prop::collection::vec(any::<u8>(), 0..180),
    ) {
        let mut octets = vec![0, first, digits, kind];
        octets.extend(tail);
        read_all(&octets::to_hex(&octets), None);
        read_all(&octets::to_hex(&octets[1..]), Some(octets.len() - 1));
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        read_all(&text, None);
    }

    #[test]
    fn a_pdu_cut_or_changed_anywhere(place in 0_usize..60, with: u8) {
        let whole = deliver_with("44", "00", "A0050003AB0201") + &"C1".repeat(134);
        let mut octets = octets::from_hex(&whole).unwrap();
        read_all(&octets::to_hex(&octets[..place]), None);
        octets[place] = with;
        read_all(&octets::to_hex(&octets), None);
    }
}
