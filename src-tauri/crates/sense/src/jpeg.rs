//! The segments of a JPEG (ITU-T T.81, annex B): where it ends in the longer buffer that a webcam's driver gives, and the
//! Huffman tables that "motion JPEG" leaves out because they are always the same ones. What it shows is `image`'s.

use std::borrow::Cow;

/// The segment by which motion JPEG is known; a decoder that sees it uses the standard tables.
const MOTION: [u8; 18] = *b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";

/// What a walk over the segments found.
#[derive(Default)]
struct Walk {
    /// First byte after the end marker; `None`: it is cut off.
    end: Option<usize>,
    /// Huffman tables are in it.
    tables: bool,
    /// It came to the picture itself.
    scan: bool,
}

/// `None`: this is no JPEG, or it breaks off; what was seen until then is in `walk`.
fn step_through(bytes: &[u8], walk: &mut Walk) -> Option<()> {
    if bytes.get(..2)? != [0xFF, 0xD8] {
        return None;
    }
    let mut at = 2;
    loop {
        // Fill bytes may stand before a marker.
        while bytes.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xD9 => {
                walk.end = Some(at + 2);
                return Some(());
            }
            0x01 | 0xD0..=0xD7 => at += 2,
            marker => {
                walk.tables |= marker == 0xC4;
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length).max(2);
                if marker == 0xDA {
                    walk.scan = true;
                    at = after_scan(bytes, at)?;
                }
            }
        }
    }
}

/// The next marker that is no part of a scan's own data: neither a stuffed zero nor a restart.
fn after_scan(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        match *bytes.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Some(at),
        }
    }
}

fn walk(bytes: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let _ = step_through(bytes, &mut walk);
    walk
}

/// Length of the JPEG at the beginning of this buffer; `None`: there is none, or it is cut off.
#[must_use]
pub fn end(bytes: &[u8]) -> Option<usize> {
    walk(bytes).end
}

/// The same JPEG for decoders that want to be told that the usual Huffman tables are meant where it has none.
#[must_use]
pub fn with_tables(bytes: &[u8]) -> Cow<'_, [u8]> {
    let found = walk(bytes);
    match bytes.split_at_checked(2) {
        Some((start, rest)) if found.scan && !found.tables => Cow::Owned([start, &MOTION, rest].concat()),
        Some(_) | None => Cow::Borrowed(bytes),
    }
}
