//! decode(encode(x)) = x.

use gerai_core::port::lines::Concat;
use gerai_core::time::UnixMs;
use proptest::prelude::*;

use super::*;

fn address() -> impl Strategy<Value = Address> {
    let tons = prop::sample::select(vec![
        TypeOfNumber::Unknown,
        TypeOfNumber::International,
        TypeOfNumber::National,
        TypeOfNumber::NetworkSpecific,
        TypeOfNumber::Subscriber,
        TypeOfNumber::Abbreviated,
        TypeOfNumber::Reserved,
    ]);
    let number = (tons, 0_u8..16, "[0-9*#abc]{0,20}");
    prop_oneof![
        number.prop_map(|(ton, plan, number)| Address { ton, plan, number }),
        "[A-Za-z0-9 _ΔÄÑ.-]{0,11}".prop_map(|name| Address::alphanumeric(&name)),
    ]
}

fn element() -> impl Strategy<Value = Element> {
    prop_oneof![
        (any::<u16>(), any::<bool>(), 1_u8..=255).prop_flat_map(|(reference, wide, total)| {
            let reference = if wide { reference } else { reference & 0xFF };
            (1..=total).prop_map(move |sequence| Element::Concat(Concat { reference, wide, total, sequence }))
        }),
        (any::<u16>(), any::<u16>()).prop_map(|(d, s)| Element::Ports {
            destination: d,
            source: s,
            wide: true
        }),
        (any::<u8>(), any::<u8>()).prop_map(|(d, s)| Element::Ports {
            destination: d.into(),
            source: s.into(),
            wide: false
        }),
        (any::<u8>(), any::<u8>()).prop_map(|(kind, count)| Element::Special { kind, count }),
        any::<u8>().prop_map(Element::SingleShift),
        any::<u8>().prop_map(Element::LockingShift),
        (0x70_u8..=0x7F, prop::collection::vec(any::<u8>(), 0..9))
            .prop_map(|(id, octets)| Element::Other { id, octets }),
    ]
}

fn header() -> impl Strategy<Value = Option<Header>> {
    let elements = prop::collection::vec(element(), 0..4);
    prop::option::of(elements.prop_map(|elements| Header { elements, faulty: false }))
}

/// A coding scheme of any group, and user data that goes with it and fits.
fn coded() -> impl Strategy<Value = (Dcs, UserData)> {
    let size = 0_usize..=160;
    (any::<u8>().prop_map(Dcs), header(), size, prop::collection::vec(any::<u16>(), 160)).prop_map(
        |(dcs, header, size, random)| {
            let header_octets = header.as_ref().map_or(0, |header| header.octets().unwrap().len());
            let room = 140 - header_octets;
            let low = |count: usize, mask: u8| -> Vec<u8> {
                random[..count].iter().map(|unit| unit.to_be_bytes()[1] & mask).collect()
            };
            let content = match (dcs.compressed(), dcs.coding()) {
                (true, _) | (_, Coding::Octets) => Content::Octets(low(size.min(room), 0xFF)),
                (_, Coding::Ucs2) => Content::Units(random[..size.min(room / 2)].to_vec()),
                (_, Coding::Gsm7) => Content::Septets(low(size.min(room * 8 / 7), 0x7F)),
            };
            (dcs, UserData { header, content })
        },
    )
}

fn validity() -> impl Strategy<Value = Validity> {
    prop_oneof![
        Just(Validity::Default),
        any::<u8>().prop_map(Validity::Relative),
        any::<[u8; 7]>().prop_map(|octets| Validity::Absolute(Stamp(octets))),
        any::<[u8; 7]>().prop_map(Validity::Enhanced),
    ]
}

fn comes_back(smsc: Option<&Address>, tpdu: Tpdu, direction: Direction) -> Result<(), TestCaseError> {
    let encoded = encode(smsc, &tpdu).unwrap();
    let read = decode(&encoded.hex, Some(encoded.length), direction).unwrap();
    prop_assert_eq!(read.trailing, 0);
    prop_assert_eq!(&read.tpdu, &tpdu);
    prop_assert_eq!(read.smsc.as_ref(), smsc);
    let bare = &encoded.hex[encoded.hex.len() - encoded.length * 2..];
    prop_assert_eq!(decode(bare, Some(encoded.length), direction).unwrap().tpdu, tpdu);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn submits_come_back(
        flags: [bool; 3], reference: u8, recipient in address(), protocol: u8, coded in coded(), validity in validity(),
        smsc in prop::option::of("[0-9]{0,20}"),
    ) {
        let [reject_duplicates, status_report, reply_path] = flags;
        let (dcs, user_data) = coded;
        let submit = Submit {
            reject_duplicates, status_report, reply_path, reference, recipient, protocol, dcs, validity, user_data,
        };
        let smsc = smsc.map(|digits| Address::international(&digits));
        comes_back(smsc.as_ref(), Tpdu::Submit(submit), Direction::ToNetwork)?;
    }

    #[test]
    fn delivers_come_back(
        flags: [bool; 4], sender in address(), protocol: u8, coded in coded(), second in 700_000_000_i64..3_700_000_000,
        zone in -56_i8..=56,
    ) {
        let [more, loop_prevention, status_report, reply_path] = flags;
        let (dcs, user_data) = coded;
        let sent = Stamp::at(UnixMs(second * 1000), zone);
        prop_assert_eq!(sent.moment(), Some(UnixMs(second * 1000)));
        let deliver =
            Deliver { more, loop_prevention, status_report, reply_path, sender, protocol, dcs, sent, user_data };
        comes_back(None, Tpdu::Deliver(deliver), Direction::FromNetwork)?;
    }

    #[test]
    fn reports_come_back(
        flags: [bool; 3], reference: u8, recipient in address(), stamps: [[u8; 7]; 2], status: u8,
        protocol: Option<u8>, coded in prop::option::of(coded()),
    ) {
        let [more, loop_prevention, about_command] = flags;
        let (dcs, user_data) = coded.unzip();
        let report = Report {
            more, loop_prevention, about_command, reference, recipient, sent: Stamp(stamps[0]),
            discharged: Stamp(stamps[1]), status, protocol, dcs, user_data,
        };
        comes_back(None, Tpdu::Report(report), Direction::FromNetwork)?;
    }

    #[test]
    fn text_comes_back(text in "[ -Z_a-zÄÖÑÜ§¿äöñüàΔΦ€^{}|~\\[\\]\\\\\n]{0,70}", header in header()) {
        let mut header = header;
        if let Some(header) = &mut header {
            header.elements.retain(|e| !matches!(e, Element::SingleShift(_) | Element::LockingShift(_)));
        }
        prop_assert_eq!(UserData::gsm7(&text, header.clone()).unwrap().text(), text.clone());
        prop_assert_eq!(UserData::ucs2(&text, header).text(), text);
    }
}
