//! The port to what understands pictures: codes in a picture file, a picture to keep as evidence, and whether a file can
//! be shown on a screen. Implemented over `sense`; blocks, some to some hundred milliseconds.

use crate::port::scan::CodeFound;

/// Kinds of files that every browser shows as one still picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillKind {
    /// JPEG.
    Jpeg,
    /// PNG, one picture only.
    Png,
    /// WebP, one picture only.
    WebP,
}

impl StillKind {
    /// Its media type (RFC 2046; WebP: RFC 9649).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// The kind of a media type; `None` for any other.
    #[must_use]
    pub fn of_media_type(media: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::WebP].into_iter().find(|kind| kind.media_type() == media)
    }
}

/// A file that is one still picture, whole from its first byte to its last pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Still {
    /// Its kind, by what is in it and not by its name.
    pub kind: StillKind,
    /// Pixels across, 1 to 8,192.
    pub width: u32,
    /// Pixels down, 1 to 8,192.
    pub height: u32,
}

/// Pictures.
pub trait Pictures: Send + Sync + 'static {
    /// All codes in a picture file (JPEG, PNG and others); none is no error.
    ///
    /// # Errors
    /// A sentence on what is wrong with the file, with the next step.
    fn codes(&self, file: &[u8]) -> Result<Vec<CodeFound>, String>;

    /// The picture of a camera (one JPEG) as a PNG, to be kept.
    ///
    /// # Errors
    /// A sentence on what is wrong with the picture.
    fn png(&self, jpeg: &[u8]) -> Result<Vec<u8>, String>;

    /// Whether this file can be shown: a JPEG, PNG or WebP that does not move, is not too large, and is not cut off.
    ///
    /// # Errors
    /// A sentence on what is wrong with the file, with the next step.
    fn still(&self, file: &[u8]) -> Result<Still, String>;
}
