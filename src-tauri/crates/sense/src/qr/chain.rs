//! The order in which a picture is tried, and when to stop. Most codes are read by the first try on the whole picture; the
//! others cost more each, so they only get the busy parts of it. The order was found by `cargo xtask bench qr`.

use super::decoders::{Read, rqrr, rxing_bits, rxing_blocks, shielded};
use super::region::{Place, places};
use super::scale::{View, double, half, inverted, soft};
use super::threshold::Bits;
use super::{By, Decoder, Found, Look};
use crate::image::{Grey, PictureError, file_to_grey, jpeg_to_grey};

/// Pixels of a part that may still be doubled: 450 × 450. More is slow, and has large modules anyway.
const DOUBLED_PIXELS_MAX: usize = 200_000;
/// Pixels of a part that may still be made four times as large: 250 × 250, where modules of two pixels make a code.
const QUADRUPLED_PIXELS_MAX: usize = 62_500;
/// Pixels of a picture that is tried as a webcam's frame is; larger ones are halved until they are this small.
const FRAME_PIXELS_MAX: usize = 2_500_000;
/// Pixels along the shorter side below which there can be no code: 21 modules and a bit.
const SIDE_MIN: usize = 24;

const fn way(decoder: Decoder, look: Look) -> By {
    By { decoder, look }
}

/// All tries, in their order.
pub const WAYS: &[By] = &[
    way(Decoder::Rxing, Look::Whole),
    way(Decoder::Rxing, Look::NearSoft),
    way(Decoder::Rxing, Look::NearPlain),
    way(Decoder::Rxing, Look::NearSoftInverted),
    way(Decoder::Rxing, Look::NearDouble),
    way(Decoder::Rxing, Look::NearDoubleTight),
    way(Decoder::Rxing, Look::NearDoubleInverted),
    way(Decoder::Rxing, Look::NearDoubleBlocks),
    way(Decoder::Rxing, Look::NearSoftDouble),
    way(Decoder::Rxing, Look::NearHalf),
    way(Decoder::Rxing, Look::NearSoftDoubleWide),
    way(Decoder::Rxing, Look::NearSofter),
    way(Decoder::Rxing, Look::NearQuadruple),
    way(Decoder::Rxing, Look::NearSoftDoubleInverted),
    way(Decoder::Rqrr, Look::Near),
    way(Decoder::Rxing, Look::WholeHalf),
    way(Decoder::Rxing, Look::WholeInverted),
];

/// Tries for further codes once one was found: they cost about a millisecond each.
const QUICK: &[By] = &[way(Decoder::Rxing, Look::NearSoft), way(Decoder::Rxing, Look::NearPlain)];

/// Reads codes. Holds nothing between pictures, so a bad picture cannot spoil the next.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chain;

impl Chain {
    /// A webcam's JPEG.
    ///
    /// # Errors
    /// [`PictureError`] when it is no JPEG that can be used.
    pub fn read_jpeg(&self, bytes: &[u8]) -> Result<Vec<Found>, PictureError> {
        Ok(self.read(&jpeg_to_grey(bytes)?))
    }

    /// A picture file of any kind.
    ///
    /// # Errors
    /// [`PictureError`] when it is no picture that can be used.
    pub fn read_file(&self, bytes: &[u8]) -> Result<Vec<Found>, PictureError> {
        Ok(self.read(&file_to_grey(bytes)?))
    }

    /// All codes of a grey picture; none when there is none that can be read.
    pub fn read(&self, picture: &Grey) -> Vec<Found> {
        let whole = View::from(picture);
        // A photo has large modules: it is read small first, and larger only when that finds nothing.
        let mut smaller = Vec::new();
        while smaller.last().map_or(whole, Level::view).pixels.len() > FRAME_PIXELS_MAX {
            let scaled = half(smaller.last().map_or(whole, Level::view));
            smaller.push(Level(scaled));
        }
        for (index, level) in smaller.iter().enumerate().rev() {
            let mut found = read(level.view());
            if !found.is_empty() {
                let scale = (1_u32 << (index + 1)) as f32;
                found
                    .iter_mut()
                    .for_each(|code| code.corners = code.corners.map(|(x, y)| (x * scale, y * scale)));
                return found;
            }
        }
        read(whole)
    }

    /// One try alone, for measuring.
    pub fn read_by(&self, picture: &Grey, by: By) -> Vec<Found> {
        let view = View::from(picture);
        let mut found = Vec::new();
        if is_whole(by.look) {
            keep(&mut found, attempt(view, by), by, (0.0, 0.0));
        } else {
            for place in places(view) {
                near(view, place, by, &mut found);
            }
        }
        found
    }
}

struct Level(super::scale::Picture);

impl Level {
    fn view(&self) -> View<'_> {
        self.0.view()
    }
}

fn read(view: View<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if view.width.min(view.height) < SIDE_MIN {
        return found;
    }
    let places = places(view);
    for by in WAYS {
        if is_whole(by.look) {
            keep(&mut found, attempt(view, *by), *by, (0.0, 0.0));
        } else {
            places.iter().for_each(|place| near(view, *place, *by, &mut found));
        }
        if !found.is_empty() {
            break;
        }
    }
    if !found.is_empty() {
        for place in places {
            for by in QUICK {
                if found.iter().any(|code| place.holds(code.centre())) {
                    break;
                }
                near(view, place, *by, &mut found);
            }
        }
    }
    found
}

fn near(view: View<'_>, place: Place, by: By, found: &mut Vec<Found>) {
    if place.width * place.height > pixels_max(by.look) {
        return;
    }
    let part = place.cut(view);
    keep(found, attempt(part.view(), by), by, (place.left as f32, place.top as f32));
}

/// Takes codes in that are not there yet. Two parts may show the same code.
fn keep(found: &mut Vec<Found>, read: Vec<Read>, by: By, (left, top): (f32, f32)) {
    for Read { text, corners } in read {
        let code = Found { text, corners: corners.map(|(x, y)| (x + left, y + top)), by };
        let side =
            (code.corners[0].0 - code.corners[2].0).abs().max((code.corners[0].1 - code.corners[2].1).abs());
        let (x, y) = code.centre();
        let known = found.iter().any(|old| {
            let at = old.centre();
            old.text == code.text && (at.0 - x).abs().max((at.1 - y).abs()) < side / 2.0
        });
        // An empty code says nothing, and is what a misread patch of noise most easily looks like.
        if !known && !code.text.is_empty() && x.is_finite() && y.is_finite() {
            found.push(code);
        }
    }
}

fn is_whole(look: Look) -> bool {
    match look {
        Look::Whole | Look::WholeHalf | Look::WholeInverted => true,
        Look::NearSoft
        | Look::NearPlain
        | Look::NearSoftInverted
        | Look::NearDouble
        | Look::NearDoubleTight
        | Look::NearDoubleBlocks
        | Look::NearSoftDouble
        | Look::NearSoftDoubleWide
        | Look::NearSofter
        | Look::NearQuadruple
        | Look::NearDoubleInverted
        | Look::NearSoftDoubleInverted
        | Look::NearHalf
        | Look::Near => false,
    }
}

/// How large a part may be for this look.
fn pixels_max(look: Look) -> usize {
    match look {
        Look::NearQuadruple => QUADRUPLED_PIXELS_MAX,
        Look::NearDouble
        | Look::NearDoubleTight
        | Look::NearDoubleBlocks
        | Look::NearSoftDouble
        | Look::NearSoftDoubleWide
        | Look::NearSofter
        | Look::NearDoubleInverted
        | Look::NearSoftDoubleInverted => DOUBLED_PIXELS_MAX,
        Look::Whole
        | Look::WholeHalf
        | Look::WholeInverted
        | Look::NearSoft
        | Look::NearPlain
        | Look::NearSoftInverted
        | Look::NearHalf
        | Look::Near => usize::MAX,
    }
}

/// One decoder on one picture; corners come back in that picture's pixels.
fn attempt(view: View<'_>, by: By) -> Vec<Read> {
    let bits = |view: View<'_>, reach, margin, light| {
        Bits::new(view, reach, margin, light).map(rxing_bits).unwrap_or_default()
    };
    shielded(|| match (by.decoder, by.look) {
        (Decoder::Rqrr, _) => rqrr(view),
        (Decoder::Rxing, Look::Whole | Look::Near) => rxing_blocks(view),
        (Decoder::Rxing, Look::WholeHalf) => scaled(rxing_blocks(half(view).view()), 2.0),
        (Decoder::Rxing, Look::WholeInverted) => rxing_blocks(inverted(view).view()),
        (Decoder::Rxing, Look::NearSoft) => bits(soft(view).view(), 8, 4, false),
        (Decoder::Rxing, Look::NearPlain) => bits(view, 16, 4, false),
        (Decoder::Rxing, Look::NearSoftInverted) => bits(soft(view).view(), 8, 4, true),
        (Decoder::Rxing, Look::NearHalf) => scaled(bits(half(view).view(), 8, 4, false), 2.0),
        (Decoder::Rxing, Look::NearDouble) => scaled(bits(double(view).view(), 32, 4, false), 0.5),
        (Decoder::Rxing, Look::NearDoubleTight) => scaled(bits(double(view).view(), 16, 4, false), 0.5),
        (Decoder::Rxing, Look::NearSoftDoubleWide) => {
            scaled(bits(double(soft(view).view()).view(), 24, 2, false), 0.5)
        }
        (Decoder::Rxing, Look::NearSofter) => {
            scaled(bits(double(soft(soft(view).view()).view()).view(), 20, 2, false), 0.5)
        }
        (Decoder::Rxing, Look::NearQuadruple) => {
            scaled(bits(double(double(view).view()).view(), 48, 2, false), 0.25)
        }
        (Decoder::Rxing, Look::NearDoubleInverted) => scaled(bits(double(view).view(), 16, 4, true), 0.5),
        (Decoder::Rxing, Look::NearDoubleBlocks) => scaled(rxing_blocks(double(view).view()), 0.5),
        (Decoder::Rxing, Look::NearSoftDouble) => {
            scaled(bits(double(soft(view).view()).view(), 8, 2, false), 0.5)
        }
        (Decoder::Rxing, Look::NearSoftDoubleInverted) => {
            scaled(bits(double(soft(view).view()).view(), 24, 2, true), 0.5)
        }
    })
}

fn scaled(mut read: Vec<Read>, factor: f32) -> Vec<Read> {
    read.iter_mut().for_each(|code| code.corners = code.corners.map(|(x, y)| (x * factor, y * factor)));
    read
}
