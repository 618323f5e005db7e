//! The chain of QR decoders as the camera's decoder. It judges nothing: what a code says is for whoever gets it.

use gerai_core::port::scan::{CodeFound, FrameDecoder, Luma};

use crate::image::Grey;
use crate::qr::Chain;

impl FrameDecoder for Chain {
    fn decode(&self, picture: Luma<'_>) -> Vec<CodeFound> {
        // The camera has checked the size; a picture that still does not fit shows no codes.
        let Ok(grey) = Grey::new(picture.width, picture.height, picture.pixels.to_vec()) else {
            return Vec::new();
        };
        let whole = |(x, y): (f32, f32)| (x.round() as i32, y.round() as i32);
        let found = self.read(&grey).into_iter();
        found
            .map(|code| CodeFound { bytes: code.text.into_bytes(), corners: code.corners.map(whole) })
            .collect()
    }
}
