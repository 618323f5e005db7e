//! The two decoders behind one shape. Neither is trusted: both have panicked on pictures from the world, so each runs
//! shielded, and a panic is a miss. Only QR codes are looked for: the small kinds have less error correction, and a stove
//! shows none of them.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source};

use super::scale::View;
use super::threshold::Bits;

/// A code as a decoder gives it, in the pixels of the picture that it saw.
pub struct Read {
    /// What it says.
    pub text: String,
    /// Clockwise from the code's own top left.
    pub corners: [(f32, f32); 4],
}

/// Runs a decoder; a panic in it finds nothing.
pub fn shielded(decoder: impl FnOnce() -> Vec<Read>) -> Vec<Read> {
    // What the decoder borrowed is only read, so nothing half-done is left behind.
    catch_unwind(AssertUnwindSafe(decoder)).unwrap_or_default()
}

/// rxing with its own way of telling black from white, which takes blocks of 8 × 8 pixels.
pub fn rxing_blocks(view: View<'_>) -> Vec<Read> {
    let Ok(source) = Luma8Source::new_with_slice(view.pixels, view.width as u32, view.height as u32) else {
        return Vec::new();
    };
    rxing(HybridBinarizer::new(source))
}

/// rxing on black and white of our own.
pub fn rxing_bits(bits: Bits) -> Vec<Read> {
    rxing(bits)
}

fn rxing<B: Binarizer>(binarizer: B) -> Vec<Read> {
    let mut bitmap = BinaryBitmap::new(binarizer);
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        ..DecodeHints::default()
    };
    let found = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    found
        .into_iter()
        .filter_map(|result| {
            // It gives them row by row, half a pixel too far.
            let &[top_left, top_right, bottom_left, bottom_right] = result.getPoints() else {
                return None;
            };
            let corners = [top_left, top_right, bottom_right, bottom_left].map(|at| (at.x - 0.5, at.y - 0.5));
            Some(Read { text: result.getText().to_owned(), corners })
        })
        .collect()
}

/// rqrr, which brings its own threshold.
pub fn rqrr(view: View<'_>) -> Vec<Read> {
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(view.width, view.height, |x, y| {
        view.pixels[y * view.width + x]
    });
    let grids = prepared.detect_grids();
    grids
        .iter()
        .filter_map(|grid| {
            let (_, text) = grid.decode().ok()?;
            // Its corners are up to a module too far to the right and below.
            Some(Read { text, corners: grid.bounds.map(|point| (point.x as f32, point.y as f32)) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_decoder_finds_nothing_and_the_next_one_runs() {
        let panics = shielded(|| panic!("a decoder that does not like this picture"));
        assert!(panics.is_empty());
        let next = shielded(|| vec![Read { text: "read".to_owned(), corners: [(0.0, 0.0); 4] }]);
        assert_eq!(next.len(), 1);
    }
}
