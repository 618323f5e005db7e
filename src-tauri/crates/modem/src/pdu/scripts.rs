//! The ten Brahmic and Arabic scripts of the national tables (3GPP TS 23.038, sections A.2.4 to A.2.13 and A.3.4 to A.3.13).
//! Their tables share one layout, so each is written down as what sets it apart. Which table counts is decided in
//! `super::national`.

use super::national::Language;

/// First and last septet of a run of places.
pub(crate) type Runs = &'static [(u8, u8)];

/// Where the locking tables of the ten scripts (A.3.4 to A.3.13) hold letters of the script, in order: 80 places. All else
/// is the same in each: line feed, carriage return, escape, space, `!`, brackets, digits, small letters and stops.
pub(crate) const LOCKING_FREE: Runs = &[
    (0x00, 0x09),
    (0x0B, 0x0C),
    (0x0E, 0x1A),
    (0x1C, 0x1F),
    (0x22, 0x27),
    (0x2A, 0x2B),
    (0x2D, 0x2D),
    (0x2F, 0x2F),
    (0x3C, 0x3E),
    (0x40, 0x60),
    (0x7B, 0x7F),
];
/// Where the single shift tables of the ten scripts (A.2.4 to A.2.13) hold characters of the script, in order: 34 places.
pub(crate) const SINGLE_FREE: Runs = &[(0x19, 0x1A), (0x1C, 0x27), (0x2A, 0x2E), (0x30, 0x3B), (0x3F, 0x3F)];

/// How many places of the runs come before this one; `None` when it is not among them.
pub(crate) fn free_place(runs: Runs, septet: u8) -> Option<usize> {
    let mut before = 0;
    for &(first, last) in runs {
        if (first..=last).contains(&septet) {
            return Some(before + usize::from(septet - first));
        }
        before += usize::from(last - first) + 1;
    }
    None
}

/// What the locking tables of the ten scripts have in common.
pub(crate) fn fixed_locking(septet: u8) -> Option<char> {
    match septet {
        0x28 => Some(')'),
        0x29 => Some('('),
        0x0A | 0x0D | 0x20 | 0x21 | 0x2C | 0x2E | 0x30..=0x3B | 0x3F | 0x61..=0x7A => {
            Some(char::from(septet))
        }
        _ => None,
    }
}

/// What the single shift tables of the ten scripts have in common; the rest is as in the default extension table.
pub(crate) fn fixed_single(septet: u8) -> Option<char> {
    const FIRST: [char; 25] = [
        '@', '£', '$', '¥', '¿', '"', '¤', '%', '&', '\'', '\u{c}', '*', '+', '\r', '-', '/', '<', '=', '>',
        '¡', '^', '¡', '_', '#', '*',
    ];
    match septet {
        0x41..=0x5A => Some(char::from(septet)),
        _ => FIRST.get(usize::from(septet)).copied(),
    }
}

pub(crate) fn character(block: u32, low: u8) -> Option<char> {
    char::from_u32(block + u32::from(low))
}

/// One of the ten scripts. Nine of them lie in Unicode blocks that follow one plan (that of ISCII), and so do their tables.
pub(crate) struct Script {
    /// First code point of its block.
    block: u32,
    /// Offsets within the block, of those from 01 to 4D, that the table leaves empty.
    gaps: &'static [u8],
    /// Offsets at 0x60 and at 0x7B to 0x7F.
    last: [u8; 6],
    /// Code points before the digits in the single shift table; 0 leaves a place empty.
    before_digits: &'static [u32],
    /// Offset of its zero.
    zero: u8,
    /// Offsets after the digits.
    after_digits: &'static [u8],
}

/// Danda and double danda, which the scripts share.
const DANDAS: &[u32] = &[0x0964, 0x0965];

impl Script {
    pub(crate) fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::Turkish | Language::Spanish | Language::Portuguese => None,
            Language::Bengali => Some(&BENGALI),
            Language::Gujarati => Some(&GUJARATI),
            Language::Hindi => Some(&HINDI),
            Language::Kannada => Some(&KANNADA),
            Language::Malayalam => Some(&MALAYALAM),
            Language::Oriya => Some(&ORIYA),
            Language::Punjabi => Some(&PUNJABI),
            Language::Tamil => Some(&TAMIL),
            Language::Telugu => Some(&TELUGU),
            Language::Urdu => Some(&URDU),
        }
    }

    /// Character at one of the free places of the locking table: offsets 01 to 03, 05 to 39, 3C to 4D, then `last`.
    pub(crate) fn locking(&self, place: usize) -> Option<char> {
        let offset = match u8::try_from(place).ok()? {
            place @ 0..=2 => place + 0x01,
            place @ 3..=55 => place + 0x02,
            place @ 56..=73 => place + 0x04,
            place => return character(self.block, *self.last.get(usize::from(place) - 74)?),
        };
        if self.gaps.contains(&offset) { None } else { character(self.block, offset) }
    }

    /// Character at one of the free places of the single shift table.
    pub(crate) fn single(&self, place: usize) -> Option<char> {
        if let Some(&code_point) = self.before_digits.get(place) {
            return if code_point == 0 { None } else { char::from_u32(code_point) };
        }
        let place = place - self.before_digits.len();
        if let (0..10, Ok(digit)) = (place, u8::try_from(place)) {
            return character(self.block, self.zero + digit);
        }
        self.after_digits.get(place - 10).and_then(|offset| character(self.block, *offset))
    }
}

const BENGALI: Script = Script {
    block: 0x0980,
    gaps: &[0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x33, 0x34, 0x35, 0x45, 0x46, 0x49, 0x4A],
    last: [0x4E, 0x57, 0x5C, 0x5D, 0x70, 0x71],
    before_digits: &[],
    zero: 0x66,
    after_digits: &[0x5F, 0x60, 0x61, 0x62, 0x63, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A],
};
const GUJARATI: Script = Script {
    block: 0x0A80,
    gaps: &[0x0E, 0x12, 0x29, 0x31, 0x34, 0x46, 0x4A],
    last: [0x50, 0x60, 0x61, 0x62, 0x63, 0x71],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[],
};
const HINDI: Script = Script {
    block: 0x0900,
    gaps: &[],
    last: [0x50, 0x72, 0x7B, 0x7C, 0x7E, 0x7F],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[
        0x51, 0x52, 0x53, 0x54, 0x58, 0x59, 0x5A, 0x5B, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x62, 0x63, 0x70,
        0x71,
    ],
};
const KANNADA: Script = Script {
    block: 0x0C80,
    gaps: &[0x01, 0x0D, 0x11, 0x29, 0x34, 0x45, 0x49],
    last: [0x55, 0x56, 0x60, 0x61, 0x62, 0x63],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[0x5E, 0x71, 0x72],
};
const MALAYALAM: Script = Script {
    block: 0x0D00,
    gaps: &[0x01, 0x0D, 0x11, 0x29, 0x3C, 0x45, 0x49],
    last: [0x57, 0x60, 0x61, 0x62, 0x63, 0x79],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F],
};
const ORIYA: Script = Script {
    block: 0x0B00,
    gaps: &[0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x34, 0x45, 0x46, 0x49, 0x4A],
    last: [0x56, 0x57, 0x60, 0x61, 0x62, 0x63],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[0x5C, 0x5D, 0x5F, 0x70, 0x71],
};
const PUNJABI: Script = Script {
    block: 0x0A00,
    gaps: &[
        0x0B, 0x0C, 0x0D, 0x0E, 0x11, 0x12, 0x29, 0x31, 0x34, 0x37, 0x3D, 0x43, 0x44, 0x45, 0x46, 0x49, 0x4A,
    ],
    last: [0x51, 0x70, 0x71, 0x72, 0x73, 0x74],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[0x59, 0x5A, 0x5B, 0x5C, 0x5E, 0x75],
};
const TAMIL: Script = Script {
    block: 0x0B80,
    gaps: &[
        0x01, 0x0B, 0x0C, 0x0D, 0x11, 0x16, 0x17, 0x18, 0x1B, 0x1D, 0x20, 0x21, 0x22, 0x25, 0x26, 0x27, 0x2B,
        0x2C, 0x2D, 0x3C, 0x3D, 0x43, 0x44, 0x45, 0x49,
    ],
    last: [0x50, 0x57, 0x70, 0x71, 0x72, 0x79],
    before_digits: DANDAS,
    zero: 0x66,
    after_digits: &[0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x7A],
};
const TELUGU: Script = Script {
    block: 0x0C00,
    gaps: &[0x0D, 0x11, 0x29, 0x34, 0x3C, 0x45, 0x49],
    last: [0x55, 0x56, 0x60, 0x61, 0x62, 0x63],
    before_digits: &[0, 0],
    zero: 0x66,
    after_digits: &[0x58, 0x59, 0x78, 0x79, 0x7A, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F],
};
/// Its locking table follows no plan: see [`URDU_LOCKING`].
const URDU: Script = Script {
    block: 0x0600,
    gaps: &[],
    last: [0; 6],
    before_digits: &[0x0600, 0x0601],
    zero: 0xF0,
    after_digits: &[
        0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0x1B, 0x1F, 0x40, 0x52, 0x58, 0x6B, 0x6C, 0x72,
        0x73, 0xCD, 0xD4,
    ],
};
/// Section A.3.13: offsets from U+0600 at the free places.
#[rustfmt::skip]
pub(crate) const URDU_LOCKING: [u8; 80] = [
    0x27, 0x22, 0x28, 0x7B, 0x80, 0x7E, 0xA6, 0x2A, 0xC2, 0x7F, 0x79, 0x7D, 0x7A, 0x7C, 0x2B, 0x2C,
    0x81, 0x84, 0x83, 0x85, 0x86, 0x87, 0x2D, 0x2E, 0x2F, 0x8C, 0x88, 0x89, 0x8A, 0x8F, 0x8D, 0x30,
    0x31, 0x91, 0x93, 0x99, 0x32, 0x96, 0x98, 0x9A, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x41,
    0x42, 0xA9, 0xAA, 0xAB, 0xAF, 0xB3, 0xB1, 0x44, 0x45, 0x46, 0xBA, 0xBB, 0xBC, 0x48, 0xC4, 0xD5,
    0xC1, 0xBE, 0x21, 0xCC, 0xD0, 0xD2, 0x4D, 0x50, 0x4F, 0x57, 0x54, 0x55, 0x51, 0x53, 0x56, 0x70,
];
