//! The CONNECT parser against hand-made, broken and random packets.

use proptest::prelude::*;

use super::*;

fn field(bytes: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

fn packet(body: &[u8]) -> Vec<u8> {
    let mut out = vec![0x10];
    push_varint(&mut out, body.len());
    out.extend(body);
    out
}

/// A whole CONNECT from its parts. `expiry` only matters for level 5.
fn connect(
    level: u8,
    id: &str,
    user: Option<&str>,
    will: bool,
    expiry: Option<u32>,
    keep_alive: u16,
) -> Vec<u8> {
    let mut body = field(b"MQTT");
    body.push(level);
    body.push(if user.is_some() { 0xc0 } else { 0 } | if will { 0x2c } else { 0 });
    body.extend(keep_alive.to_be_bytes());
    if level == 5 {
        let mut properties = vec![0x21, 1, 0];
        if let Some(expiry) = expiry {
            properties.push(0x11);
            properties.extend(expiry.to_be_bytes());
        }
        properties.extend([0x26]);
        properties.extend(field(b"key"));
        properties.extend(field(b"value"));
        push_varint(&mut body, properties.len());
        body.extend(properties);
    }
    body.extend(field(id.as_bytes()));
    if will {
        if level == 5 {
            body.extend([5, 0x18, 0, 0, 0, 9]);
        }
        body.extend(field(b"iot/deduct"));
        body.extend(field(b"x"));
    }
    if let Some(user) = user {
        body.extend(field(user.as_bytes()));
        body.extend(field(b"secret"));
    }
    packet(&body)
}

#[test]
fn reads_who_it_is() {
    let parsed = parse(&connect(4, "ESP32Client", Some("lama"), false, None, 15)).unwrap();
    assert_eq!((parsed.level, parsed.client_id.as_str()), (4, "ESP32Client"));
    assert_eq!((parsed.user.as_deref(), parsed.has_password), (Some("lama"), true));
    assert!(!parsed.has_will && !parsed.clean_start);
    assert!(parse(&connect(5, "", None, true, Some(7), 0)).unwrap().has_will);
}

#[test]
fn refuses_what_a_broker_might_read_differently() {
    let good = connect(4, "id", Some("u"), false, None, 15);
    let change = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        parse(&bad).unwrap_err()
    };
    assert_eq!(change(0, 0x11), NotConnect::OtherPacket);
    assert_eq!(change(8, 3), NotConnect::Version);
    assert_eq!(change(8, 6), NotConnect::Version);
    assert_eq!(change(9, 0xc1), NotConnect::Malformed); // reserved bit
    assert_eq!(change(9, 0x40), NotConnect::Malformed); // password without user name
    assert_eq!(change(9, 0xe0), NotConnect::Malformed); // will retain without will
    assert_eq!(change(4, b'X'), NotConnect::Malformed);
    let mut trailing = good.clone();
    trailing[1] += 1;
    trailing.push(0);
    assert_eq!(parse(&trailing), Err(NotConnect::Malformed));
    assert_eq!(parse(&connect(4, "a\0b", Some("u"), false, None, 15)), Err(NotConnect::Malformed));
    assert_eq!(packet_len(&[0x10, 0xff, 0xff, 0xff, 0x7f]), Err(NotConnect::TooLarge));
    assert_eq!(packet_len(&[0x10, 0xff, 0xff, 0xff, 0xff]), Err(NotConnect::Malformed));
    assert_eq!(packet_len(&[0x10, 0x80]), Ok(None));
    assert_eq!(packet_len(b"GET /"), Err(NotConnect::OtherPacket));
}

#[test]
fn unknown_and_repeated_properties_are_refused() {
    for properties in
        [vec![0x7f, 0], vec![0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1], vec![0x11, 0, 0], vec![0x26, 0, 1]]
    {
        let mut body = [field(b"MQTT"), vec![5, 2, 0, 0]].concat();
        push_varint(&mut body, properties.len());
        body.extend(properties);
        body.extend(field(b"id"));
        assert_eq!(parse(&packet(&body)), Err(NotConnect::Malformed));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = packet_len(&bytes);
        let _ = parse(&bytes);
        let _ = parse(&packet(&bytes));
    }

    #[test]
    fn damaged_packets_never_panic(at in 0_usize..90, byte: u8, cut in 0_usize..90, level in 4_u8..=5, will: bool) {
        let mut bytes = connect(level, "some-client", Some("some-user"), will, Some(60), 15);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = parse(&bytes);
        bytes.truncate(cut.min(bytes.len()));
        let _ = parse(&bytes);
    }

    #[test]
    fn a_prefix_is_never_a_whole_packet(id in "[a-z]{0,200}", cut in 0_usize..200) {
        let whole = connect(4, &id, Some("u"), false, None, 1);
        let cut = cut.min(whole.len() - 1);
        prop_assert!(parse(&whole[..cut]).is_err());
        prop_assert!(packet_len(&whole[..cut]).unwrap().is_none_or(|length| length > cut));
    }

    #[test]
    fn rewriting_changes_the_client_id_and_nothing_else(
        level in 4_u8..=5,
        id in "[ -~]{0,150}",
        new_id in "[ -~]{0,128}",
        user in proptest::option::of("[ -~]{1,40}"),
        will: bool,
        expiry: Option<u32>,
        keep_alive: u16,
        clean: bool,
    ) {
        let before = connect(level, &id, user.as_deref(), will, expiry, keep_alive);
        let parsed = parse(&before).unwrap();
        let after = rewrite(&before, &parsed, &new_id, clean);
        let expiry = if clean { expiry.map(|_| 0) } else { expiry };
        let mut want = connect(level, &new_id, user.as_deref(), will, expiry, keep_alive);
        if clean {
            let flags = parse(&want).unwrap().flags_at;
            want[flags] |= CLEAN_START;
        }
        prop_assert_eq!(after, want);
    }
}
