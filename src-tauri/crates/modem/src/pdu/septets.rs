//! Seven bits in eight: how septets lie in octets (3GPP TS 23.038, section 6.1.2). The lowest bit comes first. Knows nothing
//! of characters.

/// Octets that hold this many bits.
const fn octets_of(bits: usize) -> usize {
    bits.div_ceil(8)
}

/// Packs septets after `fill` bits of zero. The last octet is filled with zeros.
pub(crate) fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = vec![0; octets_of(fill + septets.len() * 7)];
    for (place, septet) in septets.iter().enumerate() {
        let bit = fill + place * 7;
        let wide = u16::from(septet & 0x7F) << (bit % 8);
        let [low, high] = wide.to_le_bytes();
        octets[bit / 8] |= low;
        if high != 0 {
            octets[bit / 8 + 1] |= high;
        }
    }
    octets
}

/// Unpacks `count` septets after `fill` bits; fewer when the octets hold fewer.
pub(crate) fn unpack(octets: &[u8], fill: usize, count: usize) -> Vec<u8> {
    let fit = (octets.len() * 8).saturating_sub(fill) / 7;
    let read = |place: usize| {
        let bit = fill + place * 7;
        let low = octets.get(bit / 8).copied().unwrap_or(0);
        let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
        let shifted = u16::from_le_bytes([low, high]) >> (bit % 8);
        shifted.to_le_bytes()[0] & 0x7F
    };
    (0..count.min(fit)).map(read).collect()
}

/// Fill bits between a header of this many octets and the first septet after it (3GPP TS 23.040, section 9.2.3.24).
pub(crate) const fn fill_after(header_octets: usize) -> usize {
    (7 - header_octets * 8 % 7) % 7
}

#[cfg(test)]
mod tests {
    use super::super::octets::to_hex;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hellohello() {
        // h=68 e=65 l=6C l=6C o=6F. First octet: 110_1000 with the lowest bit of 110_0101 on top = 1110_1000 = E8;
        // second: 110010 with the two lowest bits of 110_1100 on top = 0011_0010 = 32; and so on.
        assert_eq!(to_hex(&pack(b"hellohello", 0)), "E8329BFD4697D9EC37");
        assert_eq!(unpack(&pack(b"hellohello", 0), 0, 10), b"hellohello");
    }

    #[test]
    fn eight_septets_are_seven_octets() {
        assert_eq!(pack(&[0x7F; 8], 0), [0xFF; 7]);
        assert_eq!(pack(b"1234567", 0).len(), 7);
        assert_eq!(pack(&[], 0), [0; 0]);
    }

    #[test]
    fn fill_bits_after_a_header() {
        // 6 octets are 48 bits: one bit more makes 49 = 7 septets. 7 octets are 56 bits = 8 septets, nothing to fill.
        assert_eq!((fill_after(0), fill_after(6), fill_after(7), fill_after(8)), (0, 1, 0, 6));
        // 'A' = 100_0001 after one bit of zero: 1000_0010.
        assert_eq!(pack(b"A", 1), [0x82]);
        assert_eq!(unpack(&[0x82], 1, 1), b"A");
    }

    #[test]
    fn no_more_than_there_is() {
        assert_eq!(unpack(&[0xFF], 0, 200), [0x7F]);
        assert_eq!(unpack(&[0xFF], 6, 200), [0; 0]);
        assert_eq!(unpack(&[], 3, 1), [0; 0]);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(septets in prop::collection::vec(0u8..128, 0..170), fill in 0usize..7) {
            prop_assert_eq!(unpack(&pack(&septets, fill), fill, septets.len()), septets);
        }
    }
}
