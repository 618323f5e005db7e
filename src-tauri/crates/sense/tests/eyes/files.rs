//! Picture files of all kinds, webcams' frames, and what is refused.

use std::io::Cursor;

use gerai_sense::image::{Grey, PictureError, SIDE_MAX, file_to_grey, grey_to_png, jpeg_to_grey, rgb_to_png};
use gerai_sense::qr::Chain;
use image::{DynamicImage, GrayImage, ImageFormat, Rgba, RgbaImage};

use crate::draw::{TOKEN, one};

fn file(format: ImageFormat) -> Vec<u8> {
    let wall = one(TOKEN);
    let grey = GrayImage::from_raw(wall.width, wall.height, wall.pixels).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(grey).into_rgb8()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn files_of_all_kinds_are_read() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        let found = Chain.read_file(&file(format)).unwrap();
        assert_eq!(found.len(), 1, "{format:?}");
        assert_eq!(found[0].text, TOKEN, "{format:?}");
    }
}

#[test]
fn a_clear_background_is_white_paper() {
    let wall = one(TOKEN);
    let picture = RgbaImage::from_fn(wall.width, wall.height, |x, y| {
        let dark = wall.pixels[(y * wall.width + x) as usize] < 128;
        Rgba([0, 0, 0, if dark { 255 } else { 0 }])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    assert_eq!(Chain.read_file(&bytes.into_inner()).unwrap()[0].text, TOKEN);
}

#[test]
fn a_webcam_leaves_out_the_huffman_tables() {
    let whole = one(TOKEN).jpeg();
    let frame = without_tables(&whole);
    assert!(frame.len() < whole.len(), "the encoder wrote tables to take out");
    assert_eq!(Chain.read_jpeg(&frame).unwrap()[0].text, TOKEN);
}

/// Takes the DHT segments out and marks the frame as webcams do.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    frame.extend_from_slice(b"AVI1\0\0\0\0\0\0\0\0\0\0");
    let mut at = 2;
    while jpeg[at + 1] != 0xda {
        let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != 0xc4 && jpeg[at + 1] != 0xe0 {
            frame.extend_from_slice(&jpeg[at..at + length]);
        }
        at += length;
    }
    frame.extend_from_slice(&jpeg[at..]);
    frame
}

#[test]
fn png_keeps_every_pixel() {
    let wall = one(TOKEN);
    let png = grey_to_png(wall.width, wall.height, &wall.pixels).unwrap();
    assert_eq!(file_to_grey(&png).unwrap(), wall.grey());
    let colours: Vec<u8> = wall.pixels.iter().flat_map(|grey| [*grey; 3]).collect();
    let png = rgb_to_png(wall.width, wall.height, &colours).unwrap();
    assert_eq!(image::load_from_memory(&png).unwrap().into_rgb8().into_raw(), colours);
    assert!(grey_to_png(3, 3, &[0; 8]).is_err() && rgb_to_png(3, 3, &[0; 9]).is_err());
}

/// The start of a PNG that claims this size.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = grey_to_png(8, 8, &[0; 64]).unwrap();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

/// CRC-32 as PNG counts it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[test]
fn a_small_file_that_claims_a_huge_picture_is_refused_before_unpacking() {
    for (width, height) in [(60_000, 60_000), (SIDE_MAX + 1, 1), (10_000, 10_000)] {
        let refused = file_to_grey(&png_claiming(width, height));
        let want = PictureError::TooManyPixels { width: u64::from(width), height: u64::from(height) };
        assert_eq!(refused, Err(want));
    }
    let mut jpeg = one(TOKEN).jpeg();
    let start = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[start + 5..start + 9].copy_from_slice(&[0x3f, 0xff, 0x3f, 0xff]);
    assert_eq!(jpeg_to_grey(&jpeg), Err(PictureError::TooManyPixels { width: 0x3fff, height: 0x3fff }));
}

#[test]
fn what_is_no_picture_is_named() {
    assert_eq!(file_to_grey(b"%PDF-1.7 and so on"), Err(PictureError::UnknownFormat));
    assert_eq!(file_to_grey(b""), Err(PictureError::UnknownFormat));
    let cut = &file(ImageFormat::Png)[..200];
    assert!(matches!(file_to_grey(cut), Err(PictureError::Broken { format: "PNG", .. })));
    assert_eq!(Grey::new(0, 5, Vec::new()), Err(PictureError::Empty));
    assert!(matches!(Grey::new(u32::MAX, u32::MAX, Vec::new()), Err(PictureError::TooManyPixels { .. })));
}
