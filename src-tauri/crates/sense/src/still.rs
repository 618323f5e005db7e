//! Files that are to be shown on a counter as they are: one still picture of a kind that every browser knows, not too
//! large for a small computer, and whole. Judged by content, never by name; the size is looked at before anything is
//! unpacked. It changes nothing and keeps nothing. Called by the host's `Pictures`.

use std::io::Cursor;

use gerai_core::port::pictures::{Still, StillKind};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::image::PIXELS_MAX;
use crate::jpeg;

/// Bytes of a file: eight of them travel to every counter, some over a weak wireless network.
pub const STILL_BYTES_MAX: usize = 2 << 20;
/// Pixels along a side: twice a 4K screen, and what small computers' graphics take as one picture.
pub const STILL_SIDE_MAX: u32 = 8_192;
/// Bytes that unpacking may take: eight for each pixel of the largest picture are refused, four are not.
const UNPACKED_BYTES_MAX: u64 = PIXELS_MAX * 4 + (16 << 20);
/// Passes of a progressive JPEG, as in `image`.
const JPEG_SCANS_MAX: usize = 64;

/// Why a file is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StillError {
    /// The file is too large.
    #[error(
        "the file has {kilobytes} kB, at most {} kB are taken; save the picture smaller, or as a JPEG of lower quality",
        STILL_BYTES_MAX / 1024
    )]
    TooManyBytes {
        /// What it has, in units of 1,024 bytes, rounded up.
        kilobytes: usize,
    },
    /// The picture is too large.
    #[error(
        "the picture has {width} × {height} pixels, at most {STILL_SIDE_MAX} along a side and {PIXELS_MAX} in all are shown; save it smaller"
    )]
    TooManyPixels {
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// It moves.
    #[error("this {kind} moves, and moving pictures are not shown beside a payment; save one picture of it")]
    Moves {
        /// Its kind.
        kind: &'static str,
    },
    /// It is something else.
    #[error("this is {what}, not a JPEG, PNG or WebP picture; save it as one of these")]
    OtherKind {
        /// What it looks like.
        what: &'static str,
    },
    /// It is broken or cut off.
    #[error("the {kind} picture is broken or cut off ({reason}); save or copy it again")]
    Broken {
        /// Its kind.
        kind: &'static str,
        /// What the decoder says.
        reason: String,
    },
}

/// Whether this file is one still picture that can be shown.
///
/// # Errors
/// [`StillError`] says what is wrong and what to do.
pub fn check(file: &[u8]) -> Result<Still, StillError> {
    if file.len() > STILL_BYTES_MAX {
        return Err(StillError::TooManyBytes { kilobytes: file.len().div_ceil(1024) });
    }
    if file.starts_with(b"\xFF\xD8\xFF") {
        jpeg_still(file)
    } else if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        png_still(file)
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        webp_still(file)
    } else {
        Err(StillError::OtherKind { what: what_else(file) })
    }
}

fn jpeg_still(file: &[u8]) -> Result<Still, StillError> {
    let broken = |reason: String| StillError::Broken { kind: "JPEG", reason };
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(JPEG_SCANS_MAX)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|error| broken(error.to_string()))?;
    let (width, height) = decoder
        .info()
        .map(|info| (info.width as u64, info.height as u64))
        .ok_or_else(|| broken("it has no size".to_owned()))?;
    let (width, height) = size(width, height, "JPEG")?;
    // The decoder forgives an end that is missing, as webcams leave it out; here it would be a grey rest on the wall.
    if jpeg::end(file).is_none() {
        return Err(broken("its end is missing".to_owned()));
    }
    decoder.decode().map_err(|error| broken(error.to_string()))?;
    Ok(Still { kind: StillKind::Jpeg, width, height })
}

fn png_still(file: &[u8]) -> Result<Still, StillError> {
    let broken = |error: ImageError| StillError::Broken { kind: "PNG", reason: error.to_string() };
    let decoder = PngDecoder::with_limits(Cursor::new(file), limits()).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = size(width.into(), height.into(), "PNG")?;
    if decoder.is_apng().map_err(broken)? {
        return Err(StillError::Moves { kind: "PNG" });
    }
    whole(decoder, width, height).map_err(broken)?;
    Ok(Still { kind: StillKind::Png, width, height })
}

fn webp_still(file: &[u8]) -> Result<Still, StillError> {
    let broken = |error: ImageError| StillError::Broken { kind: "WebP", reason: error.to_string() };
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
    decoder.set_limits(limits()).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = size(width.into(), height.into(), "WebP")?;
    if decoder.has_animation() {
        return Err(StillError::Moves { kind: "WebP" });
    }
    whole(decoder, width, height).map_err(broken)?;
    Ok(Still { kind: StillKind::WebP, width, height })
}

/// Unpacks it to the last pixel: only then is nothing missing.
fn whole(decoder: impl ImageDecoder, width: u32, height: u32) -> Result<(), ImageError> {
    let mut limits = limits();
    limits.check_dimensions(width, height)?;
    limits.reserve(decoder.total_bytes())?;
    DynamicImage::from_decoder(decoder).map(drop)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(UNPACKED_BYTES_MAX);
    limits
}

fn size(width: u64, height: u64, kind: &'static str) -> Result<(u32, u32), StillError> {
    if width == 0 || height == 0 {
        return Err(StillError::Broken { kind, reason: "it has no pixels".to_owned() });
    }
    let too_many = StillError::TooManyPixels { width, height };
    if width.saturating_mul(height) > PIXELS_MAX {
        return Err(too_many);
    }
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(across), Ok(down)) if across <= STILL_SIDE_MAX && down <= STILL_SIDE_MAX => Ok((across, down)),
        _ => Err(too_many),
    }
}

/// What a file is that is none of the three, as far as its beginning tells.
fn what_else(file: &[u8]) -> &'static str {
    let start = &file[..file.len().min(1_024)];
    let has = |needle: &[u8]| start.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle));
    match start {
        [] => "an empty file",
        [b'G', b'I', b'F', b'8', ..] => "a GIF",
        [b'B', b'M', ..] => "a BMP",
        [b'%', b'P', b'D', b'F', ..] => "a PDF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => "a HEIC photo",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "an AVIF picture",
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => "a TIFF picture",
        _ if has(b"<svg") => "an SVG drawing",
        _ if std::str::from_utf8(start).is_ok() => "a text",
        _ => "something else",
    }
}
