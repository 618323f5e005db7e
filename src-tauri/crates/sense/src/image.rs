//! Pictures: from the bytes of a file or of a webcam's JPEG to grey, and from grey or colour to the PNG that is kept as
//! evidence. Limits are checked before anything is unpacked: a small file may claim to be a huge picture. Orientation
//! notes of cameras are not followed, since codes are read in any position.
//!
//! Called by the scan screen's file and paste doors, by `qr::Chain`, and by whoever keeps frames.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::jpeg;

/// Bytes of a picture file: a photo of 50 million pixels stays below.
pub const FILE_BYTES_MAX: usize = 32 << 20;
/// Pixels of a picture: telephones take 50 million, and one byte each is what we hold of them.
pub const PIXELS_MAX: u64 = 50_000_000;
/// Pixels along one side: JPEG's own limit, far above any camera's.
pub const SIDE_MAX: u32 = 16_384;
/// Bytes that unpacking may take: four for each pixel, and the file's own tables.
const UNPACKED_BYTES_MAX: u64 = PIXELS_MAX * 4 + (16 << 20);
/// Passes of a progressive JPEG. Cameras and programs write about ten; thousands are an attack on our time.
const JPEG_SCANS_MAX: usize = 64;

/// A picture that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The file is too large.
    #[error("the picture file has {bytes} bytes, at most {FILE_BYTES_MAX} are read; save it smaller")]
    TooManyBytes {
        /// What it has.
        bytes: usize,
    },
    /// The picture is too large.
    #[error(
        "the picture has {width} × {height} pixels, at most {PIXELS_MAX} in all and {SIDE_MAX} along a side are read; save it smaller"
    )]
    TooManyPixels {
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// Unpacking it would take too much memory.
    #[error("the picture takes more memory than {UNPACKED_BYTES_MAX} bytes to unpack; save it smaller")]
    TooMuchMemory,
    /// The picture has no pixels.
    #[error("the picture is empty; take it again")]
    Empty,
    /// It is of no kind that is known.
    #[error("this is no JPEG, PNG, WebP, GIF or BMP picture; save it as one of these")]
    UnknownFormat,
    /// It is broken.
    #[error("the {format} picture is broken ({reason}); take or save it again")]
    Broken {
        /// Its kind.
        format: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// Bytes and size do not go together.
    #[error(
        "a grey picture of {width} × {height} pixels came with {bytes} bytes; give it one byte for each pixel"
    )]
    WrongLength {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Bytes that came.
        bytes: usize,
    },
}

/// A grey picture: one byte for each pixel, row by row, 0 black and 255 white.
#[derive(Clone, PartialEq, Eq)]
pub struct Grey {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl std::fmt::Debug for Grey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grey({} × {})", self.width, self.height)
    }
}

impl Grey {
    /// Takes pixels in.
    ///
    /// # Errors
    /// [`PictureError::Empty`], [`PictureError::TooManyPixels`], or [`PictureError::WrongLength`].
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, PictureError> {
        check_grey(width, height, &pixels)?;
        Ok(Self { width, height, pixels })
    }

    /// Pixels across.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// One byte for each pixel, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Gives the pixels away.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }
}

pub(crate) fn check_grey(width: u32, height: u32, pixels: &[u8]) -> Result<(), PictureError> {
    check_size(u64::from(width), u64::from(height))?;
    if pixels.len() as u64 != u64::from(width) * u64::from(height) {
        return Err(PictureError::WrongLength { width, height, bytes: pixels.len() });
    }
    Ok(())
}

fn check_size(width: u64, height: u64) -> Result<(), PictureError> {
    if width == 0 || height == 0 {
        return Err(PictureError::Empty);
    }
    let side = u64::from(SIDE_MAX);
    if width > side || height > side || width * height > PIXELS_MAX {
        return Err(PictureError::TooManyPixels { width, height });
    }
    Ok(())
}

/// A picture file of any kind that is known, made grey. Of moving pictures the first frame is taken.
///
/// # Errors
/// [`PictureError`] says what is wrong and what to do.
pub fn file_to_grey(bytes: &[u8]) -> Result<Grey, PictureError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() });
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::UnknownFormat)?;
    let name = match format {
        ImageFormat::Jpeg => return jpeg_to_grey(bytes),
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Bmp => "BMP",
        // The enum is not ours, and the others are not compiled in.
        _ => return Err(PictureError::UnknownFormat),
    };
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => PictureError::TooMuchMemory,
        other => PictureError::Broken { format: name, reason: other.to_string() },
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(UNPACKED_BYTES_MAX);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    check_size(u64::from(width), u64::from(height))?;
    // Sixteen bits a channel are twice the memory of eight.
    if decoder.total_bytes() > UNPACKED_BYTES_MAX {
        return Err(PictureError::TooMuchMemory);
    }
    let picture = image::DynamicImage::from_decoder(decoder).map_err(broken)?;
    Grey::new(width, height, on_white(picture))
}

/// Screenshots with a clear background lie on white paper, as every viewer shows them.
fn on_white(picture: image::DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_luma8().into_raw();
    }
    let pixels = picture.into_luma_alpha8();
    pixels
        .pixels()
        .map(|pixel| {
            let [light, cover] = pixel.0.map(u32::from);
            ((light * cover + 255 * (255 - cover) + 127) / 255) as u8
        })
        .collect()
}

/// A JPEG made grey, by its light alone: colours are not unpacked, which nearly halves the time. Frames without Huffman
/// tables, as webcams send them, are read by the usual ones.
///
/// # Errors
/// [`PictureError`] says what is wrong and what to do. A frame that breaks off is no error: webcams drop ends, and what is
/// missing stays grey.
pub fn jpeg_to_grey(bytes: &[u8]) -> Result<Grey, PictureError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() });
    }
    let broken = |reason: String| PictureError::Broken { format: "JPEG", reason };
    let options = DecoderOptions::default()
        .set_max_width(SIDE_MAX as usize)
        .set_max_height(SIDE_MAX as usize)
        .jpeg_set_max_scans(JPEG_SCANS_MAX)
        .set_strict_mode(false)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let bytes = jpeg::with_tables(bytes);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*bytes), options);
    decoder.decode_headers().map_err(|error| broken(error.to_string()))?;
    let (width, height) =
        decoder.info().map(|info| (info.width, info.height)).ok_or_else(|| broken("no size".to_owned()))?;
    check_size(u64::from(width), u64::from(height))?;
    let pixels = decoder.decode().map_err(|error| broken(error.to_string()))?;
    if pixels.len() as u64 != u64::from(width) * u64::from(height) {
        return Err(broken(format!("{} bytes of light for {width} × {height} pixels", pixels.len())));
    }
    Grey::new(u32::from(width), u32::from(height), pixels)
}

/// A grey picture as PNG.
///
/// # Errors
/// [`PictureError`] when size and bytes do not go together.
pub fn grey_to_png(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<u8>, PictureError> {
    check_grey(width, height, pixels)?;
    png(width, height, pixels, ExtendedColorType::L8)
}

/// A picture of red, green and blue, three bytes for each pixel, as PNG.
///
/// # Errors
/// [`PictureError`] when size and bytes do not go together.
pub fn rgb_to_png(width: u32, height: u32, bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    check_size(u64::from(width), u64::from(height))?;
    if bytes.len() as u64 != u64::from(width) * u64::from(height) * 3 {
        return Err(PictureError::WrongLength { width, height, bytes: bytes.len() });
    }
    png(width, height, bytes, ExtendedColorType::Rgb8)
}

fn png(width: u32, height: u32, bytes: &[u8], colour: ExtendedColorType) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    // Frames are written while scanning goes on, so quickly; webcam noise does not pack well anyway.
    PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive)
        .write_image(bytes, width, height, colour)
        .map_err(|error| PictureError::Broken { format: "PNG", reason: error.to_string() })?;
    Ok(file)
}
