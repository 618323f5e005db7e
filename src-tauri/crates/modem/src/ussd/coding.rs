//! Data coding scheme of USSD: that of cell broadcast (3GPP TS 23.038, section 5), not that of short messages.

/// How the text is coded, and whether its language stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// GSM 7-bit default alphabet. `prefix`: two letters of the language and a carriage return come first.
    Gsm7 { prefix: bool },
    /// Octets of any meaning.
    Octets,
    /// UCS-2. `prefix`: two octets with the packed letters of the language come first.
    Ucs2 { prefix: bool },
}

/// Coding of a scheme. Reserved ones and none at all are the default alphabet.
pub(super) fn coding(dcs: Option<u8>) -> Coding {
    let Some(dcs) = dcs else { return Coding::Gsm7 { prefix: false } };
    match (dcs >> 4, dcs & 0x0F, dcs >> 2 & 3) {
        (0x1, 0, _) => Coding::Gsm7 { prefix: true },
        (0x1, 1, _) => Coding::Ucs2 { prefix: true },
        // Compressed text is not undone.
        (0x6 | 0x7, _, _) | (0x4 | 0x5 | 0x9, _, 1) => Coding::Octets,
        (0x4 | 0x5 | 0x9, _, 2) => Coding::Ucs2 { prefix: false },
        (0xF, _, 1 | 3) => Coding::Octets,
        (_, _, _) => Coding::Gsm7 { prefix: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        let plain = Coding::Gsm7 { prefix: false };
        for dcs in [
            None,
            Some(0x00),
            Some(0x0F),
            Some(0x0E),
            Some(0x20),
            Some(0x12),
            Some(0x40),
            Some(0x4C),
            Some(0x80),
        ] {
            assert_eq!(coding(dcs), plain, "{dcs:?}");
        }
        assert_eq!(coding(Some(0xF0)), plain);
        assert_eq!(coding(Some(0x10)), Coding::Gsm7 { prefix: true });
        assert_eq!(coding(Some(0x11)), Coding::Ucs2 { prefix: true });
        assert_eq!(coding(Some(72)), Coding::Ucs2 { prefix: false });
        assert_eq!(coding(Some(0x58)), Coding::Ucs2 { prefix: false });
        assert_eq!(coding(Some(68)), Coding::Octets);
        assert_eq!(coding(Some(0xF4)), Coding::Octets);
        assert_eq!(coding(Some(0x60)), Coding::Octets);
    }
}
