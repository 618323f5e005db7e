//! Reads any octets as a PDU, in both directions, with and without the length that a modem would have announced. What was
//! read is written and read again, and must be the same.

#![no_main]

use gerai_modem::pdu::{Direction, Header, Tpdu, decode, encode, inbound};
use libfuzzer_sys::fuzz_target;

/// A header whose lengths contradict each other is ignored and not written again; neither is what lies behind it.
fn written_as_read(tpdu: &Tpdu) -> bool {
    let header = match tpdu {
        Tpdu::Submit(submit) => submit.user_data.header.as_ref(),
        Tpdu::Deliver(deliver) => deliver.user_data.header.as_ref(),
        Tpdu::Report(report) => report.user_data.as_ref().and_then(|user_data| user_data.header.as_ref()),
    };
    !header.is_some_and(|Header { faulty, .. }| *faulty)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

fuzz_target!(|octets: &[u8]| {
    // As text that ought to be hexadecimal digits, and as octets of a PDU.
    let _ = inbound(&String::from_utf8_lossy(octets), None);
    let pdu = hex(octets);
    let before = octets.first().map_or(0, |length| usize::from(*length) + 1);
    for declared in [None, Some(octets.len()), octets.len().checked_sub(before), Some(usize::MAX)] {
        let _ = inbound(&pdu, declared);
        for direction in [Direction::FromNetwork, Direction::ToNetwork] {
            let Ok(read) = decode(&pdu, declared, direction) else { continue };
            // More than 140 octets of user data are read, not written.
            let Ok(written) = encode(read.smsc.as_ref(), &read.tpdu) else { continue };
            let again = decode(&written.hex, Some(written.length), direction);
            let again = again.expect("what was written can be read");
            if written_as_read(&read.tpdu) {
                assert_eq!(again.tpdu, read.tpdu);
            }
        }
    }
});
