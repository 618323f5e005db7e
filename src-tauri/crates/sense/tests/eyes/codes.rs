//! Codes that can be read, and pictures without one.

use gerai_sense::qr::{Chain, Decoder, Found, Look};

use crate::draw::{LONG, TOKEN, Wall, one};

fn texts(found: &[Found]) -> Vec<&str> {
    found.iter().map(|code| code.text.as_str()).collect()
}

#[test]
fn a_code_is_read_in_any_position() {
    for degrees in (0..360).step_by(15) {
        let mut wall = Wall::new(640, 480);
        let want = wall.hang(TOKEN, (300.0, 230.0), 4.0, degrees as f32, false);
        let found = Chain.read(&wall.grey());
        assert_eq!(texts(&found), [TOKEN], "turned by {degrees}°");
        for (at, want) in found[0].corners.iter().zip(want) {
            let off = (at.0 - want.0).hypot(at.1 - want.1);
            assert!(off < 4.0, "turned by {degrees}°: corner at {at:?}, drawn at {want:?}");
        }
    }
}

#[test]
fn light_codes_on_dark_ground_are_read() {
    for module in [2.5, 3.0, 5.0] {
        let mut wall = Wall::new(640, 480);
        wall.hang(LONG, (330.0, 250.0), module, 4.0, true);
        assert_eq!(texts(&Chain.read(&wall.grey())), [LONG], "modules of {module} pixels");
    }
}

#[test]
fn modules_of_two_and_a_half_pixels_are_enough() {
    for shift in 0..8 {
        let mut wall = Wall::new(640, 480);
        let middle = (200.0 + shift as f32 * 13.3, 240.0 - shift as f32 * 7.7);
        wall.hang(TOKEN, middle, 2.5, shift as f32, false);
        assert_eq!(texts(&Chain.read(&wall.grey())), [TOKEN], "middle at {middle:?}");
    }
}

#[test]
fn two_codes_in_a_picture_are_both_given() {
    let mut wall = Wall::new(1280, 720);
    wall.hang(TOKEN, (300.0, 360.0), 4.0, 10.0, false);
    wall.hang(LONG, (950.0, 360.0), 4.0, -20.0, false);
    let found = Chain.read(&wall.grey());
    let mut both = texts(&found);
    both.sort_unstable();
    assert_eq!(both, [TOKEN, LONG]);
}

#[test]
fn the_same_code_twice_is_two_finds_at_two_places() {
    let mut wall = Wall::new(1280, 720);
    wall.hang(TOKEN, (300.0, 360.0), 4.0, 0.0, false);
    wall.hang(TOKEN, (950.0, 360.0), 4.0, 0.0, false);
    assert_eq!(texts(&Chain.read(&wall.grey())), [TOKEN, TOKEN]);
}

#[test]
fn a_picture_without_a_code_finds_nothing() {
    assert!(Chain.read(&Wall::new(640, 480).grey()).is_empty());
    let mut stripes = Wall::new(1280, 720);
    for (index, pixel) in stripes.pixels.iter_mut().enumerate() {
        let (x, y) = (index % 1280, index / 1280);
        *pixel = if (x / 5 + y / 3 + x * y / 700) % 3 == 0 { 20 } else { 220 };
    }
    assert!(Chain.read(&stripes.grey()).is_empty());
}

#[test]
fn the_first_try_reads_an_easy_code() {
    let found = Chain.read(&one(TOKEN).grey());
    assert_eq!((found[0].by.decoder, found[0].by.look), (Decoder::Rxing, Look::Whole));
}

#[test]
fn a_large_photo_is_read_with_corners_in_its_own_pixels() {
    let mut wall = Wall::new(4000, 3000);
    let want = wall.hang(TOKEN, (2200.0, 1700.0), 22.0, 30.0, false);
    let found = Chain.read(&wall.grey());
    assert_eq!(texts(&found), [TOKEN]);
    for (at, want) in found[0].corners.iter().zip(want) {
        let off = (at.0 - want.0).hypot(at.1 - want.1);
        assert!(off < 22.0, "corner at {at:?}, drawn at {want:?}");
    }
}

#[test]
fn a_small_code_in_a_large_photo_is_read() {
    let mut wall = Wall::new(4000, 3000);
    wall.hang(TOKEN, (1000.0, 900.0), 4.0, 5.0, false);
    assert_eq!(texts(&Chain.read(&wall.grey())), [TOKEN]);
}

#[test]
fn the_outline_stands_off_and_stays_inside_the_picture() {
    let mut wall = Wall::new(640, 480);
    wall.hang(TOKEN, (90.0, 240.0), 4.0, 0.0, false);
    let found = Chain.read(&wall.grey());
    let (corners, outline) = (found[0].corners, found[0].outline(640, 480));
    assert!(outline[0].0 < corners[0].0 && outline[0].1 < corners[0].1, "{outline:?} around {corners:?}");
    assert!(outline[2].0 > corners[2].0 && outline[2].1 > corners[2].1, "{outline:?} around {corners:?}");
    assert!(found[0].outline(100, 100).iter().all(|(x, y)| *x <= 99.0 && *y <= 99.0));
}

#[test]
fn a_find_prints_no_token() {
    let found = Chain.read(&one(TOKEN).grey());
    assert!(!format!("{found:?}").contains(&TOKEN[..10]));
}
