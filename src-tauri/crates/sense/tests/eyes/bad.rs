//! Broken bytes and hostile pictures: never a panic, and the next picture is read as if nothing had been.

use gerai_sense::image::{Grey, file_to_grey};
use gerai_sense::qr::{Chain, WAYS};
use proptest::prelude::*;

use crate::draw::{LONG, TOKEN, Wall, one};

#[test]
fn a_jpeg_cut_anywhere_never_panics_and_never_lies() {
    let jpeg = one(TOKEN).jpeg();
    for length in (0..jpeg.len()).step_by(jpeg.len() / 97) {
        if let Ok(found) = Chain.read_jpeg(&jpeg[..length]) {
            assert!(found.iter().all(|code| code.text == TOKEN), "cut at {length}");
        }
    }
    assert_eq!(Chain.read_jpeg(&jpeg).unwrap().len(), 1);
}

#[test]
fn pictures_of_any_shape_are_looked_at() {
    for (width, height) in
        [(1, 1), (1, 900), (900, 1), (7, 7), (39, 40), (41, 23), (640, 17), (16, 16), (50, 48)]
    {
        for fill in [0, 128, 255] {
            let grey = Grey::new(width, height, vec![fill; (width * height) as usize]).unwrap();
            assert!(Chain.read(&grey).is_empty());
            for by in WAYS {
                assert!(Chain.read_by(&grey, *by).is_empty(), "{width} × {height} by {by:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000), kind in 0..5_usize) {
        let heads: [&[u8]; 5] = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x00\x10\x00\x00WEBPVP8L"];
        let _ = file_to_grey(&[heads[kind], &bytes].concat());
    }

    #[test]
    fn a_jpeg_with_wrong_bytes_never_panics_and_never_lies(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut jpeg = one(TOKEN).jpeg();
        for (at, byte) in changes {
            let at = at.index(jpeg.len());
            jpeg[at] = byte;
        }
        if let Ok(found) = Chain.read_jpeg(&jpeg) {
            prop_assert!(found.iter().all(|code| code.text == TOKEN));
        }
    }

    #[test]
    fn codes_with_patches_over_them_never_panic_and_never_lie(
        patches in proptest::collection::vec((0..400_u32, 0..400_u32, 1..160_u32, 1..160_u32, any::<bool>()), 0..9),
        finders in proptest::collection::vec((0..380_u32, 0..380_u32), 0..4),
        module in 2..6_u32,
    ) {
        let mut wall = Wall::new(400, 400);
        wall.hang(LONG, (200.0, 200.0), module as f32, 0.0, false);
        for (left, top, width, height, dark) in patches {
            for y in top..(top + height).min(400) {
                for x in left..(left + width).min(400) {
                    wall.pixels[(y * 400 + x) as usize] = if dark { 0 } else { 255 };
                }
            }
        }
        for (left, top) in finders {
            for y in top..(top + 7 * module).min(400) {
                for x in left..(left + 7 * module).min(400) {
                    let (column, row) = ((x - left) / module, (y - top) / module);
                    let ring = column.abs_diff(3).max(row.abs_diff(3));
                    wall.pixels[(y * 400 + x) as usize] = if ring == 2 { 255 } else { 0 };
                }
            }
        }
        let grey = wall.grey();
        for by in WAYS {
            prop_assert!(Chain.read_by(&grey, *by).iter().all(|code| code.text == LONG));
        }
    }
}
