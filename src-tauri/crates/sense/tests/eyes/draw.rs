//! Pictures with codes for tests: exact, noiseless, small.

use gerai_sense::image::Grey;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// A token as a stove shows it.
pub const TOKEN: &str = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.5JHaQso8bUvKDcIJkz1k__FBV9j0xLo0L8e54NfmGmw";
/// As long as one that comes over Bluetooth.
pub const LONG: &str = "VjAxOzAwMDAwMDAwMDAxOzE2NDY2NDY4NjA7MjIwOzMyLjAwMDsxMDAwOzUuMTI7MDAwMTAuMDAwOzAwMDIuMDAwO0FQSUtFWTAxOw.XFep22dBJsVsFv3mRbGtGI93DlOipdkqeviR57kLcBg";

/// A light wall to hang codes on.
pub struct Wall {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

impl Wall {
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![215; (width * height) as usize] }
    }

    /// Hangs a code with its middle at a place; modules of so many pixels, turned by so many degrees. Gives its corners.
    pub fn hang(
        &mut self,
        text: &str,
        middle: (f32, f32),
        module: f32,
        degrees: f32,
        inverted: bool,
    ) -> [(f32, f32); 4] {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let (size, colors) = (code.width() as i32, code.to_colors());
        let (sin, cos) = degrees.to_radians().sin_cos();
        let half = size as f32 / 2.0;
        let dark = |x: f32, y: f32| {
            let (x, y) = ((x - middle.0) / module, (y - middle.1) / module);
            let (column, row) =
                ((x * cos + y * sin + half).floor() as i32, (y * cos - x * sin + half).floor() as i32);
            let quiet = -4..size + 4;
            if !quiet.contains(&column) || !quiet.contains(&row) {
                return None;
            }
            let inside = (0..size).contains(&column) && (0..size).contains(&row);
            let module = inside && colors[(row * size + column) as usize] == Color::Dark;
            Some(if module != inverted { 30.0 } else { 240.0 })
        };
        for y in 0..self.height {
            for x in 0..self.width {
                let spots = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
                let old = f32::from(self.pixels[(y * self.width + x) as usize]);
                let light = spots.map(|(dx, dy)| dark(x as f32 + dx, y as f32 + dy).unwrap_or(old));
                self.pixels[(y * self.width + x) as usize] = (light.iter().sum::<f32>() / 4.0) as u8;
            }
        }
        let reach = half * module;
        [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
            .map(|(x, y)| (middle.0 + x * cos - y * sin, middle.1 + x * sin + y * cos))
    }

    pub fn grey(&self) -> Grey {
        Grey::new(self.width, self.height, self.pixels.clone()).unwrap()
    }

    pub fn jpeg(&self) -> Vec<u8> {
        let colours: Vec<u8> = self.pixels.iter().flat_map(|grey| [*grey; 3]).collect();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 85)
            .write_image(&colours, self.width, self.height, ExtendedColorType::Rgb8)
            .unwrap();
        jpeg
    }
}

/// A wall with one code in its middle.
pub fn one(text: &str) -> Wall {
    let mut wall = Wall::new(640, 480);
    wall.hang(text, (320.0, 240.0), 4.0, 0.0, false);
    wall
}
