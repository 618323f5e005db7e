//! Pictures in every coding: made grey, made JPEG, too long, too short, damaged.

use gerai_core::port::scan::{CameraFormat, PixelFormat};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use proptest::prelude::*;

use crate::camera::lens::by_preference;
use crate::camera::picture::{Picture, PictureFault};
use crate::camera::simulated::{Square, desk};

/// A slope from black to white.
fn slope(width: u32, height: u32) -> Vec<u8> {
    (0..height).flat_map(|_| (0..width).map(move |x| u8::try_from(x * 255 / (width - 1)).unwrap())).collect()
}

fn encoded(width: u32, height: u32) -> Vec<u8> {
    let mut made = Vec::new();
    let rgb: Vec<u8> = slope(width, height).into_iter().flat_map(|shade| [shade; 3]).collect();
    JpegEncoder::new_with_quality(&mut made, 95)
        .encode(&rgb, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    made
}

fn picture(pixels: PixelFormat, width: u32, height: u32, bytes: Vec<u8>) -> Picture {
    Picture { pixels, width, height, bytes }
}

/// Takes the Huffman tables out, as webcams do.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut kept = jpeg[..2].to_vec();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != 0xC4 {
            kept.extend(&jpeg[at..at + length]);
        }
        at += length;
    }
    kept.extend(&jpeg[at..]);
    assert!(kept.len() < jpeg.len());
    kept
}

fn close(grey: &[u8], want: &[u8]) {
    assert_eq!(grey.len(), want.len());
    let worst = grey.iter().zip(want).map(|(has, wanted)| has.abs_diff(*wanted)).max().unwrap();
    assert!(worst <= 6, "a shade is off by {worst}");
}

#[test]
fn a_jpeg_in_a_longer_buffer_is_cut_and_passed_on_unchanged() {
    let jpeg = encoded(80, 40);
    let mut mapped = jpeg.clone();
    // What the buffer held before: the end of an older, longer picture.
    mapped.extend([0x12, 0xFF, 0xD9, 0x00].repeat(500));
    let camera = picture(PixelFormat::Mjpg, 80, 40, mapped);
    assert_eq!(camera.jpeg().unwrap(), jpeg);
    let grey = camera.grey().unwrap();
    assert_eq!((grey.width, grey.height), (80, 40));
    close(&grey.pixels, &slope(80, 40));
}

#[test]
fn motion_jpeg_without_tables() {
    let bare = without_tables(&encoded(64, 32));
    let camera = picture(PixelFormat::Mjpg, 64, 32, bare.clone());
    close(&camera.grey().unwrap().pixels, &slope(64, 32));
    assert_eq!(camera.jpeg().unwrap(), bare);
}

#[test]
fn yuyv_is_cut_to_its_size() {
    let mut bytes: Vec<u8> = slope(64, 16).into_iter().flat_map(|shade| [shade, 128]).collect();
    bytes.extend([7; 5000]);
    let camera = picture(PixelFormat::Yuyv, 64, 16, bytes);
    assert_eq!(camera.grey().unwrap().pixels, slope(64, 16));
    let shown = image::load_from_memory(&camera.jpeg().unwrap()).unwrap().to_luma8();
    close(shown.as_raw(), &slope(64, 16));
}

#[test]
fn nv12_and_colours() {
    // All of one colour: red, by BT.601 Y 76, U 85, V 255.
    let mut bytes = vec![76; 32 * 16];
    bytes.extend([85, 255].repeat(32 * 16 / 4));
    let camera = picture(PixelFormat::Nv12, 32, 16, bytes);
    let shown = image::load_from_memory(&camera.jpeg().unwrap()).unwrap().to_rgb8();
    let [red, green, blue] = shown.get_pixel(10, 8).0;
    assert!(red > 245 && green < 12 && blue < 12, "{red} {green} {blue}");
    assert_eq!(camera.grey().unwrap().pixels.len(), 32 * 16);
}

#[test]
fn too_short_or_too_large_is_refused() {
    let short = picture(PixelFormat::Yuyv, 64, 16, vec![0; 2047]);
    assert_eq!(short.grey().err(), Some(PictureFault::Short { given: 2047, needed: 2048 }));
    let huge = picture(PixelFormat::Grey, 5000, 16, vec![0; 80_000]);
    assert_eq!(huge.grey().err(), Some(PictureFault::Size(5000, 16)));
    assert_eq!(picture(PixelFormat::Nv12, 0, 0, Vec::new()).jpeg().err(), Some(PictureFault::Size(0, 0)));
    let jpeg = encoded(64, 32);
    for length in 0..jpeg.len() {
        let cut = picture(PixelFormat::Mjpg, 64, 32, jpeg[..length].to_vec());
        assert!(cut.grey().is_err() && cut.jpeg().is_err(), "cut at {length}");
    }
}

#[test]
fn the_nearest_format_that_is_fast_enough() {
    let format = |width, height, pixels, fps| CameraFormat { width, height, pixels, fps };
    let formats = [
        format(640, 480, PixelFormat::Yuyv, 30),
        format(1280, 720, PixelFormat::Yuyv, 10),
        format(1280, 720, PixelFormat::Mjpg, 30),
        format(1280, 720, PixelFormat::Mjpg, 60),
        format(1920, 1080, PixelFormat::Mjpg, 30),
        format(1920, 1080, PixelFormat::Yuyv, 5),
    ];
    let best = |formats: &[CameraFormat]| by_preference(formats, 1280, 720)[0];
    assert_eq!(best(&formats), formats[2]);
    assert_eq!(best(&formats[..2]), formats[1]);
    assert_eq!(best(&[formats[0], formats[4]]), formats[4], "rather too large than too small");
    assert_eq!(best(&[formats[0], formats[5]]), formats[0], "five pictures a second are no aiming");
    assert_eq!(by_preference(&[], 1280, 720), []);
}

proptest! {
    #[test]
    fn no_bytes_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..400),
        header in 0_usize..400,
        coding in prop::sample::select(vec![
            PixelFormat::Mjpg, PixelFormat::Yuyv, PixelFormat::Nv12, PixelFormat::Grey,
        ]),
        width in 0_u32..20,
        height in 0_u32..20,
    ) {
        if coding == PixelFormat::Mjpg {
            // Garbage alone never gets past the first marker.
            let real = encoded(16, 16);
            let at = header.min(real.len());
            bytes.splice(0..0, real[..at].iter().copied());
            bytes.extend([0xFF, 0xD9]);
        }
        let camera = picture(coding, width, height, bytes);
        let _ = camera.grey();
        let _ = camera.jpeg();
    }
}

/// Every module of the drawn code can be found again at its place, wherever the hand has moved it.
#[test]
fn the_simulated_desk_shows_the_code_whole() {
    let square = Square { side: 41, dark: (0..41 * 41).map(|at| (at * at / 7) % 3 == 0).collect() };
    for (width, height, number) in [(1280, 720, 1), (640, 480, 77), (1280, 720, 9_999_999)] {
        let pixels = desk(width, height, Some(&square), number);
        assert_eq!(pixels.len(), width * height);
        let card = |at: &usize| pixels[*at] > 200;
        let start = (0..pixels.len()).find(card).unwrap();
        let (left, top) = (start % width, start / width);
        let scale = height * 2 / 3 / (41 + 8);
        for (at, dark) in square.dark.iter().enumerate() {
            let x = left + (at % 41 + 4) * scale + scale / 2;
            let y = top + (at / 41 + 4) * scale + scale / 2;
            assert_eq!(pixels[y * width + x] < 100, *dark, "module {at} of picture {number}");
        }
    }
    let broken = Square { side: 41, dark: vec![true; 3] };
    for square in [None, Some(&broken), Some(&Square { side: 0, dark: Vec::new() })] {
        assert!(desk(64, 48, square, 5).iter().all(|shade| (120..136).contains(shade)), "an empty desk");
    }
}
