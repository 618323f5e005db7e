//! The chain of QR decoders as the camera's decoder. It judges nothing: what a code says is for whoever gets it.

use gerai_core::port::scan::{CodeFound, FrameDecoder, Luma};

use crate::image::Grey;
use crate::qr::{Chain, Found};

impl FrameDecoder for Chain {
    fn decode(&self, picture: Luma<'_>) -> Vec<CodeFound> {
        // The camera has checked the size; a picture that still does not fit shows no codes.
        let Ok(grey) = Grey::new(picture.width, picture.height, picture.pixels.to_vec()) else {
            return Vec::new();
        };
        self.read(&grey).into_iter().map(CodeFound::from).collect()
    }
}

impl From<Found> for CodeFound {
    fn from(found: Found) -> Self {
        let whole = |(x, y): (f32, f32)| (x.round() as i32, y.round() as i32);
        Self { bytes: found.text.into_bytes(), corners: found.corners.map(whole) }
    }
}
