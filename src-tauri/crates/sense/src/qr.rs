//! QR codes in grey pictures: a chain of decoders, the quickest first, each shielded from the others' panics. All codes
//! of a picture are given, with their corners; what they say is not judged here: error correction makes a wrong read rare,
//! not impossible, so the caller accepts a text only after its shape and its signature.
//!
//! Called by the scan worker for webcam frames, and by the doors for picture files and pasted pictures.

mod chain;
mod decoders;
mod region;
mod scale;
mod threshold;

pub use chain::{Chain, WAYS};

/// A program that reads codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decoder {
    /// The crate `rxing`.
    Rxing,
    /// The crate `rqrr`.
    Rqrr,
}

/// How a picture is made ready for a decoder. "Near" works on the busy parts of the picture only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Look {
    /// As it is, black and white by blocks of 8 × 8 pixels.
    Whole,
    /// Half the size.
    WholeHalf,
    /// Black for white.
    WholeInverted,
    /// Near, softened, black and white by the surroundings.
    NearSoft,
    /// Near, as it is, black and white by the surroundings.
    NearPlain,
    /// Near, softened, light code on dark ground.
    NearSoftInverted,
    /// Near, twice the size, wide surroundings: small modules.
    NearDouble,
    /// Near, twice the size, narrow surroundings: blurred modules.
    NearDoubleTight,
    /// Near, twice the size, black and white by blocks.
    NearDoubleBlocks,
    /// Near, softened and twice the size: small modules under a pattern of stripes.
    NearSoftDouble,
    /// Near, softened and twice the size, wide surroundings: stripes across larger modules.
    NearSoftDoubleWide,
    /// Near, softened twice, twice the size: strong stripes and strong noise.
    NearSofter,
    /// Near, four times the size: modules of two pixels.
    NearQuadruple,
    /// Near, twice the size, light code on dark ground.
    NearDoubleInverted,
    /// Near, softened, twice the size, light code on dark ground.
    NearSoftDoubleInverted,
    /// Near, half the size.
    NearHalf,
    /// Near, as it is, by the decoder's own threshold.
    Near,
}

/// What read a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct By {
    /// The program.
    pub decoder: Decoder,
    /// How the picture was made ready.
    pub look: Look,
}

/// A code that was read.
#[derive(Clone, PartialEq)]
pub struct Found {
    /// What it says, as it says it.
    pub text: String,
    /// Its corners in picture pixels, from its own top left to its top right, bottom right and bottom left.
    pub corners: [(f32, f32); 4],
    /// What read it.
    pub by: By,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A token says who used how much: logs get its length only.
        write!(f, "Found({} characters at {:?} by {:?})", self.text.len(), self.corners, self.by)
    }
}

/// Share of a code's side by which its outline stands off: half a quiet zone, so that no module is painted over.
const OUTLINE_OFF: f32 = 0.04;

impl Found {
    /// Its middle, in picture pixels.
    pub fn centre(&self) -> (f32, f32) {
        let sum = self.corners.iter().fold((0.0, 0.0), |sum, corner| (sum.0 + corner.0, sum.1 + corner.1));
        (sum.0 / 4.0, sum.1 / 4.0)
    }

    /// The line to draw around it on a preview of the same picture: its corners, a little off, kept inside the picture.
    pub fn outline(&self, width: u32, height: u32) -> [(f32, f32); 4] {
        let centre = self.centre();
        let (right, bottom) = (width.saturating_sub(1) as f32, height.saturating_sub(1) as f32);
        self.corners.map(|(x, y)| {
            let off = |at: f32, middle: f32| at + (at - middle) * 2.0 * OUTLINE_OFF;
            (off(x, centre.0).clamp(0.0, right), off(y, centre.1).clamp(0.0, bottom))
        })
    }
}
