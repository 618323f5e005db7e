//! One picture as a camera gives it, its way to shades of grey for the decoder and to a JPEG for the console. Buffers are
//! taken as they come: too long ones are cut, too short or damaged ones are refused, none panics.

use std::borrow::Cow;

use gerai_core::port::scan::PixelFormat;
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::image::jpeg_to_grey;
use crate::jpeg;

/// Quality of the pictures that are made into JPEG here, 1 to 100: sharp enough to be evidence.
const QUALITY: u8 = 80;

/// Most pixels in either direction. No webcam has more; a header that says so is damaged.
pub const SIDE_MAX: u32 = 4096;

/// A picture from a camera.
pub struct Picture {
    /// How it is coded.
    pub pixels: PixelFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The camera's bytes; mapped buffers may be longer than the picture.
    pub bytes: Vec<u8>,
}

/// A picture in shades of grey that owns what it had to make.
pub struct Grey<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// One byte a pixel, `width × height` of them.
    pub pixels: Cow<'a, [u8]>,
}

/// A picture that can not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// The camera gave fewer bytes than the picture takes.
    #[error("the camera gave {given} bytes for a picture of {needed}")]
    Short {
        /// Bytes that came.
        given: usize,
        /// Bytes that it takes.
        needed: usize,
    },
    /// No pixels, or too many.
    #[error("the camera gave a picture of {0} × {1} pixels")]
    Size(u32, u32),
    /// The JPEG is damaged.
    #[error("the camera's JPEG is damaged: {0}")]
    Jpeg(String),
}

impl Picture {
    /// The bytes of `pixels × per_two ÷ 2`, cut to what the picture takes.
    fn raw(&self, per_two: usize) -> Result<&[u8], PictureFault> {
        if self.width == 0 || self.height == 0 || self.width > SIDE_MAX || self.height > SIDE_MAX {
            return Err(PictureFault::Size(self.width, self.height));
        }
        let needed = self.width as usize * self.height as usize * per_two / 2;
        let short = PictureFault::Short { given: self.bytes.len(), needed };
        self.bytes.get(..needed).ok_or(short)
    }

    /// The JPEG alone, without what the buffer holds after it. A frame that breaks off is left out: the next one is whole.
    fn whole_jpeg(&self) -> Result<&[u8], PictureFault> {
        let whole = jpeg::end(&self.bytes).and_then(|end| self.bytes.get(..end));
        whole.ok_or_else(|| PictureFault::Jpeg("it is cut off".to_owned()))
    }

    /// The picture in shades of grey.
    ///
    /// # Errors
    /// It is damaged.
    pub fn grey(&self) -> Result<Grey<'_>, PictureFault> {
        let pixels = match self.pixels {
            PixelFormat::Mjpg => {
                let grey = jpeg_to_grey(self.whole_jpeg()?)
                    .map_err(|error| PictureFault::Jpeg(error.to_string()))?;
                let (width, height) = (grey.width(), grey.height());
                return Ok(Grey { width, height, pixels: Cow::Owned(grey.into_pixels()) });
            }
            PixelFormat::Yuyv => Cow::Owned(self.raw(4)?.iter().step_by(2).copied().collect()),
            // The first plane of NV12 is the grey picture.
            PixelFormat::Nv12 | PixelFormat::Grey | PixelFormat::Drawn => Cow::Borrowed(self.raw(2)?),
        };
        Ok(Grey { width: self.width, height: self.height, pixels })
    }

    /// The picture as a JPEG: the camera's own where it gives one.
    ///
    /// # Errors
    /// It is damaged.
    pub fn jpeg(&self) -> Result<Vec<u8>, PictureFault> {
        match self.pixels {
            PixelFormat::Mjpg => Ok(self.whole_jpeg()?.to_vec()),
            PixelFormat::Yuyv => self.encode(&self.yuyv_to_rgb()?, ExtendedColorType::Rgb8),
            PixelFormat::Nv12 => self.encode(&self.nv12_to_rgb()?, ExtendedColorType::Rgb8),
            PixelFormat::Grey | PixelFormat::Drawn => self.encode(self.raw(2)?, ExtendedColorType::L8),
        }
    }

    fn encode(&self, pixels: &[u8], kind: ExtendedColorType) -> Result<Vec<u8>, PictureFault> {
        let mut made = Vec::with_capacity(pixels.len() / 8);
        JpegEncoder::new_with_quality(&mut made, QUALITY)
            .encode(pixels, self.width, self.height, kind)
            .map_err(|error| PictureFault::Jpeg(error.to_string()))?;
        Ok(made)
    }

    fn yuyv_to_rgb(&self) -> Result<Vec<u8>, PictureFault> {
        let raw = self.raw(4)?;
        let mut made = Vec::with_capacity(raw.len() / 2 * 3);
        for pair in raw.chunks_exact(4) {
            if let [first, u, second, v] = *pair {
                made.extend(rgb(first, u, v));
                made.extend(rgb(second, u, v));
            }
        }
        // An odd number of pixels: the last one has no partner.
        made.resize(self.width as usize * self.height as usize * 3, 0);
        Ok(made)
    }

    fn nv12_to_rgb(&self) -> Result<Vec<u8>, PictureFault> {
        let raw = self.raw(3)?;
        let width = self.width as usize;
        let (luma, chroma) = raw.split_at(width * self.height as usize);
        let mut made = Vec::with_capacity(luma.len() * 3);
        for (row, line) in luma.chunks_exact(width).enumerate() {
            let colours = chroma.get(row / 2 * width..).unwrap_or_default();
            for (column, y) in line.iter().enumerate() {
                let at = column & !1;
                let (u, v) = (colours.get(at).copied(), colours.get(at + 1).copied());
                made.extend(rgb(*y, u.unwrap_or(128), v.unwrap_or(128)));
            }
        }
        Ok(made)
    }
}

/// Full-range BT.601, as in JFIF, in 1/65536ths.
fn rgb(y: u8, u: u8, v: u8) -> [u8; 3] {
    let (y, u, v) = (i32::from(y) << 16, i32::from(u) - 128, i32::from(v) - 128);
    let red = y + 91_881 * v;
    let green = y - 22_554 * u - 46_802 * v;
    let blue = y + 116_130 * u;
    [red, green, blue].map(|value| u8::try_from(((value + 32_768) >> 16).clamp(0, 255)).unwrap_or(0))
}
