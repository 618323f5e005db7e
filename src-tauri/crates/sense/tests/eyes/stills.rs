//! Files that are to be shown: the three kinds, and everything that must be refused with a sentence that helps.

use std::io::Cursor;

use gerai_core::port::pictures::{Still, StillKind};
use gerai_sense::still::{STILL_BYTES_MAX, StillError, check};
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;

fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 7 % 256) as u8, (y * 3 % 256) as u8, ((x ^ y) % 256) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG chunk with its checksum.
fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            })
        })
    };
    let named = [kind, body].concat();
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

#[test]
fn the_three_kinds_are_known_by_what_is_in_them() {
    for (format, kind) in [
        (ImageFormat::Jpeg, StillKind::Jpeg),
        (ImageFormat::Png, StillKind::Png),
        (ImageFormat::WebP, StillKind::WebP),
    ] {
        assert_eq!(check(&file(format, 40, 30)).unwrap(), Still { kind, width: 40, height: 30 });
        assert_eq!(StillKind::of_media_type(kind.media_type()), Some(kind));
    }
    assert_eq!(StillKind::of_media_type("image/gif"), None);
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = file(format, 64, 64);
        for part in [2, 12, 40, whole.len() / 3, whole.len() / 2, whole.len() * 9 / 10, whole.len() - 40] {
            let told = check(&whole[..part]).unwrap_err();
            assert!(
                matches!(told, StillError::Broken { .. } | StillError::OtherKind { .. }),
                "{format:?} cut at {part}: {told}"
            );
        }
    }
}

#[test]
fn what_moves_is_refused() {
    let still = file(ImageFormat::Png, 8, 8);
    // Two frames announced behind IHDR (8 + 25 bytes) make it an animated PNG.
    let mut moving = still[..33].to_vec();
    moving.extend(chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]));
    moving.extend(&still[33..]);
    assert_eq!(check(&moving), Err(StillError::Moves { kind: "PNG" }));
    // The extended header of a WebP says that it moves; then come its frames' rules and a frame.
    let inner = file(ImageFormat::WebP, 8, 8)[12..].to_vec();
    let mut body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\x07\0\0\x07\0\0ANIM\x06\0\0\0\0\0\0\0\0\0ANMF".to_vec();
    body.extend(u32::try_from(16 + inner.len()).unwrap().to_le_bytes());
    body.extend([0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 100, 0, 0, 0]);
    body.extend(inner);
    let moving = [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat();
    assert_eq!(check(&moving), Err(StillError::Moves { kind: "WebP" }));
}

#[test]
fn others_are_called_by_their_names() {
    for (bytes, word) in [
        (&b""[..], "an empty file"),
        (b"GIF89a\x01\0\x01\0", "a GIF"),
        (b"<?xml version=\"1.0\"?><SVG xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"),
        (b"nasi goreng 15.000", "a text"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC photo"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "an AVIF picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x80\x81\x82", "something else"),
    ] {
        let told = check(bytes).unwrap_err();
        assert!(told.to_string().starts_with(&format!("this is {word}, ")), "{told}");
    }
}

#[test]
fn too_large_is_seen_before_anything_is_unpacked() {
    let told = check(&vec![0xFF; STILL_BYTES_MAX + 1]).unwrap_err();
    assert_eq!(told, StillError::TooManyBytes { kilobytes: 2_049 });
    let mut claims = file(ImageFormat::Png, 8, 8);
    claims[16..24].copy_from_slice(&[0, 0, 0x20, 1, 0, 0, 0, 8]);
    let header: Vec<u8> = chunk(b"IHDR", &claims[16..29]);
    claims[8..33].copy_from_slice(&header);
    assert_eq!(check(&claims), Err(StillError::TooManyPixels { width: 8_193, height: 8 }));
    claims[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
    let header: Vec<u8> = chunk(b"IHDR", &claims[16..29]);
    claims[8..33].copy_from_slice(&header);
    assert_eq!(check(&claims), Err(StillError::TooManyPixels { width: 8_192, height: 8_192 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_files_are_judged_and_nothing_else(
        format in prop_oneof![Just(ImageFormat::Jpeg), Just(ImageFormat::Png), Just(ImageFormat::WebP)],
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = file(format, 24, 24);
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(still) = check(&bytes) {
            prop_assert!(still.width >= 1 && still.height >= 1);
        }
    }
}
