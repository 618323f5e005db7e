//! JPEG as webcams give it: where one ends in a longer buffer, and its grey picture. Cameras leave the Huffman tables out
//! of "motion JPEG" because they are always the same ones.

use std::borrow::Cow;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::picture::{Grey, PictureFault, SIDE_MAX};

/// The segment by which motion JPEG is known; a decoder that sees it uses the standard tables.
const MOTION: [u8; 18] = *b"\xff\xe0\x00\x10AVI1\0\0\0\0\0\0\0\0\0\0";

/// What a walk over the segments found (ITU-T T.81, section B.1).
struct Walk {
    /// First byte after the end marker.
    end: usize,
    /// Huffman tables are in it.
    tables: bool,
}

fn walk(bytes: &[u8]) -> Option<Walk> {
    if bytes.get(..2)? != [0xFF, 0xD8] {
        return None;
    }
    let mut at = 2;
    let mut tables = false;
    loop {
        // Fill bytes may stand before a marker.
        while bytes.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xD9 => return Some(Walk { end: at + 2, tables }),
            0x01 | 0xD0..=0xD7 => at += 2,
            marker => {
                tables |= marker == 0xC4;
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length).max(2);
                if marker == 0xDA {
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

/// Length of the JPEG at the beginning of this buffer; `None`: there is none, or it is cut off.
#[must_use]
pub fn end(bytes: &[u8]) -> Option<usize> {
    walk(bytes).map(|walk| walk.end)
}

/// The grey picture of the JPEG at the beginning of this buffer.
///
/// # Errors
/// It is damaged, cut off, or larger than [`SIDE_MAX`] in a direction.
pub fn grey(bytes: &[u8]) -> Result<Grey<'static>, PictureFault> {
    let walk = walk(bytes).ok_or_else(|| PictureFault::Jpeg("it is cut off".to_owned()))?;
    let whole = bytes.get(..walk.end).unwrap_or(bytes);
    if walk.tables {
        return decode(whole);
    }
    let (start, rest) = whole.split_at(2);
    decode(&[start, &MOTION, rest].concat())
}

fn decode(bytes: &[u8]) -> Result<Grey<'static>, PictureFault> {
    let options = DecoderOptions::new_fast()
        .set_max_width(SIDE_MAX as usize)
        .set_max_height(SIDE_MAX as usize)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode().map_err(|error| PictureFault::Jpeg(error.to_string()))?;
    let info = decoder.info().ok_or_else(|| PictureFault::Jpeg("it has no size".to_owned()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    let needed = width as usize * height as usize;
    if pixels.len() != needed || needed == 0 {
        return Err(PictureFault::Short { given: pixels.len(), needed });
    }
    Ok(Grey { width, height, pixels: Cow::Owned(pixels) })
}
